"""What Canvas answers with, as far as a grade sync needs it. Ids are text, instants are UTC microseconds."""

from __future__ import annotations

import msgspec

from gradesync_tui.lms.wire import Flag, Id, Ids, Number, OptionalId, Record, Text, When

# --- the account and its courses -------------------------------------------------------------------------------------


class CanvasAccount(Record, frozen=True, kw_only=True):
    """An account or sub-account."""

    id: Id
    name: Text = ""
    parent_account_id: OptionalId = None
    root_account_id: OptionalId = None
    sis_account_id: OptionalId = None
    workflow_state: Text = ""
    default_time_zone: Text = ""


class User(Record, frozen=True, kw_only=True):
    """A person; `sis_user_id` shows only to who may read SIS data."""

    id: Id
    name: Text = ""
    sortable_name: Text = ""
    sis_user_id: OptionalId = None
    login_id: OptionalId = None


class Term(Record, frozen=True, kw_only=True):
    """An enrollment term."""

    id: Id
    name: Text = ""
    start_at: When = None
    end_at: When = None
    workflow_state: Text = ""
    grading_period_group_id: OptionalId = None
    sis_term_id: OptionalId = None


class Course(Record, frozen=True, kw_only=True):
    """A course; `sis_course_id` shows only to who may read SIS data."""

    id: Id
    name: Text = ""
    course_code: Text = ""
    account_id: OptionalId = None
    sis_course_id: OptionalId = None
    integration_id: OptionalId = None
    enrollment_term_id: OptionalId = None
    workflow_state: Text = ""
    start_at: When = None
    end_at: When = None
    time_zone: Text = ""
    blueprint: Flag = False
    concluded: Flag = False
    term: Term | None = None

    @property
    def published(self) -> bool:
        """Whether pupils can see it; a concluded course was published too."""
        return self.workflow_state in ("available", "completed")


class Section(Record, frozen=True, kw_only=True):
    """A section; `nonxlist_course_id` is the course that a cross-listed section came from."""

    id: Id
    course_id: Id
    name: Text = ""
    sis_section_id: OptionalId = None
    sis_course_id: OptionalId = None
    integration_id: OptionalId = None
    nonxlist_course_id: OptionalId = None
    start_at: When = None
    end_at: When = None


class Enrollment(Record, frozen=True, kw_only=True):
    """Somebody's place in a section. `sis_import_id` is None for one that was added by hand."""

    id: Id
    user_id: Id
    course_id: Id
    course_section_id: Id
    type: Text = ""
    role: Text = ""
    enrollment_state: Text = ""
    sis_user_id: OptionalId = None
    sis_section_id: OptionalId = None
    sis_course_id: OptionalId = None
    sis_import_id: OptionalId = None
    user: User | None = None

    @property
    def test_student(self) -> bool:
        """Canvas's own Test Student, who is never synced."""
        return self.type == "StudentViewEnrollment"


class GradingPeriod(Record, frozen=True, kw_only=True):
    """A grading period; after `close_date` grades in it can no longer be changed."""

    id: Id
    title: Text = ""
    start_date: When = None
    end_date: When = None
    close_date: When = None
    weight: Number = None


# --- assignments -----------------------------------------------------------------------------------------------------


class AssignmentGroup(Record, frozen=True, kw_only=True):
    """An assignment group, which the SIS knows as a category."""

    id: Id
    name: Text = ""
    position: Number = None
    group_weight: Number = None
    sis_source_id: OptionalId = None


class Override(Record, frozen=True, kw_only=True):
    """Other dates for a section, for some pupils or for a group. Exactly one of the three is set."""

    id: Id
    assignment_id: OptionalId = None
    title: Text = ""
    due_at: When = None
    unlock_at: When = None
    lock_at: When = None
    course_section_id: OptionalId = None
    student_ids: Ids = ()
    group_id: OptionalId = None


class Assignment(Record, frozen=True, kw_only=True):
    """An assignment with the dates that hold for everyone. `overrides` is None where Canvas did not say."""

    id: Id
    course_id: Id
    name: Text = ""
    created_at: When = None
    updated_at: When = None
    due_at: When = None
    unlock_at: When = None
    lock_at: When = None
    points_possible: Number = None
    grading_type: Text = ""
    assignment_group_id: OptionalId = None
    workflow_state: Text = ""
    published: Flag = False
    post_to_sis: Flag = False
    omit_from_final_grade: Flag = False
    hide_in_gradebook: Flag = False
    only_visible_to_overrides: Flag = False
    has_overrides: Flag = False
    in_closed_grading_period: Flag = False
    sis_assignment_id: OptionalId = None
    integration_id: OptionalId = None
    overrides: tuple[Override, ...] | None = None


