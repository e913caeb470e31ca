"""Going anywhere and doing anything by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from gradesync_tui.console.actions import ACTIONS, SECTION_TITLES, Action
from gradesync_tui.console.presenters import schedules as schedule_words
from gradesync_tui.console.presenters.cells import EMPTY, Cell, Column, cell, cells, wrap
from gradesync_tui.console.presenters.search import rank
from gradesync_tui.console.screens.base import Place
from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import Line
from gradesync_tui.console.widgets.fields import TextField
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


_COLUMNS = (Column("title", "", 26, 36), Column("about", "", 20, 90, rank=1), Column("key", "", 6, 6, align="right"))
_WHOLE = 2
"""Lines for the whole of what the row under the cursor may have had to cut."""


class PaletteTable(LineTable[Entry]):
    """What matches, the best first. The keys stay with the field above it, and move its cursor from there."""

    can_focus = False

    @property
    def is_live(self) -> bool:
        return True

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()
        if "row" in event.style.meta:
            self.go(event.style.meta["row"])
            self.post_message(self.Chosen(self))  # type: ignore[arg-type]


class PaletteScreen(Dialog[Entry]):
    """A field to type in, and what it finds: actions that work here, places, accounts, schedules."""

    HINTS = (("↑ ↓", "Choose"), ("Enter", "Go"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,ctrl+p", "move(-1)", "Up", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", "Down", show=False, priority=True),
        Binding("pagedown", "move(8)", "Down", show=False, priority=True),
        Binding("pageup", "move(-8)", "Up", show=False, priority=True),
    ]

    def __init__(self, place: Place) -> None:
        super().__init__("Go to", "any place, account, schedule or action")
        self.panel_width = 100
        self._place = place
        self._entries: list[Entry] = []
        self._rows: ListRows[Entry] = ListRows(lambda entry: entry.number)
        self.table = PaletteTable(self._rows, _COLUMNS, _present, header=False)
        self._field = TextField(hint="type some letters of its name", id="wanted")
        self._whole = Line(id="whole")

    def body(self) -> ComposeResult:
        yield self._field
        yield self.table
        yield self._whole

    def on_mount(self) -> None:
        self._whole.styles.height = _WHOLE
        self._field.focus()
        self._entries = _actions(self._place)
        self._match("")
        self._place.act(self._read())

    def fit(self) -> None:
        self.table.styles.height = min(16, self.rows_left(_WHOLE + 3))

    async def _read(self) -> None:
        self._entries += await _places(self._place, len(self._entries))
        self._entries += _elsewhere(self._place, len(self._entries))
        if self.is_mounted:
            self._match(self._field.value)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._match(event.value)

    def _match(self, wanted: str) -> None:
        found = rank(wanted, self._entries, lambda entry: entry.title, lambda entry: entry.about)
        number = wanted.casefold().removeprefix("run").replace(",", "").strip()
        if number.isdecimal() and len(number) < 16:
            found.insert(0, _run_of(self._place, int(number)))
        self._rows.set(found)
        self.table.rows_changed(keep=False)
        count = cell(f"{len(found):,} of {len(self._entries):,}" if wanted.strip() else f"{len(found):,}", "muted")
        self.show_hints(count)
        self._show_whole()

    def _show_whole(self) -> None:
        entry = self.table.row
        if entry is None:
            said = cell("Nothing of that name here. Fewer letters find more.", "warn")
        elif entry.why_not is not None:
            said = cells((f"{entry.title}: ", "muted"), (entry.why_not, "warn"))
        else:
            said = cells((entry.title, "strong"), (f"  {entry.about}", "muted"))
        self._whole.show_lines([(line, EMPTY) for line in wrap(said, self.room)])

    def on_line_table_moved(self) -> None:
        self._show_whole()

    def action_move(self, by: int) -> None:
        self.table.go(self.table.cursor + by)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._choose()

    def on_line_table_chosen(self) -> None:
        self._choose()

    def _choose(self) -> None:
        entry = self.table.row
        # Why something cannot be done stands below the list already.
        if entry is not None and entry.why_not is None:
            self.dismiss(entry)


def _present(entry: Entry) -> dict[str, Cell]:
    off = entry.why_not is not None
    return {
        "title": cells((entry.title, "button-off" if off else "text")),
        "about": cells((entry.why_not or entry.about, "muted")),
        "key": cells((entry.key, "button-off" if off else "accent")),
    }


def _actions(place: Place) -> list[Entry]:
    """What can be done from where one is; what the focused section can do comes before what works everywhere."""
    listed: list[Entry] = []
    for action in sorted(ACTIONS, key=lambda one: (one.section == "everywhere", one.section in ("list", "engine"))):
        if action.palette and place.owner_of(action) is not None:
            act = lambda action_id=action.id: place.action_do(action_id)  # noqa: E731
            listed.append(_entry(place, len(listed), action, act, place.why_not(action)))
    return listed


def _elsewhere(place: Place, first: int) -> list[Entry]:
    """What can be done in other places only: found all the same, with where it works."""
    absent = [action for action in ACTIONS if action.palette and place.owner_of(action) is None]
    return [
        _entry(place, first + number, action, lambda: None, f"It works in {SECTION_TITLES[action.section]}.")
        for number, action in enumerate(absent)
    ]


def _entry(
    place: Place, number: int, action: Action, act: Callable[[], Awaitable[object] | None], why_not: str | None
) -> Entry:
    return Entry(number, action.label, action.tooltip, place.program.key_of(action), act, why_not)


def _run_of(place: Place, number: int) -> Entry:
    """The run of a number, wherever it is in the history."""
    program = place.program

    async def go() -> None:
        from gradesync_tui.console.screens.run import RunScreen

        run = await program.services.run(number)
        program.push_screen(RunScreen(await program.services.account(run.account_id), run))

    return Entry(-1, f"Run {number:,}", "Its stages, problems, records and log", "", go)


async def _places(place: Place, first: int) -> list[Entry]:
    """Every account with its places and schedules, the account in sight first."""
    from gradesync_tui.console.screens.places import PLACES, place_of
    from gradesync_tui.console.screens.sis import TABS, SisScreen

    program = place.program
    listed: list[Entry] = []

    def add(title: str, about: str, act: Callable[[], Awaitable[object] | None]) -> None:
        listed.append(Entry(first + len(listed), title, about, "", act))

    def go(account: Account, name: str) -> Callable[[], None]:
        return lambda: program.go_to(place_of(account, name))

    def go_tab(account: Account, tab: str) -> Callable[[], None]:
        return lambda: program.go_to(SisScreen(account, tab))

    def go_schedule(account: Account, schedule_id: int) -> Callable[[], None]:
        return lambda: _to_schedule(program, account, schedule_id)

    add("Admin", "all accounts", lambda: program.go_up(9))
    summaries = await program.services.accounts()
    for account in sorted((each.account for each in summaries), key=lambda one: one.id != place.account_id):
        name = clean(account.name)
        for place_name, title in PLACES:
            is_account = place_name == "overview"
            add(name if is_account else title, title if is_account else name, go(account, place_name))
        for tab, title in TABS:
            add(title, name, go_tab(account, tab))
        for schedule in await program.services.schedules(account.id):
            add(schedule_words.name(schedule), name, go_schedule(account, schedule.id))
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
