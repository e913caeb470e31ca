"""The Canvas of the district as a server: tokens and throttle around the handlers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gradesync_tui.domain.clock import Clock
from gradesync_tui.sandbox.admin import Admin
from gradesync_tui.sandbox.canvas.access import Access
from gradesync_tui.sandbox.canvas.assignments import Assignments
from gradesync_tui.sandbox.canvas.audit import Audit
from gradesync_tui.sandbox.canvas.context import CanvasSettings, Context
from gradesync_tui.sandbox.canvas.people import People
from gradesync_tui.sandbox.canvas.rosters import Rosters
from gradesync_tui.sandbox.canvas.sis_api import SisApi
from gradesync_tui.sandbox.canvas.state import CanvasState
from gradesync_tui.sandbox.canvas.submissions import Submissions
from gradesync_tui.sandbox.canvas.throttle import Throttle
from gradesync_tui.sandbox.canvas.writes import Writes
from gradesync_tui.sandbox.service import Service, Traffic
from gradesync_tui.sandbox.web import Answer, Call, Json

BASE_COST = 0.05
COST_PER_ROW = 0.002


class CanvasServer(Service):
    """Canvas over HTTP."""

    side = "canvas"

    def __init__(
        self,
        state: CanvasState,
        settings: CanvasSettings,
        access: Access,
        clock: Clock,
        traffic: Traffic,
        admin: Admin,
        latency_ms: float,
    ) -> None:
        super().__init__(clock, traffic, admin, latency_ms)
        self.state = state
        self.settings = settings
        self.access = access
        self.throttle = Throttle(clock)
        context = Context(state, settings, clock)
        people = People(context)
        assignments = Assignments(context)
        submissions = Submissions(context, assignments)
        for part in (
            people,
            Rosters(context, people),
            assignments,
            submissions,
            SisApi(context),
            Audit(context),
            Writes(context, assignments, submissions),
        ):
            part.add_to(self.router)

    def answer(self, call: Call) -> Answer:
        if call.path == "/login/oauth2/token":
            return self.access.grant(call) if call.method == "POST" else self.access.revoke(call)
        route, params = self.router.find(call.method, call.path)
        token = self.access.check(call, route.pattern if route else "")
        if route is None:
            return Answer(404, {"errors": [{"message": "The specified resource does not exist."}]})
        call.params, call.rights, call.user_id = params, token.rights, token.user_id
        call.page_limit = self.settings.page_limit
        if not token.keeps_includes:
            call.query = [(key, value) for key, value in call.query if key not in ("include", "include[]")]
        return route.handler(call)

    def admit(self, call: Call) -> Answer | None:
        token = self._token_of(call)
        if not self.settings.throttle or token is None:
            return None
        self.throttle.status = self.settings.throttle_status
        return self.throttle.begin(token)

    def depart(self, call: Call, answer: Answer) -> None:
        token = self._token_of(call)
        if self.settings.throttle and token is not None:
            rows = len(answer.body) if isinstance(answer.body, list) else 1
            self.throttle.end(token, BASE_COST + COST_PER_ROW * rows, answer)
        if self.settings.link_header != "Link" and "Link" in answer.headers:
            answer.headers[self.settings.link_header] = answer.headers.pop("Link")

    def _token_of(self, call: Call) -> str | None:
        value = call.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        return value if value in self.access.tokens else None

    def error(self, call: Call, kind: str, status: int, message: str) -> Answer:
        if kind == "401":
            headers = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'}
            return Answer(status, {"errors": [{"message": message or "Invalid access token."}]}, headers)
        if kind == "429":
            text = f"{status} Forbidden (Rate Limit Exceeded)\n"
            return Answer(status, message or text, {"X-Rate-Limit-Remaining": "0.0"}, "text/plain; charset=utf-8")
        if kind == "refuse":
            text = message or "user not authorized to perform that action"
            return Answer(status or 403, {"status": "unauthorized", "errors": [{"message": text}]})
        report = {
            "errors": [{"message": message or "An error occurred.", "error_code": "internal_server_error"}],
            "error_report_id": 1,
        }
        return Answer(status, report)

    def facts(self, call: Call) -> Mapping[str, str]:
        route, params = self.router.find(call.method, call.path)
        if route is None:
            return {}
        names = [segment[1:] for segment in route.pattern.split("/") if segment.startswith(":")]
        named = dict(zip(names, params, strict=True))
        about = {
            "assignment": named.get("assignment_id", named.get("id", "") if "/assignments/:id" in route.pattern else "")
        }
        text = named.get("course_id", "").removeprefix("sis_course_id:")
        course = self.state.courses.get(int(text)) if text.isdecimal() else None
        about["class"] = f"{text} {course.sis_id}" if course is not None else text
        one = self.state.assignments.get(int(about["assignment"])) if about["assignment"].isdecimal() else None
        about["title"] = one.name if one is not None else ""
        about["student"] = named.get("user_id", "").removeprefix("sis_user_id:")
        return about

    def repeat_page(self, call: Call, answer: Answer) -> None:
        query = f"?{call.query_string}" if call.query_string else ""
        answer.headers["Link"] = f'<{call.base}{call.path}{query}>; rel="next"'

    def whole_list(self, call: Call) -> Call:
        return replace(call, unlimited=True)

    def skip_write(self, call: Call) -> Answer:
        body: Json = {}
        return Answer(200, body)
