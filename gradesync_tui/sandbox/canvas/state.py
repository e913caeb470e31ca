"""What the Canvas of the district knows: its objects, and the indexes by which requests find them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from gradesync_tui.domain.clock import Instant

EnrollmentType = Literal["StudentEnrollment", "TeacherEnrollment", "StudentViewEnrollment"]


@dataclass(slots=True)
class Account:
    id: int
    name: str
    parent_id: int | None
    sis_id: str | None


@dataclass(slots=True)
class Term:
    id: int
    name: str
    start_at: Instant | None
    end_at: Instant | None
    sis_id: str | None
    group_id: int | None


@dataclass(slots=True)
class GradingPeriod:
    id: int
    title: str
    start_at: Instant
    end_at: Instant
    close_at: Instant


@dataclass(slots=True)
class User:
    id: int
    name: str
    sortable_name: str
    login_id: str
    sis_id: str | None
    integration_id: str | None = None


@dataclass(slots=True)
class Section:
    id: int
    course_id: int
    name: str
    sis_id: str | None
    created_at: Instant
    nonxlist_course_id: int | None = None


@dataclass(slots=True)
class Enrollment:
    id: int
    user_id: int
    course_id: int
    section_id: int
    type: EnrollmentType
    state: str
    sis_import_id: int | None
    created_at: Instant


@dataclass(slots=True)
class Group:
    id: int
    course_id: int
    name: str
    position: int
    weight: float
    sis_source_id: str | None = None
    integration_data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Override:
    id: int
    assignment_id: int
    title: str
    due_at: Instant | None
    unlock_at: Instant | None = None
    lock_at: Instant | None = None
    section_id: int | None = None
    student_ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Submission:
    """A pupil's place in an assignment; it exists before anything is handed in or graded."""

    id: int
    assignment_id: int
    user_id: int
    score: float | None = None
    grade: str | None = None
    excused: bool = False
    late_policy_status: str | None = None
    state: str = "unsubmitted"
    submitted_at: Instant | None = None
    graded_at: Instant | None = None
    posted_at: Instant | None = None
    grader_id: int | None = None
    attempt: int | None = None

    @property
    def is_graded(self) -> bool:
        return self.excused or self.score is not None or self.grade is not None


@dataclass(slots=True)
class Assignment:
    id: int
    course_id: int
    name: str
    group_id: int
    due_at: Instant | None
    points: float | None
    created_at: Instant
    updated_at: Instant
    post_to_sis: bool = True
    state: str = "published"
    grading_type: str = "points"
    post_manually: bool = False
    only_visible_to_overrides: bool = False
    unlock_at: Instant | None = None
    lock_at: Instant | None = None
    omit_from_final_grade: bool = False
    description: str = ""
    sis_id: str | None = None
    integration_id: str | None = None
    integration_data: dict[str, Any] = field(default_factory=dict)
    overrides: list[Override] = field(default_factory=list)
    submissions: dict[int, Submission] = field(default_factory=dict)


@dataclass(slots=True)
class Course:
    id: int
    name: str
    code: str
    account_id: int
    term_id: int
    sis_id: str | None
    created_at: Instant
    state: str = "available"
    sections: list[Section] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    enrollments: list[Enrollment] = field(default_factory=list)
    assignments: dict[int, Assignment] = field(default_factory=dict)


@dataclass(slots=True)
class GradeChange:
    """One entry of the grade-change audit log."""

    id: str
    at: Instant
    course_id: int
    assignment_id: int
    student_id: int
    grader_id: int | None
    grade_before: str | None
    grade_after: str | None
    excused_before: bool
    excused_after: bool
    version: int


