"""The official Python client works against the district's Canvas, page by page, for all that both support."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from canvasapi import Canvas
from canvasapi.exceptions import BadRequest, InvalidAccessToken, RateLimitExceeded, ResourceDoesNotExist, Unauthorized

from gradesync_tui.sandbox.canvas.access import RIGHTS
from gradesync_tui.sandbox.canvas.context import CanvasSettings
from gradesync_tui.sandbox.canvas.throttle import HIGH_WATER
from gradesync_tui.sandbox.district import District

pytestmark = pytest.mark.filterwarnings("ignore")


async def talk(district: District, work: Callable[[Canvas], Any], token: str | None = None) -> Any:
    """Run a blocking conversation with the district on another thread."""
    canvas = Canvas(district.canvas.url, token or district.canvas.access.personal)
    return await asyncio.to_thread(work, canvas)


async def test_lists_accounts_terms_courses_sections_people_and_enrollments_page_by_page(district):
    d = await district(pupils=50, canvas=CanvasSettings(page_limit=4))

    def work(canvas: Canvas) -> dict[str, Any]:
        account = canvas.get_account(1)
        courses = list(account.get_courses(include=["term", "teachers"]))
        course = courses[0]
        return {
            "accounts": [one.name for one in canvas.get_accounts()],
            "below": [one.name for one in account.get_subaccounts(recursive=True)],
            "terms": [one.name for one in account.get_enrollment_terms()],
            "periods": [one.title for one in course.get_grading_periods()],
            "courses": courses,
            "sections": list(course.get_sections(per_page=1)),
            "enrollments": list(course.get_enrollments(type=["StudentEnrollment"])),
            "users": list(course.get_users(enrollment_type=["student"])),
            "imports": [one.workflow_state for one in account.get_sis_imports()],
        }

    seen = await talk(d, work)
    assert seen["accounts"] == ["Riverbend Unified School District", "Riverbend High School"]
    assert seen["below"] == ["Riverbend High School"]
    assert len(seen["terms"]) == 2 and len(seen["periods"]) == 4
    assert len(seen["courses"]) == 14 and seen["courses"][0].term["sis_term_id"] == "SY-1"
    assert seen["sections"][0].sis_section_id == seen["courses"][0].sis_course_id
    assert len(seen["enrollments"]) == len({one.user_id for one in seen["enrollments"]}) == 25
    assert {one.sis_user_id for one in seen["users"]} == {one.sis_user_id for one in seen["enrollments"]}
    assert seen["imports"] == ["imported"]


async def test_lists_assignments_and_bulk_submissions_page_by_page(district):
    d = await district(canvas=CanvasSettings(page_limit=7))

    def work(canvas: Canvas) -> dict[str, Any]:
        course = canvas.get_course("1-MATH09-01", use_sis_id=True)
        section = course.get_sections()[0]
        return {
            "groups": [one.name for one in course.get_assignment_groups(include=["assignments"])],
            "assignments": list(course.get_assignments(post_to_sis=True, override_assignment_dates=False)),
            "grouped": list(course.get_multiple_submissions(student_ids="all", grouped=True)),
            "single": list(course.get_multiple_submissions(student_ids="all")),
            "section": list(section.get_multiple_submissions(student_ids="all")),
        }

    seen = await talk(d, work)
    assert seen["groups"] == ["Homework", "Quizzes", "Tests", "Projects", "Classwork"]
    assert len(seen["assignments"]) == 2 and all(one.post_to_sis and one.published for one in seen["assignments"])
    real = [one for one in seen["grouped"] if one.sis_user_id]
    assert len(real) == 25 and all(len(one.submissions) >= 2 for one in real)
    assert len(seen["single"]) == len(seen["section"]) == sum(len(one.submissions) for one in seen["grouped"])


async def test_a_teacher_sets_scores_and_changes_an_assignment(district):
    d = await district()

    def work(canvas: Canvas) -> tuple[Any, ...]:
        course = canvas.get_course(101)
        due = "2026-12-01T05:00:00Z"
        wanted = {"name": "Quiz 9", "points_possible": 20, "due_at": due, "post_to_sis": True, "published": True}
        made = course.create_assignment(wanted)
        pupil = next(iter(course.get_users(enrollment_type=["student"])))
        submission = made.get_submission(pupil.id)
        ungraded = submission.graded_at
        submission.edit(submission={"posted_grade": "17.5"})
        graded = made.get_submission(pupil.id)
        score = graded.score, graded.workflow_state, graded.posted_at is not None
        excused = graded.edit(submission={"excuse": True})
        made.edit(assignment={"points_possible": 25, "integration_data": {"sis": "li-7"}})
        changed = course.get_assignment(made.id)
        return ungraded, score, (excused.excused, excused.score), changed, made.delete().workflow_state

    ungraded, score, excused, changed, gone = await talk(d, work)
    assert ungraded is None
    assert score == (17.5, "graded", True)
    assert excused == (True, None)
    assert changed.published and changed.due_at == "2026-12-01T05:00:00Z"
    assert changed.points_possible == 25 and changed.integration_data == {"sis": "li-7"}
    assert gone == "deleted"


async def test_grades_in_bulk_and_overrides_by_section(district):
    d = await district()

    def work(canvas: Canvas) -> tuple[Any, ...]:
        course = canvas.get_course(101)
        assignment = course.get_assignments()[0]
        section = course.get_sections()[0]
        pupils = [one.id for one in course.get_users(enrollment_type=["student"])][:3]
        progress = assignment.submissions_bulk_update(grade_data={str(one): {"posted_grade": "3"} for one in pupils})
        scores = {one.user_id: one.score for one in assignment.get_submissions()}
        due = "2026-12-24T12:00:00Z"
        made = assignment.create_override(assignment_override={"course_section_id": section.id, "due_at": due})
        named = [{"id": made.id, "assignment_id": assignment.id}]
        found = [one.id for one in course.get_assignment_overrides(named)]
        same = section.get_assignment_override(assignment).id, assignment.get_overrides()[0].id
        return progress.query().workflow_state, [scores[one] for one in pupils], made.id, found, same

    state, scores, made, found, same = await talk(d, work)
    assert (state, scores) == ("completed", [3.0, 3.0, 3.0])
    assert found == [made] and same == (made, made)


async def test_each_refusal_is_the_exception_that_the_client_knows(district):
    d = await district()
    poor = d.canvas.access.issue(rights=RIGHTS - {"read_course_list"}).value
    old = d.canvas.access.issue(lifetime_s=0).value
    with pytest.raises(InvalidAccessToken):
        await talk(d, lambda canvas: canvas.get_account(1), token="wrong")
    with pytest.raises(InvalidAccessToken):
        await talk(d, lambda canvas: canvas.get_account(1), token=old)
    with pytest.raises(Unauthorized):
        await talk(d, lambda canvas: list(canvas.get_account(1).get_courses()), token=poor)
    with pytest.raises(ResourceDoesNotExist):
        await talk(d, lambda canvas: canvas.get_course(99_999))
    with pytest.raises(BadRequest):
        await talk(d, lambda canvas: list(canvas.get_course(101).get_multiple_submissions(graded_since="soon")))


async def test_a_full_bucket_is_a_rate_limit_to_the_client(district):
    d = await district()
    d.canvas.throttle.fill(d.canvas.access.personal, HIGH_WATER)
    with pytest.raises(RateLimitExceeded):
        await talk(d, lambda canvas: canvas.get_account(1))


async def test_the_grade_change_log_shows_what_was_changed(district):
    d = await district()

    def work(canvas: Canvas) -> Any:
        course = canvas.get_course(101)
        assignment = course.get_assignments()[0]
        graded = next(one for one in assignment.get_submissions() if one.score is not None)
        before = graded.grade
        graded.edit(submission={"posted_grade": "1"})
        return graded, before, course.get_grade_change_events()[0]

    graded, before, event = await talk(d, work)
    assert (event.grade_before, event.grade_after) == (before, "1")
    assert event.links["assignment"] == graded.assignment_id
