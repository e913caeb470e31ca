"""The overview of an account: what is to be known at one glance, and thirty days drawn small."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from gradesync_tui.console.presenters.accounts import NOTHING_WAITS, schedules, sis, waiting
from gradesync_tui.console.presenters.cells import EMPTY, Cell, Span, Tone, cell, cells, fit, wrap
from gradesync_tui.console.presenters.charts import AXIS, columns, day_axis, round_top, value_axis
from gradesync_tui.console.presenters.facts import LABEL, Fact
from gradesync_tui.console.presenters.runs import began
from gradesync_tui.console.presenters.statuses import sign, tone
from gradesync_tui.domain.clock import DAY, Instant, to_datetime
from gradesync_tui.domain.records import AccountSummary, DayTotals
from gradesync_tui.domain.text import clean

DAYS = 30


@dataclass(frozen=True, slots=True)
class Chart:
    """Thirty days of one thing. marked: the days, by their place, on which something failed."""

    title: str
    look: Tone
    values: Sequence[int]
    note: Cell = EMPTY
    marked: Collection[int] = ()


def lines(
    summary: AccountSummary, days: Sequence[DayTotals], *, now: Instant, width: int, height: int, icons: bool = True
) -> list[Cell]:
    """The overview in a room of some width and height: what is to be known, and charts as large as there is room."""
    said = fact_block(facts(summary, now, icons), width)
    full = every_day(days, now, summary.account.zone)
    if not any(day.runs for day in full):
        return [*said, EMPTY, *wrap(cell(nothing_yet(summary), "muted"), max(10, width))]
    room = height - len(said) - 1
    charts = _charts(full)
    if width >= _TWO_ABREAST and room >= 2 * _CHART_LEAST:
        return [*said, EMPTY, *_abreast(charts, full, summary.account.zone, width, room, icons)]
    # Each needs its heading, at least two lines of bars, and a line below; the days stand below the last.
    fits = max(0, min(3, room // 4))
    if not fits:
        return said
    tall = min(_CHART_MOST, room // fits - 2)
    drawn = [*said, EMPTY]
    for number, chart in enumerate(charts[:fits], 1):
        drawn += _draw(chart, full, summary.account.zone, width, tall, icons, days_below=number == fits)
    return drawn


_TWO_ABREAST = 140
_CHART_LEAST = 8
_CHART_MOST = 14


def nothing_yet(summary: AccountSummary) -> str:
    """Why nothing ran, and what to do about it."""
    if not summary.sis:
        return "No run in 30 days: the SIS is not connected. Connect it in SIS Integration, Connection."
    if not summary.active + summary.paused:
        return "No run in 30 days: there is no schedule. Make one in SIS Integration, Grade Sync."
    if not summary.active:
        return "No run in 30 days: every schedule is paused. Resume them in SIS Integration, Grade Sync."
    return "No run in 30 days."


def _charts(days: Sequence[DayTotals]) -> list[Chart]:
    failed = [day.failed for day in days]
    on_days = [at for at, amount in enumerate(failed) if amount]
    note = cell(f"{sum(failed):,} failed" if on_days else "none failed", "bad" if on_days else "ok")
    return [
        Chart("Scores sent", "accent", [day.scores for day in days]),
        Chart("Runs", "ok", [day.runs for day in days], note, on_days),
        Chart("Problems", "warn", [day.problems for day in days]),
        Chart("Failed runs", "bad", failed),
    ]


def _abreast(
    charts: Sequence[Chart], days: Sequence[DayTotals], zone: str, width: int, room: int, icons: bool
) -> list[Cell]:
    """Four charts, two by two."""
    half = width // 2
    tall = min(_CHART_MOST, (room - 1) // 2 - 2)
    drawn: list[Cell] = []
    for pair in (charts[:2], charts[2:4]):
        sides = [_draw(chart, days, zone, half - 4, tall, icons, days_below=True) for chart in pair]
        drawn += [Cell((*fit(left, half), *right.spans)) for left, right in zip(*sides, strict=True)]
        drawn.append(EMPTY)
    return drawn[:-1]


def _draw(
    chart: Chart, days: Sequence[DayTotals], zone: str, width: int, tall: int, icons: bool, *, days_below: bool
) -> list[Cell]:
    """A chart: its heading, its bars beside their values, and the days or a blank line below."""
    total, most = sum(chart.values), max(chart.values, default=0)
    spans = [Span(f"{chart.title}  ", "strong"), Span(f"{total:,}" if total else "none", "text")]
    if total:
        spans.append(Span(f" in {DAYS} days", "muted", extra=True))
    if chart.note.spans and total:
        spans += [Span(", ", "muted"), *chart.note.spans]
    if total:
        at = to_datetime(days[list(chart.values).index(most)].day, zone)
        spans.append(Span(f"   most {most:,} on {at:%b} {at.day}", "muted"))
    bar, gap = _bar_width(width - AXIS)
    top = round_top(most)
    bars = columns(chart.values, tall, chart.look, top=top, bar=bar, gap=gap, icons=icons, marked=chart.marked)
    beside = value_axis(top, tall)
    drawn = [Cell(tuple(spans)), *(Cell((*left.spans, *row.spans)) for left, row in zip(beside, bars, strict=True))]
    axis = day_axis(days, zone, bar=bar, gap=gap)
    drawn.append(Cell((Span(" " * AXIS), *axis.spans)) if days_below else EMPTY)
    return drawn


def _bar_width(width: int) -> tuple[int, int]:
    """The cells of a day's bar and of the gap after it, so that all days fit; a gap gives way before a day does."""
    if width < 2 * DAYS - 1:
        return 1, 0
    return max(1, min(3, (width + 1) // DAYS - 1)), 1


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


def facts(summary: AccountSummary, now: Instant, icons: bool = True) -> list[Fact]:
    """What is to be known of an account at one glance."""
    from gradesync_tui.domain import when

    zone = summary.account.zone
    last = summary.last_run
    if last is None:
        before = cell("never", "muted")
    else:
        before = Cell(
            (
                Span(f"{sign(last.status, icons)} {last.status}", tone(last.status)),
                Span(f"  {when.moment(began(last), now, zone)}", "text"),
                Span(f"  asked for by {clean(last.requested_by)}", "muted", extra=True),
            )
        )
    if summary.next_run is None:
        following = cell("nothing is due", "muted")
    else:
        following = cells(
            (when.moment(summary.next_run, now, zone), "text"),
            ("  " + when.relative(summary.next_run, now), "muted"),
        )
    waits = waiting(summary)
    return [
        ("Last run", before),
        ("Next run", following),
        ("Problems", cell(waits, "muted" if waits == NOTHING_WAITS else "warn")),
        ("Schedules", schedules(summary)),
        ("SIS", sis(summary)),
        ("Time zone", cell(when.zone_label(zone))),
    ]


def fact_block(listed: Sequence[Fact], width: int) -> list[Cell]:
    """Facts as lines, in two columns where both have room."""
    half = width // 2
    if half < _FACT_LEAST:
        return [_fact(one, width) for one in listed]
    rows = (len(listed) + 1) // 2
    left, right = listed[:rows], listed[rows:]
    return [
        Cell((*_fact(one, half).spans, *_fact(two, half).spans))
        for one, two in zip_longest(left, right, fillvalue=_NO_FACT)
    ]


_FACT_LEAST = 48
_NO_FACT: Fact = ("", EMPTY)


def _fact(fact: Fact, width: int) -> Cell:
    label, value = fact
    return Cell(fit(Cell((Span(f"{label:<{LABEL}}", "muted"), *value.spans)), width))
