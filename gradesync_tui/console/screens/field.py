"""Asking for one value that is typed; what is wrong with it is said as one types."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from gradesync_tui.console.presenters.cells import EMPTY, Cell, cell, wrap
from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import Line, PressButton
from gradesync_tui.services.errors import Invalid


class FieldScreen(Dialog[str]):
    """One field. `check` gives the value as it is kept, or raises Invalid with what is wrong."""

    def __init__(self, title: str, about: str, start: str, example: str, check: Callable[[str], str]) -> None:
        super().__init__()
        self._title, self._start, self._example, self._check = title, start, example, check
        self._about = _wrapped(cell(about, "muted"))
        self._value: str | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="panel", classes="form"):
            yield Line(id="question")
            about = Line(id="effects")
            about.styles.height = len(self._about)
            yield about
            field = Input(self._start, placeholder=f"such as {self._example}", id="value", compact=True)
            field.cursor_blink = False
            yield field
            problem = Line(id="problem")
            problem.styles.height = 2
            yield problem
            with Horizontal(id="answers"):
                yield PressButton("Cancel", id="cancel")
                yield PressButton("Go on", id="yes")

    def on_mount(self) -> None:
        self.query_one("#question", Line).show(cell(self._title, "strong"))
        self.query_one("#effects", Line).show_lines(self._about)
        self.query_one("#value", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        problem = ""
        try:
            self._value = self._check(event.value)
        except Invalid as error:
            self._value, problem = None, str(error)
        self.query_one("#problem", Line).show_lines(_wrapped(cell(problem, "bad")))
        self.query_one("#yes", PressButton).allow(problem or None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._value is not None:
            self.dismiss(self._value)

    def on_press_button_pressed(self, event: PressButton.Pressed) -> None:
        event.stop()
        if event.button.id == "cancel":
            self.dismiss(None)
        elif self._value is not None:
            self.dismiss(self._value)


def _wrapped(text: Cell) -> list[tuple[Cell, Cell]]:
    return [(piece, EMPTY) for piece in wrap(text, 66)] if text.spans else [(EMPTY, EMPTY)]
