"""Canvas's REST API, as far as a grade sync needs it: typed records, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Self, TypeVar

import msgspec
from yarl import URL

from gradesync_tui.domain.clock import SECOND, Clock, Instant, iso
from gradesync_tui.lms import course_export
from gradesync_tui.lms.address import Params, api_path, api_url
from gradesync_tui.lms.answers import Call
from gradesync_tui.lms.check import check_connection
from gradesync_tui.lms.errors import NotFound
from gradesync_tui.lms.paging import Trail, next_link
from gradesync_tui.lms.records import (
    Assignment,
    AssignmentGroup,
    CanvasAccount,
    Course,
    Enrollment,
    Finding,
    GradeChange,
    GradingPeriod,
    Override,
    PupilSubmissions,
    Section,
    SisAssignment,
    Term,
    User,
)
from gradesync_tui.lms.tokens import Token
from gradesync_tui.lms.transport import Guard, Limits, Transport
from gradesync_tui.lms.wire import decode

T = TypeVar("T")
P = TypeVar("P")

_PER_PAGE = 100
_PUPILS_PER_PAGE = 40  # each with all submissions, so that a page stays some megabytes
_IDS_PER_CALL = 25  # the Link header repeats the query up to five times, and servers bound their headers

COURSE_LIST = "Courses - view list"
GRADES = "Grades - view all grades"
SIS_DATA = "SIS Data - read"


class _Terms(msgspec.Struct):
    enrollment_terms: list[Term]


class _Periods(msgspec.Struct):
    grading_periods: list[GradingPeriod]


class _ChangeLinks(msgspec.Struct):
    assignment: int | str | None = None
    student: int | str | None = None
    grader: int | str | None = None


class _Change(msgspec.Struct):
    id: int | str
    created_at: str | None = None
    event_type: str | None = None
    grade_before: str | int | float | None = None
    grade_after: str | int | float | None = None
    excused_before: bool | None = None
    excused_after: bool | None = None
    links: _ChangeLinks = msgspec.field(default_factory=_ChangeLinks)


class _Changes(msgspec.Struct):
    events: list[_Change]


class Canvas:
    """A client of one Canvas with one token. Every method raises `lms.errors.CanvasError` (or a subclass).

    url: Canvas's address, https unless it is this machine. tokens: a PersonalToken or a RefreshedToken. guard: called
    before each request leaves, may raise. ca_file: certificates in PEM form, trusted besides the system's. All clients
    of a process that use the same token share one budget of requests. Ids may be SIS ids (`sis_course_id:MATH-1`).
    """

    def __init__(
        self,
        url: str,
        tokens: Token,
        *,
        clock: Clock,
        guard: Guard | None = None,
        ca_file: str | None = None,
        max_in_flight: int = 8,
        limits: Limits | None = None,
    ) -> None:
        self._transport = Transport(
            url,
            tokens,
            clock=clock,
            guard=guard,
            ca_file=ca_file,
            max_in_flight=max_in_flight,
            limits=limits or Limits(),
        )

    def __repr__(self) -> str:
        return f"Canvas({str(self._transport.origin)!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Give up the connections; never raises."""
        await self._transport.close()

    # --- the account and its courses ---------------------------------------------------------------------------------

    async def me(self) -> User:
        """The token's user."""
        call = Call("the token's own user", "/api/v1/users/:id", "Users - view list")
        return await self._one(api_path("v1", "users", "self"), User, call)

    async def account(self, account_id: str) -> CanvasAccount:
        """An account; `self` is the root account of the token's Canvas."""
        call = Call(f"account {account_id}", "/api/v1/accounts/:id", "Account-level settings - view")
        return await self._one(api_path("v1", "accounts", account_id), CanvasAccount, call)

    async def course(self, course_id: str) -> Course:
        """One course."""
        call = Call(f"course {course_id}", "/api/v1/courses/:id", COURSE_LIST)
        return await self._one(api_path("v1", "courses", course_id), Course, call)

    def courses(self, account_id: str, *, published: bool | None = None) -> AsyncIterator[Course]:
        """The courses of an account and its sub-accounts, with or without a SIS id; None: published or not."""
        params = [("include[]", "term"), ("include[]", "concluded")]
        if published is not None:
            params.append(("published", "true" if published else "false"))
        call = Call(f"the courses of account {account_id}", "/api/v1/accounts/:account_id/courses", COURSE_LIST)
        return self._list(api_path("v1", "accounts", account_id, "courses"), params, Course, call)

    def terms(self, account_id: str) -> AsyncIterator[Term]:
        """The enrollment terms, which only a root account has."""
        call = Call(
            f"the terms of account {account_id}",
            "/api/v1/accounts/:account_id/terms",
            "Account-level settings - manage",
        )
        path = api_path("v1", "accounts", account_id, "terms")
        return self._pages(path, [], _Terms, lambda page: page.enrollment_terms, call)

    def sections(self, course_id: str) -> AsyncIterator[Section]:
        """The sections of a course, cross-listed ones too."""
        call = Call(f"the sections of course {course_id}", "/api/v1/courses/:course_id/sections", "Users - view list")
        return self._list(api_path("v1", "courses", course_id, "sections"), [], Section, call)

    async def enrollments(
        self, course_id: str, states: Sequence[str] = ("active", "inactive", "completed")
    ) -> AsyncIterator[Enrollment]:
        """The pupils of a course; the Test Student never. states: Canvas's, also `invited` and `deleted`."""
        params = [("type[]", "StudentEnrollment"), *(("state[]", state) for state in states)]
        call = Call(
            f"the enrollments of course {course_id}", "/api/v1/courses/:course_id/enrollments", "Users - view list"
        )
        path = api_path("v1", "courses", course_id, "enrollments")
        async for enrollment in self._list(path, params, Enrollment, call):
            if enrollment.type in ("StudentEnrollment", ""):
                yield enrollment

    def grading_periods(self, course_id: str) -> AsyncIterator[GradingPeriod]:
        """The grading periods that hold for a course, closed ones too."""
        call = Call(f"the grading periods of course {course_id}", "/api/v1/courses/:course_id/grading_periods", GRADES)
        path = api_path("v1", "courses", course_id, "grading_periods")
        return self._pages(path, [], _Periods, lambda page: page.grading_periods, call)

    # --- assignments -------------------------------------------------------------------------------------------------

    def assignment_groups(self, course_id: str) -> AsyncIterator[AssignmentGroup]:
        """The assignment groups of a course, in the teacher's order."""
        call = Call(
            f"the assignment groups of course {course_id}",
            "/api/v1/courses/:course_id/assignment_groups",
            "Assignments and Quizzes - manage",
        )
        return self._list(api_path("v1", "courses", course_id, "assignment_groups"), [], AssignmentGroup, call)

    def assignments(self, course_id: str, *, post_to_sis: bool | None = None) -> AsyncIterator[Assignment]:
        """The assignments of a course with the dates for everyone, and their overrides where Canvas gives them."""
        params = [("override_assignment_dates", "false"), ("include[]", "overrides")]
        if post_to_sis is not None:
            params.append(("post_to_sis", "true" if post_to_sis else "false"))
        call = Call(f"the assignments of course {course_id}", "/api/v1/courses/:course_id/assignments", GRADES)
        return self._list(api_path("v1", "courses", course_id, "assignments"), params, Assignment, call)

    def overrides(self, course_id: str, assignment_id: str) -> AsyncIterator[Override]:
        """The overrides of an assignment."""
        call = Call(
            f"the overrides of assignment {assignment_id}",
            "/api/v1/courses/:course_id/assignments/:assignment_id/overrides",
            "Assignments and Quizzes - manage",
        )
        path = api_path("v1", "courses", course_id, "assignments", assignment_id, "overrides")
        return self._list(path, [], Override, call)

    def sis_assignments(self, account_id: str) -> AsyncIterator[SisAssignment]:
        """Every published assignment marked "Sync to SIS" of an account, ordered by course: a planner's one call.

        Raises SisExportNotEnabled where the account's feature is off; `sis_course_assignments` then does the same.
        """
        call = Call(f"the SIS assignments of account {account_id}", "/api/sis/accounts/:account_id/assignments", GRADES)
        params = [("include[]", "student_overrides")]
        return self._list(api_path("sis", "accounts", account_id, "assignments"), params, SisAssignment, call)

    async def sis_course_assignments(self, course_id: str) -> AsyncIterator[SisAssignment]:
        """As `sis_assignments`, for one course, put together from its assignments, sections and overrides."""
        for assignment in await course_export.sis_assignments_of(self, course_id):
            yield assignment

    # --- scores ------------------------------------------------------------------------------------------------------

    async def submissions(
        self,
        course_id: str,
        *,
        graded_since: Instant | None = None,
        assignment_ids: Sequence[str] | None = None,
        concluded: bool = False,
    ) -> AsyncIterator[PupilSubmissions]:
        """The submissions to a course's assignments marked "Sync to SIS", of pupils who came from the SIS.

        graded_since: only what was graded later than that instant (not at it). assignment_ids: only these; a pupil then
        comes once for every few of them. concluded: of concluded enrollments in place of active ones. Canvas does not
        show by `graded_since` that a grade was deleted, excused, or that an assignment changed.
        """
        params = [
            ("student_ids[]", "all"),
            ("grouped", "true"),
            ("post_to_sis", "true"),
            ("include[]", "user"),
            # Without it Canvas also gives pupils who have left, whom the SIS refuses.
            ("enrollment_state", "concluded" if concluded else "active"),
        ]
        if graded_since is not None:
            # Canvas keeps these instants to the second: one that is cut off there loses nothing.
            params.append(("graded_since", iso(graded_since - graded_since % SECOND)))
        call = Call(f"the submissions of course {course_id}", "/api/v1/courses/:course_id/students/submissions", GRADES)
        path = api_path("v1", "courses", course_id, "students", "submissions")
        for chosen in _chunks(assignment_ids):
            selection = [*params, *(("assignment_ids[]", each) for each in chosen)]
            async for pupil in self._list(path, selection, PupilSubmissions, call, per_page=_PUPILS_PER_PAGE):
                yield pupil

    async def grade_changes(
        self, course_id: str, since: Instant | None = None, until: Instant | None = None
    ) -> list[GradeChange] | None:
        """The course's grade-change log, newest first as Canvas gives it; None where Canvas keeps none."""
        params = []
        if since is not None:
            params.append(("start_time", iso(since)))
        if until is not None:
            params.append(("end_time", iso(until)))
        call = Call(
            f"the grade-change log of course {course_id}",
            "/api/v1/audit/grade_change/courses/:course_id",
            "Grades - view change logs",
        )
        path = api_path("v1", "audit", "grade_change", "courses", course_id)
        changes = self._pages(path, params, _Changes, lambda page: page.events, call)
        try:
            return [_grade_change(change) async for change in changes]
        except NotFound:
            return None

    # --- the connection itself ---------------------------------------------------------------------------------------

    async def check(self, account_id: str) -> list[Finding]:
        """Whether the address, the token, its permissions and the account are good for a sync."""
        return await check_connection(self, account_id)

    async def sample(self, path: str, params: Params, call: Call) -> bytes:
        """The first page of a list as it came; `path` is already escaped."""
        reply = await self._transport.get(api_url(self._transport.origin, path, params), call)
        return reply.body

    # --- reading -----------------------------------------------------------------------------------------------------

    async def _one(self, path: str, kind: type[T], call: Call) -> T:
        reply = await self._transport.get(api_url(self._transport.origin, path, []), call)
        return decode(reply.body, kind, what=call.what, status=reply.status)

    def _list(
        self, path: str, params: Params, kind: type[T], call: Call, *, per_page: int = _PER_PAGE
    ) -> AsyncIterator[T]:
        pages: type[list[T]] = list[kind]  # type: ignore[valid-type]
        return self._pages(path, params, pages, lambda page: page, call, per_page)

    async def _pages(
        self,
        path: str,
        params: Params,
        kind: type[P],
        rows_of: Callable[[P], list[T]],
        call: Call,
        per_page: int = _PER_PAGE,
    ) -> AsyncIterator[T]:
        """Row by row through all pages; a page is asked for when the one before it has been used up."""
        trail = Trail(call.what, max_pages=self._transport.limits.pages)
        url: URL | None = api_url(self._transport.origin, path, [("per_page", str(per_page)), *params])
        while url is not None:
            reply = await self._transport.get(url, call)
            rows = rows_of(decode(reply.body, kind, what=call.what, status=reply.status))
            trail.read(url, reply.body, len(rows))
            target = next_link(reply.headers.getall("Link", ()))
            url = trail.follow(target, reply.url) if target is not None else None
            for row in rows:
                yield row


def _chunks(ids: Sequence[str] | None) -> list[Sequence[str]]:
    if ids is None:
        return [()]
    return [ids[start : start + _IDS_PER_CALL] for start in range(0, len(ids), _IDS_PER_CALL)]


def _grade_change(change: _Change) -> GradeChange:
    return msgspec.convert(
        {
            **msgspec.structs.asdict(change),
            "assignment_id": change.links.assignment,
            "student_id": change.links.student,
            "grader_id": change.links.grader,
        },
        GradeChange,
    )
