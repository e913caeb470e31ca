"""Cells as the toolkit draws them: segments for what is drawn line by line, Text for tables. Never parsed as markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from gradesync_tui.console.presenters.cells import Cell, Placed, Span, fit
from gradesync_tui.console.themes import Palette

GUTTER = 2
"""Cells left of a table's first column, for the cursor's bar and for marks."""

RIGHT_MARGIN = 2
"""Cells right of a table's last column: the scroll bar, and a blank before it."""


def style_of(span: Span, palette: Palette) -> Style:
    """A span's look, with its action for the mouse."""
    style = palette[span.tone]
    if span.press is not None:
        action, target = span.press
        style = style + Style(meta={"@click": f"screen.press({action!r}, {target!r})"})
    return style


def segments(spans: Iterable[Span], palette: Palette, base: Style) -> list[Segment]:
    """Spans as segments over a base style; the base's background stays.

    On a reversed line a colour would come out as a block, and dim as unreadable: there only weight tells tones apart.
    """
    if base.reverse:
        return [Segment(span.text, base + _weight(style_of(span, palette))) for span in spans if span.text]
    return [Segment(span.text, base + style_of(span, palette)) for span in spans if span.text]


def _weight(style: Style) -> Style:
    return Style(bold=style.bold, underline=style.underline, meta=style.meta)


def text(spans: Iterable[Span] | Cell, palette: Palette, prefix: str = "", prefix_style: Style | None = None) -> Text:
    """Spans as one line of Text."""
    line = Text(no_wrap=True, end="")
    if prefix:
        line.append(prefix, prefix_style or Style())
    for span in spans.spans if isinstance(spans, Cell) else spans:
        line.append(span.text, style_of(span, palette))
    return line


def header(
    columns: Sequence[Placed], sorted_by: tuple[str, bool] | None, palette: Palette, base: Style, *, icons: bool
) -> list[Segment]:
    """The line of titles. The one that the rows are sorted by is marked, in the gap where its column has no room."""
    line = [Segment(" " * GUTTER, base)]
    for placed in columns:
        column = placed.column
        title, gap, style = column.title, " " * column.gap, palette.header
        if sorted_by is not None and sorted_by[0] == column.key:
            style = palette.sorted_header
            arrow = ("▾" if sorted_by[1] else "▴") if icons else ("v" if sorted_by[1] else "^")
            if cell_len(title) + 2 <= placed.width:
                title = f"{title} {arrow}"
            else:
                gap = arrow + gap[1:]
        look = base + style + (Style(meta={"column": column.key}) if column.sorts else Style())
        line += [Segment(span.text, look) for span in fit(Cell((Span(title, "heading"),)), placed.width, column.align)]
        line.append(Segment(gap, look if gap.strip() else base))
    return line
