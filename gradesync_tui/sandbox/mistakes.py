"""What teachers get wrong, so that a sync has something to warn about: one kind of mistake, one function."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from gradesync_tui.domain.clock import DAY, Instant
from gradesync_tui.sandbox.canvas.state import Assignment, CanvasState, Course, Group

Make = Callable[[CanvasState, Course, Assignment, Instant], None]


def no_due_date(_: CanvasState, __: Course, assignment: Assignment, ___: Instant) -> None:
    assignment.due_at = None


def unknown_category(state: CanvasState, course: Course, assignment: Assignment, _: Instant) -> None:
    """Put it into an assignment group that the SIS has never heard of."""
    group = Group(state.next_id("group", 301), course.id, "Imported Assignments", len(course.groups) + 1, 0.0)
    course.groups.append(group)
    state.groups[group.id] = group
    assignment.group_id = group.id


def too_long_title(_: CanvasState, __: Course, assignment: Assignment, ___: Instant) -> None:
    assignment.name += " - corrections, second try, with the rubric that we discussed in class on Tuesday"


def closed_period(state: CanvasState, _: Course, assignment: Assignment, now: Instant) -> None:
    """Date it back into a grading period that is over."""
    closed = [period for period in state.periods.values() if period.close_at < now]
    if closed:
        assignment.due_at = closed[-1].end_at - 3 * DAY


def same_title(_: CanvasState, course: Course, assignment: Assignment, __: Instant) -> None:
    """Call it what another assignment of the same day is called already."""
    for other in course.assignments.values():
        if other.id != assignment.id and other.state == "published" and other.due_at is not None:
            assignment.name, assignment.due_at = other.name, other.due_at
            return


def words_for_a_grade(_: CanvasState, __: Course, assignment: Assignment, ___: Instant) -> None:
    """Type a word where a number belongs, for one pupil."""
    for submission in assignment.submissions.values():
        if submission.score is not None:
            submission.score, submission.grade = None, "see me"
            return


MISTAKES: dict[str, Make] = {
    "no due date": no_due_date,
    "unknown category": unknown_category,
    "too long title": too_long_title,
    "closed grading period": closed_period,
    "same title": same_title,
    "a word for a grade": words_for_a_grade,
}


def pupil_without_sis_id(state: CanvasState, rng: Random, course: Course) -> str:
    """The roster lost a pupil's SIS id; answers the pupil's name."""
    pupils = [one for one in course.enrollments if one.type == "StudentEnrollment" and one.state == "active"]
    user = state.users[rng.choice(pupils).user_id]
    user.sis_id = None
    return user.name
