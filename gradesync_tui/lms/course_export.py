"""What Canvas's SIS export would say of a course, put together from the ordinary API where the export is off."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from gradesync_tui.lms.errors import NotFound, PermissionMissing
from gradesync_tui.lms.records import (
    Assignment,
    AssignmentGroup,
    Course,
    Override,
    Section,
    SisAssignment,
    SisCourse,
    SisOverride,
    SisPupil,
    SisPupilOverride,
    SisSection,
)

if TYPE_CHECKING:
    from gradesync_tui.lms.canvas import Canvas


async def sis_assignments_of(canvas: Canvas, course_id: str) -> list[SisAssignment]:
    """The published assignments marked "Sync to SIS" of a published course, ordered by their ids."""
    course = await canvas.course(course_id)
    if course.workflow_state != "available":  # the export leaves out concluded courses too
        return []
    marked = [
        assignment
        async for assignment in canvas.assignments(course_id, post_to_sis=True)
        if assignment.published and assignment.post_to_sis
    ]
    if not marked:
        return []
    groups = {group.id: group async for group in canvas.assignment_groups(course_id)}
    sections = [section async for section in canvas.sections(course_id)]
    origins = await _origins(canvas, course, sections)
    overrides = {assignment.id: await _overrides(canvas, assignment) for assignment in marked}
    pupils: dict[str, str] = {}
    if any(override.student_ids for each in overrides.values() for override in each):
        pupils = {
            enrollment.user_id: enrollment.sis_user_id
            async for enrollment in canvas.enrollments(course_id)
            if enrollment.sis_user_id
        }
    marked.sort(key=lambda assignment: (len(assignment.id), assignment.id))
    return [
        _as_exported(assignment, overrides[assignment.id], groups, sections, course, origins, pupils)
        for assignment in marked
    ]


async def _origins(canvas: Canvas, course: Course, sections: list[Section]) -> dict[str, SisCourse]:
    """The courses that cross-listed sections came from; where Canvas shows one no more, its id alone."""
    origins = {course.id: _sis_course(course)}
    for course_id in {section.nonxlist_course_id for section in sections} - {None, course.id}:
        assert course_id is not None
        try:
            origins[course_id] = _sis_course(await canvas.course(course_id))
        except (NotFound, PermissionMissing):
            origins[course_id] = SisCourse(id=course_id)
    return origins


async def _overrides(canvas: Canvas, assignment: Assignment) -> list[Override]:
    if assignment.overrides is not None:
        return list(assignment.overrides)
    if not assignment.has_overrides:
        return []
    # A developer key that drops include[] leaves them out of the list.
    return [override async for override in canvas.overrides(assignment.course_id, assignment.id)]


def _as_exported(
    assignment: Assignment,
    overrides: list[Override],
    groups: dict[str, AssignmentGroup],
    sections: list[Section],
    course: Course,
    origins: dict[str, SisCourse],
    pupils: dict[str, str],
) -> SisAssignment:
    by_section: defaultdict[str, list[Override]] = defaultdict(list)
    for override in overrides:
        if override.course_section_id is not None:
            by_section[override.course_section_id].append(override)
    return SisAssignment(
        id=assignment.id,
        course_id=assignment.course_id,
        name=assignment.name,
        created_at=assignment.created_at,
        due_at=assignment.due_at,
        unlock_at=assignment.unlock_at,
        lock_at=assignment.lock_at,
        points_possible=assignment.points_possible,
        grading_type=assignment.grading_type,
        integration_id=assignment.integration_id,
        include_in_final_grade=not assignment.omit_from_final_grade,
        assignment_group=groups.get(assignment.assignment_group_id or ""),
        sections=tuple(
            _section(section, by_section[section.id], course, origins)
            for section in sections
            if not assignment.only_visible_to_overrides or section.id in by_section
        ),
        user_overrides=tuple(
            SisPupilOverride(
                id=override.id,
                title=override.title,
                due_at=override.due_at,
                unlock_at=override.unlock_at,
                lock_at=override.lock_at,
                students=tuple(
                    SisPupil(user_id=pupil, sis_user_id=pupils.get(pupil)) for pupil in override.student_ids
                ),
            )
            for override in overrides
            if override.student_ids
        ),
    )


def _section(section: Section, overrides: list[Override], course: Course, origins: dict[str, SisCourse]) -> SisSection:
    cross_listed = section.nonxlist_course_id not in (None, course.id)
    return SisSection(
        id=section.id,
        name=section.name,
        sis_id=section.sis_section_id,
        integration_id=section.integration_id,
        origin_course=origins[section.nonxlist_course_id or course.id],
        xlist_course=_sis_course(course) if cross_listed else None,
        override=next(
            (
                SisOverride(
                    override_title=override.title,
                    due_at=override.due_at,
                    unlock_at=override.unlock_at,
                    lock_at=override.lock_at,
                )
                for override in overrides
            ),
            None,
        ),
    )


def _sis_course(course: Course) -> SisCourse:
    return SisCourse(id=course.id, name=course.name, sis_id=course.sis_course_id, integration_id=course.integration_id)
