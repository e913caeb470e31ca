"""Labels and texts that wrap and scroll."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from gradesync_tui.console.presenters.cells import Cell as CellOf
from gradesync_tui.console.presenters.cells import Span, Tone, fit
from gradesync_tui.console.widgets.host import palette_of
from gradesync_tui.console.widgets.paint import segments

_LABEL = 16


class TextScroll(ScrollView, can_focus=True):
    """Pairs of a label and a text of any length; a pair without a text is a heading."""

    DEFAULT_CSS = "TextScroll { height: auto; max-height: 24; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Up", show=False),
        Binding("down,j", "scroll_down", "Down", show=False),
    ]

    def __init__(self, facts: Sequence[tuple[str, str]], *, id: str | None = None, label_width: int = _LABEL) -> None:
        super().__init__(id=id)
        self._facts = tuple(facts)
        self._label_width = label_width
        self._lines: list[CellOf] = []

    def say(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show other texts."""
        self._facts = tuple(facts)
        self._wrap(self.size.width)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        self._wrap(width)
        return len(self._lines)

    def on_resize(self) -> None:
        self._wrap(self.size.width)
        self.refresh()

    def _wrap(self, width: int) -> None:
        room = max(10, width - self._label_width - 1)
        self._lines = []
        for label, value in self._facts:
            if not value:
                self._lines.append(CellOf((Span(label, "strong"),)))
                continue
            first = True
            for part in value.split("\n"):
                for piece in textwrap.wrap(part, room) or [""]:
                    lead = label if first else ""
                    tone: Tone = "accent" if len(label) <= 9 and label[:1] in "?:/*" else "faint"
                    self._lines.append(CellOf((Span(f"{lead:<{self._label_width}}", tone), Span(piece))))
                    first = False
        self.virtual_size = Size(0, len(self._lines))

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        width = self.size.width
        index = y + round(self.scroll_y)
        if index >= len(self._lines):
            return Strip.blank(width, base)
        return Strip(segments(fit(self._lines[index], width), palette_of(self), base)).adjust_cell_length(width, base)
