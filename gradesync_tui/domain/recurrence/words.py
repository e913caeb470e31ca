"""A recurrence in words."""

from __future__ import annotations

from gradesync_tui.domain.recurrence.kinds import Cron, Every, Recurrence
from gradesync_tui.domain.recurrence.syntax import minute_of_day
from gradesync_tui.domain.when import clock_time

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SETS = {tuple(range(7)): "Daily", (0, 1, 2, 3, 4): "Weekdays", (5, 6): "Weekends"}


def describe(recurrence: Recurrence) -> str:
    """`Every 4 hours`, `Weekdays at 6:00 PM`, `Mon, Wed and Fri at 6:00 AM`, `Cron 0 6 * * 1-5`."""
    if isinstance(recurrence, Every):
        unit = recurrence.unit.removesuffix("s")
        return f"Every {unit}" if recurrence.n == 1 else f"Every {recurrence.n:,} {unit}s"
    if isinstance(recurrence, Cron):
        return f"Cron {recurrence.expression}"
    times = [clock_time(minute) for minute in sorted({minute_of_day(text) for text in recurrence.times})]
    return f"{_days(tuple(sorted(set(recurrence.days))))} at {listed(times)}"


def listed(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _days(days: tuple[int, ...]) -> str:
    if days in _SETS:
        return _SETS[days]
    if len(days) == 1:
        return WEEKDAYS[days[0]] + "s"
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{WEEKDAYS[days[0]][:3]} to {WEEKDAYS[days[-1]][:3]}"
    return listed([WEEKDAYS[day][:3] for day in days])
