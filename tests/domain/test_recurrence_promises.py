"""Every recurrence against a minute-by-minute look at the wall clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gradesync_tui.domain.clock import MINUTE
from gradesync_tui.domain.recurrence import (
    AtTimes,
    Cron,
    Every,
    Missed,
    Recurrence,
    RecurrenceError,
    missed,
    next_after,
    occurrences,
    preview,
)
from tests.domain.cron_texts import expressions
from tests.domain.oracle import Rule, TimesRule, microseconds, readings, walk


def examples(number: int) -> settings:
    """So many examples, however long the first look at a zone's minutes takes."""
    return settings(
        max_examples=number,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


CHANGES = [
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),  # half an hour forward
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour back
    ("America/Santiago", date(2026, 9, 6)),  # midnight does not exist
    ("America/Santiago", date(2026, 4, 5)),  # the hour before midnight comes twice
    ("Asia/Amman", date(2021, 3, 26)),
    ("Asia/Amman", date(2021, 10, 29)),
    ("Asia/Amman", date(2022, 10, 28)),  # the change was called off
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Asia/Beirut", date(2026, 10, 25)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 30)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
    ("Pacific/Apia", date(2011, 12, 30)),  # a whole day does not exist
    ("Pacific/Apia", date(2012, 4, 1)),
    ("Pacific/Kwajalein", date(1993, 8, 21)),
    ("Pacific/Chatham", date(2026, 9, 27)),  # at 2:45
    ("Europe/Dublin", date(2026, 10, 25)),  # winter is the exception there
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("Antarctica/Troll", date(2026, 3, 29)),  # two hours
    ("Antarctica/Troll", date(2026, 10, 25)),
    ("Asia/Pyongyang", date(2015, 8, 14)),  # changed rules, by half an hour
    ("Asia/Pyongyang", date(2018, 5, 4)),
    ("America/Caracas", date(2016, 5, 1)),
    ("Europe/Istanbul", date(2016, 9, 7)),
    ("America/Noronha", date(2000, 10, 8)),  # forward, and back a week later
    ("Asia/Kolkata", date(2026, 3, 8)),
    ("UTC", date(2026, 3, 8)),
]

changes = st.sampled_from(CHANGES)


@st.composite
def some_day_anywhere(draw: st.DrawFn) -> tuple[str, date]:
    zone = draw(st.sampled_from(sorted(available_timezones() - {"localtime"})))
    return zone, draw(st.dates(date(1973, 1, 5), date(2060, 12, 27)))


@st.composite
def at_times(draw: st.DrawFn) -> tuple[AtTimes, TimesRule]:
    times = draw(st.sets(st.tuples(st.integers(0, 23), st.integers(0, 59)), min_size=1, max_size=6))
    days = draw(st.sets(st.integers(0, 6), min_size=1))
    given_times = tuple(f"{hour:02}:{minute:02}" for hour, minute in times)
    return AtTimes(given_times, tuple(days)), TimesRule(frozenset(times), frozenset(day + 1 for day in days))


def cron_of(text: str) -> Cron:
    """The recurrence, if the expression ever matches."""
    recurrence = Cron(text)
    try:
        next_after(recurrence, 0, "UTC", 0)
    except RecurrenceError as error:
        assert "never runs" in str(error), error
        assume(False)
    return recurrence


