"""The Grade Sync section: the live history of an account, of any length."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import BindingType
from textual.message import Message
from textual.timer import Timer

from gradesync_tui.console.actions import BY_ID, Section
from gradesync_tui.console.presenters import exported
from gradesync_tui.console.presenters import runs as presenter
from gradesync_tui.console.presenters.cells import Cell, Column, Span, cell
from gradesync_tui.console.presenters.runs import RunView
from gradesync_tui.console.screens.base import bindings
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.list_section import ListSection
from gradesync_tui.console.widgets.rows import PagedRows
from gradesync_tui.domain.records import Account, Change, Run, RunColumn, RunFilter, RunOrder, Schedule
from gradesync_tui.domain.text import count

if TYPE_CHECKING:
    from gradesync_tui.services import Services


_AGAIN = 1.0
"""Seconds after a change until a narrowed or sorted history is read anew."""


@dataclass
class RunPages:
    """The runs of an account under a filter, the newest first."""

    services: Services
    account_id: int
    filter: RunFilter
    order: RunOrder | None = None

    async def _page(
        self, limit: int, *, before: int | None = None, after: int | None = None, skip: int = 0
    ) -> list[Run]:
        return await self.services.history(
            self.account_id, before=before, after=after, limit=limit, filter=self.filter, order=self.order, skip=skip
        )

    @property
    def counts_quickly(self) -> bool:
        return self.filter == RunFilter()

    async def count(self) -> int:
        return await self.services.history_count(self.account_id, self.filter)

    async def head(self, limit: int) -> list[Run]:
        return await self._page(limit)

    async def tail(self, limit: int) -> list[Run]:
        return await self._page(limit, after=0)

    async def below(self, key: int, limit: int) -> list[Run]:
        return await self._page(limit, before=key)

    async def above(self, key: int, limit: int) -> list[Run]:
        return await self._page(limit, after=key)

    async def near(self, part: float, limit: int) -> list[Run]:
        if self.order is not None:
            return await self._page(limit, skip=round(part * await self.count()))
        newest, oldest = await self._page(1), await self._page(1, after=0)
        if not newest or not oldest:
            return []
        guess = newest[0].id - int(part * (newest[0].id - oldest[0].id))
        return await self._page(limit, before=guess + 1)


class HistoryTable(LineTable[Run]):
    """Runs, the newest first."""

    SECTION: ClassVar[Section] = "history"


class HistorySection(ListSection):
    """The live history: it follows while one is at its head, and holds still while one reads."""

    SECTION: ClassVar[Section] = "history"
    TITLE = "Grade Sync"
    READS = True
    BINDINGS: ClassVar[list[BindingType]] = bindings("history")
    table: HistoryTable

    class Chosen(Message):
        """Another run is under the cursor, or the same one has moved on."""

        def __init__(self, run: Run | None) -> None:
            super().__init__()
            self.run = run

    def __init__(self, account: Account, *, id: str = "history") -> None:
        self.account = account
        self.schedule: Schedule | None = None
        self.problems_only = False
        self._rows: PagedRows[Run] | None = None
        self._everything = 0
        self._newest = 0
        self._unseen = 0
        self._again: Timer | None = None
        super().__init__(id=id)

    def make_table(self) -> HistoryTable:
        self._rows = PagedRows(lambda run: run.id)
        return HistoryTable(self._rows, presenter.COLUMNS, self._present, id="history-table")

    def on_mount(self) -> None:
        super().on_mount()
        self.rows.begin(self._pages())
        self.table.empty = (cell("No run yet. Press r on a schedule to run it now.", "muted"),)

    # --- what is shown -----------------------------------------------------------------------------------------------

    @property
    def rows(self) -> PagedRows[Run]:
        assert self._rows is not None
        return self._rows

    def _view(self) -> RunView:
        return RunView(self.program.now(), self.account.zone, self.program.options.icons)

    def _present(self, run: Run) -> Mapping[str, Cell]:
        return presenter.row(run, self._view())

    @property
    def filter(self) -> RunFilter:
        """What is looked for."""
        return RunFilter(
            text=self.filter_text,
            schedule_id=None if self.schedule is None else self.schedule.id,
            problems_only=self.problems_only,
        )

    @property
    def follows(self) -> bool:
        """Whether the list moves on with what is new."""
        return self.order is None and self.table.at_head

    @property
    def is_filtered(self) -> bool:
        return self.filter != RunFilter()

    @property
    def order(self) -> RunOrder | None:
        """By what the runs are sorted; None is the newest first."""
        if self.sorted_by is None:
            return None
        column, down = self.sorted_by
        return RunOrder(by=cast(RunColumn, column), down=down)

    def _pages(self) -> RunPages:
        return RunPages(self.services, self.account.id, self.filter, self.order)

    async def apply(self, *, keep: bool = True) -> None:
        pages = self._pages()
        if keep and self.order is None and not self.table.at_head and self.rows.shows(pages):
            await self._put_right()
            return
        await self.waiting_for(self.rows.restart(pages))
        if self.rows.held and self.rows.has_head and self.order is None:
            self._newest = max(self._newest, self.rows.held[0].id)
        found = (
            "No run matches. Esc shows all." if self.is_filtered else "No run yet. Press r on a schedule to run it now."
        )
        self.table.empty = (cell(found, "muted"),)
        self.table.rows_changed(keep=keep and not self.follows)
        self.about()
        if not self.rows.counted or (self.is_filtered and not self._everything):
            self.run_worker(self._count, group="count", exclusive=True)  # type: ignore[arg-type]

    async def _put_right(self) -> None:
        """Read the same list again where one reads in its midst: a new window on its head would lose one's place."""
        await self._read_again([run.id for run in self.rows.held if run.finished_at is None])
        await self._take_in_new()
        self.about()

    async def _read_again(self, run_ids: Sequence[int]) -> None:
        for run in await self.services.runs_among(self.account.id, run_ids):
            self.table.row_changed(self.rows.replace(run))

    async def _take_in_new(self) -> None:
        """Put the runs that are newer than all known ones at the head."""
        fresh = await self._newer_than(self._newest)
        if fresh:
            self._newest = fresh[0].id
            self._unseen += 0 if self.table.at_head else len(fresh)
            self.table.rows_pushed(self.rows.push(fresh))

    async def _count(self) -> None:
        """A long history is counted after its head is in sight."""
        if await self.rows.count():
            self.table.rows_changed()
        if self.is_filtered and not self._everything:
            self._everything = await self.services.history_count(self.account.id)
        self.about()

    def about(self) -> None:
        parts: list[Span] = []
        if self.schedule is not None:
            from gradesync_tui.console.presenters.schedules import interval

            parts += [Span("of ", "faint"), Span(interval(self.schedule), "accent"), Span("   ")]
        if self.problems_only:
            parts += [Span("problems only", "warn"), Span("   ")]
        if self.follows:
            self._unseen = 0
            parts.append(Span("following", "ok"))
        elif self._unseen:
            key = self.program.key_of(BY_ID["list.top"])
            parts += [Span(f"{count(self._unseen, 'new run')}, ", "accent"), Span(f"{key} shows", "muted")]
        elif self.order is None:
            parts.append(Span("holding still", "muted"))
        if not self.is_filtered:
            self._everything = len(self.rows)
        shown = len(self.rows) if self.is_filtered else None
        self.say(presenter.title(max(self._everything, len(self.rows)), shown, more=not self.rows.counted), *parts)

    @property
    def current_run(self) -> Run | None:
        """The run under the cursor."""
        return self.table.row

    @property
    def columns(self) -> Sequence[Column]:
        return presenter.COLUMNS

    def current(self) -> Mapping[str, Cell] | None:
        run = self.current_run
        return None if run is None else self._present(run)

    def record(self, row: Run) -> exported.Record:
        return exported.run(row, self.account.zone)

    def exported_as(self) -> str:
        return "history"

    async def every_row(self) -> AsyncIterator[Sequence[Run]]:
        pages = self._pages()
        page = await pages.head(500)
        while page:
            yield page
            page = await pages.below(page[-1].id, 500)

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        event.stop()
        self.about()
        # Who follows the newest runs follows them next time too; who reads an older one finds it again.
        self.remember_row(None if self.table.at_head else self.table.key)
        self.post_message(self.Chosen(self.current_run))

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        event.stop()
        self.do_run_open()

    # --- following ---------------------------------------------------------------------------------------------------

    async def follow(self, changes: Sequence[Change]) -> None:
        """Runs have changed or come: put those at hand right and take new ones in; what one reads holds still."""
        touched = {change.ref for change in changes if change.topic == "run"}
        if not touched:
            return
        at_hand = [run_id for run_id in touched if self.rows.find(run_id) is not None]
        await self._read_again(at_hand)
        if self.order is not None:
            self._look_again_soon()
            return
        newest = self._newest
        if any(run_id > newest for run_id in touched):
            await self._take_in_new()
        if self.is_filtered:
            if any(run_id > newest for run_id in touched):
                self._everything = await self.services.history_count(self.account.id)
            if self.table.at_head and any(run_id <= newest for run_id in touched.difference(at_hand)):
                # It may match only now, as one whose first problem has come: whether it does, the database knows.
                self._look_again_soon()
        self.about()

    async def _newer_than(self, newest: int) -> list[Run]:
        """The runs under the filter that are newer than one, the newest first."""
        fresh: list[Run] = []
        filter = self.filter
        while page := await self.services.history(
            self.account.id, after=fresh[0].id if fresh else newest, filter=filter
        ):
            fresh = [*page, *fresh]
            if len(page) < 100:
                break
        return fresh

    def _look_again_soon(self) -> None:
        """Read a narrowed or sorted list anew; in a long history not at every step of a run."""
        if self._again is None:
            self._again = self.set_timer(_AGAIN, self._look_anew)

    def _look_anew(self) -> None:
        self._again = None
        self.apply_soon()

    def tick(self) -> None:
        """Time has passed."""
        self.table.time_passed()

    async def sort_by(self, column: str) -> None:
        under = None if self.follows else self.table.key
        await super().sort_by(column)
        if under is None:
            self.table.go(0)
        elif self.order is not None and not self.table.go_to_key(under):
            self.table.go(await self.services.history_rank(self.account.id, under, self.order, self.filter))

    async def show_schedule(self, schedule: Schedule) -> None:
        """Only the runs of one schedule, until Esc."""
        self.schedule = schedule
        await self.apply(keep=False)
        self.table.focus()

    # --- what is done ------------------------------------------------------------------------------------------------

    async def do_go_back(self) -> None:
        if (self.schedule is not None or self.problems_only) and self.filter_input is None:
            self.schedule, self.problems_only = None, False
            await self.apply(keep=True)
        else:
            await super().do_go_back()

    async def do_history_problems(self) -> None:
        self.problems_only = not self.problems_only
        await self.apply(keep=True)

    def do_run_open(self) -> None:
        run = self.current_run
        if run is not None:
            from gradesync_tui.console.screens.run import RunScreen

            self.program.push_screen(RunScreen(self.account, run))

    def reason_against(self, action: str) -> str | None:
        if action == "run.cancel":
            from gradesync_tui.console.run_acts import reason_against_cancelling

            marks, run = self.table.marks, self.current_run
            if not len(marks):
                return reason_against_cancelling([] if run is None else [run])
            at_hand = [run for run in self.rows.held if run.id in marks]
            return reason_against_cancelling(at_hand) if len(at_hand) == len(marks) else None
        if action == "run.open" and self.current_run is None:
            return "There is no run here."
        return super().reason_against(action)

    def do_run_cancel(self) -> Awaitable[None]:
        """Cancel the marked runs, also those that are far out of sight, else the one under the cursor."""
        # Held fast at this instant: the cursor and the marks may be elsewhere when they are read.
        marked, run = tuple(self.table.marks), self.current_run
        return self._cancel(marked or (() if run is None else (run.id,)))

    async def _cancel(self, run_ids: Sequence[int]) -> None:
        from gradesync_tui.console.run_acts import cancel

        await cancel(self.program, await self.services.runs_among(self.account.id, run_ids))
