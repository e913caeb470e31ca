"""Keys that are pressed while the one before them still works: they go to what that one brings, not to what was there.

Over a slow line `/week` or `p Tab Enter` arrive in one piece. The toolkit hands each key to what has the focus at that
instant, so that what was meant for a field or a question would act on the list below, before it is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.message import Message
from textual.worker import Worker

from gradesync_tui.console.screens.base import Place

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp

_LONGEST = 3.0
"""Seconds that keys wait at most; what works for longer holds nothing up."""


class KeyPassed(Message):
    """Follows a key from the widget that it was given to up to the program: what the key does has begun by then."""


class TypeAhead:
    """The keys that wait, in their order."""

    def __init__(self, program: ConsoleApp) -> None:
        self._program = program
        self._waiting: list[events.Key] = []
        self._next: events.Key | None = None
        self._on_its_way = False
        self._slow: Worker[None] | None = None

    def takes(self, key: events.Key) -> bool:
        """Whether a key must wait; if not, it is on its way until `passed`."""
        if key is not self._next and (self._waiting or self._on_its_way or self._at_work() is not None):
            if not self._waiting:
                self._program.set_timer(_LONGEST, self._give_up)
            self._waiting.append(key)
            return True
        self._next, self._on_its_way = None, True
        return False

    def passed(self) -> None:
        """The key that was on its way is where it was meant for."""
        self._on_its_way = False
        self.release()

    def release(self) -> None:
        """Let the next key act, unless what was there before it is still at work."""
        if self._waiting and self._next is None and not self._on_its_way and self._at_work() is None:
            self._next = self._waiting.pop(0)
            self._program.post_message(self._next)

    def _at_work(self) -> Worker[None] | None:
        stack = self._program.screen_stack
        place = stack[-1] if stack else None
        work = place.at_work if isinstance(place, Place) else None
        return None if work is self._slow else work

    def _give_up(self) -> None:
        self._slow = self._at_work()
        self._on_its_way = False
        self.release()
