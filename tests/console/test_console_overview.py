"""The overview's drawings, in every width that a terminal may leave them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from gradesync_tui.console.presenters import overview
from gradesync_tui.domain.clock import DAY, parse_instant
from gradesync_tui.domain.records import Account, AccountSummary, DayTotals

NOW = parse_instant("2026-11-23T18:26:00Z")
SUMMARY = AccountSummary(
    account=Account(id=1, name="Lakeside", created_at=NOW, zone="America/New_York"),
    sis="progressbook",
    active=2,
    paused=1,
    next_run=None,
    last_run=None,
    problems=0,
)


@pytest.mark.parametrize("width", [36, 53, 59, 60, 61, 93, 130, 173])
@pytest.mark.parametrize("icons", [True, False])
def test_the_bars_of_all_days_fit_the_width(width: int, icons: bool) -> None:
    days = [DayTotals(day=NOW - back * DAY, runs=3, failed=1, scores=90 - back, problems=back) for back in range(30)]
    said = overview.lines(SUMMARY, days, now=NOW, width=width, height=24, icons=icons)
    drawn = [line for line in said if set(line.plain.strip()) & set("▁▂▃▄▅▆▇█#")]
    assert len(drawn) >= 6
    assert max(line.width for line in drawn) <= width
    assert said[-1].plain.rstrip().endswith("Nov 23") and said[-1].width <= width


def test_a_wide_screen_shows_four_charts_with_values_days_and_failed_runs() -> None:
    days = [DayTotals(day=NOW - back * DAY, runs=3, failed=back == 4, scores=90, problems=back) for back in range(30)]
    said = [line.plain for line in overview.lines(SUMMARY, days, now=NOW, width=176, height=44)]
    text = "\n".join(said)
    for heading in ("Scores sent  2,700", "Runs  90 in 30 days, 1 failed", "Problems  435", "Failed runs  1"):
        assert heading in text
    assert sum(line.rstrip().endswith("Nov 23") for line in said) == 2
    assert max(len(line) for line in said) <= 176


def test_an_account_in_which_nothing_ran_says_why_and_what_to_do() -> None:
    for changes, said in (
        ({"sis": ""}, "the SIS is not connected"),
        ({"active": 0, "paused": 0}, "there is no schedule"),
        ({"active": 0}, "every schedule is paused"),
    ):
        lines = overview.lines(replace(SUMMARY, **changes), [], now=NOW, width=100, height=30)
        assert said in lines[-1].plain
    assert overview.lines(SUMMARY, [], now=NOW, width=0, height=0), "before it has a size it must not fail"


async def test_the_days_of_the_account_under_the_cursor_are_drawn_below_the_accounts(console: Any, world: Any) -> None:
    await world.ran(await world.account("Ash"), scores=40)
    await world.account("Birch")
    async with console() as driver:
        await driver.sees("Accounts  2", "Scores sent  40", "most 40 on")
        await driver.press("down")
        await driver.sees("No run in 30 days")
