"""Planning or changing a window in which schedules rest, with what it will do said before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from textual.widget import Widget

from gradesync_tui.console.presenters import rollover_form as presenter
from gradesync_tui.console.presenters.cells import cell
from gradesync_tui.console.presenters.rollover_form import Window
from gradesync_tui.console.presenters.schedules import interval
from gradesync_tui.console.screens.form import Field, FormScreen, Outlook
from gradesync_tui.console.widgets.bars import Line
from gradesync_tui.console.widgets.fields import MarkList
from gradesync_tui.domain.records import Account, Rollover, Schedule
from gradesync_tui.domain.text import clean

_FIELDS = (
    Field("name", "Name", "Winter break"),
    Field("pause", "Pauses", "Dec 19 6pm · 2026-12-19 18:00 · in 2 hours"),
    Field("resume", "Resumes", "Jan 4 6am · monday 6:00"),
    Field("reason", "Reason", "for everybody to see (may stay empty)"),
)
_MOST_LINES = 6


class RolloverForm(FormScreen[Rollover]):
    """The fields of a rollover, and the account's schedules to mark."""

    ROOM: ClassVar[int] = 5

    def __init__(self, account: Account, schedules: Sequence[Schedule], rollover: Rollover | None = None) -> None:
        title = "New rollover" if rollover is None else "Change the rollover"
        super().__init__(f"{title} of {clean(account.name)}", _FIELDS, presenter.texts(rollover, account.zone))
        self._account = account
        self._schedules = {schedule.id: schedule for schedule in schedules}
        self._rollover = rollover
        marked = rollover.schedule_ids if rollover is not None else ()
        lines = [(schedule.id, f"{schedule.type}, {interval(schedule)}{_rests(schedule)}") for schedule in schedules]
        self.marks = MarkList(lines, marked, id=presenter.MARKS)
        self._window = Window("", None, None)
        self._mark_rows = max(1, min(_MOST_LINES, len(schedules)))

    def more(self) -> Iterable[Widget]:
        self.marks.styles.height = self._mark_rows
        return (Line(id="marks-label"), self.marks)

    def more_rows(self) -> int:
        return 2 + self._mark_rows

    def state(self) -> dict[str, str]:
        return {**self.values(), presenter.MARKS: repr(sorted(self.marks.marked))}

    def on_mount(self) -> None:
        self.query_one("#marks-label", Line).show(
            cell("Schedules that rest   Space marks, * marks all", "muted")
            if self._schedules
            else cell("This account has no schedule that could rest.", "warn")
        )

    @property
    def _chosen(self) -> list[Schedule]:
        return [self._schedules[key] for key in self.marks.marked]

    def understand(self, values: Mapping[str, str]) -> Outlook:
        now, zone = self.program.now(), self._account.zone
        self._window = presenter.read(values, self._chosen, now, zone)
        return Outlook(presenter.effect(self._window, self._chosen, now, zone), self._window.wrong)

    async def keep(self, values: Mapping[str, str]) -> Rollover | None:
        window = self._window
        assert window.pause_at is not None and window.resume_at is not None
        saved = await self.services.save_rollover(
            self._account.id,
            window.name,
            window.pause_at,
            window.resume_at,
            self.marks.marked,
            reason=values["reason"].strip(),
            rollover_id=self._rollover.id if self._rollover is not None else None,
        )
        self.program.tell(f"{'Planned' if self._rollover is None else 'Changed'} the rollover {saved.name}.")
        return saved


def _rests(schedule: Schedule) -> str:
    return "  (paused already)" if schedule.pause is not None else ""
