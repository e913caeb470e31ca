"""Options that say when: recurrences, moments and lengths of time, as people type them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from gradesync_tui.domain.clock import Instant
    from gradesync_tui.domain.recurrence import Recurrence


def recurrence_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--every`, `--at` with `--on`, and `--cron`; read them with `recurrence_from`."""

    @click.option("--every", metavar="LENGTH", help="Every so long after the first run: 30m, 4h, 1d.")
    @click.option("--at", metavar="TIMES", help="At times of day: 18:00 or '6:00,6:00 PM'.")
    @click.option("--on", metavar="DAYS", help="With --at: daily, weekdays, mon-fri or mon,wed.  [default: daily]")
    @click.option("--cron", metavar="EXPR", help="A cron expression of five fields: '0 6 * * 1-5'.")
    @functools.wraps(function)
    def command(*args: Any, **given: Any) -> Any:
        return function(*args, **given)

    return command


def recurrence_from(every: str | None, at: str | None, on: str | None, cron: str | None) -> Recurrence | None:
    """The recurrence that the options name, or None for none; two at once are wrong usage."""
    from gradesync_tui.domain.recurrence import parse_at, parse_cron, parse_every

    if sum(one is not None for one in (every, at, cron)) > 1:
        raise click.UsageError("Give one of --every, --at and --cron.")
    if on is not None and at is None:
        raise click.UsageError("--on says the days for --at; give --at too.")
    if every is not None:
        return parse_every(every)
    if at is not None:
        return parse_at(at, on or "daily")
    return None if cron is None else parse_cron(cron)


def moment_from(text: str, option: str, zone: str, now: Instant) -> Instant:
    """The instant that somebody typed, in a zone; wrong usage if it is none."""
    from gradesync_tui.domain.when import parse_moment

    try:
        return parse_moment(text, zone, now)
    except ValueError as problem:
        raise click.UsageError(f"{option}: {problem}") from None


def length_from(text: str, option: str) -> int:
    """A length of time (`90m`, `2h`, `1d`, `0`) in microseconds; wrong usage if it is none."""
    from gradesync_tui.domain.clock import MINUTE
    from gradesync_tui.domain.when import read_minutes

    minutes = 0 if text.strip() == "0" else read_minutes(text)
    if minutes is None:
        raise click.UsageError(f"{option}: {text!r} is no length of time. Write 30m, 2h or 1d.")
    return minutes * MINUTE
