"""The client against the embedded district: everything a sync asks for, as Canvas gives it, refusals and faults too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from msgspec.structs import asdict

from gradesync_tui.domain.clock import DAY, HOUR, MINUTE, SECOND, SystemClock
from gradesync_tui.lms.errors import (
    CanvasError,
    NotFound,
    PermissionMissing,
    ScopeMissing,
    SisExportNotEnabled,
    TokenExpired,
    TokenInvalid,
)
from gradesync_tui.lms.records import SisAssignment
from gradesync_tui.lms.tokens import RefreshedToken
from gradesync_tui.sandbox.canvas.access import RIGHTS
from gradesync_tui.sandbox.canvas.context import CanvasSettings
from gradesync_tui.sandbox.canvas.state import Course, Override
from gradesync_tui.sandbox.district import District
from gradesync_tui.sandbox.faults import parse_faults


def course_of(district: District) -> Course:
    """A course in which grades are there to be read."""
    return next(
        course
        for course in district.canvas.state.courses.values()
        if course.state == "available" and any(one.post_to_sis for one in course.assignments.values())
    )


async def listed(rows: Any) -> list[Any]:
    return [row async for row in rows]


def by_id(rows: Iterable[Any]) -> dict[str, Any]:
    return {row.id: row for row in rows}


async def test_what_canvas_lists_is_read_whole(district, connect) -> None:
    school = await district(canvas=CanvasSettings(page_limit=3))
    school.teach(2)
    state = school.canvas.state
    canvas = connect(school.canvas.url, school.canvas.access.personal)
    account = await canvas.account("self")
    assert account.id == school.describe()["canvas"]["account_id"]
    courses = by_id(await listed(canvas.courses(account.id)))
    assert set(courses) == {str(one.id) for one in state.courses.values() if one.state != "deleted"}
    assert {one.id: one.sis_course_id for one in courses.values()} == {
        str(one.id): one.sis_id for one in state.courses.values() if one.state != "deleted"
    }
    assert {one.id for one in await listed(canvas.terms(account.id))} == {str(each) for each in state.terms}
    course = course_of(school)
    here = str(course.id)
    assert (await canvas.course(f"sis_course_id:{course.sis_id}")).id == here
    assert [one.sis_section_id for one in await listed(canvas.sections(here))] == [
        one.sis_id for one in course.sections
    ]
    groups = await listed(canvas.assignment_groups(here))
    assert [one.name for one in groups] == [one.name for one in course.groups]
    assignments = by_id(await listed(canvas.assignments(here)))
    assert {each: one.name for each, one in assignments.items()} == {
        str(one.id): one.name for one in course.assignments.values() if one.state != "deleted"
    }
    assert {one.due_at for one in assignments.values()} == {
        one.due_at // SECOND * SECOND if one.due_at is not None else None
        for one in course.assignments.values()
        if one.state != "deleted"
    }
    periods = await listed(canvas.grading_periods(here))
    assert any(period.close_date < SystemClock().now() for period in periods), "closed ones too"


async def test_pupils_are_listed_without_the_test_student(district, connect) -> None:
    school = await district()
    state = school.canvas.state
    course = course_of(school)
    canvas = connect(school.canvas.url, school.canvas.access.personal)
    pupils = await listed(
        canvas.enrollments(str(course.id), states=("active", "inactive", "completed", "deleted", "invited"))
    )
    assert {one.id for one in pupils} == {str(one.id) for one in course.enrollments if one.type == "StudentEnrollment"}
    assert not any(one.test_student for one in pupils)
    assert {one.sis_user_id for one in pupils} == {
        state.users[one.user_id].sis_id for one in course.enrollments if one.type == "StudentEnrollment"
    }
    assert all(one.user is not None and one.user.name for one in pupils)


async def test_scores_come_by_pupil_with_the_ids_of_the_sis(district, connect) -> None:
    school = await district(canvas=CanvasSettings(page_limit=4))
    school.teach(3)
    course = course_of(school)
    canvas = connect(school.canvas.url, school.canvas.access.personal)
    rows = await listed(canvas.submissions(str(course.id)))
    assert all(row.sis_user_id and row.section_id and row.name for row in rows if row.submissions)
    expected = {
        (str(one.assignment_id), str(one.user_id)): (one.score, one.excused, one.posted_at is None)
        for assignment in course.assignments.values()
        if assignment.post_to_sis and assignment.state == "published"
        for one in assignment.submissions.values()
    }
    got = {
        (one.assignment_id, row.user_id): (one.score, one.excused, one.posted_at is None)
        for row in rows
        for one in row.submissions
    }
    assert got.items() <= expected.items()
    assert {key for key, value in expected.items() if value[0] is not None} <= got.keys()


async def test_only_later_grades_come_since_an_instant(district, connect) -> None:
    school = await district()
    school.teach(3)
    course = course_of(school)
    canvas = connect(school.canvas.url, school.canvas.access.personal)
    now = SystemClock().now()
    graded = [one for row in course.assignments.values() for one in row.submissions.values() if one.graded_at]
    for number, one in enumerate(graded):
        one.graded_at = now - (DAY if number % 2 else HOUR)
    since = now - HOUR - MINUTE
    rows = await listed(canvas.submissions(str(course.id), graded_since=since))
    seen = [one for row in rows for one in row.submissions]
    assert seen
    assert all(one.graded_at > since for one in seen)
    assert not [
        one for row in await listed(canvas.submissions(str(course.id), graded_since=now)) for one in row.submissions
    ]


async def test_concluded_pupils_can_be_asked_for_apart(district, connect) -> None:
    school = await district()
    school.teach(2)
    course = course_of(school)
    left = next(one for one in course.enrollments if one.type == "StudentEnrollment" and one.state == "active")
    left.state = "completed"
    canvas = connect(school.canvas.url, school.canvas.access.personal)
    rows = await listed(canvas.submissions(str(course.id), concluded=True))
    assert str(left.user_id) in {row.user_id for row in rows}
    completed = {str(one.user_id) for one in course.enrollments if one.state == "completed"}
    assert {row.user_id for row in rows} <= completed


async def test_an_assignment_that_is_gone_is_said_to_be_gone(district, connect) -> None:
    school = await district()
    canvas = connect(school.canvas.url, school.canvas.access.personal)
    course = str(course_of(school).id)
    for question in (
        canvas.course("987654321"),
        listed(canvas.sections("987654321")),
        listed(canvas.submissions(course, assignment_ids=["987654321"])),
        listed(canvas.overrides(course, "987654321")),
    ):
        with pytest.raises(NotFound):
            await question


def _make_it_difficult(school: District) -> None:
    """A cross-listed section, and assignments with other dates: for a section, for a pupil, and for a section alone."""
    course = course_of(school)
    first, second, *_ = (one for one in course.assignments.values() if one.post_to_sis and one.state == "published")
    pupil = next(one for one in course.enrollments if one.type == "StudentEnrollment" and one.state == "active")
    at = school.plan.made_at // SECOND * SECOND
    first.overrides = [
        Override(9001, first.id, "Section", at + DAY, section_id=course.sections[0].id),
        Override(9002, first.id, "1 student", at + 2 * DAY, student_ids=[pupil.user_id]),
    ]
    second.overrides = [Override(9003, second.id, "Only here", None, section_id=course.sections[0].id)]
    second.only_visible_to_overrides = True
    course.sections[0].nonxlist_course_id = next(each for each in school.canvas.state.courses if each != course.id)


def _comparable(assignment: SisAssignment) -> dict[str, Any]:
    """What the export and its substitute must agree on."""
    group = assignment.assignment_group
    return asdict(assignment) | {
        "assignment_group": group and (group.id, group.name),
        "grading_type": "",
        "oddities": (),
    }


@pytest.mark.parametrize("keeps_includes", [True, False])
async def test_course_by_course_says_the_same_as_the_export(district, connect, keeps_includes: bool) -> None:
    school = await district(assignments=4)
    _make_it_difficult(school)
    state = school.canvas.state
    whole = connect(school.canvas.url, school.canvas.access.personal)
    exported = by_id(await listed(whole.sis_assignments("1")))
    school.canvas_settings.bulk_grade_export = False
    canvas = connect(school.canvas.url, school.canvas.access.issue(keeps_includes=keeps_includes).value)
    with pytest.raises(SisExportNotEnabled):
        await listed(canvas.sis_assignments("1"))
    made: dict[str, SisAssignment] = {}
    for course in state.courses:
        made |= by_id(await listed(canvas.sis_course_assignments(str(course))))
    assert len(exported) > 10
    assert {each: _comparable(one) for each, one in made.items()} == {
        each: _comparable(one) for each, one in exported.items()
    }
    assert any(section.xlist_course for one in made.values() for section in one.sections)
    assert any(section.override for one in made.values() for section in one.sections)
    assert any(one.user_overrides for one in made.values())


async def test_the_grade_change_log_shows_excuses_and_may_be_off(district, connect) -> None:
    school = await district()
    school.teach(3)
    state = school.canvas.state
    course = course_of(school)
    canvas = connect(school.canvas.url, school.canvas.access.personal)
    changes = await canvas.grade_changes(str(course.id))
    expected = [one for one in state.grade_changes if one.course_id == course.id]
    assert {one.id for one in changes} == {one.id for one in expected}
    assert {(one.assignment_id, one.student_id, one.grade_after) for one in changes} == {
        (str(one.assignment_id), str(one.student_id), one.grade_after or "") for one in expected
    }
    now = SystemClock().now()
    assert await canvas.grade_changes(str(course.id), since=now + DAY, until=now + 2 * DAY) == []
    school.canvas_settings.audit = False
    assert await canvas.grade_changes(str(course.id)) is None


# --- tokens and rights -----------------------------------------------------------------------------------------------


async def test_tokens_that_end_are_told_apart(district, connect) -> None:
    school = await district()
    access = school.canvas.access
    revoked = access.issue()
    revoked.revoked = True
    for token, expected in (
        ("7~nobody", TokenInvalid),
        (revoked.value, TokenInvalid),
        (access.issue(lifetime_s=0).value, TokenExpired),
        (access.issue(scopes=frozenset()).value, ScopeMissing),
    ):
        with pytest.raises(expected):
            await connect(school.canvas.url, token).course("1")
    with pytest.raises(PermissionMissing, match="Courses - view list"):
        await listed(connect(school.canvas.url, access.issue(rights=frozenset()).value).courses("1"))


async def test_a_developer_key_goes_on_when_its_tokens_end(district, connect) -> None:
    school = await district()
    access = school.canvas.access
    key = access.issue_key()
    token = RefreshedToken(school.canvas.url, key.client_id, key.client_secret, key.refresh_token, SystemClock())
    canvas = connect(school.canvas.url, token)
    before = len(access.tokens)
    await asyncio.gather(*(canvas.account("self") for _ in range(10)))
    assert len(access.tokens) == before + 1
    for issued in access.tokens.values():
        issued.revoked = True
    await asyncio.gather(*(canvas.account("self") for _ in range(10)))
    assert len(access.tokens) == before + 2
    key.refresh_token = "another"
    for issued in access.tokens.values():
        issued.revoked = True
    with pytest.raises(TokenInvalid, match="Authorize the developer key again"):
        await canvas.account("self")


def _scopes(*but: str) -> frozenset[str]:
    routes = {
        "/api/v1/users/:id",
        "/api/v1/accounts/:id",
        "/api/v1/accounts/:account_id/courses",
        "/api/sis/accounts/:account_id/assignments",
        "/api/v1/courses/:course_id/students/submissions",
        "/api/v1/audit/grade_change/courses/:course_id",
    }
    return frozenset(f"url:GET|{route}" for route in routes if route not in but)


@pytest.mark.parametrize(
    ("token", "wrong", "words"),
    [
        ({}, [], ""),
        ({"scopes": _scopes()}, [], ""),
        (
            {"rights": RIGHTS - {"view_all_grades", "manage_grades"}},
            ["SIS export", "view all grades"],
            "view all grades",
        ),
        ({"rights": RIGHTS - {"read_sis", "manage_sis"}}, ["SIS data"], "SIS Data - read"),
        ({"rights": RIGHTS - {"read_course_list"}}, ["course list"], "Courses - view list"),
        ({"rights": RIGHTS - {"view_audit_trail"}}, [], ""),
        ({"keeps_includes": False}, ["include parameters"], "Allow Include Parameters"),
        ({"lifetime_s": 0}, ["token"], "developer key"),
        ({"scopes": _scopes("/api/v1/accounts/:account_id/courses")}, ["course list"], "url:GET|/api/v1/accounts"),
        (
            {"scopes": _scopes("/api/sis/accounts/:account_id/assignments")},
            ["SIS export"],
            "url:GET|/api/sis/accounts/:account_id/assignments",
        ),
    ],
)
async def test_the_check_names_what_is_missing(
    district, connect, token: dict[str, Any], wrong: list[str], words: str
) -> None:
    school = await district()
    canvas = connect(school.canvas.url, school.canvas.access.issue(**token).value)
    findings = await canvas.check("1")
    assert [finding.name for finding in findings if not finding.ok] == wrong
    for finding in findings:
        assert finding.what
        if not finding.ok:
            assert finding.do
            assert words in finding.do


async def test_the_check_of_a_canvas_that_is_down_says_so_and_stops(district, connect) -> None:
    school = await district()
    await school.stop()
    findings = await connect(school.canvas.url, school.canvas.access.personal).check("1")
    assert [(finding.name, finding.ok) for finding in findings] == [("token", False)]
    assert "No answer" in findings[0].what


async def test_the_check_tells_of_the_slower_way_and_of_no_log(district, connect) -> None:
    school = await district(canvas=CanvasSettings(bulk_grade_export=False, audit=False))
    findings = await connect(school.canvas.url, school.canvas.access.personal).check("1")
    assert all(finding.ok for finding in findings)
    text = " ".join(finding.what for finding in findings)
    assert "one by one" in text
    assert "no grade-change log" in text


async def test_an_account_that_is_not_there_is_named(district, connect) -> None:
    school = await district()
    findings = await connect(school.canvas.url, school.canvas.access.personal).check("4711")
    assert [finding.name for finding in findings if not finding.ok] == ["account"]


# --- throttle and faults ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 403])
async def test_a_whole_district_is_read_without_being_refused(district, connect, status: int) -> None:
    school = await district(canvas=CanvasSettings(throttle_status=status), latency_ms=5)
    canvas = connect(school.canvas.url, school.canvas.access.personal)
    courses = [one for one in await listed(canvas.courses("1")) if one.published]
    await asyncio.gather(*(listed(canvas.submissions(one.id)) for one in courses for _ in range(5)))
    refused = [one for one in school.traffic.log if one.status == status]
    assert refused == []


FAULTS = "canvas:any(rate=0.2,of=5xx+429+reset+slow,seed=3)"


async def test_the_same_is_read_although_every_fifth_request_fails(district, connect) -> None:
    school = await district(canvas=CanvasSettings(page_limit=3))
    school.teach(2)
    limits = {"attempts": 12, "patience": 60}
    canvas = connect(school.canvas.url, school.canvas.access.personal, limits=limits)
    course = str(course_of(school).id)

    async def everything() -> list[Any]:
        return [
            sorted([one.id async for one in canvas.courses("1")]),
            [asdict(row) async for row in canvas.submissions(course)],
            [one.id async for one in canvas.sis_assignments("1")],
        ]

    calm = await everything()
    school.traffic.faults[:] = parse_faults(FAULTS)
    assert await everything() == calm
    assert sum(fault.struck for fault in school.traffic.faults) > 3


@pytest.mark.parametrize("kind", ["wrongtype", "garbage", "endless", "401", "refuse", "5xx", "429", "reset", "down"])
async def test_each_fault_that_stays_ends_in_one_explained_error(district, connect, kind: str) -> None:
    school = await district()
    school.traffic.faults[:] = parse_faults(f"canvas:{kind}")
    canvas = connect(school.canvas.url, school.canvas.access.personal)
    with pytest.raises(CanvasError) as caught:
        await listed(canvas.courses("1"))
    assert caught.value.message.isprintable()
    assert caught.value.code.startswith("canvas_")


@pytest.mark.parametrize("kind", ["hugepage", "duplicate", "slow(ms=5)"])
async def test_a_fault_that_changes_nothing_for_us_is_lived_with(district, connect, kind: str) -> None:
    school = await district(canvas=CanvasSettings(page_limit=3))
    canvas = connect(school.canvas.url, school.canvas.access.personal)
    calm = {one.id for one in await listed(canvas.courses("1"))}
    school.traffic.faults[:] = parse_faults(f"canvas:{kind}")
    assert {one.id for one in await listed(canvas.courses("1"))} == calm
