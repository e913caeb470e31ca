"""Everything known of one thing, as labels and values, to read and to copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from gradesync_tui.console.screens.dialog import ReadingDialog
from gradesync_tui.console.widgets.scroll import TextScroll
from gradesync_tui.domain.text import count


class FactsScreen(ReadingDialog):
    """A title and the facts; texts from outside must have been made safe before."""

    HINTS = (("↑ ↓", "Scroll"), ("y", "Copy"), ("Esc", "Close"))
    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "copy", "Copy", show=False)]

    def __init__(self, title: str, facts: Sequence[tuple[str, str]]) -> None:
        super().__init__(title, TextScroll(facts, id="text"))
        self.panel_width = 100
        self._facts = tuple(facts)

    async def action_copy(self) -> None:
        from gradesync_tui.console.clipboard import copy

        text = "\n".join(f"{label}: {value}" if label else value for label, value in self._facts)
        await self.program.guarded(copy(self.program, text, count(len(self._facts), "line")))
