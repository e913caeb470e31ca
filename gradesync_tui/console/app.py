"""The console: one program, one place on the screen at a time, and the things that outlive a place."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import SystemCommand
from textual.driver import Driver
from textual.filter import LineFilter
from textual.geometry import Offset
from textual.screen import Screen

from gradesync_tui.console import stylesheets, themes
from gradesync_tui.console.actions import BY_ID, Action, shown_key
from gradesync_tui.console.caret import caret
from gradesync_tui.console.engine_here import EngineHere
from gradesync_tui.console.filters import ASCII_SIGNS, NO_COLOUR
from gradesync_tui.console.following import Following
from gradesync_tui.console.housekeeping import Housekeeping
from gradesync_tui.console.notices import Kind, Undo
from gradesync_tui.console.options import ConsoleOptions
from gradesync_tui.console.screens.base import Place
from gradesync_tui.console.session import Session
from gradesync_tui.console.shadow import ShadowedApp
from gradesync_tui.console.telling import Telling
from gradesync_tui.console.typeahead import KeyPassed, TypeAhead
from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.text import count
from gradesync_tui.services.errors import ServiceError
from gradesync_tui.services.process import keep_pauses_short
from gradesync_tui.store.errors import StoreError

if TYPE_CHECKING:
    from gradesync_tui.console import EngineCallable
    from gradesync_tui.services import Services


_ENTER_TYPED_AHEAD = "ctrl+j"
"""What Enter comes as where it was pressed before the console had the terminal: as the end of a line."""


class ConsoleApp(ShadowedApp):
    """The whole console. It calls the services and nothing else, and never waits on the event loop."""

    TITLE = "gradesync"
    # Here, not with each screen: the toolkit does not load the sheet of the screen that it starts with.
    CSS_PATH = [stylesheets.sheet(name) for name in ("tokens", "admin", "account", "sis", "run")]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = []

    def __init__(
        self, services: Services, *, engine: EngineCallable | None = None, options: ConsoleOptions | None = None
    ) -> None:
        self.options = options or ConsoleOptions()
        self.services = services
        self.palette = themes.palette(_plain_tokens(), terminal=True)
        super().__init__()
        self.animation_level = "none"
        self.housekeeping = Housekeeping(self)
        self.telling = Telling(self)
        self.session = Session.load(self.options.state_folder)
        self.crash: Exception | None = None
        self.ended_by: int | None = None
        self.following = Following(self, can_run=engine is not None)
        self.engine = EngineHere(self, engine)
        self.typed_ahead = TypeAhead(self)
        self._asked_to_leave = False
        self._first: Place | None = None
        self._lost_start = ""
        """Why the place to begin at was not found."""
        for theme in themes.ALL:
            self.register_theme(theme)
        self.theme = self._first_theme()
        # The toolkit would read all styles a second time for that, as if any had been in use.
        self._next_callbacks.clear()
        self.stylesheet.set_variables(self.get_css_variables())

    # --- time and looks ----------------------------------------------------------------------------------------------

    def now(self) -> Instant:
        """The wall clock, as the services read it."""
        return self.services.clock.now()

    @property
    def zone(self) -> str:
        """The zone of the account in sight; UTC where there is none."""
        account = getattr(self.place, "account", None)
        return account.zone if account is not None else "UTC"

    def _first_theme(self) -> str:
        if self.no_color:
            return themes.NO_COLOUR
        wanted = self.options.theme or self.session.theme
        if wanted in self.available_themes:
            return wanted
        if self.options.low_bandwidth or self.console.color_system in (None, "standard"):
            return themes.ANSI
        return themes.DARK

    def get_css_variables(self) -> dict[str, str]:
        variables = super().get_css_variables()
        complete = {**themes.tokens(variables), **variables}
        self.theme_variables = complete
        self.palette = themes.palette(complete, terminal=self.current_theme.ansi)
        return complete

    def get_driver_class(self) -> type[Driver]:
        from textual.drivers.linux_driver import LinuxDriver

        from gradesync_tui.console.terminal import TerminalDriver

        usual = super().get_driver_class()
        return TerminalDriver if usual is LinuxDriver else usual

    def get_line_filters(self) -> Sequence[LineFilter]:
        """As the toolkit has them, but truly without colour where none is wanted: it would send greys."""
        without = self.no_color or self.theme == themes.NO_COLOUR
        found = [NO_COLOUR] if without else list(super().get_line_filters())
        return found if self.options.icons else [*found, ASCII_SIGNS]

    def _watch_theme(self, theme_name: str) -> None:
        super()._watch_theme(theme_name)
        if self.is_running:
            self.session.theme = theme_name
            for screen in self.screen_stack:
                if isinstance(screen, Place):
                    self.call_later(screen.look_again)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and event.key == _ENTER_TYPED_AHEAD:
            event = events.Key("enter", "\r")
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif not self.typed_ahead.takes(event):
            goes_to = self.focused or self.screen
            await super().on_event(event)
            goes_to.post_message(KeyPassed())

    def on_key_passed(self) -> None:
        self.typed_ahead.passed()

    # --- places ------------------------------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[object]:
        if self._first is not None:
            return cast("Screen[object]", self._first)
        from gradesync_tui.console.screens.admin import AdminScreen

        return cast("Screen[object]", AdminScreen())

    @property
    def place(self) -> Place | None:
        """The place in sight, below any question that is asked over it."""
        return next((screen for screen in reversed(self.screen_stack) if isinstance(screen, Place)), None)

    def go_up(self, steps: int) -> None:
        """Some steps back along the path; the first place stays. A place that was leapt over is made now."""
        for _ in range(steps):
            here = self.place
            above = here.above() if here is not None else None
            if above is None:
                return
            below = self.screen_stack[-2] if len(self.screen_stack) > 1 else None
            if below is None:
                # The toolkit cannot replace its first screen: the place where we began stays below, out of sight.
                self.push_screen(above)
            elif type(below) is type(above):
                self.pop_screen()
            else:
                self.switch_screen(above)

    def go_to(self, place: Place) -> None:
        """Show a place, wherever one is; the way back is along its path."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(place)

    async def find_start(self) -> None:
        """Before the first picture: find the place where the options or the last session say to begin."""
        path = [part.strip() for part in self.options.start.split("/") if part.strip()] or self.session.place
        if not path:
            return
        try:
            account = await self.services.account(path[0])
        except (ServiceError, StoreError) as error:
            self._lost_start = str(error) if self.options.start else ""
            return
        if len(path) > 1:
            from gradesync_tui.console.screens.places import place_titled

            self._first = place_titled(account, path[1])
        else:
            from gradesync_tui.console.screens.account import AccountScreen

            self._first = AccountScreen(account)

    # --- life --------------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        if self.options.keymap:
            self.set_keymap(dict(self.options.keymap))
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """After the first paint: what takes time to import or may wait."""
        keep_pauses_short()
        if self._lost_start:
            self.tell(self._lost_start, "warning")
        wrong = self.options.keymap_faults
        for line in wrong:
            self.tell(line, "warning")
        if len(wrong) > 1:
            self.tell(f"{len(wrong)} mistakes in the keys of the settings; M shows them. {wrong[0]}", "warning")
        self.following.begin()
        if self.options.run_engine and self.engine.reason_against() is None:
            self.run_worker(self.engine.start_if_none(), group="engine")

    def do_app_follow(self) -> Awaitable[None] | None:
        still, place = self.following.turn(), self.place
        return None if still or place is None else place.reload()

    # --- the engine --------------------------------------------------------------------------------------------------

    def do_engine_run(self) -> None:
        self.engine.start()
        self.tell("The engine runs in this console now, until you leave it.")

    def key_of(self, action: Action) -> str:
        """The key that does an action here, as people write it."""
        return shown_key(self.options.keymap.get(action.id, action.keys))

    def reason_against(self, action: str) -> str | None:
        """Why an action of the whole program cannot be done now; None if it can."""
        if action == "app.undo" and self.telling.notices.last_undo is None:
            return "There is nothing to undo: only a pause or a resume can be taken back."
        if action == "engine.run":
            return self.engine.reason_against()
        return None

    @property
    def cursor_position(self) -> Offset:
        """Where the toolkit puts the terminal's own cursor after each picture."""
        return caret(self.screen) if self.screen_stack else Offset(0, 0)

    @cursor_position.setter
    def cursor_position(self, position: Offset) -> None:
        """Nothing: what has the focus says where it is."""

    def write_to_terminal(self, sequence: str) -> None:
        """Send a control sequence of our own making to the terminal."""
        if self._driver is not None:
            self._driver.write(sequence)

    def copy_to_clipboard(self, text: str) -> None:
        """What the toolkit copies by itself, such as words selected with the mouse, goes the way of every copy."""
        from gradesync_tui.console.clipboard import copy

        self._clipboard = text
        if self.place is not None:
            self.place.act(copy(self, text, count(len(text), "character")))

    def action_help_quit(self) -> None:
        """Ctrl+C: many press it to leave, or by habit."""
        self.tell(f"{self.key_of(BY_ID['app.quit'])} leaves the console; Ctrl+C only copies selected words.", "warning")

    # --- the end -----------------------------------------------------------------------------------------------------

    def end(self, number: int) -> None:
        """A signal asks the program to end."""
        self.ended_by = number
        self._leave()

    def _leave(self) -> None:
        self.engine.stop()
        self.exit()

    def do_app_quit(self) -> None:
        """Leave; while a run goes on in this console, only after asking. Asked again, the answer is yes."""
        if self._asked_to_leave or not self.engine.is_running:
            self._leave()
        else:
            self._asked_to_leave = True
            place = self.place
            if place is not None:
                place.act(self._ask_to_leave(), BY_ID["app.quit"])

    async def _ask_to_leave(self) -> None:
        from gradesync_tui.console.screens.confirm import ConfirmScreen

        known = await self.engine.leaves_behind()
        if not known or await self.push_screen_wait(ConfirmScreen("Leave the console?", known, "Leave")) is not None:
            self._leave()
        self._asked_to_leave = False

    def action_quit(self) -> None:  # type: ignore[override]
        self.do_app_quit()

    def keep_session(self) -> None:
        """Remember the place, for next time."""
        self.session.save(self.options.state_folder)

    def _handle_exception(self, error: Exception) -> None:
        """A fault ends the console; what it was goes to a file, never to the screen with its values."""
        # The first fault is the cause; those after it tell only that the program was ending. So does any where it was
        # told to end: the toolkit then puts nothing more on a screen, and what is half made fails for want of the rest.
        if not self._exit:
            self.crash = self.crash or error
            self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()

    # --- telling -----------------------------------------------------------------------------------------------------

    def tell(self, text: str, kind: Kind = "done", undo: Undo | None = None, *, quietly: bool = False) -> None:
        """Say something to the person, and keep it in the notices; `quietly` only keeps it."""
        self.telling.tell(text, kind, undo, quietly=quietly)

    async def guarded(self, work: Awaitable[object]) -> None:
        """Wait for some work; what the services or the store refuse becomes a notice."""
        try:
            await work
        except (ServiceError, StoreError) as error:
            self.tell(str(error), "error")

    def do_app_undo(self) -> Awaitable[object] | None:
        said = self.telling.notices.last_undo
        return None if said is None else self.telling.take_back(said)

    # --- help, palette, pictures -------------------------------------------------------------------------------------

    def do_app_help(self) -> None:
        from gradesync_tui.console.screens.help import HelpScreen

        place = self.place
        if place is not None:
            self.push_screen(HelpScreen(place.section(), self.options.keymap))

    def do_app_palette(self) -> None:
        from gradesync_tui.console.screens.palette import PaletteScreen, chosen

        place = self.place
        if place is not None:
            self.push_screen(PaletteScreen(place), chosen(place))

    def do_app_jump(self) -> None:
        from gradesync_tui.console.screens.jump import JumpScreen, targets

        place = self.place
        if place is not None:
            self.push_screen(JumpScreen(targets(place)), lambda go: go() if go is not None else None)

    def do_app_notices(self) -> None:
        from gradesync_tui.console.screens.notices import NoticesScreen

        self.push_screen(NoticesScreen(tuple(self.telling.notices.said), self.zone, self.options.icons))

    def do_app_theme(self) -> None:
        from gradesync_tui.console.screens.menu import Choice, MenuScreen

        choices = [Choice(name, name.replace("-", " "), themes.ABOUT[name]) for name in themes.NAMES]
        self.push_screen(MenuScreen("Theme", choices, current=self.theme), self._set_theme)

    def _set_theme(self, name: str | None) -> None:
        if name is not None:
            self.theme = name

    def do_support_contact(self) -> None:
        from gradesync_tui.console.screens.support import SupportScreen

        place = self.place
        if place is not None:
            self.push_screen(SupportScreen(place.account_id))

    def do_engine_show(self) -> None:
        from gradesync_tui.console.screens.engines import EnginesScreen

        self.push_screen(EnginesScreen(self.following.link, self.now(), self.zone))

    def do_app_picture(self) -> Awaitable[None]:
        from gradesync_tui.console.exports import hand_over, save_text

        svg = self.export_screenshot(title="gradesync")

        async def save() -> None:
            path = await save_text("screen", "svg", svg)
            self.tell(f"Saved the picture {hand_over(self, path)}")

        return save()

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """The screen as SVG, without the fonts that whoever looks at it would fetch from another host."""
        svg = super().export_screenshot(title=title, simplify=simplify)
        return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        yield from ()


def _plain_tokens() -> dict[str, str]:
    terminal = next(theme for theme in themes.TERMINAL_THEMES if theme.name == themes.NO_COLOUR)
    return terminal.variables
