"""What forms have in common: references to secrets, and moments as they are typed and shown back."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from gradesync_tui.console.presenters.cells import Cell, Span, cells
from gradesync_tui.domain.clock import DAY, HOUR, MINUTE, Instant, to_datetime
from gradesync_tui.domain.text import count
from gradesync_tui.sync.secrets import FORMS

_STARTS = ("env:", "file:", "systemd:", "keyring:")
_REFERENCE = re.compile(r"(?:env:[A-Za-z_]\w*|file:/.+|systemd:[^/]+|keyring:[^/]+/.+)")


class Wrong(NamedTuple):
    """What is wrong with a form: the field, and what to do about it."""

    field: str
    words: str


@cache
def zone_names() -> tuple[str, ...]:
    """The time zones that typing is completed to, those of America first."""
    from zoneinfo import available_timezones

    return tuple(sorted(available_timezones(), key=lambda zone: (not zone.startswith("America/"), zone)))


def may_be_reference(typed: str) -> bool:
    """Whether it is a reference to a secret, or may become one; else it may be the secret, which is not shown."""
    return any(start.startswith(typed) or typed.startswith(start) for start in _STARTS)


def reference_problem(typed: str) -> str:
    """Why it is no reference to a secret; nothing if it is one. What was typed is not repeated."""
    if _REFERENCE.fullmatch(typed):
        return ""
    secret = "" if may_be_reference(typed) else "This may be the secret itself; it is not kept. "
    return f"{secret}Say where the secret is: {FORMS}."


def typed_moment(at: Instant, zone: str) -> str:
    """A moment as a person would type it; with its offset where the clock alone would mean another."""
    from gradesync_tui.domain.when import parse_moment

    local = to_datetime(at, zone)
    text = f"{local:%Y-%m-%d %H:%M}"
    return text if parse_moment(text, zone, at) == at else local.isoformat()


def moment_back(label: str, at: Instant, now: Instant, zone: str) -> Cell:
    """A moment that was typed, shown back in words and exactly."""
    from gradesync_tui.domain import when

    local = to_datetime(at, zone)
    said = f"{local:%a} {when.moment(at, now, zone)}"
    return cells((f"{label:<9}", "muted"), (f"{said:<26}", "strong"), (when.exact(at, zone), "muted"))


def length(apart: int) -> str:
    """How long a time is, in words: `9 days`, `1 day 6 h`, `45 min`."""
    days, rest = divmod(apart, DAY)
    hours, minutes = rest // HOUR, rest % HOUR // MINUTE
    if days:
        return count(days, "day") + (f" {hours} h" if hours else "")
    return (f"{hours} h" if hours else "") + (" " if hours and minutes else "") + (f"{minutes} min" if minutes else "")


def sentence(*parts: str) -> Cell:
    """Plain words, some of them strong: each second part is."""
    return Cell(tuple(Span(part, "strong" if number % 2 else "text") for number, part in enumerate(parts) if part))
