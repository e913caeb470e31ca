"""Runs as people ask for them, look at them and cancel them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import reduce
from itertools import zip_longest
from operator import or_
from typing import Any

from peewee import SQL, Case, fn

from gradesync_tui.domain.clock import HOUR, Instant, from_datetime, to_datetime
from gradesync_tui.domain.records import (
    Actor,
    CauseCount,
    DayTotals,
    LogLine,
    Outcome,
    PastRun,
    Run,
    RunDetails,
    RunFilter,
    RunOrder,
    StageProgress,
)
from gradesync_tui.domain.words import PROBLEMS, Action, Level, RecordKind, RunMode, RunStatus, Stage, SyncType
from gradesync_tui.store.accounts import account_by_id
from gradesync_tui.store.audit import record
from gradesync_tui.store.claims import Claims
from gradesync_tui.store.db import reads, writes
from gradesync_tui.store.errors import NotFound, RunInProgress
from gradesync_tui.store.models import LogRow, OutcomeRow, RunRow, ScheduleRow, StageRow
from gradesync_tui.store.queue import add_run, asked_also, waiting_run
from gradesync_tui.store.rows import Row, among, changed, run_of, run_row, runs_where
from gradesync_tui.store.run_order import above, ids_in_order
from gradesync_tui.store.schedules import schedule_by_id

_TIME_LIMIT = 2 * HOUR
"""How long a run may take that no schedule sets a limit for."""


class Runs(Claims):
    """The runs: asking for them, the history, and (from Claims) performing them."""

    @writes
    def request(
        self,
        account_id: int,
        type: SyncType,
        actor: Actor,
        *,
        schedule_id: int | None = None,
        mode: RunMode = RunMode.SYNC,
        queue: bool = False,
    ) -> Run:
        """A run that a person asks for, queued; with a schedule it is one of that schedule, paused or not.

        RunInProgress while the account has one queued or in progress, unless `queue`: then it waits its turn. Where
        one of the same type waits already, that one is answered with: it serves both, and names both who asked.
        """
        account_by_id(account_id)
        schedule = None if schedule_id is None else schedule_by_id(schedule_id)
        now = self._clock.now()
        if not queue:
            # One status at a time, because each has an index of its own, however long the history is.
            for status in (RunStatus.IN_PROGRESS, RunStatus.QUEUED):
                busy = runs_where(RunRow.account_id == account_id, RunRow.status == status.value)
                if busy:
                    raise RunInProgress(busy[0])
        waiting = waiting_run(account_id, type, mode)
        columns: dict[str, Any] = {
            "account_id": account_id,
            "type": type.value,
            "requested_by": actor.name,
            "mode": mode.value,
            "schedule_id": schedule_id,
            "time_limit": _TIME_LIMIT if schedule is None else schedule.time_limit,
            "by_person": True,
        }
        if waiting is not None:
            add_run(
                now,
                **columns,
                status=RunStatus.SKIPPED.value,
                finished_at=now,
                merged_into=waiting["id"],
                note=f"Run {waiting['id']} was waiting already and serves this request too.",
            )
            asked_also(waiting, actor.name, now, by_person=True, mode=mode)
            run_id = int(waiting["id"])
        else:
            run_id = add_run(now, **columns, status=RunStatus.QUEUED.value)
            if schedule_id is not None:
                ScheduleRow.update(last_run_id=run_id).where(ScheduleRow.id == schedule_id).execute()
                changed("schedule", schedule_id)
        record(now, actor, "run now", f"run {run_id}", account_id=account_id, after=f"{type.value}, {mode.value}")
        return _get(run_id)

    @writes
    def cancel(self, run_id: int, actor: Actor) -> Run:
        """Cancel a run: one that waits ends at once, one in progress is told to stop; a finished one stays as it is."""
        run = _get(run_id)
        if run.status.finished:
            return run
        now = self._clock.now()
        if run.status is RunStatus.IN_PROGRESS:
            change: dict[str, object] = {"cancel_by": run.cancel_by or actor.name}
        else:
            change = {
                "cancel_by": actor.name,
                "status": RunStatus.CANCELLED.value,
                "finished_at": now,
                "note": f"Cancelled by {actor.name} before it started.",
            }
        RunRow.update(**change, updated_at=now).where(RunRow.id == run_id).execute()
        record(now, actor, "cancel run", f"run {run_id}", account_id=run.account_id)
        changed("run", run_id)
        return _get(run_id)

    @reads
    def get(self, run_id: int) -> Run:
        """One run; NotFound."""
        return _get(run_id)

    @reads
    def by_id(self, account_id: int | None, run_ids: Iterable[int]) -> list[Run]:
        """Those of the runs that belong to the account (None: to any), by id."""
        return runs_where(among(RunRow.id, run_ids), *_conditions(account_id, None))

    @reads
    def in_progress(self) -> list[Run]:
        """Every run in progress, of all accounts."""
        return runs_where(RunRow.status == RunStatus.IN_PROGRESS.value)

    @reads
    def page(
        self,
        account_id: int | None = None,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
        filter: RunFilter | None = None,
        order: RunOrder | None = None,
        skip: int = 0,
    ) -> list[Run]:
        """Runs, newest first or in an order: those below the run `before`, or the ones just above the run `after`.

        skip: with an order, how many rows to leave out at the start.
        """
        conditions = _conditions(account_id, filter)
        if order is not None:
            ids = ids_in_order(conditions, order, before=before, after=after, limit=limit, skip=skip)
            found = {row["id"]: run_of(row) for row in RunRow.select().where(among(RunRow.id, ids)).dicts()}
            return [found[run_id] for run_id in ids]
        query = RunRow.select().where(*conditions)
        if before is not None:
            query = query.where(RunRow.id < before)
        if after is not None:
            query = query.where(RunRow.id > after)
        forward = after is not None and before is None
        rows = query.order_by(RunRow.id if forward else RunRow.id.desc()).limit(limit).dicts()
        runs = [run_of(row) for row in rows]
        return runs[::-1] if forward else runs

    @reads
    def count(self, account_id: int | None = None, filter: RunFilter | None = None) -> int:
        """How many runs `page` would show in all."""
        return int(RunRow.select().where(*_conditions(account_id, filter)).count())

    @reads
    def rank(self, account_id: int, run_id: int, order: RunOrder, filter: RunFilter | None = None) -> int:
        """How many runs stand above a run in an order."""
        return int(RunRow.select().where(*_conditions(account_id, filter), above(order, run_id)).count())

    @reads
    def stages(self, run_id: int) -> list[StageProgress]:
        """The nine stages of a run, in order, reached or not."""
        return _stages(run_id)

    @reads
    def details(self, run_id: int) -> RunDetails:
        """One run with its stages and its problems' causes, all as of one instant; NotFound."""
        run = _get(run_id)
        causes = _causes(run_id) if run.counts.problems else []
        return RunDetails(run=run, stages=_stages(run_id), causes=causes)

    @reads
    def log(self, run_id: int, after: int = 0, limit: int = 500) -> list[LogLine]:
        """Lines of a run's log after the id `after`, oldest first."""
        query = LogRow.select().where(LogRow.run_id == run_id, LogRow.id > after).order_by(LogRow.id).limit(limit)
        return [
            LogLine(
                id=row["id"],
                run_id=run_id,
                at=row["at"],
                level=Level(row["level"]),
                text=row["text"],
                stage=None if row["stage"] is None else Stage(row["stage"]),
            )
            for row in query.dicts()
        ]

    @reads
    def outcomes(
        self,
        run_id: int,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int = 200,
        kind: RecordKind | None = None,
        action: Action | None = None,
        cause: str | None = None,
        text: str = "",
    ) -> list[Outcome]:
        """What happened to the records of a run, in the order it happened; `text` is looked for in their names.

        After the id `after`; or, with `before`, the ones just before that id (still oldest first).
        """
        query = OutcomeRow.select().where(*_outcome_conditions(run_id, kind, action, cause, text))
        if before is None:
            rows = list(query.where(OutcomeRow.id > after).order_by(OutcomeRow.id).limit(limit).dicts())
        else:
            query = query.where(OutcomeRow.id > after, OutcomeRow.id < before)
            rows = list(query.order_by(OutcomeRow.id.desc()).limit(limit).dicts())[::-1]
        return [outcome_of(row) for row in rows]

    @reads
    def outcome_count(
        self,
        run_id: int,
        *,
        kind: RecordKind | None = None,
        action: Action | None = None,
        cause: str | None = None,
        text: str = "",
    ) -> int:
        """How many outcomes `outcomes` would show in all."""
        if kind is RecordKind.RESULT and action is None and cause is None and not text:
            # All but the assignments: both are counted in an index, without a look at a million scores.
            return _outcome_count(run_id) - _outcome_count(run_id, RecordKind.LINE_ITEM)
        return _outcome_count(run_id, kind, action, cause, text)

    @reads
    def outcomes_of_grade(self, account_id: int, assignment_id: str, student_id: str, limit: int = 50) -> list[Outcome]:
        """What happened to one grade (or, with an empty `student_id`, one line item) over all runs, newest first."""
        query = (
            OutcomeRow.select(OutcomeRow)
            .join(RunRow, on=(RunRow.id == OutcomeRow.run_id))
            .where(
                RunRow.account_id == account_id,
                OutcomeRow.assignment_id == assignment_id,
                OutcomeRow.student_id == student_id,
            )
            .order_by(OutcomeRow.id.desc())
            .limit(limit)
        )
        return [outcome_of(row) for row in query.dicts()]

    @reads
    def causes(self, run_id: int) -> list[CauseCount]:
        """Why records of a run were blocked or refused, the most frequent cause first."""
        return _causes(run_id)

    @reads
    def recent(self, account_id: int, per_schedule: int = 30) -> dict[int, list[PastRun]]:
        """How the last runs of each schedule of an account went, newest first."""
        columns = (RunRow.id, RunRow.status, RunRow.updated_at, RunRow.started_at, RunRow.finished_at)
        ids = ScheduleRow.select(ScheduleRow.id).where(
            ScheduleRow.account_id == account_id, ScheduleRow.removed_at.is_null()
        )
        found: dict[int, list[PastRun]] = {}
        for (schedule_id,) in list(ids.tuples()):
            query = RunRow.select(*columns).where(RunRow.schedule_id == schedule_id).order_by(RunRow.id.desc())
            found[schedule_id] = [
                PastRun(id=id, status=RunStatus(status), updated_at=updated_at, started_at=began, finished_at=ended)
                for id, status, updated_at, began, ended in query.limit(per_schedule).tuples()
            ]
        return found

    @reads
    def daily(self, account_id: int, since: Instant, zone: str) -> list[DayTotals]:
        """One entry for each day of the zone, from that of `since` up to today; skipped runs do not count."""
        days = _days(since, self._clock.now(), zone)
        failed = Case(None, ((RunRow.status == RunStatus.FAILED.value, 1),), 0)
        added = (failed, RunRow.scores, RunRow.problems)
        sums = (fn.COUNT(RunRow.id), *(fn.COALESCE(fn.SUM(each), 0) for each in added))
        found = []
        for day, next_day in zip_longest(days, days[1:]):
            # Added up by the database, a day at a time: a busy account has thousands of runs a day.
            conditions = [
                RunRow.account_id == account_id,
                RunRow.requested_at >= day,
                RunRow.status != RunStatus.SKIPPED.value,
                *([] if next_day is None else [RunRow.requested_at < next_day]),
            ]
            runs, failures, scores, problems = RunRow.select(*sums).where(*conditions).tuples().get()
            found.append(
                DayTotals(day=day, runs=runs, failed=int(failures), scores=int(scores), problems=int(problems))
            )
        return found