class SisCourse(Record, frozen=True, kw_only=True):
    """A course as the SIS export names it."""

    id: Id
    name: Text = ""
    sis_id: OptionalId = None
    integration_id: OptionalId = None


class SisOverride(Record, frozen=True, kw_only=True):
    """Other dates for one section."""

    override_title: Text = ""
    due_at: When = None
    unlock_at: When = None
    lock_at: When = None


class SisSection(Record, frozen=True, kw_only=True):
    """A section that an assignment is for. A cross-listed one has both courses; the origin is the SIS's."""

    id: Id
    name: Text = ""
    sis_id: OptionalId = None
    integration_id: OptionalId = None
    origin_course: SisCourse | None = None
    xlist_course: SisCourse | None = None
    override: SisOverride | None = None


class SisPupil(Record, frozen=True, kw_only=True):
    """A pupil named in an override."""

    user_id: Id
    sis_user_id: OptionalId = None


class SisPupilOverride(Record, frozen=True, kw_only=True):
    """Other dates for some pupils."""

    id: Id
    title: Text = ""
    due_at: When = None
    unlock_at: When = None
    lock_at: When = None
    students: tuple[SisPupil, ...] = ()


class SisAssignment(Record, frozen=True, kw_only=True):
    """A published assignment marked "Sync to SIS", with all that a passback plans from.

    `due_at` is the date for everyone; a section's override goes before it.
    """

    id: Id
    course_id: Id
    name: Text = ""
    created_at: When = None
    due_at: When = None
    unlock_at: When = None
    lock_at: When = None
    points_possible: Number = None
    grading_type: Text = ""
    integration_id: OptionalId = None
    include_in_final_grade: bool | None = True
    assignment_group: AssignmentGroup | None = None
    sections: tuple[SisSection, ...] = ()
    user_overrides: tuple[SisPupilOverride, ...] = ()


# --- scores ----------------------------------------------------------------------------------------------------------


class Submission(Record, frozen=True, kw_only=True):
    """A pupil's work on an assignment. `score` is None without one (see `oddities`); `posted_at` None is hidden."""

    assignment_id: Id
    user_id: OptionalId = None
    id: OptionalId = None
    score: Number = None
    grade: Text = ""
    excused: Flag = False
    late: Flag = False
    missing: Flag = False
    late_policy_status: Text = ""
    points_deducted: Number = None
    workflow_state: Text = ""
    submitted_at: When = None
    graded_at: When = None
    posted_at: When = None
    cached_due_date: When = None
    grader_id: OptionalId = None
    grading_period_id: OptionalId = None
    grade_matches_current_submission: bool | None = None
    user: User | None = None


class PupilSubmissions(Record, frozen=True, kw_only=True):
    """One pupil's submissions of a course. `section_id` is one section, an active enrollment before others.

    `name` is empty where Canvas did not give it.
    """

    user_id: Id
    section_id: OptionalId = None
    sis_user_id: OptionalId = None
    integration_id: OptionalId = None
    user: User | None = None
    submissions: tuple[Submission, ...] = ()

    @property
    def name(self) -> str:
        """The pupil's name, which Canvas gives with each submission."""
        user = self.user or next((submission.user for submission in self.submissions if submission.user), None)
        return user.name if user is not None else ""


class GradeChange(Record, frozen=True, kw_only=True):
    """One entry of Canvas's grade-change log, which also shows excuses and deleted grades."""

    id: Id
    created_at: When = None
    event_type: Text = ""
    assignment_id: OptionalId = None
    student_id: OptionalId = None
    grader_id: OptionalId = None
    grade_before: Text = ""
    grade_after: Text = ""
    excused_before: Flag = False
    excused_after: Flag = False


# --- the connection itself -------------------------------------------------------------------------------------------


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was checked: its name, whether it is well, what was found, and what to do where it is not."""

    name: str
    ok: bool
    what: str
    do: str = ""
