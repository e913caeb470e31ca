"""Records as the command line shows them: plain dictionaries for JSON, cells for people.

In JSON an instant is ISO 8601: in UTC, or with the offset of the schedule's own zone where it has one.
"""

from __future__ import annotations

from typing import Any

from gradesync_tui.domain.clock import SECOND, Instant, iso
from gradesync_tui.domain.records import (
    Account,
    AccountSummary,
    AuditEntry,
    CategoryRule,
    Grant,
    LedgerEntry,
    LogLine,
    Outcome,
    Person,
    Rollover,
    Run,
    Schedule,
    StageProgress,
)
from gradesync_tui.domain.recurrence import describe


def when(at: Instant | None, zone: str = "UTC") -> str | None:
    """An instant for JSON, to the second."""
    return None if at is None else iso(at // SECOND * SECOND, zone)


def moment_cell(at: Instant | None, zone: str, now: Instant) -> str:
    """An instant for people, with its zone; empty where there is none."""
    from gradesync_tui.domain.when import zoned

    return "" if at is None else zoned(at, now, zone)


def account_json(account: Account) -> dict[str, Any]:
    policies = account.policies
    return {
        "id": account.id,
        "name": account.name,
        "zone": account.zone,
        "policies": {
            "hidden": policies.hidden,
            "sis_edits": policies.sis_edits,
            "deletes": policies.deletes,
            "full_compare_every_seconds": policies.full_compare_every // SECOND,
        },
        "created_at": when(account.created_at),
    }


def summary_json(summary: AccountSummary) -> dict[str, Any]:
    return {
        **account_json(summary.account),
        "sis": summary.sis,
        "active": summary.active,
        "paused": summary.paused,
        "next_run": when(summary.next_run, summary.account.zone),
        "last_run": None if summary.last_run is None else run_json(summary.last_run),
        "problems": summary.problems,
    }


def schedule_json(schedule: Schedule) -> dict[str, Any]:
    pause = schedule.pause
    return {
        "id": schedule.id,
        "account_id": schedule.account_id,
        "type": schedule.type.value,
        "interval": describe(schedule.recurrence),
        "first_run": when(schedule.first_run, schedule.zone),
        "next_run": when(schedule.next_run, schedule.zone),
        "zone": schedule.zone,
        "posted_by": schedule.posted_by,
        "paused": None
        if pause is None
        else {"at": when(pause.at, schedule.zone), "by": pause.by, "reason": pause.reason},
        "catch_up_seconds": schedule.catch_up // SECOND,
        "time_limit_seconds": schedule.time_limit // SECOND,
        "fail_limit": schedule.fail_limit,
        "failures": schedule.failures,
        "last_run_id": schedule.last_run_id,
    }


def run_json(run: Run) -> dict[str, Any]:
    counts = run.counts
    return {
        "id": run.id,
        "account_id": run.account_id,
        "schedule_id": run.schedule_id,
        "type": run.type.value,
        "mode": run.mode.value,
        "status": run.status.value,
        "stage": None if run.stage is None else run.stage.value,
        "requested_by": run.requested_by,
        "requested_at": when(run.requested_at),
        "due_at": when(run.due_at),
        "started_at": when(run.started_at),
        "updated_at": when(run.updated_at),
        "finished_at": when(run.finished_at),
        **{name: getattr(counts, name) for name in counts.__struct_fields__},
        "missed": run.missed,
        "note": run.note,
        "cause": run.cause,
        "merged_into": run.merged_into,
        "continues": run.continues,
        "engine": run.engine,
        "cancel_by": run.cancel_by,
    }


def stage_json(progress: StageProgress) -> dict[str, Any]:
    return {
        "stage": progress.stage.value,
        "started_at": when(progress.started_at),
        "finished_at": when(progress.finished_at),
        "done": progress.done,
        "total": progress.total,
    }


def log_json(entry: LogLine) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": iso(entry.at),
        "level": entry.level.value,
        "stage": None if entry.stage is None else entry.stage.value,
        "text": entry.text,
    }


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """A record's outcome with its cause in words."""
    found: dict[str, Any] = {
        "kind": outcome.kind.value,
        "action": outcome.action.value,
        **{name: getattr(outcome, name) for name in OUTCOME_NAMES},
        "cause": outcome.cause,
        "what": "",
        "do": "",
        "who": "",
    }
    if outcome.cause is not None:
        from gradesync_tui.domain.causes import explain

        words = explain(outcome.cause, outcome.details)
        found |= {"what": words.what, "do": words.do, "who": words.who}
    return {"at": when(outcome.at), **found, "http_status": outcome.http_status, "answer": outcome.answer}


OUTCOME_NAMES = (
    "course",
    "section",
    "assignment",
    "pupil",
    "class_id",
    "assignment_id",
    "student_id",
    "sourced_id",
    "sent",
    "before",
)


def rollover_json(rollover: Rollover) -> dict[str, Any]:
    return {
        "id": rollover.id,
        "account_id": rollover.account_id,
        "name": rollover.name,
        "state": rollover.state,
        "pause_at": when(rollover.pause_at),
        "resume_at": when(rollover.resume_at),
        "schedule_ids": list(rollover.schedule_ids),
        "reason": rollover.reason,
        "updated_by": rollover.updated_by,
        "updated_at": when(rollover.updated_at),
    }


def rule_json(rule: CategoryRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "scope": rule.scope,
        "group": rule.group,
        "group_id": rule.group_id,
        "category": rule.category,
    }


def grant_json(grant: Grant) -> dict[str, Any]:
    return {"role": grant.role.value, "account_id": grant.account_id}


def person_json(person: Person) -> dict[str, Any]:
    return {
        "login": person.login,
        "name": person.name,
        "roles": [grant_json(grant) for grant in person.grants],
        "created_at": when(person.created_at),
    }


def audit_json(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": iso(entry.at),
        "login": entry.login,
        "name": entry.name,
        "origin": entry.origin,
        "verb": entry.verb,
        "target": entry.target,
        "account_id": entry.account_id,
        "allowed": entry.allowed,
        "before": entry.before,
        "after": entry.after,
        "hash": entry.hash,
    }


def ledger_json(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "kind": entry.kind.value,
        "class_id": entry.class_id,
        "sourced_id": entry.sourced_id,
        "state": entry.state,
        "sent": entry.sent,
        "sent_at": when(entry.sent_at),
        "run_id": entry.run_id,
        "http_status": entry.http_status,
        "verified_at": when(entry.verified_at),
        "cause": entry.cause,
    }
