"""What a running sync writes; everything carries the run's fencing number and is refused when that is stale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.records import Counts, LedgerEntry, Outcome, StageProgress
from gradesync_tui.domain.words import Level, RunMode, Stage
from gradesync_tui.store.claims import touch
from gradesync_tui.store.crashpoints import reached
from gradesync_tui.store.db import Part, writes
from gradesync_tui.store.models import LedgerRow, LogRow, OutcomeRow, RunRow, StageRow, WatermarkRow
from gradesync_tui.store.rows import chunks, counts_columns, encode

_OUTCOME_COLUMNS = [
    OutcomeRow.run_id,
    OutcomeRow.at,
    OutcomeRow.kind,
    OutcomeRow.action,
    OutcomeRow.course,
    OutcomeRow.section,
    OutcomeRow.assignment,
    OutcomeRow.pupil,
    OutcomeRow.class_id,
    OutcomeRow.assignment_id,
    OutcomeRow.student_id,
    OutcomeRow.sourced_id,
    OutcomeRow.sent,
    OutcomeRow.before,
    OutcomeRow.cause,
    OutcomeRow.details,
    OutcomeRow.http_status,
    OutcomeRow.answer,
]
_LEDGER_KEY = [
    LedgerRow.account_id,
    LedgerRow.kind,
    LedgerRow.class_id,
    LedgerRow.assignment_id,
    LedgerRow.student_id,
]
_LEDGER_VALUES = [
    LedgerRow.course_id,
    LedgerRow.sourced_id,
    LedgerRow.state,
    LedgerRow.sent_hash,
    LedgerRow.sent,
    LedgerRow.sent_at,
    LedgerRow.run_id,
    LedgerRow.http_status,
    LedgerRow.verified_at,
    LedgerRow.cause,
    LedgerRow.title,
]


class Progress(Part):
    """The writes of a run in progress; each raises StaleClaim when (run_id, fence) is not the claimed one."""

    @writes
    def stage(self, run_id: int, fence: int, progress: StageProgress, counts: Counts | None = None) -> None:
        """How far a stage is, and, where given, what the run did so far."""
        change = {} if counts is None else counts_columns(counts)
        touch(run_id, fence, self._clock.now(), stage=progress.stage.value, **change)
        StageRow.insert(
            run_id=run_id,
            stage=progress.stage.value,
            started_at=progress.started_at,
            finished_at=progress.finished_at,
            done=progress.done,
            total=progress.total,
        ).on_conflict(
            conflict_target=[StageRow.run_id, StageRow.stage],
            preserve=[StageRow.started_at, StageRow.finished_at, StageRow.done, StageRow.total],
        ).execute()

    @writes
    def compares_all(self, run_id: int, fence: int) -> None:
        """From here on the run is one that compares everything, because that has become due."""
        touch(run_id, fence, self._clock.now(), mode=RunMode.FULL.value)

    @writes
    def log(self, run_id: int, fence: int, level: Level, text: str, stage: Stage | None = None) -> None:
        """Add a line to the run's log."""
        now = self._clock.now()
        touch(run_id, fence, now)
        LogRow.insert(
            run_id=run_id, at=now, level=level.value, text=text, stage=None if stage is None else stage.value
        ).execute()

    async def record(
        self, run_id: int, fence: int, entries: Sequence[LedgerEntry], outcomes: Sequence[Outcome], counts: Counts
    ) -> None:
        """Keep a batch: what the SIS now holds, what happened to each record, and the run's counts, all or nothing."""
        await self._record(run_id, fence, entries, outcomes, counts)
        reached("ledger batch kept")

    @writes
    def _record(
        self, run_id: int, fence: int, entries: Sequence[LedgerEntry], outcomes: Sequence[Outcome], counts: Counts
    ) -> None:
        touch(run_id, fence, self._clock.now(), **counts_columns(counts))
        if entries:
            account_id = _account_of(run_id)
            # One statement may name a row only once; the later word on a grade is the one that holds.
            latest = {(e.kind, e.class_id, e.assignment_id, e.student_id): e for e in entries}
            for part in chunks(list(latest.values())):
                LedgerRow.insert_many(
                    [_ledger_values(account_id, entry) for entry in part], fields=[*_LEDGER_KEY, *_LEDGER_VALUES]
                ).on_conflict(conflict_target=_LEDGER_KEY, preserve=_LEDGER_VALUES).execute()
        for some in chunks(outcomes):
            OutcomeRow.insert_many([_outcome_values(run_id, one) for one in some], fields=_OUTCOME_COLUMNS).execute()
        reached("ledger batch")

    @writes
    def watermarks(self, run_id: int, fence: int, marks: Mapping[str, Instant]) -> None:
        """Move the watermarks of courses; one only moves forward."""
        touch(run_id, fence, self._clock.now())
        account_id = _account_of(run_id)
        for part in chunks(list(marks.items())):
            WatermarkRow.insert_many(
                [(account_id, course_id, at) for course_id, at in part],
                fields=[WatermarkRow.account_id, WatermarkRow.course_id, WatermarkRow.at],
            ).on_conflict(
                conflict_target=[WatermarkRow.account_id, WatermarkRow.course_id],
                preserve=[WatermarkRow.at],
                where=(WatermarkRow.at < _excluded(WatermarkRow.at)),
            ).execute()
        reached("watermarks")


def _excluded(column: Any) -> Any:
    from peewee import EXCLUDED

    return getattr(EXCLUDED, column.column_name)


def _account_of(run_id: int) -> int:
    return int(RunRow.select(RunRow.account_id).where(RunRow.id == run_id).scalar())


def _ledger_values(account_id: int, entry: LedgerEntry) -> tuple[Any, ...]:
    return (
        account_id,
        entry.kind.value,
        entry.class_id,
        entry.assignment_id,
        entry.student_id,
        entry.course_id,
        entry.sourced_id,
        entry.state,
        entry.sent_hash,
        entry.sent,
        entry.sent_at,
        entry.run_id,
        entry.http_status,
        entry.verified_at,
        entry.cause,
        entry.title,
    )


def _outcome_values(run_id: int, one: Outcome) -> tuple[Any, ...]:
    return (
        run_id,
        one.at,
        one.kind.value,
        one.action.value,
        one.course,
        one.section,
        one.assignment,
        one.pupil,
        one.class_id,
        one.assignment_id,
        one.student_id,
        one.sourced_id,
        one.sent,
        one.before,
        one.cause,
        encode(one.details),
        one.http_status,
        one.answer,
    )
