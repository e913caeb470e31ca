"""Paging, filters and permissions of the district's Canvas, as a client without help has to deal with them."""

from __future__ import annotations

import re

import pytest

from gradesync_tui.domain.clock import SECOND
from gradesync_tui.sandbox.canvas.access import RIGHTS
from gradesync_tui.sandbox.canvas.build import cross_list
from gradesync_tui.sandbox.canvas.context import CanvasSettings, stamp


async def test_a_list_comes_ten_at_a_time_by_opaque_absolute_links(district, client):
    d = await district(pupils=50)
    pages = await client(d).canvas_pages("/accounts/self/courses?access_token=seen")
    assert [len(page) for page in pages] == [10, 4]
    _, _, headers = await client(d).canvas("/accounts/self/courses?access_token=seen&per_page=500")
    assert f"<{d.canvas.url}/api/v1/accounts/self/courses?page=bookmark" in headers["link"]
    assert "seen" not in headers["link"] and 'rel="last"' not in headers["link"]
    assert re.search(r"per_page=100>", headers["link"])


async def test_the_last_page_is_named_only_where_it_is_counted(district, client):
    d = await district()
    _, _, counted = await client(d).canvas("/courses/101/enrollments")
    d.canvas_settings.counts_pages = False
    _, _, uncounted = await client(d).canvas("/courses/101/enrollments")
    assert 'rel="last"' in counted["link"] and 'rel="last"' not in uncounted["link"]


async def test_a_made_up_bookmark_is_refused(district, client):
    status, _, _ = await client(await district()).canvas("/courses/101/enrollments?page=bookmark:zzz")
    assert status == 400


async def test_graded_since_is_strictly_later(district, client):
    d = await district()
    one = next(iter(d.canvas.state.courses[101].assignments.values()))
    stamps = sorted(row.graded_at for row in one.submissions.values() if row.graded_at)
    last = stamps[-1] - stamps[-1] % SECOND
    for row in one.submissions.values():
        row.graded_at = last if row.graded_at else None
    path = f"/courses/101/students/submissions?student_ids[]=all&per_page=100&assignment_ids[]={one.id}&graded_since="
    _, same, _ = await client(d).canvas(path + str(stamp(last)))
    _, earlier, _ = await client(d).canvas(path + str(stamp(last - SECOND)))
    assert same == [] and len(earlier) == len(stamps)


async def test_posting_hidden_grades_leaves_graded_at_alone(district, client):
    d = await district()
    c = client(d)
    made = {"assignment": {"name": "Test 5", "post_manually": True, "published": True, "points_possible": 10}}
    _, assignment, _ = await c.canvas("/courses/101/assignments", "POST", json=made)
    pupil = d.canvas.state.courses[101].enrollments[1].user_id
    place = f"/courses/101/assignments/{assignment['id']}"
    _, hidden, _ = await c.canvas(f"{place}/submissions/{pupil}", "PUT", json={"submission": {"posted_grade": "9"}})
    await c.canvas(f"{place}/post_grades", "POST")
    _, shown, _ = await c.canvas(f"{place}/submissions/{pupil}")
    assert hidden["posted_at"] is None and hidden["score"] == 9.0
    assert shown["posted_at"] is not None and shown["graded_at"] == hidden["graded_at"]


async def test_only_grouped_rows_carry_sis_id_and_section(district, client):
    d = await district()
    path = "/courses/101/students/submissions?student_ids[]=all&post_to_sis=1&per_page=100"
    _, grouped, _ = await client(d).canvas(f"{path}&grouped=1")
    _, single, _ = await client(d).canvas(path)
    assert {row["section_id"] for row in grouped} == {501} and all(row["sis_user_id"] for row in grouped)
    assert not any("sis_user_id" in row for row in single)


