"""What the clocks of a time zone show, as plain integers.

A zone's time is a row of stretches in which its distance to UTC does not change. On such a stretch wall time and UTC
differ by a constant, so everything that asks "when does the wall clock show this?" is integer arithmetic there, and
the daylight-saving rules are needed only where one stretch meets the next. `zoneinfo` is the only source: it is asked
for offsets of instants, never for the order of wall times, which PEP 495 leaves ambiguous.

Wall times are microseconds since 1970-01-01 00:00 on the wall, whatever the zone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from gradesync_tui.domain.clock import DAY, SECOND, Instant
from gradesync_tui.domain.text import clean

Wall = int
"""A reading of a wall clock, in microseconds since 1970-01-01 00:00 on that clock."""

FIRST_YEAR, LAST_YEAR = 1900, 9000
"""Years outside of which no stretches are given: nothing is scheduled there."""

_MICROSECOND = timedelta(microseconds=1)
_PROBE = 3 * 86_400


class UnknownZoneError(ValueError):
    """There is no such time zone; the message says what to write."""


class Stretch(NamedTuple):
    """A time in which a zone's distance to UTC is constant: `start <= t < end`; wall time is `t + offset`.

    `before` is the offset just before `start`. It equals `offset` where nothing changed: stretches also end with
    the UTC year. All four are microseconds.
    """

    start: Instant
    end: Instant
    offset: int
    before: int


def check_zone(zone: str) -> None:
    """UnknownZoneError unless `zone` is an IANA name that this machine's zone data knows."""
    if zone not in _names():
        raise _unknown(zone)


def _unknown(zone: str) -> UnknownZoneError:
    from difflib import get_close_matches

    near = get_close_matches(zone.replace(" ", "_"), sorted(_names()), n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else "write an IANA name such as America/New_York."
    return UnknownZoneError(f'No time zone is named "{clean(zone, limit=60)}": {hint}')


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    # "localtime" means another zone on each machine, so a schedule must not name it.
    return frozenset(available_timezones() - {"localtime"})


@lru_cache(maxsize=4096)
def stretches(zone: str, year: int) -> tuple[Stretch, ...]:
    """The stretches that fill one UTC year, in order; none outside of FIRST_YEAR..LAST_YEAR. UnknownZoneError.

    Found by asking for the offset every third day and halving where it differs: since 1900 no zone has changed twice
    within three days.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return ()
    try:
        tz = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _unknown(zone) from None
    first, last = _year_start(year), _year_start(year + 1)
    found: list[Stretch] = []
    start, before = first, _offset(tz, first - 1)
    offset = _offset(tz, first)
    for low, probe in pairwise([*range(first, last - 1, _PROBE), last - 1]):
        now = _offset(tz, probe)
        if now != offset:
            high = probe
            while high - low > 1:
                middle = (low + high) // 2
                if _offset(tz, middle) == offset:
                    low = middle
                else:
                    high = middle
            found.append(Stretch(start * SECOND, high * SECOND, offset, before))
            start, before, offset = high, offset, now
    found.append(Stretch(start * SECOND, last * SECOND, offset, before))
    return tuple(found)


def stretch_at(zone: str, at: Instant) -> Stretch:
    """The stretch in which an instant lies; ValueError outside of the years that have any."""
    for stretch in stretches(zone, year_of(at)):
        if at < stretch.end:
            return stretch
    raise ValueError(f"{at} lies outside of the years {FIRST_YEAR} to {LAST_YEAR}")


def to_instant(zone: str, wall: Wall) -> Instant:
    """When the wall clock shows `wall`: the first time if it does so twice, and if it skips it, the end of the gap."""
    for year in range(year_of(wall - DAY), year_of(wall + DAY) + 1):
        for start, end, offset, _ in stretches(zone, year):
            # The first stretch whose wall clock gets past `wall` shows it, or starts beyond it, right after the gap.
            if wall < end + offset:
                return max(wall - offset, start)
    raise ValueError(f"{wall} lies outside of the years {FIRST_YEAR} to {LAST_YEAR}")


def shown_twice(zone: str, at: Instant) -> int:
    """1 or 2 where the wall clock shows this reading twice and `at` is the first or second of them; else 0."""
    stretch = stretch_at(zone, at)
    if stretch.offset < stretch.before and at + stretch.offset < stretch.start + stretch.before:
        return 2
    after = stretch_at(zone, stretch.end).offset
    return 1 if after < stretch.offset and at + stretch.offset >= stretch.end + after else 0


def year_of(at: Instant) -> int:
    """The UTC year of an instant, kept within one year beyond FIRST_YEAR and LAST_YEAR."""
    if EARLIEST <= at < LATEST:
        return datetime.fromtimestamp(at // SECOND, UTC).year
    return FIRST_YEAR - 1 if at < EARLIEST else LAST_YEAR + 1


def _year_start(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp())


EARLIEST, LATEST = _year_start(FIRST_YEAR) * SECOND, _year_start(LAST_YEAR + 1) * SECOND
"""Where the stretches begin and end."""


def _offset(tz: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, tz).utcoffset()
    assert offset is not None
    return offset // _MICROSECOND
