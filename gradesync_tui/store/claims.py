"""Performing runs: the right to perform one, kept alive by heartbeats and told apart by a fencing number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from peewee import IntegrityError, fn

from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.records import Actor, Counts, Heartbeat, Run
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.words import RunMode, RunStatus, SyncType
from gradesync_tui.store.audit import record
from gradesync_tui.store.crashpoints import reached
from gradesync_tui.store.db import Part, reads, writes
from gradesync_tui.store.errors import StaleClaim
from gradesync_tui.store.models import AccountRow, RunRow, ScheduleRow
from gradesync_tui.store.queue import add_run, both, waiting_run
from gradesync_tui.store.rows import PROGRAM, Row, changed, counts_columns, run_of, run_row, runs_where
from gradesync_tui.store.schedules import rest

_CAUSES = {RunStatus.CANCELLED: "cancelled", RunStatus.INTERRUPTED: "interrupted"}


class Lease(Struct, frozen=True, kw_only=True):
    """A claim as others see it: `until` changes with each heartbeat."""

    run_id: int
    engine: str
    until: Instant


class Claims(Part):
    """What an engine does with runs."""

    @reads
    def waiting(self) -> bool:
        """Whether a run waits that could be claimed now."""
        return bool(_claimable().exists())

    @writes
    def claim(self, engine_id: str, lease_us: int) -> Run | None:
        """Take the oldest waiting run of an account that has none in progress; None where there is none.

        One statement gives it its status and the next fencing number. `lease_us`: microseconds for which the claim
        holds without a heartbeat.
        """
        now = self._clock.now()
        highest = RunRow.alias()
        try:
            rows = (
                RunRow.update(
                    status=RunStatus.IN_PROGRESS.value,
                    fence=highest.select(fn.COALESCE(fn.MAX(highest.fence), 0) + 1).where(highest.fence.is_null(False)),
                    engine=engine_id,
                    started_at=now,
                    updated_at=now,
                    lease_until=now + lease_us,
                )
                .where(RunRow.id == _claimable().limit(1))
                .returning(RunRow)
                .dicts()
                .execute()
            )
            claimed = [run_of(row) for row in rows]
        except IntegrityError:
            # Another engine was quicker with this account; its next turn comes with the next round.
            return None
        if not claimed:
            return None
        changed("run", claimed[0].id)
        reached("claiming")
        return claimed[0]

    @writes
    def heartbeat(self, run_id: int, fence: int, lease_us: int) -> Heartbeat:
        """Show that the run is alive; StaleClaim if it is held under another number, or is over."""
        held = RunRow.update(lease_until=self._clock.now() + lease_us).where(*_held(run_id, fence)).execute()
        if not held:
            raise stale(run_id, fence)
        return Heartbeat(cancel_by=RunRow.select(RunRow.cancel_by).where(RunRow.id == run_id).scalar())

    @writes
    def finish(
        self,
        run_id: int,
        fence: int,
        status: RunStatus,
        counts: Counts | None = None,
        *,
        cause: str | None = None,
        note: str = "",
        requeue: bool = False,
    ) -> None:
        """End a claimed run; None leaves the counts as last written. StaleClaim if it is not held.

        requeue: another run that carries it on waits at once. A schedule that failed too often in a row is paused.
        """
        now = self._clock.now()
        change: dict[str, Any] = {} if counts is None else counts_columns(counts)
        if status.finished:
            change["finished_at"] = now
        change.update(status=status.value, cause=cause, note=note, updated_at=now, lease_until=None)
        if not RunRow.update(**change).where(*_held(run_id, fence)).execute():
            raise stale(run_id, fence)
        row = run_row(run_id)
        assert row is not None
        changed("run", run_id)
        if requeue:
            _carry_on(row, now)
        _remember_full_compare(row, status)
        _count_failure(row, status, now)
        reached("finishing")

    @reads
    def leases(self) -> list[Lease]:
        """Every claim that is held, with the instant until which its holder last said that it holds."""
        query = RunRow.select(RunRow.id, RunRow.engine, RunRow.lease_until).where(
            RunRow.status == RunStatus.IN_PROGRESS.value
        )
        return [Lease(run_id=run_id, engine=engine or "", until=until or 0) for run_id, engine, until in query.tuples()]

    @writes
    def recover(self, now: Instant, silent: Mapping[int, Instant] | None = None) -> list[Run]:
        """Take back the runs that nobody holds any more, and let each be carried on, once; answers with them.

        Without `silent`, those whose claim ran out before `now`, by the wall clock. With it, those of these runs
        whose claim still ends at the instant given: whoever watched them saw no heartbeat for a whole lease, which
        no clock that is set, here or on another machine, can feign.
        """
        running = RunRow.select().where(RunRow.status == RunStatus.IN_PROGRESS.value)
        found = [
            run_of(row)
            for row in list(running.dicts())
            if (row["lease_until"] <= now if silent is None else silent.get(row["id"]) == row["lease_until"])
        ]
        for run in found:
            cancelled = run.cancel_by is not None
            status = RunStatus.CANCELLED if cancelled else RunStatus.INTERRUPTED
            note = f"The engine that ran this ({clean(run.engine or '')}) stopped answering"
            note += f", after {run.cancel_by} had cancelled it." if cancelled else "."
            RunRow.update(
                status=status.value, cause=_CAUSES[status], finished_at=now, updated_at=now, lease_until=None, note=note
            ).where(RunRow.id == run.id).execute()
            changed("run", run.id)
            if not cancelled:
                row = run_row(run.id)
                assert row is not None
                _carry_on(row, now)
            reached("taking back")
        return [one for run in found for one in runs_where(RunRow.id == run.id)]


def _claimable() -> Any:
    """The waiting runs of accounts that have none in progress, oldest first."""
    waiting, busy = RunRow.alias(), RunRow.alias()
    taken = busy.select(busy.account_id).where(busy.status == RunStatus.IN_PROGRESS.value)
    return (
        waiting.select(waiting.id)
        .where(waiting.status == RunStatus.QUEUED.value, waiting.account_id.not_in(taken))
        # The sum keeps SQLite from walking the whole history in the order of its ids to find the few that wait.
        .order_by(waiting.id + 0)
    )


def _held(run_id: int, fence: int) -> tuple[Any, ...]:
    return (RunRow.id == run_id, RunRow.fence == fence, RunRow.status == RunStatus.IN_PROGRESS.value)


def touch(run_id: int, fence: int, now: Instant, **change: Any) -> None:
    """Change a run that is held under this number, and tell of it; StaleClaim if it is not."""
    if not RunRow.update(updated_at=now, **change).where(*_held(run_id, fence)).execute():
        raise stale(run_id, fence)
    changed("run", run_id)


def stale(run_id: int, fence: int) -> StaleClaim:
    """The refusal of a write under a number that does not hold."""
    return StaleClaim(f"Run {run_id} is no longer held under number {fence}: it was taken over or has ended.")


def _carry_on(row: Row, now: Instant) -> None:
    """Queue the run that takes up an interrupted one; where one of its type waits already, that one does."""
    waiting = waiting_run(row["account_id"], SyncType(row["type"]), RunMode(row["mode"]))
    if waiting is not None and waiting["continues"] is None:
        RunRow.update(
            continues=row["id"],
            requested_by=both(row["requested_by"], waiting["requested_by"]),
            by_person=bool(row["by_person"] or waiting["by_person"]),
            mode=RunMode.FULL.value if row["mode"] == RunMode.FULL.value else waiting["mode"],
            updated_at=now,
        ).where(RunRow.id == waiting["id"]).execute()
        changed("run", waiting["id"])
        run_id = waiting["id"]
    else:
        run_id = add_run(
            now,
            account_id=row["account_id"],
            type=row["type"],
            status=RunStatus.QUEUED.value,
            requested_by=row["requested_by"],
            mode=row["mode"],
            schedule_id=row["schedule_id"],
            continues=row["id"],
            time_limit=row["time_limit"],
            by_person=row["by_person"],
        )
        if row["schedule_id"] is not None:
            ScheduleRow.update(last_run_id=run_id).where(ScheduleRow.id == row["schedule_id"]).execute()
    note = f"{row['note']} Run {run_id} carries it on.".strip()
    RunRow.update(note=note).where(RunRow.id == row["id"]).execute()


def _remember_full_compare(row: Row, status: RunStatus) -> None:
    if row["mode"] == RunMode.FULL.value and status in (RunStatus.COMPLETED, RunStatus.WARNING):
        AccountRow.update(full_compared_at=row["started_at"]).where(AccountRow.id == row["account_id"]).execute()


def _count_failure(row: Row, status: RunStatus, now: Instant) -> None:
    """Count failures in a row of the run's schedule, and pause it at its limit."""
    if row["schedule_id"] is None or row["mode"] == RunMode.PREVIEW.value:
        return
    this = ScheduleRow.id == row["schedule_id"]
    if status in (RunStatus.COMPLETED, RunStatus.WARNING):
        if ScheduleRow.update(failures=0).where(this, ScheduleRow.failures > 0).execute():
            changed("schedule", row["schedule_id"])
    elif status is RunStatus.FAILED:
        ScheduleRow.update(failures=ScheduleRow.failures + 1).where(this).execute()
        changed("schedule", row["schedule_id"])
        schedule = ScheduleRow.select().where(this, ScheduleRow.removed_at.is_null()).dicts().first()
        if schedule is None or schedule["paused_at"] is not None:
            return
        if 0 < schedule["fail_limit"] <= schedule["failures"]:
            reason = f"{schedule['failures']} runs in a row failed, the last one with: {row['note'] or row['cause']}"
            rest([schedule["id"]], now, PROGRAM, reason, None)
            actor = Actor(login=PROGRAM, name=PROGRAM, origin="engine")
            record(
                now,
                actor,
                "pause schedule",
                f"schedule {schedule['id']}",
                account_id=schedule["account_id"],
                after=reason,
            )
