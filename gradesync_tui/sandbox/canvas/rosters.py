"""Canvas's answers about accounts, terms, courses, sections, grading periods and SIS imports."""

from __future__ import annotations

from gradesync_tui.sandbox.canvas.access import need
from gradesync_tui.sandbox.canvas.context import Context, not_found, parse_stamp, stamp
from gradesync_tui.sandbox.canvas.paging import paged
from gradesync_tui.sandbox.canvas.people import People
from gradesync_tui.sandbox.canvas.state import Account, Course, GradingPeriod, Section, Term
from gradesync_tui.sandbox.web import Answer, Call, Json, Refusal, Router


class Rosters:
    """Handlers for what there is."""

    def __init__(self, context: Context, people: People) -> None:
        self._context = context
        self._state = context.state
        self._people = people

    def add_to(self, router: Router) -> None:
        routes = {
            "/api/v1/accounts": self.accounts,
            "/api/v1/accounts/:id": self.account,
            "/api/v1/accounts/:account_id/sub_accounts": self.sub_accounts,
            "/api/v1/accounts/:account_id/terms": self.terms,
            "/api/v1/accounts/:account_id/terms/:id": self.term,
            "/api/v1/accounts/:account_id/courses": self.courses,
            "/api/v1/accounts/:account_id/grading_periods": self.account_grading_periods,
            "/api/v1/accounts/:account_id/sis_imports": self.sis_imports,
            "/api/v1/accounts/:account_id/sis_imports/:id": self.sis_import,
            "/api/v1/accounts/:account_id/permissions": self.permissions,
            "/api/v1/courses": self.my_courses,
            "/api/v1/courses/:id": self.course,
            "/api/v1/courses/:course_id/sections": self.sections,
            "/api/v1/courses/:course_id/grading_periods": self.course_grading_periods,
            "/api/v1/courses/:course_id/grading_periods/:id": self.grading_period,
            "/api/v1/sections/:id": self.section,
        }
        for pattern, handler in routes.items():
            router.add("GET", pattern, handler)

    # --- accounts and terms -----------------------------------------------------------------------------------------

    def accounts(self, call: Call) -> Answer:
        return paged(call, list(self._state.accounts.values()), lambda one: self._account(call, one))

    def account(self, call: Call) -> Answer:
        return Answer(200, self._account(call, self._context.account(call.params[0])))

    def sub_accounts(self, call: Call) -> Answer:
        parent = self._context.account(call.params[0])
        below = self._state.account_and_below(parent.id) - {parent.id}
        rows = [
            one
            for one in self._state.accounts.values()
            if one.parent_id == parent.id or (call.flag("recursive") and one.id in below)
        ]
        return paged(call, rows, lambda one: self._account(call, one))

    def permissions(self, call: Call) -> Answer:
        asked = call.many("permissions")
        return Answer(200, {name: name in call.rights for name in asked})

    def terms(self, call: Call) -> Answer:
        self._context.account(call.params[0])
        return paged(call, list(self._state.terms.values()), lambda one: self._term(call, one), root="enrollment_terms")

    def term(self, call: Call) -> Answer:
        text = call.params[1]
        number = int(text) if text.isdecimal() else self._state.by_sis_id("term", text.removeprefix("sis_term_id:"))
        if number not in self._state.terms:
            raise not_found()
        return Answer(200, self._term(call, self._state.terms[number]))

    def _account(self, call: Call, account: Account) -> Json:
        row: Json = {
            "id": account.id,
            "name": account.name,
            "workflow_state": "active",
            "parent_account_id": account.parent_id,
            "root_account_id": 1 if account.parent_id else None,
            "uuid": f"{account.id:040x}",
            "default_storage_quota_mb": 500,
            "default_time_zone": "America/New_York",
        }
        if "read_sis" in call.rights:
            row |= {"sis_account_id": account.sis_id, "sis_import_id": 1, "integration_id": None}
        return row

    def _term(self, call: Call, term: Term) -> Json:
        row: Json = {
            "id": term.id,
            "name": term.name,
            "start_at": stamp(term.start_at),
            "end_at": stamp(term.end_at),
            "created_at": stamp(term.start_at),
            "workflow_state": "active",
            "grading_period_group_id": term.group_id,
        }
        if "read_sis" in call.rights:
            row |= {"sis_term_id": term.sis_id, "sis_import_id": 1 if term.sis_id else None}
        return row

    # --- courses and sections ---------------------------------------------------------------------------------------

    def courses(self, call: Call) -> Answer:
        need(call, "read_course_list")
        account = self._context.account(call.params[0])
        rows = self._chosen_courses(call, account)
        # Canvas never counts this list, so it has no last page.
        return paged(call, rows, lambda one: self._course(call, one), counted=False)

    def my_courses(self, call: Call) -> Answer:
        return paged(call, [], lambda one: one)

    def course(self, call: Call) -> Answer:
        return Answer(200, self._course(call, self._context.course(call.params[0])))

    def _chosen_courses(self, call: Call, account: Account) -> list[Course]:
        below = self._state.account_and_below(account.id)
        states = set(call.many("state")) or {"created", "claimed", "available", "completed"}
        term = call.one("enrollment_term_id")
        search = (call.one("search_term") or "").lower()
        rows = []
        for course in self._state.courses.values():
            if course.account_id not in below or ("all" not in states and course.state not in states):
                continue
            published = course.state in ("available", "completed")
            if call.one("published") is not None and call.flag("published") != published:
                continue
            if call.one("completed") is not None and call.flag("completed") != (course.state == "completed"):
                continue
            if call.one("with_enrollments") is not None and call.flag("with_enrollments") != bool(course.enrollments):
                continue
            if term is not None and not self._is_term(term, course.term_id):
                continue
            if search and search not in f"{course.name} {course.code} {course.sis_id}".lower():
                continue
            rows.append(course)
        if call.one("sort") == "course_name":
            rows.sort(key=lambda one: one.name)
        if call.one("order") == "desc":
            rows.reverse()
        return self._within_dates(call, rows)

    def _within_dates(self, call: Call, courses: list[Course]) -> list[Course]:
        before, after = call.one("starts_before"), call.one("ends_after")
        try:
            if before is not None:
                limit = parse_stamp(before)
                courses = [one for one in courses if (self._state.terms[one.term_id].start_at or limit - 1) < limit]
            if after is not None:
                limit = parse_stamp(after)
                courses = [one for one in courses if (self._state.terms[one.term_id].end_at or limit + 1) > limit]
        except ValueError:
            raise Refusal(Answer(400, {"errors": [{"message": "Invalid date or datetime"}]})) from None
        return courses

    def _is_term(self, text: str, term_id: int) -> bool:
        term = self._state.terms[term_id]
        return text == str(term_id) or (term.sis_id is not None and text == f"sis_term_id:{term.sis_id}")

    def _course(self, call: Call, course: Course) -> Json:
        row: Json = {
            "id": course.id,
            "name": course.name,
            "course_code": course.code,
            "account_id": course.account_id,
            "root_account_id": 1,
            "enrollment_term_id": course.term_id,
            "created_at": stamp(course.created_at),
            "start_at": None,
            "end_at": None,
            "workflow_state": course.state,
            "uuid": f"{course.id:040x}",
            "default_view": "modules",
            "time_zone": "America/New_York",
            "is_public": False,
            "blueprint": False,
        }
        if "read_sis" in call.rights:
            row |= {
                "sis_course_id": course.sis_id,
                "sis_import_id": 1 if course.sis_id else None,
                "integration_id": None,
            }
        include = call.many("include")
        if "term" in include:
            row["term"] = self._term(call, self._state.terms[course.term_id])
        if "account_name" in include:
            row["account_name"] = self._state.accounts[course.account_id].name
        if "concluded" in include:
            row["concluded"] = course.state == "completed"
        if "total_students" in include:
            pupils = {
                one.user_id for one in course.enrollments if one.type == "StudentEnrollment" and one.state == "active"
            }
            row["total_students"] = len(pupils)
        if "teachers" in include:
            people = (self._state.users[one.user_id] for one in course.enrollments if one.type == "TeacherEnrollment")
            row["teachers"] = [
                {"id": one.id, "display_name": one.name, "anonymous_id": f"{one.id:x}"} for one in people
            ]
        if "sections" in include:
            row["sections"] = [{"id": one.id, "name": one.name, "enrollment_role": None} for one in course.sections]
        return row

    def sections(self, call: Call) -> Answer:
        course = self._context.course(call.params[0])
        return paged(
            call, course.sections, lambda one: self._section(call, one), counted=self._context.settings.counts_pages
        )

    def section(self, call: Call) -> Answer:
        return Answer(200, self._section(call, self._context.section(call.params[0])))

    def _section(self, call: Call, section: Section) -> Json:
        row: Json = {
            "id": section.id,
            "course_id": section.course_id,
            "name": section.name,
            "start_at": None,
            "end_at": None,
            "created_at": stamp(section.created_at),
            "restrict_enrollments_to_section_dates": None,
            "nonxlist_course_id": section.nonxlist_course_id,
        }
        if "read_sis" in call.rights:
            row |= {
                "sis_section_id": section.sis_id,
                "sis_course_id": self._state.courses[section.course_id].sis_id,
                "sis_import_id": 1 if section.sis_id else None,
                "integration_id": None,
            }
        if "students" in call.many("include"):
            enrollments = self._state.courses[section.course_id].enrollments
            ids = {
                one.user_id for one in enrollments if one.section_id == section.id and one.type == "StudentEnrollment"
            }
            row["students"] = [self._people.show(call, self._state.users[one]) for one in sorted(ids)]
        return row

    # --- grading periods and imports --------------------------------------------------------------------------------

    def account_grading_periods(self, call: Call) -> Answer:
        self._context.account(call.params[0])
        return paged(call, list(self._state.periods.values()), self._period, root="grading_periods")

    def course_grading_periods(self, call: Call) -> Answer:
        course = self._context.course(call.params[0])
        rows = list(self._state.periods.values()) if self._state.terms[course.term_id].group_id else []
        return paged(call, rows, self._period, root="grading_periods")

    def grading_period(self, call: Call) -> Answer:
        self._context.course(call.params[0])
        period = self._state.periods.get(int(call.params[1]) if call.params[1].isdecimal() else 0)
        if period is None:
            raise not_found()
        return Answer(200, {"grading_periods": [self._period(period)]})

    def _period(self, period: GradingPeriod) -> Json:
        return {
            "id": str(period.id),
            "title": period.title,
            "start_date": stamp(period.start_at),
            "end_date": stamp(period.end_at),
            "close_date": stamp(period.close_at),
            "weight": None,
            "is_last": period.id == max(self._state.periods),
            "is_closed": period.close_at < self._context.clock.now(),
            "permissions": {"read": True, "create": False, "update": False, "delete": False},
        }

    def sis_imports(self, call: Call) -> Answer:
        need(call, "read_sis", "manage_sis")
        if self._context.account(call.params[0]).parent_id is not None:
            raise Refusal(Answer(400, {"errors": ["SIS imports can only be executed on root accounts"]}))
        states = set(call.many("workflow_state"))
        rows = [one for one in self._state.sis_imports if not states or one["workflow_state"] in states]
        return paged(call, rows, lambda one: one, root="sis_imports")

    def sis_import(self, call: Call) -> Answer:
        need(call, "read_sis", "manage_sis")
        for one in self._state.sis_imports:
            if str(one["id"]) == call.params[1]:
                return Answer(200, one)
        raise not_found()
