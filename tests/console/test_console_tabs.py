"""The smaller tabs of SIS Integration, and the account's overview."""

from __future__ import annotations

from typing import Any

from gradesync_tui.domain.clock import DAY
from gradesync_tui.domain.records import SisConnection


async def test_each_tab_shows_what_the_services_know(console: Any, world: Any, district_of_schedules: Any) -> None:
    account = district_of_schedules
    ana = world.services()
    schedules = await ana.schedules(account.id)
    now = world.clock.now()
    await ana.save_rollover(account.id, "Winter [/b] break", now + DAY, now + 9 * DAY, [schedules[0].id])
    await ana.map_category(account.id, "Warm-ups", "Homework")
    await world.store.accounts.connect(
        account.id, SisConnection(url="https://sis.example.org/v1p1", client_id="env:SIS_ID"), ana.actor
    )
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.press("2")
        await driver.sees("… upcoming", "Winter [/b] break", "1 schedule")
        await driver.press("3")
        await driver.sees("Warm-ups", "Homework", "the whole account")
        await driver.press("4")
        await driver.sees("Not connected", "https://sis.example.org/v1p1", "env:SIS_ID")
        await driver.press("3")
        await driver.sees("Warm-ups")
        await driver.press("slash")
        await driver.type("tests")
        await driver.sees("0 of 1")
        await driver.press("enter", "escape", "1")
        await driver.sees("Every 4 hours")
        await driver.press("escape")
        await driver.sees("Overview", "Scores sent")


async def test_a_tab_follows_what_others_change(console: Any, world: Any, district_of_schedules: Any) -> None:
    async with console("vera") as driver:
        await driver.open_grade_sync()
        await driver.press("3")
        await driver.sees("No group is mapped")
        await world.services().map_category(district_of_schedules.id, "Labs", "Tests")
        await driver.sees("Labs", "Tests")
