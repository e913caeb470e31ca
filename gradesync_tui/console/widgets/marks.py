"""Rows that a person has marked, by key, so that filters and sorting do not lose them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


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

    def toggle(self, key: int, index: int) -> None:
        """Mark a row or take its mark off; `index` is where it stands."""
        self._keys ^= {key}
        self._last = index

    def span_to(self, index: int) -> range:
        """The indexes from the last mark to this one, both included."""
        last = self._last if self._last is not None else index
        self._last = index
        return range(min(last, index), max(last, index) + 1)

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
