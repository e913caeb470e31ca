"""The SIS's records as each version of OneRoster writes them."""

from __future__ import annotations

from functools import lru_cache

from gradesync_tui.domain.clock import Instant, to_datetime
from gradesync_tui.sandbox.sis.state import (
    Category,
    Course,
    Enrollment,
    Klass,
    LineItem,
    Org,
    Person,
    Result,
    Session,
    SisState,
)
from gradesync_tui.sandbox.web import Json

GRADEBOOK = {"1.1": "/ims/oneroster/v1p1", "1.2": "/ims/oneroster/gradebook/v1p2"}
ROSTERING = {"1.1": "/ims/oneroster/v1p1", "1.2": "/ims/oneroster/rostering/v1p2"}
_PATHS = {
    "class": "classes",
    "org": "orgs",
    "school": "orgs",
    "category": "categories",
    "academicSession": "academicSessions",
    "gradingPeriod": "gradingPeriods",
    "lineItem": "lineItems",
    "user": "users",
    "student": "students",
    "course": "courses",
}
_IN_GRADEBOOK = frozenset(("category", "lineItem"))


@lru_cache(maxsize=50_000)
def stamp(at: Instant) -> str:
    """An instant as OneRoster writes it: UTC to the millisecond, with Z."""
    return to_datetime(at).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


class Show:
    """Writes records in one version; `base` is the server's address, which references start with."""

    def __init__(self, state: SisState, version: str, made_at: Instant) -> None:
        self._state = state
        self._version = version
        self._made = stamp(made_at)
        self.base = ""

    def _ref(self, kind: str, sourced_id: str) -> Json:
        root = (GRADEBOOK if kind in _IN_GRADEBOOK else ROSTERING)[self._version]
        return {"href": f"{self.base}{root}/{_PATHS[kind]}/{sourced_id}", "sourcedId": sourced_id, "type": kind}

    def _base(self, sourced_id: str, active: bool = True, changed: str = "") -> Json:
        return {
            "sourcedId": sourced_id,
            "status": "active" if active else "tobedeleted",
            "dateLastModified": changed or self._made,
        }

    # --- gradebook --------------------------------------------------------------------------------------------------

    def category(self, one: Category) -> Json:
        row = self._base(one.id, one.active, stamp(one.changed)) | {"title": one.title}
        if one.klass is not None:
            row["metadata"] = {"classId": one.klass}
        return row

    def line_item(self, one: LineItem) -> Json:
        row = self._base(one.id, one.active, stamp(one.changed))
        row |= {
            "title": one.title,
            "assignDate": one.assign,
            "dueDate": one.due,
            "class": self._ref("class", one.klass),
            "category": self._ref("category", one.category),
            "resultValueMin": one.least,
            "resultValueMax": one.most,
        }
        if one.description:
            row["description"] = one.description
        if one.metadata:
            row["metadata"] = one.metadata
        if self._version == "1.2":
            row["school"] = self._ref("org", one.school or self._state.classes[one.klass].org)
            if one.session:
                row["academicSession"] = self._ref("academicSession", one.session)
        elif one.session:
            row["gradingPeriod"] = self._ref("gradingPeriod", one.session)
        return row

    def result(self, one: Result) -> Json:
        row = self._base(one.id, one.active, stamp(one.changed))
        row |= {
            "lineItem": self._ref("lineItem", one.line_item),
            "student": self._ref("user", one.student),
            "scoreStatus": one.status,
            "scoreDate": one.score_date,
        }
        if one.comment:
            row["comment"] = one.comment
        if one.metadata:
            row["metadata"] = one.metadata
        if self._version == "1.1":
            # OneRoster 1.1 has no result without a number.
            row["score"] = 0.0 if one.score is None else one.score
            return row
        row["class"] = self._ref("class", one.klass)
        if one.score is not None:
            row["score"] = one.score
        if one.text_score is not None:
            row["textScore"] = one.text_score
        return row | one.flags

    # --- rosters ----------------------------------------------------------------------------------------------------

    def org(self, one: Org) -> Json:
        row = self._base(one.id) | {"name": one.name, "type": one.type, "identifier": one.id}
        if one.parent:
            row["parent"] = self._ref("org", one.parent)
        else:
            row["children"] = [
                self._ref("org", other.id) for other in self._state.orgs.values() if other.parent == one.id
            ]
        return row

    def session(self, one: Session) -> Json:
        row = self._base(one.id) | {
            "title": one.title,
            "type": one.type,
            "startDate": one.start.isoformat(),
            "endDate": one.end.isoformat(),
            "schoolYear": one.year,
        }
        if one.parent:
            row["parent"] = self._ref("academicSession", one.parent)
        if one.closed:
            row["metadata"] = {"closed": "true"}
        return row

    def course(self, one: Course) -> Json:
        return self._base(one.id) | {
            "title": one.title,
            "courseCode": one.code,
            "grades": [one.grade],
            "org": self._ref("org", one.org),
        }

    def klass(self, one: Klass) -> Json:
        return self._base(one.id) | {
            "title": one.title,
            "classCode": one.code,
            "classType": "scheduled",
            "grades": [one.grade],
            "subjects": [one.subject],
            "course": self._ref("course", one.course),
            "school": self._ref("org", one.org),
            "terms": [self._ref("academicSession", one.session)],
            "periods": one.period if self._version == "1.1" else [one.period],
        }

    def person(self, one: Person) -> Json:
        row = self._base(one.id, one.active) | {
            "username": one.username,
            "givenName": one.given,
            "familyName": one.family,
            "identifier": one.id,
            "email": f"{one.username}@riverbend.example",
        }
        if one.grade:
            row["grades"] = [one.grade]
        if self._version == "1.1":
            return row | {"enabledUser": True, "role": one.role, "orgs": [self._ref("org", one.org)]}
        role = {"roleType": "primary", "role": one.role, "org": self._ref("org", one.org)}
        return row | {"enabledUser": "true", "roles": [role], "primaryOrg": self._ref("org", one.org)}

    def enrollment(self, one: Enrollment) -> Json:
        primary: object = one.role == "teacher"
        return self._base(one.id, one.active) | {
            "user": self._ref("user", one.user),
            "class": self._ref("class", one.klass),
            "school": self._ref("org", one.org),
            "role": one.role,
            "primary": primary if self._version == "1.1" else str(primary).lower(),
        }
