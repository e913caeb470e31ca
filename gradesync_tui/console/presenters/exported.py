"""What copy and export write of a row: every value exact and by itself, as it still reads right next year.

Instants are ISO 8601 with the offset of the zone in which the list shows them. No sign, no word for "today".
"""

from __future__ import annotations

from collections.abc import Mapping

from gradesync_tui.domain import when
from gradesync_tui.domain.clock import SECOND, Instant, iso
from gradesync_tui.domain.records import (
    AccountSummary,
    AuditEntry,
    CategoryRule,
    LogLine,
    Outcome,
    Person,
    Rollover,
    Run,
    Schedule,
)
from gradesync_tui.domain.words import RecordKind

Value = str | int | None
Record = Mapping[str, Value]
"""One row: values by the titles of their columns, in the columns' order. All rows of a list have the same titles."""


def at(instant: Instant | None, zone: str) -> str | None:
    """An instant to the second."""
    return None if instant is None else iso(instant // SECOND * SECOND, zone)


def account(summary: AccountSummary) -> Record:
    zone, last = summary.account.zone, summary.last_run
    return {
        "Account": summary.account.name,
        "SIS": summary.sis,
        "Active": summary.active,
        "Paused": summary.paused,
        "Next run": at(summary.next_run, zone),
        "Last run": None if last is None else at(last.started_at or last.requested_at, zone),
        "Status": "" if last is None else last.status.value,
        "Problems": summary.problems,
        "Time Zone": zone,
    }


def schedule(row: Schedule) -> Record:
    from gradesync_tui.domain.recurrence import describe

    pause = row.pause
    return {
        "Schedule": row.id,
        "Type": row.type.value,
        "Interval": describe(row.recurrence),
        "First Run": at(row.first_run, row.zone),
        "Next Run": None if pause is not None else at(row.next_run, row.zone),
        "Time Zone": row.zone,
        "Posted By": row.posted_by,
        "Paused": None if pause is None else at(pause.at, row.zone),
        "Paused by": "" if pause is None else pause.by,
        "Reason": "" if pause is None else pause.reason,
    }


def run(row: Run, zone: str) -> Record:
    ended = row.finished_at or row.updated_at
    return {
        "Run": row.id,
        "Started": at(row.started_at, zone),
        "Updated": at(row.updated_at, zone),
        "Took": "" if row.started_at is None else when.duration(ended - row.started_at),
        "Requested by": row.requested_by,
        "Type": row.type.value,
        "Stage": "" if row.stage is None else row.stage.value,
        "Status": row.status.value,
        "Assignments": row.counts.assignments,
        "Scores": row.counts.scores,
        "Problems": row.counts.problems,
        "Note": row.note,
    }


def outcome(row: Outcome, zone: str) -> Record:
    from gradesync_tui.domain.causes import explain

    said = None if row.cause is None else explain(row.cause, row.details)
    return {
        "At": at(row.at, zone),
        "Kind": "assignment" if row.kind is RecordKind.LINE_ITEM else "score",
        "Outcome": row.action.value,
        "Pupil": row.pupil,
        "Assignment": row.assignment,
        "Course": row.course,
        "Section": row.section,
        "Score": row.sent,
        "Before": row.before,
        "Why": "" if said is None else said.title,
        "What happened": "" if said is None else said.what,
        "Do": "" if said is None else said.do,
        "Who": "" if said is None else said.who,
        "HTTP status": row.http_status,
        "Pupil id": row.student_id,
        "SIS id": row.sourced_id,
    }


def log_line(row: LogLine, zone: str) -> Record:
    return {
        "At": at(row.at, zone),
        "Level": row.level.value,
        "Stage": "" if row.stage is None else row.stage.value,
        "What happened": row.text,
    }


def rollover(row: Rollover, zone: str) -> Record:
    return {
        "Rollover": row.name,
        "State": row.state,
        "Pauses": at(row.pause_at, zone),
        "Resumes": at(row.resume_at, zone),
        "Schedules": ", ".join(str(each) for each in row.schedule_ids),
        "Planned by": row.updated_by,
        "Reason": row.reason,
    }


def category(row: CategoryRule) -> Record:
    return {"Assignment group in Canvas": row.group, "Category in the SIS": row.category, "Where": row.scope}


def person(row: Person, roles: str, zone: str) -> Record:
    """roles: in words, as the list has them."""
    return {"Name": row.name, "Login": row.login, "Roles": roles, "Added": at(row.created_at, zone)}


def audit_entry(row: AuditEntry, zone: str) -> Record:
    return {
        "Entry": row.id,
        "At": at(row.at, zone),
        "Login": row.login,
        "Name": row.name,
        "From": row.origin,
        "Result": "done" if row.allowed else "refused",
        "Did": row.verb,
        "To what": row.target,
        "Before": row.before,
        "After": row.after,
        "Hash": row.hash,
    }
