"""Rollovers: named windows in which chosen schedules rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from gradesync_tui.domain import recurrence
from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.records import Actor, Rollover, Schedule
from gradesync_tui.domain.text import count
from gradesync_tui.domain.words import RunStatus
from gradesync_tui.store.accounts import account_by_id
from gradesync_tui.store.audit import record
from gradesync_tui.store.db import Part, reads, writes
from gradesync_tui.store.errors import NotFound, StoreError
from gradesync_tui.store.models import RolloverRow, RolloverScheduleRow, RunRow, ScheduleRow
from gradesync_tui.store.queue import add_run
from gradesync_tui.store.rows import PROGRAM, SCHEDULE, Row, changed, encode, schedules_where
from gradesync_tui.store.schedules import rest, schedule_by_id, wake

_TO_COME, _PAUSED, _OVER = 0, 1, 2


class Rollovers(Part):
    """The rollover windows of an account."""

    @reads
    def list(self, account_id: int) -> list[Rollover]:
        """Every window, the latest first."""
        now = self._clock.now()
        query = RolloverRow.select().where(RolloverRow.account_id == account_id)
        rows = query.order_by(RolloverRow.pause_at.desc(), RolloverRow.id.desc()).dicts()
        return [_rollover(row, now) for row in list(rows)]

    @writes
    def save(
        self,
        account_id: int,
        name: str,
        pause_at: Instant,
        resume_at: Instant,
        schedule_ids: Sequence[int],
        actor: Actor,
        *,
        reason: str = "",
        rollover_id: int | None = None,
    ) -> Rollover:
        """A new window, or with `rollover_id` a changed one; StoreError where it ends before it begins.

        Changing one that is under way resumes what it had paused; the next tick applies it anew.
        """
        account_by_id(account_id)
        if resume_at <= pause_at:
            raise StoreError("A rollover resumes after it pauses: choose a later resume date.")
        for schedule_id in schedule_ids:
            if schedule_by_id(schedule_id).account_id != account_id:
                raise NotFound(f"Schedule {schedule_id} is not of this account.")
        now = self._clock.now()
        columns = {
            "name": name,
            "pause_at": pause_at,
            "resume_at": resume_at,
            "updated_by": actor.name,
            "updated_at": now,
            "reason": reason,
            "phase": _OVER if resume_at <= now else _TO_COME,
        }
        before = ""
        if rollover_id is None:
            rollover_id = int(RolloverRow.insert(account_id=account_id, **columns).execute())
        else:
            row = _row(rollover_id)
            before = encode(_rollover(row, now))
            _release(rollover_id, now, now)
            RolloverRow.update(**columns).where(RolloverRow.id == rollover_id).execute()
            RolloverScheduleRow.delete().where(RolloverScheduleRow.rollover_id == rollover_id).execute()
        for schedule_id in dict.fromkeys(schedule_ids):
            RolloverScheduleRow.insert(rollover_id=rollover_id, schedule_id=schedule_id).execute()
        after = _rollover(_row(rollover_id), now)
        record(now, actor, "save rollover", name, account_id=account_id, before=before, after=encode(after))
        changed("rollover", rollover_id)
        return after

    @writes
    def remove(self, rollover_id: int, actor: Actor) -> None:
        """Take a window out; what it has paused is resumed. NotFound."""
        row = _row(rollover_id)
        now = self._clock.now()
        before = encode(_rollover(row, now))
        _release(rollover_id, now, now)
        RolloverScheduleRow.delete().where(RolloverScheduleRow.rollover_id == rollover_id).execute()
        RolloverRow.delete().where(RolloverRow.id == rollover_id).execute()
        record(now, actor, "remove rollover", row["name"], account_id=row["account_id"], before=before)
        changed("rollover", rollover_id)


def due(now: Instant) -> bool:
    """Whether a window is to begin or to end."""
    return bool(_due(now).exists())


def next_change() -> Instant | None:
    """The next instant at which a window begins or ends."""
    instants = [
        row["pause_at"] if row["phase"] == _TO_COME else row["resume_at"]
        for row in RolloverRow.select().where(RolloverRow.phase < _OVER).dicts()
    ]
    return min(instants, default=None)


def apply(now: Instant) -> None:
    """Pause and resume what the windows say, in the order of their instants."""
    for row in list(_due(now).order_by(RolloverRow.pause_at, RolloverRow.id).dicts()):
        if row["phase"] == _TO_COME:
            _begin(row, now)
    for row in list(_due(now).order_by(RolloverRow.resume_at, RolloverRow.id).dicts()):
        if row["phase"] == _PAUSED and row["resume_at"] <= now:
            # An occurrence at the very instant of the end runs.
            resumed = _release(row["id"], now, row["resume_at"] - 1)
            _advance(row, _OVER, "resume schedules", resumed, now)


def _due(now: Instant) -> Any:
    begins = (RolloverRow.phase == _TO_COME) & (RolloverRow.pause_at <= now)
    ends = (RolloverRow.phase == _PAUSED) & (RolloverRow.resume_at <= now)
    return RolloverRow.select().where(begins | ends)


def _begin(row: Row, now: Instant) -> None:
    active = schedules_where(
        ScheduleRow.id.in_(_members(row["id"])), ScheduleRow.removed_at.is_null(), ScheduleRow.paused_at.is_null()
    )
    for schedule in active:
        _note_missed(schedule, row, now)
    ids = [schedule.id for schedule in active]
    rest(ids, row["pause_at"], row["updated_by"], _why(row), _batch(row["id"]))
    _advance(row, _PAUSED, "pause schedules", ids, now)


def _note_missed(schedule: Schedule, row: Row, now: Instant) -> None:
    """What came due before the window while no engine ran leaves its trace, though nothing may start any more."""
    if schedule.next_run is None or schedule.next_run >= row["pause_at"]:
        return
    gone = recurrence.missed(
        schedule.recurrence, schedule.first_run, schedule.zone, schedule.next_run, row["pause_at"] - 1
    )
    if gone.last is None:
        return
    taken = RunRow.select().where(RunRow.schedule_id == schedule.id, RunRow.due_at == gone.last).exists()
    add_run(
        now,
        account_id=schedule.account_id,
        type=schedule.type.value,
        status=RunStatus.SKIPPED.value,
        requested_by=SCHEDULE,
        mode="sync",
        schedule_id=schedule.id,
        due_at=None if taken else gone.last,
        finished_at=now,
        missed=gone.count,
        note=f"{count(gone.count, 'occurrence was', 'occurrences were')} missed while no engine ran; "
        f"then the rollover {row['name']} began.",
        time_limit=schedule.time_limit,
    )


def _release(rollover_id: int, now: Instant, after: Instant) -> list[int]:
    """Resume what a window paused; one that another window under way holds too goes over to that one."""
    paused = schedules_where(ScheduleRow.pause_batch == _batch(rollover_id), ScheduleRow.removed_at.is_null())
    free = []
    for schedule in paused:
        other = (
            RolloverRow.select()
            .join(RolloverScheduleRow, on=(RolloverScheduleRow.rollover_id == RolloverRow.id))
            .where(
                RolloverScheduleRow.schedule_id == schedule.id,
                RolloverRow.id != rollover_id,
                RolloverRow.phase == _PAUSED,
                RolloverRow.resume_at > now,
            )
            .dicts()
            .first()
        )
        if other is None:
            free.append(schedule)
        else:
            ScheduleRow.update(
                paused_at=other["pause_at"],
                paused_by=other["updated_by"],
                pause_reason=_why(other),
                pause_batch=_batch(other["id"]),
            ).where(ScheduleRow.id == schedule.id).execute()
            changed("schedule", schedule.id)
    wake(free, after)
    return [schedule.id for schedule in free]


def _advance(row: Row, phase: int, verb: str, ids: list[int], now: Instant) -> None:
    RolloverRow.update(phase=phase).where(RolloverRow.id == row["id"]).execute()
    actor = Actor(login=PROGRAM, name=PROGRAM, origin="engine")
    record(now, actor, verb, f"rollover {row['name']}", account_id=row["account_id"], after=encode(ids))
    changed("rollover", row["id"])


def _members(rollover_id: int) -> list[int]:
    query = RolloverScheduleRow.select(RolloverScheduleRow.schedule_id)
    return [schedule_id for (schedule_id,) in query.where(RolloverScheduleRow.rollover_id == rollover_id).tuples()]


def _batch(rollover_id: int) -> str:
    return f"rollover:{rollover_id}"


def _why(row: Row) -> str:
    return f"Rollover {row['name']}" + (f": {row['reason']}" if row["reason"] else "")


def _row(rollover_id: int) -> Row:
    row: Row | None = RolloverRow.select().where(RolloverRow.id == rollover_id).dicts().first()
    if row is None:
        raise NotFound(f"There is no rollover {rollover_id}.")
    return row


def _rollover(row: Row, now: Instant) -> Rollover:
    state: Literal["upcoming", "ongoing", "completed"]
    state = "upcoming" if now < row["pause_at"] else "ongoing" if now < row["resume_at"] else "completed"
    return Rollover(
        id=row["id"],
        account_id=row["account_id"],
        name=row["name"],
        pause_at=row["pause_at"],
        resume_at=row["resume_at"],
        schedule_ids=tuple(_members(row["id"])),
        updated_by=row["updated_by"],
        updated_at=row["updated_at"],
        state=state,
        reason=row["reason"],
    )
