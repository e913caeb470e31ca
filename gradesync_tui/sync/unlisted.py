"""What was sent once and is listed by Canvas no more: it waits, and people are told once, with the reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from gradesync_tui.domain.records import LedgerEntry
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.words import Action, RecordKind
from gradesync_tui.sync.work import Draft, Place, Work

if TYPE_CHECKING:
    from gradesync_tui.lms.records import Assignment, Course


async def note_unlisted(work: Work, entries: Iterable[LedgerEntry]) -> None:
    """Ledger entries of assignments that Canvas does not list: should they come back, all is looked at again."""
    courses: defaultdict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in entries:
        if entry.state == "sent" and entry.sent_hash:
            courses[entry.course_id].append(entry)
        elif entry.state == "waiting" and not entry.sent_hash:  # it never went, so nothing waits any more
            await work.journal.add(entry=msgspec.structs.replace(entry, state="sent", cause=None))
    for course_id, gone in courses.items():
        await _note(work, work.courses.get(course_id), gone)


async def note_quiet_courses(work: Work, known: Iterable[str], listed: set[str]) -> None:
    """The same for courses of which Canvas listed nothing at all.

    A course that has ended, or left the account, is no news: its grades stay where they are.
    """
    for course_id in known:
        course = work.courses.get(course_id)
        if course_id in listed or course is None or course.workflow_state == "completed":
            continue
        await note_unlisted(work, await work.store.ledger.entries(work.account.id, course_id, RecordKind.LINE_ITEM))


async def _note(work: Work, course: Course | None, entries: list[LedgerEntry]) -> None:
    from gradesync_tui.lms.errors import NotFound, PermissionMissing, Refused

    course_id = entries[0].course_id
    assignments: dict[str, Assignment] | None = None
    sections: dict[str | None, str] = {}
    try:
        if course is not None and course.published:
            assignments = {one.id: one async for one in work.canvas.assignments(course_id)}
        sections = {one.sis_section_id: one.name async for one in work.canvas.sections(course_id)}
    except (NotFound, PermissionMissing, Refused):
        pass  # the reason stays a guess, and the class is known by its id
    for entry in entries:
        cause = _cause(course, assignments, entry.assignment_id)
        waiting = msgspec.structs.replace(entry, state="waiting", cause=cause, run_id=work.run.id)
        draft = Draft(
            place=Place(
                course_id=course_id,
                course=clean(course.name) if course is not None else "",
                section_id="",
                section=clean(sections.get(entry.class_id, entry.class_id)),
                class_id=entry.class_id,
            ),
            assignment_id=entry.assignment_id,
            title=entry.title,
            group_id="",
            group="",
            due_at=None,
            assigned_at=0,
            points=None,
            one_due_date=True,
        )
        outcome = work.outcome(
            RecordKind.LINE_ITEM, Action.WAITING, draft, sourced_id=entry.sourced_id, before=entry.sent, cause=cause
        )
        await work.journal.add(entry=waiting, outcome=outcome)


def _cause(course: Course | None, assignments: dict[str, Assignment] | None, assignment_id: str) -> str:
    if course is not None and not course.published:
        return "course_unpublished"
    if assignments is None:
        return "not_marked"
    found = assignments.get(assignment_id)
    if found is None:
        return "assignment_deleted"
    if not found.published:
        return "assignment_unpublished"
    return "section_not_assigned" if found.post_to_sis else "not_marked"
