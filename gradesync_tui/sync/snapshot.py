"""Fetch Snapshot and Transform Snapshot: which assignments Canvas marks for the SIS, class by class."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import TYPE_CHECKING

from gradesync_tui.domain.preflight import sent_title
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.words import Action, Level, RecordKind, Stage
from gradesync_tui.sync.parallel import check
from gradesync_tui.sync.work import CoursePlan, Draft, Place, Work

if TYPE_CHECKING:
    from gradesync_tui.lms.records import Course, SisAssignment, SisSection

SLICE_DRAFTS = 2_000
"""Line items that one slice of courses holds at most: a district is synced slice by slice, never all at once."""


async def slices(work: Work) -> AsyncIterator[list[CoursePlan]]:
    """The account's courses with their assignments, a slice at a time, as Canvas pages come in."""
    from gradesync_tui.lms.errors import SisExportNotEnabled

    await work.journal.begin(Stage.FETCH_SNAPSHOT)
    work.courses = {course.id: course async for course in work.canvas.courses(work.canvas_account)}
    courses = {course.id: course for course in work.courses.values() if course.published}
    try:
        async for plans in _sliced(work, courses, work.canvas.sis_assignments(work.canvas_account)):
            yield plans
    except SisExportNotEnabled:
        await work.journal.log(
            Level.INFO,
            "Canvas's bulk SIS export is off for this account; the assignments are read course by course.",
            Stage.FETCH_SNAPSHOT,
        )
        async for plans in _sliced(work, courses, _course_by_course(work, courses)):
            yield plans


async def _course_by_course(work: Work, courses: Iterable[str]) -> AsyncIterator[SisAssignment]:
    for course_id in courses:
        async for assignment in work.canvas.sis_course_assignments(course_id):
            yield assignment


async def _sliced(
    work: Work, courses: dict[str, Course], assignments: AsyncIterator[SisAssignment]
) -> AsyncIterator[list[CoursePlan]]:
    """Group assignments, which come ordered by course, into plans, and plans into slices."""
    plans: list[CoursePlan] = []
    drafts: list[Draft] = []
    current: Course | None = None
    held = 0
    async for assignment in assignments:
        check(work.claim)
        if current is None or assignment.course_id != current.id:
            if current is not None and drafts:
                plans.append(CoursePlan(current.id, clean(current.name), tuple(drafts)))
                drafts = []
                if held >= SLICE_DRAFTS:
                    yield plans
                    plans, held = [], 0
            current = courses.get(assignment.course_id)
        await work.journal.advance(Stage.FETCH_SNAPSHOT)
        if current is None:  # unpublished, or not of this account: Canvas may list it, but nothing of it may go
            continue
        made = list(_drafts(current, assignment))
        if not made:
            await _say_nothing_can_go(work, current, assignment)
        drafts.extend(made)
        held += len(made)
    if current is not None and drafts:
        plans.append(CoursePlan(current.id, clean(current.name), tuple(drafts)))
    if plans:
        yield plans


def _drafts(course: Course, assignment: SisAssignment) -> Iterator[Draft]:
    """One draft for each section that came from the SIS; manual sections beside them are none of the SIS's business."""
    dates = {override.due_at for override in assignment.user_overrides if override.due_at is not None}
    for section in assignment.sections:
        if not section.sis_id:
            continue
        # As in Canvas itself, a section's own dates without a due date leave the section without one.
        due_at = assignment.due_at if section.override is None else section.override.due_at
        yield Draft(
            place=_place(course, section),
            assignment_id=assignment.id,
            title=sent_title(assignment.name),
            group_id=assignment.assignment_group.id if assignment.assignment_group else "",
            group=clean(assignment.assignment_group.name) if assignment.assignment_group else "",
            due_at=due_at,
            assigned_at=assignment.unlock_at or assignment.created_at or due_at or 0,
            points=assignment.points_possible,
            one_due_date=not dates or dates == {due_at},
        )


def _place(course: Course, section: SisSection) -> Place:
    # A cross-listed section belongs to its origin course as far as the SIS and people are concerned.
    origin = section.origin_course
    return Place(
        course_id=course.id,
        course=clean(origin.name if origin is not None and origin.name else course.name),
        section_id=section.id,
        section=clean(section.name),
        class_id=section.sis_id or "",
    )


async def _say_nothing_can_go(work: Work, course: Course, assignment: SisAssignment) -> None:
    """Sync to SIS is ticked where no section came from the SIS, or no whole section has to do it: people are told."""
    sections = ", ".join(clean(section.name) for section in assignment.sections)
    place = Place(course_id=course.id, course=clean(course.name), section_id="", section=sections, class_id="")
    cause = "section_not_from_sis"
    if not assignment.sections:
        cause = "assigned_to_individuals" if assignment.user_overrides else "section_not_assigned"
    draft = Draft(
        place=place,
        assignment_id=assignment.id,
        title=clean(assignment.name),
        group_id="",
        group="",
        due_at=assignment.due_at,
        assigned_at=0,
        points=assignment.points_possible,
        one_due_date=True,
    )
    await work.journal.add(outcome=work.outcome(RecordKind.LINE_ITEM, Action.BLOCKED, draft, cause=cause))
