"""Canvas's JSON becomes records: ids always, odd values without harm to those beside them."""

from __future__ import annotations

import json

import msgspec
import pytest

from gradesync_tui.domain.clock import iso, parse_instant, to_datetime
from gradesync_tui.lms.errors import BadAnswer
from gradesync_tui.lms.records import Course, Override, PupilSubmissions, SisAssignment, Submission
from gradesync_tui.lms.wire import decode


def submission(**fields: object) -> Submission:
    return decode(json.dumps({"assignment_id": 1, **fields}).encode(), Submission, what="a test")


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        (7, "7"),
        ("7", "7"),
        (10**30, "1" + "0" * 30),
        ("10000000000~7", "10000000000~7"),
    ],
)
def test_ids_are_text_whatever_the_wire_has(wire: object, expected: str) -> None:
    record = submission(assignment_id=wire, user_id=wire)
    assert (record.assignment_id, record.user_id) == (expected, expected)
    assert type(record.assignment_id) is str


@pytest.mark.parametrize("wire", [None, "", {}, [], True, 1.5, "..", "1\n2", "\x1b[2J", "1" * 101])
def test_a_record_without_a_usable_id_is_refused(wire: object) -> None:
    with pytest.raises(BadAnswer, match="a test"):
        submission(assignment_id=wire)


@pytest.mark.parametrize(
    ("wire", "expected", "odd"),
    [
        ("8.5", 8.5, False),
        ("8", 8.0, False),
        ("null", None, False),
        ("-3", -3.0, False),
        ("1e308", 1e308, False),
        ('"8.5"', 8.5, False),
        ('""', None, False),
        ('"A-"', None, True),
        ('"NaN"', None, True),
        ('"1_000"', None, True),
        ('"\\u0661"', None, True),
        ("NaN", None, True),
        ("Infinity", None, True),
        ("-Infinity", None, True),
        ("1e999", None, True),
        ("1" * 400, None, True),
    ],
)
def test_a_score_is_a_number_or_none_with_the_reason(wire: str, expected: float | None, odd: bool) -> None:
    body = f'[{{"assignment_id": 1, "score": {wire}}}, {{"assignment_id": 2, "score": 4}}]'.encode()
    first, second = decode(body, list[Submission], what="a test")
    assert first.score == expected
    assert bool(first.oddities) is odd
    assert (second.score, second.oddities) == (4.0, ())


@pytest.mark.parametrize("wire", ["{}", "[]", "true"])
def test_a_score_of_another_kind_is_a_bad_answer(wire: str) -> None:
    with pytest.raises(BadAnswer):
        decode(f'{{"assignment_id": 1, "score": {wire}}}'.encode(), Submission, what="a test")


@pytest.mark.parametrize(
    ("wire", "expected", "odd"),
    [
        ("2026-09-01T12:00:00Z", "2026-09-01T12:00:00Z", False),
        ("2026-09-01T12:00:00.123456-04:00", "2026-09-01T16:00:00.123456Z", False),
        ("2026-09-01", "2026-09-01T00:00:00Z", False),
        ("", None, False),
        (None, None, False),
        ("0001-01-01T00:00:00Z", "0001-01-03T00:00:00Z", True),
        ("0001-01-01T00:00:00+05:00", "0001-01-03T00:00:00Z", False),
        ("9999-12-31T23:59:59Z", "9999-12-29T00:00:00Z", True),
        ("9999-12-31T23:59:59-05:00", "9999-12-29T00:00:00Z", False),
        ("0000-00-00", None, True),
        ("yesterday", None, True),
        ("2026-13-45T99:99:99Z", None, True),
        ("\x1b[31m2026", None, True),
    ],
)
def test_dates_never_fail_and_can_be_shown_in_every_zone(wire: str | None, expected: str | None, odd: bool) -> None:
    record = submission(graded_at=wire)
    assert (iso(record.graded_at) if record.graded_at is not None else None) == expected
    assert bool(record.oddities) is odd
    assert "\x1b" not in "".join(record.oddities)
    if record.graded_at is not None:
        for zone in ("Pacific/Kiritimati", "Pacific/Niue", "America/New_York"):
            to_datetime(record.graded_at, zone)


@pytest.mark.parametrize(
    "name",
    ["=1+1", "\x1b[2J", "‮gnp.exe", "x" * 10_000, "a\x00b", "🦄", "[red]bold[/red]", "O'Brien; DROP TABLE"],
)
def test_hostile_names_are_data(name: str) -> None:
    assert decode(json.dumps({"id": 1, "name": name}).encode(), Course, what="a test").name == name


@pytest.mark.parametrize("body", [b'{"id":1,"name":"a\\ud800b"}', b'{"id":1,"name":"a\xffb"}'])
def test_broken_unicode_becomes_a_mark_that_every_database_takes(body: bytes) -> None:
    name = decode(body, Course, what="a test").name
    assert name.encode() == "a\ufffdb".encode()


def test_fields_come_and_go() -> None:
    course = decode(b'{"id": 1, "brand_new": [1], "name": null, "blueprint": null, "term": null}', Course, what="x")
    assert (course.name, course.blueprint, course.published) == ("", False, False)
    assert decode(b'{"id": 1, "student_ids": [1, "2"]}', Override, what="x").student_ids == ("1", "2")
    assert decode(b'{"id": 1, "student_ids": null}', Override, what="x").student_ids == ()


def test_a_pupil_is_named_by_the_row_or_by_a_submission() -> None:
    row = {"user_id": 1, "submissions": [{"assignment_id": 2, "user": {"id": 1, "name": "Ana"}}]}
    assert decode(json.dumps(row).encode(), PupilSubmissions, what="x").name == "Ana"
    assert decode(b'{"user_id": 1, "submissions": []}', PupilSubmissions, what="x").name == ""


def test_records_can_be_made_by_hand_and_written_again() -> None:
    due = parse_instant("2026-09-01T12:00:00Z")
    record = SisAssignment(id="1", course_id="2", name="HW", due_at=due)
    assert record.due_at == due
    assert msgspec.json.decode(msgspec.json.encode(record))["due_at"] == due


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{}",
        b'"text"',
        b"[1, 2]",
        b"[null]",
        b"[[]]",
        b"[{]",
        b'{"errors": [{"message": "boom"}]}',
        b"<!DOCTYPE html><html>log in</html>",
        b"\x00\x01\x02\xff",
        b"[" * 200_000,
        b'[{"id": 1, "x": ' + b"[" * 200_000,
        b"[" + b"9" * 100_000 + b"]",
    ],
)
def test_pages_of_wrong_json_are_explained_with_a_safe_excerpt(body: bytes) -> None:
    with pytest.raises(BadAnswer) as caught:
        decode(body, list[Course], what="the courses")
    assert "the courses" in caught.value.message
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 800
