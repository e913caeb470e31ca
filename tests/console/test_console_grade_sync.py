"""Grade Sync as an administrator uses it: look, run, pause, resume."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import DataTable

from gradesync_tui.console.screens.confirm import ConfirmScreen
from gradesync_tui.domain.recurrence import AtTimes
from gradesync_tui.domain.words import RunStatus


async def test_the_schedules_have_all_seven_columns(console: Any, district_of_schedules: Any) -> None:
    async with console(size=(160, 40)) as driver:
        screen = await driver.open_grade_sync()
        table = screen.query_one(DataTable)
        titles = [str(column.label).strip() for column in table.ordered_columns]
        assert titles == ["Type", "Interval", "First Run", "Next Run", "Time Zone", "Posted By", "Action"]
        await driver.sees("Weekdays at 6:00 PM", "▶ Run", "‖ Pause", "New York", "Ana Support")


async def test_run_now_stands_in_the_history_with_the_persons_name(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        schedule = await driver.cursor_on("Every 30 minutes")
        await driver.press("r")
        await driver.sees("starts as run 3", "… Queued", "Ben Admin")
        runs = await world.store.runs.page(district_of_schedules.id)
        assert (runs[0].schedule_id, runs[0].requested_by, runs[0].status) == (
            schedule.id,
            "Ben Admin",
            RunStatus.QUEUED,
        )


async def test_a_run_in_progress_is_named_and_queueing_is_offered(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    await world.started(district_of_schedules)
    async with console("ben") as driver:
        await driver.open_grade_sync()
        await driver.press("r")
        await driver.sees("another run is in the way", "asked for by Ana Support, is in progress", "Queue it")
        assert isinstance(driver.app.screen, ConfirmScreen)
        await driver.press("enter")  # Cancel comes first
        assert len(await world.store.runs.page(district_of_schedules.id)) == 3
        await driver.press("r")
        await driver.sees("Queue it")
        await driver.press("tab", "enter")
        await driver.sees("waits its turn")
        runs = await world.store.runs.page(district_of_schedules.id)
        assert [run.status for run in runs[:2]] == [RunStatus.QUEUED, RunStatus.IN_PROGRESS]


async def test_pause_takes_the_next_run_away_and_keeps_who_when_and_why(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        schedule = await driver.cursor_on("Every 4 hours")
        await driver.press("p")
        await driver.sees("Pause Grade Passback, Every 4 hours?")
        await driver.press("shift+tab")
        await driver.type("report cards")
        await driver.press("enter", "enter")
        await driver.sees("‖ Paused Today", "▷ Resume")
        paused = await world.store.schedules.get(schedule.id)
        assert paused.next_run is None and paused.pause is not None
        assert (paused.pause.by, paused.pause.reason) == ("Ben Admin", "report cards")
        await driver.press("u")
        await driver.sees("It runs next")
        assert (await world.store.schedules.get(schedule.id)).next_run is not None


async def test_undo_takes_a_pause_back(console: Any, world: Any, district_of_schedules: Any) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        schedule = await driver.cursor_on("Every 4 hours")
        await driver.press("p")
        await driver.sees("Pause Grade Passback")
        await driver.press("tab", "enter")
        await driver.sees("z Undo")
        await driver.press("z")
        await driver.sees("Resumed Grade Passback, Every 4 hours.")
        assert (await world.store.schedules.get(schedule.id)).pause is None


async def test_pausing_can_also_cancel_what_runs(console: Any, world: Any, district_of_schedules: Any) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        schedule = await driver.cursor_on("Every 4 hours")
        run, _ = await world.started(district_of_schedules, schedule)
        await driver.press("p")
        await driver.sees("goes on, unless you say so", "cancel it too")
        await driver.press("shift+tab", "enter", "tab", "tab", "enter")
        await driver.sees("Paused Grade Passback")
        assert (await world.store.runs.get(run.id)).cancel_by == "Ben Admin"


async def test_pause_all_wants_the_word_and_resume_all_resumes_only_those(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    account = district_of_schedules
    schedules = await world.store.schedules.list(account.id)
    services = world.services("ben")
    await services.pause([schedules[2].id])
    async with console("ben") as driver:
        await driver.open_grade_sync()
        await driver.press("P")
        await driver.sees("Pause all schedules of Lakeside?", "2 schedules stop")
        await driver.press("enter")
        assert sum(one.pause is not None for one in await world.store.schedules.list(account.id)) == 1
        await driver.type("pause")
        await driver.press("enter")
        await driver.sees("3, 3 paused")
        await driver.press("R")
        await driver.sees("Resumed 2 schedules of Lakeside.")
        left = [one.id for one in await world.store.schedules.list(account.id) if one.pause is not None]
        assert left == [schedules[2].id]


async def test_the_buttons_in_a_row_are_pressed_by_keyboard(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        await driver.cursor_on("Every 4 hours")
        await driver.press("right", "enter")
        await driver.sees("starts as run 3")
        await driver.press("right", "right", "enter")
        await driver.sees("Pause Grade Passback, Every 4 hours?")


async def test_the_buttons_in_a_row_are_pressed_by_mouse(console: Any, world: Any, district_of_schedules: Any) -> None:
    async with console("ben", size=(160, 40)) as driver:
        screen = await driver.open_grade_sync()
        lines = driver.text.split("\n")
        y = next(number for number, line in enumerate(lines) if "Weekdays at 6:00 PM" in line)
        await driver.pilot.click(offset=(lines[y].index("▶ Run") + 2, y))
        await driver.sees("starts as run 3")
        known = screen.grade_sync.schedules.schedules.values()
        weekdays = next(one for one in known if isinstance(one.recurrence, AtTimes))
        assert (await world.store.runs.page(district_of_schedules.id))[0].schedule_id == weekdays.id


async def test_marked_schedules_are_paused_together(console: Any, world: Any, district_of_schedules: Any) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        await driver.press("space", "space", "p")
        await driver.sees("Pause 2 schedules?")
        await driver.press("tab", "enter")
        await driver.sees("3, 2 paused")


async def test_the_cursor_stays_on_its_row_through_sorting_and_refresh(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console("ben") as driver:
        screen = await driver.open_grade_sync()
        section = screen.grade_sync.schedules
        schedule = await driver.cursor_on("Weekdays at 6:00 PM")
        before = section.table.cursor_row
        await section.sort_by("interval")
        assert section.table.row_key == schedule.id and section.table.cursor_row != before
        await world.services("ana").pause([schedule.id])
        await driver.sees("3, 1 paused")
        assert section.table.row_key == schedule.id


async def test_what_somebody_else_does_shows_within_a_second(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console("ben") as driver:
        await driver.open_grade_sync()
        schedules = await world.store.schedules.list(district_of_schedules.id)
        other = world.services("ana")
        await other.pause([schedules[0].id], reason="audit")
        await driver.sees("‖ Paused Today", "3, 1 paused")
        await other.run_now(schedules[1].id)
        await driver.sees("Ana Support", "… Queued")


@pytest.mark.parametrize("key", ["r", "p", "P", "n", "delete"])
async def test_a_viewer_sees_why_nothing_can_be_done(
    console: Any, world: Any, district_of_schedules: Any, key: str
) -> None:
    async with console("vera", support="help@district.example") as driver:
        await driver.open_grade_sync()
        await driver.press(key)
        await driver.sees("Vera Viewer is a viewer", "help@district.example")
        assert len(await world.store.runs.page(district_of_schedules.id)) == 2


async def test_read_only_refuses_and_says_how_to_act(console: Any, world: Any, district_of_schedules: Any) -> None:
    async with console("ana", read_only=True) as driver:
        await driver.open_grade_sync()
        await driver.sees("read-only")
        await driver.press("p")
        await driver.sees("Start it without --read-only")


async def test_the_filter_narrows_both_lists_and_esc_clears_it(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console() as driver:
        screen = await driver.open_grade_sync()
        await driver.press("slash")
        await driver.type("week")
        await driver.sees("1 of 3")
        await driver.press("enter")
        assert screen.grade_sync.schedules.table.row_count == 1
        await driver.press("escape")
        await driver.until(lambda: screen.grade_sync.schedules.table.row_count == 3, "all schedules again")
        await driver.press("tab", "f")
        await driver.sees("problems only", "1 of 2")
        await driver.press("escape")
        await driver.sees("2 runs")


async def test_a_schedule_is_made_with_its_next_runs_in_view(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    async with console("ana") as driver:
        await driver.open_grade_sync()
        await driver.press("n")
        await driver.sees("New schedule of Lakeside")
        assert "Say when it runs" not in driver.text
        await driver.type("weekdays 18:30")
        await driver.sees("Weekdays at 6:30 PM", "EST")
        await driver.press("enter", "enter", "enter", "enter")
        await driver.sees("Made Grade Passback, Weekdays at 6:30 PM.")
        made = (await world.store.schedules.list(district_of_schedules.id))[-1]
        assert made.posted_by == "Ana Support" and made.next_run is not None


async def test_a_small_screen_says_so_and_a_larger_one_is_drawn(console: Any, district_of_schedules: Any) -> None:
    async with console(size=(40, 10)) as driver:
        await driver.sees("40x10 is too small")
        await driver.pilot.resize_terminal(80, 24)
        await driver.sees("Lakeside", "Accounts")
        await driver.press("enter")
        await driver.sees("Overview")
        await driver.pilot.resize_terminal(40, 10)
        await driver.sees("40x10 is too small")
        assert [line.strip() for line in driver.text.split("\n")[3:]] == [""] * 7


async def test_a_form_comes_through_a_screen_that_was_too_small_for_a_while(
    console: Any, district_of_schedules: Any
) -> None:
    async with console(size=(80, 24)) as driver:
        await driver.open_grade_sync()
        await driver.press("n")
        await driver.sees("New schedule of Lakeside")
        await driver.type("every 2 ")
        await driver.pilot.resize_terminal(40, 10)
        await driver.sees("40x10 is too small")
        await driver.pilot.resize_terminal(80, 24)
        await driver.type("hours")
        await driver.sees("Every 2 hours, New York time", "[ Cancel ]", "[ Save ]")


async def test_end_and_home_move_the_cursor_through_a_long_history(console: Any, world: Any) -> None:
    account = await world.account()
    schedule = await world.schedule(account)
    for _ in range(30):
        await world.ran(account, schedule)
    async with console(size=(80, 24)) as driver:
        screen = await driver.open_grade_sync()
        table = screen.grade_sync.history.table
        await driver.press("tab", "end")
        await driver.until(lambda: table.key == 1, "the oldest run under the cursor")
        await driver.sees("holding still")
        await world.services("ben").run_now(schedule.id)
        await driver.sees("31 runs", "1 new run, g shows")
        assert table.key == 1
        await driver.press("home")
        await driver.until(lambda: table.key == 31, "the newest run under the cursor")
        await driver.sees("following")


async def test_who_reads_old_runs_is_still_at_theirs_after_a_question_and_after_reading_again(
    console: Any, world: Any
) -> None:
    account = await world.account()
    schedule = await world.schedule(account)
    for _ in range(230):
        run, fence = await world.started(account, schedule)
        await world.store.runs.finish(run.id, fence, RunStatus.COMPLETED, run.counts)
    async with console() as driver:
        screen = await driver.open_grade_sync()
        table = screen.grade_sync.history.table
        await driver.press("tab", "end")
        await driver.until(lambda: table.key == 1, "the oldest run under the cursor")
        await driver.press("pageup", "pageup", "up")
        read = table.key
        await driver.press("question_mark")
        await driver.until(lambda: driver.app.screen is not screen, "the help")
        await world.services("ben").run_now(schedule.id)
        await driver.until(lambda: screen._dirty, "the news, which waits")
        await driver.press("escape")
        await driver.sees("231 runs", "1 new run, g shows")
        assert table.key == read > 1
        await driver.press("f5")
        await driver.pilot.pause()
        assert table.key == read


async def test_columns_are_moved_by_keyboard_and_mouse_and_stay_where_they_were_put(
    console: Any, district_of_schedules: Any, tmp_path: Any
) -> None:
    def titles(screen: Any) -> list[str]:
        return [str(column.label).strip() for column in screen.query_one(DataTable).ordered_columns]

    def cell_of(driver: Any, sign: str) -> tuple[int, int]:
        """Where the sign stands in the line of Time Zone."""
        lines = driver.text.splitlines()
        y = next(y for y, line in enumerate(lines) if "Time Zone" in line and sign in line)
        return lines[y].rindex(sign), y

    async with console(size=(160, 40), state_folder=tmp_path / "state") as driver:
        screen = await driver.open_grade_sync()
        await driver.press("C")
        await driver.sees("Shown  Type · Interval · First Run · Next Run · Time Zone · Posted By")
        await driver.press("down", "down", "down", "left", "left")
        await driver.sees("Shown  Type · Next Run · Interval · First Run")
        await driver.pilot.click(offset=cell_of(driver, "◂"))
        await driver.sees("Interval · Time Zone · First Run")
        await driver.pilot.click(offset=cell_of(driver, "[x]"))
        await driver.sees("Interval · First Run")
        await driver.pilot.click(offset=cell_of(driver, "[ ]"))
        await driver.sees("Interval · Time Zone · First Run")
        await driver.press("enter")
        moved = ["Type", "Next Run", "Interval", "Time Zone", "First Run", "Posted By", "Action"]
        await driver.until(lambda: titles(screen) == moved, "the columns in their new order")
        driver.app.keep_session()
    async with console(size=(160, 40), state_folder=tmp_path / "state") as driver:
        await driver.sees("Every 4 hours")
        await driver.until(lambda: titles(driver.app.screen) == moved, "the order of the last session")
        await driver.press("C", "d", "enter")
        at_first = ["Type", "Interval", "First Run", "Next Run", "Time Zone", "Posted By", "Action"]
        await driver.until(lambda: titles(driver.app.screen) == at_first, "the columns as at first")


async def test_the_newer_canvas_columns_can_be_chosen_and_are_remembered(
    console: Any, world: Any, district_of_schedules: Any, tmp_path: Any
) -> None:
    schedules = await world.services().schedules(district_of_schedules.id)
    await world.services().pause([schedules[0].id])
    async with console(size=(160, 40), state_folder=tmp_path / "state") as driver:
        screen = await driver.open_grade_sync()
        await driver.press("C")
        await driver.sees("as newer Canvas has it", "[ ]")
        table = driver.app.screen.table
        while table.row.key != "hour":
            await driver.press("down")
        await driver.press("space", "down", "space", "enter")
        await driver.sees("Hour of Day", "6:00 PM", "Suspended", "Enabled")
        titles = [str(column.label).strip() for column in screen.query_one(DataTable).ordered_columns]
        assert titles[-3:] == ["Hour of Day", "Status", "Action"]
        driver.app.keep_session()
    async with console(size=(160, 40), state_folder=tmp_path / "state") as driver:
        await driver.sees("Hour of Day", "Suspended")
        await driver.press("C")
        await driver.sees("As at first")
        await driver.press("d", "enter")
        await driver.until(lambda: "Hour of Day" not in driver.text, "the columns as at first")


async def test_a_filtered_history_holds_still_while_one_reads_and_says_what_came(console: Any, world: Any) -> None:
    account = await world.account()
    schedule = await world.schedule(account)
    for _ in range(30):
        await world.ran(account, schedule)
    async with console(size=(120, 24)) as driver:
        screen = await driver.open_grade_sync()
        await driver.press("tab", "slash")
        await driver.type("ana")
        await driver.press("enter", "pagedown", "pagedown")
        table = screen.grade_sync.history.table
        before = table.key
        run, fence = await world.started(account, schedule)
        await driver.sees("31 of 31", "1 new run, g shows")
        await world.store.runs.finish(run.id, fence, RunStatus.COMPLETED, run.counts)
        assert table.key == before
        await driver.press("g")
        await driver.until(lambda: table.key == run.id, "the new run")
        await driver.sees("following")
