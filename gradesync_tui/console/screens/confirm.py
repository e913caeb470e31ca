"""Asking before something is done: the question names the target and the effect, and Cancel comes first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.widgets import Input

from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import PressButton
from gradesync_tui.console.widgets.fields import TextField, TickButton
from gradesync_tui.console.widgets.scroll import TextScroll


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

    no: what the answer is called that does nothing. word: what must be typed before yes is possible. ask_reason: offer
    a field for a reason. option: something to tick.
    """

    def __init__(
        self,
        question: str,
        effects: Sequence[str],
        yes: str,
        *,
        no: str = "Cancel",
        word: str = "",
        ask_reason: bool = False,
        option: Option | None = None,
    ) -> None:
        super().__init__(question)
        self.hints = (("Tab", "Next"), ("Esc", no))
        # Focused only where it scrolls: nobody should agree to what they could not read.
        self._effects = TextScroll([("", effect or " ") for effect in effects], id="effects", label_width=0)
        self._yes = PressButton(yes, id="yes", classes="-dangerous")
        self._no = PressButton(no, id="cancel")
        self._word = word
        self._typed = TextField(hint=f"type  {word}  to confirm", id="word") if word else None
        self._reason = (
            TextField(hint="reason, for everybody to see (may stay empty)", id="reason") if ask_reason else None
        )
        self._option = TickButton(option.label, option.on, id="option") if option is not None else None

    def body(self) -> ComposeResult:
        yield self._effects
        yield from (asked for asked in (self._typed, self._reason, self._option) if asked is not None)

    def buttons(self) -> Iterable[PressButton]:
        return (self._no, self._yes)

    def on_mount(self) -> None:
        if self._typed is not None:
            self._yes.allow(f"Type {self._word} first.")
            self._typed.focus()
        else:
            self._no.focus()

    def fit(self) -> None:
        asked = sum(each is not None for each in (self._typed, self._reason, self._option))
        self._effects.styles.max_height = self.rows_left(2 * asked)

    def on_text_scroll_scrolled(self) -> None:
        self._effects.can_focus = self._effects.max_scroll_y > 0

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input is self._typed:
            right = event.value.strip().casefold() == self._word.casefold()
            self._yes.allow(None if right else f"Type {self._word} first.")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input is self._typed:
            self._answer_yes()
        else:
            self._yes.focus()

    def on_press_button_pressed(self, event: PressButton.Pressed) -> None:
        if event.button is self._no:
            self.dismiss(None)
        else:
            self._answer_yes()

    def _answer_yes(self) -> None:
        if self._yes.why_not is not None:
            if self._typed is not None:
                self._typed.focus()
            return
        reason = self._reason.value.strip() if self._reason is not None else ""
        self.dismiss(Confirmed(reason, self._option is not None and self._option.on))
