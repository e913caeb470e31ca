"""Instants as people read and write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradesync_tui.domain.clock import DAY, HOUR, MINUTE, SECOND, parse_instant
from gradesync_tui.domain.when import (
    MomentError,
    clock_time,
    duration,
    exact,
    moment,
    parse_moment,
    read_clock_time,
    relative,
    to_the_second,
    zone_label,
    zoned,
)

NEW_YORK = "America/New_York"
NOW = parse_instant("2026-11-23T13:26:03-05:00")


@pytest.mark.parametrize(
    ("at", "written"),
    [
        ("2026-11-23T14:00:00-05:00", "Today 2:00 PM"),
        ("2026-11-23T00:00:00-05:00", "Today 12:00 AM"),
        ("2026-11-23T23:59:59-05:00", "Today 11:59 PM"),
        ("2026-11-24T06:00:00-05:00", "Tomorrow 6:00 AM"),
        ("2026-11-22T22:00:00-05:00", "Yesterday 10:00 PM"),
        ("2026-11-25T12:00:00-05:00", "Nov 25, 12:00 PM"),
        ("2026-11-20T15:12:00-05:00", "Nov 20, 3:12 PM"),
        ("2026-08-18T06:00:00-04:00", "Aug 18, 6:00 AM"),
        ("2025-08-18T06:00:00-04:00", "Aug 18, 2025, 6:00 AM"),
        ("2027-01-04T06:00:00-05:00", "Jan 4, 2027, 6:00 AM"),
    ],
)
def test_a_moment_is_written_with_no_more_than_it_needs(at: str, written: str) -> None:
    assert moment(parse_instant(at), NOW, NEW_YORK) == written


@pytest.mark.parametrize(
    ("zone", "name"), [("America/New_York", "EST"), ("UTC", "UTC"), ("America/Sao_Paulo", "UTC-03")]
)
def test_a_moment_that_stands_alone_tells_its_zone(zone: str, name: str) -> None:
    at = parse_instant("2026-11-23T15:00:00Z")
    assert zoned(at, at, zone).endswith(f"M {name}")
    assert to_the_second(at, zone).endswith(f":00:00 {name}")


def test_today_is_the_day_of_the_zone() -> None:
    at = parse_instant("2026-11-24T03:00:00Z")
    assert moment(at, NOW, NEW_YORK) == "Today 10:00 PM"
    assert moment(at, NOW, "UTC") == "Tomorrow 3:00 AM"
    new_year = parse_instant("2027-01-01T00:30:00Z")
    assert moment(new_year, new_year - HOUR, "UTC") == "Tomorrow 12:30 AM"


def test_an_exact_moment_tells_the_repeated_hours_apart() -> None:
    assert exact(parse_instant("2026-11-01T05:30:00Z"), NEW_YORK) == "2026-11-01 01:30:00 EDT (UTC-04:00)"
    assert exact(parse_instant("2026-11-01T06:30:00.5Z"), NEW_YORK) == "2026-11-01 01:30:00 EST (UTC-05:00)"
    assert exact(NOW, "UTC") == "2026-11-23 18:26:03 UTC (UTC+00:00)"


@pytest.mark.parametrize(
    ("apart", "ahead", "behind"),
    [
        (0, "now", "now"),
        (SECOND - 1, "now", "now"),
        (SECOND, "in 1 s", "1 s ago"),
        (59 * SECOND, "in 59 s", "59 s ago"),
        (MINUTE, "in 1 min", "1 min ago"),
        (35 * MINUTE - 1, "in 34 min", "34 min ago"),
        (HOUR, "in 1 h", "1 h ago"),
        (13 * HOUR + 59 * MINUTE, "in 13 h", "13 h ago"),
        (DAY, "in 1 day", "1 day ago"),
        (1200 * DAY, "in 1,200 days", "1,200 days ago"),
    ],
)
def test_relative_words_name_the_largest_whole_unit(apart: int, ahead: str, behind: str) -> None:
    assert relative(NOW + apart, NOW) == ahead
    assert relative(NOW - apart, NOW) == behind


@pytest.mark.parametrize(
    ("microseconds", "written"),
    [
        (0, "0:00"),
        (999_999, "0:00"),
        (42 * SECOND, "0:42"),
        (727 * SECOND, "12:07"),
        (3800 * SECOND, "1:03:20"),
        (1000 * HOUR, "1,000:00:00"),
        (-5 * SECOND, "0:00"),
    ],
)
def test_a_duration_is_written_like_a_stopwatch(microseconds: int, written: str) -> None:
    assert duration(microseconds) == written


def test_a_zone_goes_by_its_place() -> None:
    assert zone_label(NEW_YORK) == "New York"
    assert zone_label("America/Argentina/Buenos_Aires") == "Buenos Aires"
    assert zone_label("UTC") == "UTC"


@given(st.integers(0, 1439))
def test_a_time_of_day_is_read_as_it_is_written(minute: int) -> None:
    assert read_clock_time(clock_time(minute)) == minute
    assert read_clock_time(f"{minute // 60}:{minute % 60:02}") == minute


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-11-23T13:26:03-05:00"),
        ("today 6pm", "2026-11-23T18:00-05:00"),
        ("tomorrow 6am", "2026-11-24T06:00-05:00"),
        ("Tomorrow at 6:30 AM", "2026-11-24T06:30-05:00"),
        ("tomorrow noon", "2026-11-24T12:00-05:00"),
        ("yesterday 22:00", "2026-11-22T22:00-05:00"),
        ("6pm", "2026-11-23T18:00-05:00"),
        ("6am", "2026-11-24T06:00-05:00"),
        ("midnight", "2026-11-24T00:00-05:00"),
        ("mon 6am", "2026-11-30T06:00-05:00"),
        ("next Friday at 6 p.m.", "2026-11-27T18:00-05:00"),
        ("2026-12-01 06:00", "2026-12-01T06:00-05:00"),
        ("2026-12-01T06:00", "2026-12-01T06:00-05:00"),
        ("2026-12-01 06:00:00", "2026-12-01T06:00-05:00"),
        ("2026-12-01 6:00 PM", "2026-12-01T18:00-05:00"),
        ("2026-12-01T06:00:00Z", "2026-12-01T01:00-05:00"),
        ("2026-12-01 06:00+02:00", "2026-11-30T23:00-05:00"),
        ("2026-11-01T01:30:00-05:00", "2026-11-01T01:30-05:00"),
        ("12/1/2026 6:00 PM", "2026-12-01T18:00-05:00"),
        ("12/1 6pm", "2026-12-01T18:00-05:00"),
        ("Dec 1, 6:00 AM", "2026-12-01T06:00-05:00"),
        ("dec 1 6:00 am", "2026-12-01T06:00-05:00"),
        ("December 1, 2027 at 18:00", "2027-12-01T18:00-05:00"),
        ("1 Dec 2027 18:00", "2027-12-01T18:00-05:00"),
        ("Feb 29, 2028, 6:00 AM", "2028-02-29T06:00-05:00"),
        ("  in   2 hours ", "2026-11-23T15:26:03-05:00"),
        ("in 1h 30m", "2026-11-23T14:56:03-05:00"),
        ("in an hour", "2026-11-23T14:26:03-05:00"),
        ("in 2 days and 1 hour", "2026-11-25T14:26:03-05:00"),
        ("10 minutes ago", "2026-11-23T13:16:03-05:00"),
    ],
)
def test_a_moment_is_read_as_people_write_it(text: str, expected: str) -> None:
    assert parse_moment(text, NEW_YORK, NOW) == parse_instant(expected)


def test_a_wall_time_that_is_skipped_or_comes_twice_follows_the_rule_of_schedules() -> None:
    assert parse_moment("2026-03-08 02:30", NEW_YORK, NOW) == parse_instant("2026-03-08T03:00:00-04:00")
    assert parse_moment("2026-11-01 01:30", NEW_YORK, NOW) == parse_instant("2026-11-01T01:30:00-04:00")
    eve = parse_instant("2026-03-07T12:00:00-05:00")
    assert parse_moment("tomorrow 2:15 am", NEW_YORK, eve) == parse_instant("2026-03-08T03:00:00-04:00")
    assert parse_moment("in 1 day", NEW_YORK, eve) == eve + DAY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "tomorrow",
        "tomorrow at 6",
        "someday 6am",
        "2026-12-01",
        "2026-13-01 06:00",
        "Feb 30, 6:00 AM",
        "Feb 29, 6:00 AM",
        "2026-12-01 24:00",
        "in 2 parsecs",
        "in",
        "ago",
        "in 999999999 weeks",
        "0001-01-01 06:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31 23:59",
        "2026-12-01T99:00:00Z",
        "12:00Z",
        "\x1b[2J 6am",
        "1 " * 5000,
    ],
)
def test_a_moment_that_cannot_be_told_is_refused_in_one_line_with_what_to_write(text: str) -> None:
    with pytest.raises(MomentError, match=r"Write it like") as refusal:
        parse_moment(text, NEW_YORK, NOW)
    assert str(refusal.value).isprintable()


@settings(deadline=None)
@given(
    st.integers(parse_instant("1971-01-01T00:00:00Z") // MINUTE, parse_instant("2090-01-01T00:00:00Z") // MINUTE),
    st.sampled_from(["America/New_York", "Asia/Kathmandu", "UTC"]),
    st.sampled_from([-400 * DAY, -3 * DAY, -DAY, 0, DAY, 3 * DAY, 400 * DAY]),
)
def test_what_is_written_is_read_back_to_the_minute(minute: int, zone: str, apart: int) -> None:
    at = minute * MINUTE
    written = moment(at, at + apart, zone)
    read = parse_moment(written, zone, at + apart)
    # In a repeated hour the first instant is meant, an hour before at most.
    assert moment(read, at + apart, zone) == written
    assert read in (at, at - HOUR)
