"""Going anywhere and doing anything by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from gradesync_tui.console.actions import ACTIONS, shown_key
from gradesync_tui.console.presenters import schedules as schedule_words
from gradesync_tui.console.presenters.cells import Cell, Column, cells
from gradesync_tui.console.presenters.search import rank
from gradesync_tui.console.screens.base import Place
from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import Line
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.rows import ListRows
from gradesync_tui.domain.records import Account
from gradesync_tui.domain.text import clean

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to go to or to do."""

    number: int
    title: str
    about: str
    key: str
    act: Callable[[], Awaitable[object] | None]
    why_not: str | None = None


_COLUMNS = (Column("title", "", 28, 40), Column("about", "", 10, 90), Column("key", "", 6, 6, align="right"))


class PaletteTable(LineTable[Entry]):
    """What matches, the best first."""

    can_focus = False


class PaletteScreen(Dialog[Entry]):
    """A field to type in, and what it finds: actions that work here, places, accounts, schedules."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,ctrl+p", "move(-1)", "Up", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", "Down", show=False, priority=True),
        Binding("pagedown", "move(8)", "Down", show=False, priority=True),
        Binding("pageup", "move(-8)", "Up", show=False, priority=True),
    ]

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place
        self._entries: list[Entry] = []
        self._rows: ListRows[Entry] = ListRows(lambda entry: entry.number)
        self.table = PaletteTable(self._rows, _COLUMNS, _present, header=False)

    def compose(self) -> ComposeResult:
        with Vertical(id="panel", classes="palette"):
            field = Input(placeholder="where to go, or what to do", id="wanted", compact=True)
            field.cursor_blink = False
            yield field
            yield self.table
            yield Line(id="hint")

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._entries = _actions(self._place)
        self._match("")
        self._place.act(self._read())

    async def _read(self) -> None:
        self._entries += await _places(self._place, len(self._entries))
        if self.is_mounted:
            self._match(self.query_one(Input).value)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._match(event.value)

    def _match(self, wanted: str) -> None:
        self._rows.set(rank(wanted, self._entries, lambda entry: f"{entry.title} {entry.about}"))
        self.table.rows_changed(keep=False)
        found = len(self._rows)
        hint = (f"{found:,} of {len(self._entries):,}", "muted") if found else ("Nothing of that name here.", "warn")
        self.query_one("#hint", Line).show(cells(hint))  # type: ignore[arg-type]

    def action_move(self, by: int) -> None:
        self.table.go(self.table.cursor + by)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._choose()

    def on_line_table_chosen(self) -> None:
        self._choose()

    def _choose(self) -> None:
        entry = self.table.row
        if entry is None:
            return
        if entry.why_not is not None:
            self.query_one("#hint", Line).show(cells((entry.why_not, "warn")))
        else:
            self.dismiss(entry)


def _present(entry: Entry) -> dict[str, Cell]:
    off = entry.why_not is not None
    return {
        "title": cells((entry.title, "button-off" if off else "text")),
        "about": cells((entry.why_not or entry.about, "muted")),
        "key": cells((entry.key, "accent")),
    }


def _actions(place: Place) -> list[Entry]:
    keymap = place.program.options.keymap
    listed: list[Entry] = []
    # What the focused section can do comes before what works everywhere.
    for action in sorted(ACTIONS, key=lambda one: (one.section == "everywhere", one.section in ("list", "engine"))):
        if not action.palette or place.owner_of(action) is None:
            continue
        shown = keymap.get(action.id, action.keys)
        listed.append(
            Entry(
                len(listed),
                action.label,
                action.tooltip,
                shown_key(shown),
                lambda action_id=action.id: place.action_do(action_id),  # type: ignore[misc]
                place.why_not(action),
            )
        )
    return listed


async def _places(place: Place, first: int) -> list[Entry]:
    from gradesync_tui.console.screens.places import PLACES, place_of
    from gradesync_tui.console.screens.sis import TABS, SisScreen

    program = place.program
    listed: list[Entry] = []

    def add(title: str, about: str, act: Callable[[], Awaitable[object] | None]) -> None:
        listed.append(Entry(first + len(listed), title, about, "", act))

    add("Admin", "All accounts", lambda: program.go_up(9))
    for summary in await program.services.accounts():
        account = summary.account
        name = clean(account.name)
        for place_name, title in PLACES:
            add(
                name if place_name == "overview" else f"{name} › {title}",
                "Overview" if place_name == "overview" else "Account",
                lambda account=account, to=place_name: program.go_to(place_of(account, to)),  # type: ignore[misc]
            )
        for tab, title in TABS:
            add(
                f"{name} › {title}",
                "SIS Integration",
                lambda account=account, tab=tab: program.go_to(SisScreen(account, tab)),  # type: ignore[misc]
            )
        for schedule in await program.services.schedules(account.id):
            add(
                schedule_words.name(schedule),
                f"Schedule of {name}",
                lambda account=account, key=schedule.id: _to_schedule(program, account, key),  # type: ignore[misc]
            )
    return listed


def _to_schedule(program: ConsoleApp, account: Account, schedule_id: int) -> None:
    from gradesync_tui.console.screens.sis import SisScreen

    program.session.rows["schedules"] = schedule_id
    program.go_to(SisScreen(account))


def chosen(place: Place) -> Callable[[Entry | None], None]:
    """What happens with the answer of the palette."""

    def act(entry: Entry | None) -> None:
        if entry is not None:
            work = entry.act()
            if work is not None:
                place.act(work)

    return act
