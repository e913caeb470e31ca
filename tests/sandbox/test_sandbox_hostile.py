"""The district carries hostile data as Canvas would, and never breaks over it itself."""

from __future__ import annotations

import pytest

HOSTILE = (
    "[red]Quiz[/red]",
    "\x1b[2J\x1b]0;owned\x07",
    "\u202egnp.exe",
    "=HYPERLINK(0)",
    "nul\x00nul",
    "😀" * 200,
    "x" * 10_000,
    "",
)


@pytest.mark.parametrize("name", HOSTILE[:-1])
async def test_names_come_back_as_they_were_typed(district, client, name):
    d = await district()
    c = client(d)
    number = next(iter(d.canvas.state.courses[101].assignments))
    d.canvas_settings.name_limit = 100_000
    await c.canvas(f"/courses/101/assignments/{number}", "PUT", json={"assignment": {"name": name}})
    await c.canvas("/courses/101", "PUT", json={"course": {"name": name}})
    _, assignment, _ = await c.canvas(f"/courses/101/assignments/{number}")
    _, course, _ = await c.canvas("/courses/101")
    assert assignment["name"] == course["name"] == name


@pytest.mark.parametrize("due", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-12-01T05:00:00+05:30"])
async def test_dates_at_the_ends_of_time_are_kept_and_shown(district, client, due):
    d = await district()
    c = client(d)
    number = next(iter(d.canvas.state.courses[101].assignments))
    status, body, _ = await c.canvas(f"/courses/101/assignments/{number}", "PUT", json={"assignment": {"due_at": due}})
    assert status == 200 and body["due_at"][:4] == due[:4]
    assert (await c.canvas("/courses/101/students/submissions?student_ids[]=all&grouped=1"))[0] == 200
    assert (await c.canvas("/api/sis/accounts/1/assignments"))[0] == 200


@pytest.mark.parametrize(
    ("typed", "score", "grade"),
    [
        ("NaN", None, "NaN"),
        ("inf", None, "inf"),
        ("-5", -5.0, "-5"),
        ("1e308", 1e308, None),
        ("A-", None, "A-"),
        ("85%", 8.5, "8.5"),
        ("", None, None),
    ],
)
async def test_grades_of_every_sort_are_taken(district, client, typed, score, grade):
    d = await district()
    c = client(d)
    made = {"assignment": {"name": "Quiz", "points_possible": 10, "published": True}}
    _, assignment, _ = await c.canvas("/courses/101/assignments", "POST", json=made)
    pupil = next(one.user_id for one in d.canvas.state.courses[101].enrollments if one.type == "StudentEnrollment")
    path = f"/courses/101/assignments/{assignment['id']}/submissions/{pupil}"
    status, body, _ = await c.canvas(path, "PUT", json={"submission": {"posted_grade": typed}})
    assert status == 200 and body["score"] == score
    if grade is not None:
        assert body["grade"] == grade


async def test_letters_and_pass_or_fail_are_scored_as_canvas_scores_them(district, client):
    d = await district()
    c = client(d)
    pupil = next(one.user_id for one in d.canvas.state.courses[101].enrollments if one.type == "StudentEnrollment")
    for kind, typed, score in (("letter_grade", "B+", 8.8), ("pass_fail", "complete", 10.0), ("percent", "75%", 7.5)):
        made = {"assignment": {"name": kind, "points_possible": 10, "published": True, "grading_type": kind}}
        _, assignment, _ = await c.canvas("/courses/101/assignments", "POST", json=made)
        path = f"/courses/101/assignments/{assignment['id']}/submissions/{pupil}"
        _, body, _ = await c.canvas(path, "PUT", json={"submission": {"posted_grade": typed}})
        assert (body["score"], body["grade"]) == (score, typed)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"lineItem": 1}', b'{"lineItem": {}}', b"\xff\xfe", b'{"a":'])
async def test_a_body_of_any_sort_is_refused_with_422(district, client, body):
    c = client(await district())
    status, _, _ = await c.sis("/lineItems/x", "PUT", data=body)
    assert status == 422


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("value", [None, 1, "x", [], {}, {"sourcedId": 5}, 1e400, True])
async def test_any_value_in_any_field_is_taken_or_refused_but_never_an_accident(district, client, strict, value):
    d = await district()
    d.sis_settings.strict = strict
    c = client(d)
    for version in ("1.1", "1.2"):
        await c.put(c.line_item(version=version), version=version)
        for record, key in ((c.line_item(version=version), "lineItem"), (c.result(), "result")):
            for name in record:
                bent = {**record, name: value if value != 1e400 else "Infinity"}
                path = f"/{key}s/{record['sourcedId']}"
                status, _, _ = await c.sis(path, "PUT", version=version, json={key: bent})
                assert status in (200, 201, 403, 404, 422), (name, status)
