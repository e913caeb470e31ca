"""Admin: the accounts, one row each; on a first start, what to do next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from gradesync_tui.console.actions import Section
from gradesync_tui.console.presenters import accounts as presenter
from gradesync_tui.console.presenters import exported, overview
from gradesync_tui.console.presenters.cells import EMPTY, Cell, Column, Span, cell
from gradesync_tui.console.presenters.runs import RunView
from gradesync_tui.console.presenters.search import ordered
from gradesync_tui.console.screens.base import Place, bindings
from gradesync_tui.console.widgets.bars import Line
from gradesync_tui.console.widgets.first_start_section import FirstStartSection
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.list_section import ListSection
from gradesync_tui.console.widgets.rows import ListRows
from gradesync_tui.domain.clock import DAY
from gradesync_tui.domain.records import AccountSummary, Change, DayTotals

_DETAILS = 12
"""Lines that a short list leaves below it."""

_CHARTS_FROM = 14
"""Lines below the list from which an account's days are drawn too."""

_REST = 0.3
"""Seconds that the cursor rests on an account before its days are read."""


class AccountTable(LineTable[AccountSummary]):
    """The accounts."""


class AccountsSection(ListSection):
    """Every account that the person has a role for."""

    SECTION: ClassVar[Section] = "accounts"
    TITLE = "Accounts"
    BINDINGS: ClassVar[list[BindingType]] = bindings("accounts")
    table: AccountTable

    class Chosen(Message):
        """Another account is under the cursor, or the same one has changed."""

    def __init__(self, *, id: str = "accounts") -> None:
        self.summaries: list[AccountSummary] = []
        self.loaded = False
        self.rows: ListRows[AccountSummary] = ListRows(lambda one: one.account.id)
        super().__init__(id=id)

    def make_table(self) -> AccountTable:
        return AccountTable(self.rows, presenter.COLUMNS, self._present, id="account-table")

    def _present(self, summary: AccountSummary) -> Mapping[str, Cell]:
        return presenter.row(summary, RunView(self.program.now(), summary.account.zone, self.program.options.icons))

    async def reload(self) -> None:
        """Read the accounts again."""
        self.summaries = await self.services.accounts()
        self.loaded = True
        self.table.marks.keep(one.account.id for one in self.summaries)
        await self.apply()

    async def apply(self, *, keep: bool = True) -> None:
        found = [one for one in self.summaries if presenter.matches(one, self.filter_text)]
        column, down = self.sorted_by or ("name", False)
        self.rows.set(ordered(found, lambda one: presenter.sort_key(one, column), down=down))
        self.table.empty = (cell("No account matches. Esc shows all.", "muted"),) if self.summaries else ()
        self.table.rows_changed(keep=keep)
        self.about()

    def about(self) -> None:
        total = f"{len(self.summaries):,}" if self.loaded else ""
        filtered = f"{len(self.rows):,} of {total}" if self.filter_text else total
        waiting = sum(one.problems for one in self.summaries)
        self.say(filtered, *([Span(f"{waiting:,} records wait for somebody ", "warn")] if waiting else []))

    @property
    def columns(self) -> Sequence[Column]:
        return presenter.COLUMNS

    def current(self) -> Mapping[str, Cell] | None:
        row = self.table.row
        return None if row is None else self._present(row)

    def record(self, row: AccountSummary) -> exported.Record:
        return exported.account(row)

    async def every_row(self) -> AsyncIterator[Sequence[AccountSummary]]:
        yield [row for index in range(len(self.rows)) if (row := self.rows.at(index)) is not None]

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        event.stop()
        self.remember_row(self.table.key)
        self.post_message(self.Chosen())

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        event.stop()
        self.do_account_open()

    def do_account_open(self) -> None:
        row = self.table.row
        if row is not None:
            from gradesync_tui.console.screens.account import AccountScreen

            self.program.push_screen(AccountScreen(row.account))

    def do_account_sync(self) -> None:
        row = self.table.row
        if row is not None:
            from gradesync_tui.console.screens.sis import SisScreen

            self.program.push_screen(SisScreen(row.account))