async def test_sis_fields_show_only_to_those_who_may_read_them(district, client):
    d = await district()
    blind = d.canvas.access.issue(rights=RIGHTS - {"read_sis"}).value
    _, course, _ = await client(d).canvas("/courses/101", token=blind)
    _, sections, _ = await client(d).canvas("/courses/101/sections", token=blind)
    _, enrollments, _ = await client(d).canvas("/courses/101/enrollments", token=blind)
    _, assignments, _ = await client(d).canvas("/courses/101/assignments", token=blind)
    names = set(course) | set(sections[0]) | set(enrollments[0]) | set(assignments[0])
    assert not {name for name in names if name.startswith("sis_")} | (names & {"integration_id"})


async def test_a_scoped_key_may_drop_include_without_a_word(district, client):
    d = await district()
    scopes = frozenset(("url:GET|/api/v1/courses/:id",))
    dull = d.canvas.access.issue(scopes=scopes, keeps_includes=False).value
    bright = d.canvas.access.issue(scopes=scopes).value
    _, without, _ = await client(d).canvas("/courses/101?include[]=term", token=dull)
    _, having, _ = await client(d).canvas("/courses/101?include[]=term", token=bright)
    status, body, headers = await client(d).canvas("/accounts/1", token=bright)
    assert "term" not in without and "term" in having
    assert status == 401 and body["errors"][0]["message"] == "Insufficient scopes on access token."
    assert "www-authenticate" in headers


@pytest.mark.parametrize(
    ("token", "status", "told", "realm"),
    [
        ("wrong", 401, "Invalid access token.", True),
        ("old", 401, "Expired access token.", True),
        ("poor", 401, "user not", False),
    ],
)
async def test_the_two_shapes_of_401_differ_by_their_header(district, client, token, status, told, realm):
    d = await district()
    tokens = {
        "wrong": "nonsense",
        "old": d.canvas.access.issue(lifetime_s=0).value,
        "poor": d.canvas.access.issue(rights=frozenset()).value,
    }
    got, body, headers = await client(d).canvas("/accounts/1/courses", token=tokens[token])
    assert (got, "www-authenticate" in headers) == (status, realm)
    assert body["errors"][0]["message"].startswith(told)


async def test_a_refresh_token_gives_one_hour_tokens_again_and_again(district, client):
    d = await district()
    key = d.canvas.access.issue_key()
    form = {
        "grant_type": "refresh_token",
        "client_id": key.client_id,
        "client_secret": key.client_secret,
        "refresh_token": key.refresh_token,
    }
    c = client(d)
    _, first, _ = await c.canvas("/login/oauth2/token", "POST", token="", data=form)
    _, second, _ = await c.canvas("/login/oauth2/token", "POST", token="", data=form)
    assert first["expires_in"] == 3600 and "refresh_token" not in first
    assert first["access_token"] != second["access_token"]
    assert (await c.canvas("/accounts/1", token=second["access_token"]))[0] == 200
    status, body, _ = await c.canvas("/login/oauth2/token", "POST", token="", data=form | {"refresh_token": "gone"})
    assert (status, body["error_description"]) == (400, "refresh_token not found")
    status, body, _ = await c.canvas("/login/oauth2/token", "POST", token="", data=form | {"client_secret": "no"})
    assert (status, body["error"]) == (401, "invalid_client")


async def test_every_form_of_a_sis_id_names_its_object(district, client):
    d = await district()
    c = client(d)
    for path, name in (
        ("/accounts/sis_account_id:SCH-1", "Riverbend High School"),
        ("/courses/sis_course_id:1%2DMATH09-01", "Algebra I - 01"),
        ("/sections/sis_section_id:1-MATH09-01", "Algebra I - 01"),
        ("/accounts/self/terms/sis_term_id:SY-1", d.canvas.state.terms[2].name),
        ("/users/sis_user_id:P100001", d.plan.pupils[0].name),
    ):
        status, body, _ = await c.canvas(path)
        assert (status, body["name"]) == (200, name)


