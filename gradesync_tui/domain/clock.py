"""Time as the program keeps it: whole microseconds since 1970 in UTC, from a clock that is handed in."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

Instant = int
"""An instant in UTC, in microseconds since 1970-01-01T00:00:00Z."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock(Protocol):
    """Where a component reads the time; tests hand in one that they turn themselves."""

    def now(self) -> Instant:
        """The wall clock, which people and other machines may set."""
        ...

    def elapsed(self) -> float:
        """Seconds on a clock that only goes forward and also counts while the process is stopped."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> Instant:
        return time.time_ns() // 1000

    def elapsed(self) -> float:
        # CLOCK_BOOTTIME goes on during a suspend, so a laptop's closed lid ends a claim as it should.
        return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class ManualClock:
    """A clock that moves only when told to."""

    def __init__(self, now: Instant) -> None:
        self._now = now
        self._elapsed = 0.0

    def now(self) -> Instant:
        return self._now

    def elapsed(self) -> float:
        return self._elapsed

    def advance(self, microseconds: int) -> None:
        """Let time pass: both clocks move."""
        self._now += microseconds
        self._elapsed += microseconds / SECOND

    def set(self, now: Instant) -> None:
        """Set the wall clock, as an administrator or NTP does; no time passes."""
        self._now = now


def to_datetime(at: Instant, zone: str = "UTC") -> datetime:
    """The aware datetime of an instant in a zone (an IANA name)."""
    whole, rest = divmod(at, SECOND)
    return datetime.fromtimestamp(whole, UTC if zone == "UTC" else ZoneInfo(zone)).replace(microsecond=rest)


def from_datetime(moment: datetime) -> Instant:
    """The instant of an aware datetime; ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    delta = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def next_minute(at: Instant) -> Instant:
    """The first full minute that is not before: runs of a schedule that starts now should not fall on odd seconds."""
    return -(-at // MINUTE) * MINUTE


def parse_instant(text: str) -> Instant:
    """An instant from ISO 8601 with an offset or Z, as APIs write it; ValueError otherwise."""
    return from_datetime(datetime.fromisoformat(text))


def iso(at: Instant, zone: str = "UTC") -> str:
    """ISO 8601 with offset in a zone; UTC is written with Z; fractions of a second only where there are any."""
    text = to_datetime(at, zone).isoformat()
    return text.removesuffix("+00:00") + "Z" if zone == "UTC" else text
