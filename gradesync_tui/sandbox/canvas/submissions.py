"""Canvas's bulk submissions: a course's or a section's grades, by pupil or one by one, all or since an instant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradesync_tui.domain.clock import Instant
from gradesync_tui.sandbox.canvas.access import need
from gradesync_tui.sandbox.canvas.assignments import Assignments
from gradesync_tui.sandbox.canvas.context import Context, not_found, parse_stamp, stamp
from gradesync_tui.sandbox.canvas.paging import paged
from gradesync_tui.sandbox.canvas.state import Assignment, Course, Enrollment, Section, Submission
from gradesync_tui.sandbox.web import Answer, Call, Json, Refusal, Router


class Submissions:
    """Handlers that read grades."""

    def __init__(self, context: Context, assignments: Assignments) -> None:
        self._context = context
        self._state = context.state
        self._assignments = assignments

    def add_to(self, router: Router) -> None:
        router.add("GET", "/api/v1/courses/:course_id/students/submissions", self.of_course)
        router.add("GET", "/api/v1/sections/:section_id/students/submissions", self.of_section)
        router.add("GET", "/api/v1/courses/:course_id/assignments/:assignment_id/submissions", self.of_assignment)
        router.add("GET", "/api/v1/courses/:course_id/assignments/:assignment_id/submissions/:user_id", self.one)

    def of_course(self, call: Call) -> Answer:
        return self._bulk(call, self._context.course(call.params[0]), None)

    def of_section(self, call: Call) -> Answer:
        section = self._context.section(call.params[0])
        return self._bulk(call, self._state.courses[section.course_id], section)

    def of_assignment(self, call: Call) -> Answer:
        need(call, "manage_grades", "view_all_grades")
        assignment = self._context.assignment(self._context.course(call.params[0]), call.params[1])
        return paged(call, list(assignment.submissions.values()), lambda one: self.show(call, assignment, one))

    def one(self, call: Call) -> Answer:
        need(call, "manage_grades", "view_all_grades")
        assignment = self._context.assignment(self._context.course(call.params[0]), call.params[1])
        submission = assignment.submissions.get(self._context.user_id(call.params[2]))
        if submission is None:
            raise not_found()
        return Answer(200, self.show(call, assignment, submission))

    def _bulk(self, call: Call, course: Course, section: Section | None) -> Answer:
        need(call, "manage_grades", "view_all_grades")
        pupils = self._pupils(call, course, section)
        assignments = self._chosen_assignments(call, course)
        wanted = self._filter(call)
        counted = self._context.settings.counts_pages
        if call.flag("grouped"):
            return paged(
                call, list(pupils.values()), lambda one: self._grouped(call, one, assignments, wanted), counted=counted
            )
        rows = [
            (assignment, submission)
            for assignment in assignments
            for submission in assignment.submissions.values()
            if submission.user_id in pupils and wanted(assignment, submission)
        ]
        by_time = call.one("order") == "graded_at"
        rows.sort(key=lambda row: ((row[1].graded_at or 0) if by_time else 0, row[1].id))
        if call.one("order_direction") == "descending":
            rows.reverse()
        return paged(call, rows, lambda row: self.show(call, *row), counted=False)

    def _pupils(self, call: Call, course: Course, section: Section | None) -> dict[int, Enrollment]:
        """The chosen pupils with the enrollment that speaks for each: an active one if there is one."""
        asked = call.many("student_ids")
        if len(asked) > call.page_limit:
            raise Refusal(Answer(400, {"error": "too many students"}))
        ids = None if not asked or "all" in asked else {self._context.user_id(text) for text in asked}
        state = call.one("enrollment_state")
        if state not in (None, "active", "concluded"):
            raise Refusal(Answer(400, {"error": "invalid enrollment_state"}))
        states = {
            None: {"active", "invited", "completed"},
            "active": {"active", "invited"},
            "concluded": {"completed"},
        }[state]
        by_sis = call.flag("post_to_sis")
        chosen: dict[int, Enrollment] = {}
        for one in course.enrollments:
            if one.type == "TeacherEnrollment" or one.state not in states:
                continue
            if (section is not None and one.section_id != section.id) or (ids is not None and one.user_id not in ids):
                continue
            if by_sis and one.sis_import_id is None:
                continue
            if one.user_id not in chosen or (chosen[one.user_id].state != "active" and one.state == "active"):
                chosen[one.user_id] = one
        return dict(sorted(chosen.items()))

    def _chosen_assignments(self, call: Call, course: Course) -> list[Assignment]:
        asked = call.many("assignment_ids")
        published = {one.id: one for one in course.assignments.values() if one.state == "published"}
        if asked:
            if not all(text.isdecimal() and int(text) in published for text in asked):
                raise Refusal(Answer(403, {"error": "invalid assignment ids requested"}))
            published = {int(text): published[int(text)] for text in asked}
        rows = [one for one in published.values() if one.post_to_sis or not call.flag("post_to_sis")]
        period = call.one("grading_period_id")
        if period is not None:
            found = self._state.periods.get(int(period) if period.isdecimal() else 0)
            if found is None:
                raise not_found()
            rows = [one for one in rows if self._state.period_at(one.due_at) is found]
        return rows

    def _filter(self, call: Call) -> Callable[[Assignment, Submission], bool]:
        graded_since = self._instant(call, "graded_since")
        submitted_since = self._instant(call, "submitted_since")
        state = call.one("workflow_state")

        def wanted(assignment: Assignment, one: Submission) -> bool:
            if graded_since is not None and not (one.graded_at is not None and one.graded_at > graded_since):
                return False
            if submitted_since is not None and not (
                one.submitted_at is not None and one.submitted_at > submitted_since
            ):
                return False
            return state is None or one.state == state

        return wanted

    @staticmethod
    def _instant(call: Call, name: str) -> Instant | None:
        text = call.one(name)
        if not text:
            return None
        try:
            return parse_stamp(text)
        except ValueError:
            raise Refusal(Answer(400, {"errors": {name: f"Invalid datetime for {name}"}})) from None

    def _grouped(
        self,
        call: Call,
        enrollment: Enrollment,
        assignments: list[Assignment],
        wanted: Callable[[Assignment, Submission], bool],
    ) -> Json:
        user = self._state.users[enrollment.user_id]
        rows: list[Any] = []
        for assignment in assignments:
            submission = assignment.submissions.get(user.id)
            if submission is not None and wanted(assignment, submission):
                rows.append(self.show(call, assignment, submission))
        row: Json = {"user_id": user.id, "section_id": enrollment.section_id, "submissions": rows}
        if "read_sis" in call.rights:
            row |= {"integration_id": user.integration_id, "sis_user_id": user.sis_id}
        if "total_scores" in call.many("include"):
            names = ("computed_final_score", "computed_current_score", "unposted_final_score", "unposted_current_score")
            row |= dict.fromkeys(names)
        return row

    def show(self, call: Call, assignment: Assignment, one: Submission) -> Json:
        """A submission as Canvas shows it to this caller."""
        due_at = self._state.due_at(assignment, one.user_id)
        period = self._state.period_at(due_at)
        late = one.submitted_at is not None and due_at is not None and one.submitted_at > due_at
        here = f"{call.base}/courses/{assignment.course_id}"
        row: Json = {
            "id": one.id,
            "user_id": one.user_id,
            "assignment_id": one.assignment_id,
            "grade": one.grade,
            "score": one.score,
            "entered_grade": one.grade,
            "entered_score": one.score,
            "excused": one.excused,
            "late": late,
            "missing": one.late_policy_status == "missing",
            "late_policy_status": one.late_policy_status,
            "points_deducted": None,
            "seconds_late": (one.submitted_at - due_at) // 1_000_000 if late and one.submitted_at and due_at else 0,
            "workflow_state": one.state,
            "submission_type": "online_upload" if one.submitted_at is not None else None,
            "submitted_at": stamp(one.submitted_at),
            "graded_at": stamp(one.graded_at),
            "posted_at": stamp(one.posted_at),
            "grader_id": one.grader_id,
            "attempt": one.attempt,
            "cached_due_date": stamp(due_at),
            "grading_period_id": period.id if period is not None else None,
            "grade_matches_current_submission": True,
            "redo_request": False,
            "custom_grade_status_id": None,
            "extra_attempts": None,
            "preview_url": f"{here}/assignments/{one.assignment_id}/submissions/{one.user_id}?preview=1",
        }
        include = call.many("include")
        if "user" in include:
            user = self._state.users[one.user_id]
            row["user"] = {
                "id": user.id,
                "name": user.name,
                "sortable_name": user.sortable_name,
                "short_name": user.name,
            }
            if "read_sis" in call.rights:
                row["user"]["sis_user_id"] = user.sis_id
        if "assignment" in include:
            row["assignment"] = self._assignments.show(call, assignment)
        only, without = call.many("response_fields"), call.many("exclude_response_fields")
        if only:
            row = {key: value for key, value in row.items() if key in only}
        return {key: value for key, value in row.items() if key not in without} if without else row
