"""The Canvas of a planned district, as a roster import leaves it: accounts, courses, people; no assignments yet."""

from __future__ import annotations

from datetime import date, datetime, time
from random import Random
from zoneinfo import ZoneInfo

from gradesync_tui.domain.clock import DAY, SECOND, Instant, from_datetime, iso
from gradesync_tui.sandbox.canvas.state import (
    Account,
    CanvasState,
    Course,
    Enrollment,
    EnrollmentType,
    GradingPeriod,
    Group,
    Section,
    Term,
    User,
)
from gradesync_tui.sandbox.names import GROUPS, LABS
from gradesync_tui.sandbox.plan import Person, Plan, SchoolClass

ROOT_ACCOUNT = 1
SERVICE_USER = 1
CROSS_LISTED = 0.06
MOVED_AWAY = 0.02


def build_canvas(plan: Plan) -> CanvasState:
    """Roster the plan into an empty Canvas."""
    state = CanvasState()
    _accounts_and_terms(state, plan)
    people = _people(state, plan)
    rng = Random(f"{plan.seed}:canvas")
    sections = [_course(state, plan, school_class, people) for school_class in plan.classes]
    _cross_list(state, rng, plan, sections)
    _moves_between_classes(state, rng, plan, sections, people)
    _test_students(state, plan, rng)
    state.sis_imports.append(_roster_import(plan, len(people)))
    return state


def local_instant(day: date, at: time, zone: str) -> Instant:
    """The instant of a wall-clock time in the district."""
    return from_datetime(datetime.combine(day, at, tzinfo=ZoneInfo(zone)))


def _accounts_and_terms(state: CanvasState, plan: Plan) -> None:
    state.accounts[ROOT_ACCOUNT] = Account(ROOT_ACCOUNT, plan.name, None, "district")
    for n, name in enumerate(plan.schools):
        account_id = ROOT_ACCOUNT + 1 + n
        state.accounts[account_id] = Account(account_id, name, ROOT_ACCOUNT, f"SCH-{n + 1}")
    first, last = plan.year
    state.terms[1] = Term(1, "Default Term", None, None, None, None)
    state.terms[2] = Term(
        2,
        f"{first.year}-{(first.year + 1) % 100:02d} School Year",
        local_instant(first, time(), plan.zone),
        local_instant(last, time(23, 59, 59), plan.zone),
        "SY-1",
        1,
    )
    for n, quarter in enumerate(plan.quarters, start=1):
        end = local_instant(quarter.end, time(23, 59, 59), plan.zone)
        state.periods[n] = GradingPeriod(
            id=n,
            title=quarter.title,
            start_at=local_instant(quarter.start, time(), plan.zone),
            end_at=end,
            close_at=end + 7 * DAY,
        )


def _people(state: CanvasState, plan: Plan) -> dict[str, User]:
    state.users[SERVICE_USER] = User(
        state.next_id("user"), "Grade Sync Service", "Service, Grade Sync", "gradesync", None
    )
    people: dict[str, User] = {}
    for person in (*plan.teachers, *plan.pupils):
        people[person.sourced_id] = _user(state, person)
    return people


def _user(state: CanvasState, person: Person) -> User:
    user = User(
        id=state.next_id("user"),
        name=person.name,
        sortable_name=f"{person.family}, {person.given}",
        login_id=person.login,
        sis_id=person.sourced_id,
    )
    state.users[user.id] = user
    return user


def _course(state: CanvasState, plan: Plan, school_class: SchoolClass, people: dict[str, User]) -> Section:
    created = local_instant(plan.year[0], time(6), plan.zone)
    course = Course(
        id=state.next_id("course", 101),
        name=school_class.title,
        code=school_class.code,
        account_id=ROOT_ACCOUNT + 1 + school_class.school,
        term_id=2,
        sis_id=school_class.sourced_id,
        created_at=created,
    )
    state.courses[course.id] = course
    section = Section(state.next_id("section", 501), course.id, school_class.title, school_class.sourced_id, created)
    course.sections.append(section)
    state.sections[section.id] = section
    names = (*GROUPS, LABS) if school_class.subject.code == "SCI" else GROUPS
    for position, name in enumerate(names, start=1):
        group = Group(state.next_id("group", 301), course.id, name, position, 0.0)
        course.groups.append(group)
        state.groups[group.id] = group
    enroll(state, section, people[school_class.teacher.sourced_id], "TeacherEnrollment")
    for pupil in school_class.pupils:
        enroll(state, section, people[pupil.sourced_id], "StudentEnrollment")
    return section


