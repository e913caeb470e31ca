"""The problems of a run, grouped by cause."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar

from textual.binding import BindingType

from gradesync_tui.console.actions import Section
from gradesync_tui.console.exports import as_line
from gradesync_tui.console.presenters import exported, records
from gradesync_tui.console.presenters import problems as presenter
from gradesync_tui.console.presenters.cells import Cell, Column, cell
from gradesync_tui.console.presenters.problems import ProblemLine
from gradesync_tui.console.screens.base import bindings
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.list_section import ListSection
from gradesync_tui.console.widgets.rows import ListRows
from gradesync_tui.domain.causes import explain
from gradesync_tui.domain.records import Account, CauseCount, Outcome
from gradesync_tui.domain.text import clean, count

_FEW = 20
_MORE = 200


class ProblemTable(LineTable[ProblemLine]):
    """Causes, their words and their records."""


class ProblemSection(ListSection):
    """Grouped problems; the largest cause is open from the start."""

    SECTION: ClassVar[Section] = "problems"
    TITLE = "Problems"
    READS = True
    BINDINGS: ClassVar[list[BindingType]] = bindings("problems")
    table: ProblemTable

    def __init__(self, run_id: int, account: Account, *, id: str = "problems") -> None:
        self._run_id = run_id
        self._account = account
        self._rows: ListRows[ProblemLine] = ListRows(lambda line: line.key)
        self._causes: Sequence[CauseCount] = ()
        self._found: Sequence[CauseCount] = ()
        self._opened: set[str] = set()
        self._records: dict[str, list[Outcome]] = {}
        self._seen = False
        self._note = ""
        super().__init__(id=id)

    def make_table(self) -> ProblemTable:
        return ProblemTable(self._rows, presenter.COLUMNS, _present, id="problem-table", header=False)

    async def reload(self) -> None:
        """Read the causes and what is open of them."""
        self._causes = await self.services.causes(self._run_id)
        run = await self.services.run(self._run_id)
        self._note, stopped_by = run.note, run.cause
        if stopped_by is not None and all(each.cause != stopped_by for each in self._causes):
            # What stopped the whole run is no record's problem, and must be mended before any of them.
            self._causes = [CauseCount(cause=stopped_by, records=0), *self._causes]
        if self._causes and not self._seen:
            self._seen = True
            self._opened.add(self._causes[0].cause)
        await self._find()
        for cause in self._opened:
            held = len(self._records.get(cause, ()))
            await self._read(cause, max(_FEW, held))
        await self.apply()

    async def _find(self) -> None:
        """Which causes have records under the filter, and how many."""
        self._found = [
            CauseCount(cause=each.cause, records=records)
            for each in self._causes
            if (
                records := await self.services.outcome_count(self._run_id, cause=each.cause, text=words)
                if (words := self._words_for(each.cause))
                else each.records
            )
            or not (each.records or words)
        ]

    def _words_for(self, cause: str) -> str:
        """What is looked for among a cause's records: nothing where its own title has the words already."""
        from gradesync_tui.domain.causes import cause as known

        title = known(cause).title.casefold()
        return "" if all(word in title for word in self.filter_text.casefold().split()) else self.filter_text

    async def _read(self, cause: str, limit: int) -> None:
        self._records[cause] = await self.services.outcomes(
            self._run_id, cause=cause, limit=limit, text=self._words_for(cause)
        )

    async def apply(self, *, keep: bool = True) -> None:
        icons = self.program.options.icons
        lines = presenter.lines(
            self._found, self._opened, self._records, width=self.size.width, icons=icons, note=self._note
        )
        self._rows.set(lines)
        if self._causes:
            self.table.empty = (cell("No problem matches. Esc shows all.", "muted"),)
        else:
            self.table.empty = (cell("No problems.", "ok"),)
        self.table.rows_changed(keep=keep)
        self.about()

    async def set_filter(self, text: str) -> None:
        self.filter_text = text
        await self.waiting_for(self._find())
        for cause in self._opened:
            await self.waiting_for(self._read(cause, _MORE))
        await super().set_filter(text)

    def about(self) -> None:
        total = sum(each.records for each in self._causes)
        found = sum(each.records for each in self._found)
        said = f"{found:,} of {count(total, 'record')}" if self.filter_text else count(total, "record")
        none = "the run itself failed" if self._causes else "none"
        self.say(f"{said}, {count(len(self._found), 'cause')}" if total else none)

    def on_resize(self) -> None:
        if self._causes:
            self.place.act(self.apply())

    async def do_problem_open(self) -> None:
        """Open or close a cause, show more of its records, or one record whole."""
        line = self.table.row
        if line is None:
            return
        if line.kind == "record" and line.outcome is not None:
            from gradesync_tui.console.screens.record import RecordScreen

            self.program.push_screen(RecordScreen(line.outcome, self._account.zone))
            return
        if line.kind == "more":
            held = len(self._records.get(line.cause, ()))
            if any(each.cause == line.cause and each.records - held > _MORE for each in self._found):
                await self._show_all(line.cause)
                return
            await self._read(line.cause, held + _MORE)
        elif line.cause in self._opened:
            self._opened.discard(line.cause)
        else:
            self._opened.add(line.cause)
            await self._read(line.cause, _FEW)
        await self.apply()
        if line.kind == "words":
            self._to_cause(line.cause)

    async def _show_all(self, cause: str) -> None:
        """The records of a cause in a list of their own, which may have any length."""
        from gradesync_tui.console.screens.cause import CauseScreen

        run = await self.services.run(self._run_id)
        self.program.push_screen(CauseScreen(self._account, run, cause, self._words_for(cause)))

    def reason_against(self, action: str) -> str | None:
        from gradesync_tui.console.presenters.category_form import CAUSES

        line = self.table.row
        if action == "problem.map" and (line is None or line.cause not in CAUSES):
            return "Put the cursor on a problem with a category: its assignment group can be mapped."
        if action == "problem.open" and line is None:
            return "There is no problem here."
        return super().reason_against(action)

    async def do_problem_map(self) -> None:
        """Map the assignment group that the cause under the cursor is about."""
        from gradesync_tui.console.category_acts import map_from_problem

        line = self.table.row
        if line is None:
            return
        if line.cause not in self._records:
            await self._read(line.cause, _FEW)
        held = self._records[line.cause]
        problem = line.outcome or (held[0] if held else None)
        if problem is not None and await map_from_problem(self.program, self._account, problem) is not None:
            await self.apply()

    def _to_cause(self, cause: str) -> None:
        for index in range(len(self._rows)):
            line = self._rows.at(index)
            if line is not None and line.kind == "cause" and line.cause == cause:
                self.table.go(index)

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        event.stop()
        self.place.act(self.do_problem_open())

    @property
    def columns(self) -> Sequence[Column]:
        return records.SCORES

    def current(self) -> Mapping[str, Cell] | None:
        line = self.table.row
        if line is None:
            return None
        if line.outcome is not None:
            return records.row(line.outcome)
        return {"action": line.what, "cause": line.right}

    def record(self, row: Outcome) -> exported.Record:
        return exported.outcome(row, self._account.zone)

    def exported_as(self) -> str:
        return f"run {self._run_id} problems"

    async def rows_to_copy(self) -> list[ProblemLine]:
        lines = [line for index in range(len(self._rows)) if (line := self._rows.at(index)) is not None]
        marked = [line for line in lines if line.key in self.table.marks]
        under_cursor = self.table.row
        return marked or ([] if under_cursor is None else [under_cursor])

    def copied(self, row: ProblemLine) -> str:
        """A record as it is exported; a cause as it reads, with what to do."""
        if row.outcome is not None:
            return as_line(self.record(row.outcome))
        records = self._records.get(row.cause, ())
        said = explain(row.cause, records[0].details if records else None)
        return clean(f"{said.title}: {said.what} Do: {said.do}", limit=2_000)

    async def every_row(self) -> AsyncIterator[Sequence[Outcome]]:
        for each in self._found:
            async for page in self.services.every_outcome(
                self._run_id, cause=each.cause, text=self._words_for(each.cause)
            ):
                yield page


def _present(line: ProblemLine) -> Mapping[str, Cell]:
    return {"what": line.what, "right": line.right, "who": line.who}
