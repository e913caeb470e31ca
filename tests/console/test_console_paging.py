"""A list of any length is read in pages by key, and its indexes are right at both ends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from gradesync_tui.console.widgets.marks import Marks
from gradesync_tui.console.widgets.rows import PAGE, PagedRows


@dataclass
class Numbers:
    """The numbers of a list, the greatest first; some are missing, so that a guess in the middle is one."""

    numbers: list[int]
    asked: int = field(default=0)
    counts_quickly: bool = False

    async def count(self) -> int:
        return len(self.numbers)

    async def head(self, limit: int) -> list[int]:
        self.asked += 1
        return self.numbers[:limit]

    async def tail(self, limit: int) -> list[int]:
        self.asked += 1
        return self.numbers[-limit:]

    async def below(self, key: int, limit: int) -> list[int]:
        self.asked += 1
        return [each for each in self.numbers if each < key][:limit]

    async def above(self, key: int, limit: int) -> list[int]:
        self.asked += 1
        return [each for each in self.numbers if each > key][-limit:]

    async def near(self, part: float, limit: int) -> list[int]:
        self.asked += 1
        guess = self.numbers[0] - int(part * (self.numbers[0] - self.numbers[-1]))
        return [each for each in self.numbers if each <= guess][:limit]


def uneven(count: int) -> list[int]:
    """Dense at first, then with ever wider gaps."""
    return sorted({at + at * at // 3000 for at in range(1, count + 1)}, reverse=True)


async def shown(rows: PagedRows[int], first: int, last: int) -> list[int | None]:
    await rows.load(first, last)
    return [rows.at(index) for index in range(first, min(last + 1, len(rows)))]


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 5 * PAGE])
async def test_walking_down_meets_every_row_once(count: int) -> None:
    numbers = uneven(count)
    rows: PagedRows[int] = PagedRows(lambda each: each)
    await rows.restart(Numbers(numbers))
    await rows.count()
    seen = []
    for index in range(len(numbers)):
        if rows.lacks(index, index):
            await rows.load(index, index)
        seen.append(rows.at(index))
    assert seen == numbers and len(rows) == len(numbers)


async def test_end_and_home_are_exact_and_cost_one_page_each() -> None:
    numbers = Numbers(uneven(100_000))
    rows: PagedRows[int] = PagedRows(lambda each: each)
    await rows.restart(numbers)
    await rows.count()
    numbers.asked = 0
    total = len(rows)
    assert await shown(rows, total - 20, total - 1) == numbers.numbers[-20:]
    assert await shown(rows, 0, 20) == numbers.numbers[:21]
    assert numbers.asked == 2


async def test_a_leap_into_the_middle_is_put_right_on_the_way_to_the_head() -> None:
    numbers = Numbers(uneven(5_000))
    rows: PagedRows[int] = PagedRows(lambda each: each)
    await rows.restart(numbers)
    await rows.count()
    index = 2_500
    await rows.load(index, index + 20)
    top = rows.at(index)
    assert top is not None
    while True:
        moved = await rows.load(max(0, index - 50), index)
        index = max(0, index + moved - 50)
        if rows.at(0) == numbers.numbers[0]:
            break
    held = [rows.at(at) for at in range(60)]
    assert held == numbers.numbers[:60]


@dataclass
class Slow(Numbers):
    """It takes until `counted` to count them."""

    counted: asyncio.Event = field(default_factory=asyncio.Event)
    asked_to_count: int = 0

    async def count(self) -> int:
        self.asked_to_count += 1
        await self.counted.wait()
        return await super().count()


async def test_a_long_query_shows_its_head_before_it_is_counted() -> None:
    numbers = Slow(uneven(5 * PAGE))
    rows: PagedRows[int] = PagedRows(lambda each: each)
    await rows.restart(numbers)
    assert (len(rows), rows.counted) == (PAGE, False)
    numbers.counted.set()
    assert await rows.count()
    assert (len(rows), rows.counted) == (5 * PAGE, True)
    numbers.counted.clear()
    await rows.restart(numbers)
    assert (len(rows), rows.counted) == (5 * PAGE, False), "read anew, it keeps its length until it is counted again"


async def test_what_the_head_holds_whole_is_not_walked_through_again_to_be_counted() -> None:
    numbers = Slow(uneven(PAGE - 1))
    rows: PagedRows[int] = PagedRows(lambda each: each)
    await rows.restart(numbers)
    assert (len(rows), rows.counted, numbers.asked_to_count) == (PAGE - 1, True, 0)


async def test_a_newer_query_gives_up_counting_the_older() -> None:
    slow = Slow(uneven(5 * PAGE))
    rows: PagedRows[int] = PagedRows(lambda each: each)
    await rows.restart(slow)
    counting = asyncio.ensure_future(rows.count())
    await asyncio.wait({counting}, timeout=0)
    await rows.restart(Numbers(uneven(3 * PAGE)))
    await asyncio.wait({counting})
    assert counting.cancelled()
    assert (len(rows), rows.counted) == (3 * PAGE, True)


async def test_new_rows_join_at_the_head() -> None:
    rows: PagedRows[int] = PagedRows(lambda each: each)
    await rows.restart(Numbers(uneven(300)))
    await rows.count()
    newest = rows.at(0)
    assert newest is not None
    assert rows.push([newest + 2, newest + 1]) == 2
    assert (rows.at(0), rows.at(2)) == (newest + 2, newest)
    assert rows.push([newest + 2]) == 0


def test_marks_keep_to_their_rows() -> None:
    marks = Marks()
    rows = [5, 9, 6, 7]
    marks.toggle(5)
    marks.add_span(6, rows.index, rows.__getitem__)
    assert set(marks) == {5, 9, 6}
    rows = [7, 6, 5, 9]  # sorted meanwhile: the range goes from the row that was marked last, wherever it stands now
    marks.add_span(7, rows.index, rows.__getitem__)
    assert set(marks) == {5, 9, 6, 7}
    marks.keep([6])
    assert set(marks) == {6}
    marks.toggle_all([6])
    assert len(marks) == 0
