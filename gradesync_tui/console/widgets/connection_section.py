"""How Canvas and the SIS are reached: shown, changed and tried here."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from gradesync_tui.console.actions import Section
from gradesync_tui.console.presenters import tables as presenter
from gradesync_tui.console.screens.base import bindings
from gradesync_tui.console.widgets.bars import SectionTitle
from gradesync_tui.console.widgets.host import console_of
from gradesync_tui.console.widgets.scroll import TextScroll
from gradesync_tui.domain.records import Account, Connection
from gradesync_tui.services.errors import ServiceError

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
        self._tried: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        yield self._title
        yield self.table

    def on_mount(self) -> None:
        self._title.say(_ABOUT)

    async def reload(self) -> None:
        """Read the connections again."""
        canvas, sis = await console_of(self).services.connections(self.account.id)
        self.table.say([*presenter.connection(canvas, sis), *self._tried])

    async def do_connection_canvas(self) -> None:
        from gradesync_tui.console.screens.connection_form import CanvasForm

        program = console_of(self)
        before, _ = await program.services.connections(self.account.id)
        if await program.push_screen_wait(CanvasForm(self.account, before)) is not None:
            self._tried = []
            await self.reload()

    async def do_connection_sis(self) -> None:
        from gradesync_tui.console.screens.connection_form import SisForm

        program = console_of(self)
        _, before = await program.services.connections(self.account.id)
        if await program.push_screen_wait(SisForm(self.account, before)) is not None:
            self._tried = []
            await self.reload()

    async def do_connection_try(self) -> None:
        """Ask both over HTTP, one after the other, and show what each answers."""
        both = await console_of(self).services.connections(self.account.id)
        self._tried = [(" ", " "), ("Tried", "")]
        for name, connection in zip(("Canvas", "SIS"), both, strict=True):
            self._tried.append((name, f"asking {name} …" if connection is not None else "not connected"))
            await self.reload()
            if connection is not None:
                self._tried[-1:] = await self._ask(name, connection)
                await self.reload()

    async def _ask(self, name: str, connection: Connection) -> list[tuple[str, str]]:
        try:
            found = await console_of(self).services.try_connection(self.account.id, connection)
        except ServiceError as error:
            return [(name, f"✗ {error}")]
        lines = [
            f"! {line.removeprefix('Warning: ')}" if line.startswith("Warning: ") else f"✓ {line}" for line in found
        ]
        return [(name if number == 0 else " ", line) for number, line in enumerate(lines)]
