"""The overview of an account: what is to be known at one glance, and thirty days drawn small."""

from __future__ import annotations

from collections.abc import Sequence

from gradesync_tui.console.presenters.accounts import schedules, waiting
from gradesync_tui.console.presenters.cells import EMPTY, Cell, Span, Tone, cell
from gradesync_tui.console.presenters.charts import columns, columns_ascii, day_axis
from gradesync_tui.console.presenters.runs import began
from gradesync_tui.console.presenters.statuses import sign, tone
from gradesync_tui.domain.clock import DAY, Instant, to_datetime
from gradesync_tui.domain.records import AccountSummary, DayTotals
from gradesync_tui.domain.text import clean

DAYS = 30


def lines(
    summary: AccountSummary, days: Sequence[DayTotals], *, now: Instant, width: int, height: int, icons: bool = True
) -> list[Cell]:
    """The overview in a room of some width and height."""
    said = _facts(summary, now, icons)
    full = every_day(days, now, summary.account.zone)
    left = height - len(said) - 1
    # Each drawing needs its heading, at least two lines of bars, and a blank line; the axis comes once.
    kinds: list[tuple[str, Tone, list[int]]] = [
        ("Scores sent", "accent", [day.scores for day in full]),
        ("Runs", "ok", [day.runs for day in full]),
        ("Problems", "warn", [day.problems for day in full]),
    ]
    fits = max(0, min(len(kinds), (left - 2) // 4))
    if fits == 0:
        return said
    bars = max(2, min(6, (left - 2) // fits - 2))
    bar, gap = _bar_width(width)
    draw = columns if icons else columns_ascii
    drawn = [*said, EMPTY]
    for title, look, values in kinds[:fits]:
        drawn.append(Cell((Span(f"{title:<12}", "strong"), Span(_sum_up(values), "muted"))))
        chart = draw(values, bars, look, bar=bar, gap=gap)
        drawn += chart
        drawn.append(EMPTY)
    drawn[-1] = day_axis(full, summary.account.zone, bar=bar, gap=gap)
    return drawn


def _bar_width(width: int) -> tuple[int, int]:
    """The cells of a day's bar and of the gap after it, so that all days fit; a gap gives way before a day does."""
    if width < 2 * DAYS:
        return 1, 0
    return max(1, min(4, width // DAYS - 1)), 1


def every_day(days: Sequence[DayTotals], now: Instant, zone: str) -> list[DayTotals]:
    """The last thirty days, oldest first; a day without runs is there with noughts."""
    known = {to_datetime(day.day, zone).date(): day for day in days}
    # Noon is the same day whatever daylight saving does to midnight.
    noon = now - (now % DAY) + DAY // 2
    listed = []
    for back in range(DAYS - 1, -1, -1):
        at = noon - back * DAY
        date = to_datetime(at, zone).date()
        listed.append(known.get(date) or DayTotals(day=at, runs=0, failed=0, scores=0, problems=0))
    return listed


def _facts(summary: AccountSummary, now: Instant, icons: bool) -> list[Cell]:
    from gradesync_tui.domain import when

    zone = summary.account.zone
    last = summary.last_run
    if last is None:
        before = cell("never", "muted")
    else:
        before = Cell(
            (
                Span(f"{sign(last.status, icons)} {last.status}", tone(last.status)),
                Span(f"  {when.moment(began(last), now, zone)}, asked for by {clean(last.requested_by)}", "muted"),
            )
        )
    if summary.next_run is None:
        following = cell("nothing is due", "muted")
    else:
        following = Cell(
            (
                Span(when.moment(summary.next_run, now, zone), "text"),
                Span("  " + when.relative(summary.next_run, now), "muted"),
            )
        )
    facts = (
        ("SIS", cell(summary.sis, "text") if summary.sis else cell("not connected", "warn")),
        ("Time zone", cell(f"{when.zone_label(zone)}", "text")),
        ("Schedules", schedules(summary)),
        ("Next run", following),
        ("Last run", before),
        ("Problems", cell(waiting(summary), "warn" if summary.problems else "muted")),
    )
    return [Cell((Span(f"{label:<12}", "faint"), *value.spans)) for label, value in facts]


def _sum_up(values: Sequence[int]) -> str:
    return f"{sum(values):,} in all, {max(values, default=0):,} on the busiest day"
