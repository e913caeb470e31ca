"""What the console says when something that it needs is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.events import Resize
from textual.geometry import Size

from gradesync_tui.domain.causes import explain
from gradesync_tui.domain.records import Counts
from gradesync_tui.domain.words import RunStatus


async def test_an_engine_here_that_cannot_work_says_why_until_it_works_again(console: Any) -> None:
    told: list[Callable[[str | None], object]] = []

    async def engine(stop: asyncio.Event, tell: Callable[[str | None], object]) -> None:
        told.append(tell)
        await stop.wait()

    async with console(engine=engine) as driver:
        await driver.until(lambda: bool(told), "the engine")
        told[0]("No room to write the database.")
        await driver.sees("The engine in this console cannot work. No room", "the engine here cannot work, M says why")
        await driver.press("E")
        await driver.sees("already, and cannot work. No room")
        told[0](None)
        await driver.sees("The engine in this console works again.", "no engine")


async def test_a_database_that_is_deleted_is_told_at_once_and_may_be_put_back(
    console: Any, district_of_schedules: Any, tmp_path: Path
) -> None:
    async with console() as driver:
        await driver.open_grade_sync()
        database = tmp_path / "gradesync.sqlite3"
        away = database.rename(tmp_path / "away")
        await driver.sees("the database does not answer, M says why")
        await driver.press("M")
        await driver.sees("Notices", "deleted,", "replaced")
        await driver.press("escape")
        away.rename(database)
        await driver.sees("● live")


async def test_a_run_that_a_token_stopped_says_so_at_the_account_and_how_to_mend_it(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    run, fence = await world.started(district_of_schedules)
    await world.store.runs.finish(run.id, fence, RunStatus.FAILED, Counts(), cause="canvas_token_invalid")
    async with console(size=(120, 36)) as driver:
        await driver.open_grade_sync()
        await driver.press("escape")
        await driver.sees("Overview", "Canvas rejects the token")
        await driver.press("enter")
        await driver.sees("Pause All")
        await driver.press("tab", "enter")
        await driver.sees("Problems  the run itself failed", "the whole run", "Do: ")
        words = " ".join(driver.text.split())
        for word in explain("canvas_token_invalid").do.split():
            assert word in words, word


async def test_a_size_that_the_terminal_no_longer_has_is_not_taken_up(console: Any, district_of_schedules: Any) -> None:
    """What a quickly dragged window leaves behind; taken up, old and new size would follow each other for ever."""
    async with console(size=(80, 24)) as driver:
        for opened in ((), ("?",)):
            await driver.press(*opened)
            old = Size(80, 25)
            driver.app.screen.post_message(Resize(old, old))
            await driver.pilot.pause()
            assert driver.app.screen.outer_size == driver.app.size == Size(80, 24)
