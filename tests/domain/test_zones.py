"""The stretches of constant offset are those that the zone files hold, and wall times lead back to instants."""

from __future__ import annotations

import struct
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradesync_tui.domain.clock import DAY, MINUTE, SECOND, parse_instant
from gradesync_tui.domain.zones import LATEST, shown_twice, stretch_at, stretches, to_instant

FIRST, LAST = 1970, 2037


def zone_file(zone: str) -> bytes:
    """The file that zoneinfo itself reads."""
    for folder in zoneinfo.TZPATH:
        path = Path(folder, zone)
        if path.is_file():
            return path.read_bytes()
    return resources.files("tzdata").joinpath("zoneinfo", *zone.split("/")).read_bytes()


def changes_in_file(data: bytes) -> list[tuple[int, int]]:
    """(second, new offset) of each change of offset, read from the 64-bit block of a TZif file (RFC 8536)."""

    def header(at: int) -> tuple[int, ...]:
        return struct.unpack(">6l", data[at + 20 : at + 44])

    utc_count, std_count, leaps, times, types, letters = header(0)
    second = 44 + times * 5 + types * 6 + letters + leaps * 8 + std_count + utc_count
    *_, times, types, _letters = header(second)
    body = second + 44
    instants = struct.unpack(f">{times}q", data[body : body + times * 8])
    kinds = data[body + times * 8 : body + times * 9]
    table = body + times * 9
    offsets = [struct.unpack(">l", data[table + n * 6 : table + n * 6 + 4])[0] for n in range(types)]
    listed = [(instant, offsets[kind]) for instant, kind in zip(instants, kinds, strict=True)]
    return [now for before, now in pairwise([(0, offsets[0]), *listed]) if now[1] != before[1]]


def test_every_change_in_every_zone_file_is_found() -> None:
    first = int(datetime(FIRST, 1, 2, tzinfo=UTC).timestamp())
    seen: set[bytes] = set()
    for zone in sorted(zoneinfo.available_timezones() - {"localtime"}):
        data = zone_file(zone)
        if data in seen:
            continue
        seen.add(data)
        listed = changes_in_file(data)
        # Files may end early and go on by a rule: that part is looked at up to the last listed change.
        last = min(listed[-1][0] if listed else first, int(datetime(LAST, 1, 1, tzinfo=UTC).timestamp()))
        expected = [(at * SECOND, offset * SECOND) for at, offset in listed if first <= at <= last]
        found = [
            (stretch.start, stretch.offset)
            for year in range(FIRST, LAST + 1)
            for stretch in stretches(zone, year)
            if stretch.offset != stretch.before and first * SECOND <= stretch.start <= last * SECOND
        ]
        assert found == expected, zone
    assert len(seen) > 300


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Apia", "UTC", "Africa/Casablanca"])
def test_stretches_follow_one_another_without_a_hole(zone: str) -> None:
    each = [stretch for year in range(FIRST, LAST + 1) for stretch in stretches(zone, year)]
    for before, after in pairwise(each):
        assert before.end == after.start
        assert before.offset == after.before


zones = st.sampled_from(["America/New_York", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia", "UTC"])


@settings(deadline=None, max_examples=300)
@given(zones, st.integers(parse_instant("1971-01-01T00:00:00Z"), parse_instant("2090-01-01T00:00:00Z")))
def test_a_wall_time_leads_back_to_the_first_instant_that_shows_it(zone: str, at: int) -> None:
    wall = at + stretch_at(zone, at).offset
    back = to_instant(zone, wall)
    assert back + stretch_at(zone, back).offset == wall
    assert back <= at
    assert (back == at) == (shown_twice(zone, at) != 2)
    if back != at:
        assert shown_twice(zone, back) == 1


def wall(text: str) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("zone", "shown", "instant"),
    [
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T03:00-04:00"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T01:30-04:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-04T02:30+11:00"),
        ("America/Santiago", "2026-09-06T00:30", "2026-09-06T01:00-03:00"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-31T00:00+14:00"),
    ],
)
def test_a_skipped_wall_time_means_the_end_of_the_gap(zone: str, shown: str, instant: str) -> None:
    assert to_instant(zone, wall(shown)) == parse_instant(instant)


def test_only_the_repeated_hour_is_shown_twice() -> None:
    change = parse_instant("2026-11-01T06:00:00Z")
    for minutes, expected in ((-61, 0), (-60, 1), (-1, 1), (0, 2), (59, 2), (60, 0)):
        assert shown_twice("America/New_York", change + minutes * MINUTE) == expected
    assert shown_twice("UTC", change) == 0


def test_outside_of_the_known_years_there_is_nothing() -> None:
    assert stretches("UTC", date.min.year) == ()
    with pytest.raises(ValueError, match="outside of the years"):
        stretch_at("UTC", LATEST + DAY)
    with pytest.raises(ValueError, match="outside of the years"):
        to_instant("UTC", LATEST + 800 * DAY)
