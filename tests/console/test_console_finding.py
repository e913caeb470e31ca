"""Filter and order, the same in every list; they survive what comes in, and belong to the list they were made for."""

from __future__ import annotations

from typing import Any

from gradesync_tui.console.actions import ACTIONS
from gradesync_tui.domain.clock import HOUR
from gradesync_tui.domain.recurrence import Every


def listed(driver: Any, words: str) -> list[str]:
    """The lines of the screen that hold these words."""
    return [line for line in driver.text.split("\n") if words in line]


async def test_a_filter_says_how_many_of_how_many_and_outlives_what_comes_in(console: Any, world: Any) -> None:
    for number in range(12):
        await world.account(f"Lake {number}" if number < 3 else f"Hill {number}")
    async with console() as driver:
        await driver.sees("Accounts  12")
        await driver.press("slash")
        await driver.type("lake")
        await driver.sees("3 of 12")
        await driver.press("enter")
        await driver.sees("/ lake")
        await world.account("Lake 99")
        await driver.sees("4 of 13", "Lake 99")
        await driver.press("enter")
        await driver.sees("Overview")
        await driver.press("escape")
        await driver.sees("4 of 13", "/ lake")
        await driver.press("escape")
        await driver.sees("Accounts  13", "Hill 5")


async def test_words_that_match_nothing_or_look_like_markup_say_so(console: Any, world: Any) -> None:
    await world.account("Lake [/x]")
    await world.account("Hill")
    async with console() as driver:
        await driver.sees("Accounts  2")
        await driver.press("slash")
        await driver.type("[/x] [red")
        await driver.sees("0 of 2", "No account matches.")
        await driver.press("backspace", "backspace", "backspace", "backspace", "enter")
        await driver.sees("1 of 2", "Lake [/x]", "/ [/x]")


