"""Canvas's answers about users and enrollments."""

from __future__ import annotations

from gradesync_tui.sandbox.canvas.context import Context, stamp
from gradesync_tui.sandbox.canvas.paging import paged
from gradesync_tui.sandbox.canvas.state import Enrollment, User
from gradesync_tui.sandbox.web import Answer, Call, Json, Refusal, Router

COMPLETED_STATES = {"concluded": "completed"}


class People:
    """Handlers for who there is, and where."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._state = context.state

    def add_to(self, router: Router) -> None:
        routes = {
            "/api/v1/accounts/:account_id/users": self.account_users,
            "/api/v1/courses/:course_id/users": self.course_users,
            "/api/v1/courses/:course_id/search_users": self.course_users,
            "/api/v1/courses/:course_id/students": self.course_users,
            "/api/v1/courses/:course_id/enrollments": self.course_enrollments,
            "/api/v1/sections/:section_id/enrollments": self.section_enrollments,
            "/api/v1/users/:id": self.user,
            "/api/v1/users/:user_id/enrollments": self.user_enrollments,
        }
        for pattern, handler in routes.items():
            router.add("GET", pattern, handler)

    def account_users(self, call: Call) -> Answer:
        self._context.account(call.params[0])
        search = (call.one("search_term") or "").lower()
        rows = [
            one for one in self._state.users.values() if search in f"{one.name} {one.login_id} {one.sis_id}".lower()
        ]
        return paged(call, rows, lambda one: self.show(call, one))

    def course_users(self, call: Call) -> Answer:
        course = self._context.course(call.params[0])
        kinds = {f"{kind.capitalize()}Enrollment" for kind in call.many("enrollment_type")}
        if call.path.endswith("/students"):
            kinds = {"StudentEnrollment"}
        states = {COMPLETED_STATES.get(one, one) for one in call.many("enrollment_state")} or {"active", "invited"}
        rows = {
            one.user_id: one
            for one in course.enrollments
            if one.state in states and (not kinds or one.type in kinds) and one.type != "StudentViewEnrollment"
        }
        return paged(call, list(rows.values()), lambda one: self.show(call, self._state.users[one.user_id]))

    def user(self, call: Call) -> Answer:
        return Answer(200, self.show(call, self._context.user(call.params[0], call)))

    def show(self, call: Call, user: User) -> Json:
        """A user as Canvas shows it to this caller."""
        row: Json = {
            "id": user.id,
            "name": user.name,
            "sortable_name": user.sortable_name,
            "short_name": user.name,
            "created_at": stamp(self._state.courses[min(self._state.courses)].created_at)
            if self._state.courses
            else None,
            "login_id": user.login_id,
        }
        if "read_sis" in call.rights:
            row |= {
                "sis_user_id": user.sis_id,
                "integration_id": user.integration_id,
                "sis_import_id": 1 if user.sis_id else None,
            }
        return row

    def course_enrollments(self, call: Call) -> Answer:
        return self._enrollments(call, self._context.course(call.params[0]).enrollments)

    def section_enrollments(self, call: Call) -> Answer:
        section = self._context.section(call.params[0])
        rows = [one for one in self._state.courses[section.course_id].enrollments if one.section_id == section.id]
        return self._enrollments(call, rows)

    def user_enrollments(self, call: Call) -> Answer:
        user = self._context.user(call.params[0], call)
        return self._enrollments(call, self._state.enrollments_of_user[user.id])

    def _enrollments(self, call: Call, rows: list[Enrollment]) -> Answer:
        states = set(call.many("state")) or {"active", "invited"}
        types = set(call.many("type")) | set(call.many("role"))
        users = {self._context.user_id(one) for one in call.many("user_id")}
        sis_users, sis_sections = set(call.many("sis_user_id")), set(call.many("sis_section_id"))
        period = call.one("grading_period_id")
        if period is not None and not (period.isdecimal() and int(period) in self._state.periods):
            raise Refusal(Answer(400, {"error": "invalid grading_period_id"}))
        chosen = [
            one
            for one in rows
            if one.state in states
            and (not types or one.type in types)
            and (not users or one.user_id in users)
            and (not sis_users or self._state.users[one.user_id].sis_id in sis_users)
            and (not sis_sections or self._state.sections[one.section_id].sis_id in sis_sections)
        ]
        return paged(call, chosen, lambda one: self._enrollment(call, one), counted=self._context.settings.counts_pages)

    def _enrollment(self, call: Call, one: Enrollment) -> Json:
        user = self._state.users[one.user_id]
        row: Json = {
            "id": one.id,
            "user_id": one.user_id,
            "course_id": one.course_id,
            "course_section_id": one.section_id,
            "root_account_id": 1,
            "type": one.type,
            "role": one.type,
            "role_id": {"StudentEnrollment": 3, "TeacherEnrollment": 4, "StudentViewEnrollment": 8}[one.type],
            "enrollment_state": one.state,
            "created_at": stamp(one.created_at),
            "updated_at": stamp(one.created_at),
            "limit_privileges_to_course_section": False,
            "user": {"id": user.id, "name": user.name, "sortable_name": user.sortable_name, "short_name": user.name},
        }
        if "read_sis" in call.rights:
            row["user"]["sis_user_id"] = user.sis_id
            row |= {
                "sis_account_id": None,
                "sis_course_id": self._state.courses[one.course_id].sis_id,
                "sis_section_id": self._state.sections[one.section_id].sis_id,
                "sis_user_id": user.sis_id,
                "sis_import_id": one.sis_import_id,
                "course_integration_id": None,
                "section_integration_id": None,
            }
        if one.type != "TeacherEnrollment":
            row["grades"] = {
                "html_url": f"{call.base}/courses/{one.course_id}/grades/{one.user_id}",
                "current_grade": None,
                "current_score": None,
                "final_grade": None,
                "final_score": None,
            }
        return row
