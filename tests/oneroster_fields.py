"""The field rules of OneRoster's gradebook for single records, as the official 1.1 and 1.2 definitions state them.

Written by hand from the definitions' `required`, `enum`, `format` and `additionalProperties`, so that the tests need no
copy of them. Where 1.1 leaves a field optional that real servers demand, it is required here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import msgspec

from gradesync_tui.sandbox.service import LoggedRequest

BASE = {"sourcedId", "status", "dateLastModified"}
REQUIRED = {
    ("1.1", "lineItem"): {"title", "assignDate", "dueDate", "class", "category", "resultValueMin", "resultValueMax"},
    ("1.1", "result"): {"lineItem", "student", "scoreStatus", "score", "scoreDate"},
    ("1.2", "lineItem"): {"title", "assignDate", "dueDate", "class", "school", "category"},
    ("1.2", "result"): {"lineItem", "student", "scoreStatus", "scoreDate"},
}
OPTIONAL = {
    ("1.1", "lineItem"): {"metadata", "description", "gradingPeriod"},
    ("1.1", "result"): {"metadata", "comment"},
    ("1.2", "lineItem"): {
        "metadata", "description", "gradingPeriod", "academicSession", "scoreScale", "resultValueMin",
        "resultValueMax", "learningObjectiveSet",
    },
    ("1.2", "result"): {
        "metadata", "class", "scoreScale", "score", "textScore", "comment", "learningObjectiveSet", "inProgress",
        "incomplete", "late", "missing",
    },
}  # fmt: skip
TYPES = {
    "class": {"class"},
    "school": {"org"},
    "category": {"category"},
    "gradingPeriod": {"academicSession"},
    "academicSession": {"academicSession"},
    "lineItem": {"lineItem"},
    "student": {"user"},
}
STATUSES = {"exempt", "fully graded", "not submitted", "partially graded", "submitted"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def faults(version: str, kind: str, record: dict[str, Any], *, needs_id: bool = True) -> list[str]:
    """What is wrong with a record, field by field; empty where nothing is."""
    base = BASE if needs_id else BASE - {"sourcedId"}
    required = base | REQUIRED[version, kind]
    found = [f"{name} is missing" for name in sorted(required - set(record))]
    allowed = BASE | REQUIRED[version, kind] | OPTIONAL[version, kind]
    found += [f"{name} is not a field" for name in sorted(set(record) - allowed)]
    for name, value in record.items():
        if not _holds(name, value):
            found.append(f"{name} is wrong: {value!r}")
    return found


def faults_written(log: Iterable[LoggedRequest]) -> list[str]:
    """What is wrong with the bodies that gradesync (and no other client of a test) wrote to a district's SIS."""
    found = []
    for one in log:
        if one.side != "sis" or one.method not in ("PUT", "POST") or one.path.endswith("/token"):
            continue
        if one.headers.get("user-agent") != "gradesync":
            continue
        version = "1.2" if "/v1p2" in one.path else "1.1"
        body = msgspec.json.decode(one.body)
        [(key, content)] = body.items()
        # A record that the SIS is to name goes to the collection, without an id.
        is_new = one.path.endswith(f"/{key}s")
        records = content if isinstance(content, list) else [content]
        for record in records:
            wrong = faults(version, key.removesuffix("s"), record, needs_id=isinstance(content, list) or not is_new)
            found += [f"{one.method} {one.path}: {fault}" for fault in wrong]
    return found


def _holds(name: str, value: Any) -> bool:
    if name in TYPES:
        whole = isinstance(value, dict) and set(value) == {"href", "sourcedId", "type"}
        return whole and value["type"] in TYPES[name] and value["href"].startswith("http") and bool(value["sourcedId"])
    if name == "status":
        return value in ("active", "tobedeleted")
    if name in ("dateLastModified", "assignDate", "dueDate"):
        return isinstance(value, str) and bool(MOMENT.fullmatch(value)) and datetime.fromisoformat(value) is not None
    if name == "scoreDate":
        return isinstance(value, str) and len(value) == 10 and date.fromisoformat(value) is not None
    if name in ("score", "resultValueMin", "resultValueMax"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if name == "scoreStatus":
        return value in STATUSES
    if name in ("late", "missing", "inProgress", "incomplete"):
        return value in ("true", "false")
    return isinstance(value, str)
