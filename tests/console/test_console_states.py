"""What the console says when something that it needs is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any


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
