"""Canvas's grade-change audit log, which also shows what `graded_since` cannot: excuses and deleted grades."""

from __future__ import annotations

from collections.abc import Callable

from gradesync_tui.sandbox.canvas.access import need
from gradesync_tui.sandbox.canvas.context import Context, not_found, parse_stamp, stamp
from gradesync_tui.sandbox.canvas.paging import paged
from gradesync_tui.sandbox.canvas.state import GradeChange
from gradesync_tui.sandbox.web import Answer, Call, Json, Refusal, Router


class Audit:
    """Handlers of /api/v1/audit/grade_change."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._state = context.state

    def add_to(self, router: Router) -> None:
        base = "/api/v1/audit/grade_change"
        router.add("GET", base, self.search)
        router.add("GET", f"{base}/courses/:course_id", lambda call: self._by(call, lambda one: one.course_id))
        router.add(
            "GET", f"{base}/assignments/:assignment_id", lambda call: self._by(call, lambda one: one.assignment_id)
        )
        router.add("GET", f"{base}/students/:student_id", lambda call: self._by(call, lambda one: one.student_id))
        router.add("GET", f"{base}/graders/:grader_id", lambda call: self._by(call, lambda one: one.grader_id))

    def search(self, call: Call) -> Answer:
        wanted = {name: call.one(name) for name in ("course_id", "assignment_id", "student_id", "grader_id")}
        chosen = {name: text for name, text in wanted.items() if text is not None}
        return self._events(call, lambda one: all(str(getattr(one, name)) == text for name, text in chosen.items()))

    def _by(self, call: Call, key: Callable[[GradeChange], int | None]) -> Answer:
        text = call.params[0]
        if "/courses/" in call.path:
            text = str(self._context.course(text).id)
        return self._events(call, lambda one: str(key(one)) == text)

    def _events(self, call: Call, wanted: Callable[[GradeChange], bool]) -> Answer:
        need(call, "view_audit_trail")
        if not self._context.settings.audit:
            raise not_found()
        try:
            since, until = (
                parse_stamp(text) if (text := call.one(name)) else None for name in ("start_time", "end_time")
            )
        except ValueError:
            raise Refusal(Answer(400, {"errors": [{"message": "Invalid date or datetime"}]})) from None
        rows = [
            one
            for one in reversed(self._state.grade_changes)
            if wanted(one) and (since is None or one.at >= since) and (until is None or one.at <= until)
        ]
        answer = paged(call, rows, self._show, root="events", counted=False)
        answer.body |= {"links": {}, "linked": {"assignments": [], "courses": [], "users": [], "page_views": []}}
        return answer

    @staticmethod
    def _show(one: GradeChange) -> Json:
        return {
            "id": one.id,
            "created_at": stamp(one.at),
            "event_type": "grade_change",
            "grade_before": one.grade_before,
            "grade_after": one.grade_after,
            "excused_before": one.excused_before,
            "excused_after": one.excused_after,
            "graded_anonymously": False,
            "version_number": one.version,
            "request_id": one.id,
            "links": {
                "assignment": one.assignment_id,
                "course": one.course_id,
                "student": str(one.student_id),
                "grader": str(one.grader_id),
                "page_view": None,
            },
        }
