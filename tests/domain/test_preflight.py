"""What the SIS would refuse is found before it is sent, each with its own cause."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gradesync_tui.domain.causes import catalogue, explain
from gradesync_tui.domain.clock import DAY, Instant, parse_instant
from gradesync_tui.domain.grades import GradingPeriod
from gradesync_tui.domain.preflight import (
    LineItemDraft,
    ScoreDraft,
    check_line_item,
    check_score,
    numeric,
    repeated_titles,
    sent_comment,
    sent_title,
)
from gradesync_tui.domain.profiles import CommentRules, PointsRules, Profile, ScoreRules, load_profile

PROGRESSBOOK = load_profile("progressbook")
PLAIN = load_profile("plain")
DUE = parse_instant("2026-11-20T12:00:00Z")
Q2 = GradingPeriod(sourced_id="q2", title="Q2", start=date(2026, 11, 1), end=date(2027, 1, 20))
Q1 = GradingPeriod(sourced_id="q1", title="Q1", start=date(2026, 9, 1), end=date(2026, 10, 31))


def item_causes(profile: Profile = PROGRESSBOOK, periods: list[GradingPeriod] | None = None, **draft: Any) -> list[str]:
    options = {name: draft.pop(name) for name in ("zone", "closed", "repeated") if name in draft}
    made = LineItemDraft(**{"title": "Essay", "due_date": DUE, "points": 10.0, **draft})
    found = check_line_item(made, profile, [Q2] if periods is None else periods, **options)
    assert all(one.cause in catalogue() for one in found)
    return [one.cause for one in found]


def score_causes(profile: Profile = PROGRESSBOOK, **draft: Any) -> list[str]:
    found = check_score(ScoreDraft(**{"score": 8.0, "points": 10.0, "student_id": "s1", **draft}), profile)
    assert all(one.cause in catalogue() for one in found)
    return [one.cause for one in found]


def test_what_is_in_order_goes() -> None:
    assert item_causes() == []
    assert score_causes() == []


@pytest.mark.parametrize(
    ("draft", "cause"),
    [
        ({"title": "x" * 51}, "title_too_long"),
        ({"title": ""}, "title_empty"),
        ({"title": " \t\n "}, "title_empty"),
        ({"title": "\x00\x1b\u202e"}, "title_empty"),
        ({"due_date": None}, "due_date_missing"),
        ({"due_date": DUE + 400 * DAY}, "due_date_outside_period"),
        ({"due_date": 10**19}, "due_date_outside_period"),
        ({"due_date": -(10**19)}, "due_date_outside_period"),
        ({"due_date": parse_instant("0001-01-01T00:00:00Z")}, "due_date_outside_period"),
        ({"due_date": parse_instant("9999-12-31T23:59:59Z")}, "due_date_outside_period"),
        ({"due_dates_differ": True}, "due_dates_differ"),
        ({"only_some_pupils": True}, "assigned_to_individuals"),
        ({"points": 0.0}, "points_invalid"),
        ({"points": None}, "points_invalid"),
        ({"points": -1.0}, "points_invalid"),
        ({"points": float("nan")}, "points_invalid"),
        ({"points": float("inf")}, "points_invalid"),
        ({"points": 1e308}, "points_invalid"),
        ({"published": False}, "assignment_unpublished"),
        ({"course_published": False}, "course_unpublished"),
    ],
)
def test_an_assignment_that_cannot_go_says_why(draft: dict[str, Any], cause: str) -> None:
    assert item_causes(**draft) == [cause]


def test_several_reasons_are_all_named() -> None:
    assert item_causes(title="x" * 60, due_date=None, points=0.0) == [
        "title_too_long",
        "due_date_missing",
        "points_invalid",
    ]


def test_titles_are_measured_as_they_are_sent() -> None:
    decomposed = "e\u0301" * 50
    assert len(decomposed) == 100
    assert sent_title(decomposed) == "\u00e9" * 50
    assert item_causes(title=decomposed) == []
    assert item_causes(title="   " + "x" * 50 + "\n\n") == []
    assert item_causes(title="😀" * 50) == []
    assert item_causes(title="😀" * 51) == ["title_too_long"]
    assert item_causes(PLAIN, title="x" * 10_000) == ["title_too_long"]


def test_the_due_date_counts_in_the_districts_zone_and_both_days_of_a_period_count() -> None:
    late_evening = parse_instant("2027-01-21T03:00:00Z")
    assert item_causes(due_date=late_evening, zone="America/New_York") == []
    assert item_causes(due_date=late_evening, zone="UTC") == ["due_date_outside_period"]
    assert item_causes(due_date=parse_instant("2026-11-01T12:00:00Z")) == []


def test_a_closed_period_is_not_the_same_as_none() -> None:
    in_q1 = parse_instant("2026-09-20T12:00:00Z")
    assert item_causes(due_date=in_q1, closed=[Q1]) == ["period_closed"]
    assert item_causes(due_date=in_q1) == ["due_date_outside_period"]
    assert item_causes(due_date=in_q1, periods=[]) == []
    found = check_line_item(LineItemDraft(title="Essay", due_date=in_q1, points=5.0), PROGRESSBOOK, [Q2])
    assert "Q2: 2026-11-01 to 2027-01-20" in explain(found[0].cause, found[0].details).what


def test_the_same_name_twice_blocks_both_where_the_sis_tells_by_name() -> None:
    drafts = [
        LineItemDraft(title=title, due_date=due, points=5.0)
        for title, due in (("Quiz", DUE), ("quiz ", DUE), ("Quiz", DUE + 3 * DAY), ("Essay", DUE))
    ]
    by_class = repeated_titles(drafts, PROGRESSBOOK)
    assert [bool(check_line_item(one, PROGRESSBOOK, repeated=by_class)) for one in drafts] == [True, True, True, False]
    dated = replace(PROGRESSBOOK, titles=replace(PROGRESSBOOK.titles, unique="class and due date"))
    by_date = repeated_titles(drafts, dated)
    assert [bool(check_line_item(one, dated, repeated=by_date)) for one in drafts] == [True, True, False, False]
    assert repeated_titles(drafts, PLAIN) == set()


def test_points_may_have_to_be_whole() -> None:
    whole = replace(PROGRESSBOOK, points=PointsRules(whole_numbers=True))
    assert item_causes(whole, points=7.5) == ["points_not_whole"]
    assert item_causes(whole, points=7.0) == []


@pytest.mark.parametrize(
    ("draft", "cause"),
    [
        ({"score": None}, "no_score"),
        ({"score": "A-"}, "score_not_numeric"),
        ({"score": float("nan")}, "score_not_numeric"),
        ({"score": float("inf")}, "score_not_numeric"),
        ({"score": float("-inf")}, "score_not_numeric"),
        ({"score": "NaN"}, "score_not_numeric"),
        ({"score": "1_000"}, "score_not_numeric"),
        ({"score": "٣"}, "score_not_numeric"),
        ({"score": -1.0}, "score_below_minimum"),
        ({"score": 1e308}, "score_too_large"),
        ({"student_id": None}, "student_without_sis_id"),
        ({"student_id": ""}, "student_without_sis_id"),
        ({"test_student": True, "student_id": None}, "test_student"),
        ({"enrolled": False}, "student_left"),
        ({"posted": False}, "hidden_grade"),
    ],
)
def test_a_score_that_cannot_go_says_why(draft: dict[str, Any], cause: str) -> None:
    assert score_causes(**draft) == [cause]


def test_extra_credit_stays_where_it_is_allowed() -> None:
    assert score_causes(score=12.0) == []
    without = replace(PROGRESSBOOK, scores=ScoreRules(extra_credit=False))
    assert score_causes(without, score=12.0) == ["score_above_maximum"]
    assert score_causes(without, score=12.0, points=None) == []


def test_an_excused_pupil_goes_without_a_score_unless_the_sis_takes_none() -> None:
    assert score_causes(score=None, status="exempt") == []
    assert score_causes(load_profile("blackbaud"), score=None, status="exempt") == ["excused_not_sent"]
    assert score_causes(load_profile("blackbaud"), status="submitted") == ["status_not_allowed"]


def test_whole_numbers_negatives_and_comments_follow_the_profile() -> None:
    assert score_causes(replace(PROGRESSBOOK, scores=ScoreRules(whole_numbers=True)), score=7.5) == ["score_not_whole"]
    assert score_causes(PLAIN, score=-2.0) == []
    short = replace(PROGRESSBOOK, comments=CommentRules(send=True, max_length=5))
    assert score_causes(short, comment="Well done") == ["comment_too_long"]
    assert score_causes(short, comment="  Well  ") == []
    assert score_causes(comment="Well done" * 1000) == []


def test_numbers_that_canvas_gives_as_text_are_numbers() -> None:
    assert (numeric("8.50"), numeric(" 7 "), numeric(0), numeric(True), numeric("1e400")) == (8.5, 7.0, 0.0, None, None)


@given(st.text(max_size=300))
def test_what_is_sent_is_always_one_safe_line(text: str) -> None:
    sent = sent_title(text)
    assert sent == sent_title(sent)
    assert not any(ord(letter) < 32 or 0xD800 <= ord(letter) <= 0xDFFF for letter in sent)
    assert not any(ord(letter) < 32 and letter != "\n" for letter in sent_comment(text))


@given(
    st.one_of(st.floats(), st.text(max_size=20), st.none()),
    st.one_of(st.floats(), st.none()),
    st.integers(-(2**70), 2**70),
)
def test_no_value_of_canvas_makes_it_fail(score: Any, points: float | None, due: Instant) -> None:
    check_line_item(LineItemDraft(title="T", due_date=due, points=points), PROGRESSBOOK, [Q2], zone="America/New_York")
    check_score(ScoreDraft(score=score, points=points, student_id="s"), PROGRESSBOOK)
