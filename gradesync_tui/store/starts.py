"""Queueing runs for what is due, or recording why there is none."""

from __future__ import annotations

from typing import Any

from peewee import Value, fn

from gradesync_tui.domain.clock import MINUTE, Instant
from gradesync_tui.domain.text import count
from gradesync_tui.domain.words import RunMode, RunStatus
from gradesync_tui.store.due import Due, occurrences_taken
from gradesync_tui.store.models import ChangeRow, RunRow, ScheduleRow
from gradesync_tui.store.queue import both
from gradesync_tui.store.rows import SCHEDULE, among, chunks

ON_TIME = MINUTE
"""An occurrence that is no older than this is on time, whatever the catch-up window says."""

_SENDING = (RunMode.SYNC.value, RunMode.FULL.value)


def start(due: list[Due], now: Instant) -> int:
    """Queue the runs, or record why there is none; answers with how many wait newly."""
    if not due:
        return 0
    taken = occurrences_taken([one.id for one in due], min(one.last for one in due) - 1)
    waiting = _waiting({one.account_id for one in due})
    newest = int(RunRow.select(fn.MAX(RunRow.id)).scalar() or 0)
    plain: list[int] = []
    rows: list[dict[str, Any]] = []
    merged: list[Due] = []
    started = 0
    for one in due:
        if (one.id, one.last) in taken:
            # This occurrence has run before the clock was set back.
            continue
        if now - one.last > max(one.catch_up, ON_TIME):
            rows.append(_run(one, now, RunStatus.SKIPPED, one.occurrences, _too_old(one)))
        elif (one.account_id, one.type) in waiting:
            merged.append(one)
        else:
            waiting[one.account_id, one.type] = None
            started += 1
            if one.plain:
                plain.append(one.id)
            else:
                note = f"{count(one.occurrences - 1, 'earlier occurrence was', 'earlier occurrences were')} missed"
                rows.append(
                    _run(
                        one,
                        now,
                        RunStatus.QUEUED,
                        one.occurrences - 1,
                        f"{note} while no engine ran; this run catches up.",
                    )
                )
    _queue_plain(plain, now)
    _insert_runs(rows)
    if merged:
        _merge(merged, now)
    _tell(newest, [one.id for one in due])
    return started


def _run(one: Due, now: Instant, status: RunStatus, missed: int, note: str) -> dict[str, Any]:
    return {
        "account_id": one.account_id,
        "type": one.type,
        "status": status.value,
        "requested_by": SCHEDULE,
        "requested_at": now,
        "updated_at": now,
        "mode": RunMode.SYNC.value,
        "schedule_id": one.id,
        "due_at": one.last,
        "finished_at": now if status.finished else None,
        "missed": missed,
        "note": note,
        "time_limit": one.time_limit,
        "merged_into": None,
    }


def _too_old(one: Due) -> str:
    return (
        f"{count(one.occurrences, 'occurrence was', 'occurrences were')} missed while no engine ran; "
        "the last one is older than the schedule's catch-up window."
    )


def _waiting(accounts: set[int]) -> dict[tuple[int, str], int | None]:
    found: dict[tuple[int, str], int | None] = {}
    for part in chunks(sorted(accounts)):
        query = RunRow.select(RunRow.account_id, RunRow.type, RunRow.id).where(
            among(RunRow.account_id, part), RunRow.status == RunStatus.QUEUED.value, RunRow.mode.in_(_SENDING)
        )
        found.update({(account_id, type): run_id for account_id, type, run_id in query.tuples()})
    return found


def _queue_plain(ids: list[int], now: Instant) -> None:
    """Queue one run each for schedules whose next run is due, straight from their rows."""
    target = [
        RunRow.account_id, RunRow.type, RunRow.status, RunRow.requested_by, RunRow.requested_at, RunRow.updated_at,
        RunRow.mode, RunRow.schedule_id, RunRow.due_at, RunRow.time_limit, RunRow.counts, RunRow.scores,
        RunRow.problems, RunRow.missed, RunRow.note, RunRow.by_person,
    ]  # fmt: skip
    for part in chunks(ids):
        source = ScheduleRow.select(
            ScheduleRow.account_id,
            ScheduleRow.type,
            *(Value(value) for value in (RunStatus.QUEUED.value, SCHEDULE, now, now, RunMode.SYNC.value)),
            ScheduleRow.id,
            ScheduleRow.next_run,
            ScheduleRow.time_limit,
            *(Value(value) for value in ("{}", 0, 0, 0, "", False)),
        ).where(among(ScheduleRow.id, part))
        RunRow.insert_from(source.order_by(ScheduleRow.next_run, ScheduleRow.id), target).execute()
        latest = RunRow.select(fn.MAX(RunRow.id)).where(RunRow.schedule_id == ScheduleRow.id)
        ScheduleRow.update(last_run_id=latest).where(among(ScheduleRow.id, part)).execute()


def _insert_runs(rows: list[dict[str, Any]]) -> None:
    for part in chunks(rows):
        RunRow.insert_many(part).execute()
    queued = [row["schedule_id"] for row in rows if row["status"] == RunStatus.QUEUED.value]
    for ids in chunks(queued):
        latest = RunRow.select(fn.MAX(RunRow.id)).where(RunRow.schedule_id == ScheduleRow.id)
        ScheduleRow.update(last_run_id=latest).where(among(ScheduleRow.id, ids)).execute()


def _merge(merged: list[Due], now: Instant) -> None:
    """Two that wait are one: these are served by the run that waits already, which keeps who asked."""
    waiting = _waiting({one.account_id for one in merged})
    rows = []
    for one in merged:
        run_id = waiting[one.account_id, one.type]
        note = f"Run {run_id} was waiting already and serves this occurrence too."
        rows.append({**_run(one, now, RunStatus.SKIPPED, one.occurrences - 1, note), "merged_into": run_id})
    _insert_runs(rows)
    for part in chunks(sorted({row["merged_into"] for row in rows})):
        query = RunRow.select(RunRow.id, RunRow.requested_by).where(among(RunRow.id, part))
        for run_id, names in list(query.tuples()):
            if both(names, SCHEDULE) != names:
                RunRow.update(requested_by=both(names, SCHEDULE), updated_at=now).where(RunRow.id == run_id).execute()
                ChangeRow.insert(topic="run", ref=run_id).execute()


def _tell(newest: int, schedule_ids: list[int]) -> None:
    """Tell of the runs after `newest` and of these schedules."""
    fields = [ChangeRow.topic, ChangeRow.ref]
    runs = RunRow.select(Value("run"), RunRow.id).where(RunRow.id > newest).order_by(RunRow.id)
    ChangeRow.insert_from(runs, fields).execute()
    for part in chunks(schedule_ids):
        schedules = ScheduleRow.select(Value("schedule"), ScheduleRow.id).where(among(ScheduleRow.id, part))
        ChangeRow.insert_from(schedules, fields).execute()
