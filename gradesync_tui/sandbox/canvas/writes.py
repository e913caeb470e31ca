"""What teachers and integrations change in Canvas over HTTP: assignments, grades, posting."""

from __future__ import annotations

from typing import Any

from gradesync_tui.domain.clock import Instant
from gradesync_tui.sandbox.canvas.access import need
from gradesync_tui.sandbox.canvas.assignments import Assignments, show_override
from gradesync_tui.sandbox.canvas.context import Context, not_found, parse_stamp
from gradesync_tui.sandbox.canvas.grading import give, post_grades, score_of
from gradesync_tui.sandbox.canvas.state import Assignment, Course, Group, Override, Submission
from gradesync_tui.sandbox.canvas.submissions import Submissions
from gradesync_tui.sandbox.web import Answer, Call, Json, Refusal, Router, nested


class Writes:
    """Handlers that change something."""

    def __init__(self, context: Context, assignments: Assignments, submissions: Submissions) -> None:
        self._context = context
        self._state = context.state
        self._assignments = assignments
        self._submissions = submissions

    def add_to(self, router: Router) -> None:
        course = "/api/v1/courses/:course_id"
        router.add("POST", f"{course}/assignments", self.create)
        router.add("PUT", f"{course}/assignments/:id", self.update)
        router.add("DELETE", f"{course}/assignments/:id", self.delete)
        router.add("POST", f"{course}/assignments/:assignment_id/overrides", self.add_override)
        router.add("DELETE", f"{course}/assignments/:assignment_id/overrides/:id", self.remove_override)
        router.add("PUT", f"{course}/assignments/:assignment_id/submissions/:user_id", self.grade)
        router.add("POST", f"{course}/assignments/:assignment_id/submissions/update_grades", self.grade_many)
        router.add("GET", "/api/v1/progress/:id", self.progress)
        router.add("POST", f"{course}/assignments/:assignment_id/post_grades", self.post)
        router.add("POST", f"{course}/assignment_groups", self.create_group)
        router.add("PUT", f"{course}/assignment_groups/:assignment_group_id", self.update_group)
        router.add("PUT", f"{course}", self.update_course)
        router.add("PUT", "/api/v1/users/:id", self.update_user)

    # --- assignments ------------------------------------------------------------------------------------------------

    def create(self, call: Call) -> Answer:
        need(call, "manage_grades")
        course = self._context.course(call.params[0])
        fields: Json = nested(call).get("assignment", {})
        now = self._context.clock.now()
        assignment = Assignment(
            id=self._state.next_id("assignment", 4001),
            course_id=course.id,
            name=str(fields.get("name") or "No Title"),
            group_id=self._group_id(course, fields.get("assignment_group_id")),
            due_at=None,
            points=0.0,
            created_at=now,
            updated_at=now,
            post_to_sis=False,
            state="unpublished",
        )
        self._change(assignment, fields)
        self._state.add_assignment(assignment)
        return Answer(201, self._assignments.show(call, assignment))

    def update(self, call: Call) -> Answer:
        need(call, "manage_grades", "manage_sis")
        course = self._context.course(call.params[0])
        assignment = self._context.assignment(course, call.params[1])
        fields: Json = nested(call).get("assignment", {})
        if fields.get("assignment_group_id"):
            assignment.group_id = self._group_id(course, fields["assignment_group_id"])
        self._change(assignment, fields)
        self._state.assign(assignment)
        # Where an integration keeps its own notes is no change of the assignment.
        if fields.keys() - {"integration_id", "integration_data", "sis_assignment_id"}:
            assignment.updated_at = self._context.clock.now()
        return Answer(200, self._assignments.show(call, assignment))

    def delete(self, call: Call) -> Answer:
        need(call, "manage_grades")
        assignment = self._context.assignment(self._context.course(call.params[0]), call.params[1])
        assignment.state = "deleted"
        return Answer(200, self._assignments.show(call, assignment))

    def _group_id(self, course: Course, asked: Any) -> int:
        if asked is None:
            return course.groups[0].id
        for group in course.groups:
            if str(group.id) == str(asked):
                return group.id
        raise not_found()

    def _change(self, assignment: Assignment, fields: Json) -> None:
        settings = self._context.settings
        name = str(fields.get("name", assignment.name))
        due_at = _instant(fields["due_at"]) if "due_at" in fields else assignment.due_at
        post_to_sis = _flag(fields["post_to_sis"]) if "post_to_sis" in fields else assignment.post_to_sis
        if post_to_sis and settings.needs_due_date and due_at is None:
            message = "cannot be blank when Post to Sis is checked"
            raise Refusal(
                Answer(400, {"errors": {"due_at": [{"attribute": "due_at", "type": message, "message": message}]}})
            )
        if post_to_sis and len(name) > settings.name_limit:
            message = f"The title cannot be longer than {settings.name_limit} characters"
            raise Refusal(
                Answer(400, {"errors": {"name": [{"attribute": "name", "type": "too_long", "message": message}]}})
            )
        assignment.name, assignment.due_at, assignment.post_to_sis = name, due_at, post_to_sis
        for name in ("unlock_at", "lock_at"):
            if name in fields:
                setattr(assignment, name, _instant(fields[name]))
        for name in ("only_visible_to_overrides", "omit_from_final_grade", "post_manually"):
            if name in fields:
                setattr(assignment, name, _flag(fields[name]))
        for name in ("grading_type", "description", "integration_id"):
            if name in fields:
                setattr(assignment, name, fields[name])
        if "points_possible" in fields:
            assignment.points = None if fields["points_possible"] in (None, "") else float(fields["points_possible"])
        if "published" in fields:
            assignment.state = "published" if _flag(fields["published"]) else "unpublished"
        if isinstance(fields.get("integration_data"), dict):
            assignment.integration_data = fields["integration_data"]

    def add_override(self, call: Call) -> Answer:
        need(call, "manage_grades")
        course = self._context.course(call.params[0])
        assignment = self._context.assignment(course, call.params[1])
        fields: Json = nested(call).get("assignment_override", {})
        section = fields.get("course_section_id")
        override = Override(
            id=self._state.next_id("override", 801),
            assignment_id=assignment.id,
            title=str(fields.get("title") or (self._context.section(str(section)).name if section else "Some pupils")),
            due_at=_instant(fields.get("due_at")),
            unlock_at=_instant(fields.get("unlock_at")),
            lock_at=_instant(fields.get("lock_at")),
            section_id=int(section) if section else None,
            student_ids=[int(one) for one in fields.get("student_ids", [])],
        )
        assignment.overrides.append(override)
        self._state.assign(assignment)
        return Answer(201, show_override(override))

    def remove_override(self, call: Call) -> Answer:
        need(call, "manage_grades")
        assignment = self._context.assignment(self._context.course(call.params[0]), call.params[1])
        for override in assignment.overrides:
            if str(override.id) == call.params[2]:
                assignment.overrides.remove(override)
                self._state.assign(assignment)
                return Answer(200, show_override(override))
        raise not_found()

    # --- grades -----------------------------------------------------------------------------------------------------

    def grade(self, call: Call) -> Answer:
        need(call, "manage_grades")
        assignment = self._context.assignment(self._context.course(call.params[0]), call.params[1])
        submission = assignment.submissions.get(self._context.user_id(call.params[2]))
        if submission is None:
            raise not_found()
        self._grade(assignment, submission, nested(call).get("submission", {}), call.user_id)
        return Answer(200, self._submissions.show(call, assignment, submission))

    def grade_many(self, call: Call) -> Answer:
        need(call, "manage_grades")
        assignment = self._context.assignment(self._context.course(call.params[0]), call.params[1])
        for user, fields in nested(call).get("grade_data", {}).items():
            submission = assignment.submissions.get(self._context.user_id(user))
            if submission is not None:
                self._grade(assignment, submission, fields, call.user_id)
        return Answer(200, _progress(call, assignment.course_id))

    def progress(self, call: Call) -> Answer:
        """How far a bulk grading has come: it is done before it is answered."""
        return Answer(200, _progress(call, int(call.params[0]) if call.params[0].isdecimal() else 0))

    def _grade(self, assignment: Assignment, submission: Submission, fields: Json, grader: int) -> None:
        excused = _flag(fields["excuse"]) if "excuse" in fields else False
        if "late_policy_status" in fields:
            status = fields["late_policy_status"]
            submission.late_policy_status = None if status in ("", "none", None) else str(status)
        if "posted_grade" not in fields and "excuse" not in fields:
            return
        score, grade = score_of(assignment, str(fields.get("posted_grade", "")))
        now, quiet = self._context.clock.now(), self._context.settings.quiet_excuses
        give(
            self._state,
            assignment,
            submission,
            now,
            grader,
            score=score,
            grade=grade,
            excused=excused,
            quiet_excuse=quiet,
        )

    def post(self, call: Call) -> Answer:
        """Show hidden grades to the pupils. Canvas's own page does it through GraphQL; this path is the district's."""
        need(call, "manage_grades")
        assignment = self._context.assignment(self._context.course(call.params[0]), call.params[1])
        return Answer(200, {"posted": post_grades(assignment, self._context.clock.now())})

    # --- groups, courses, people ------------------------------------------------------------------------------------

    def create_group(self, call: Call) -> Answer:
        need(call, "manage_grades")
        course = self._context.course(call.params[0])
        name = str(nested(call).get("name") or "Assignments")
        group = Group(self._state.next_id("group", 301), course.id, name, len(course.groups) + 1, 0.0)
        course.groups.append(group)
        self._state.groups[group.id] = group
        return Answer(
            200, {"id": group.id, "name": group.name, "position": group.position, "group_weight": group.weight}
        )

    def update_group(self, call: Call) -> Answer:
        need(call, "manage_grades")
        course = self._context.course(call.params[0])
        group = self._state.groups[self._group_id(course, call.params[1])]
        group.name = str(nested(call).get("name") or group.name)
        return Answer(
            200, {"id": group.id, "name": group.name, "position": group.position, "group_weight": group.weight}
        )

    def update_course(self, call: Call) -> Answer:
        need(call, "manage_grades")
        course = self._context.course(call.params[0])
        fields: Json = nested(call).get("course", {})
        course.name = str(fields.get("name") or course.name)
        events = {"offer": "available", "claim": "created", "conclude": "completed", "delete": "deleted"}
        course.state = events.get(str(fields.get("event")), course.state)
        return Answer(200, {"id": course.id, "name": course.name, "workflow_state": course.state})

    def update_user(self, call: Call) -> Answer:
        need(call, "manage_grades")
        user = self._context.user(call.params[0], call)
        user.name = str(nested(call).get("user", {}).get("name") or user.name)
        return Answer(200, {"id": user.id, "name": user.name})


def _progress(call: Call, course_id: int) -> Json:
    return {
        "id": course_id,
        "context_id": course_id,
        "context_type": "Course",
        "tag": "submissions_update",
        "completion": 100.0,
        "workflow_state": "completed",
        "message": None,
        "url": f"{call.base}/api/v1/progress/{course_id}",
    }


def _flag(value: Any) -> bool:
    return value is True or str(value).lower() in ("true", "1", "on", "yes")


def _instant(value: Any) -> Instant | None:
    if value in (None, ""):
        return None
    try:
        return parse_stamp(str(value))
    except ValueError:
        raise Refusal(Answer(400, {"errors": [{"message": "Invalid date or datetime"}]})) from None
