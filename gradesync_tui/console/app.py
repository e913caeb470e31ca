"""The console: one program, one place on the screen at a time, and the things that outlive a place."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import SystemCommand
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.filter import LineFilter
from textual.geometry import Offset
from textual.screen import Screen
from textual.timer import Timer

from gradesync_tui.console import stylesheets, themes
from gradesync_tui.console.actions import BY_ID, Action, shown_key
from gradesync_tui.console.caret import caret
from gradesync_tui.console.engine_here import EngineHere
from gradesync_tui.console.filters import ASCII_SIGNS, NO_COLOUR
from gradesync_tui.console.housekeeping import Housekeeping
from gradesync_tui.console.notices import Kind, Notices, Said, Undo
from gradesync_tui.console.options import ConsoleOptions
from gradesync_tui.console.presenters.cells import Cell
from gradesync_tui.console.presenters.link import Link, state
from gradesync_tui.console.screens.base import Place
from gradesync_tui.console.session import Session
from gradesync_tui.console.shadow import ShadowedApp
from gradesync_tui.console.typeahead import KeyPassed, TypeAhead
from gradesync_tui.domain.clock import MINUTE, Instant
from gradesync_tui.domain.records import Change
from gradesync_tui.domain.text import clean, count
from gradesync_tui.services.errors import ServiceError
from gradesync_tui.store.errors import StoreError

if TYPE_CHECKING:
    from gradesync_tui.console import EngineCallable
    from gradesync_tui.services import Services

_NOTICE_SECONDS = 4.0
_LETTERS_A_SECOND = 20
"""How long a notice stays: some seconds, and as long as its words take to be read."""
_RETRY_SECONDS = (0.5, 1.0, 2.0, 5.0)
_UNDO_AT_ONCE = 10 * MINUTE


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
        self.notices = Notices()
        self.session = Session.load(self.options.state_folder)
        self.crash: Exception | None = None
        self.ended_by: int | None = None
        self.link = Link(heard=self.now(), can_run=engine is not None, read_only=self.options.read_only)
        self.engine = EngineHere(self, engine)
        self.typed_ahead = TypeAhead(self)
        self._asked_to_leave = False
        self._hush_timer: Timer | None = None
        self._shown: Said | None = None
        self._waiting_news: deque[Said] = deque(maxlen=5)
        self._first: Place | None = None
        self._lost_start = ""
        """Why the place to begin at was not found."""
        for theme in themes.ALL:
            self.register_theme(theme)
        self.theme = self._first_theme()

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
        if self._lost_start:
            self.tell(self._lost_start, "warning")
        wrong = self.options.keymap_faults
        for line in wrong:
            self.tell(line, "warning")
        if len(wrong) > 1:
            self.tell(f"{len(wrong)} mistakes in the keys of the settings; M shows them. {wrong[0]}", "warning")
        self.run_worker(self._follow(), group="feed", exit_on_error=True)
        self.set_interval(1.0, self._show_state)
        self.set_interval(60.0 if self.options.low_bandwidth else 1.0, self._tick)
        if self.options.run_engine and self.engine.reason_against() is None:
            self.run_worker(self.engine.start_if_none(), group="engine")

    def _show_state(self) -> None:
        """Once a second: how old is what is shown? Nothing is drawn unless a word has changed."""
        place = self.screen_stack[-1] if self.screen_stack else None
        if isinstance(place, Place):
            place.show_path()

    def _tick(self) -> None:
        """Time has passed."""
        place = self.screen_stack[-1] if self.screen_stack else None
        if isinstance(place, Place) and place.is_mounted and not self.link.still:
            place.tick()

    async def _follow(self) -> None:
        """Follow the change feed for ever; say so when the database does not answer, and try again."""
        poll = 1.0 if self.options.low_bandwidth else 0.25
        failures = 0
        since: int | None = None
        while True:
            try:
                if since is None:
                    since = await self.services.feed_position()
                elif failures:
                    await self._spread((Change(seq=0, topic="all", ref=0),))
                await self._look_at_engines()
                failures = 0
                async for changes in self._changes(since, poll):
                    since = changes[-1].seq if changes else since
                    await self._heard(changes)
            except (StoreError, ServiceError) as error:
                if not self.link.lost:
                    self.tell(str(error), "error")
                self._set_link(lost=str(error))
                await asyncio.sleep(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])
                failures += 1

    async def _changes(self, since: int, poll: float) -> AsyncIterator[list[Change]]:
        """The feed, with an empty list at least every two seconds, so that silence is told from death."""
        stream = cast("AsyncGenerator[list[Change]]", self.services.watch(since=since, poll=poll))
        following = asyncio.ensure_future(anext(stream))
        try:
            while True:
                done, _ = await asyncio.wait({following}, timeout=2.0)
                if done:
                    yield following.result()
                    following = asyncio.ensure_future(anext(stream))
                else:
                    yield []
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await stream.aclose()

    async def _heard(self, changes: Sequence[Change]) -> None:
        if not changes or any(change.topic == "engine" for change in changes):
            await self._look_at_engines()
        else:
            self._set_link(heard=self.now(), lost="")
        telling = [change for change in changes if change.topic != "engine"]
        if telling and not self.link.still:
            await self._spread(telling)
        await self._tell_news([change.ref for change in changes if change.topic == "audit"])

    async def _tell_news(self, entries: Sequence[int]) -> None:
        """Say what others did in the account in sight; what its rows show with their names is kept in the notices."""
        account_id = self.place.account_id if self.place is not None else None
        if not entries or account_id is None:
            return
        from gradesync_tui.console.presenters import news
        from gradesync_tui.console.presenters.schedules import name

        newest = await self.services.audit(account_id, limit=len(entries))
        done = [entry for entry in reversed(newest) if entry.id in entries]
        if any(entry.login != self.services.actor.login for entry in done):
            schedules = {f"schedule {one.id}": name(one) for one in await self.services.schedules(account_id)}
            for words, is_seen in news.told(done, self.services.actor.login, schedules):
                self.tell(words, "news", quietly=is_seen)

    async def _spread(self, changes: Sequence[Change]) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, Place) and screen.is_mounted:
                await screen.feed(changes)

    async def _look_at_engines(self) -> None:
        engines = await self.services.engines()
        self._set_link(engines=tuple(engines), heard=self.now(), lost="")

    def _set_link(self, **changes: object) -> None:
        from dataclasses import replace

        self.link = replace(self.link, **changes)  # type: ignore[arg-type]
        self._show_state()

    def state_cell(self, width: int) -> Cell:
        """The state line for a screen of a width."""
        return state(
            self.link,
            self.now(),
            stale_after=self.options.stale_after,
            icons=self.options.icons,
            wide=width >= 100,
        )

    def do_app_follow(self) -> Awaitable[None] | None:
        still = not self.link.still
        self._set_link(still=still)
        place = self.place
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
        if action == "app.undo" and self.notices.last_undo is None:
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
        # The first fault is the cause; those after it tell only that the program was ending.
        self.crash = self.crash or error
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()

    # --- telling -----------------------------------------------------------------------------------------------------

    def tell(self, text: str, kind: Kind = "done", undo: Undo | None = None, *, quietly: bool = False) -> None:
        """Say something to the person, and keep it in the notices; `quietly` only keeps it."""
        said = Said(self.now(), kind, clean(text), undo)
        self.notices.add(said)
        place = self.place
        if quietly or place is None or not place.is_mounted:
            return
        if kind == "news" and self._shown is not None:
            # What came of one's own act is read first.
            self._waiting_news.append(said)
        else:
            self._show(place, said)

    def _show(self, place: Place, said: Said) -> None:
        self._shown = said
        place.say(said.cell(self.options.icons, self.key_of(BY_ID["app.undo"])))
        if self._hush_timer is not None:
            self._hush_timer.stop()
        self._hush_timer = self.set_timer(_NOTICE_SECONDS + len(said.text) / _LETTERS_A_SECOND, self._hush)

    def _hush(self) -> None:
        self._shown = None
        place = self.place
        if self._waiting_news and place is not None and place.is_mounted:
            self._show(place, self._waiting_news.popleft())
            return
        for screen in self.screen_stack:
            if isinstance(screen, Place):
                try:
                    screen.hush()
                except NoMatches:
                    continue

    async def guarded(self, work: Awaitable[object]) -> None:
        """Wait for some work; what the services or the store refuse becomes a notice."""
        try:
            await work
        except (ServiceError, StoreError) as error:
            self.tell(str(error), "error")

    def do_app_undo(self) -> Awaitable[object] | None:
        said = self.notices.last_undo
        return None if said is None else self._take_back(said)

    async def _take_back(self, said: Said) -> None:
        """Undo what was said last that can be; what was done a while ago is named before it is touched."""
        if self.now() - said.at > _UNDO_AT_ONCE:
            from gradesync_tui.console.screens.confirm import ConfirmScreen
            from gradesync_tui.domain import when

            effects = [f"{when.relative(said.at, self.now())}: {said.text}"]
            if await self.push_screen_wait(ConfirmScreen("Take this back?", effects, "Undo")) is None:
                return
        undo = self.notices.take_undo()
        if undo is not None:
            self.tell(await undo.act())

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

        self.push_screen(NoticesScreen(tuple(self.notices.said), self.zone, self.options.icons))

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

        self.push_screen(EnginesScreen(self.link, self.now(), self.zone))

    def do_app_picture(self) -> Awaitable[None]:
        from gradesync_tui.console.exports import hand_over, save_text

        svg = self.export_screenshot(title="gradesync")

        async def save() -> None:
            path = await save_text("screen", "svg", svg)
            self.tell(f"Saved the picture {hand_over(self, path)}")

        return save()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        yield from ()


def _plain_tokens() -> dict[str, str]:
    terminal = next(theme for theme in themes.TERMINAL_THEMES if theme.name == themes.NO_COLOUR)
    return terminal.variables
