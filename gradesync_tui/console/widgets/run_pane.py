"""The selected run: who asked, how far it is through the nine stages, what it carried and what went wrong."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise

from textual.app import ComposeResult
from textual.containers import Vertical

from gradesync_tui.console.presenters import runs as presenter
from gradesync_tui.console.presenters.cells import EMPTY, Cell, Span, cell, shorten, wrap
from gradesync_tui.console.presenters.charts import sparkline
from gradesync_tui.console.presenters.runs import RunView
from gradesync_tui.console.presenters.statuses import status_cell
from gradesync_tui.console.widgets.bars import Line
from gradesync_tui.console.widgets.host import console_of
from gradesync_tui.domain.clock import SECOND
from gradesync_tui.domain.records import Account, CauseCount, Run, StageProgress
from gradesync_tui.domain.words import RunStatus

_FULL_AT = 5
"""From this many lines on the nine stages are shown; with fewer only the one that it is in."""


class RunPane(Vertical):
    """Details of a run. Upright (beside the list) each stage has a line; lying (below it) they flow.

    alone: on a screen of its own, where it always lies and nothing further can be opened.
    """

    def __init__(self, account: Account, *, alone: bool = False, id: str = "run-pane") -> None:
        super().__init__(id=id)
        self._account = account
        self._alone = alone
        self._lines = Line(id="run-lines")
        self._run: Run | None = None
        self._stages: Sequence[StageProgress] = ()
        self._causes: Sequence[CauseCount] = ()
        self._rates: deque[tuple[int, int]] = deque(maxlen=61)

    def compose(self) -> ComposeResult:
        yield self._lines

    @property
    def run(self) -> Run | None:
        return self._run

    def show(self, run: Run | None, stages: Sequence[StageProgress] = (), causes: Sequence[CauseCount] = ()) -> None:
        """Show a run, or nothing."""
        if run is None or self._run is None or run.id != self._run.id:
            self._rates.clear()
        self._run, self._stages, self._causes = run, stages, causes
        if run is not None and run.status is RunStatus.IN_PROGRESS:
            self._rates.append((console_of(self).now(), sum(stage.done for stage in stages)))
        self.draw()

    def on_resize(self) -> None:
        self.draw()

    def draw(self) -> None:
        """Draw it as it is at this moment."""
        run = self._run
        line = self._lines
        if not self.is_attached:
            return
        if run is None:
            line.show_lines(())
            return
        upright = self.screen.has_class("-wide") and not self._alone
        room = self.size.height
        if upright:
            line.show_lines(self._upright(run))
        elif room >= _FULL_AT:
            line.show_lines(self._lying(run))
        else:
            line.show_lines(self._brief(run))

    # --- the three forms ---------------------------------------------------------------------------------------------

    def _view(self) -> RunView:
        program = console_of(self)
        return RunView(program.now(), self._account.zone, program.options.icons)

    def _hint(self) -> Cell:
        return EMPTY if self._alone else Cell((Span("Enter", "accent"), Span(" Details", "muted")))

    @property
    def _trouble_room(self) -> int:
        """Cells for the problems, beside the hint."""
        return self.size.width - self._hint().width - 8

    def _bar(self, run: Run, width: int) -> Cell:
        part = presenter.progress(run, self._stages)
        draw = presenter.bar if console_of(self).options.icons else presenter.bar_ascii
        return Cell((Span(f"{part:4.0%}  ", "strong"), *draw(part, width).spans))

    def _brief(self, run: Run) -> list[tuple[Cell, Cell]]:
        """Three lines, for a small screen."""
        view = self._view()
        going = run.status is RunStatus.IN_PROGRESS
        at = next((each for each in self._stages if each.stage is run.stage), None)
        stage = presenter.stage_line(run, at, view.now, view.icons) if at is not None and not _went_well(run) else None
        second = _indent(stage or presenter.changes(run))
        third = presenter.trouble(run, self._causes, self._trouble_room)
        if not third.spans:
            third = presenter.changes(run) if stage is not None and run.status is not RunStatus.SKIPPED else EMPTY
        if presenter.note(run).spans and not third.spans:
            third = presenter.note(run)
        right = self._bar(run, 16) if going else status_cell(run.status, view.icons)
        hint = self._hint()
        pace = self._pace_in_line(run)
        return [(_indent(presenter.heading(run, view), 1), right), (second, pace), (_indent(third), hint)]

    def _lying(self, run: Run) -> list[tuple[Cell, Cell]]:
        """Heading with the bar, the stages over three lines, what was carried, problems."""
        view = self._view()
        right = self._bar(run, 24) if run.status is RunStatus.IN_PROGRESS else status_cell(run.status, view.icons)
        lines: list[tuple[Cell, Cell]] = [(_indent(presenter.heading(run, view), 1), right)]
        grid = presenter.stage_grid(run, self._stages, view.now, self.size.width - 4, view.icons)
        lines += [(_indent(line), EMPTY) for line in grid] or [(line, EMPTY) for line in self._flow(run)]
        rest = [presenter.changes(run), presenter.trouble(run, self._causes, self._trouble_room), presenter.note(run)]
        hint = self._hint()
        said = [(_indent(each), EMPTY) for each in rest if each.spans]
        room = max(1, self.size.height - len(lines))
        said = said[:room]
        if said:
            said[-1] = (said[-1][0], hint)
            pace = self._pace_in_line(run)
            if pace.spans:
                said[0] = (
                    said[0][0],
                    pace if len(said) > 1 or not hint.spans else Cell((*pace.spans, Span("   "), *hint.spans)),
                )
        return lines + said

    def _flow(self, run: Run) -> list[Cell]:
        now, icons = console_of(self).now(), console_of(self).options.icons
        width = self.size.width - 4
        lines: list[list[Span]] = [[]]
        used = 0
        for each in self._stages:
            piece = presenter.stage_line(run, each, now, icons)
            if used and used + piece.width + 3 > width:
                lines.append([])
                used = 0
            lines[-1] += [*piece.spans, Span("   ")]
            used += piece.width + 3
        return [_indent(Cell(tuple(spans))) for spans in lines]

    def _upright(self, run: Run) -> list[tuple[Cell, Cell]]:
        """One line a stage, with what it took and what it counted, aligned."""
        from gradesync_tui.domain import when

        view = self._view()
        width = self.size.width - 2
        lines: list[tuple[Cell, Cell]] = [
            (Cell((Span(f" Run {run.id:,}", "strong"),)), status_cell(run.status, view.icons)),
            (cell(f" {run.type}, asked for by {run.requested_by}", "muted"), EMPTY),
            (cell(f" {when.exact(presenter.began(run), self._account.zone)}", "muted"), EMPTY),
            (EMPTY, EMPTY),
            (_indent(self._bar(run, max(10, width - 9)), 1), EMPTY),
            (EMPTY, EMPTY),
        ]
        for each in self._stages:
            mark, name, time, counted = presenter.stage_parts(run, each, view.now, view.icons)
            left = Cell((Span(" "), mark, Span(" "), name))
            right = Cell((counted, Span(time.text.rjust(8), time.tone)))
            lines.append((left, right))
        lines.append((EMPTY, EMPTY))
        lines += self._speed(run)
        lines += [(_indent(kind, 1), amount) for kind, amount in presenter.change_lines(run)]
        lines += [(_indent(part, 1), EMPTY) for part in _wrapped(presenter.note(run), width)]
        trouble = presenter.trouble(run, ())
        if trouble.spans:
            lines += [(EMPTY, EMPTY), (_indent(trouble, 1), self._hint())]
            from gradesync_tui.domain.causes import cause

            for each_cause in self._causes[:8]:
                title = shorten(cause(each_cause.cause).title, max(4, width - 10))
                lines.append((cell(f"  {title}", "text"), cell(f"{each_cause.records:,}", "warn")))
        return lines

    def _speed(self, run: Run) -> list[tuple[Cell, Cell]]:
        """The rate while it goes: a sparkline, the last figure, and what is left of the stage."""
        drawn, latest, left = self._pace(run, 28)
        if not latest:
            return []
        return [(Cell((Span(" "), *drawn.spans, Span(f" {latest}", "muted"))), cell(left, "muted")), (EMPTY, EMPTY)]

    def _pace_in_line(self, run: Run) -> Cell:
        """The same in one piece, for the end of a line."""
        drawn, latest, left = self._pace(run, 10)
        words = "  ".join(filter(None, (latest, left)))
        return Cell((*drawn.spans, Span(f" {words}", "muted"))) if latest else cell(left, "muted")

    def _pace(self, run: Run, width: int) -> tuple[Cell, str, str]:
        """Of a run in progress: its rates drawn in some cells, the last one, and how long the stage still takes."""
        if run.status is not RunStatus.IN_PROGRESS:
            return EMPTY, "", ""
        at = next((each for each in self._stages if each.stage is run.stage), None)
        left = presenter.time_left(at, console_of(self).now()) if at is not None else ""
        if len(self._rates) < _RATES_TO_TELL:
            return EMPTY, "", left
        speeds = [
            max(0.0, (done - before) * SECOND / max(1, at - earlier))
            for (earlier, before), (at, done) in pairwise(self._rates)
        ]
        drawn = sparkline(speeds, width) if console_of(self).options.icons else EMPTY
        return drawn, presenter.rate(round(speeds[-1]), 1.0), left


_RATES_TO_TELL = 3
"""From this many readings on a rate is worth telling."""


def _went_well(run: Run) -> bool:
    return run.status in (RunStatus.COMPLETED, RunStatus.WARNING)


def _indent(content: Cell, by: int = 2) -> Cell:
    return Cell((Span(" " * by), *content.spans)) if content.spans else content


def _wrapped(content: Cell, width: int) -> list[Cell]:
    """A cell over as many lines as it needs; none for an empty one."""
    return wrap(content, max(10, width)) if content.spans else []