async def test_the_planners_list_holds_everything_and_its_three_refusals(district, client):
    d = await district(pupils=50)
    c = client(d)
    _, rows, _ = await c.canvas("/api/sis/accounts/self/assignments?per_page=100")
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert {row["assignment_group"]["name"] for row in rows} <= {
        "Homework",
        "Quizzes",
        "Tests",
        "Projects",
        "Classwork",
        "Labs",
    }
    await c.canvas("/courses/101", "PUT", json={"course": {"event": "claim"}})
    unpublished = await c.canvas("/api/sis/courses/101/assignments")
    no_period = await c.canvas("/api/sis/courses/102/disable_post_to_sis?grading_period_id=77", "PUT")
    d.canvas_settings.bulk_grade_export = False
    off = await c.canvas("/api/sis/accounts/self/assignments")
    refusals = [(status, body["code"]) for status, body, _ in (unpublished, no_period, off)]
    assert refusals == [(400, "unpublished_course"), (400, "not_found"), (400, "not_enabled")]


async def test_a_cross_listed_section_names_its_origin_course(district, client):
    d = await district(pupils=50)
    state = d.canvas.state
    cross_list(state, state.sections[502], state.courses[101])
    _, rows, _ = await client(d).canvas("/api/sis/courses/101/assignments")
    _, sections, _ = await client(d).canvas("/courses/101/sections")
    moved = next(one for one in rows[0]["sections"] if one["id"] == 502)
    assert moved["origin_course"]["id"] == 102 and moved["xlist_course"]["id"] == 101
    assert sections[1]["nonxlist_course_id"] == 102


async def test_overrides_show_per_section_dates(district, client):
    d = await district()
    c = client(d)
    number = next(iter(d.canvas.state.courses[101].assignments))
    override = {"assignment_override": {"course_section_id": 501, "due_at": "2026-12-24T12:00:00Z"}}
    status, _, _ = await c.canvas(f"/courses/101/assignments/{number}/overrides", "POST", json=override)
    _, seen, _ = await c.canvas(f"/courses/101/assignments/{number}?include[]=all_dates")
    _, plain, _ = await c.canvas(f"/courses/101/assignments/{number}?override_assignment_dates=false")
    _, planned, _ = await c.canvas("/api/sis/courses/101/assignments")
    assert status == 201
    assert seen["due_at"] == "2026-12-24T12:00:00Z" != plain["due_at"]
    assert [one["title"] for one in seen["all_dates"]] == ["Everyone else", "Algebra I - 01"]
    section = next(one for one in planned if one["id"] == number)["sections"][0]
    assert section["override"]["due_at"] == "2026-12-24T12:00:00Z"


async def test_bulk_submissions_refuse_as_canvas_does(district, client):
    d = await district(canvas=CanvasSettings(page_limit=2))
    base = "/courses/101/students/submissions"
    c = client(d)
    many = await c.canvas(f"{base}?student_ids[]=1&student_ids[]=2&student_ids[]=3")
    unknown = await c.canvas(f"{base}?assignment_ids[]=1")
    since = await c.canvas(f"{base}?graded_since=soon")
    state = await c.canvas(f"{base}?enrollment_state=gone")
    assert [one[0] for one in (many, unknown, since, state)] == [400, 403, 400, 400]
    assert many[1] == {"error": "too many students"} and unknown[1] == {"error": "invalid assignment ids requested"}
    assert since[1] == {"errors": {"graded_since": "Invalid datetime for graded_since"}}


async def test_the_test_student_is_there_but_no_pupil_of_the_sis(district, client):
    d = await district(pupils=100)
    state = d.canvas.state
    tried = next(one for one in state.enrollments.values() if one.type == "StudentViewEnrollment")
    path = f"/courses/{tried.course_id}/students/submissions?student_ids[]=all&grouped=1&per_page=100"
    _, everybody, _ = await client(d).canvas(path)
    _, of_sis, _ = await client(d).canvas(f"{path}&post_to_sis=true")
    assert tried.user_id in {row["user_id"] for row in everybody}
    assert tried.user_id not in {row["user_id"] for row in of_sis}
