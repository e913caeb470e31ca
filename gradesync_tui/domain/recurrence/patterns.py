"""Which readings of the wall clock a recurrence names, before any time zone comes into it.

Everything counts in whole minutes, or days, of wall time since 1970-01-01 00:00, so that finding the next match and
counting matches are integer arithmetic.
"""

from __future__ import annotations

import calendar
from bisect import bisect_left, bisect_right
from datetime import date
from functools import lru_cache

from gradesync_tui.domain.recurrence.kinds import AtTimes, Cron, RecurrenceError
from gradesync_tui.domain.recurrence.syntax import DayFields, check_at, cron_fields, minute_of_day, on_weekdays

DAY_MINUTES = 1440
_EPOCH = date(1970, 1, 1).toordinal()
_RAREST = 41 * 366
"""In days: the rarest day that cron can name, February 29 on one weekday, comes after 40 years at most."""


class Days:
    """The days that match, as numbers since 1970-01-01."""

    def __init__(self, fields: DayFields) -> None:
        self._fields = fields
        self._every = fields.every_day
        self._cache: dict[int, tuple[int, ...]] = {}

    def first(self, low: int, high: int) -> int | None:
        """The first matching day in `low <= day <= high`."""
        if self._every:
            return low if low <= high else None
        for month in range(_month(low), _month(high) + 1):
            days = self._in_month(month)
            if days and days[-1] >= low:
                day = days[bisect_left(days, low)]
                return day if day <= high else None
        return None

    def last(self, low: int, high: int) -> int | None:
        """The last matching day in `low <= day <= high`."""
        if self._every:
            return high if low <= high else None
        for month in range(_month(high), _month(low) - 1, -1):
            days = self._in_month(month)
            if days and days[0] <= high:
                day = days[bisect_right(days, high) - 1]
                return day if day >= low else None
        return None

    def count(self, low: int, high: int) -> int:
        """How many days match in `low <= day <= high`."""
        if low > high:
            return 0
        if self._every:
            return high - low + 1
        return sum(
            bisect_right(days, high) - bisect_left(days, low)
            for days in map(self._in_month, range(_month(low), _month(high) + 1))
        )

    def _in_month(self, month: int) -> tuple[int, ...]:
        known = self._cache.get(month)
        if known is None:
            year, zero_based = divmod(month, 12)
            weekday, length = calendar.monthrange(year, zero_based + 1)
            start = date(year, zero_based + 1, 1).toordinal() - _EPOCH
            known = self._cache[month] = (
                tuple(
                    start + day - 1
                    for day in range(1, length + 1)
                    if self._fields.matches(day, (weekday + day - 1) % 7, length)
                )
                if zero_based + 1 in self._fields.months
                else ()
            )
        return known


class Pattern:
    """The minutes of wall time that a recurrence names: times of day on the days of a rule.

    `repeats` says whether a reading that the clock shows twice counts both times.
    """

    def __init__(self, times: tuple[int, ...], days: Days, *, repeats: bool) -> None:
        self._times = times
        self._days = days
        self.repeats = repeats

    def first(self, low: int, high: int) -> int | None:
        """The first match in `low <= minute < high`."""
        if low >= high:
            return None
        day, minute = divmod(low, DAY_MINUTES)
        if minute > self._times[-1]:
            day, minute = day + 1, 0
        found = self._days.first(day, (high - 1) // DAY_MINUTES)
        if found is None:
            return None
        index = bisect_left(self._times, minute) if found == day else 0
        match = found * DAY_MINUTES + self._times[index]
        return match if match < high else None

    def last(self, low: int, high: int) -> int | None:
        """The last match in `low <= minute < high`."""
        if low >= high:
            return None
        day, minute = divmod(high - 1, DAY_MINUTES)
        if minute < self._times[0]:
            day, minute = day - 1, DAY_MINUTES - 1
        found = self._days.last(low // DAY_MINUTES, day)
        if found is None:
            return None
        index = bisect_right(self._times, minute) - 1 if found == day else -1
        match = found * DAY_MINUTES + self._times[index]
        return match if match >= low else None

    def count(self, low: int, high: int) -> int:
        """How many match in `low <= minute < high`."""
        if low >= high:
            return 0
        first_day, first_minute = divmod(low, DAY_MINUTES)
        last_day, last_minute = divmod(high, DAY_MINUTES)
        whole = self._days.count(first_day, last_day - 1) * len(self._times)
        if self._days.count(first_day, first_day):
            whole -= bisect_left(self._times, first_minute)
        if self._days.count(last_day, last_day):
            whole += bisect_left(self._times, last_minute)
        return whole


@lru_cache(maxsize=4096)
def pattern_of(recurrence: AtTimes | Cron) -> Pattern:
    """The pattern of a recurrence; RecurrenceError if it is malformed or never matches."""
    if isinstance(recurrence, AtTimes):
        check_at(recurrence)
        times = tuple(sorted({minute_of_day(text) for text in recurrence.times}))
        return Pattern(times, _days_of(on_weekdays(frozenset(recurrence.days))), repeats=False)
    fields = cron_fields(recurrence.expression)
    times = tuple(hour * 60 + minute for hour in sorted(fields.hours) for minute in sorted(fields.minutes))
    days = _days_of(fields.days)
    if days.first(0, _RAREST) is None:
        raise RecurrenceError(
            f'"{recurrence.expression}" never runs: no such day ever comes. Change its day of month, month or weekday.'
        )
    return Pattern(times, days, repeats=fields.repeats)


@lru_cache(maxsize=4096)
def _days_of(fields: DayFields) -> Days:
    return Days(fields)


def _month(day: int) -> int:
    """The month of a day, counted from year 0."""
    at = date.fromordinal(day + _EPOCH)
    return at.year * 12 + at.month - 1
