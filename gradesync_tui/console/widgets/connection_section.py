"""How Canvas and the SIS are reached: shown, changed and tried here."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from gradesync_tui.console.actions import Section
from gradesync_tui.console.presenters import connections as presenter
from gradesync_tui.console.presenters.cells import EMPTY, cell
from gradesync_tui.console.presenters.connections import Trial
from gradesync_tui.console.screens.base import bindings
from gradesync_tui.console.widgets.bars import SectionTitle
from gradesync_tui.console.widgets.host import console_of
from gradesync_tui.console.widgets.scroll import TextScroll
from gradesync_tui.domain.records import Account

_ABOUT = "secrets are named, never shown"


class ConnectionSection(Vertical):
    """Both connections, and what came of trying them."""

    SECTION: ClassVar[Section] = "connection"
    BINDINGS: ClassVar[list[BindingType]] = bindings("connection")

    def __init__(self, account: Account) -> None:
        super().__init__(id="connection")
        self.account = account
        self.table = TextScroll((), id="connection-facts")
        self._title = SectionTitle("Connection")
        self._trials: dict[str, Trial] = {}

    def compose(self) -> ComposeResult:
        yield self._title
        yield self.table

    def on_mount(self) -> None:
        self._title.say(_ABOUT)

    async def reload(self) -> None:
        """Read the connections again."""
        from gradesync_tui.services.accounts import sis_label

        program = console_of(self)
        canvas, sis = await program.services.connections(self.account.id)
        icons = program.options.icons
        facts = presenter.canvas(canvas, self._trials.get("canvas"), icons)
        name = sis_label(sis.profile) if sis is not None else ""
        facts += [("", " "), *presenter.sis(sis, self._trials.get("sis"), name, icons)]
        self.table.say(facts)

    async def do_connection_canvas(self) -> None:
        from gradesync_tui.console.screens.connection_form import CanvasForm

        program = console_of(self)
        before, _ = await program.services.connections(self.account.id)
        if await program.push_screen_wait(CanvasForm(self.account, before)) is not None:
            self._trials.pop("canvas", None)
            await self.reload()

    async def do_connection_sis(self) -> None:
        from gradesync_tui.console.screens.connection_form import SisForm

        program = console_of(self)
        _, before = await program.services.connections(self.account.id)
        if await program.push_screen_wait(SisForm(self.account, before)) is not None:
            self._trials.pop("sis", None)
            await self.reload()

    async def do_connection_try(self) -> None:
        """Ask both over HTTP, one after the other, and show what each answers."""
        from gradesync_tui.console.connection_acts import try_out

        program = console_of(self)
        both = await program.services.connections(self.account.id)
        for which, connection in zip(("canvas", "sis"), both, strict=True):
            if connection is None:
                continue
            self._trials[which] = Trial()
            await self.reload()
            self._trials[which] = await try_out(program.services, self.account, connection)
            await self.reload()

    def on_text_scroll_scrolled(self) -> None:
        below = self.table.below
        self._title.say(_ABOUT, cell(f"{below:,} more below ", "muted") if below else EMPTY)
