"""What is done to each line just before it is sent, for terminals that can show less."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter, NoColor

_IN_ASCII = {
    **dict.fromkeys("…", "~"),
    **dict.fromkeys("·∙", "."),
    **dict.fromkeys("–—─╴╶╌", "-"),
    **dict.fromkeys("━═╸╺", "="),
    **dict.fromkeys("│┃▌▐▏▎▍▋▊▉▕║", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼", "+"),
    **dict.fromkeys("▁▂▃", "."),
    **dict.fromkeys("▄▅", ":"),
    **dict.fromkeys("▆▇█▀", "#"),
    **dict.fromkeys("›→▶▷▸", ">"),
    **dict.fromkeys("‹←◀", "<"),
    **dict.fromkeys("↑▴▲", "^"),
    **dict.fromkeys("↓▾▼", "v"),
    **dict.fromkeys("●◆•◼", "*"),
    **dict.fromkeys("○", "o"),
    **dict.fromkeys("✓", "+"),
    **dict.fromkeys("✗×", "x"),
    **dict.fromkeys("“”", '"'),
    **dict.fromkeys("‘’", "'"),
}
_TABLE = str.maketrans(_IN_ASCII)


class AsciiSigns(LineFilter):
    """Every sign that the console or the toolkit draws, in ASCII and as wide; letters of names stay as they are."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment
            if segment.text.isascii()
            else Segment(segment.text.translate(_TABLE), segment.style, segment.control)
            for segment in segments
        ]


# Made once: the toolkit remembers what a filter made of a line by the filter itself.
NO_COLOUR = NoColor()
ASCII_SIGNS = AsciiSigns()
