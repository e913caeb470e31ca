"""Line items, results and categories as both versions of OneRoster know them, and the ids derived for them."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID, uuid5

from msgspec import Struct

from gradesync_tui.domain.clock import Instant

ScoreStatus = Literal["exempt", "fully graded", "not submitted", "partially graded", "submitted"]

_NAMESPACE = UUID("8b8f2f0e-3a3c-5d6e-9f4a-6b0f4a1c2d77")


class Category(Struct, frozen=True, kw_only=True):
    """A grading category of the SIS; without `class_id` it holds for every class."""

    sourced_id: str
    title: str
    class_id: str | None = None
    active: bool = True


class GradingPeriod(Struct, frozen=True, kw_only=True):
    """A grading period: grades are taken for dates from `start` to `end`, both included."""

    sourced_id: str
    title: str
    start: date
    end: date


class LineItem(Struct, frozen=True, kw_only=True):
    """An assignment of one class. An empty `sourced_id` asks the SIS to allocate one (the modified dialect)."""

    sourced_id: str
    title: str
    class_id: str
    category_id: str
    assign_date: Instant
    due_date: Instant
    points: float
    description: str = ""
    grading_period_id: str | None = None
    school_id: str | None = None
    active: bool = True


class Result(Struct, frozen=True, kw_only=True):
    """A score of one pupil for one line item; `score` is None where the pupil is exempt (or has none)."""

    sourced_id: str
    line_item_id: str
    student_id: str
    class_id: str
    score: float | None
    status: ScoreStatus
    score_date: date
    comment: str = ""
    late: bool = False
    missing: bool = False
    active: bool = True


class Receipt(Struct, frozen=True, kw_only=True):
    """How the SIS answered a write: the HTTP status (0 for a file), the id that it gave the record, its raw text."""

    sourced_id: str
    status: int
    created: bool
    answer: str = ""


def derived_line_item_id(account: str, class_id: str, assignment_id: str) -> str:
    """The sourcedId of an assignment in a class: the same whenever and wherever it is asked for."""
    return str(uuid5(_NAMESPACE, f"lineItem\n{account}\n{class_id}\n{assignment_id}"))


def derived_result_id(account: str, line_item_id: str, student_id: str) -> str:
    """The sourcedId of a pupil's score for a line item, so that sending it twice makes no second record."""
    return str(uuid5(_NAMESPACE, f"result\n{account}\n{line_item_id}\n{student_id}"))
