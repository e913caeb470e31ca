"""Every failure that a SIS is known to answer with is recognised, and every cause says what to do."""

from __future__ import annotations

import json
import string

import pytest

from gradesync_tui.domain.causes import catalogue, cause, explain, recognise, recognised, said

# Status and words as the vendors' documentation and districts' help pages quote them; None: any status.
ANSWERS: list[tuple[int, str, str]] = [
    # Aeries
    (
        400,
        "Grading category [Quizzes] not found in OneRoster for [Algebra 1]. Please ensure that your assignment "
        "categories match between OneRoster and Canvas. Available grading categories are: [Homework, Tests]",
        "category_unknown",
    ),
    (400, "Gradebook number does not match.", "gradebook_unlinked"),
    (400, "Invalid assignment ID (lineItem sourcedId is invalid).", "gradebook_unlinked"),
    (400, 'Multiple matches found for "Essay" due on 11/20/2026 in OneRoster.', "ambiguous_match"),
    (400, "Student Does Not Belong", "student_not_in_class"),
    (400, "Unable to Add Assignment", "assignment_refused"),
    (404, "Gradebook Section Not Found", "class_unknown"),
    (500, "Internal Server Error", "sis_internal_error"),
    # PowerSchool
    (400, "Unable to Create Assignment", "assignment_refused"),
    (403, "403 Error: Forbidden Rate Limit", "sis_throttled"),
    (403, "User Does Not Teach Section", "teacher_not_of_class"),
    (404, '{"message":"Not Found"}', "record_missing"),
    (409, "Actual Score Grade Scale ID", "score_not_numeric"),
    (409, "Assignment is Locked", "assignment_locked"),
    (409, "Due Date Error", "due_date_outside_period"),
    (409, "Score Entry Point Required", "score_not_numeric"),
    (409, "409 Error: Student ID", "student_not_in_class"),
    (409, "Teacher Category ID", "category_unknown"),
    (412, "Assignment Update is Missing Record", "record_missing"),
    (409, "Assignment Already Exists", "title_not_unique"),
    (409, "Assignment Cannot Be Created", "assignment_refused"),
    # Infinite Campus
    (400, "Assignment Dates Error", "due_date_outside_period"),
    (500, "Assignment Scores Export Error", "sis_exchange_error"),
    (500, "Assignment Scores Export-PUT for OneRoster Error", "sis_exchange_error"),
    (400, "Cannot Export Canvas Submission in Section", "sis_exchange_error"),
    (400, "Could Not Determine Class or Grading Period", "due_date_outside_period"),
    (404, "Could Not Determine Class or Grading Period: class C-1 not found.", "class_unknown"),
    (500, "Exchange Error", "sis_exchange_error"),
    (504, "Data Sync Job Timed Out", "sis_timeout"),
    (400, "Unable to Process Score", "score_not_numeric"),
    (401, "", "sis_auth"),
    # Focus, Aspen, Pinnacle, Skyward, Blackbaud
    (404, "API Route Not Found", "sis_unsupported"),
    (422, "Invalid Due Date", "due_date_outside_period"),
    (404, "Assignment Not Found", "record_missing"),
    (422, "Cannot Find Due Date", "due_date_missing"),
    (422, "Grading Category Not Found", "category_unknown"),
    (400, "Given Gradebook Column Type", "sis_refused"),
    (404, "Could Not Find Resource", "record_missing"),
    (400, "Validation Exception", "sis_refused"),
    (400, "invalid assignment group", "category_unknown"),
    (422, "Only fully graded results are accepted", "status_not_allowed"),
    (422, 'Score status "exempt" is not allowed.', "status_not_allowed"),
    (403, "Line items cannot be deleted.", "delete_not_allowed"),
    (422, "cross-course gradebook linking", "gradebook_unlinked"),
    (422, "The course is in the wrong term", "wrong_term"),
    # Canvas's words, where an agent passes them on
    (400, "cannot be blank when Post to Sis is checked", "due_date_missing"),
    (400, '{"code":"unpublished_course"}', "course_unpublished"),
    (400, "Assignments without grades in Canvas cannot be generated", "no_score"),
    # Rules in other words
    (422, "Assignment name is longer than 50 characters.", "title_too_long"),
    (422, "Title is too long", "title_too_long"),
    (422, "Assignment name must not be empty.", "title_empty"),
    (422, "Points possible must be greater than zero.", "points_invalid"),
    (422, "Points must be a whole number", "points_not_whole"),
    (422, "The grading period is closed", "period_closed"),
    (422, "Comment is longer than 200 characters.", "comment_too_long"),
    (422, "Unable to Process Score: -1 is below the least possible 0.", "score_below_minimum"),
    (422, "Unable to Process Score: 12 is above the points possible 10.", "score_above_maximum"),
    (422, "Unable to Process Score: 7.5 is not a whole number.", "score_not_whole"),
    (422, "The student s-12 is not enrolled in class c-3", "student_not_in_class"),
    # The standard's own codes
    (404, "unknownobject", "record_missing"),
    (422, "invaliddata", "sis_refused"),
    (401, "unauthorisedrequest", "sis_auth"),
    (403, "unauthorisedrequest", "sis_forbidden"),
    (403, "forbidden", "sis_forbidden"),
    (429, "server_busy", "sis_throttled"),
    (422, "deletefailure", "delete_not_allowed"),
    (500, "internal_server_error", "sis_internal_error"),
    (400, "unsupportedoperation", "sis_unsupported"),
    (500, "linkfailure", "sis_exchange_error"),
    (500, "targetreadfailure", "sis_internal_error"),
    # Statuses alone
    (400, "", "sis_refused"),
    (403, "", "sis_forbidden"),
    (404, "<html>No such page</html>", "sis_unsupported"),
    (405, "", "sis_unsupported"),
    (408, "", "sis_timeout"),
    (410, "", "record_missing"),
    (429, "", "sis_throttled"),
    (502, "", "sis_unavailable"),
    (503, "", "sis_unavailable"),
    (503, "Internal Server Error", "sis_unavailable"),
    (504, "", "sis_timeout"),
    (599, "", "sis_internal_error"),
    (302, "", "unknown"),
    (418, "I am a teapot", "unknown"),
]

