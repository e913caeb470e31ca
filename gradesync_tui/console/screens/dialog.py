"""What is asked over a place: one panel, the safe answer first."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from gradesync_tui.console import stylesheets

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer | None], Generic[Answer]):
    """A panel over a place. Esc answers None, which always means: do nothing."""

    CSS_PATH = stylesheets.sheet("dialogs")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Cancel", show=False)]

    def action_leave(self) -> None:
        self.dismiss(None)

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Answer, once: a key pressed twice must not answer for the screen below too, which the toolkit would do."""
        if not self.is_active:
            return AwaitComplete()
        return super().dismiss(result)
