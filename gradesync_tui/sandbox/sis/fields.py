"""The field rules of OneRoster for what is written: which fields there are, which must be there, and what they hold."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from gradesync_tui.domain.clock import parse_instant

Check = Callable[[Any], str]
"""What is wrong with a value, in a few words; empty for nothing."""

_EXTENSION = re.compile(r"ext:[a-zA-Z0-9._-]+")
_STATUSES = frozenset(("exempt", "fully graded", "not submitted", "partially graded", "submitted"))


def _text(value: Any) -> str:
    return "" if isinstance(value, str) else "must be a string"


def _number(value: Any) -> str:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return "" if good else "must be a number"


def _date_time(value: Any) -> str:
    try:
        parse_instant(value)
    except (TypeError, ValueError, AttributeError):
        return "must be a date-time with an offset"
    return ""


def _date(value: Any) -> str:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return "must be a date, YYYY-MM-DD"
    return "" if len(value) == 10 else "must be a date, YYYY-MM-DD"


def _one_of(*words: str) -> Check:
    return lambda value: "" if value in words else f"must be one of {', '.join(words)}"


def _metadata(value: Any) -> str:
    return "" if isinstance(value, dict) else "must be an object"


def _score_status(value: Any) -> str:
    if not isinstance(value, str):
        return "must be a string"
    good = value in _STATUSES or _EXTENSION.fullmatch(value)
    return "" if good else "must be a score status"


def _status_1_1(value: Any) -> str:
    return "" if isinstance(value, str) and value in _STATUSES else "must be a score status"


def _list(value: Any) -> str:
    return "" if isinstance(value, list) else "must be a list"


def _reference(*types: str) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, dict):
            return "must be a reference"
        if set(value) != {"href", "sourcedId", "type"} or not all(isinstance(one, str) for one in value.values()):
            return "must have exactly href, sourcedId and type"
        if value["type"] not in types:
            return f"must have the type {' or '.join(types)}"
        return "" if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", value["href"]) else "must have an absolute href"

    return check


_BASE: dict[str, Check] = {
    "sourcedId": _text,
    "status": _one_of("active", "tobedeleted"),
    "dateLastModified": _date_time,
    "metadata": _metadata,
}
_BASE_REQUIRED = frozenset(("sourcedId", "status", "dateLastModified"))

_FLAG = _one_of("true", "false")

_FIELDS: dict[tuple[str, str], tuple[dict[str, Check], frozenset[str]]] = {
    ("1.1", "category"): ({"title": _text}, frozenset(("title",))),
    ("1.2", "category"): ({"title": _text, "weight": _number}, frozenset(("title",))),
    ("1.1", "lineItem"): (
        {
            "title": _text,
            "description": _text,
            "assignDate": _date_time,
            "dueDate": _date_time,
            "class": _reference("class"),
            "category": _reference("category"),
            "gradingPeriod": _reference("gradingPeriod", "academicSession"),
            "resultValueMin": _number,
            "resultValueMax": _number,
        },
        frozenset(("title", "assignDate", "class", "category", "resultValueMin")),
    ),
    ("1.2", "lineItem"): (
        {
            "title": _text,
            "description": _text,
            "assignDate": _date_time,
            "dueDate": _date_time,
            "class": _reference("class"),
            "school": _reference("org"),
            "category": _reference("category"),
            "gradingPeriod": _reference("academicSession"),
            "academicSession": _reference("academicSession"),
            "scoreScale": _reference("scoreScale"),
            "resultValueMin": _number,
            "resultValueMax": _number,
            "learningObjectiveSet": _list,
        },
        frozenset(("title", "assignDate", "dueDate", "class", "school", "category")),
    ),
    ("1.1", "result"): (
        {
            "lineItem": _reference("lineItem"),
            "student": _reference("student", "user"),
            "scoreStatus": _status_1_1,
            "score": _number,
            "scoreDate": _date,
            "comment": _text,
        },
        frozenset(("lineItem", "student", "scoreStatus", "score", "scoreDate")),
    ),
    ("1.2", "result"): (
        {
            "lineItem": _reference("lineItem"),
            "student": _reference("user"),
            "class": _reference("class"),
            "scoreScale": _reference("scoreScale"),
            "scoreStatus": _score_status,
            "score": _number,
            "textScore": _text,
            "scoreDate": _date,
            "comment": _text,
            "learningObjectiveSet": _list,
            "inProgress": _FLAG,
            "incomplete": _FLAG,
            "late": _FLAG,
            "missing": _FLAG,
        },
        frozenset(("lineItem", "student", "scoreStatus", "scoreDate")),
    ),
}


def faults_of(version: str, kind: str, record: Mapping[str, Any], *, needs_id: bool = True) -> list[str]:
    """What is wrong with a record that is written, field by field, by the rules of a OneRoster version.

    version: `1.1` or `1.2`; kind: `lineItem`, `result` or `category`. needs_id: False where the SIS gives the id.
    """
    fields, required = _FIELDS[version, kind]
    wanted = required | _BASE_REQUIRED if needs_id else (required | _BASE_REQUIRED) - {"sourcedId"}
    faults = [f"{name} is required" for name in sorted(wanted - record.keys())]
    for name, value in record.items():
        check = fields.get(name) or _BASE.get(name)
        if check is None:
            faults.append(f"{name} is not a field of {kind} in OneRoster {version}")
        elif problem := check(value):
            faults.append(f"{name} {problem}")
    return faults