SHAPES = {
    "plain": lambda text: text,
    "error": lambda text: json.dumps({"error": text}),
    "bare": lambda text: json.dumps({"imsx_codeMajor": "failure", "imsx_severity": "error", "imsx_description": text}),
    "wrapped": lambda text: json.dumps({"imsx_StatusInfo": {"imsx_codeMajor": "failure", "imsx_description": text}}),
    "html": lambda text: "<html><body><h1>Error</h1><p>" + text.replace('"', "&quot;") + "</p></body></html>",
}


@pytest.mark.parametrize(("status", "words", "code"), ANSWERS)
def test_an_answer_shows_its_cause(status: int, words: str, code: str) -> None:
    assert recognise(status, words) == code


@pytest.mark.parametrize("shape", SHAPES)
def test_the_shape_of_an_answer_does_not_hide_its_words(shape: str) -> None:
    for status, words, code in ANSWERS:
        if words and words[0] not in "{<" and code not in ("unknown",):
            assert recognise(status, SHAPES[shape](words)) == code, words


def test_every_cause_that_an_answer_can_show_is_provoked_by_one() -> None:
    told = {code for code, entry in catalogue().items() if entry.when}
    assert told - {code for _, _, code in ANSWERS} == set()


def test_an_answer_names_what_is_there_and_what_is_missing() -> None:
    found = recognised(400, ANSWERS[0][1])
    assert found.details == {"category": "Quizzes", "available": "Homework, Tests"}
    assert "Homework, Tests" in explain(found.cause, found.details).what
    assert recognised(422, "Assignment name is longer than 50 characters.").details == {"limit": "50"}


@pytest.mark.parametrize("code", list(catalogue()))
def test_every_cause_says_what_happened_and_what_to_do(code: str) -> None:
    words = explain(code)
    assert words.title
    assert words.what.endswith(".")
    assert words.do.endswith(".")
    assert "{" not in words.what + words.do
    places = {name for _, name, _, _ in string.Formatter().parse(cause(code).what + cause(code).do) if name}
    filled = explain(code, dict.fromkeys(places, "S-P-O-T"))
    assert not places or "S-P-O-T" in filled.what + filled.do


def test_the_causes_that_a_run_itself_can_meet_are_all_there() -> None:
    needed = (
        "unknown internal interrupted no_change hidden_grade canvas_token_invalid canvas_token_expired "
        "canvas_permission canvas_unavailable canvas_throttled canvas_bad_answer "
        "sis_auth sis_forbidden sis_unavailable sis_timeout "
        "sis_throttled sis_bad_answer certificate secret_missing time_limit cancelled disk_full lease_lost"
    )
    assert set(needed.split()) - set(catalogue()) == set()


def test_details_are_data_and_never_looked_into() -> None:
    hostile = "{available} {0.__class__} {assignment!r} %s $x \x1b[31m\x00"
    words = explain("category_unknown", {"category": hostile})
    assert "{available} {0.__class__} {assignment!r} %s $x" in words.what
    assert "\x1b" not in words.what
    assert len(explain("category_unknown", {"category": "x" * 100_000}).what) < 1_000


def test_a_code_that_nobody_knows_is_unknown() -> None:
    assert cause("no_such_code").code == "unknown"
    assert explain("no_such_code", {}).title == "Unknown"


@pytest.mark.parametrize(
    "body",
    ["[" * 100_000, '{"a":' * 50_000, "<" * 100_000, "<script" * 10_000, "\ud800 no", "[[[", '{"error": 7}', "\x00"],
)
def test_hostile_answers_are_read_without_harm(body: str) -> None:
    assert recognise(422, body)
    assert isinstance(said(body), str)


def test_what_an_answer_says_is_its_description_and_no_code() -> None:
    body = json.dumps(
        {
            "imsx_codeMajor": "failure",
            "imsx_messageRefIdentifier": "00000000",
            "imsx_description": "The score\nis wrong",
        }
    )
    assert said(body) == "The score is wrong"
    assert said("<html><style>p{}</style><p>Sign &amp; in</p></html>") == "Sign & in"
