"""What people may write for a recurrence, how it is described, and what they are told when it cannot be."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from gradesync_tui.domain.clock import parse_instant
from gradesync_tui.domain.recurrence import (
    AtTimes,
    Cron,
    Every,
    Recurrence,
    RecurrenceError,
    describe,
    missed,
    next_after,
    parse_at,
    parse_cron,
    parse_every,
    validate,
)
from gradesync_tui.domain.zones import UnknownZoneError

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4h", Every(4, "hours")),
        ("30m", Every(30, "minutes")),
        ("1d", Every(1, "days")),
        ("90 minutes", Every(90, "minutes")),
        ("every 4 hours", Every(4, "hours")),
        ("Every hour", Every(1, "hours")),
        ("1 day", Every(1, "days")),
        ("1h 30m", Every(90, "minutes")),
        ("1 hour and 30 min", Every(90, "minutes")),
        ("1d 12h", Every(36, "hours")),
        ("2 weeks", Every(14, "days")),
    ],
)
def test_an_interval_is_read_as_people_write_it(text: str, expected: Every) -> None:
    assert parse_every(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0m", "Use 1 minute or more"),
        ("30s", "whole minutes"),
        ("30 seconds", "whole minutes"),
        ("-4h", "Write it like 30m"),
        ("1.5h", "Write it like 30m"),
        ("4", "Write it like 30m"),
        ("", "Write it like 30m"),
        ("five parsecs", "Write it like 30m"),
        ("500d", "366 days at most"),
        ("9" * 5000 + "d", "Write it like 30m"),
        ("a " * 5000, "Write it like 30m"),
    ],
)
def test_an_interval_that_cannot_be_is_refused_with_what_to_write(text: str, says: str) -> None:
    with pytest.raises(RecurrenceError, match=says) as refusal:
        parse_every(text)
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("times", "days", "expected"),
    [
        ("18:00,6:30 PM", "weekdays", AtTimes(("18:00", "18:30"), (0, 1, 2, 3, 4))),
        ("6am", "daily", AtTimes(("06:00",), (0, 1, 2, 3, 4, 5, 6))),
        ("12am, 12 p.m.", "mon,wed", AtTimes(("00:00", "12:00"), (0, 2))),
        ("noon and midnight", "mon-fri", AtTimes(("00:00", "12:00"), (0, 1, 2, 3, 4))),
        ("6:00", "fri-mon", AtTimes(("06:00",), (0, 4, 5, 6))),
        ("6:00", "Saturday to Sunday", AtTimes(("06:00",), (5, 6))),
        ("6:00", "weekdays, sat", AtTimes(("06:00",), (0, 1, 2, 3, 4, 5))),
        ("6:00", "Tuesdays and Thurs", AtTimes(("06:00",), (1, 3))),
        ("6:00, 06:00", "weekends", AtTimes(("06:00",), (5, 6))),
    ],
)
def test_times_and_days_are_read_as_people_write_them(times: str, days: str, expected: AtTimes) -> None:
    assert parse_at(times, days) == expected


@pytest.mark.parametrize(
    ("times", "days", "says"),
    [
        ("", "daily", "time of day is missing"),
        ("6:00,", "daily", "time of day is missing"),
        ("25:00", "daily", "18:00, 6:30 PM or 6am"),
        ("13pm", "daily", "18:00, 6:30 PM or 6am"),
        ("6:5", "daily", "18:00, 6:30 PM or 6am"),
        ("6", "daily", "morning or evening"),
        ("6:00", "", "mon-fri"),
        ("6:00", "someday", "mon-fri"),
        ("6:00", "t", "mon-fri"),
    ],
)
def test_times_and_days_that_cannot_be_are_refused_with_what_to_write(times: str, days: str, says: str) -> None:
    with pytest.raises(RecurrenceError, match=says):
        parse_at(times, days)


@pytest.mark.parametrize(
    "expression",
    [
        "0 6 * * 1-5",
        "*/15 * * * *",
        "5/15 * * * *",
        "0 6,18 * jan,feb MON-fri",
        "0 0 L * *",
        "0 0 15,L * *",
        "0 0 * * fri#2",
        "0 0 * * 5#1,5#3",
        "0 0 * * L5",
        "0 0 * * 7",
        "0 0 * * fri-sun",
        "0 0 * * 0-7",
        "0 0 ? * mon",
        "0 0 29 2 *",
        "0 22-2 * * *",
        "0 7-0 * * *",
    ],
)
def test_a_cron_expression_is_taken(expression: str) -> None:
    cron = parse_cron(f"  {expression.replace(' ', '   ')}\t")
    assert cron == Cron(expression)
    validate(cron, NEW_YORK)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("59/15 * * * *", r"Write 59 for that value alone, or \*/15"),
        ("0 23/2 * * *", "Write 23 for that value alone"),
        ("0 0 31/2 * *", "Write 31 for that value alone"),
        ("0 0 * 12/3 *", "Write 12 for that value alone"),
        ("0 0 * dec/3 *", "Write dec for that value alone"),
        ("0 0 * * 6/1", "Write 6 for that value alone"),
        ("0 0 * * 7/1", "Write 7 for that value alone"),
        ("0 0 * * sat/2", "Write sat for that value alone"),
        ("5-5 * * * *", r"range of one value.*Write 5, or \* for all"),
        ("0 0 * * 7-0", "range of one value"),
        ("50-10/7 * * * *", "Write two ranges"),
        ("*/90 * * * *", "step of 90; use 1 to 60"),
        ("1-5/0 * * * *", "step of 0; use 1 to 60"),
        ("0 0 30 2 *", "never runs"),
        ("0 0 31 4,6,9,11 *", "never runs"),
        ("0 0 */30 * mon#3", "never runs"),
        ("0 0 * * 1 2026", "6 fields; write five.*Seconds and years cannot be given"),
        ("0 0 0 * * 1 2026", "7 fields; write five"),
        ("0 6 *", "3 fields; write five"),
        ("6", "1 field; write five"),
        ("", "empty"),
        ("@daily", r"Write its five fields: 0 0 \* \* \*"),
        ("@reboot", "write five"),
        ("H * * * *", "random or hashed"),
        ("H(0-29) * * * *", "random or hashed"),
        ("R * * * *", "random or hashed"),
        ("0 0 15W * *", "nearest weekday"),
        ("0 0 * * 5L", "write L5"),
        ("0 0 L-3 * *", "not understood"),
        ("0 0 * * mon#1,wed", "Write all of them alike"),
        ("0 0 * * fri#6", "1 to 5"),
        ("60 * * * *", "minute.*use 0 to 59"),
        ("0 24 * * *", "hour.*use 0 to 23"),
        ("0 0 0 * *", "day of month.*use 1 to 31"),
        ("0 0 * 13 *", "month.*use 1 to 12, or jan to dec"),
        ("0 0 * * 8", "day of week.*use 0 to 7, or sun to sat"),
        ("0 0 * foo *", "month.*jan to dec"),
        ("0,,5 * * * *", "remove the comma"),
        ("*-5 * * * *", "mixes"),
        ("? * * * *", r"A \? stands alone"),
        ("٣ * * * *", "not understood"),
        ("0 0 * * 1\x1b[31m", "not understood"),
    ],
)
def test_a_cron_expression_that_means_nothing_or_many_things_is_refused_with_what_to_write(
    expression: str, says: str
) -> None:
    with pytest.raises(RecurrenceError, match=says) as refusal:
        parse_cron(expression)
    message = str(refusal.value)
    assert message.isprintable() and len(message) < 300
    with pytest.raises(RecurrenceError):
        validate(Cron(expression), NEW_YORK)


@pytest.mark.parametrize(
    ("recurrence", "says"),
    [
        (Every(0, "hours"), "1 minute or more"),
        (Every(-3, "days"), "1 minute or more"),
        (Every(10**9, "minutes"), "366 days at most"),
        (Every(30, "seconds"), "Use minutes, hours or days"),  # type: ignore[arg-type]
        (AtTimes((), (0,)), "Add at least one"),
        (AtTimes(("18:00",), ()), "Choose at least one day"),
        (AtTimes(("6:00 PM",), (0,)), "Write hours and minutes as 06:00"),
        (AtTimes(("24:00",), (0,)), "Write hours and minutes as 06:00"),
        (AtTimes(("18:00",), (7,)), "Use 0 for Monday to 6 for Sunday"),
    ],
)
def test_a_recurrence_that_cannot_be_saved_says_why(recurrence: Recurrence, says: str) -> None:
    with pytest.raises(RecurrenceError, match=says):
        validate(recurrence, NEW_YORK)


@pytest.mark.parametrize(
    ("zone", "says"),
    [
        ("New York", "did you mean America/New_York"),
        ("Mars/Base", "IANA name"),
        ("", "IANA name"),
        ("../../etc/passwd", "No time zone"),
        ("/etc/localtime", "No time zone"),
        ("localtime", "No time zone"),
        ("America", "No time zone"),
        ("UTC\x1b[2J", "No time zone"),
    ],
)
def test_an_unknown_zone_is_refused_with_a_known_one(zone: str, says: str) -> None:
    with pytest.raises(RecurrenceError, match=says) as refusal:
        validate(Every(1, "hours"), zone)
    assert str(refusal.value).isprintable()
    if zone != "localtime":
        with pytest.raises(UnknownZoneError):
            next_after(Cron("0 6 * * *"), 0, zone, 0)


@pytest.mark.parametrize(
    ("recurrence", "words"),
    [
        (Every(4, "hours"), "Every 4 hours"),
        (Every(30, "minutes"), "Every 30 minutes"),
        (Every(1, "hours"), "Every hour"),
        (Every(1, "days"), "Every day"),
        (parse_at("18:00", "weekdays"), "Weekdays at 6:00 PM"),
        (parse_at("3:00", "daily"), "Daily at 3:00 AM"),
        (parse_at("0:00,12:00,18:30", "daily"), "Daily at 12:00 AM, 12:00 PM and 6:30 PM"),
        (parse_at("6am", "weekends"), "Weekends at 6:00 AM"),
        (parse_at("6am", "mon"), "Mondays at 6:00 AM"),
        (parse_at("6am", "mon,wed,fri"), "Mon, Wed and Fri at 6:00 AM"),
        (parse_at("6am", "mon-thu"), "Mon to Thu at 6:00 AM"),
        (Cron("0 6 * * 1-5"), "Cron 0 6 * * 1-5"),
    ],
)
def test_a_recurrence_is_described_in_words(recurrence: Recurrence, words: str) -> None:
    assert describe(recurrence) == words


def test_day_of_month_and_weekday_match_either_way_only_when_both_are_restricted() -> None:
    def days(expression: str) -> list[int]:
        found, at = [], 0
        for _ in range(6):
            at = next_after(Cron(expression), 0, "UTC", at) or 0
            found.append(at // 86_400_000_000 + 1)
        return found

    # January 1970: the 1st is a Thursday, the Mondays are 5, 12, 19 and 26.
    assert days("1 0 13 * mon") == [5, 12, 13, 19, 26, 33]
    assert days("1 0 * * mon") == [5, 12, 19, 26, 33, 40]
    assert days("1 0 13 * *") == [13, 44, 72, 103, 133, 164]
    assert days("1 0 */2 * mon")[:3] == [5, 19, 40]
    assert days("1 0 L * mon#2")[:3] == [12, 31, 40]


def test_a_day_that_comes_once_in_forty_years_is_found() -> None:
    leap_sunday = Cron("0 0 29 2 */7")
    validate(leap_sunday, NEW_YORK)
    after, expected = parse_instant("2088-03-01T00:00:00Z"), parse_instant("2128-02-29T00:00:00Z")
    assert next_after(leap_sunday, 0, "UTC", after) == expected


def test_nothing_is_scheduled_beyond_the_years_that_are_known() -> None:
    assert next_after(Cron("0 0 * * *"), 0, NEW_YORK, 2**62) is None
    assert missed(Cron("0 0 * * *"), 2**62, NEW_YORK, 0, 2**62).count == 0


def test_a_recurrence_survives_being_stored() -> None:
    for recurrence in (Every(4, "hours"), parse_at("18:00", "daily"), Cron("0 6 * * 1-5")):
        stored = msgspec.json.encode(recurrence)
        restored: Recurrence = msgspec.json.decode(stored, type=Recurrence)  # type: ignore[arg-type]
        assert restored == recurrence
        assert next_after(restored, 0, NEW_YORK, 0) == next_after(recurrence, 0, NEW_YORK, 0)


def test_the_slow_libraries_are_imported_only_when_needed() -> None:
    script = (
        "import sys, gradesync_tui.domain.recurrence, gradesync_tui.domain.when;"
        "print(sorted({'croniter', 'pendulum', 'difflib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
