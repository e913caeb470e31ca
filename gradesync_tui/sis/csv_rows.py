"""The CSV binding of OneRoster 1.1 and 1.2: file names, headers, rows and the manifest.

Everything is quoted where CSV (RFC 4180) asks for it and is otherwise written as it is: a title is data, and the
gradebook that imports it must get the very title, also where it begins with `=`. What could act on a reader is kept
out before: control characters, and tabs or line breaks at the start (`domain.preflight.sent_title`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from gradesync_tui.domain.clock import Instant, to_datetime
from gradesync_tui.domain.grades import LineItem, Result
from gradesync_tui.domain.preflight import sent_comment, sent_title
from gradesync_tui.domain.profiles import Profile
from gradesync_tui.sis.bodies import RestVersion, comment_of, moment, sent_score
from gradesync_tui.sis.errors import SisRefused

_GUID = re.compile(r"[0-9A-Za-z./@_-]{1,255}")

_LINE_ITEM = "sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,categorySourcedId"
_RESULT = "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,comment"

LINE_ITEM_HEADER: dict[RestVersion, list[str]] = {
    "1.1": f"{_LINE_ITEM},gradingPeriodSourcedId,resultValueMin,resultValueMax".split(","),
    "1.2": f"{_LINE_ITEM},academicSessionSourcedId,resultValueMin,resultValueMax,schoolSourcedId".split(","),
}
RESULT_HEADER: dict[RestVersion, list[str]] = {
    "1.1": _RESULT.split(","),
    "1.2": f"{_RESULT},textScore,classSourcedId,inProgress,incomplete,late,missing".split(","),
}

_FILES_1_1 = (
    "academicSessions,categories,classes,classResources,courses,courseResources,demographics,enrollments,lineItems,"
    "orgs,resources,results,users"
)
FILES: dict[RestVersion, list[str]] = {
    "1.1": _FILES_1_1.split(","),
    "1.2": sorted(
        (
            f"{_FILES_1_1},lineItemLearningObjectiveIds,lineItemScoreScales,resultLearningObjectiveIds,"
            "resultScoreScales,roles,scoreScales,userProfiles,userResources"
        ).split(","),
        key=str.lower,
    ),
}


def line_item_row(
    item: LineItem, version: RestVersion, modified_at: Instant, *, bulk: bool, session_id: str, school_id: str
) -> list[str]:
    """A row of lineItems.csv. session_id: the grading period (or term); school_id: of the class, for 1.2."""
    row = [
        *_head(item.sourced_id, item.active, modified_at, bulk),
        sent_title(item.title),
        sent_comment(item.description),
        _day(item.assign_date),
        _day(item.due_date),
        guid(item.class_id),
        guid(item.category_id),
        guid(session_id),
        "0",
        number(item.points),
    ]
    return [*row, guid(school_id)] if version == "1.2" else row


def result_row(
    result: Result, version: RestVersion, profile: Profile, modified_at: Instant, *, bulk: bool
) -> list[str]:
    """A row of results.csv."""
    score = sent_score(result, version)
    row = [
        *_head(result.sourced_id, result.active, modified_at, bulk),
        guid(result.line_item_id),
        guid(result.student_id),
        result.status,
        "" if score is None else number(score),
        result.score_date.isoformat(),
        comment_of(result, profile) or "",
    ]
    if version == "1.1":
        return row
    late, missing = (
        ("true" if value else "false") if travels == "flag" else ""
        for travels, value in ((profile.scores.late, result.late), (profile.scores.missing, result.missing))
    )
    return [*row, "", guid(result.class_id), "", "", late, missing]


def manifest(version: RestVersion, files: Sequence[str], *, bulk: bool, system: str) -> str:
    """manifest.csv: which of the binding's files are in the zip, and whether they are whole or changes."""
    rows = [["manifest.version", "1.0"], ["oneroster.version", version]]
    kind = "bulk" if bulk else "delta"
    rows += [[f"file.{name}", kind if name in files else "absent"] for name in FILES[version]]
    rows += [["source.systemName", sent_title(system)], ["source.systemCode", "gradesync"]]
    return lines([["propertyName", "value"], *rows])


def lines(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV: UTF-8 text with CR LF, quoted where needed."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def guid(sourced_id: str) -> str:
    """A sourcedId as the binding allows it. SisRefused for another."""
    if not _GUID.fullmatch(sourced_id):
        raise SisRefused(
            "sis_refused",
            f"{sourced_id!r} is no id that a OneRoster file can hold",
            details={"answer": "an id in it has characters that OneRoster files do not allow, or none"},
        )
    return sourced_id


def number(value: float) -> str:
    """A number without an exponent and without needless zeros."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _head(sourced_id: str, active: bool, modified_at: Instant, bulk: bool) -> list[str]:
    # A bulk file is the whole truth: the binding wants both columns blank there, and filled in a delta.
    return [guid(sourced_id), *(["", ""] if bulk else ["active" if active else "tobedeleted", moment(modified_at)])]


def _day(at: Instant) -> str:
    try:
        return to_datetime(at).date().isoformat()
    except (OverflowError, ValueError, OSError):
        raise SisRefused(
            "due_date_outside_period", "a date is outside the calendar", details={"due": "no day of the calendar"}
        ) from None
