"""What a table of any length reads its rows from: a list in memory, or pages of a query by key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

Row = TypeVar("Row")

PAGE = 100
MOST_HELD = 1_000
_COUNT_PATIENCE = 0.05
"""Seconds that a list waits for its length, so that the first picture has it."""


class Rows(Protocol[Row]):
    """Rows by index, of which not all need to be at hand."""

    counted: bool
    """Whether the length is known; until then it is what was seen of it."""

    def __len__(self) -> int: ...

    def at(self, index: int) -> Row | None:
        """The row of an index; None if it is not at hand (yet)."""
        ...

    def find(self, key: int) -> int | None:
        """The index of a row's key; None if it is not at hand."""
        ...

    def key(self, row: Row) -> int:
        """What tells a row from all others, for good."""
        ...

    def lacks(self, first: int, last: int) -> bool:
        """Whether some of these rows must be loaded before they can be shown."""
        ...

    async def load(self, first: int, last: int) -> int:
        """Bring these rows to hand. Answers by how much their indexes had to be corrected (mostly 0)."""
        ...


class ListRows(Generic[Row]):
    """All rows in memory, filtered and sorted by whoever hands them over."""

    counted = True

    def __init__(self, key: Callable[[Row], int], rows: Sequence[Row] = ()) -> None:
        self._key = key
        self.set(rows)

    def set(self, rows: Sequence[Row]) -> None:
        self._rows = list(rows)
        self._index = {self._key(row): index for index, row in enumerate(self._rows)}

    def __len__(self) -> int:
        return len(self._rows)

    def at(self, index: int) -> Row | None:
        return self._rows[index] if 0 <= index < len(self._rows) else None

    def find(self, key: int) -> int | None:
        return self._index.get(key)

    def key(self, row: Row) -> int:
        return self._key(row)

    def lacks(self, first: int, last: int) -> bool:
        return False

    async def load(self, first: int, last: int) -> int:
        return 0


class Pages(Protocol[Row]):
    """A query that can be read by key, in the order of display."""

    @property
    def counts_quickly(self) -> bool:
        """Whether its length is found without a look at each row."""
        ...

    async def count(self) -> int: ...

    async def head(self, limit: int) -> list[Row]: ...

    async def tail(self, limit: int) -> list[Row]: ...

    async def below(self, key: int, limit: int) -> list[Row]: ...

    async def above(self, key: int, limit: int) -> list[Row]: ...

    async def near(self, part: float, limit: int) -> list[Row]:
        """Some rows about `part` of the way (0 to 1) down the whole."""
        ...


