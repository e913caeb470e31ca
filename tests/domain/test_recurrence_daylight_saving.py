"""The days on which the clock changes, written out: what runs when, and what the preview says about it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from gradesync_tui.domain.clock import DAY, from_datetime, iso, parse_instant
from gradesync_tui.domain.recurrence import (
    AtTimes,
    Cron,
    Every,
    Missed,
    Recurrence,
    missed,
    next_after,
    occurrences,
    parse_at,
    preview,
)
from gradesync_tui.domain.zones import to_instant

NEW_YORK = "America/New_York"
SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)
DAILY = tuple(range(7))


def runs_on(recurrence: Recurrence, zone: str, day: date) -> list[str]:
    """The runs of one local day as `HH:MM+offset`."""
    start, end = (to_instant(zone, (each - date(1970, 1, 1)).days * DAY) for each in (day, day + timedelta(days=1)))
    return [iso(at, zone)[11:16] + iso(at, zone)[19:22] for at in occurrences(recurrence, 0, zone, start - 1, end - 1)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("30 2 * * *", "03:00-04"),
        ("10,40 2 * * *", "03:00-04"),
        ("*/15 2 * * *", "03:00-04"),
        ("0 */8 * * *", "00:00-05 08:00-04 16:00-04"),
        ("0 0-4/2 * * *", "00:00-05 03:00-04 04:00-04"),
        ("0 0-4 * * *", "00:00-05 01:00-05 03:00-04 04:00-04"),
        ("15 0-4 * * *", "00:15-05 01:15-05 03:00-04 03:15-04 04:15-04"),
        ("0 2,3 * * *", "03:00-04"),
        ("0,30 2,3 * * *", "03:00-04 03:30-04"),
        ("59 1 * * *", "01:59-05"),
        ("0 3 * * *", "03:00-04"),
    ],
)
def test_what_the_clock_skips_in_spring_runs_once_right_after_the_gap(expression: str, expected: str) -> None:
    assert runs_on(Cron(expression), NEW_YORK, SPRING) == expected.split()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("30 1 * * *", "01:30-04"),
        ("0,30 1 * * *", "01:00-04 01:30-04"),
        ("30 1,2 * * *", "01:30-04 02:30-05"),
        ("0 1,1 * * *", "01:00-04"),
        ("0 2 * * *", "02:00-05"),
        ("59 0 * * *", "00:59-04"),
        ("*/30 0-2 * * *", "00:00-04 00:30-04 01:00-04 01:30-04 01:00-05 01:30-05 02:00-05 02:30-05"),
        ("0 0-2 * * *", "00:00-04 01:00-04 01:00-05 02:00-05"),
        ("0-20/20 1 * * *", "01:00-04 01:20-04 01:00-05 01:20-05"),
        ("0/30 1 * * *", "01:00-04 01:30-04 01:00-05 01:30-05"),
        ("0 */6 * * *", "00:00-04 06:00-05 12:00-05 18:00-05"),
    ],
)
def test_what_the_clock_shows_twice_in_autumn_runs_twice_only_where_a_field_is_open(
    expression: str, expected: str
) -> None:
    assert runs_on(Cron(expression), NEW_YORK, AUTUMN) == expected.split()


def test_times_of_day_are_fixed_times() -> None:
    assert runs_on(AtTimes(("01:30", "02:00"), DAILY), NEW_YORK, AUTUMN) == ["01:30-04", "02:00-05"]
    assert runs_on(AtTimes(("02:10", "02:30", "03:00"), DAILY), NEW_YORK, SPRING) == ["03:00-04"]


@pytest.mark.parametrize(
    ("zone", "day", "expression", "expected"),
    [
        ("Australia/Lord_Howe", date(2026, 10, 4), "15 2 * * *", ["02:30+11"]),
        ("Australia/Lord_Howe", date(2026, 10, 4), "0,30 2 * * *", ["02:30+11"]),
        ("Australia/Lord_Howe", date(2026, 4, 5), "45 1 * * *", ["01:45+11"]),
        ("Australia/Lord_Howe", date(2026, 4, 5), "45 1,3 * * *", ["01:45+11", "03:45+10"]),
        ("Australia/Lord_Howe", date(2026, 4, 5), "*/30 1 * * *", ["01:00+11", "01:30+11", "01:30+10"]),
        ("America/Santiago", date(2026, 9, 6), "0 0 * * *", ["01:00-03"]),
        ("America/Santiago", date(2026, 9, 6), "30 0,1 * * *", ["01:00-03", "01:30-03"]),
        ("America/Santiago", date(2026, 4, 4), "30 23 * * *", ["23:30-03"]),
        ("America/Santiago", date(2026, 4, 4), "30 22-23 * * *", ["22:30-03", "23:30-03", "23:30-04"]),
        ("America/Santiago", date(2026, 4, 5), "0 0 * * *", ["00:00-04"]),
        ("Asia/Amman", date(2021, 3, 26), "0 0 * * *", ["01:00+03"]),
        ("Asia/Amman", date(2021, 10, 29), "30 0 * * *", ["00:30+03"]),
        ("Asia/Amman", date(2022, 10, 28), "30 0 * * *", ["00:30+03"]),
        ("Asia/Beirut", date(2026, 3, 29), "0 0 * * *", ["01:00+03"]),
        ("Pacific/Apia", date(2011, 12, 31), "0 9 * * *", ["00:00+14", "09:00+14"]),
        ("Pacific/Apia", date(2011, 12, 31), "0 9,18 30 12 *", ["00:00+14"]),
        ("Pacific/Apia", date(2011, 12, 31), "0 0 * * *", ["00:00+14"]),
        ("Africa/Monrovia", date(1972, 1, 7), "30 0 * * *", ["00:44+00"]),
    ],
)  # fmt: skip
def test_other_zones_change_by_half_hours_at_midnight_or_by_a_whole_day(
    zone: str, day: date, expression: str, expected: list[str]
) -> None:
    assert runs_on(Cron(expression), zone, day) == expected


def test_a_gap_that_ends_between_minutes_is_left_at_its_very_end() -> None:
    gap_end = parse_instant("1972-01-07T00:44:30+00:00")
    assert next_after(Cron("30 0 * * *"), 0, "Africa/Monrovia", gap_end - 1) == gap_end


def test_a_missed_run_after_a_gap_is_the_last_one_until_the_next() -> None:
    gap_end = parse_instant("2026-03-08T03:00:00-04:00")
    assert missed(Cron("30 2 * * *"), 0, NEW_YORK, gap_end - DAY // 2, gap_end + DAY // 2) == Missed(1, gap_end)


def test_a_run_in_the_second_pass_leads_on_to_later_ones() -> None:
    second = from_datetime(datetime.fromisoformat("2026-11-01T01:10:00-05:00"))
    assert iso(next_after(Cron("30 1 * * *"), 0, NEW_YORK, second) or 0, NEW_YORK) == "2026-11-02T01:30:00-05:00"
    assert iso(next_after(Cron("*/30 * * * *"), 0, NEW_YORK, second) or 0, NEW_YORK) == "2026-11-01T01:30:00-05:00"


def test_first_run_in_the_second_pass_does_not_count_for_a_fixed_time() -> None:
    second = parse_instant("2026-11-01T01:30:00-05:00")
    assert iso(next_after(Cron("30 1 * * *"), second, NEW_YORK, 0) or 0, NEW_YORK) == "2026-11-02T01:30:00-05:00"


def test_first_run_itself_counts_if_the_recurrence_names_it() -> None:
    first_run = parse_instant("2026-08-18T06:00:00-04:00")
    assert next_after(Cron("0 6 * * *"), first_run, NEW_YORK, 0) == first_run
    assert next_after(parse_at("6am", "daily"), first_run, NEW_YORK, first_run - 1) == first_run
    assert next_after(Every(4, "hours"), first_run, NEW_YORK, 0) == first_run
    assert next_after(Cron("0 7 * * *"), first_run, NEW_YORK, 0) == parse_instant("2026-08-18T07:00:00-04:00")


def shown(recurrence: Recurrence, after: str, count: int, zone: str = NEW_YORK, first_run: int = 0) -> list[str]:
    upcoming = preview(recurrence, first_run, zone, parse_instant(after), count)
    return [f"{iso(one.at, zone)[5:16].replace('T', ' ')} {one.note}".strip() for one in upcoming]


def test_the_preview_says_which_time_does_not_exist() -> None:
    assert shown(Cron("30 2 * * *"), "2026-03-07T00:00:00-05:00", 3) == [
        "03-07 02:30",
        "03-08 03:00 clock goes forward: 2:30 AM does not exist",
        "03-09 02:30",
    ]
    assert shown(Cron("*/15 2 * * *"), "2026-03-08T00:00:00-05:00", 1) == [
        "03-08 03:00 clock goes forward: 2:00 AM to 2:45 AM do not exist"
    ]
    assert shown(Cron("0 9 * * *"), "2011-12-29T00:00:00Z", 3, "Pacific/Apia") == [
        "12-29 09:00",
        "12-31 00:00 clock goes forward: Dec 30 does not exist",
        "12-31 09:00",
    ]


def test_the_preview_tells_the_first_from_the_second() -> None:
    assert shown(Cron("*/30 1 * * *"), "2026-11-01T00:00:00-04:00", 5) == [
        "11-01 01:00 first 1:00 AM",
        "11-01 01:30 first 1:30 AM",
        "11-01 01:00 second 1:00 AM",
        "11-01 01:30 second 1:30 AM",
        "11-02 01:00",
    ]


def test_the_preview_marks_the_first_run_after_a_change() -> None:
    first_run = parse_instant("2026-10-31T18:00:00-04:00")
    assert shown(Every(4, "hours"), "2026-10-31T17:00:00-04:00", 4, first_run=first_run) == [
        "10-31 18:00",
        "10-31 22:00",
        "11-01 01:00 second 1:00 AM",
        "11-01 05:00",
    ]
    assert shown(Every(1, "days"), "2026-03-07T12:00:00-05:00", 2, first_run=first_run - 365 * DAY) == [
        "03-07 17:00",
        "03-08 18:00 clock went forward since the run before",
    ]
    assert shown(parse_at("6 PM", "daily"), "2026-11-01T12:00:00-05:00", 2) == [
        "11-01 18:00 clock went back since the run before",
        "11-02 18:00",
    ]


def test_the_preview_has_nothing_to_compare_the_very_first_run_with() -> None:
    first_run = parse_instant("2026-11-01T18:00:00-05:00")
    assert shown(Every(1, "days"), "2026-10-01T00:00:00Z", 1, first_run=first_run) == ["11-01 18:00"]
