"""Run details: problems with their fixes, records, log; and hostile text in every place."""

from __future__ import annotations

from typing import Any

from gradesync_tui.console.screens.run import RunScreen
from gradesync_tui.domain.recurrence import Every

HOSTILE = "[/b][red]\x1b]0;owned\x07\x1b[31m\u202eevil\x9b2J{x}"


async def open_run(driver: Any) -> RunScreen:
    await driver.press("tab", "enter")
    await driver.until(lambda: isinstance(driver.app.screen, RunScreen), "run details")
    screen = driver.app.screen
    assert isinstance(screen, RunScreen)
    return screen


async def test_problems_stand_by_cause_with_what_to_do(console: Any, district_of_schedules: Any) -> None:
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.sees("2 problems")
        await open_run(driver)
        await driver.sees("Problems  2 records, 1 cause", "Do:", "Warm-up 3 · Kim", "Warm-up 3 · Lee")
        await driver.press("enter")
        await driver.until(lambda: "Warm-up 3 · Kim" not in driver.text, "the cause is closed")
        await driver.press("enter", "G", "enter")
        await driver.sees("Record", "Lee", "Period 2")
        await driver.press("escape", "2")
        await driver.sees("Assignments", "None went")
        await driver.press("3")
        await driver.sees("Scores", "Kim", "Lee")
        await driver.press("4")
        await driver.sees("All is sent")
        await driver.press("escape")
        await driver.sees("Schedules")


async def test_progress_is_shown_while_a_run_goes(console: Any, world: Any, district_of_schedules: Any) -> None:
    from gradesync_tui.domain.clock import SECOND
    from gradesync_tui.domain.records import Counts, StageProgress
    from gradesync_tui.domain.words import Stage

    run, fence = await world.started(district_of_schedules)
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.sees("● In Progress")
        world.clock.advance(17 * SECOND)
        await world.store.progress.stage(
            run.id,
            fence,
            StageProgress(
                stage=Stage.POST_SUBMISSIONS, started_at=world.clock.now() - 17 * SECOND, done=2341, total=3907
            ),
            Counts(assignments=118, scores=2341),
        )
        await driver.sees("2,341 of 3,907", "Post Submissions", "2,341", "118")
        await driver.press("tab", "x")
        await driver.sees("Cancel run 3?", "2,459 records went already and stay")
        await driver.press("tab", "enter")
        await driver.sees("is told to stop")
        assert (await world.store.runs.get(run.id)).cancel_by == "Ana Support"


async def test_hostile_text_is_inert_wherever_it_is_shown(console: Any, world: Any, a_problem: Any) -> None:
    account = await world.account("Evil [/b] District")
    schedule = await world.schedule(account, Every(1, "hours"))
    await world.ran(
        account, schedule, log=HOSTILE, outcomes=[a_problem(HOSTILE, HOSTILE, "category_unknown", category=HOSTILE)]
    )
    await world.services().pause([schedule.id], reason="[/x] why {y}")
    async with console(size=(200, 50)) as driver:
        await driver.sees("Evil [/b] District")
        await driver.open_grade_sync()
        await driver.sees("[/x] why {y}")
        await open_run(driver)
        await driver.sees("[/b][red]")
        await driver.press("down", "G", "enter")
        await driver.sees("Record")
        await driver.press("escape", "3")
        await driver.sees("Scores", "[/b][red]")
        await driver.press("slash")
        await driver.type("[/b")
        await driver.press("enter", "4")
        await driver.sees("Log", "[/b][red]")
        await driver.press("question_mark", "escape", "colon")
        await driver.type("evil")
        await driver.sees("Evil [/b] District")
        await driver.press("escape")
        driver.app.tell(HOSTILE)
        await driver.sees("[/b][red]")
        for place in (driver.text, driver.app.export_screenshot()):
            assert not any(bad in place for bad in ("\x1b", "\x07", "\u202e", "\x9b"))
