"""Cron expressions made together with what they mean, so that nobody has to read them to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st

from tests.domain.oracle import Rule, is_last_of_month, is_nth_weekday

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@dataclass(frozen=True)
class Part:
    """One field: its text, the numbers that it names, and whether it has a wildcard, a range or a step."""

    text: str
    values: frozenset[int]
    wide: bool


@st.composite
def plain_field(draw: st.DrawFn, low: int, high: int, names: tuple[str, ...] = (), star: float = 0.3) -> Part:
    """A field of a list of numbers, names, ranges (also around the end) and steps, or a star with or without step."""
    if draw(st.floats(0, 1)) < star:
        step = draw(st.sampled_from([1, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 60]).filter(lambda n: n <= high - low + 1))
        return Part("*" if step == 1 else f"*/{step}", frozenset(range(low, high + 1, step)), True)
    items = draw(st.lists(_item(low, high, names), min_size=1, max_size=3))
    return Part(
        ",".join(item.text for item in items),
        frozenset().union(*(item.values for item in items)),
        any(item.wide for item in items),
    )


@st.composite
def _item(draw: st.DrawFn, low: int, high: int, names: tuple[str, ...]) -> Part:
    def written(number: int) -> str:
        return names[number - low] if names and draw(st.booleans()) else str(number)

    kind = draw(st.sampled_from(["value", "value", "range", "stepped range", "stepped start"]))
    first = draw(st.integers(low, high))
    if kind == "value":
        return Part(written(first), frozenset({first}), False)
    step = draw(st.integers(1, high - low)) if "step" in kind else 1
    if kind == "stepped start":
        first = min(first, high - 1)
        return Part(f"{written(first)}/{step}", frozenset(range(first, high + 1, step)), True)
    last = draw(st.integers(low, high).filter(lambda number: number != first))
    if kind == "stepped range":
        first, last = min(first, last), max(first, last)
    cycle = [*range(first, high + 1), *range(low, last + 1)] if last < first else [*range(first, last + 1)]
    text = f"{written(first)}-{written(last)}" + (f"/{step}" if kind == "stepped range" else "")
    return Part(text, frozenset(cycle[::step]), True)


@st.composite
def _day_of_month(draw: st.DrawFn) -> tuple[str, Callable[[date], bool], bool]:
    if draw(st.integers(0, 5)) == 0:
        return "L", is_last_of_month, True
    part = draw(plain_field(1, 31, star=0.5))
    return part.text, lambda day: day.day in part.values, not part.text.startswith("*")


@st.composite
def _day_of_week(draw: st.DrawFn) -> tuple[str, Callable[[date], bool], bool]:
    special = draw(st.integers(0, 7))
    sunday_first = draw(st.integers(0, 6))
    iso = sunday_first or 7
    if special == 0:
        nth = draw(st.integers(1, 5))
        name = draw(st.sampled_from([str(sunday_first), WEEKDAYS[sunday_first]]))
        return f"{name}#{nth}", lambda day: is_nth_weekday(day, iso, nth), True
    if special == 1:
        return f"L{sunday_first}", lambda day: is_nth_weekday(day, iso, -1), True
    part = draw(plain_field(0, 6, WEEKDAYS, star=0.5))
    return part.text, lambda day: day.isoweekday() % 7 in part.values, not part.text.startswith("*")


@st.composite
def expressions(draw: st.DrawFn) -> tuple[str, Rule]:
    """A cron expression and its rule. Some never match: a day 31 with a month that has none."""
    minute = draw(plain_field(0, 59))
    hour = draw(plain_field(0, 23))
    month = draw(plain_field(1, 12, MONTHS, star=0.8))
    dom_text, by_day, day_restricted = draw(_day_of_month())
    dow_text, by_weekday, weekday_restricted = draw(_day_of_week())

    def counts(day: date) -> bool:
        if day.month not in month.values:
            return False
        if day_restricted and weekday_restricted:
            return by_day(day) or by_weekday(day)
        return by_day(day) and by_weekday(day)

    text = f"{minute.text} {hour.text} {dom_text} {month.text} {dow_text}"
    return text, Rule(minute.values, hour.values, counts, minute.wide or hour.wide)