def outcome_of(row: Row) -> Outcome:
    """The record of an outcome's row."""
    import msgspec

    values = dict(row)
    values["kind"] = RecordKind(row["kind"])
    values["action"] = Action(row["action"])
    values["details"] = msgspec.json.decode(row["details"], type=dict[str, str])
    return Outcome(**values)


def _get(run_id: int) -> Run:
    row = run_row(run_id)
    if row is None:
        raise NotFound(f"There is no run {run_id}. `gradesync history` lists them.")
    return run_of(row)


def _stages(run_id: int) -> list[StageProgress]:
    known = {row["stage"]: row for row in StageRow.select().where(StageRow.run_id == run_id).dicts()}
    return [_progress(stage, known.get(stage.value)) for stage in Stage]


def _causes(run_id: int) -> list[CauseCount]:
    number = fn.COUNT(OutcomeRow.id)
    query = (
        OutcomeRow.select(OutcomeRow.cause, number)
        .where(
            OutcomeRow.run_id == run_id,
            OutcomeRow.cause.is_null(False),
            OutcomeRow.action.in_([action.value for action in PROBLEMS]),
        )
        .group_by(OutcomeRow.cause)
        .order_by(number.desc(), OutcomeRow.cause)
    )
    return [CauseCount(cause=cause, records=records) for cause, records in query.tuples()]


