"""What the SIS of the district knows: its rosters, and one gradebook that both versions of OneRoster show."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from gradesync_tui.domain.clock import Instant

Json = dict[str, Any]


@dataclass(slots=True)
class Org:
    id: str
    name: str
    type: str
    parent: str | None


@dataclass(slots=True)
class Session:
    """An academic session: the school year, or a grading period in it. A closed one takes no grades."""

    id: str
    title: str
    type: str
    start: date
    end: date
    parent: str | None
    year: str
    closed: bool = False


@dataclass(slots=True)
class Person:
    id: str
    given: str
    family: str
    username: str
    role: str
    org: str
    grade: str
    active: bool = True


@dataclass(slots=True)
class Klass:
    id: str
    title: str
    code: str
    course: str
    org: str
    session: str
    subject: str
    grade: str
    period: str


@dataclass(slots=True)
class Enrollment:
    id: str
    klass: str
    org: str
    user: str
    role: str
    active: bool = True


@dataclass(slots=True)
class Course:
    id: str
    title: str
    code: str
    org: str
    grade: str


@dataclass(slots=True)
class Category:
    """A grading category; with `klass` it is of that class alone."""

    id: str
    title: str
    klass: str | None
    changed: Instant
    active: bool = True


@dataclass(slots=True)
class LineItem:
    id: str
    title: str
    description: str
    assign: str
    due: str
    klass: str
    category: str
    session: str | None
    school: str | None
    least: float
    most: float
    active: bool
    changed: Instant
    metadata: Json | None = None


@dataclass(slots=True)
class Result:
    id: str
    line_item: str
    klass: str
    student: str
    status: str
    score: float | None
    text_score: str | None
    score_date: str
    comment: str
    flags: dict[str, str]
    active: bool
    changed: Instant
    metadata: Json | None = None


@dataclass(slots=True)
class SisState:
    """All of the SIS, with the indexes that its collections are read by."""

    orgs: dict[str, Org] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    courses: dict[str, Course] = field(default_factory=dict)
    classes: dict[str, Klass] = field(default_factory=dict)
    enrollments: dict[str, Enrollment] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    line_items: dict[str, LineItem] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    items_of_class: defaultdict[str, dict[str, LineItem]] = field(default_factory=lambda: defaultdict(dict))
    results_of_class: defaultdict[str, dict[str, Result]] = field(default_factory=lambda: defaultdict(dict))
    results_of_item: defaultdict[str, dict[str, Result]] = field(default_factory=lambda: defaultdict(dict))
    pupils_of_class: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    allocated: int = 0

    def allocate(self, kind: str) -> str:
        """A sourcedId of the SIS's own making."""
        self.allocated += 1
        return str(uuid5(NAMESPACE_URL, f"{kind}/{self.allocated}"))

    def put_item(self, item: LineItem) -> bool:
        """Store a line item; True if it is new. One that moves to another class takes its results along."""
        before = self.line_items.get(item.id)
        if before is not None and before.klass != item.klass:
            del self.items_of_class[before.klass][item.id]
            for result in self.results_of_item[item.id].values():
                del self.results_of_class[before.klass][result.id]
                result.klass = item.klass
                self.results_of_class[item.klass][result.id] = result
        self.line_items[item.id] = item
        self.items_of_class[item.klass][item.id] = item
        return before is None

    def put_result(self, result: Result) -> bool:
        """Store a result; True if it is new."""
        before = self.results.get(result.id)
        if before is not None:
            self._drop(before)
        self.results[result.id] = result
        self.results_of_class[result.klass][result.id] = result
        self.results_of_item[result.line_item][result.id] = result
        return before is None

    def delete_item(self, item: LineItem) -> None:
        """Delete a line item with its results."""
        for result in list(self.results_of_item.pop(item.id, {}).values()):
            del self.results[result.id]
            del self.results_of_class[result.klass][result.id]
        del self.items_of_class[item.klass][item.id]
        del self.line_items[item.id]

    def delete_result(self, result: Result) -> None:
        self._drop(result)
        del self.results[result.id]

    def _drop(self, result: Result) -> None:
        del self.results_of_class[result.klass][result.id]
        del self.results_of_item[result.line_item][result.id]

    def enroll(self, enrollment: Enrollment) -> None:
        self.enrollments[enrollment.id] = enrollment
        if enrollment.role == "student" and enrollment.active:
            self.pupils_of_class[enrollment.klass].add(enrollment.user)
