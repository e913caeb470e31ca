"""Letting somebody in: their login, the name that the history shows, and a role."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from gradesync_tui.console.presenters import people as presenter
from gradesync_tui.console.presenters.cells import EMPTY, Cell, cell, wrap
from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import Line, PressButton
from gradesync_tui.domain.records import Account, Grant
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.words import Role
from gradesync_tui.services.errors import ServiceError
from gradesync_tui.services.roles import article
from gradesync_tui.store.errors import StoreError

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp

_FIELDS = (
    ("login", "Login", "as the operating system or the SSH key knows them"),
    ("name", "Name", "as the history shall show it"),
)


class PersonForm(Dialog[None]):
    """The fields of a person; the effect is said before it is done."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
    ]

    def __init__(self, account: Account) -> None:
        super().__init__()
        self._account = account
        # The least that lets somebody in, for this account only: more is given deliberately.
        self._role = Role.VIEWER
        self._is_everywhere = False

    @property
    def program(self) -> ConsoleApp:
        return cast("ConsoleApp", self.app)

    def compose(self) -> ComposeResult:
        with Vertical(id="panel", classes="form"):
            yield Line(id="question")
            for name, _, placeholder in _FIELDS:
                with Horizontal(classes="field"):
                    yield Line(id=f"{name}-label", classes="label")
                    field = Input(placeholder=placeholder, id=name, compact=True)
                    field.cursor_blink = False
                    yield field
            for name in ("role", "scope"):
                with Horizontal(classes="field"):
                    yield Line(id=f"{name}-label", classes="label")
                    yield PressButton("", id=name)
            effect = Line(id="effects")
            effect.styles.height = 4
            yield effect
            with Horizontal(id="answers"):
                yield PressButton("Cancel", id="cancel")
                yield PressButton("Add", id="yes")

    def on_mount(self) -> None:
        self.query_one("#question", Line).show(cell("Let somebody in", "strong"))
        for name, label in (("login", "Login"), ("name", "Name"), ("role", "Role"), ("scope", "Where")):
            self.query_one(f"#{name}-label", Line).show(cell(label, "muted"))
        self.query_one("#login", Input).focus()
        self._show()

    def _show(self) -> None:
        login, name = (self.query_one(f"#{field}", Input).value.strip() for field in ("login", "name"))
        where = presenter.where(None if self._is_everywhere else self._account.id, {self._account.id: "this account"})
        self.query_one("#role", PressButton).set_label(presenter.TITLES[self._role])
        self.query_one("#scope", PressButton).set_label(where)
        self.query_one("#yes", PressButton).allow(None if login and name else "Give a login and a name first.")
        who = clean(name, limit=60) or "They"
        account = "all accounts" if self._is_everywhere else clean(self._account.name, limit=60)
        self._say(cell(f"{who} will be {article(self._role)} in {account}: "
                       f"{presenter.MEANINGS[self._role]}.", "muted"))  # fmt: skip

    def _say(self, text: Cell) -> None:
        line = self.query_one("#effects", Line)
        line.show_lines([(piece, EMPTY) for piece in wrap(text, max(20, line.size.width or 68))])

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.app.action_focus_next()

    def on_press_button_pressed(self, event: PressButton.Pressed) -> None:
        event.stop()
        if event.button.id == "cancel":
            self.dismiss(None)
        elif event.button.id == "role":
            roles = list(Role)
            self._role = roles[(roles.index(self._role) + 1) % len(roles)]
            self._show()
        elif event.button.id == "scope":
            self._is_everywhere = not self._is_everywhere
            self._show()
        elif event.button.why_not is not None:
            self._say(cell(event.button.why_not, "warn"))
        else:
            self.run_worker(self._save(), exit_on_error=True)

    async def _save(self) -> None:
        login, name = (self.query_one(f"#{field}", Input).value.strip() for field in ("login", "name"))
        grant = Grant(role=self._role, account_id=None if self._is_everywhere else self._account.id)
        try:
            person = await self.program.services.add_person(login, name, [grant])
        except (ServiceError, StoreError) as error:
            self._say(cell(str(error), "bad"))
            return
        self.program.tell(f"{person.name} may come in, as {article(self._role)}.")
        self.dismiss(None)