def _conditions(account_id: int | None, filter: RunFilter | None) -> list[Any]:
    conditions: list[Any] = []
    if account_id is not None:
        conditions.append(RunRow.account_id == account_id)
    if filter is None:
        return conditions or [True]
    if filter.statuses:
        conditions.append(RunRow.status.in_([status.value for status in filter.statuses]))
    if filter.schedule_id is not None:
        conditions.append(RunRow.schedule_id == filter.schedule_id)
    if filter.problems_only:
        conditions.append((RunRow.problems > 0) | (RunRow.status == RunStatus.FAILED.value))
    if filter.text:
        columns = (RunRow.requested_by, RunRow.type, RunRow.status, RunRow.note)
        conditions.append(reduce(or_, (column.contains(filter.text) for column in columns)))
    return conditions or [True]


def _outcome_count(
    run_id: int,
    kind: RecordKind | None = None,
    action: Action | None = None,
    cause: str | None = None,
    text: str = "",
) -> int:
    return int(OutcomeRow.select().where(*_outcome_conditions(run_id, kind, action, cause, text)).count())


def _outcome_conditions(
    run_id: int, kind: RecordKind | None, action: Action | None, cause: str | None, text: str
) -> list[Any]:
    conditions: list[Any] = [OutcomeRow.run_id == run_id]
    if kind is not None:
        conditions.append(OutcomeRow.kind == _word(kind))
    if action is not None:
        conditions.append(OutcomeRow.action == _word(action))
    if cause is not None:
        conditions.append(OutcomeRow.cause == cause)
    if text:
        columns = (OutcomeRow.course, OutcomeRow.section, OutcomeRow.assignment, OutcomeRow.pupil)
        conditions.append(reduce(or_, (column.contains(text) for column in columns)))
    return conditions


def _word(word: RecordKind | Action) -> Any:
    """A word as it stands in the conditions of indexes; one that is bound would not be known to meet them."""
    return SQL(f"'{word.value}'")


def _progress(stage: Stage, row: Row | None) -> StageProgress:
    if row is None:
        return StageProgress(stage=stage)
    return StageProgress(
        stage=stage,
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        done=row["done"],
        total=row["total"],
    )


def _days(since: Instant, now: Instant, zone: str) -> list[Instant]:
    """The first instants of the zone's days from `since` to now; a day has 23 or 25 hours where the clock changes."""
    day = to_datetime(since, zone).date()
    last = max(day, to_datetime(now, zone).date())
    start = to_datetime(since, zone)
    days = []
    while day <= last:
        days.append(
            from_datetime(
                start.replace(
                    year=day.year, month=day.month, day=day.day, hour=0, minute=0, second=0, microsecond=0, fold=0
                )
            )
        )
        day += timedelta(days=1)
    return days
