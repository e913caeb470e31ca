"""What grading does in Canvas: scores, excuses, posting; each leaves the stamps that a sync reads."""

from __future__ import annotations

import math

from gradesync_tui.domain.clock import Instant
from gradesync_tui.sandbox.canvas.state import Assignment, CanvasState, GradeChange, Submission

LETTERS = {
    "A": 0.95,
    "A-": 0.91,
    "B+": 0.88,
    "B": 0.85,
    "B-": 0.81,
    "C+": 0.78,
    "C": 0.75,
    "C-": 0.71,
    "D": 0.65,
    "F": 0.0,
}


def score_of(assignment: Assignment, posted_grade: str) -> tuple[float | None, str | None]:
    """(score, grade) that Canvas makes of what a teacher types: `8.5`, `85%`, `B+`, `complete`; empty takes it away."""
    text = posted_grade.strip()
    points = assignment.points or 0.0
    if text in ("", "-"):
        return None, None
    if assignment.grading_type == "letter_grade" and text.upper() in LETTERS:
        return round(LETTERS[text.upper()] * points, 2), text.upper()
    if assignment.grading_type == "pass_fail":
        passed = text.lower() in ("pass", "complete")
        return (points if passed else 0.0), "complete" if passed else "incomplete"
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        # Canvas keeps a grade that is no number, without a score.
        return None, posted_grade.strip()
    if text.endswith("%"):
        number = number / 100 * points
    return number, grade_text(assignment, number)


def grade_text(assignment: Assignment, score: float) -> str:
    """How Canvas writes a score as a grade."""
    if assignment.grading_type == "percent" and assignment.points:
        return f"{score / assignment.points * 100:g}%"
    if assignment.grading_type == "letter_grade" and assignment.points:
        share = score / assignment.points
        return next((letter for letter, least in LETTERS.items() if share >= least - 0.02), "F")
    return str(int(score)) if math.isfinite(score) and score == int(score) else repr(score)


def give(
    state: CanvasState,
    assignment: Assignment,
    submission: Submission,
    now: Instant,
    grader_id: int | None,
    *,
    score: float | None,
    grade: str | None,
    excused: bool = False,
    quiet_excuse: bool = False,
) -> None:
    """Grade or excuse. A hidden grade (manual posting) keeps `posted_at` empty; a grade taken away loses `graded_at`.

    quiet_excuse: an excuse leaves `graded_at` alone, so that `graded_since` cannot see it.
    """
    before = (submission.grade, submission.excused)
    submission.excused = excused
    submission.score = None if excused else score
    submission.grade = None if excused else grade
    submission.grader_id = grader_id
    if submission.is_graded:
        submission.state = "graded"
        if not (excused and quiet_excuse):
            submission.graded_at = now
        if submission.posted_at is None and not assignment.post_manually:
            submission.posted_at = now
    else:
        submission.state = "submitted" if submission.submitted_at is not None else "unsubmitted"
        submission.graded_at = None
    if before != (submission.grade, submission.excused):
        state.grade_changes.append(
            GradeChange(
                id=f"{len(state.grade_changes) + 1:08x}-0000-4000-8000-000000000000",
                at=now,
                course_id=assignment.course_id,
                assignment_id=assignment.id,
                student_id=submission.user_id,
                grader_id=grader_id,
                grade_before=before[0],
                grade_after=submission.grade,
                excused_before=before[1],
                excused_after=submission.excused,
                version=len(state.grade_changes) + 1,
            )
        )


def post_grades(assignment: Assignment, now: Instant) -> int:
    """Show an assignment's hidden grades to the pupils; `graded_at` stays, as in Canvas. Answers how many."""
    hidden = [row for row in assignment.submissions.values() if row.is_graded and row.posted_at is None]
    for row in hidden:
        row.posted_at = now
    return len(hidden)