class PagedRows(Generic[Row]):
    """A window of rows out of a query of any length.

    The window is read from the query's head, its tail, or onwards from its own edges, all by key. A leap into the
    middle lands on a guess; where the window meets the true head or tail its indexes are put right.
    """

    def __init__(self, key: Callable[[Row], int]) -> None:
        self._key = key
        self._pages: Pages[Row] | None = None
        self._wanted: Pages[Row] | None = None
        self._held: list[Row] = []
        self._start = 0
        self._total = 0
        self._index: dict[int, int] = {}
        self._loading = asyncio.Lock()
        self._counting: asyncio.Future[int] | None = None
        self._begun: tuple[Pages[Row], asyncio.Future[list[Row]]] | None = None
        self.counted = True

    def __len__(self) -> int:
        return self._total

    def key(self, row: Row) -> int:
        return self._key(row)

    def at(self, index: int) -> Row | None:
        place = index - self._start
        return self._held[place] if 0 <= place < len(self._held) else None

    def find(self, key: int) -> int | None:
        place = self._index.get(key)
        return None if place is None else place + self._start

    @property
    def held(self) -> Sequence[Row]:
        """The rows at hand, in order."""
        return self._held

    @property
    def has_head(self) -> bool:
        """Whether the window begins at the very first row, so that new rows join it."""
        return self._start == 0

    async def restart(self, pages: Pages[Row]) -> None:
        """Read the head of another query, or of the same one anew, and its length.

        Where that takes a while the head is at hand before it, see `counted` and `count`. What still reads for an
        older query is given up.
        """
        known = self._total if pages == self._pages else 0
        if self._begun is None or self._begun[0] != pages:
            self.begin(pages)
        assert self._begun is not None and self._counting is not None
        self._wanted, reading = pages, self._begun[1]
        self._begun, counting = None, self._counting
        try:
            held = await reading
            if len(held) == PAGE:
                await asyncio.wait({counting}, timeout=_COUNT_PATIENCE)
        except BaseException:
            reading.cancel()
            counting.cancel()
            raise
        if pages is not self._wanted:  # another query was asked for meanwhile
            return
        self._pages = pages
        if len(held) < PAGE:
            counting.cancel()
        self._set(held, 0)
        self.counted = len(held) < PAGE
        self._total = len(held) if self.counted else max(known, len(held))
        if counting.done() and not self.counted:
            await self.count()

    def begin(self, pages: Pages[Row]) -> None:
        """Begin to read what `restart` will show, while there is still something else to do before."""
        if self._counting is not None:
            self._counting.cancel()
        if self._begun is not None:
            self._begun[1].cancel()
        reading = asyncio.ensure_future(pages.head(PAGE))
        self._begun = (pages, reading)
        self._counting = asyncio.ensure_future(self._count_after(reading, pages))

    @staticmethod
    async def _count_after(reading: asyncio.Future[list[Row]], pages: Pages[Row]) -> int:
        """Count a query; where each row is looked at for that, only after its head: that may be all it has."""
        if pages.counts_quickly:
            return await pages.count()
        await asyncio.wait({reading})
        if reading.cancelled() or reading.exception() is not None:
            return 0
        head = reading.result()
        return await pages.count() if len(head) == PAGE else len(head)

    async def count(self) -> bool:
        """Wait until the length is known. False if nothing changed."""
        pages, counting = self._pages, self._counting
        if self.counted or counting is None:
            return False
        total = await counting
        if pages is not self._pages:  # another query was asked for meanwhile
            return False
        self.counted = True
        self._total = max(total, self._start + len(self._held))
        return True

    def shows(self, pages: Pages[Row]) -> bool:
        """Whether rows of that very query are at hand, and no other is on its way."""
        return pages == self._pages and self._wanted is self._pages and bool(self._held)

    async def grow(self) -> None:
        """Count a query anew whose new rows only ever come at its end: what is at hand stays where it is."""
        pages = self._pages
        if pages is None:
            return
        total = await pages.count()
        if pages is self._pages:
            self.counted = True
            self._total = max(total, self._start + len(self._held))

    def lacks(self, first: int, last: int) -> bool:
        last = self._last_of(last)
        return last >= first and (first < self._start or last >= self._start + len(self._held))

    async def load(self, first: int, last: int) -> int:
        async with self._loading:  # two that read on from the same edge would both add what they find
            return 0 if self._pages is None else await self._load(self._pages, first, last)

    async def _load(self, pages: Pages[Row], first: int, last: int) -> int:
        first, last = max(0, first), self._last_of(last)
        end = self._start + len(self._held)
        if not self._held or first > end + 2 * PAGE or last < self._start - 2 * PAGE:
            await self._leap(pages, first, last)
            return 0
        while last >= self._start + len(self._held):
            more = await pages.below(self._key(self._held[-1]), PAGE)
            if pages is not self._pages:  # another query was asked for meanwhile
                return 0
            self._set(self._held + more, self._start)
            end = self._start + len(self._held)
            if len(more) < PAGE:
                # The true tail: the count was out of date, or is needed no more.
                self._total, self.counted = end, True
                break
            self._total = max(self._total, end)
        moved = 0
        while first < self._start:
            more = await pages.above(self._key(self._held[0]), PAGE)
            if pages is not self._pages:
                return 0
            start = self._start - len(more)
            if (len(more) < PAGE and start != 0) or start < 0:
                # The true head is here, or further away than the indexes said: put them right.
                right = 0 if len(more) < PAGE else PAGE
                moved += right - start
                self._total = max(self._total + right - start, 0)
                first += right - start
                start = right
            self._set(more + self._held, start)
            if not more:
                break
        self._trim(first, last)
        return moved

    def _last_of(self, last: int) -> int:
        """The row itself, or the last one there is; while they are not counted there may be more than were seen."""
        return min(last, self._total - 1) if self.counted else last

    async def _leap(self, pages: Pages[Row], first: int, last: int) -> None:
        if last < PAGE:
            held, start = await pages.head(PAGE), 0
        elif first >= self._total - PAGE:
            held = await pages.tail(PAGE)
            start = self._total - len(held)
        else:
            middle = max(0, (first + last) // 2 - PAGE // 2)
            held = await pages.near(middle / self._total, PAGE)
            start = min(middle, self._total - len(held))
        if held and pages is self._pages:
            self._set(held, start)

    def replace(self, row: Row) -> int | None:
        """Put a row's newer self in its place; its index, or None if it is not at hand."""
        index = self.find(self._key(row))
        if index is not None:
            self._held[index - self._start] = row
        return index

    def push(self, rows: Sequence[Row]) -> int:
        """New rows at the head; how many were new."""
        fresh = [row for row in rows if self._key(row) not in self._index]
        self._total += len(fresh)
        if self.has_head:
            self._set(fresh + self._held, 0)
        else:
            self._start += len(fresh)
        return len(fresh)

    def _trim(self, first: int, last: int) -> None:
        if len(self._held) <= MOST_HELD:
            return
        low = max(0, first - self._start - MOST_HELD // 4)
        high = last - self._start + MOST_HELD // 4
        self._set(self._held[low:high], self._start + low)

    def _set(self, held: list[Row], start: int) -> None:
        self._held = held
        self._start = start
        self._index = {self._key(row): place for place, row in enumerate(held)}
