"""The windows in which schedules rest: planned, changed and taken out here."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, ClassVar

from textual.binding import BindingType

from gradesync_tui.console.actions import Section
from gradesync_tui.console.presenters import exported, rollover_form
from gradesync_tui.console.presenters import tables as presenter
from gradesync_tui.console.presenters.cells import Cell
from gradesync_tui.console.presenters.facts import Fact
from gradesync_tui.console.presenters.schedules import interval
from gradesync_tui.console.screens.base import bindings
from gradesync_tui.console.widgets.detailed_section import TellingSection
from gradesync_tui.console.widgets.host import console_of
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.domain.records import Account, Rollover


class RolloversSection(TellingSection[Rollover]):
    """Named windows in which schedules rest."""

    SECTION: ClassVar[Section] = "rollovers"
    BINDINGS: ClassVar[list[BindingType]] = bindings("rollovers")
    TITLE = "Rollovers"
    COLUMNS = presenter.ROLLOVERS
    NOTHING = "No rollover is planned. Press n to plan one: a window, such as a holiday, in which schedules rest."

    def __init__(self, account: Account) -> None:
        super().__init__(account, lambda row: row.id, id="rollovers")
        self._schedules: Mapping[int, str] = {}

    def present(self, row: Rollover) -> Mapping[str, Cell]:
        program = console_of(self)
        return presenter.rollover(row, program.now(), self.account.zone, program.options.icons)

    def record(self, row: Rollover) -> exported.Record:
        return exported.rollover(row, self.account.zone)

    async def fetch(self) -> list[Rollover]:
        schedules = await self.services.schedules(self.account.id)
        self._schedules = {schedule.id: interval(schedule) for schedule in schedules}
        return await self.services.rollovers(self.account.id)

    def details(self) -> Sequence[Fact]:
        row = self.under_cursor
        zone = self.account.zone
        return presenter.rollover_facts(row, self._schedules, console_of(self).now(), zone) if row is not None else ()

    def sort_key(self, row: Rollover, column: str) -> Any:
        if column in ("pause", "resume"):
            return row.pause_at if column == "pause" else row.resume_at
        if column == "schedules":
            return len(row.schedule_ids)
        return super().sort_key(row, column)

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        event.stop()
        self.place.action_do("rollover.edit")

    # Which row is meant is read when the key is pressed, not when the work begins.

    def do_rollover_add(self) -> Awaitable[None]:
        return self._open(None)

    def do_rollover_edit(self) -> Awaitable[None]:
        return self._open(self.row)

    def do_rollover_remove(self) -> Awaitable[None]:
        return self._remove(self.row)

    def reason_against(self, action: str) -> str | None:
        row = self.row
        if action in ("rollover.edit", "rollover.remove") and row is None:
            return "There is no rollover here. Press n to plan one."
        if action == "rollover.edit" and row is not None and row.state == "completed":
            return "This rollover is over. Press n to plan another."
        return super().reason_against(action)

    async def _open(self, row: Rollover | None) -> None:
        from gradesync_tui.console.screens.rollover_form import RolloverForm

        schedules = await self.services.schedules(self.account.id)
        saved = await self.program.push_screen_wait(RolloverForm(self.account, schedules, row))
        if saved is not None:
            await self.reload()
            self.table.go_to_key(saved.id)

    async def _remove(self, row: Rollover | None) -> None:
        """Take a window out, after asking."""
        from gradesync_tui.console.screens.confirm import ConfirmScreen

        if row is None:
            return
        effects = rollover_form.removal(row, self.program.now(), self.account.zone)
        question = f"Remove the rollover {row.name}?"
        if await self.program.push_screen_wait(ConfirmScreen(question, effects, "Remove")) is not None:
            await self.services.remove_rollover(self.account.id, row.id)
            self.program.tell(f"Removed the rollover {row.name}.")
            await self.reload()
