"""A form: fields, what comes of them as one types, and nothing kept before somebody says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.css.query import NoMatches
from textual.widget import Widget
from textual.widgets import Input

from gradesync_tui.console.presenters.cells import EMPTY, Cell, Tone, cell, wrap
from gradesync_tui.console.presenters.forms import Wrong, may_be_reference
from gradesync_tui.console.screens.confirm import ConfirmScreen
from gradesync_tui.console.screens.dialog import Answer, Dialog, Hints
from gradesync_tui.console.widgets.bars import Line, PressButton
from gradesync_tui.console.widgets.fields import MarkList, PickButton, TextField
from gradesync_tui.console.widgets.scroll import TextScroll
from gradesync_tui.services.errors import ServiceError
from gradesync_tui.store.errors import StoreError

if TYPE_CHECKING:
    from gradesync_tui.console.screens.menu import Choice
    from gradesync_tui.services import Services

_LABEL = 16
"""Columns of the labels, and of the rule between them and the fields."""


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
    wrong: Wrong | None = None
    hidden: frozenset[str] = frozenset()


class FormScreen(Dialog[Answer]):
    """The fields of one thing.

    What is wrong with a field is said below it, once somebody has typed there or tried to save.
    """

    YES: ClassVar[str] = "Save"
    ROOM: ClassVar[int] = 4
    """Lines held free for what comes of the fields, so that nothing jumps; what is wrong takes of the same lines, and
    where the terminal is low the fields come first."""
    HINTS: ClassVar[Hints] = (("Tab", "Next"), ("Esc", "Cancel"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
    ]

    def __init__(self, title: str, fields: Sequence[Field], start: Mapping[str, str], about: str = "") -> None:
        super().__init__(title, about)
        self._fields = tuple(fields)
        self._start = dict(start)
        self._untouched: dict[str, str] = {}
        self._touched: set[str] = set()
        self._saving = False
        self._said = TextScroll((), id="said", label_width=0)
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

    def more_rows(self) -> int:
        """How many rows that takes."""
        return 0

    def more_answers(self) -> Iterable[PressButton]:
        """What can be pressed besides Cancel and Save."""
        return ()

    def first_field(self) -> str:
        """The field that has the focus first."""
        return self._fields[0].name

    # --- shared ------------------------------------------------------------------------------------------------------

    @property
    def services(self) -> Services:
        return self.program.services

    def body(self) -> ComposeResult:
        with VerticalScroll(id="fields", can_focus=False):
            for field in self._fields:
                with Vertical(classes="field", id=f"{field.name}-field"):
                    with Horizontal(classes="entry"):
                        yield Line(id=f"{field.name}-label", classes="label")
                        yield self._widget(field)
                    yield Line(id=f"{field.name}-wrong", classes="wrong")
        yield from self.more()
        yield self._said

    def buttons(self) -> Iterable[PressButton]:
        yield PressButton("Cancel", id="cancel")
        yield from self.more_answers()
        yield PressButton(self.YES, id="yes")

    def _widget(self, field: Field) -> Widget:
        start = self._start.get(field.name, "")
        if field.choices:
            return PickButton(field.label, field.choices, start, id=field.name)
        return TextField(start, hint=field.hint, id=field.name, suggestions=field.suggestions)

    # The toolkit calls the handlers of a subclass and then these: a subclass does not call them itself.

    def on_mount(self) -> None:
        self._untouched = self.state()
        self.query_one(f"#{self.first_field()}").focus()
        self.look()

    def fit(self) -> None:
        self.look()

    def values(self) -> dict[str, str]:
        """The fields as they stand."""
        found: dict[str, str] = {}
        for field in self._fields:
            widget = self.query_one(f"#{field.name}")
            found[field.name] = widget.value if isinstance(widget, Input | PickButton) else ""
        return found

    def state(self) -> dict[str, str]:
        """All that a person may have put in, to tell whether anything would be lost."""
        return self.values()

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
        wrong = self.outlook.wrong
        self.query_one("#yes", PressButton).allow(wrong.words if wrong is not None else None)
        shown = wrong if wrong is not None and wrong.field in self._touched else None
        self._show_wrong(shown)
        elsewhere = shown is not None and all(field.name != shown.field for field in self._fields)
        self.say([*([cell(shown.words, "warn")] if shown is not None and elsewhere else []), *self.outlook.said])

    def _show_wrong(self, wrong: Wrong | None) -> None:
        """Say below its field what is wrong with it, and below no other."""
        sign = "! " if self.program.options.icons else "!! "
        for field in self._fields:
            line = self.query_one(f"#{field.name}-wrong", Line)
            line.display = wrong is not None and wrong.field == field.name
            if line.display and wrong is not None:
                pieces = wrap(cell(sign + wrong.words, "warn"), self.room - _LABEL - 1)
                line.styles.height = len(pieces)
                line.show_lines([(piece, EMPTY) for piece in pieces])
        self._show_labels(wrong)

    def _show_labels(self, wrong: Wrong | None) -> None:
        for field in self._fields:
            tone: Tone = "muted"
            if wrong is not None and wrong.field == field.name:
                tone = "warn"
            elif self.focused is not None and self.focused.id == field.name:
                tone = "accent"
            self.query_one(f"#{field.name}-label", Line).show(cell(field.label, tone))

    def say(self, lines: Sequence[Cell]) -> None:
        """Show words below the fields; what has no room there scrolls."""
        rows = self.rows_left(1 + self.more_rows())
        fields = len(self._fields) - len(self.outlook.hidden)
        taken = sum(
            round(line.styles.height.value) for line in self.query(".wrong") if line.display and line.styles.height
        )
        words = max(1, max(2, min(self.ROOM, rows - fields)) - taken)
        self._said.styles.height = words
        self.query_one("#fields").styles.max_height = rows - words
        self._said.say([("", line if line.spans else " ") for line in lines])

    def on_text_scroll_scrolled(self) -> None:
        self._said.can_focus = self._said.max_scroll_y > 0

    def refuse(self, words: str) -> None:
        """Say why it was not kept."""
        self.say([cell(f"{'✗' if self.program.options.icons else 'XX'} {words}", "bad")])

    def on_descendant_focus(self) -> None:
        wrong = self.outlook.wrong
        self._show_labels(wrong if wrong is not None and wrong.field in self._touched else None)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        name = event.input.id or ""
        if event.value != self._untouched.get(name, event.value):
            self._touched.add(name)
        self.look()

    def on_pick_button_picked(self, event: PickButton.Picked) -> None:
        event.stop()
        self.look()

    def on_mark_list_marked(self, event: MarkList.Marked) -> None:
        event.stop()
        self.look()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the next field, and from the last to the answer that keeps it; a single field it keeps."""
        event.stop()
        if len(self._fields) == 1:
            self.save()
            return
        following = self.focus_chain[self.focus_chain.index(event.input) + 1 :]
        wanted = next(iter(following), None)
        if wanted is None or wanted.id == "cancel":
            wanted = self.query_one("#yes")
        wanted.focus()

    def on_press_button_pressed(self, event: PressButton.Pressed) -> None:
        event.stop()
        if event.button.id == "cancel":
            self.dismiss(None)
        elif event.button.id == "yes":
            self.save()

    def action_leave(self) -> None:
        """Esc: at once while nothing was put in; else only after asking."""
        if self.state() == self._untouched:
            self.dismiss(None)
        else:
            self.run_worker(self._leave(), exit_on_error=True)

    async def _leave(self) -> None:
        asked = ConfirmScreen("Leave without saving?", ["What was put in here is lost."], "Leave", no="Stay")
        if await self.ask(asked) is not None:
            self.dismiss(None)

    def save(self) -> None:
        """Keep it, if it can be kept, once at a time; else go to the field that is wrong."""
        if self.outlook.wrong is not None:
            self.point_at(self.outlook.wrong)
        elif not self._saving:
            self._saving = True
            self.run_worker(self._keep(), exit_on_error=True)

    def point_at(self, wrong: Wrong) -> None:
        """Say what is wrong with a field, and go there."""
        self._touched.add(wrong.field)
        self.look()
        self.query_one(f"#{wrong.field}").focus()

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
