"""Everything known of one thing, as labels and values, to read and to copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from gradesync_tui.console.presenters.cells import EMPTY, Cell, Span
from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import Line
from gradesync_tui.console.widgets.scroll import TextScroll
from gradesync_tui.domain.text import count


class FactsScreen(Dialog[None]):
    """A title and the facts; texts from outside must have been made safe before."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "copy", "Copy", show=False)]

    def __init__(self, title: str, facts: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title = title
        self._facts = tuple(facts)

    def compose(self) -> ComposeResult:
        with Vertical(id="panel"):
            yield Line(id="question")
            yield TextScroll(self._facts, id="text")
            yield Line(id="hint")

    def on_mount(self) -> None:
        self.query_one("#question", Line).show(Cell((Span(self._title, "strong"),)), EMPTY)
        self.query_one("#hint", Line).show(
            Cell((Span("y", "accent"), Span(" Copy   "), Span("Esc", "accent"), Span(" Close")))
        )
        self.query_one(TextScroll).focus()

    async def action_copy(self) -> None:
        from gradesync_tui.console.clipboard import copy
        from gradesync_tui.console.widgets.host import console_of

        text = "\n".join(f"{label}: {value}" if label else value for label, value in self._facts)
        program = console_of(self.query_one(TextScroll))
        await program.guarded(copy(program, text, count(len(self._facts), "line")))
