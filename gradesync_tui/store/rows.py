"""From rows to records, and what every part writes beside its own rows: the change feed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from peewee import SQL

from gradesync_tui.domain.records import Counts, Pause, Run, Schedule
from gradesync_tui.domain.recurrence import Cron, Recurrence
from gradesync_tui.domain.words import RunMode, RunStatus, Stage, SyncType
from gradesync_tui.store.models import ChangeRow, RunRow, ScheduleRow

Row = Mapping[str, Any]

PROGRAM = "gradesync"
"""Who paused or changed something where no person did."""

SCHEDULE = "Schedule"
"""Who asked for a run that came due by itself."""

CHUNK = 400
"""Rows a statement carries at most: SQLite takes 32,766 values, PostgreSQL 65,535."""

_recurrence = msgspec.json.Decoder(Recurrence)
_counts = msgspec.json.Decoder(Counts)
_NO_COUNTS = Counts()


def encode(value: object) -> str:
    """A value as the JSON text that is kept of it."""
    return msgspec.json.encode(value).decode()


def recurrence_of(text: str) -> Recurrence:
    """The recurrence that was kept; raises msgspec.MsgspecError for one that is damaged."""
    rule: Recurrence = _recurrence.decode(text)
    return rule


def run_of(row: Row) -> Run:
    """The record of a run's row."""
    stage = row["stage"]
    return Run(
        id=row["id"],
        account_id=row["account_id"],
        type=SyncType(row["type"]),
        status=RunStatus(row["status"]),
        requested_by=row["requested_by"],
        requested_at=row["requested_at"],
        updated_at=row["updated_at"],
        mode=RunMode(row["mode"]),
        schedule_id=row["schedule_id"],
        due_at=row["due_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        stage=None if stage is None else Stage(stage),
        counts=_NO_COUNTS if row["counts"] == "{}" else _counts.decode(row["counts"]),
        missed=row["missed"],
        note=row["note"],
        cause=row["cause"],
        merged_into=row["merged_into"],
        continues=row["continues"],
        fence=row["fence"],
        engine=row["engine"],
        cancel_by=row["cancel_by"],
        time_limit=row["time_limit"],
    )


def schedule_of(row: Row) -> Schedule:
    """The record of a schedule's row; a damaged recurrence shows as it was found, so that a person can mend it."""
    try:
        recurrence = recurrence_of(row["recurrence"])
    except msgspec.MsgspecError:
        recurrence = Cron(row["recurrence"])
    pause = None
    if row["paused_at"] is not None:
        pause = Pause(at=row["paused_at"], by=row["paused_by"], reason=row["pause_reason"], batch=row["pause_batch"])
    return Schedule(
        id=row["id"],
        account_id=row["account_id"],
        type=SyncType(row["type"]),
        recurrence=recurrence,
        first_run=row["first_run"],
        zone=row["zone"],
        posted_by=row["posted_by"],
        created_at=row["created_at"],
        next_run=row["next_run"],
        pause=pause,
        catch_up=row["catch_up"],
        fail_limit=row["fail_limit"],
        failures=row["failures"],
        time_limit=row["time_limit"],
        last_run_id=row["last_run_id"],
    )


def runs_where(*conditions: Any) -> list[Run]:
    """Every run that meets the conditions, oldest first."""
    return [run_of(row) for row in RunRow.select().where(*conditions).order_by(RunRow.id).dicts()]


def run_row(run_id: int) -> Row | None:
    """One run's row."""
    row: Row | None = RunRow.select().where(RunRow.id == run_id).dicts().first()
    return row


def schedules_where(*conditions: Any) -> list[Schedule]:
    """Every schedule (removed ones too, unless a condition leaves them out) that meets the conditions, oldest first."""
    return [schedule_of(row) for row in ScheduleRow.select().where(*conditions).order_by(ScheduleRow.id).dicts()]


def counts_columns(counts: Counts) -> dict[str, object]:
    """What a run's row keeps of its counts."""
    return {"counts": encode(counts), "scores": counts.scores, "problems": counts.problems}


def changed(topic: str, *refs: int) -> None:
    """Tell whoever watches that these have changed, in the transaction that changes them."""
    if refs:
        ChangeRow.insert_many([(topic, ref) for ref in refs], fields=[ChangeRow.topic, ChangeRow.ref]).execute()


def among(column: Any, ids: Iterable[int]) -> Any:
    """The condition that a column holds one of these ids.

    They are written into the statement: binding them one by one takes longer than the query itself.
    """
    return column.in_(SQL("(" + ",".join([str(int(one)) for one in ids]) + ")"))


def chunks(items: Sequence[Any], size: int = CHUNK) -> Iterable[Sequence[Any]]:
    """The items in pieces that one statement can carry."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
