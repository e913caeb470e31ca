"""Where the terminal's own cursor stands: Braille displays and screen readers follow it, so it follows the focus."""

from __future__ import annotations

from typing import Any

from textual.geometry import Offset
from textual.screen import Screen
from textual.widgets import Input


def caret(screen: Screen[Any]) -> Offset:
    """The cell where what has the focus begins, such as a list's row; the screen's corner where nothing has it.

    A widget of which a part has the focus says by its `caret` where, from its own corner.
    """
    focused = screen.focused
    if focused is None:
        return Offset(0, 0)
    if isinstance(focused, Input):
        # The toolkit's own answer leaves room for a blank after the last letter.
        return focused.cursor_screen_offset - Offset(int(focused.cursor_at_end), 0)
    within: Offset = getattr(focused, "caret", Offset(0, 0))
    return focused.region.offset + within
