"""A screen that follows the terminal's size, and only its newest one."""

from __future__ import annotations

from textual.events import Resize
from textual.screen import Screen, ScreenResultType


class SizedScreen(Screen[ScreenResultType]):
    """A screen that takes a size only while the terminal still has it.

    A screen that was given a size tells itself so in a message. While somebody drags a window's edge, such a message
    can come after a newer size: taken at its word it would undo that one, which then undoes it in turn, for ever.
    """

    # The toolkit calls every class's handler by itself, a subclass's first and its own last.
    async def _on_resize(self, event: Resize) -> None:
        if event.size != self.app.size:
            event.prevent_default()
