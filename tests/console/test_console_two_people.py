"""Two administrators at the same district see each other's acts, with names."""

from __future__ import annotations

from typing import Any


async def test_each_sees_what_the_other_does_with_their_name(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    schedules = await world.services("ana").schedules(district_of_schedules.id)
    async with console("ben") as driver, console("ana") as other:
        await driver.open_grade_sync()
        await other.open_grade_sync()
        await driver.press("p")
        await driver.sees("Pause Grade Passback")
        await driver.answers("Pause")
        await other.sees("‖ Paused Today", "by Ben Admin", "» Ben Admin paused Grade Passback, Every 4 hours.")
        await other.press("u")
        await driver.sees("» Ana Support resumed Grade Passback, Every 4 hours.")
        await world.services("ana").remove_schedule(schedules[2].id)
        await driver.sees("» Ana Support removed Grade Passback, Every 30 minutes.")
        await world.services("ana").pause([schedules[0].id, schedules[1].id])
        await driver.sees("» Ana Support paused 2 schedules.")
        # What the history tells by name is not said over it too, but kept.
        await world.services("ana").run_now(schedules[0].id)
        await driver.sees("… Queued")
        await driver.until(lambda: "asked for" in driver.app.telling.notices.said[-1].text, "the notice")
        await driver.press("M")
        await driver.sees("Ana Support asked for run 3.", "Ana Support resumed Grade Passback")


async def test_nobody_is_told_what_they_did_themselves(console: Any, world: Any, district_of_schedules: Any) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        await driver.press("r")
        await driver.sees("starts as run 3")
        await driver.press("M")
        await driver.sees("Notices", "starts as run 3")
        assert "asked for run" not in driver.text