class CanvasState:
    """All of Canvas; every object has one id sequence of its kind, as in Canvas."""

    def __init__(self) -> None:
        self.accounts: dict[int, Account] = {}
        self.terms: dict[int, Term] = {}
        self.periods: dict[int, GradingPeriod] = {}
        self.users: dict[int, User] = {}
        self.courses: dict[int, Course] = {}
        self.sections: dict[int, Section] = {}
        self.assignments: dict[int, Assignment] = {}
        self.groups: dict[int, Group] = {}
        self.enrollments: dict[int, Enrollment] = {}
        self.enrollments_of_user: defaultdict[int, list[Enrollment]] = defaultdict(list)
        self.grade_changes: list[GradeChange] = []
        self.sis_imports: list[dict[str, Any]] = []
        self._ids: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(1))

    def next_id(self, kind: str, first: int = 1) -> int:
        """The next id of a kind of object; `first` is where a kind begins."""
        if kind not in self._ids:
            self._ids[kind] = count(first)
        return next(self._ids[kind])

    def add_enrollment(self, enrollment: Enrollment) -> None:
        self.enrollments[enrollment.id] = enrollment
        self.courses[enrollment.course_id].enrollments.append(enrollment)
        self.enrollments_of_user[enrollment.user_id].append(enrollment)

    def add_assignment(self, assignment: Assignment) -> Assignment:
        """Add an assignment, with an empty submission for every pupil that it is assigned to."""
        self.assignments[assignment.id] = assignment
        self.courses[assignment.course_id].assignments[assignment.id] = assignment
        self.assign(assignment)
        return assignment

    def assign(self, assignment: Assignment) -> None:
        """Give every pupil whom the assignment now reaches a submission; nobody loses one that is graded."""
        reached = set(self.pupils_of(assignment))
        for user_id in sorted(reached - assignment.submissions.keys()):
            assignment.submissions[user_id] = Submission(self.next_id("submission", 70001), assignment.id, user_id)
        for user_id in [one for one, row in assignment.submissions.items() if one not in reached and not row.is_graded]:
            del assignment.submissions[user_id]

    def pupils_of(self, assignment: Assignment) -> Iterable[int]:
        """The users to whom an assignment is assigned, the Test Student among them."""
        sections = {override.section_id for override in assignment.overrides if override.section_id is not None}
        single = {user_id for override in assignment.overrides for user_id in override.student_ids}
        for enrollment in self.courses[assignment.course_id].enrollments:
            if enrollment.type == "TeacherEnrollment" or enrollment.state == "deleted":
                continue
            if (
                not assignment.only_visible_to_overrides
                or enrollment.section_id in sections
                or enrollment.user_id in single
            ):
                yield enrollment.user_id

    def due_at(self, assignment: Assignment, user_id: int) -> Instant | None:
        """When an assignment is due for a pupil: their own override, else their section's, else the common date."""
        if not assignment.overrides:
            return assignment.due_at
        sections = {
            one.section_id for one in self.enrollments_of_user[user_id] if one.course_id == assignment.course_id
        }
        for override in assignment.overrides:
            if user_id in override.student_ids:
                return override.due_at
        for override in assignment.overrides:
            if override.section_id in sections:
                return override.due_at
        return assignment.due_at

    def period_at(self, at: Instant | None) -> GradingPeriod | None:
        """The grading period that a due date falls in."""
        if at is None:
            return None
        return next((period for period in self.periods.values() if period.start_at <= at <= period.end_at), None)

    def account_and_below(self, account_id: int) -> set[int]:
        """An account with all its sub-accounts."""
        below = {account_id}
        # Accounts are numbered from the top down, so one pass in order of id sees every parent first.
        for account in sorted(self.accounts.values(), key=lambda one: one.id):
            if account.parent_id in below:
                below.add(account.id)
        return below

    def by_sis_id(self, kind: str, sis_id: str) -> int | None:
        """The id of the account, course, section, user or term with a SIS id."""
        finders: dict[str, Callable[[], Iterable[Account | Course | Section | User | Term]]] = {
            "account": self.accounts.values,
            "course": self.courses.values,
            "section": self.sections.values,
            "user": self.users.values,
            "term": self.terms.values,
        }
        return next((one.id for one in finders[kind]() if one.sis_id == sis_id), None)