def enroll(
    state: CanvasState,
    section: Section,
    user: User,
    kind: EnrollmentType,
    *,
    enrollment_state: str = "active",
    by_sis: bool = True,
) -> Enrollment:
    """Put a user into a section, by a roster import or by hand."""
    enrollment = Enrollment(
        id=state.next_id("enrollment", 9001),
        user_id=user.id,
        course_id=section.course_id,
        section_id=section.id,
        type=kind,
        state=enrollment_state,
        sis_import_id=1 if by_sis else None,
        created_at=section.created_at,
    )
    state.add_enrollment(enrollment)
    return enrollment


def _cross_list(state: CanvasState, rng: Random, plan: Plan, sections: list[Section]) -> None:
    """Some teachers run two parallel classes in one course; the other course stays behind empty."""
    for n in range(1, len(sections)):
        before, this = plan.classes[n - 1], plan.classes[n]
        if before.teacher is this.teacher and rng.random() < CROSS_LISTED:
            target = state.courses[sections[n - 1].course_id]
            if target.id != state.courses[sections[n - 1].course_id].sections[0].course_id:
                continue
            cross_list(state, sections[n], target)


def cross_list(state: CanvasState, section: Section, target: Course) -> None:
    """Move a section with its people into another course, as Canvas's Cross-List does."""
    origin = state.courses[section.course_id]
    origin.sections.remove(section)
    section.nonxlist_course_id = section.nonxlist_course_id or origin.id
    section.course_id = target.id
    target.sections.append(section)
    moved = [one for one in origin.enrollments if one.section_id == section.id]
    origin.enrollments = [one for one in origin.enrollments if one.section_id != section.id]
    for enrollment in moved:
        enrollment.course_id = target.id
    target.enrollments += moved


def _moves_between_classes(
    state: CanvasState, rng: Random, plan: Plan, sections: list[Section], people: dict[str, User]
) -> None:
    """Pupils who began the year in a parallel class: what is left of it is a deleted or a concluded enrollment."""
    for n in range(1, len(sections)):
        before, this = plan.classes[n - 1], plan.classes[n]
        if (
            before.code != this.code
            or before.school != this.school
            or sections[n - 1].course_id == sections[n].course_id
        ):
            continue
        for pupil in this.pupils:
            if rng.random() < MOVED_AWAY:
                gone = "deleted" if rng.random() < 0.7 else "completed"
                enroll(state, sections[n - 1], people[pupil.sourced_id], "StudentEnrollment", enrollment_state=gone)


def _test_students(state: CanvasState, plan: Plan, rng: Random) -> None:
    """Teachers who looked at their course as a pupil leave a Test Student in it."""
    for course in state.courses.values():
        if course.sections and rng.random() < 0.1:
            number = state.next_id("user")
            state.users[number] = User(number, "Test Student", "Student, Test", f"test{number}", None)
            enroll(state, course.sections[0], state.users[number], "StudentViewEnrollment", by_sis=False)


def _roster_import(plan: Plan, people: int) -> dict[str, object]:
    started = plan.made_at - 6 * 3_600 * SECOND
    counts = {
        "users": people,
        "courses": len(plan.classes),
        "sections": len(plan.classes),
        "error_count": 0,
        "warning_count": 0,
    }
    return {
        "id": 1,
        "created_at": iso(started - started % SECOND),
        "started_at": iso(started - started % SECOND),
        "ended_at": iso(started - started % SECOND + 90 * SECOND),
        "updated_at": iso(started - started % SECOND + 90 * SECOND),
        "progress": 100,
        "workflow_state": "imported",
        "data": {"import_type": "instructure_csv", "supplied_batches": ["user", "course", "section"], "counts": counts},
        "batch_mode": None,
        "errors_attachment": None,
        "processing_warnings": [],
        "processing_errors": [],
    }
