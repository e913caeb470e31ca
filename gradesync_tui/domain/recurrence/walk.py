"""From a recurrence to instants: the daylight-saving rules, in one place.

A zone's time is walked stretch by stretch (see `domain.zones`). Within a stretch every matching reading of the wall
clock is one instant. Where the clock goes forward, the readings that it skips give one run together, at the first
instant after the gap. Where it goes back, the readings shown for the second time count again only for a pattern that
repeats. This is the rule of Hangfire's Cronos. croniter's own walk runs fixed times twice in autumn and leaves out
skipped ones if the hour field covers the whole day, so it is not used.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from gradesync_tui.domain.clock import DAY, HOUR, MINUTE, Instant
from gradesync_tui.domain.recurrence.kinds import Every, Recurrence
from gradesync_tui.domain.recurrence.patterns import Pattern, pattern_of
from gradesync_tui.domain.zones import Stretch, stretches, year_of

UNITS = {"minutes": MINUTE, "hours": HOUR, "days": DAY}
"""The units of intervals in microseconds. A day is 24 hours."""

_YEARS_AHEAD = 41
"""How far the next run is looked for; the rarest cron expression that is possible needs 40."""


class Missed(Struct, frozen=True):
    """How many occurrences lay in a time, and the last of them."""

    count: int
    last: Instant | None


def next_after(recurrence: Recurrence, first_run: Instant, zone: str, after: Instant) -> Instant | None:
    """The first occurrence strictly after an instant and not before First Run; None if none comes in 41 years."""
    if isinstance(recurrence, Every):
        step = step_of(recurrence)
        return first_run if after < first_run else first_run + ((after - first_run) // step + 1) * step
    pattern, low = pattern_of(recurrence), max(after + 1, first_run)
    year = year_of(low)
    for stretch in _stretches(zone, year, year + _YEARS_AHEAD):
        if stretch.end > low and (found := _first_in(stretch, pattern, low)) is not None:
            return found
    return None


def occurrences(
    recurrence: Recurrence, first_run: Instant, zone: str, after: Instant, until: Instant
) -> Iterator[Instant]:
    """All occurrences with `after < t <= until`, in order."""
    at = next_after(recurrence, first_run, zone, after)
    while at is not None and at <= until:
        yield at
        at = next_after(recurrence, first_run, zone, at)


def missed(recurrence: Recurrence, first_run: Instant, zone: str, since: Instant, until: Instant) -> Missed:
    """The number of occurrences with `since <= t <= until` and the last of them, without walking through them."""
    low = max(since, first_run)
    if low > until:
        return Missed(0, None)
    if isinstance(recurrence, Every):
        step = step_of(recurrence)
        before, last = (low - first_run - 1) // step, (until - first_run) // step
        return Missed(last - before, first_run + last * step) if last > before else Missed(0, None)
    pattern, count, latest = pattern_of(recurrence), 0, None
    for stretch in _stretches(zone, year_of(low), year_of(until)):
        if stretch.end > low and stretch.start <= until:
            count += _count_in(stretch, pattern, low, until + 1)
            latest_here = _last_in(stretch, pattern, low, until + 1)
            latest = latest if latest_here is None else latest_here
    return Missed(count, latest)


def step_of(recurrence: Every) -> int:
    """The length of an interval in microseconds."""
    return recurrence.n * UNITS[recurrence.unit]


def skipped(stretch: Stretch, pattern: Pattern) -> tuple[int, int] | None:
    """The first and last matching readings (minutes of wall time) that the clock skips where a stretch begins."""
    low, high = _minutes(stretch.start + stretch.before, stretch.start + stretch.offset)
    first, last = pattern.first(low, high), pattern.last(low, high)
    return None if first is None or last is None else (first, last)


def _stretches(zone: str, first_year: int, last_year: int) -> Iterator[Stretch]:
    for year in range(first_year, last_year + 1):
        yield from stretches(zone, year)


def _minutes(low: int, high: int) -> tuple[int, int]:
    """The whole minutes in `low <= t < high`, as a range with its end left out."""
    return -(-low // MINUTE), -(-high // MINUTE)


def _window(stretch: Stretch, pattern: Pattern, low: Instant, high: Instant) -> tuple[int, int]:
    """The minutes of wall time that count in a stretch between two instants, the second of them left out."""
    start, end, offset, before = stretch
    wall = max(start, low) + offset
    if offset < before and not pattern.repeats:
        wall = max(wall, start + before)
    return _minutes(wall, min(end, high) + offset)


def _runs_after_gap(stretch: Stretch, pattern: Pattern) -> bool:
    return stretch.offset > stretch.before and skipped(stretch, pattern) is not None


def _first_in(stretch: Stretch, pattern: Pattern, low: Instant) -> Instant | None:
    if low <= stretch.start and _runs_after_gap(stretch, pattern):
        return stretch.start
    minute = pattern.first(*_window(stretch, pattern, low, stretch.end))
    return None if minute is None else minute * MINUTE - stretch.offset


def _last_in(stretch: Stretch, pattern: Pattern, low: Instant, high: Instant) -> Instant | None:
    minute = pattern.last(*_window(stretch, pattern, low, high))
    if minute is not None:
        return minute * MINUTE - stretch.offset
    return stretch.start if low <= stretch.start < high and _runs_after_gap(stretch, pattern) else None


def _count_in(stretch: Stretch, pattern: Pattern, low: Instant, high: Instant) -> int:
    counted = pattern.count(*_window(stretch, pattern, low, high))
    if low <= stretch.start < high and _runs_after_gap(stretch, pattern):
        # A run that is due at that instant anyhow is the same run.
        minute, rest = divmod(stretch.start + stretch.offset, MINUTE)
        counted += rest != 0 or not pattern.count(minute, minute + 1)
    return counted