async def test_the_filter_of_one_account_hides_nothing_of_another(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    other = await world.account("Zion")
    await world.schedule(other)
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.press("slash")
        await driver.type("week")
        await driver.press("enter")
        await driver.sees("1 of 3")
        await driver.press("escape", "escape", "escape")
        await driver.sees("Accounts  2")
        await driver.press("G", "o")
        await driver.sees("Zion › SIS Integration", "Schedules  1")


async def test_the_arrows_leave_the_filter_for_what_it_found(console: Any, district_of_schedules: Any) -> None:
    async with console() as driver:
        screen = await driver.open_grade_sync()
        await driver.press("slash")
        await driver.type("hours")
        await driver.press("down")
        assert screen.focused is screen.grade_sync.schedules.table


async def test_sorting_goes_round_and_back_and_what_has_no_value_comes_last(console: Any, world: Any) -> None:
    for number, name in enumerate(("Ash", "Birch", "Cedar")):
        account = await world.account(name)
        if number:
            await world.ran(account)
            world.clock.advance(HOUR)
    async with console() as driver:
        await driver.sees("Accounts  3")

        def order() -> list[str]:
            lines = driver.text.split("\n")
            return list(dict.fromkeys(name for line in lines for name in ("Ash", "Birch", "Cedar") if name in line))

        await driver.clicks("Last run")
        await driver.sees("Last run ▾")
        assert order() == ["Cedar", "Birch", "Ash"]
        await driver.clicks("Last run")
        await driver.sees("Last run ▴")
        assert order() == ["Birch", "Cedar", "Ash"]
        await driver.clicks("Last run")
        await driver.until(lambda: order() == ["Ash", "Birch", "Cedar"], "the list's own order")


async def test_the_cursors_row_stays_in_sight_when_the_order_changes(console: Any, world: Any) -> None:
    for number in range(100):
        await world.account(f"District {number:02}")
    async with console(size=(80, 24)) as driver:
        await driver.sees("Accounts  100")
        await driver.press("j", "j", "s")
        await driver.sees("Sort by")
        await driver.press("enter")
        await driver.press("s", "enter")
        await driver.sees("Account ▾")
        await driver.until(lambda: listed(driver, "▌ District 02"), "the row that was under the cursor")


async def test_problems_are_found_by_their_records_and_by_their_cause(console: Any, world: Any, a_problem: Any) -> None:
    account = await world.account()
    outcomes = [a_problem("Kim"), a_problem("Lee"), a_problem("Kim", cause="due_date_missing")]
    await world.ran(account, outcomes=outcomes)
    async with console(size=(120, 40)) as driver:
        await driver.open_grade_sync()
        await driver.press("tab", "tab", "tab")
        driver.app.screen.grade_sync.history.table.focus()
        await driver.press("enter")
        await driver.sees("3 records, 2 causes")
        await driver.press("slash")
        await driver.type("lee")
        await driver.sees("1 of 3 records, 1 cause")
        await driver.press("escape")
        await driver.sees("3 records, 2 causes")
        await driver.press("slash")
        await driver.type("nobody")
        await driver.sees("0 of 3 records", "No problem matches.")


async def test_the_palette_has_every_action_and_says_where_those_work_that_do_not_here(
    console: Any, district_of_schedules: Any
) -> None:
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.press("colon")
        offered = {entry.title for entry in driver.app.screen._entries}
        assert offered >= {action.label for action in ACTIONS} - {"Back", "Go to"}
        await driver.type("new rollover")
        await driver.sees("New rollover", "It works in Rollovers.")
        await driver.press("enter")
        assert driver.app.screen.query("#wanted")


async def test_the_palette_leads_to_a_run_by_its_number(console: Any, district_of_schedules: Any) -> None:
    async with console() as driver:
        await driver.sees("Accounts")
        await driver.press("colon")
        await driver.type("2")
        await driver.sees("Run 2")
        await driver.press("enter")
        await driver.sees("Lakeside › SIS Integration › Run 2")
        await driver.press("colon")
        await driver.type("99")
        await driver.press("enter")
        await driver.sees("There is no run 99")


async def test_the_vim_keys_move_as_the_arrows_do(console: Any, world: Any) -> None:
    account = await world.account()
    for hours in range(1, 21):
        await world.schedule(account, Every(hours, "hours"))
    async with console(size=(80, 24)) as driver:
        screen = await driver.open_grade_sync()
        table = screen.grade_sync.schedules.table
        await driver.press("j", "j", "k")
        assert table.cursor_row == 1
        await driver.press("G")
        assert table.cursor_row == 19
        await driver.press("ctrl+u")
        assert table.cursor_row < 19
        await driver.press("g")
        assert table.cursor_row == 0
        await driver.press("l", "l")
        assert table.pressed == 2
        await driver.press("h", "enter")
        await driver.sees("starts as run 1")
        await driver.press("escape")
        await driver.sees("Overview")
        await driver.press("G")
        await driver.until(lambda: driver.app.screen.places.cursor == 4, "the last place")


async def test_every_list_that_is_read_whole_sorts_by_its_columns(
    console: Any, world: Any, district_of_schedules: Any
) -> None:
    await world.services("ana").pause_all(district_of_schedules.id)
    async with console(size=(160, 40), start="Lakeside/Audit log") as driver:
        await driver.sees("Audit log", "pause all schedules")
        rows = driver.app.screen.list._rows
        newest = rows.at(0).id
        await driver.clicks("Did")
        await driver.sees("Did ▴")
        assert [rows.at(index).verb for index in range(len(rows))] == sorted(rows.at(i).verb for i in range(len(rows)))
        await driver.clicks("When")
        await driver.sees("When ▾")
        assert rows.at(0).id == newest


async def test_the_path_above_leads_back_by_mouse(console: Any, district_of_schedules: Any) -> None:
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.clicks("Lakeside")
        await driver.sees("Overview", "People")
        await driver.clicks("Admin")
        await driver.sees("Accounts  1")
