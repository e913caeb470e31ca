"""When a screen draws: at once after a rest, and then no sooner than a beat after it drew last.

The toolkit's own timer beats on through the rest, out of step with what happens, so that whatever comes just after a
picture (the details of the row that the cursor has leapt to) is drawn up to two beats, 33 ms, late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_PERIOD = 1 / 100
"""Seconds between two pictures at the least; what changes meanwhile goes into one."""


class Beat:
    """Stands in for the timer of a screen: `resume` asks for a picture, `pause` says that there is nothing to draw."""

    def __init__(self, draw: Callable[[], None]) -> None:
        self._draw = draw
        self._due: asyncio.TimerHandle | None = None
        self._earliest = 0.0

    def resume(self) -> None:
        """Draw as soon as the last picture is a beat old."""
        if self._due is None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_later(max(0.0, self._earliest - loop.time()), self._now)

    def pause(self) -> None:
        """Draw nothing until asked again."""
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def catch_up(self) -> None:
        """The next picture is to come at once: nothing was to be seen of the last ones."""
        self._earliest = 0.0

    def _now(self) -> None:
        self._due = None
        self._draw()
        self._earliest = asyncio.get_running_loop().time() + _PERIOD
