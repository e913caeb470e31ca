"""Rows that a person has marked, by key, so that filters and sorting do not lose them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from textual import events
from textual.message import Message

from gradesync_tui.console.widgets.paint import GUTTER

RIGHT_BUTTON = 3


class MarkWanted(Message):
    """Somebody clicked where a row's mark stands: mark the row under the cursor, or take its mark off."""


def marks_row(event: events.Click) -> bool:
    """Whether a click marks its row: before the first column, or with Ctrl held."""
    return event.ctrl or event.x < GUTTER


class Marks:
    """A set of keys that remembers where the last mark was put."""

    def __init__(self) -> None:
        self._keys: set[int] = set()
        self._last: int | None = None

    def __contains__(self, key: int) -> bool:
        return key in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[int]:
        return iter(self._keys)

    def toggle(self, key: int) -> None:
        """Mark a row or take its mark off."""
        self._keys ^= {key}
        self._last = key

    def add_span(self, key: int, place_of: Callable[[int], int | None], key_at: Callable[[int], int | None]) -> bool:
        """Mark all rows from the last one marked to this one, by where both stand now; rows may have moved since.

        False, and nothing marked, where one of the two is not at hand.
        """
        here = place_of(key)
        first = here if self._last is None else place_of(self._last)
        if here is None or first is None:
            return False
        between = (key_at(place) for place in range(min(first, here), max(first, here) + 1))
        self._keys.update(each for each in between if each is not None)
        self._last = key
        return True

    def add(self, keys: Iterable[int]) -> None:
        self._keys.update(keys)

    def toggle_all(self, keys: Iterable[int]) -> None:
        """Mark all of these, or none if all are marked already."""
        wanted = set(keys)
        self._keys = set() if wanted <= self._keys else self._keys | wanted

    def keep(self, existing: Iterable[int]) -> None:
        """Forget marks of rows that are gone."""
        self._keys &= set(existing)

    def clear(self) -> None:
        self._keys.clear()
        self._last = None
