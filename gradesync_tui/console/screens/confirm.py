"""Asking before something is done: the question names the target and the effect, and Cancel comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from gradesync_tui.console.presenters.cells import EMPTY, Cell, cell, wrap
from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import Line, PressButton

if TYPE_CHECKING:
    from textual.widgets import Input


_WIDTH, _EDGES = 76, 7
"""The panel's width in cells, and what its border, its padding and a blank take of it."""


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can be said besides yes and no."""

    label: str
    on: bool = False


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Yes: with the reason that was given, and whether the option was taken."""

    reason: str = ""
    option: bool = False


class ConfirmScreen(Dialog[Confirmed]):
    """A question with its effects.

    word: what must be typed before yes is possible. ask_reason: offer a field for a reason. option: something to tick.
    """

    def __init__(
        self,
        question: str,
        effects: Sequence[str],
        yes: str,
        *,
        word: str = "",
        ask_reason: bool = False,
        option: Option | None = None,
    ) -> None:
        super().__init__()
        self._question = question
        self._effects = tuple(effects)
        self._yes = yes
        self._word = word
        self._ask_reason = ask_reason
        self._option = option
        self._option_on = option.on if option else False
        self._lines: list[Cell] = []

    def compose(self) -> ComposeResult:
        from textual.widgets import Input

        with Vertical(id="panel"):
            yield Line(id="question")
            self._lines = self._wrapped()
            effects = Line(id="effects")
            effects.styles.height = len(self._lines)
            yield effects
            if self._ask_reason:
                reason = Input(placeholder="reason, for everybody to see (may stay empty)", id="reason", compact=True)
                reason.cursor_blink = False
                yield reason
            if self._option is not None:
                yield PressButton(self._option_label(), id="option")
            if self._word:
                word = Input(placeholder=f"type  {self._word}  to confirm", id="word", compact=True)
                word.cursor_blink = False
                yield word
            with Horizontal(id="answers"):
                yield PressButton("Cancel", id="cancel")
                yield PressButton(self._yes, id="yes", classes="-dangerous")

    def on_mount(self) -> None:
        self.query_one("#question", Line).show(cell(self._question, "strong"))
        self.query_one("#effects", Line).show_lines([(line, EMPTY) for line in self._lines])
        if self._word:
            self.query_one("#yes", PressButton).allow(f"Type {self._word} first.")
            self.query_one("#word").focus()
        else:
            self.query_one("#cancel").focus()

    def _wrapped(self) -> list[Cell]:
        """The effects in the width of the panel, each line whole: nobody should agree to what is cut off."""
        room = max(20, min(_WIDTH, round(self.app.size.width * 0.96)) - _EDGES)
        return [line for effect in self._effects for line in wrap(cell(effect), room)]

    def _option_label(self) -> str:
        return f"{'x' if self._option_on else ' '}  {self._option.label}" if self._option else ""

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "word":
            right = event.value.strip().casefold() == self._word.casefold()
            self.query_one("#yes", PressButton).allow(None if right else f"Type {self._word} first.")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "word":
            self._answer_yes()
        else:
            self.query_one("#yes").focus()

    def on_press_button_pressed(self, event: PressButton.Pressed) -> None:
        if event.button.id == "cancel":
            self.dismiss(None)
        elif event.button.id == "option":
            self._option_on = not self._option_on
            event.button.set_label(self._option_label())
        else:
            self._answer_yes()

    def _answer_yes(self) -> None:
        from textual.widgets import Input

        if self.query_one("#yes", PressButton).why_not is not None:
            return
        reason = self.query_one("#reason", Input).value.strip() if self._ask_reason else ""
        self.dismiss(Confirmed(reason, self._option_on))
