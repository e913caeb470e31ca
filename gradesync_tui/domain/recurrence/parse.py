"""Reading recurrences as people type them."""

from __future__ import annotations

import re

from gradesync_tui.domain.recurrence.check import check_every
from gradesync_tui.domain.recurrence.kinds import AtTimes, Cron, Every, RecurrenceError
from gradesync_tui.domain.recurrence.patterns import pattern_of
from gradesync_tui.domain.recurrence.words import WEEKDAYS
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.when import MomentError, read_clock_time, read_minutes

_DAY_SETS = {
    **dict.fromkeys(("daily", "every day", "all", "all days"), range(7)),
    **dict.fromkeys(("weekdays", "weekday", "school days"), range(5)),
    **dict.fromkeys(("weekends", "weekend"), range(5, 7)),
}


def parse_every(text: str) -> Every:
    """An interval from `4h`, `30m`, `1d`, `90 minutes`, `1h 30m` or `every 4 hours`; RecurrenceError otherwise."""
    words = text.strip().lower().removeprefix("every").strip()
    minutes = read_minutes(words)
    if minutes is None:
        if re.fullmatch(r"[0-9]+ *s(ec(ond)?s?)?", words):
            raise RecurrenceError("An interval counts whole minutes. Use 1m or more.")
        raise RecurrenceError(f"{_quoted(text)} is not an interval. Write it like 30m, 4h, 1d or 90 minutes.")
    every = _in_largest_unit(minutes, words)
    check_every(every)
    return every


def parse_at(times: str, days: str) -> AtTimes:
    """Times such as `18:00,6:30 PM` on `weekdays`, `daily`, `mon,wed` or `mon-fri`; RecurrenceError otherwise."""
    minutes = set()
    for part in re.split(r"\s*,\s*|\s+and\s+", times.strip()):
        if not part:
            raise RecurrenceError("A time of day is missing. Write times like 18:00 or 6:30 PM, with commas between.")
        try:
            minutes.add(read_clock_time(part))
        except MomentError as error:
            raise RecurrenceError(str(error)) from None
    return AtTimes(tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in sorted(minutes)), _read_days(days))


def parse_cron(text: str) -> Cron:
    """A cron expression with single blanks between its five fields; RecurrenceError if it is wrong or never runs."""
    cron = Cron(" ".join(text.split()))
    pattern_of(cron)
    return cron


def _in_largest_unit(minutes: int, words: str) -> Every:
    if "m" not in words and minutes % 60 == 0:
        return Every(minutes // 1440, "days") if "h" not in words else Every(minutes // 60, "hours")
    return Every(minutes, "minutes")


def _read_days(text: str) -> tuple[int, ...]:
    words = " ".join(text.lower().split())
    if words in _DAY_SETS:
        return tuple(_DAY_SETS[words])
    days: set[int] = set()
    for part in re.split(r"\s*,\s*|\s+and\s+", words):
        if part in _DAY_SETS:
            days.update(_DAY_SETS[part])
            continue
        first, dash, last = re.sub(r"\s+to\s+|\s*[-–]\s*", "-", part).partition("-")
        start = _read_weekday(first, text)
        end = _read_weekday(last, text) if dash else start
        days.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    return tuple(sorted(days))


def _read_weekday(word: str, text: str) -> int:
    for number, name in enumerate(WEEKDAYS):
        if len(word) >= 2 and name.lower().startswith(word.removesuffix("s") if len(word) > 5 else word):
            return number
    raise RecurrenceError(f"{_quoted(text)} does not name weekdays. Write weekdays, daily, mon,wed or mon-fri.")


def _quoted(text: str) -> str:
    return f'"{clean(text, limit=80)}"'
