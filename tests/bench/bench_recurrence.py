"""How quick the next run of a schedule is found, beside croniter in the same process.

    python tests/bench/bench_recurrence.py

Prints, for each expression, next runs per second: ours, croniter's on one iterator that is kept, and croniter's with a
new iterator for each (parsing included), and ours as a multiple of the kept one. Then what a scheduler needs: 1,000
schedules advanced once, with expressions seen before and with expressions read for the first time, and a year of
missed minutes counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from croniter import croniter

from gradesync_tui.domain.clock import DAY, parse_instant
from gradesync_tui.domain.recurrence import AtTimes, Cron, Every, Recurrence, missed, next_after

ZONE = "America/New_York"
START = parse_instant("2026-01-01T00:00:00-05:00")
END = START + 3000 * DAY
EXPRESSIONS = (
    "*/15 * * * *",
    "30 2 * * *",
    "0 6,12,18 * * 1-5",
    "15 1 1 * *",
    "0 */4 * * 1-5",
    "0 0 L * *",
    "0 6 * * fri#2",
    "0 0 29 2 *",
)


def per_second(step: Callable[[], object], seconds: float = 0.3) -> float:
    """How often a second a step can be done; the best of three, since others use the machine too."""
    best = 0.0
    for _ in range(3):
        done, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds / 3:
            step()
            done += 1
        best = max(best, done / spent)
    return best


def ours(recurrence: Recurrence) -> Callable[[], object]:
    """Go from run to run, and begin again after eight years."""
    at = START

    def step() -> None:
        nonlocal at
        following = next_after(recurrence, START, ZONE, at)
        at = START if following is None or following > END else following

    return step


def croniter_kept(expression: str) -> Callable[[], object]:
    start = datetime(2026, 1, 1, tzinfo=ZoneInfo(ZONE))
    iterator = croniter(expression, start)

    def step() -> None:
        if iterator.get_next(datetime).year > 2034:
            iterator.set_current(start)

    return step


def croniter_new(expression: str) -> Callable[[], object]:
    start = datetime(2026, 1, 1, tzinfo=ZoneInfo(ZONE))
    return lambda: croniter(expression, start).get_next(datetime)


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def main() -> None:
    many = [Cron(f"{n % 60} {n // 60} * * 1-5") for n in range(1000)]

    def advance() -> None:
        for one in many:
            next_after(one, START, ZONE, START)

    # First of all, while nothing is remembered.
    unread, known = milliseconds(advance), milliseconds(advance)
    print(f"{'next runs per second':24}{'ours':>12}{'croniter kept':>16}{'croniter new':>15}{'ours / kept':>14}")
    for expression in EXPRESSIONS:
        mine, kept, new = map(per_second, (ours(Cron(expression)), croniter_kept(expression), croniter_new(expression)))
        print(f"{expression:24}{mine:12,.0f}{kept:16,.0f}{new:15,.0f}{mine / kept:13.1f}x")
    for name, recurrence in (
        ("every 4 hours", Every(4, "hours")),
        ("weekdays 06:00, 18:00", AtTimes(("06:00", "18:00"), (0, 1, 2, 3, 4))),
    ):
        print(f"{name:24}{per_second(ours(recurrence)):12,.0f}")

    print(f"1,000 schedules advanced, each expression read for the first time: {unread:.1f} ms; again: {known:.1f} ms")
    year = milliseconds(lambda: missed(Cron("* * * * *"), START, ZONE, START, START + 365 * DAY))
    print(f"A year of missed minutes counted: {year:.2f} ms")


if __name__ == "__main__":
    main()
