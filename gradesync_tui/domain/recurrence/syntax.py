"""What may stand in a recurrence, and what is wrong with one that cannot be.

croniter reads the fields of a cron expression: names, ranges, steps, `L` and `#`. Its answers are taken only for
expressions that mean the same everywhere. It also reads `5-5` as every value, `15W` as a day, `*/90` as 0, loses its
step in `50-10/7`, and reads `59/15` since version 7 as 59 alone, where it was 0, 15, 30 and 45 before: those are
refused with the reason.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from gradesync_tui.domain.recurrence.kinds import AtTimes, RecurrenceError
from gradesync_tui.domain.text import clean


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 7, _WEEKDAYS),
)
_SUNDAY_TWICE = (("7", "0"), ("7", "sun"))
_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_ALL_DAYS, _ALL_MONTHS = frozenset(range(1, 32)), frozenset(range(1, 13))
_ITEM = re.compile(r"(?P<low>\*|[0-9]+|[a-z]{3})(?:-(?P<high>[0-9]+|[a-z]{3}))?(?:/(?P<step>[0-9]+))?", re.ASCII)
_NTH = re.compile(r"(?:[0-7]|[a-z]{3})#[1-5]|l[0-7]", re.ASCII)
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


class DayFields(NamedTuple):
    """Which days an expression names. Weekdays: 0 is Monday. `nth`: (weekday, 1 to 5, or 0 for the month's last)."""

    days: frozenset[int]
    last_day: bool
    months: frozenset[int]
    weekdays: frozenset[int]
    nth: frozenset[tuple[int, int]]
    either: bool

    @property
    def every_day(self) -> bool:
        """Whether all days of all months match."""
        days, weekdays = len(self.days) == 31, len(self.weekdays) == 7
        return len(self.months) == 12 and ((days or weekdays) if self.either else (days and weekdays))

    def matches(self, day: int, weekday: int, length: int) -> bool:
        """Whether a day of a month of `length` days matches by its number and its weekday."""
        by_day = day in self.days or (self.last_day and day == length)
        by_weekday = (
            weekday in self.weekdays
            or (weekday, (day + 6) // 7) in self.nth
            or ((weekday, 0) in self.nth and day > length - 7)
        )
        return (by_day or by_weekday) if self.either else (by_day and by_weekday)


def on_weekdays(weekdays: frozenset[int]) -> DayFields:
    """All days that are one of these weekdays."""
    return DayFields(_ALL_DAYS, False, _ALL_MONTHS, weekdays, frozenset(), either=False)


class CronFields(NamedTuple):
    """What an expression names. `repeats`: a reading that the clock shows twice counts both times."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: DayFields
    repeats: bool


def cron_fields(expression: str) -> CronFields:
    """Read a cron expression; RecurrenceError says which field is wrong and what to write."""
    texts = expression.lower().split()
    _check_shape(expression, texts)
    try:
        minutes, hours, days, months, weekdays = map(_read_field, range(5), texts)
    except RecurrenceError as error:
        raise RecurrenceError(f"{_quoted(expression)}: {error}") from None
    return CronFields(
        minutes=minutes.values,
        hours=hours.values,
        days=DayFields(
            days=days.values,
            last_day=days.last_day,
            months=months.values,
            weekdays=weekdays.values,
            nth=weekdays.nth,
            # As in Vixie's cron: a field that begins with a star restricts nothing by itself, so both must match then.
            either=not texts[2].startswith(("*", "?")) and not texts[4].startswith(("*", "?")),
        ),
        repeats=any(sign in text for sign in "*-/" for text in texts[:2]),
    )


class _Read(NamedTuple):
    values: frozenset[int]
    last_day: bool = False
    nth: frozenset[tuple[int, int]] = frozenset()


@lru_cache(maxsize=4096)
def _read_field(index: int, text: str) -> _Read:
    """Read one field. Remembered field by field, for schedules differ in few of them and croniter takes 0.1 ms."""
    field = _FIELDS[index]
    items = text.split(",")
    for item in items:
        wrong = _wrong_item(field, item, alone=item == text)
        if wrong:
            raise RecurrenceError(f"the {field.name} {_quoted(item)} {wrong}")
    if field.names is _WEEKDAYS and len({bool(_NTH.fullmatch(item)) for item in items}) == 2:
        raise RecurrenceError(
            "the day of week mixes plain weekdays with # or L. Write all of them alike, such as fri#1,fri#3."
        )
    from croniter import croniter  # type: ignore[import-untyped]
    from croniter.croniter import CroniterError  # type: ignore[import-untyped]

    try:
        expanded, nth = croniter.expand(" ".join(text if each == index else "*" for each in range(5)))
    except CroniterError as error:
        raise RecurrenceError(f"the {field.name} cannot be read: {clean(str(error), limit=200)}") from None
    values = frozenset(range(field.low, field.high + 1) if "*" in expanded[index] else expanded[index])
    if field.names is not _WEEKDAYS:
        return _Read(values - {"l"}, last_day="l" in values)
    # croniter counts weekdays from Sunday and lists those of `#` and `L` among the plain ones.
    return _Read(
        frozenset((day - 1) % 7 for day in values if day not in nth),
        nth=frozenset(((day - 1) % 7, 0 if which == "l" else which) for day in nth for which in nth[day]),
    )


def check_at(recurrence: AtTimes) -> None:
    """RecurrenceError unless there are times and days, all well formed."""
    if not recurrence.times:
        raise RecurrenceError("No time of day is given. Add at least one, such as 18:00.")
    if not recurrence.days:
        raise RecurrenceError("No weekday is chosen. Choose at least one day.")
    for text in recurrence.times:
        minute_of_day(text)
    for day in recurrence.days:
        if day not in range(7):
            raise RecurrenceError(f"{day} is not a weekday. Use 0 for Monday to 6 for Sunday.")


def minute_of_day(text: str) -> int:
    """The minute of the day of an `HH:MM`; RecurrenceError if it is none."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise RecurrenceError(f"{_quoted(text)} is not a time of day. Write hours and minutes as 06:00 or 18:30.")
    return int(match[1]) * 60 + int(match[2])


def _check_shape(expression: str, fields: list[str]) -> None:
    quoted = _quoted(expression)
    if not fields:
        raise RecurrenceError("The cron expression is empty. Write five fields, such as 0 6 * * 1-5.")
    if fields[0] in _ALIASES:
        raise RecurrenceError(f"{quoted} is a short name. Write its five fields: {_ALIASES[fields[0]]}")
    if len(fields) != 5:
        more = " Seconds and years cannot be given." if len(fields) in (6, 7) else ""
        raise RecurrenceError(
            f"{quoted} has {len(fields)} field{'s' * (len(fields) != 1)}; write five: "
            f"minute, hour, day of month, month, day of week.{more}"
        )


def _wrong_item(field: _Field, item: str, *, alone: bool) -> str:
    """What is wrong with one item of a field's list, or nothing."""
    if not item:
        return "is empty; remove the comma."
    if field.name == "day of month" and item == "l":
        return ""
    if field.name.startswith("day of") and item == "?" and alone:
        return ""
    if field.name == "day of week" and _NTH.fullmatch(item):
        return _wrong_value(field, item.split("#")[0].removeprefix("l") if "#" in item else item[1:])
    match = _ITEM.fullmatch(item)
    if match is None:
        return _unreadable(field, item)
    low, high, step = match["low"], match["high"], match["step"]
    wrong = next((wrong for value in (low, high) if value and (wrong := _wrong_value(field, value))), "")
    if wrong:
        return wrong
    if low == "*" and high:
        return "mixes * with a range; write one of them."
    if step is not None:
        span = field.high - field.low + (field.name != "day of week")
        if not 1 <= int(step) <= span:
            return f"has a step of {int(step)}; use 1 to {span}."
        if low != "*" and high is None and _value(field, low) >= (6 if field.name == "day of week" else field.high):
            return (
                "begins at the last value, so its step adds nothing, and programs disagree on what it means. "
                f"Write {low} for that value alone, or */{int(step)} for every {int(step)}."
            )
    if high is not None and step is not None and _value(field, low) > _value(field, high):
        return f"steps around the end of the {field.name}, which programs read in different ways. Write two ranges."
    sunday_twice = field.names is _WEEKDAYS and (low, high) in _SUNDAY_TWICE
    if high is not None and (sunday_twice or _value(field, low) == _value(field, high)):
        return f"is a range of one value, which programs read in different ways. Write {low}, or * for all."
    return ""


def _wrong_value(field: _Field, value: str) -> str:
    if value == "*" or value in field.names or (value.isdigit() and field.low <= int(value) <= field.high):
        return ""
    names = f", or {field.names[0]} to {field.names[-1]}" if field.names else ""
    return f"is out of range; use {field.low} to {field.high}{names}."


def _value(field: _Field, value: str) -> int:
    return int(value) if value.isdigit() else field.names.index(value) + (field.names is _MONTHS)


def _unreadable(field: _Field, item: str) -> str:
    if item.startswith(("h", "r")):
        return "asks for a random or hashed time, which is not supported. Write a number."
    if field.name == "day of month" and "w" in item:
        return "asks for the nearest weekday, which is not supported. Write days of the week instead."
    if field.name == "day of week" and item.endswith("l"):
        return f"is not understood. For the last one of the month write L{item[:-1]}."
    if "?" in item:
        return "is not understood. A ? stands alone, for the day of month or the day of week."
    if "#" in item:
        return "is not understood. Write a weekday, # and 1 to 5, such as fri#2."
    return "is not understood. Write a number, a range such as 1-5, a step such as */15, or *."


def _quoted(text: str) -> str:
    return f'"{clean(text, limit=80)}"'
