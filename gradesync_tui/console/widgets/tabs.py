"""A line of tabs, reached by their number, by the arrows or by the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from gradesync_tui.console.widgets.host import palette_of

_GAP = 3


class TabLine(Widget, can_focus=True):
    """Titles in a row; the chosen one is accented and underlined."""

    DEFAULT_CSS = "TabLine { height: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", "Left", show=False),
        Binding("right,l", "step(1)", "Right", show=False),
    ]

    class Chosen(Message):
        """Another tab was chosen."""

        def __init__(self, line: TabLine, tab: str) -> None:
            super().__init__()
            self.line = line
            self.tab = tab

        @property
        def control(self) -> TabLine:
            return self.line

    def __init__(self, tabs: Sequence[tuple[str, str]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tabs = tuple(tabs)
        self.chosen = self._tabs[0][0]

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self._tabs]

    @property
    def caret(self) -> Offset:
        """Where the chosen tab begins."""
        return Offset(dict(self.starts())[self.chosen], 0)

    def choose(self, name: str) -> None:
        """Choose a tab by name; tells about it only if it is another."""
        if name != self.chosen and name in self.names:
            self.chosen = name
            self.refresh()
            self.post_message(self.Chosen(self, name))

    def choose_number(self, number: int) -> None:
        """Choose a tab by its number, counted from 1."""
        if 1 <= number <= len(self._tabs):
            self.choose(self._tabs[number - 1][0])

    def starts(self) -> list[tuple[str, int]]:
        """Each tab with the cell that it begins at."""
        found, at = [], 1
        for number, (name, title) in enumerate(self._tabs, 1):
            found.append((name, at))
            at += cell_len(f"{number} {title}") + _GAP
        return found

    def retitle(self, titles: Sequence[tuple[str, str]]) -> None:
        """Change what stands on the tabs; the tabs stay."""
        if tuple(titles) != self._tabs:
            self._tabs = tuple(titles)
            self.refresh()

    def action_step(self, by: int) -> None:
        self.choose_number(self.names.index(self.chosen) + 1 + by)

    def render_line(self, y: int) -> Strip:
        base, palette = self.rich_style, palette_of(self)
        line = [Segment(" ", base)]
        for number, (name, title) in enumerate(self._tabs, 1):
            meta = Style(meta={"tab": name})
            if name == self.chosen:
                look = palette["accent"] + Style(bold=True, underline=True, reverse=self.has_focus)
                line += [Segment(f"{number} ", base + palette["accent"] + meta), Segment(title, base + look + meta)]
            else:
                line += [
                    Segment(f"{number} ", base + palette["faint"] + meta),
                    Segment(title, base + palette["muted"] + meta),
                ]
            line.append(Segment(" " * _GAP, base))
        return Strip(line).adjust_cell_length(self.size.width, base)

    def on_click(self, event: events.Click) -> None:
        tab = event.style.meta.get("tab")
        if tab is not None:
            self.choose(tab)
