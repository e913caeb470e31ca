"""What a SIS answers, read calmly: fields come and go between vendors; ids, scores and dates are what matters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from gradesync_tui.domain.causes import recognised, said
from gradesync_tui.domain.clock import Instant, from_datetime
from gradesync_tui.domain.grades import Category, GradingPeriod, LineItem, Result, ScoreStatus
from gradesync_tui.sis.errors import SisBadAnswer, SisRefused
from gradesync_tui.sis.exchange import Answer
from gradesync_tui.sis.failures import decoded

_STATUSES: dict[str, ScoreStatus] = {
    "exempt": "exempt",
    "fully graded": "fully graded",
    "not submitted": "not submitted",
    "partially graded": "partially graded",
    "submitted": "submitted",
}


def records(answer: Answer, *keys: str) -> list[Mapping[str, Any]]:
    """The records of a collection: under one of its keys, or as a bare list. An empty object or body is empty.

    SisBadAnswer where it is something else; what stands in a 200 as an error is raised as one.
    """
    content = decoded(answer)
    rows: object = content
    if isinstance(content, dict):
        raise_if_failure(answer, content)
        rows = next((content[key] for key in keys if key in content), None if content else [])
        if rows is None and any(key in content for key in keys):
            rows = []
    elif content is None:
        rows = []
    if not isinstance(rows, list):
        raise SisBadAnswer(
            "sis_bad_answer",
            f"the SIS's answer holds no {keys[0]}",
            http_status=answer.status,
            answer=answer.text()[:4_000],
            details={"error": f"it holds no {keys[0]}"},
        )
    return [cast("Mapping[str, Any]", row) for row in rows if isinstance(row, dict)]


def raise_if_failure(answer: Answer, content: object) -> None:
    """Some servers answer 200 and say in the body that it failed; that is raised as the refusal that it is."""
    if not isinstance(content, dict):
        return
    info = content.get("imsx_StatusInfo", content)
    failed = isinstance(info, dict) and info.get("imsx_codeMajor") in ("failure", "unsupported")
    if failed or content.get("error") or content.get("errors"):
        found = recognised(None, answer.text())
        words = said(answer.text())
        raise SisRefused(
            "sis_refused" if found.cause == "unknown" else found.cause,
            f"the SIS answered {answer.status}, and in it: {words}",
            http_status=answer.status,
            answer=answer.text(),
            details={"answer": words, **found.details},
        )


def allocated_id(answer: Answer, kind: str) -> str | None:
    """The sourcedId that the SIS names in its answer to a write: in the record, in a pair, or in Location."""
    content = decoded(answer) if answer.body.lstrip()[:1] in (b"{", b"[") else None
    if isinstance(content, dict):
        record = content.get(kind, content)
        if isinstance(record, dict) and (found := _text(record.get("sourcedId"))):
            return found
        pairs = content.get("sourcedIdPairs")
        if isinstance(pairs, list) and len(pairs) == 1 and isinstance(pairs[0], dict):
            return _text(pairs[0].get("allocatedSourcedId")) or None
        if found := _text(content.get("allocatedSourcedId")):
            return found
    location = answer.headers.get("location", "")
    return unquote(urlsplit(location).path.rstrip("/").rpartition("/")[2]) or None


def allocated_pairs(answer: Answer) -> dict[str, str]:
    """By the id that was given, the id that the SIS allocated, of a bulk request."""
    content = decoded(answer)
    raise_if_failure(answer, content)
    pairs = content.get("sourcedIdPairs") if isinstance(content, dict) else None
    if not isinstance(pairs, list):
        raise SisBadAnswer(
            "sis_bad_answer",
            "the SIS's answer to a bulk request holds no sourcedIdPairs",
            http_status=answer.status,
            answer=answer.text()[:4_000],
            details={"error": "it holds no sourcedIdPairs"},
            uncertain=True,
        )
    found = {}
    for pair in pairs:
        if isinstance(pair, dict):
            given, taken = _text(pair.get("suppliedSourcedId")), _text(pair.get("allocatedSourcedId"))
            if given and taken:
                found[given] = taken
    return found


def category(row: Mapping[str, Any]) -> Category | None:
    """A category; None where it has no id or title. One with `metadata.classId` is of that class alone."""
    sourced_id, title = _text(row.get("sourcedId")), _text(row.get("title"))
    if not sourced_id or not title:
        return None
    metadata = row.get("metadata")
    hints = metadata if isinstance(metadata, dict) else {}
    class_id = _text(hints.get("classId")) or _text(hints.get("classSourcedId")) or _referred(row.get("class"))
    return Category(sourced_id=sourced_id, title=title, class_id=class_id or None, active=_active(row))


def line_item(row: Mapping[str, Any], class_id: str) -> LineItem | None:
    """A line item of a class; None where it has no id. Dates that it lacks are taken from each other, else 1970."""
    sourced_id = _text(row.get("sourcedId"))
    if not sourced_id:
        return None
    due, assigned = _instant(row.get("dueDate")), _instant(row.get("assignDate"))
    either = due if due is not None else assigned if assigned is not None else 0
    return LineItem(
        sourced_id=sourced_id,
        title=_text(row.get("title")),
        class_id=_referred(row.get("class")) or class_id,
        category_id=_referred(row.get("category")),
        assign_date=assigned if assigned is not None else either,
        due_date=due if due is not None else either,
        points=_number(row.get("resultValueMax")) or 0.0,
        description=_text(row.get("description")),
        grading_period_id=_referred(row.get("gradingPeriod")) or _referred(row.get("academicSession")) or None,
        school_id=_referred(row.get("school")) or None,
        active=_active(row),
    )


def result(row: Mapping[str, Any], class_id: str) -> Result | None:
    """A result; None where it lacks its id, its line item or its student, without which it says nothing."""
    sourced_id = _text(row.get("sourcedId"))
    line_item_id, student_id = _referred(row.get("lineItem")), _referred(row.get("student"))
    if not (sourced_id and line_item_id and student_id):
        return None
    score = _number(row.get("score"))
    told = _text(row.get("scoreStatus")).strip().lower()
    return Result(
        sourced_id=sourced_id,
        line_item_id=line_item_id,
        student_id=student_id,
        class_id=_referred(row.get("class")) or class_id,
        score=score,
        status=_STATUSES.get(told, "fully graded" if score is not None else "not submitted"),
        score_date=_day(row.get("scoreDate")) or date(1970, 1, 1),
        comment=_text(row.get("comment")),
        late=_flag(row.get("late")),
        missing=_flag(row.get("missing")),
        active=_active(row),
    )


def grading_period(row: Mapping[str, Any]) -> GradingPeriod | None:
    """A grading period; None for another kind of session, or one without id or dates."""
    sourced_id, start, end = _text(row.get("sourcedId")), _day(row.get("startDate")), _day(row.get("endDate"))
    kind = _text(row.get("type")) or "gradingPeriod"
    if not sourced_id or start is None or end is None or kind != "gradingPeriod" or not _active(row):
        return None
    return GradingPeriod(sourced_id=sourced_id, title=_text(row.get("title")) or sourced_id, start=start, end=end)


def school_of(answer: Answer) -> str:
    """The school of a class, of the answer to GET /classes/{id}; empty where it names none."""
    content = decoded(answer)
    raise_if_failure(answer, content)
    record = content.get("class", content) if isinstance(content, dict) else None
    return _referred(record.get("school")) if isinstance(record, dict) else ""


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _referred(value: object) -> str:
    """The id of a reference, whole, shortened to its sourcedId, or given as the bare id."""
    return _text(value.get("sourcedId")) if isinstance(value, dict) else _text(value)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _active(row: Mapping[str, Any]) -> bool:
    return row.get("status") not in ("tobedeleted", "inactive")


def _flag(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _instant(value: object) -> Instant | None:
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value.strip())
        return from_datetime(at if at.tzinfo is not None else at.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def _day(value: object) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value.strip()[:10])
    except ValueError:
        return None
