"""The overview's drawings, in every width that a terminal may leave them."""

from __future__ import annotations

import pytest

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
