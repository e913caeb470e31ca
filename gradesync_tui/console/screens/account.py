"""An account: where one can go in it, and an overview of its last thirty days, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from gradesync_tui.console.actions import Section
from gradesync_tui.console.presenters import overview as presenter
from gradesync_tui.console.presenters.cells import EMPTY, Cell, Column, cell
from gradesync_tui.console.screens.base import Place, bindings
from gradesync_tui.console.screens.places import PLACES, place_of
from gradesync_tui.console.widgets.bars import Line, SectionTitle
from gradesync_tui.console.widgets.line_table import ENDS, LineTable
from gradesync_tui.console.widgets.rows import ListRows
from gradesync_tui.domain.clock import DAY
from gradesync_tui.domain.records import Account, AccountSummary, Change, DayTotals


class PlaceTable(LineTable[tuple[int, str]]):
    """The account's navigation."""

    SECTION: ClassVar[Section] = "places"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("places"), *ENDS]

    def do_place_open(self) -> None:
        screen = self.screen
        assert isinstance(screen, AccountScreen)
        screen.open_place(PLACES[self.cursor][0])

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        event.stop()
        self.do_place_open()


class AccountScreen(Place):
    """Admin › account."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.account = account
        self._summary: AccountSummary | None = None
        self._days: Sequence[DayTotals] = ()
        self._title = SectionTitle("Overview", id="overview-title")
        self._lines = Line(id="overview-lines")
        rows: ListRows[tuple[int, str]] = ListRows(lambda pair: pair[0], list(enumerate(title for _, title in PLACES)))
        self.places = PlaceTable(rows, (Column("title", "", 14, 24),), _present, id="places", header=False)

    @property
    def account_id(self) -> int | None:
        return self.account.id

    def crumbs(self) -> Sequence[str]:
        return ("Admin", self.account.name)

    def above(self) -> Place:
        from gradesync_tui.console.screens.admin import AdminScreen

        return AdminScreen()

    def body(self) -> ComposeResult:
        with Horizontal(id="account-body"):
            yield self.places
            with Vertical(id="overview"):
                yield self._title
                yield self._lines

    def on_mount(self) -> None:
        super().on_mount()
        self.places.go(1)
        self.places.focus()

    async def reload(self) -> None:
        self.account = await self.services.account(self.account.id)
        summaries = await self.services.accounts()
        self._summary = next((one for one in summaries if one.account.id == self.account.id), None)
        since = self.program.now() - presenter.DAYS * DAY
        self._days = await self.services.daily(self.account.id, since, self.account.zone)
        self._draw()
        self.show_path()

    def _draw(self) -> None:
        if self._summary is None:
            return
        lines = self._lines
        program = self.program
        lines.show_lines(
            [
                (line, EMPTY)
                for line in presenter.lines(
                    self._summary,
                    self._days,
                    now=program.now(),
                    width=lines.size.width,
                    height=lines.size.height,
                    icons=program.options.icons,
                )
            ]
        )
        self._title.say(f"the last {presenter.DAYS} days")

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    async def on_changes(self, changes: Sequence[Change]) -> None:
        if {change.topic for change in changes} & {"all", "account", "schedule", "run", "rollover"}:
            await self.reload()

    def tick(self) -> None:
        self._draw()

    def look_again(self) -> None:
        self.places.redraw()

    def open_place(self, name: str) -> None:
        """Go to one of the account's places."""
        if name != "overview":
            self.program.push_screen(place_of(self.account, name))


def _present(pair: tuple[int, str]) -> Mapping[str, Cell]:
    return {"title": cell(pair[1])}
