"""Labels and texts that wrap and scroll."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from gradesync_tui.console.presenters.cells import EMPTY, Cell, cell, fit, wrap
from gradesync_tui.console.widgets.host import palette_of
from gradesync_tui.console.widgets.paint import segments

_LABEL = 16

Text = str | Cell
"""What is shown: plain text, of which each line stands for itself, or one line of several tones."""


class TextScroll(ScrollView, can_focus=True):
    """Pairs of a label and a text of any length; a pair without a text is a heading."""

    DEFAULT_CSS = "TextScroll { height: auto; max-height: 24; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Up", show=False),
        Binding("down,j", "scroll_down", "Down", show=False),
        Binding("ctrl+u", "page_up", "Page up", show=False),
        Binding("ctrl+d", "page_down", "Page down", show=False),
        Binding("g", "scroll_home", "Top", show=False),
        Binding("G", "scroll_end", "End", show=False),
    ]

    class Scrolled(Message):
        """Other lines are in sight, or there are more or fewer of them."""

    def __init__(self, facts: Sequence[tuple[Text, Text]], *, id: str | None = None, label_width: int = _LABEL) -> None:
        super().__init__(id=id)
        self._facts = tuple(facts)
        self._label_width = label_width
        self._lines: list[Cell] = []

    @property
    def below(self) -> int:
        """How many lines stand below those in sight."""
        return max(0, len(self._lines) - round(self.scroll_y) - self.size.height)

    def say(self, facts: Sequence[tuple[Text, Text]]) -> None:
        """Show other texts."""
        self._facts = tuple(facts)
        self._wrap(self.size.width)
        self.refresh(layout=True)
        self.post_message(self.Scrolled())

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        self._wrap(width)
        return len(self._lines)

    def on_resize(self) -> None:
        self._wrap(self.size.width)
        self.refresh()
        self.post_message(self.Scrolled())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Scrolled())

    def _wrap(self, width: int) -> None:
        room = max(10, width - self._label_width - 2)
        self._lines = []
        for label, value in self._facts:
            lead = label if isinstance(label, Cell) else cell(label, "muted" if value else "strong")
            if not value:
                self._lines.append(lead)
                continue
            parts = [value] if isinstance(value, Cell) else [cell(part) for part in value.split("\n")]
            pieces = [piece for part in parts for piece in (wrap(part, room) or [EMPTY])]
            for piece in pieces:
                self._lines.append(Cell((*fit(lead, self._label_width), *piece.spans)))
                lead = EMPTY
        self.virtual_size = Size(0, len(self._lines))

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        width = self.size.width
        index = y + round(self.scroll_y)
        if index >= len(self._lines):
            return Strip.blank(width, base)
        line = segments(fit(self._lines[index], width), palette_of(self), base)
        return Strip(line).adjust_cell_length(width, base)
