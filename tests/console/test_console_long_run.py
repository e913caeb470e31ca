"""A great run: its records paged, led to their end and marked, its problems shown by cause and whole."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from msgspec.structs import replace

from gradesync_tui.console.screens.cause import CauseScreen
from gradesync_tui.console.screens.run import RunScreen
from gradesync_tui.console.widgets.record_section import RecordSection
from gradesync_tui.domain.records import Counts, Outcome
from gradesync_tui.domain.words import Action, RecordKind
from gradesync_tui.services.history import HistoryVerbs


async def open_scores(driver: Any) -> RecordSection:
    await driver.open_grade_sync()
    await driver.press("tab", "enter")
    await driver.until(lambda: isinstance(driver.app.screen, RunScreen), "run details")
    await driver.press("3")
    await driver.sees("Pupil 0 ")
    section = driver.app.screen.sections["scores"]
    assert isinstance(section, RecordSection)
    return section


def scores(problem: Outcome, number: int) -> list[Outcome]:
    """Many scores; every tenth is a problem."""
    return [
        replace(problem, pupil=f"Pupil {at} .")
        if at % 10 == 0
        else replace(problem, pupil=f"Pupil {at} .", action=Action.CREATED, cause=None)
        for at in range(number)
    ]


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Records are not counted before this is set."""
    goes_on = asyncio.Event()
    count = HistoryVerbs.outcome_count

    async def late(self: HistoryVerbs, run_id: int, **filter: Any) -> int:
        await goes_on.wait()
        return await count(self, run_id, **filter)

    monkeypatch.setattr(HistoryVerbs, "outcome_count", late)
    return goes_on


async def test_records_scroll_on_and_end_is_the_end_before_they_are_counted(
    console: Any, world: Any, a_problem: Any, counting: asyncio.Event
) -> None:
    account = await world.account()
    await world.ran(account, await world.schedule(account), outcomes=scores(a_problem(), 1_500))
    async with console() as driver:
        section = await open_scores(driver)
        await driver.sees("100+ records")
        while section.table.cursor < 250:
            before = section.table.cursor
            await driver.press("pagedown")
            await driver.until(lambda before=before: section.table.cursor > before, "a page further")
        await driver.sees(f"Pupil {section.table.cursor} .")
        await driver.press("end")
        await driver.press("asterisk")
        await driver.sees("still being counted")
        counting.set()
        await driver.sees("1,500 records", "Pupil 1499 .")
        assert section.table.cursor == 1_499


async def test_home_after_end_stays_at_the_first_record_when_they_are_counted(
    console: Any, world: Any, a_problem: Any, counting: asyncio.Event
) -> None:
    account = await world.account()
    await world.ran(account, await world.schedule(account), outcomes=scores(a_problem(), 1_500))
    async with console() as driver:
        section = await open_scores(driver)
        await driver.press("end", "home")
        counting.set()
        await driver.sees("1,500 records", "Pupil 0 .")
        assert section.table.cursor == 0


async def test_what_cannot_be_marked_in_a_great_run_says_why(console: Any, world: Any, a_problem: Any) -> None:
    account = await world.account()
    await world.ran(account, await world.schedule(account), outcomes=scores(a_problem(), 2_500))
    async with console() as driver:
        section = await open_scores(driver)
        await driver.sees("2,500 records")
        await driver.press("asterisk")
        await driver.sees("Of 2,500 rows at most 1,000 can be marked at once")
        assert len(section.table.marks) == 0
        await driver.press("space", "G")
        await driver.sees("Pupil 2499 .")
        await driver.press("v")
        await driver.sees("The row marked last is too far away")
        assert len(section.table.marks) == 1
        await driver.press("f", "f", "f", "f")
        await driver.sees("250 of 2,500", "only blocked")
        await driver.press("escape", "asterisk")
        await driver.sees("250 marked")
        assert all(row.action is Action.BLOCKED for row in await section.rows_to_copy())


