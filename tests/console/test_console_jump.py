"""A letter on everything that can have the focus, and one key to go there."""

from __future__ import annotations

from typing import Any


async def test_one_key_goes_to_a_tab_a_list_or_a_button(console: Any, district_of_schedules: Any) -> None:
    async with console(size=(80, 24)) as driver:
        screen = await driver.open_grade_sync()
        await driver.press("ctrl+o")
        await driver.until(lambda: len(driver.app.screen.query(".jump")) >= 5, "the letters")
        letters = [label.id[-1] for label in driver.app.screen.query(".jump")]
        assert letters[:4] == ["a", "s", "d", "f"]
        await driver.sees("a Grade Sync", "s Rollovers")
        # The last letter in sight is on the history, at the bottom.
        await driver.press(letters[-1])
        await driver.until(lambda: driver.app.screen.focused is screen.grade_sync.history.table, "the history")
        await driver.press("ctrl+o")
        await driver.sees("s Rollovers")
        await driver.press("s")
        await driver.sees("No rollover is planned")


async def test_any_other_key_leaves_the_letters(console: Any, district_of_schedules: Any) -> None:
    async with console() as driver:
        screen = await driver.open_grade_sync()
        await driver.press("ctrl+o")
        await driver.sees("a Grade Sync")
        await driver.press("f9")
        await driver.until(lambda: driver.app.screen is screen, "the place again")
        assert screen.focused is screen.grade_sync.schedules.table
