"""What a schedule should do, found the slow way: by looking at a zone's wall clock once a minute.

Nothing here comes from the code under test or from croniter. A rule is a question about one reading of the clock; the
clock is read with zoneinfo at every minute of UTC, and what it skips or repeats is seen by comparing readings.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Rule:
    """Readings that a recurrence names; `both` if it also counts a reading shown for the second time."""

    minutes_of_hour: frozenset[int]
    hours: frozenset[int]
    day_counts: Callable[[date], bool]
    both: bool

    def names(self, wall: datetime) -> bool:
        return wall.minute in self.minutes_of_hour and wall.hour in self.hours and self.day_counts(wall.date())


@dataclass(frozen=True)
class TimesRule:
    """Times of day, not every combination of hours and minutes, on ISO weekdays."""

    times: frozenset[tuple[int, int]]
    weekdays: frozenset[int]
    both: bool = False

    def names(self, wall: datetime) -> bool:
        return (wall.hour, wall.minute) in self.times and wall.isoweekday() in self.weekdays


@dataclass(frozen=True)
class Reading:
    """One minute: the instant (UTC microseconds), what the clock shows, if it showed that before, what it skipped."""

    at: int
    wall: datetime
    again: bool
    skipped: tuple[datetime, ...]


@lru_cache(maxsize=256)
def readings(zone: str, around: date, days: int = 2) -> tuple[Reading, ...]:
    """The minutes from `days` before to `days` after the UTC start of a date; one more day is read to know the past."""
    tz = ZoneInfo(zone)
    middle = datetime(around.year, around.month, around.day, tzinfo=UTC)
    start, end = middle - timedelta(days=days), middle + timedelta(days=days)
    found: list[Reading] = []
    shown: set[datetime] = set()
    previous: datetime | None = None
    at = start - timedelta(days=1)
    while at < end:
        wall = at.astimezone(tz).replace(tzinfo=None, fold=0)
        skipped: list[datetime] = []
        missing = wall if previous is None else previous + MINUTE
        while missing < wall:
            skipped.append(missing)
            missing += MINUTE
        if at >= start:
            found.append(Reading(microseconds(at), wall, wall in shown, tuple(skipped)))
        shown.add(wall)
        previous = wall
        at += MINUTE
    return tuple(found)


def walk(minutes: tuple[Reading, ...], rule: Rule | TimesRule, first_run: int) -> list[int]:
    """The instants at which a schedule runs in a span of minutes."""
    return [
        reading.at
        for reading in minutes
        if reading.at >= first_run
        and (
            (rule.names(reading.wall) and (rule.both or not reading.again))
            or any(rule.names(wall) for wall in reading.skipped)
        )
    ]


def is_last_of_month(day: date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]


def is_nth_weekday(day: date, isoweekday: int, nth: int) -> bool:
    """Whether it is the nth such weekday of its month, counted from its first day; nth -1 is the last one."""
    same = [
        number
        for number in range(1, calendar.monthrange(day.year, day.month)[1] + 1)
        if day.replace(day=number).isoweekday() == isoweekday
    ]
    wanted = same[-1] if nth == -1 else (same[nth - 1] if nth <= len(same) else None)
    return day.day == wanted


def microseconds(at: datetime) -> int:
    """Microseconds since 1970 in UTC. Only instants are compared: datetimes in a repeated hour never are (PEP 495)."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