async def test_all_records_of_a_cause_are_a_list_of_their_own(console: Any, world: Any, a_problem: Any) -> None:
    account = await world.account()
    problems = [a_problem(pupil=f"Pupil {at} .", assignment="Quiz" if at % 2 else "Essay") for at in range(1_200)]
    await world.ran(account, await world.schedule(account), outcomes=problems)
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.press("tab", "enter")
        await driver.sees("1,200 records, 1 cause")
        await driver.press("G")
        await driver.sees("1,180 more")
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, CauseScreen), "the records of the cause")
        await driver.sees("No such category in the SIS", "Records  1,200 records", "Pupil 0 .")
        await driver.press("G")
        await driver.sees("Pupil 1199 .")
        await driver.press("enter")
        await driver.sees("Record", "Pupil 1199 .")
        await driver.press("escape", "escape")
        await driver.until(lambda: isinstance(driver.app.screen, RunScreen), "run details")
        await driver.press("slash")
        await driver.type("quiz")
        await driver.press("enter")
        await driver.sees("600 of 1,200 records")
        await driver.press("G", "enter")
        await driver.sees("Records  600 of", "quiz")
        assert "Essay" not in driver.text


async def test_words_for_the_problems_can_be_typed_on_while_they_are_looked_for(
    console: Any, world: Any, a_problem: Any, counting: asyncio.Event
) -> None:
    account = await world.account()
    await world.ran(account, await world.schedule(account), outcomes=[a_problem(), a_problem("Lee")])
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.press("tab", "enter")
        await driver.sees("2 records, 1 cause")
        await driver.press("slash")
        await driver.type("ki")
        await driver.sees("looking…")
        await driver.type("m")
        await driver.sees(" kim")
        counting.set()
        await driver.sees("1 of 2 records, 1 cause")


async def test_names_have_their_room_also_where_a_filter_leaves_few_of_many(
    console: Any, world: Any, a_problem: Any
) -> None:
    account = await world.account()
    problems = [replace(one, pupil=f"{one.pupil} Featherstonehaugh") for one in scores(a_problem(), 1_500)]
    await world.ran(account, await world.schedule(account), outcomes=problems)
    async with console(size=(80, 24)) as driver:
        section = await open_scores(driver)
        await driver.press("G")
        await driver.sees("Pupil 1499 .")
        await driver.press("slash")
        await driver.until(lambda: section.filter_input is not None, "the filter")
        assert section.filter_input is not None
        section.filter_input.value = "pupil 777"  # in one piece, as a quick hand types it
        await driver.sees("1 of 1,500", "Pupil 777 . Feather")
        assert "Section" not in driver.text, "a column that took its room from the names"


async def test_records_hold_still_where_one_reads_while_more_of_them_come(
    console: Any, world: Any, a_problem: Any
) -> None:
    account = await world.account()
    run, fence = await world.started(account, await world.schedule(account))
    outcomes = [replace(one, run_id=run.id) for one in scores(a_problem(), 1_500)]
    for at in range(0, 500, 2):  # so that no place among the scores tells where they are among all records
        outcomes[at] = replace(outcomes[at], kind=RecordKind.LINE_ITEM)
    await world.store.progress.record(run.id, fence, [], outcomes, Counts(blocked=150))
    async with console() as driver:
        await driver.open_grade_sync()
        await driver.press("tab", "enter", "3")
        await driver.sees("1,250 records", "Pupil 1 .")
        section = driver.app.screen.sections["scores"]
        section.table.go(700)
        await driver.until(lambda: section.table.row is not None and section.table.cursor == 700, "the row")
        before = re.findall(r"Pupil \d+", driver.text)
        key = section.table.key
        await world.store.progress.record(run.id, fence, [], outcomes[1_000:], Counts(blocked=200))
        await driver.sees("1,750 records")
        assert (section.table.cursor, section.table.key) == (700, key)
        assert re.findall(r"Pupil \d+", driver.text) == before
        await driver.press("G")
        await driver.sees("Pupil 1499 .")
        assert section.table.cursor == 1_749