class AdminScreen(Place):
    """Admin."""

    def __init__(self) -> None:
        super().__init__()
        self.accounts = AccountsSection()
        self._first_start = FirstStartSection()
        self._details = Line(id="account-details")
        self._days: dict[int, Sequence[DayTotals]] = {}

    def body(self) -> ComposeResult:
        yield self.accounts
        yield self._first_start
        yield self._details

    def on_mount(self) -> None:
        super().on_mount()
        self.accounts.table.focus()

    async def first_look(self) -> None:
        await self.services.me()
        await self.reload()
        row = self.program.session.rows.get("accounts")
        if row is not None:
            self.accounts.table.go_to_key(row)

    async def reload(self) -> None:
        await self.accounts.reload()
        await self._show_first_start()
        self._fit_list()
        self._draw_details()
        self.show_keys()

    def _fit_list(self) -> None:
        """A short list takes the lines that it needs, so that what is known of an account stands close to it."""
        rows = max(2, len(self.accounts.summaries)) + 1
        is_short = rows + _DETAILS < self.size.height
        self.set_class(is_short, "-short-list")
        self.accounts.table.styles.height = rows if is_short else "1fr"

    def _draw_details(self) -> None:
        """Say below the list what its columns leave out of the account under the cursor, and draw its days."""
        summary = self.accounts.table.row
        lines: list[Cell] = []
        if summary is not None:
            program, room = self.program, self._details.size
            icons = program.options.icons
            lines.append(cell(summary.account.name, "strong"))
            never_ran = summary.last_run is None
            days = () if never_ran else self._days.get(summary.account.id)
            if days is None or (room.height < _CHARTS_FROM and not never_ran):
                lines += overview.fact_block(overview.facts(summary, program.now(), icons), room.width)
            else:
                size = {"width": room.width, "height": room.height - 1}
                lines += overview.lines(summary, days, now=program.now(), icons=icons, **size)
        self._details.show_lines([(line, EMPTY) for line in lines])

    async def _read_days(self) -> None:
        """The days of the account under the cursor, once it rests there: they cost some reading, and their drawing."""
        await asyncio.sleep(_REST)
        await self.program.guarded(self._days_of_row())

    async def _days_of_row(self) -> None:
        summary = self.accounts.table.row
        if (
            summary is None
            or summary.last_run is None
            or self._details.size.height < _CHARTS_FROM
            or self.program.options.low_bandwidth
        ):
            return
        account = summary.account
        since = self.program.now() - overview.DAYS * DAY
        self._days[account.id] = await self.services.daily(account.id, since, account.zone)
        self._draw_details()

    def on_accounts_section_chosen(self, event: AccountsSection.Chosen) -> None:
        event.stop()
        self._draw_details()
        # A function, not a coroutine: it is replaced before it ever starts when the cursor moves on at once.
        self.run_worker(self._read_days, group="days", exclusive=True)  # type: ignore[arg-type]

    def on_resize(self) -> None:
        self._fit_list()
        self.call_after_refresh(self._draw_details)

    async def _show_first_start(self) -> None:
        """While something is missing for grades to move: what, and how to come by it."""
        summaries = self.accounts.summaries
        connections = await self.services.connections(summaries[0].account.id) if len(summaries) == 1 else (None, None)
        to_do = self._first_start.show(summaries, *connections)
        self.set_class(to_do, "-first-start")
        self.set_class(not summaries, "-nothing-yet")
        self.accounts.display = bool(summaries)
        if not summaries:
            self._first_start.table.focus()
        elif not to_do and self.section() == "first-start":
            self.accounts.table.focus()

    async def on_changes(self, changes: Sequence[Change]) -> None:
        if {change.topic for change in changes} & {"all", "account", "schedule", "run", "rollover"}:
            await self.reload()

    def tick(self) -> None:
        if any(one.next_run is not None for one in self.accounts.summaries):
            self.accounts.table.time_passed()
            self._draw_details()

    def look_again(self) -> None:
        self.accounts.look_again()
