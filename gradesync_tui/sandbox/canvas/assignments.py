"""Canvas's answers about assignment groups, assignments and overrides."""

from __future__ import annotations

from gradesync_tui.domain.clock import Instant
from gradesync_tui.sandbox.canvas.context import Context, not_found, stamp
from gradesync_tui.sandbox.canvas.paging import paged
from gradesync_tui.sandbox.canvas.state import Assignment, Course, Group, Override
from gradesync_tui.sandbox.web import Answer, Call, Json, Router

MANY_OVERRIDES = 25


class Assignments:
    """Handlers that read assignments."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._state = context.state

    def add_to(self, router: Router) -> None:
        routes = {
            "/api/v1/courses/:course_id/assignment_groups": self.groups,
            "/api/v1/courses/:course_id/assignment_groups/:assignment_group_id": self.group,
            "/api/v1/courses/:course_id/assignment_groups/:assignment_group_id/assignments": self.group_assignments,
            "/api/v1/courses/:course_id/assignments": self.assignments,
            "/api/v1/courses/:course_id/assignments/:id": self.assignment,
            "/api/v1/courses/:course_id/assignments/overrides": self.overrides_by_id,
            "/api/v1/sections/:section_id/assignments/:assignment_id/override": self.section_override,
            "/api/v1/courses/:course_id/assignments/:assignment_id/overrides": self.overrides,
            "/api/v1/courses/:course_id/assignments/:assignment_id/overrides/:id": self.override,
        }
        for pattern, handler in routes.items():
            router.add("GET", pattern, handler)

    def groups(self, call: Call) -> Answer:
        course = self._context.course(call.params[0])
        return paged(call, course.groups, lambda one: self._group(call, course, one))

    def group(self, call: Call) -> Answer:
        course = self._context.course(call.params[0])
        return Answer(200, self._group(call, course, self._group_of(course, call.params[1])))

    def group_assignments(self, call: Call) -> Answer:
        course = self._context.course(call.params[0])
        group = self._group_of(course, call.params[1])
        rows = [one for one in course.assignments.values() if one.group_id == group.id and one.state != "deleted"]
        return paged(call, rows, lambda one: self.show(call, one))

    @staticmethod
    def _group_of(course: Course, text: str) -> Group:
        for group in course.groups:
            if str(group.id) == text:
                return group
        raise not_found()

    def _group(self, call: Call, course: Course, group: Group) -> Json:
        row: Json = {
            "id": group.id,
            "name": group.name,
            "position": group.position,
            "group_weight": group.weight,
            "rules": {},
        }
        if "read_sis" in call.rights:
            row |= {"sis_source_id": group.sis_source_id, "integration_data": group.integration_data}
        if "assignments" in call.many("include"):
            row["assignments"] = [
                self.show(call, one)
                for one in course.assignments.values()
                if one.group_id == group.id and one.state != "deleted"
            ]
        return row

    def assignments(self, call: Call) -> Answer:
        course = self._context.course(call.params[0])
        wanted = set(call.many("assignment_ids"))
        search = (call.one("search_term") or "").lower()
        rows = [
            one
            for one in course.assignments.values()
            if one.state != "deleted"
            and (call.one("post_to_sis") is None or one.post_to_sis == call.flag("post_to_sis"))
            and (not wanted or str(one.id) in wanted)
            and search in one.name.lower()
        ]
        if call.one("order_by") == "name":
            rows.sort(key=lambda one: one.name)
        elif call.one("order_by") == "due_at":
            rows.sort(key=lambda one: (one.due_at is None, one.due_at))
        return paged(call, rows, lambda one: self.show(call, one), counted=self._context.settings.counts_pages)

    def assignment(self, call: Call) -> Answer:
        return Answer(
            200, self.show(call, self._context.assignment(self._context.course(call.params[0]), call.params[1]))
        )

    def overrides(self, call: Call) -> Answer:
        assignment = self._context.assignment(self._context.course(call.params[0]), call.params[1])
        return paged(call, assignment.overrides, show_override)

    def overrides_by_id(self, call: Call) -> Answer:
        """The overrides named by `assignment_overrides[][id]` and `[][assignment_id]`; null for what is not."""
        course = self._context.course(call.params[0])
        named = [value for key, value in call.query if key == "assignment_overrides[][id]"]
        known = {str(one.id): one for assignment in course.assignments.values() for one in assignment.overrides}
        return paged(call, [known.get(number) for number in named], lambda one: show_override(one) if one else None)

    def section_override(self, call: Call) -> Answer:
        section = self._context.section(call.params[0])
        assignment = self._context.assignment(self._state.courses[section.course_id], call.params[1])
        for one in assignment.overrides:
            if one.section_id == section.id:
                return Answer(200, show_override(one))
        raise not_found()

    def override(self, call: Call) -> Answer:
        assignment = self._context.assignment(self._context.course(call.params[0]), call.params[1])
        for one in assignment.overrides:
            if str(one.id) == call.params[2]:
                return Answer(200, show_override(one))
        raise not_found()

    def show(self, call: Call, one: Assignment) -> Json:
        """An assignment as Canvas shows it to this caller."""
        due_at = one.due_at
        if one.overrides and (call.one("override_assignment_dates") or "true").lower() in ("true", "1"):
            # Seen through the overrides, an assignment is due when the last of its pupils has to have done it.
            dates = [override.due_at for override in one.overrides]
            if not one.only_visible_to_overrides:
                dates.append(one.due_at)
            due_at = None if None in dates else max(filter(None, dates), default=one.due_at)
        settings = self._context.settings
        graded = sum(1 for row in one.submissions.values() if row.is_graded)
        row: Json = {
            "id": one.id,
            "course_id": one.course_id,
            "name": one.name,
            "description": one.description,
            "created_at": stamp(one.created_at),
            "updated_at": stamp(one.updated_at),
            "due_at": stamp(due_at),
            "unlock_at": stamp(one.unlock_at),
            "lock_at": stamp(one.lock_at),
            "points_possible": one.points,
            "grading_type": one.grading_type,
            "assignment_group_id": one.group_id,
            "position": 1,
            "post_to_sis": one.post_to_sis,
            "published": one.state == "published",
            "workflow_state": one.state,
            "muted": one.post_manually,
            "post_manually": one.post_manually,
            "omit_from_final_grade": one.omit_from_final_grade,
            "hide_in_gradebook": False,
            "only_visible_to_overrides": one.only_visible_to_overrides,
            "has_overrides": bool(one.overrides),
            "submission_types": ["online_upload"],
            "in_closed_grading_period": self._is_closed(due_at),
            "due_date_required": settings.needs_due_date,
            "max_name_length": settings.name_limit,
            "graded_submissions_exist": graded > 0,
            "has_submitted_submissions": any(row.submitted_at is not None for row in one.submissions.values()),
            "needs_grading_count": sum(1 for row in one.submissions.values() if row.state == "submitted"),
            "html_url": f"{call.base}/courses/{one.course_id}/assignments/{one.id}",
        }
        if "read_sis" in call.rights:
            row |= {
                "sis_assignment_id": one.sis_id,
                "integration_id": one.integration_id,
                "integration_data": one.integration_data,
            }
        include = call.many("include")
        if "overrides" in include:
            row["overrides"] = [show_override(override) for override in one.overrides]
        if "all_dates" in include:
            row |= self._all_dates(one)
        return row

    def _is_closed(self, due_at: Instant | None) -> bool:
        period = self._state.period_at(due_at)
        return period is not None and period.close_at < self._context.clock.now()

    @staticmethod
    def _all_dates(one: Assignment) -> Json:
        if len(one.overrides) >= MANY_OVERRIDES:
            return {"all_dates_count": len(one.overrides) + 1}
        dates = [
            {
                "id": override.id,
                "title": override.title,
                "due_at": stamp(override.due_at),
                "unlock_at": stamp(override.unlock_at),
                "lock_at": stamp(override.lock_at),
                "set_type": "CourseSection" if override.section_id else "ADHOC",
                "set_id": override.section_id,
            }
            for override in one.overrides
        ]
        if not one.only_visible_to_overrides:
            base = {"due_at": stamp(one.due_at), "unlock_at": stamp(one.unlock_at), "lock_at": stamp(one.lock_at)}
            dates.insert(0, {"base": True, "title": "Everyone else" if dates else "Everyone", **base})
        return {"all_dates": dates}


def show_override(override: Override) -> Json:
    """An override as Canvas shows it: for one section, or for pupils by name."""
    row: Json = {
        "id": override.id,
        "assignment_id": override.assignment_id,
        "title": override.title,
        "due_at": stamp(override.due_at),
        "unlock_at": stamp(override.unlock_at),
        "lock_at": stamp(override.lock_at),
        "all_day": False,
        "all_day_date": (stamp(override.due_at) or "")[:10] or None,
    }
    if override.section_id is not None:
        row["course_section_id"] = override.section_id
    else:
        row["student_ids"] = override.student_ids
    return row
