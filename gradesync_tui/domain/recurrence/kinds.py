"""The three ways in which a schedule can recur."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class RecurrenceError(ValueError):
    """A recurrence that cannot be; the message is one line that says what is wrong and what to do."""


class Every(Struct, frozen=True, tag="every", tag_field="kind"):
    """Every `n` minutes, hours or days of elapsed time, counted from First Run."""

    n: int
    unit: Literal["minutes", "hours", "days"]


class AtTimes(Struct, frozen=True, tag="at", tag_field="kind"):
    """At times of day (`HH:MM`) on chosen weekdays (0 is Monday)."""

    times: tuple[str, ...]
    days: tuple[int, ...]


class Cron(Struct, frozen=True, tag="cron", tag_field="kind"):
    """A cron expression of five fields."""

    expression: str


Recurrence = Every | AtTimes | Cron
