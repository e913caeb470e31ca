"""Everything that the console has said, the last first."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from gradesync_tui.console.notices import Said
from gradesync_tui.console.presenters.cells import Cell, Span
from gradesync_tui.console.screens.dialog import Dialog
from gradesync_tui.console.widgets.bars import Line
from gradesync_tui.console.widgets.scroll import TextScroll
from gradesync_tui.domain.clock import to_datetime


class NoticesScreen(Dialog[None]):
    """The notices of this session."""

    def __init__(self, said: Sequence[Said], zone: str) -> None:
        super().__init__()
        self._facts = [
            (f"{to_datetime(each.at, zone):%H:%M:%S}", ("" if each.kind == "done" else f"{each.kind}: ") + each.text)
            for each in reversed(said)
        ] or [("", "Nothing was said yet.")]

    def compose(self) -> ComposeResult:
        with Vertical(id="panel"):
            yield Line(id="question")
            yield TextScroll(self._facts, id="text", label_width=10)
            yield Line(id="hint")

    def on_mount(self) -> None:
        self.query_one("#question", Line).show(Cell((Span("Notices", "strong"),)))
        self.query_one("#hint", Line).show(Cell((Span("Esc", "accent"), Span(" Close"))))
        self.query_one(TextScroll).focus()
