"""What Canvas's handlers share: the state, its settings, and finding the object that a path names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from gradesync_tui.domain.clock import SECOND, Clock, Instant, iso, parse_instant
from gradesync_tui.sandbox.canvas.build import ROOT_ACCOUNT
from gradesync_tui.sandbox.canvas.state import Account, Assignment, CanvasState, Course, Section, User
from gradesync_tui.sandbox.web import Answer, Call, Refusal

T = TypeVar("T")


@dataclass(slots=True)
class CanvasSettings:
    """How this Canvas is set up; all may change while it runs.

    page_limit: the most rows of a page. throttle_status: 429, or 403 as older Canvas says. counts_pages: whether links
    to the last page are given. link_header: how the name of that header is written. bulk_grade_export: whether /api/sis
    answers. audit: whether the grade-change log may be asked. quiet_excuses: excusing leaves graded_at alone.
    name_limit: the longest name that Canvas lets a teacher give to an assignment for the SIS; needs_due_date: whether
    it must have a due date.
    """

    page_limit: int = 100
    throttle: bool = True
    throttle_status: int = 429
    counts_pages: bool = True
    link_header: str = "Link"
    bulk_grade_export: bool = True
    audit: bool = True
    quiet_excuses: bool = False
    name_limit: int = 256
    needs_due_date: bool = False


@dataclass(slots=True)
class Context:
    """Handed to every handler's module."""

    state: CanvasState
    settings: CanvasSettings
    clock: Clock

    def account(self, text: str) -> Account:
        if text in ("self", "default"):
            return self.state.accounts[ROOT_ACCOUNT]
        return _found(self.state.accounts.get(self._id(text, "account")))

    def course(self, text: str) -> Course:
        return _found(self.state.courses.get(self._id(text, "course")))

    def section(self, text: str) -> Section:
        return _found(self.state.sections.get(self._id(text, "section")))

    def user(self, text: str, call: Call) -> User:
        if text == "self":
            return self.state.users[call.user_id]
        return _found(self.state.users.get(self._id(text, "user")))

    def assignment(self, course: Course, text: str) -> Assignment:
        found = _found(course.assignments.get(self._id(text, "assignment")))
        if found.state == "deleted":
            raise not_found()
        return found

    def user_id(self, text: str) -> int:
        """The id of a user named by number or by SIS id; 0 for nobody."""
        return self._id(text, "user")

    def _id(self, text: str, kind: str) -> int:
        if text.isdecimal():
            return int(text)
        prefix, _, sis_id = text.partition(":")
        if kind == "user" and prefix == "sis_login_id":
            return next((one.id for one in self.state.users.values() if one.login_id == sis_id), 0)
        if prefix != f"sis_{kind}_id" or kind == "assignment":
            return 0
        return self.state.by_sis_id(kind, sis_id) or 0


def _found(one: T | None) -> T:
    if one is None:
        raise not_found()
    return one


def not_found() -> Refusal:
    return Refusal(Answer(404, {"errors": [{"message": "The specified resource does not exist."}]}))


@lru_cache(maxsize=20_000)
def _stamp(second: int) -> str:
    return iso(second * SECOND)


def stamp(at: Instant | None) -> str | None:
    """A moment as Canvas writes it: to the second, although it keeps and compares more."""
    return None if at is None else _stamp(at // SECOND)


def parse_stamp(text: str) -> Instant:
    """A moment as clients write it, with or without an offset (then UTC); ValueError otherwise."""
    if datetime.fromisoformat(text).tzinfo is None:
        text += "+00:00"
    return parse_instant(text)
