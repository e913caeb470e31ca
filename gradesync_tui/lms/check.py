"""Whether a Canvas connection is good for a sync: found by asking for what a sync asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from gradesync_tui.domain.text import clean
from gradesync_tui.lms.address import Params, api_path
from gradesync_tui.lms.answers import Call
from gradesync_tui.lms.errors import (
    CanvasError,
    NotFound,
    PermissionMissing,
    Refused,
    ScopeMissing,
    SisExportNotEnabled,
)
from gradesync_tui.lms.records import Finding
from gradesync_tui.lms.wire import decode

if TYPE_CHECKING:
    from gradesync_tui.lms.canvas import Canvas

Row = dict[str, Any]

_GRADES = "Grades - view all grades"


async def check_connection(canvas: Canvas, account_id: str) -> list[Finding]:
    """One finding for each thing a sync needs, in the order of dependence."""
    findings: list[Finding] = []

    async def ask(name: str, question: Callable[[], Awaitable[str]]) -> CanvasError | None:
        try:
            findings.append(Finding(name=name, ok=True, what=await question()))
        except CanvasError as error:
            findings.append(_failed(name, error))
            return error
        return None

    async def token() -> str:
        return f"Canvas answers, and the token is {clean((await canvas.me()).name, limit=80) or 'a nameless user'}'s"

    async def account() -> str:
        return f"The account is {clean((await canvas.account(account_id)).name, limit=80)}"

    for name, question in (("token", token), ("account", account)):
        error = await ask(name, question)
        # What is only not allowed says nothing of the rest.
        if error is not None and not isinstance(error, ScopeMissing | PermissionMissing):
            return findings

    courses: list[Row] = []

    async def course_list() -> str:
        courses.extend(
            await _rows(
                canvas,
                api_path("v1", "accounts", account_id, "courses"),
                [("per_page", "20"), ("published", "true"), ("include[]", "term")],
                Call("the list of courses", "/api/v1/accounts/:account_id/courses", "Courses - view list"),
            )
        )
        return "The token's user sees the account's courses" if courses else "The account has no published course yet"

    await ask("course list", course_list)
    if courses:
        findings.append(_sis_data(courses))
        findings.append(_includes(courses))
    await _check_grades(canvas, account_id, courses, findings)
    await _check_log(canvas, courses, findings)
    return findings


async def _rows(canvas: Canvas, path: str, params: Params, call: Call) -> list[Row]:
    return decode(await canvas.sample(path, params, call), list[Row], what=call.what)


def _sis_data(courses: list[Row]) -> Finding:
    if any("sis_course_id" in course for course in courses):
        return Finding(name="SIS data", ok=True, what="The token's user may read SIS ids")
    return Finding(
        name="SIS data",
        ok=False,
        what="Canvas shows the token's user no SIS ids, so nobody can be matched with the SIS",
        do='Give the user\'s role the permission "SIS Data - read" in Canvas (Admin → Permissions).',
    )


def _includes(courses: list[Row]) -> Finding:
    if any("term" in course for course in courses):
        return Finding(name="include parameters", ok=True, what="Canvas heeds include[] parameters")
    return Finding(
        name="include parameters",
        ok=False,
        what="The developer key silently drops include[] parameters, so due dates of single sections stay unseen",
        do='Tick "Allow Include Parameters" in the developer key (Admin → Developer Keys).',
    )


async def _check_grades(canvas: Canvas, account_id: str, courses: list[Row], findings: list[Finding]) -> None:
    """The SIS export needs "view all grades"; where it is off, a course's submissions show the same."""
    call = Call("the SIS export", "/api/sis/accounts/:account_id/assignments", _GRADES)
    path = api_path("sis", "accounts", account_id, "assignments")
    try:
        await canvas.sample(path, [("per_page", "1")], call)
        findings.append(Finding(name="SIS export", ok=True, what="Canvas lists the assignments of all courses at once"))
    except SisExportNotEnabled:
        findings.append(
            Finding(
                name="SIS export",
                ok=True,
                what='"Bulk SIS Grade Export" is off; courses are read one by one, which is slower',
                do="Ask for the feature to be switched on to speed up runs.",
            )
        )
    except CanvasError as error:
        findings.append(_failed("SIS export", error))
    if not courses:
        return
    call = Call("the pupils' grades", "/api/v1/courses/:course_id/students/submissions", _GRADES)
    path = api_path("v1", "courses", str(courses[0].get("id")), "students", "submissions")
    try:
        await canvas.sample(path, [("student_ids[]", "all"), ("grouped", "true"), ("per_page", "1")], call)
        findings.append(Finding(name="view all grades", ok=True, what="The token's user sees the pupils' grades"))
    except CanvasError as error:
        findings.append(_failed("view all grades", error))


async def _check_log(canvas: Canvas, courses: list[Row], findings: list[Finding]) -> None:
    """The grade-change log is a help, not a need: a sync goes without it."""
    if not courses:
        return
    call = Call("the grade-change log", "/api/v1/audit/grade_change/courses/:course_id", "Grades - view change logs")
    path = api_path("v1", "audit", "grade_change", "courses", str(courses[0].get("id")))
    try:
        await canvas.sample(path, [("per_page", "1")], call)
        what = "Canvas keeps a grade-change log, which shows excuses and deleted grades at once"
    except (NotFound, PermissionMissing, ScopeMissing, Refused):
        what = "There is no grade-change log to read; a full compare finds excuses and deleted grades instead"
    except CanvasError as error:
        findings.append(_failed("grade-change log", error))
        return
    findings.append(Finding(name="grade-change log", ok=True, what=what))


def _failed(name: str, error: CanvasError) -> Finding:
    return Finding(name=name, ok=False, what=error.what, do=error.do)
