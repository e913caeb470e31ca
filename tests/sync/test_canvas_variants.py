"""Whatever kind of Canvas a district has, the same grades arrive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stamina

from gradesync_tui.domain.clock import DAY, MINUTE, parse_instant
from gradesync_tui.domain.records import Actor, CanvasConnection
from gradesync_tui.domain.words import Action, RunMode, RunStatus
from gradesync_tui.sandbox.canvas.build import cross_list, enroll
from gradesync_tui.sandbox.canvas.grading import give
from gradesync_tui.sandbox.canvas.state import Override
from gradesync_tui.sandbox.faults import parse_faults

ANA = Actor(login="ana", name="Ana Ruiz", origin="test")


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    stamina.set_testing(True, attempts=5, cap=True)
    yield
    stamina.set_testing(False)


async def completed(here: Any, mode: RunMode = RunMode.SYNC) -> Any:
    run = await here.sync(mode)
    assert run.status is RunStatus.COMPLETED, (run.note, await here.causes(run))
    found = await here.difference()
    assert (found.total, found.doubled) == (0, 0), found
    return run


async def ledger(here: Any) -> set[tuple[str, ...]]:
    """What is on record as sent, without the instants and runs."""
    found = set()
    for course in here.district.canvas.state.courses:
        for one in await here.store.ledger.entries(here.account.id, str(course)):
            found.add((one.kind, one.class_id, one.assignment_id, one.student_id, one.sourced_id, one.state, one.sent))
    return found


def sent_students(here: Any) -> set[str]:
    return {one.student for one in here.district.sis.state.results.values()}


def one_graded(here: Any) -> tuple[Any, Any]:
    """An assignment that the SIS has, with a numeric score that is not hidden."""
    for assignment in here.district.canvas.state.assignments.values():
        if assignment.post_to_sis and assignment.state == "published":
            for submission in assignment.submissions.values():
                if submission.score is not None and submission.posted_at is not None:
                    return assignment, submission
    raise AssertionError("nothing is graded")


def held(here: Any, assignment: Any, submission: Any) -> Any:
    state = here.district.sis.state
    student = here.district.canvas.state.users[submission.user_id].sis_id
    return next(
        one
        for one in state.results.values()
        if one.student == student and state.line_items[one.line_item].title == assignment.name
    )


async def waiting_causes(here: Any, run: Any) -> list[str | None]:
    """Why records began to wait in a run."""
    return [one.cause for one in await here.store.runs.outcomes(run.id, action=Action.WAITING)]


async def test_a_developer_keys_token_that_ends_during_the_run_is_renewed(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await office()
    key = here.district.canvas.access.issue_key()
    for name in ("client_id", "client_secret", "refresh_token"):
        monkeypatch.setenv(f"TEST_{name.upper()}", getattr(key, name))
    told = here.district.describe()["canvas"]
    await here.store.accounts.connect(
        here.account.id,
        CanvasConnection(
            url=told["url"],
            account=told["account_id"],
            client_id="env:TEST_CLIENT_ID",
            client_secret="env:TEST_CLIENT_SECRET",
            refresh_token="env:TEST_REFRESH_TOKEN",
        ),
        ANA,
    )
    here.district.traffic.faults[:] = parse_faults("canvas:401(after=4, times=1, path=/students/submissions)")
    await completed(here)
    assert [one.struck for one in here.district.traffic.faults] == [1]
    renewals = [one for one in here.district.traffic.log if one.path == "/login/oauth2/token"]
    assert len(renewals) == 2


async def test_course_by_course_makes_the_same_ledger_as_the_export(office: Any) -> None:
    here = await office(pupils=50)
    course = next(one for one in here.district.canvas.state.courses.values() if one.sections)
    assignment = next(one for one in course.assignments.values() if one.post_to_sis)
    section = course.sections[0]
    assignment.overrides.append(
        Override(801_001, assignment.id, section.name, assignment.due_at + DAY, section_id=section.id)
    )
    await completed(here)
    by_export = await ledger(here)
    here.lose_ledger()
    here.district.canvas_settings.bulk_grade_export = False
    run = await completed(here)
    assert await ledger(here) == by_export
    assert any("course by course" in line.text for line in await here.store.runs.log(run.id))


async def test_lists_without_a_last_page_and_with_small_pages_are_read_to_the_end(office: Any) -> None:
    here = await office(pupils=50)
    settings = here.district.canvas_settings
    settings.counts_pages, settings.page_limit, settings.link_header = False, 7, "LINK"
    await completed(here)


async def test_a_scoped_key_that_drops_includes_loses_no_grade(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    here = await office()
    here.district.canvas_settings.bulk_grade_export = False
    monkeypatch.setenv("TEST_CANVAS_TOKEN", here.district.canvas.access.issue(keeps_includes=False).value)
    await completed(here)


async def test_a_cross_listed_section_goes_to_its_own_class_in_the_sis(office: Any) -> None:
    here = await office(pupils=50)
    state = here.district.canvas.state
    course = next(one for one in state.courses.values() if len(one.sections) == 1)
    pupils = {one.user_id for one in course.enrollments}
    origin = next(
        one for one in state.courses.values() if one.sections and not pupils & {two.user_id for two in one.enrollments}
    )
    moved = origin.sections[0]
    for assignment in origin.assignments.values():
        assignment.post_to_sis = False
    cross_list(state, moved, course)
    for assignment in course.assignments.values():
        state.assign(assignment)
    await completed(here)
    titles = {one.title for one in here.district.sis.state.items_of_class[moved.sis_id].values()}
    assert titles == {one.name for one in course.assignments.values() if one.post_to_sis and one.state == "published"}
    entry = next(iter(await here.store.ledger.entries(here.account.id, str(course.id))))
    assert entry.class_id in {section.sis_id for section in course.sections}


async def test_a_sections_own_due_date_reaches_its_class(office: Any) -> None:
    here = await office()
    assignment, _ = one_graded(here)
    section = here.district.canvas.state.courses[assignment.course_id].sections[0]
    later = assignment.due_at + DAY
    assignment.overrides.append(Override(801_002, assignment.id, section.name, later, section_id=section.id))
    await completed(here)
    item = next(
        one for one in here.district.sis.state.items_of_class[section.sis_id].values() if one.title == assignment.name
    )
    assert abs(parse_instant(item.due) - later) < MINUTE


async def test_who_has_left_and_the_test_student_are_never_sent(office: Any) -> None:
    here = await office()
    state = here.district.canvas.state
    assignment, submission = one_graded(here)
    course = state.courses[assignment.course_id]
    pupils = [one for one in course.enrollments if one.type == "StudentEnrollment"]
    gone = {}
    for enrollment, ended in zip(pupils[:2], ("completed", "deleted"), strict=True):
        enrollment.state = ended
        gone[state.users[enrollment.user_id].sis_id] = enrollment
    tester = type(state.users[submission.user_id])(990_001, "Test Student", "Student, Test", "test990001", None)
    state.users[tester.id] = tester
    enroll(state, course.sections[0], tester, "StudentViewEnrollment", by_sis=False)
    state.assign(assignment)
    give(state, assignment, assignment.submissions[tester.id], here.clock.now(), 1, score=1.0, grade="1")
    await completed(here)
    in_class = {one.student for one in here.district.sis.state.results_of_class[course.sections[0].sis_id].values()}
    assert in_class and not in_class & gone.keys()
    assert all(student in {one.sis_id for one in state.users.values()} for student in sent_students(here))


@pytest.mark.parametrize("status", [403, 429])
async def test_a_canvas_that_asks_for_a_slower_pace_gets_it_and_all_arrives(office: Any, status: int) -> None:
    here = await office()
    here.district.canvas_settings.throttle_status = status
    here.district.traffic.faults[:] = parse_faults(f"canvas:429(status={status}, times=3, after=2)")
    await completed(here)
    assert [one.struck for one in here.district.traffic.faults] == [3]


@pytest.mark.parametrize(("log_is_kept", "mode"), [(True, RunMode.SYNC), (False, RunMode.FULL)])
async def test_an_excuse_without_a_trace_is_found_by_the_log_or_by_the_full_compare(
    office: Any, log_is_kept: bool, mode: RunMode
) -> None:
    here = await office()
    here.district.canvas_settings.audit = log_is_kept
    await completed(here)
    assignment, submission = one_graded(here)
    state, now = here.district.canvas.state, here.clock.now()
    submission.graded_at = now - 3 * DAY
    give(state, assignment, submission, now, 1, score=None, grade=None, excused=True, quiet_excuse=True)
    if not log_is_kept:
        assert (await here.sync()).counts.scores == 0, "graded_since does not show it"
    run = await completed(here, mode)
    assert run.counts.scores == 1
    assert held(here, assignment, submission).status == "exempt"


@pytest.mark.parametrize(("log_is_kept", "mode"), [(True, RunMode.SYNC), (False, RunMode.FULL)])
async def test_a_deleted_grade_is_found_by_the_log_or_by_the_full_compare(
    office: Any, log_is_kept: bool, mode: RunMode
) -> None:
    here = await office()
    here.district.canvas_settings.audit = log_is_kept
    await completed(here)
    assignment, submission = one_graded(here)
    give(here.district.canvas.state, assignment, submission, here.clock.now(), 1, score=None, grade=None)
    if not log_is_kept:
        assert await waiting_causes(here, await here.sync()) == [], "graded_since does not show it"
    assert await waiting_causes(here, await here.sync(mode)) == ["grade_deleted"]
