"""Canvas's /api/sis: everything that a whole account's grade export has to know of its assignments, in one list."""

from __future__ import annotations

from collections.abc import Iterable

from gradesync_tui.sandbox.canvas.access import need
from gradesync_tui.sandbox.canvas.context import Context, parse_stamp, stamp
from gradesync_tui.sandbox.canvas.paging import paged
from gradesync_tui.sandbox.canvas.state import Assignment, Course, Section
from gradesync_tui.sandbox.web import Answer, Call, Json, Refusal, Router

NOT_ENABLED = {
    "code": "not_enabled",
    "error": "A SIS integration is not configured and the bulk SIS Grade Export feature is not enabled",
}
UNPUBLISHED = {"code": "unpublished_course", "error": "Grade data is not available for non-published courses"}
NO_PERIOD = {"code": "not_found", "error": "The Grading Period cannot be found"}


class SisApi:
    """Handlers of /api/sis."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._state = context.state

    def add_to(self, router: Router) -> None:
        router.add("GET", "/api/sis/accounts/:account_id/assignments", self.of_account)
        router.add("GET", "/api/sis/courses/:course_id/assignments", self.of_course)
        router.add("PUT", "/api/sis/courses/:course_id/disable_post_to_sis", self.disable)

    def of_account(self, call: Call) -> Answer:
        account = self._context.account(call.params[0])
        self._check(call)
        below = self._state.account_and_below(account.id)
        courses = (one for one in self._state.courses.values() if one.account_id in below and one.state == "available")
        return self._assignments(call, courses)

    def of_course(self, call: Call) -> Answer:
        course = self._context.course(call.params[0])
        self._check(call)
        if course.state != "available":
            raise Refusal(Answer(400, UNPUBLISHED))
        return self._assignments(call, [course])

    def disable(self, call: Call) -> Answer:
        need(call, "manage_grades")
        course = self._context.course(call.params[0])
        period = None
        if (text := call.one("grading_period_id")) is not None:
            period = self._state.periods.get(int(text) if text.isdecimal() else 0)
            if period is None:
                raise Refusal(Answer(400, NO_PERIOD))
        for one in course.assignments.values():
            if one.state == "published" and (period is None or self._state.period_at(one.due_at) is period):
                one.post_to_sis = False
        return Answer(204)

    def _check(self, call: Call) -> None:
        need(call, "view_all_grades")
        if not self._context.settings.bulk_grade_export:
            raise Refusal(Answer(400, NOT_ENABLED))

    def _assignments(self, call: Call, courses: Iterable[Course]) -> Answer:
        try:
            before, after = (
                parse_stamp(text) if (text := call.one(name)) else None for name in ("starts_before", "ends_after")
            )
        except ValueError:
            raise Refusal(Answer(400, {"errors": [{"message": "Invalid date or datetime"}]})) from None
        rows = []
        for course in sorted(courses, key=lambda one: one.id):
            term = self._state.terms[course.term_id]
            if before is not None and term.start_at is not None and term.start_at >= before:
                continue
            if after is not None and term.end_at is not None and term.end_at <= after:
                continue
            rows += [one for one in course.assignments.values() if one.state == "published" and one.post_to_sis]
        return paged(call, rows, lambda one: self._show(call, one), counted=self._context.settings.counts_pages)

    def _show(self, call: Call, one: Assignment) -> Json:
        course = self._state.courses[one.course_id]
        group = self._state.groups[one.group_id]
        row: Json = {
            "id": one.id,
            "course_id": one.course_id,
            "name": one.name,
            "created_at": stamp(one.created_at),
            "due_at": stamp(one.due_at),
            "unlock_at": stamp(one.unlock_at),
            "lock_at": stamp(one.lock_at),
            "points_possible": one.points,
            "submission_types": ["online_upload"],
            "integration_id": one.integration_id,
            "integration_data": one.integration_data,
            "include_in_final_grade": not one.omit_from_final_grade,
            "assignment_group": {
                "id": group.id,
                "name": group.name,
                "sis_source_id": group.sis_source_id,
                "integration_data": group.integration_data,
                "group_weight": group.weight,
            },
            "sections": [self._section(one, section) for section in self._sections_of(one, course)],
        }
        if "student_overrides" in call.many("include"):
            row["user_overrides"] = [
                {
                    "id": override.id,
                    "title": override.title,
                    "due_at": stamp(override.due_at),
                    "unlock_at": stamp(override.unlock_at),
                    "lock_at": stamp(override.lock_at),
                    "students": [
                        {"user_id": user_id, "sis_user_id": self._state.users[user_id].sis_id}
                        for user_id in override.student_ids
                    ],
                }
                for override in one.overrides
                if override.section_id is None
            ]
        return row

    @staticmethod
    def _sections_of(one: Assignment, course: Course) -> list[Section]:
        overridden = {override.section_id for override in one.overrides}
        if one.only_visible_to_overrides:
            return [section for section in course.sections if section.id in overridden]
        return course.sections

    def _section(self, one: Assignment, section: Section) -> Json:
        origin = self._state.courses[section.nonxlist_course_id or section.course_id]
        row: Json = {
            "id": section.id,
            "name": section.name,
            "sis_id": section.sis_id,
            "integration_id": None,
            "origin_course": self._course(origin),
        }
        if section.nonxlist_course_id is not None:
            row["xlist_course"] = self._course(self._state.courses[section.course_id])
        for override in one.overrides:
            if override.section_id == section.id:
                row["override"] = {
                    "override_title": override.title,
                    "due_at": stamp(override.due_at),
                    "unlock_at": stamp(override.unlock_at),
                    "lock_at": stamp(override.lock_at),
                }
        return row

    @staticmethod
    def _course(course: Course) -> Json:
        return {"id": course.id, "name": course.name, "sis_id": course.sis_id, "integration_id": None}
