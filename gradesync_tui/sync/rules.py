"""How the profile's rules and the account's policies meet one record: where Canvas's words become OneRoster's."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from gradesync_tui.domain.categories import match_category
from gradesync_tui.domain.causes import Blocked
from gradesync_tui.domain.clock import to_datetime
from gradesync_tui.domain.grades import Category, GradingPeriod, LineItem, Result, derived_result_id
from gradesync_tui.domain.preflight import LineItemDraft, ScoreDraft, check_line_item, check_score, local_date
from gradesync_tui.domain.records import Policies
from gradesync_tui.domain.text import clean
from gradesync_tui.sync.work import Draft, Posted, Work

if TYPE_CHECKING:
    from gradesync_tui.lms.records import PupilSubmissions, Submission


def line_item_draft(draft: Draft) -> LineItemDraft:
    """An assignment as pre-flight looks at it; Canvas lists only published ones."""
    return LineItemDraft(
        title=draft.title,
        due_date=draft.due_at,
        points=draft.points,
        due_dates_differ=not draft.one_due_date,
        course=draft.place.course,
    )


def blocked_assignment(work: Work, draft: Draft, repeated: set[tuple[str, date | None]]) -> Blocked | None:
    """The most telling reason why an assignment cannot go, if there is one."""
    # OneRoster does not say which periods are closed: the SIS refuses those itself, and its answer names the cause.
    found = check_line_item(
        line_item_draft(draft), work.profile, work.periods, zone=work.account.zone, repeated=repeated
    )
    return found[0] if found else None


def category_of(work: Work, draft: Draft, school_id: str | None) -> Category | Blocked:
    """The SIS's category for the assignment's group."""
    return match_category(
        draft.group,
        draft.place.class_id,
        work.categories,
        work.profile.categories,
        work.rules,
        group_id=draft.group_id or None,
        course_id=draft.place.course_id,
        school_id=school_id,
    )


def period_of(work: Work, draft: Draft) -> GradingPeriod | None:
    """The grading period of the due date, where the SIS shows its periods and wants them named."""
    if not work.profile.grading_period or draft.due_at is None:
        return None
    day = local_date(draft.due_at, work.account.zone)
    return next((period for period in work.periods if day and period.start <= day <= period.end), None)


def is_graded(submission: Submission) -> bool:
    """Whether the teacher has entered anything: a score, an excuse, or a grade that may turn out not to be a number."""
    return submission.score is not None or submission.excused or bool(submission.grade)


def is_hidden(submission: Submission, policies: Policies) -> bool:
    """Whether a grade waits because the teacher has not posted it."""
    return submission.posted_at is None and policies.hidden == "wait"


def blocked_score(work: Work, draft: Draft, row: PupilSubmissions, submission: Submission) -> Blocked | None:
    """The most telling reason why a score cannot go, if there is one."""
    found = check_score(
        ScoreDraft(
            score=submission.score if submission.score is not None else submission.grade or None,
            status="exempt" if submission.excused else "fully graded",
            points=draft.points,
            pupil=pupil_name(row),
            student_id=row.sis_user_id,
            section=draft.place.section,
        ),
        work.profile,
    )
    return found[0] if found else None


def result_of(work: Work, posted: Posted, student_id: str, submission: Submission, stored_id: str) -> Result:
    """A score as OneRoster says it; its id is the stored one, else derived where the dialect lets us choose."""
    derived = derived_result_id(work.account.name, posted.line_item_id, student_id) if work.standard_ids else ""
    scored_at = submission.graded_at or submission.submitted_at or work.started_at
    return Result(
        sourced_id=stored_id or derived,
        line_item_id=posted.line_item_id,
        student_id=student_id,
        class_id=posted.draft.place.class_id,
        score=None if submission.excused else submission.score,
        status="exempt" if submission.excused else "fully graded",
        score_date=local_date(scored_at, work.account.zone) or to_datetime(work.started_at).date(),
        late=submission.late,
        missing=submission.missing,
    )


def pupil_name(row: PupilSubmissions) -> str:
    """How people know the pupil; Canvas's own number where it gave no name."""
    return clean(row.name, limit=120) if row.name else f"Canvas user {row.user_id}"


def score_words(result: Result) -> str:
    """A score for people: a number, or `exempt`."""
    return "exempt" if result.status == "exempt" or result.score is None else f"{result.score:.12g}"


def today(work: Work) -> date:
    """The day of the run in the account's zone."""
    return to_datetime(work.started_at, work.account.zone).date()


def item_words(item: LineItem) -> str:
    """What was sent, for people: title, due day and points."""
    return f"{item.title} · due {to_datetime(item.due_date).date().isoformat()} · {item.points:g} points"


def due_day(draft: Draft) -> str:
    """The due date's day in UTC; empty where there is none."""
    return to_datetime(draft.due_at).date().isoformat() if draft.due_at is not None else ""


def same_day(work: Work, item: LineItem, draft: Draft) -> bool:
    """Whether due dates agree to the day, in UTC or in the account's zone: SISs keep days, not instants."""
    if draft.due_at is None:
        return False
    held = to_datetime(item.due_date).date()
    return held in (to_datetime(draft.due_at).date(), to_datetime(draft.due_at, work.account.zone).date())
