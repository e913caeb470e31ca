"""What a person does hits what they meant, once, and can be taken back; what cannot be done says why."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest

from gradesync_tui.console.screens.sis import SisScreen
from gradesync_tui.domain.clock import MINUTE, SECOND
from gradesync_tui.domain.words import RunStatus
from gradesync_tui.store.errors import DiskFull


async def test_a_question_answered_twice_is_answered_once(console: Any, world: Any, district_of_schedules: Any) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        await driver.press("p")
        await driver.sees("Pause Grade Passback")
        yes = driver.app.screen.query_one("#yes")
        yes.action_press()
        yes.action_press()
        await driver.sees("Paused Grade Passback, Every 4 hours.")
        assert isinstance(driver.app.screen, SisScreen)


async def test_a_key_pressed_twice_asks_once(console: Any, district_of_schedules: Any) -> None:
    async with console("ben") as driver:
        screen = await driver.open_grade_sync()
        screen.action_do("schedule.pause")
        screen.action_do("schedule.pause")
        await driver.sees("Pause Grade Passback")
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is screen, "no second question")


async def test_the_key_does_not_pass_on_to_the_next_row_when_the_own_one_has_gone(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    account = district_of_schedules
    async with console("ben") as driver:
        await driver.open_grade_sync()
        meant = await driver.cursor_on("Weekdays at 6:00 PM")
        await world.services("ana").remove_schedule(meant.id)
        await driver.until(lambda: "Weekdays at 6:00 PM" not in driver.text, "the row gone")
        await driver.press("r")
        await driver.sees("The row that was here has gone; this is Grade Passback, Every 30 minutes. Press r again")
        assert len(await world.store.runs.page(account.id)) == 2
        await driver.press("r")
        await driver.sees("Grade Passback, Every 30 minutes starts as run 3.")


async def test_what_somebody_removes_while_the_question_stands_there_is_named(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    account = district_of_schedules
    schedules = await world.store.schedules.list(account.id)
    async with console("ben", size=(240, 40)) as driver:
        await driver.open_grade_sync()
        await driver.press("asterisk", "p")
        await driver.sees("Pause 3 schedules?")
        await world.services("ana").remove_schedule(schedules[0].id)
        await world.services("ana").pause([schedules[1].id])
        await driver.answers("Pause")
        await driver.sees(
            "Paused Grade Passback, Every 30 minutes. Not so 2: Grade Passback, Every 4 hours is gone",
            "6:00 PM is paused already by Ana Support",
        )


async def test_one_that_somebody_removes_just_then_hides_nothing_of_the_others(
    console: Any, world: Any, district_of_schedules: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedules = await world.store.schedules.list(district_of_schedules.id)
    async with console("ana", size=(200, 40)) as driver:
        await driver.open_grade_sync()
        removes = driver.app.services.remove_schedule

        async def at_the_same_time(schedule_id: int) -> None:
            if schedule_id == schedules[0].id:
                await world.services("ana").remove_schedule(schedule_id)
            await removes(schedule_id)

        monkeypatch.setattr(driver.app.services, "remove_schedule", at_the_same_time)
        await driver.press("asterisk", "delete")
        await driver.sees("Remove 3 schedules?")
        await driver.answers("Remove")
        await driver.sees("Removed 2 schedules. Grade Passback, Every 4 hours is gone: somebody has removed it.")
    assert await world.store.schedules.list(district_of_schedules.id) == []


async def test_a_rows_button_says_why_not_as_its_key_does(console: Any, district_of_schedules: Any) -> None:
    async with console("vera") as driver:
        await driver.open_grade_sync()
        await driver.press("right", "enter")
        await driver.sees("! ", "S: Contact SIS Support")
        by_button = driver.app.telling.notices.said[-1]
        await driver.press("r")
        await driver.until(lambda: driver.app.telling.notices.said[-1] is not by_button, "the second answer")
        by_key = driver.app.telling.notices.said[-1]
        assert (by_key.kind, by_key.text) == (by_button.kind, by_button.text)


async def test_nothing_of_the_line_below_a_notice_reads_on_after_its_words(
    console: Any, district_of_schedules: Any
) -> None:
    async with console("ben", size=(130, 36)) as driver:
        await driver.open_grade_sync()
        await driver.press("p")
        await driver.answers("Pause")
        await driver.sees("S: Contact SIS Support   z Undo")
        said = next(line for line in driver.text.split("\n") if "z Undo" in line)
        assert said.rstrip().endswith("z Undo")
        await driver.pilot.resize_terminal(70, 24)
        await driver.until(lambda: len(driver.text.split("\n")) == 24, "the smaller screen")
        # What was said in one line takes two of the narrower ones.
        await driver.sees("Paused Grade Passback, Every 4 hours.", "z Undo")


async def test_marks_stay_while_one_filters_and_the_title_counts_them(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        await driver.cursor_on("Weekdays at 6:00 PM")
        await driver.press("space")
        await driver.sees("◆ 1 marked")
        await driver.press("slash")
        await driver.type("hours")
        await driver.press("enter", "r")
        # The marked one is out of sight: it is named before anything runs.
        await driver.sees("Run Grade Passback, Weekdays at 6:00 PM now?")
        await driver.press("escape", "escape", "escape")
        await driver.until(lambda: "marked" not in driver.text, "the marks cleared")


async def test_schedules_run_together_say_which_run_serves_them(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        await driver.press("asterisk", "r")
        await driver.sees("Run 3 schedules now?", "A run carries the whole account")
        await driver.answers("Run now")
        await driver.sees("Run 3 serves 3 schedules.")


async def test_the_toast_takes_a_pause_back_by_mouse(console: Any, world: Any, district_of_schedules: Any) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        schedule = await driver.cursor_on("Every 4 hours")
        await driver.press("p")
        await driver.sees("Pause Grade Passback")
        await driver.answers("Pause")
        await driver.clicks(" Undo")
        await driver.sees("Resumed Grade Passback, Every 4 hours.")
        assert (await world.store.schedules.get(schedule.id)).pause is None


async def test_undo_leaves_what_somebody_else_has_done_since(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    other = world.services("ana")
    async with console("ben") as driver:
        await driver.open_grade_sync()
        schedule = await driver.cursor_on("Every 4 hours")
        await driver.press("p")
        await driver.sees("Pause Grade Passback")
        await driver.answers("Pause")
        await driver.sees("z Undo")
        await other.resume([schedule.id])
        world.clock.advance(MINUTE)
        await other.pause([schedule.id], reason="the SIS moves")
        await driver.press("z")
        await driver.sees("! Grade Passback, Every 4 hours: changed by somebody since, left so.")
        pause = (await world.store.schedules.get(schedule.id)).pause
        assert pause is not None and pause.by == "Ana Support"


async def test_an_undo_that_the_database_refuses_can_be_tried_again(
    console: Any, world: Any, district_of_schedules: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        schedule = await driver.cursor_on("Every 4 hours")
        await driver.press("p")
        await driver.sees("Pause Grade Passback")
        await driver.answers("Pause")
        await driver.sees("z Undo")

        async def full(*_: object) -> None:
            raise DiskFull("The disk is full.")

        with monkeypatch.context() as refused:
            refused.setattr(world.store.schedules, "resume_if_unchanged", full)
            await driver.press("z")
            await driver.sees("The disk is full.")
        await driver.press("z")
        await driver.sees("Resumed Grade Passback, Every 4 hours.")
        assert (await world.store.schedules.get(schedule.id)).pause is None


async def test_the_footer_names_what_the_row_under_the_cursor_now_needs(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        schedule = await driver.cursor_on("Every 4 hours")
        await driver.sees("p Pause")
        await world.services("ana").pause([schedule.id])
        await driver.sees("u Resume")
        await driver.press("u")
        await driver.sees("p Pause")


async def test_undo_of_resume_all_puts_every_pause_back_as_it_was(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    account = district_of_schedules
    await world.services("ana").pause_all(account.id, reason="holidays")
    before = [one.pause for one in await world.store.schedules.list(account.id)]
    async with console("ben") as driver:
        await driver.open_grade_sync()
        await driver.press("R")
        await driver.sees("Resumed 3 schedules of Lakeside.")
        await driver.press("z")
        await driver.sees("Paused 3 schedules again, as before.")
        assert [one.pause for one in await world.store.schedules.list(account.id)] == before


async def test_what_was_done_long_ago_is_named_before_it_is_undone(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        schedule = await driver.cursor_on("Every 4 hours")
        await driver.press("p")
        await driver.sees("Pause Grade Passback")
        await driver.answers("Pause")
        await driver.sees("z Undo")
        world.clock.advance(30 * MINUTE)
        await driver.press("z")
        await driver.sees("Take this back?", "30 min ago: Paused Grade Passback, Every 4 hours.")
        await driver.answers("Cancel")
        assert (await world.store.schedules.get(schedule.id)).pause is not None


async def test_a_run_that_ends_while_one_confirms_its_cancelling_is_told_so(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    run, fence = await world.started(district_of_schedules)
    async with console("ben") as driver:
        screen = await driver.open_grade_sync()
        screen.grade_sync.history.table.focus()
        await driver.press("x")
        await driver.sees("Cancel run 3?")
        await world.store.runs.finish(run.id, fence, RunStatus.COMPLETED, run.counts)
        await driver.answers("Cancel the run")
        await driver.sees("Run 3 had ended before: Completed.")


async def test_marked_runs_are_cancelled_together(console: Any, world: Any, district_of_schedules: Any) -> None:
    schedules = await world.store.schedules.list(district_of_schedules.id)
    run, _ = await world.started(district_of_schedules)
    await world.services("ana").run_now(schedules[0].id, queue=True)
    async with console("ben") as driver:
        screen = await driver.open_grade_sync()
        screen.grade_sync.history.table.focus()
        await driver.press("asterisk", "x")
        await driver.sees("Cancel 2 runs?", "Run 4, Queued", "Run 3, In Progress, asked for by Ana Support")
        await driver.answers("Cancel the runs")
        await driver.sees("2 runs are told to stop.")
        assert (await world.store.runs.get(run.id)).cancel_by == "Ben Admin"


async def test_a_marked_run_is_cancelled_though_it_is_far_out_of_sight(console: Any, world: Any) -> None:
    account = await world.account()
    schedule = await world.schedule(account)
    for _ in range(450):
        run, fence = await world.started(account, schedule)
        await world.store.runs.finish(run.id, fence, RunStatus.COMPLETED, run.counts)
    run, _ = await world.started(account, schedule)
    async with console("ben") as driver:
        screen = await driver.open_grade_sync()
        table = screen.grade_sync.history.table
        await driver.press("tab", "space", "end")
        await driver.until(lambda: table.key == 1 and table.rows.find(run.id) is None, "only the oldest runs at hand")
        await driver.press("x")
        await driver.sees(f"Cancel run {run.id}?")
        await driver.answers("Cancel the run")
        await driver.sees(f"Run {run.id} is told to stop.")
        assert (await world.store.runs.get(run.id)).cancel_by == "Ben Admin"


async def test_what_cannot_be_done_says_why_in_the_palette_and_under_the_key(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console("ben") as driver:
        screen = await driver.open_grade_sync()
        await driver.press("u")
        await driver.sees("Grade Passback, Every 4 hours is active already.")
        await driver.press("R")
        await driver.sees("Nothing is paused by Pause All.")
        await driver.press("z")
        await driver.sees("There is nothing to undo")
        await driver.press("colon")
        await driver.type("resume all")
        await driver.sees("Nothing is paused by Pause All.")
        await driver.press("escape")
        screen.grade_sync.history.table.focus()
        await driver.press("x")
        await driver.sees("Run 2 has ended: Warning.")


async def test_an_own_act_shows_even_while_nothing_is_followed(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        await driver.press("a")
        await driver.sees("paused by you")
        await driver.press("p")
        await driver.sees("Pause Grade Passback")
        await driver.answers("Pause")
        await driver.sees("‖ Paused Today")


async def test_leaving_while_a_run_goes_on_here_asks_and_says_who_goes_on_with_it(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async def engine(stop: asyncio.Event, _: object) -> None:
        await world.store.engines.beat("engine-1", "here", os.getpid(), "console", world.clock.now(), 600 * SECOND)
        await stop.wait()

    async with console("ben", engine=engine) as driver:
        await driver.open_grade_sync()
        await driver.sees("engine here")
        await world.started(district_of_schedules)
        await driver.press("q")
        await driver.sees(
            "Leave the console?",
            "Run 3, asked for by Ana Support, is in progress in this console.",
            "No other engine is there",
        )
        await driver.answers("Cancel")
        await driver.until(lambda: isinstance(driver.app.screen, SisScreen), "the console again")
        await driver.press("q")
        await driver.sees("Leave the console?")
        await driver.press("ctrl+q")
        await driver.until(lambda: driver.app.return_code is not None or not driver.app.is_running, "the end")


async def test_the_mouse_marks_rows_and_opens_their_menu(console: Any, world: Any, district_of_schedules: Any) -> None:
    async with console("ben", size=(160, 40)) as driver:
        screen = await driver.open_grade_sync()
        y = next(at for at, line in enumerate(driver.text.split("\n")) if "Weekdays at 6:00 PM" in line)
        await driver.pilot.click(offset=(0, y))
        await driver.sees("◆ 1 marked")
        await driver.clicks("Every 30 minutes", button=3)
        await driver.sees("Grade Passback, Every 30 minutes", "Enter Choose")
        await driver.press("escape")
        await driver.clicks("Every 4 hours", times=2)
        await driver.sees("Grade Passback, Every 4 hours", "Enter Choose")
        await driver.press("escape")
        await driver.clicks("✓ Completed", button=3)
        await driver.sees("SIS Integration › Run 1")
        assert screen.grade_sync.history.table.key == 1


async def test_keys_typed_ahead_go_to_what_the_first_one_brings(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console("ben") as driver:
        screen = await driver.open_grade_sync()
        driver.press_at_once("slash", *"week", "enter", "p", "tab", "enter")
        await driver.sees("1 of 3", "Paused Grade Passback, Weekdays at 6:00 PM.")
        assert driver.app.screen is screen
        driver.press_at_once("escape", "P", *"pause", "enter")
        await driver.sees("Paused 2 schedules of Lakeside.")