def check(recurrence: Recurrence, rule: Rule | TimesRule, zone: str, around: date, first: float, start: float) -> None:
    """All promises at once, in the days around a date; `first` and `start` are where in them First Run and now lie."""
    minutes = readings(zone, around)
    begin, end = minutes[0].at, minutes[-1].at
    # Not on whole minutes: First Run and the clock may stand anywhere.
    first_run = begin - 1 + round((end - begin) * max(first, 0))
    after = begin - 1 + round((end - begin) * start)
    expected = [at for at in walk(minutes, rule, first_run) if at > after]

    assert list(occurrences(recurrence, first_run, zone, after, end)) == expected
    assert missed(recurrence, first_run, zone, after + 1, end) == Missed(
        len(expected), expected[-1] if expected else None
    )
    following = next_after(recurrence, first_run, zone, after)
    assert following == expected[0] if expected else (following is None or following > end)
    for earlier, later in pairwise(expected):
        assert next_after(recurrence, first_run, zone, (earlier + later) // 2) == later
        assert next_after(recurrence, first_run, zone, later - 1) == later


fractions = st.floats(-1, 0.9)
starts = st.floats(0, 0.9)


@examples(500)
@given(expressions(), changes, fractions, starts)
def test_cron_runs_when_the_wall_clock_says_so_around_its_changes(
    expression: tuple[str, Rule], change: tuple[str, date], first: float, start: float
) -> None:
    text, rule = expression
    check(cron_of(text), rule, *change, first, start)


@examples(60)
@given(expressions(), some_day_anywhere(), fractions, starts)
def test_cron_runs_when_the_wall_clock_says_so_anywhere(
    expression: tuple[str, Rule], place: tuple[str, date], first: float, start: float
) -> None:
    text, rule = expression
    check(cron_of(text), rule, *place, first, start)


@examples(300)
@given(at_times(), changes, fractions, starts)
def test_times_of_day_run_when_the_wall_clock_says_so_around_its_changes(
    recurrence: tuple[AtTimes, TimesRule], change: tuple[str, date], first: float, start: float
) -> None:
    check(*recurrence, *change, first, start)


@examples(30)
@given(at_times(), some_day_anywhere(), fractions, starts)
def test_times_of_day_run_when_the_wall_clock_says_so_anywhere(
    recurrence: tuple[AtTimes, TimesRule], place: tuple[str, date], first: float, start: float
) -> None:
    check(*recurrence, *place, first, start)


@examples(200)
@given(
    st.integers(1, 5000),
    st.sampled_from(["minutes", "hours", "days"]),
    changes,
    fractions,
    starts,
    st.integers(0, 10**6),
)
def test_an_interval_counts_elapsed_time_whatever_the_clock_shows(
    n: int, unit: str, change: tuple[str, date], first: float, start: float, odd: int
) -> None:
    every = Every(n, unit)  # type: ignore[arg-type]
    zone, around = change
    minutes = readings(zone, around)
    begin, end = minutes[0].at, minutes[-1].at
    first_run, after = begin + round((end - begin) * first) + odd, begin + round((end - begin) * start)
    step = timedelta(**{unit: n}) // timedelta(microseconds=1)
    expected, at = [], first_run
    while at <= end:
        if at > after:
            expected.append(at)
        at += step
    assert list(occurrences(every, first_run, zone, after, end)) == expected
    assert missed(every, first_run, zone, after + 1, end) == Missed(len(expected), expected[-1] if expected else None)
    assert next_after(every, first_run, zone, after) == (expected[0] if expected else at)


@examples(150)
@given(expressions(), st.dates(date(1971, 1, 1), date(2090, 12, 31)))
def test_a_day_far_ahead_is_found_as_by_leafing_through_the_calendar(expression: tuple[str, Rule], today: date) -> None:
    text, rule = expression
    recurrence = cron_of(text)
    limit = today + timedelta(days=3 * 366)
    found = []
    at: int | None = microseconds(datetime(today.year, today.month, today.day, tzinfo=UTC)) - 1
    while len(found) < 5:
        at = next_after(recurrence, 0, "UTC", at)
        if at is None:
            break
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).date()
        if day > limit:
            break
        found.append(day)
        # On to the next day.
        at = (at // (1440 * MINUTE) + 1) * 1440 * MINUTE - 1
    calendar = (today + timedelta(days=number) for number in range((limit - today).days + 1))
    expected = list(islice(filter(rule.day_counts, calendar), 5))
    assert found == expected


@examples(100)
@given(expressions(), changes, fractions, starts)
def test_the_preview_shows_the_runs_that_come(
    expression: tuple[str, Rule], change: tuple[str, date], first: float, start: float
) -> None:
    recurrence = cron_of(expression[0])
    zone, around = change
    minutes = readings(zone, around)
    after = minutes[0].at + round((minutes[-1].at - minutes[0].at) * start)
    shown = preview(recurrence, 0, zone, after, 5)
    assert [one.at for one in shown] == list(islice(occurrences(recurrence, 0, zone, after, 2**62), 5))
    assert all(earlier.at < later.at for earlier, later in pairwise(shown))


@pytest.mark.parametrize("expression", ["* * * * *", "*/7 1-20 * * mon#2", "0 2 * * *"])
@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe", "Pacific/Apia"])
def test_a_year_of_missed_runs_is_counted_exactly(expression: str, zone: str) -> None:
    since = microseconds(datetime(2011, 2, 3, 4, 5, 6, 7, tzinfo=UTC))
    until = microseconds(datetime(2012, 2, 3, 4, 5, 6, 7, tzinfo=UTC))
    each = list(occurrences(Cron(expression), 0, zone, since - 1, until))
    assert missed(Cron(expression), 0, zone, since, until) == Missed(len(each), each[-1])


def test_the_oracle_itself_sees_what_zoneinfo_shows() -> None:
    minutes = readings("America/New_York", date(2026, 11, 1))
    assert sum(reading.again for reading in minutes) == 60
    assert sum(len(reading.skipped) for reading in readings("Pacific/Apia", date(2011, 12, 30))) == 1440
    tz = ZoneInfo("America/New_York")
    assert all(
        datetime.fromtimestamp(reading.at // 10**6, tz).strftime("%H%M") == reading.wall.strftime("%H%M")
        for reading in minutes
    )
