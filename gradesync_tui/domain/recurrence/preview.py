"""The next runs, with the changes of daylight saving marked, for a person who is about to save a schedule."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice

from msgspec import Struct

from gradesync_tui.domain.clock import DAY, Instant, to_datetime
from gradesync_tui.domain.recurrence.kinds import Every, Recurrence
from gradesync_tui.domain.recurrence.patterns import DAY_MINUTES, Pattern, pattern_of
from gradesync_tui.domain.recurrence.walk import missed, occurrences, skipped
from gradesync_tui.domain.when import clock_time
from gradesync_tui.domain.zones import LATEST, shown_twice, stretch_at

_YEAR = 366 * DAY


class Upcoming(Struct, frozen=True):
    """One coming run. `note` is empty, or says what daylight saving does to it."""

    at: Instant
    note: str


def preview(recurrence: Recurrence, first_run: Instant, zone: str, after: Instant, count: int) -> list[Upcoming]:
    """The next `count` runs after an instant."""
    pattern = None if isinstance(recurrence, Every) else pattern_of(recurrence)
    runs = list(islice(occurrences(recurrence, first_run, zone, after, LATEST - 1), count))
    last = missed(recurrence, first_run, zone, after - _YEAR, after).last
    return [Upcoming(at, _note(pattern, zone, before, at)) for before, at in zip([last, *runs], runs, strict=False)]


def _note(pattern: Pattern | None, zone: str, before: Instant | None, at: Instant) -> str:
    stretch = stretch_at(zone, at)
    lost = skipped(stretch, pattern) if pattern is not None and at == stretch.start else None
    if lost is not None:
        return f"clock goes forward: {_missing(*lost, stretch.offset - stretch.before)}"
    showing = shown_twice(zone, at)
    if showing:
        local = to_datetime(at, zone)
        return f"{'first' if showing == 1 else 'second'} {clock_time(local.hour * 60 + local.minute)}"
    change = 0 if before is None else stretch.offset - stretch_at(zone, before).offset
    if change == 0:
        return ""
    return f"clock went {'forward' if change > 0 else 'back'} since the run before"


def _missing(first: int, last: int, gap: int) -> str:
    """Say that the readings from `first` to `last` (minutes of wall time) do not exist, in a gap of microseconds."""
    if gap >= DAY // 2:
        day = date(1970, 1, 1) + timedelta(days=first // DAY_MINUTES)
        return f"{day:%b} {day.day} does not exist"
    start, end = clock_time(first % DAY_MINUTES), clock_time(last % DAY_MINUTES)
    return f"{start} does not exist" if first == last else f"{start} to {end} do not exist"
