"""A form: fields, what comes of them as one types, and nothing kept before somebody says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.css.query import NoMatches
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input

from gradesync_tui.console.presenters.cells import EMPTY, Cell, cell, wrap
from gradesync_tui.console.presenters.forms import may_be_reference
from gradesync_tui.console.screens.dialog import Answer, Dialog
from gradesync_tui.console.widgets.bars import Line, PressButton
from gradesync_tui.console.widgets.fields import MarkList, PickButton
from gradesync_tui.services.errors import ServiceError
from gradesync_tui.store.errors import StoreError

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp
    from gradesync_tui.console.screens.menu import Choice
    from gradesync_tui.services import Services


@dataclass(frozen=True, slots=True)
class Field:
    """A line to fill in.

    choices: what there is to choose from; none means that text is typed. suggestions: what typing is completed to.
    reference: it names where a secret is; what cannot be such a name is hidden, for it may be the secret.
    """

    name: str
    label: str
    hint: str = ""
    choices: Sequence[Choice] = ()
    suggestions: Sequence[str] = ()
    reference: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """What comes of the fields as they stand: words, why they cannot be kept, and the fields that do not matter."""

    said: Sequence[Cell] = ()
    problem: str = ""
    hidden: frozenset[str] = frozenset()


class FormScreen(Dialog[Answer]):
    """The fields of one thing."""

    YES: ClassVar[str] = "Save"
    ROOM: ClassVar[int] = 4
    """Lines for what comes of the fields, held free so that nothing jumps."""

    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-middle")]  # noqa: RUF012  (as the toolkit declares it)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
    ]

    def __init__(self, title: str, fields: Sequence[Field], start: Mapping[str, str]) -> None:
        super().__init__()
        self._title = title
        self._fields = tuple(fields)
        self._start = dict(start)
        self._saving = False
        self.outlook = Outlook()

    # --- to be said by each form -------------------------------------------------------------------------------------

    def understand(self, values: Mapping[str, str]) -> Outlook:
        """What comes of the fields."""
        raise NotImplementedError

    async def keep(self, values: Mapping[str, str]) -> Answer | None:
        """Keep it; None if the person thought better of it, and the form stays."""
        raise NotImplementedError

    def more(self) -> Iterable[Widget]:
        """What stands below the fields."""
        return ()

    def buttons(self) -> Iterable[PressButton]:
        """What can be pressed besides Cancel and Save."""
        return ()

    def first_field(self) -> str:
        """The field that has the focus first."""
        return self._fields[0].name

    # --- shared ------------------------------------------------------------------------------------------------------

    @property
    def program(self) -> ConsoleApp:
        return cast("ConsoleApp", self.app)

    @property
    def services(self) -> Services:
        return self.program.services

    def compose(self) -> ComposeResult:
        with Vertical(id="panel", classes="form dense"):
            yield Line(id="question")
            with VerticalScroll(id="fields", can_focus=False):
                for field in self._fields:
                    with Horizontal(classes="field", id=f"{field.name}-field"):
                        yield Line(id=f"{field.name}-label", classes="label")
                        yield self._widget(field)
            yield from self.more()
            yield Line(id="said")
            with Horizontal(id="answers"):
                yield PressButton("Cancel", id="cancel")
                yield from self.buttons()
                yield PressButton(self.YES, id="yes")

    def _widget(self, field: Field) -> Widget:
        start = self._start.get(field.name, "")
        if field.choices:
            return PickButton(field.label, field.choices, start, id=field.name)
        helper = SuggestFromList(field.suggestions, case_sensitive=False) if field.suggestions else None
        typed = Input(start, placeholder=field.hint, id=field.name, compact=True, suggester=helper)
        typed.cursor_blink = False
        return typed

    # The toolkit calls the handlers of a subclass and then these: a subclass does not call them itself.

    def on_mount(self) -> None:
        self.query_one("#question", Line).show(cell(self._title, "strong"))
        for field in self._fields:
            self.query_one(f"#{field.name}-label", Line).show(cell(field.label, "muted"))
        self.query_one("#said", Line).styles.height = self.ROOM
        self.query_one(f"#{self.first_field()}").focus()
        self.look()
        # The panel's width is known only once it is laid out.
        self.call_after_refresh(self.look)

    def values(self) -> dict[str, str]:
        """The fields as they stand."""
        found: dict[str, str] = {}
        for field in self._fields:
            widget = self.query_one(f"#{field.name}")
            found[field.name] = widget.value if isinstance(widget, Input | PickButton) else ""
        return found

    def put(self, name: str, value: str) -> None:
        """Fill in a field."""
        widget = self.query_one(f"#{name}")
        if isinstance(widget, PickButton):
            widget.pick(value)
        elif isinstance(widget, Input) and widget.value != value:
            widget.value = value
            widget.cursor_position = len(value)

    def look(self) -> None:
        """Understand the fields, and show what comes of them."""
        try:
            self.outlook = self.understand(self.values())
        except NoMatches:
            return
        for field in self._fields:
            self.query_one(f"#{field.name}-field").display = field.name not in self.outlook.hidden
            if field.reference:
                typed = self.query_one(f"#{field.name}", Input)
                typed.password = not may_be_reference(typed.value)
        self.query_one("#yes", PressButton).allow(self.outlook.problem or None)
        problem = [cell(self.outlook.problem, "warn")] if self.outlook.problem else []
        self.say([*problem, *self.outlook.said])

    def say(self, lines: Sequence[Cell]) -> None:
        """Show words below the fields, over as many lines as there is room for."""
        said = self.query_one("#said", Line)
        width = said.size.width or 70
        broken = [part for line in lines for part in (wrap(line, width) if line.spans else [EMPTY])]
        if len(broken) > self.ROOM:
            broken = [*broken[: self.ROOM - 1], cell("…", "muted")]
        said.show_lines([(line, EMPTY) for line in broken])

    def refuse(self, words: str) -> None:
        """Say why it was not kept."""
        self.say([cell(words, "bad")])

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.look()

    def on_pick_button_picked(self, event: PickButton.Picked) -> None:
        event.stop()
        self.look()

    def on_mark_list_marked(self, event: MarkList.Marked) -> None:
        event.stop()
        self.look()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.app.action_focus_next()

    def on_press_button_pressed(self, event: PressButton.Pressed) -> None:
        event.stop()
        if event.button.id == "cancel":
            self.dismiss(None)
        elif event.button.id == "yes":
            self.save()

    def save(self) -> None:
        """Keep it, if it can be kept; once at a time."""
        if self.outlook.problem:
            self.look()
        elif not self._saving:
            self._saving = True
            self.run_worker(self._keep(), exit_on_error=True)

    async def _keep(self) -> None:
        try:
            kept = await self.keep(self.values())
        except (ServiceError, StoreError) as error:
            self.refuse(str(error))
            return
        finally:
            self._saving = False
        if kept is not None:
            self.dismiss(kept)
