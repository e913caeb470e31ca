"""Lists of any length: the keys count while rows are awaited, and what was left is let go of."""

from __future__ import annotations

import asyncio
import weakref
from typing import Any

import pytest
from rich.text import Text
from textual.app import ComposeResult

from gradesync_tui.console.presenters.cells import Column, cell
from gradesync_tui.console.screens.base import Place
from gradesync_tui.console.widgets import live_table
from gradesync_tui.console.widgets.line_table import LineTable
from gradesync_tui.console.widgets.paint import text
from gradesync_tui.domain.recurrence import Every
from gradesync_tui.domain.words import RunStatus


class Far:
    """A thousand numbers of which the first hundred are at hand; the others come when `there` is set."""

    counted = True

    def __init__(self) -> None:
        self.there = asyncio.Event()
        self.held = range(100)

    def __len__(self) -> int:
        return 1_000

    def at(self, index: int) -> int | None:
        return index if index in self.held else None

    def find(self, key: int) -> int | None:
        return key if key in self.held else None

    def key(self, row: int) -> int:
        return row

    def lacks(self, first: int, last: int) -> bool:
        return not (first in self.held and min(last, 999) in self.held)

    async def load(self, first: int, last: int) -> int:
        await self.there.wait()
        self.held = range(first, last + 1)
        return 0


class FarPlace(Place):
    def __init__(self, rows: Far) -> None:
        super().__init__()
        column = Column("number", "Number", 10, 10)
        self.table: LineTable[int] = LineTable(rows, (column,), lambda number: {"number": cell(str(number))})

    def body(self) -> ComposeResult:
        yield self.table


async def test_keys_pressed_while_rows_are_awaited_count_from_where_the_cursor_goes(console: Any, world: Any) -> None:
    async with console() as driver:
        rows = Far()
        place = FarPlace(rows)
        driver.app.push_screen(place)
        await driver.sees("Number")
        place.table.focus()
        place.table.do_list_bottom()
        await driver.press("up", "up")
        rows.there.set()
        await driver.until(lambda: place.table.key == 997, "the third row from the end")
        await driver.sees(" 997 ")


async def test_rows_that_take_long_are_not_waited_for(console: Any, world: Any) -> None:
    async with console() as driver:
        rows = Far()
        place = FarPlace(rows)
        driver.app.push_screen(place)
        await driver.sees("Number")
        place.table.focus()
        place.table.do_list_bottom()
        await driver.until(lambda: place.table.cursor == 999, "the last row, not read yet")
        place.table.do_list_top()
        assert place.table.key == 0
        rows.there.set()
        await driver.press("down")
        assert place.table.key == 1


async def test_a_screen_that_was_left_is_let_go_of_with_all_that_it_drew(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console() as driver:
        screen = await driver.open_grade_sync()
        drawn = weakref.ref(screen.grade_sync.history.table._styles_cache)
        left = weakref.ref(screen)
        del screen
        await driver.press("escape", "escape")
        await driver.sees("Accounts")
        await driver.until(lambda: left() is None and drawn() is None, "what the screen held is free")


async def test_the_history_sorts_by_any_column_and_the_cursor_stays_on_its_run(console: Any, world: Any) -> None:
    account = await world.account()
    runs = [await world.ran(account, scores=scores) for scores in (30, 10, 50, 20, 40)]
    async with console() as driver:
        screen = await driver.open_grade_sync()
        history = screen.grade_sync.history
        history.table.focus()
        await driver.until(lambda: history.table.key == runs[-1].id, "the newest run")
        await driver.press("down", "down")
        await history.sort_by("scores")
        assert [run.counts.scores for run in history.rows.held] == [50, 40, 30, 20, 10]
        assert (history.table.key, history.table.cursor) == (runs[2].id, 0)
        await history.sort_by("scores")
        assert [run.counts.scores for run in history.rows.held] == [10, 20, 30, 40, 50]
        assert (history.table.key, history.table.cursor) == (runs[2].id, 4)
        await history.sort_by("scores")
        assert [run.id for run in history.rows.held] == [run.id for run in reversed(runs)]


async def test_the_words_typed_last_are_what_the_list_shows(console: Any, world: Any) -> None:
    account = await world.account()
    for scores in (1, 2, 3):
        await world.ran(account, scores=scores, status=RunStatus.FAILED if scores == 2 else None)
    async with console() as driver:
        screen = await driver.open_grade_sync()
        history = screen.grade_sync.history
        history.table.focus()
        await driver.until(lambda: len(history.rows) == 3, "the runs")
        await driver.press("slash")
        await driver.until(lambda: history.filter_input is not None, "the filter")
        for words in ("c", "co", "com", "", "f", "fa"):
            history.filter_input.value = words
        await driver.until(lambda: [run.counts.scores for run in history.rows.held] == [2], "the failed run alone")
        await driver.sees("1 of 3")


async def test_of_hundreds_of_schedules_only_those_in_sight_are_drawn(
    console: Any, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await world.account()
    for number in range(150):
        await world.schedule(account, Every(number % 50 + 2, "hours"))
    drawn: list[object] = []

    def counted(*words: Any) -> Text:
        drawn.append(words)
        return text(*words)

    monkeypatch.setattr(live_table, "text", counted)
    async with console(size=(120, 36)) as driver:
        await driver.open_grade_sync()
        await driver.press("slash")
        await driver.type("hours 9")
        await driver.sees("of 150")
        await driver.press("escape")
        await driver.sees("Schedules  150")
    assert len(drawn) < 1000
