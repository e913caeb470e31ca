"""Planning a window in which schedules rest, at the keyboard."""

from __future__ import annotations

from typing import Any

from gradesync_tui.domain.clock import DAY, HOUR, parse_instant


async def test_a_rollover_is_planned_in_words_and_shown_back_exactly(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.press("2")
        await driver.sees("No rollover is planned")
        await driver.press("n")
        await driver.sees("New rollover of Lakeside")
        await driver.type("Winter [/b] break")
        await driver.press("down")
        await driver.type("dec 19 6pm")
        await driver.sees("2026-12-19 18:00:00 EST (UTC-05:00)")
        await driver.press("down")
        await driver.type("jan 4 6:00")
        await driver.sees("Mon Jan 4, 2027, 6:00 AM")
        driver.app.screen.query_one("#yes").focus()
        await driver.press("enter")
        await driver.sees("Mark at least one schedule")
        driver.app.screen.query_one("#resume").focus()
        await driver.press("down", "down", "asterisk")
        await driver.sees("3 schedules rest for 15 days 12 h", "runs will not start")
        for _ in range(3):
            await driver.press("down")
        await driver.press("tab", "enter")
        await driver.sees("Planned the rollover Winter [/b] break", "… upcoming", "3 schedules")
        [saved] = await world.services().rollovers(district_of_schedules.id)
        assert saved.pause_at == parse_instant("2026-12-19T23:00:00Z")
        assert saved.resume_at == parse_instant("2027-01-04T11:00:00Z")


async def test_a_rollover_is_changed_and_taken_out(console: Any, world: Any, district_of_schedules: Any) -> None:
    ana, now = world.services(), world.clock.now()
    schedules = await ana.schedules(district_of_schedules.id)
    await ana.save_rollover(district_of_schedules.id, "Exams", now + DAY, now + 3 * DAY, [schedules[0].id])
    async with console(size=(80, 24)) as driver:
        await driver.open_grade_sync()
        await driver.press("2")
        await driver.sees("… upcoming")
        await driver.press("enter")
        await driver.sees("Change the rollover", "1 schedule rests for 2 days")
        await driver.type("Finals")
        await driver.press("enter", "enter", "enter", "enter", "down", "space")
        await driver.sees("2 schedules rest")
        await driver.press("tab", "tab", "enter")
        await driver.sees("Changed the rollover Finals")
        await driver.press("delete")
        await driver.sees("Remove the rollover Finals?", "they run as they always do")
        await driver.press("enter")
        assert len(await ana.rollovers(district_of_schedules.id)) == 1
        await driver.press("delete", "tab", "enter")
        await driver.sees("No rollover is planned")
    assert await ana.rollovers(district_of_schedules.id) == []


async def test_the_states_of_rollovers_are_told_apart(console: Any, world: Any, district_of_schedules: Any) -> None:
    ana, now = world.services(), world.clock.now()
    [first, *_] = await ana.schedules(district_of_schedules.id)
    for name, begin, end in (("Past", 1, 2), ("Present", 1, 60), ("Future", 70, 80)):
        await ana.save_rollover(district_of_schedules.id, name, now + begin * HOUR, now + end * HOUR, [first.id])
    world.clock.advance(5 * HOUR)
    await world.store.dispatch.tick(world.clock.now())
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.press("2")
        await driver.sees("… upcoming", "‖ ongoing", "✓ completed")
        await driver.press("end", "c")
        await driver.sees("This rollover is over")


async def test_who_may_not_plan_is_told_why(console: Any, world: Any, district_of_schedules: Any) -> None:
    async with console("vera") as driver:
        await driver.open_grade_sync()
        await driver.press("2")
        await driver.sees("n New rollover")
        await driver.press("n")
        await driver.sees("Vera Viewer is a viewer; save rollover needs the role admin")


async def test_schedules_are_marked_by_mouse_too(console: Any, district_of_schedules: Any) -> None:
    async with console(size=(80, 24)) as driver:
        await driver.open_grade_sync()
        await driver.press("2")
        await driver.sees("No rollover is planned")
        await driver.press("n")
        await driver.sees("[ ]   Grade Passback, Every 30 minutes")
        lines = driver.text.splitlines()
        y = next(y for y, line in enumerate(lines) if "Every 30 minutes" in line)
        await driver.pilot.click(offset=(lines[y].index("Every"), y))
        await driver.sees("[✓]   Grade Passback, Every 30 minutes")
