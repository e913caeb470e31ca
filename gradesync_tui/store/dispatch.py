"""From schedules that are due to runs that wait."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from peewee import SQL, ValuesList, fn

from gradesync_tui.domain import recurrence
from gradesync_tui.domain.clock import MINUTE, SECOND, Instant
from gradesync_tui.domain.records import Actor, Tick
from gradesync_tui.domain.text import count
from gradesync_tui.domain.words import RunMode, RunStatus
from gradesync_tui.store import rollovers
from gradesync_tui.store.audit import record
from gradesync_tui.store.crashpoints import reached
from gradesync_tui.store.db import Part, reads, writes
from gradesync_tui.store.models import ChangeRow, DispatcherRow, RunRow, ScheduleRow
from gradesync_tui.store.queue import both
from gradesync_tui.store.rows import PROGRAM, SCHEDULE, chunks, recurrence_of
from gradesync_tui.store.schedules import poisoned, rest

ON_TIME = MINUTE
"""An occurrence that is no older than this is on time, whatever the catch-up window says."""

_SET_BACK = SECOND
"""The clock was set back if it shows less than the last tick saw, by more than this."""

_REMEMBERED = 10 * SECOND
_REALIGNED = 500
_SENDING = (RunMode.SYNC.value, RunMode.FULL.value)


class _Due(Struct):
    """A schedule that is due, and what comes of it."""

    id: int
    account_id: int
    type: str
    recurrence: str
    first_run: Instant
    zone: str
    due_at: Instant
    catch_up: int
    time_limit: int
    next_run: Instant | None = None
    occurrences: int = 1
    last: Instant = 0

    @property
    def plain(self) -> bool:
        return self.occurrences == 1


class _State(Struct, frozen=True):
    last_tick: Instant | None
    next_due: Instant | None
    rollover: bool
    next_rollover: Instant | None


class Dispatch(Part):
    """The tick of the engine."""

    async def tick(self, now: Instant, limit: int = 1000) -> Tick:
        """Queue what is due at `now`, at most `limit` schedules; answers with how many runs wait newly.

        Several missed occurrences become one run, labelled with the last, if that is younger than the catch-up
        window; else none. What cannot start leaves a Skipped run with the reason. A schedule that cannot be
        understood is paused with the reason, and the others go on. Where nothing is due, nothing is written.
        """
        state = await self._state(now)
        if state.last_tick is not None and now < state.last_tick - _SET_BACK:
            await self._realign_all(now)
            state = await self._state(now)
        due = state.next_due is not None and state.next_due <= now
        if due or state.rollover:
            tick = await self._dispatch(now, limit)
            reached("dispatched")
            return tick
        if state.last_tick is None or now - state.last_tick >= _REMEMBERED:
            await self._remember(now)
        return Tick(started=0, next_due=_earliest(state.next_due, state.next_rollover))

    @reads
    def _state(self, now: Instant) -> _State:
        return _State(
            last_tick=DispatcherRow.select(DispatcherRow.last_tick).where(DispatcherRow.id == 1).scalar(),
            next_due=_next_due(),
            rollover=rollovers.due(now),
            next_rollover=rollovers.next_change(),
        )

    @writes
    def _remember(self, now: Instant) -> None:
        _remember(now)

    @writes
    def _dispatch(self, now: Instant, limit: int) -> Tick:
        _remember(now)
        rollovers.apply(now)
        due, bad = _advance(_select_due(now, limit), now)
        started = _start(due, now)
        reached("run recorded")
        _save_next(due)
        reached("next run saved")
        for one, error in bad:
            _isolate(one, error, now)
        return Tick(started=started, next_due=_earliest(_next_due(), rollovers.next_change()))

    async def _realign_all(self, now: Instant) -> None:
        """The clock was set back: what each schedule has next is computed anew, in pieces that hold nobody up."""
        last = 0
        while (last := await self._realign(now, last)) > 0:
            pass
        await self._remember(now)

    @writes
    def _realign(self, now: Instant, after_id: int) -> int:
        rows = list(
            ScheduleRow.select(ScheduleRow.id, ScheduleRow.recurrence, ScheduleRow.first_run, ScheduleRow.zone)
            .where(
                ScheduleRow.id > after_id,
                ScheduleRow.paused_at.is_null(),
                ScheduleRow.removed_at.is_null(),
                ScheduleRow.next_run.is_null() | (ScheduleRow.next_run > now),
            )
            .order_by(ScheduleRow.id)
            .limit(_REALIGNED)
            .tuples()
        )
        taken = _taken([row[0] for row in rows], now)
        pairs = []
        for schedule_id, text, first_run, zone in rows:
            try:
                rule = recurrence_of(text)
                following = recurrence.next_after(rule, first_run, zone, now)
                # Under the later clock these have run; they do not run again.
                while following is not None and (schedule_id, following) in taken:
                    following = recurrence.next_after(rule, first_run, zone, following)
            except Exception:  # noqa: S112 - it is isolated, with the reason, when it comes due
                continue
            pairs.append((schedule_id, following))
        _set_next(pairs)
        return rows[-1][0] if rows else 0


def _remember(now: Instant) -> None:
    DispatcherRow.insert(id=1, last_tick=now).on_conflict(
        conflict_target=[DispatcherRow.id], preserve=[DispatcherRow.last_tick]
    ).execute()


def _next_due() -> Instant | None:
    query = ScheduleRow.select(ScheduleRow.next_run).where(ScheduleRow.next_run.is_null(False))
    value: Instant | None = query.order_by(ScheduleRow.next_run).limit(1).scalar()
    return value


def _earliest(*instants: Instant | None) -> Instant | None:
    return min((one for one in instants if one is not None), default=None)


def _select_due(now: Instant, limit: int) -> list[_Due]:
    columns = (
        ScheduleRow.id,
        ScheduleRow.account_id,
        ScheduleRow.type,
        ScheduleRow.recurrence,
        ScheduleRow.first_run,
        ScheduleRow.zone,
        ScheduleRow.next_run,
        ScheduleRow.catch_up,
        ScheduleRow.time_limit,
    )
    query = ScheduleRow.select(*columns).where(ScheduleRow.next_run <= now)
    return [_Due(*row) for row in query.order_by(ScheduleRow.next_run, ScheduleRow.id).limit(limit).tuples()]


def _advance(due: list[_Due], now: Instant) -> tuple[list[_Due], list[tuple[_Due, Exception]]]:
    """Work out what each has missed and what comes next; those for which that fails are answered with apart."""
    good: list[_Due] = []
    bad: list[tuple[_Due, Exception]] = []
    # Many schedules share one rule and one due time; where First Run is past it does not change the answer of a rule
    # of the calendar, so that it is worked out once.
    known: dict[tuple[str, str, Instant], Instant | None] = {}
    for one in due:
        try:
            rule = recurrence_of(one.recurrence)
            key = (one.recurrence, one.zone, one.due_at)
            shared = not isinstance(rule, recurrence.Every) and one.first_run <= one.due_at
            if shared and key in known:
                following = known[key]
            else:
                following = recurrence.next_after(rule, one.first_run, one.zone, one.due_at)
                if shared:
                    known[key] = following
            one.last = one.due_at
            if following is not None and following <= now:
                gone = recurrence.missed(rule, one.first_run, one.zone, one.due_at, now)
                one.occurrences, one.last = gone.count, gone.last or one.due_at
                following = recurrence.next_after(rule, one.first_run, one.zone, now)
            one.next_run = following
            good.append(one)
        except Exception as error:
            bad.append((one, error))
    return good, bad


def _start(due: list[_Due], now: Instant) -> int:
    """Queue the runs, or record why there is none; answers with how many wait newly."""
    if not due:
        return 0
    taken = _taken([one.id for one in due], min(one.last for one in due) - 1)
    waiting = _waiting({one.account_id for one in due})
    newest = int(RunRow.select(fn.MAX(RunRow.id)).scalar() or 0)
    plain: list[int] = []
    rows: list[dict[str, Any]] = []
    merged: list[_Due] = []
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


def _run(one: _Due, now: Instant, status: RunStatus, missed: int, note: str) -> dict[str, Any]:
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


def _too_old(one: _Due) -> str:
    return (
        f"{count(one.occurrences, 'occurrence was', 'occurrences were')} missed while no engine ran; "
        "the last one is older than the schedule's catch-up window."
    )


def _taken(ids: list[int], after: Instant) -> set[tuple[int, Instant]]:
    """The occurrences after an instant that have a run already."""
    found: set[tuple[int, Instant]] = set()
    for part in chunks(ids):
        query = RunRow.select(RunRow.schedule_id, RunRow.due_at)
        found.update(query.where(RunRow.schedule_id.in_(part), RunRow.due_at > after).tuples())
    return found


def _waiting(accounts: set[int]) -> dict[tuple[int, str], int | None]:
    found: dict[tuple[int, str], int | None] = {}
    for part in chunks(sorted(accounts)):
        query = RunRow.select(RunRow.account_id, RunRow.type, RunRow.id).where(
            RunRow.account_id.in_(part), RunRow.status == RunStatus.QUEUED.value, RunRow.mode.in_(_SENDING)
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
            *(SQL("?", (value,)) for value in (RunStatus.QUEUED.value, SCHEDULE, now, now, RunMode.SYNC.value)),
            ScheduleRow.id,
            ScheduleRow.next_run,
            ScheduleRow.time_limit,
            *(SQL("?", (value,)) for value in ("{}", 0, 0, 0, "", False)),
        ).where(ScheduleRow.id.in_(part))
        RunRow.insert_from(source.order_by(ScheduleRow.next_run, ScheduleRow.id), target).execute()
        latest = RunRow.select(fn.MAX(RunRow.id)).where(RunRow.schedule_id == ScheduleRow.id)
        ScheduleRow.update(last_run_id=latest).where(ScheduleRow.id.in_(part)).execute()


def _insert_runs(rows: list[dict[str, Any]]) -> None:
    for part in chunks(rows):
        RunRow.insert_many(part).execute()
    queued = [row["schedule_id"] for row in rows if row["status"] == RunStatus.QUEUED.value]
    for ids in chunks(queued):
        latest = RunRow.select(fn.MAX(RunRow.id)).where(RunRow.schedule_id == ScheduleRow.id)
        ScheduleRow.update(last_run_id=latest).where(ScheduleRow.id.in_(ids)).execute()


def _merge(merged: list[_Due], now: Instant) -> None:
    """Two that wait are one: these are served by the run that waits already, which keeps who asked."""
    waiting = _waiting({one.account_id for one in merged})
    rows = []
    for one in merged:
        run_id = waiting[one.account_id, one.type]
        note = f"Run {run_id} was waiting already and serves this occurrence too."
        rows.append({**_run(one, now, RunStatus.SKIPPED, one.occurrences - 1, note), "merged_into": run_id})
    _insert_runs(rows)
    for part in chunks(sorted({row["merged_into"] for row in rows})):
        query = RunRow.select(RunRow.id, RunRow.requested_by).where(RunRow.id.in_(part))
        for run_id, names in list(query.tuples()):
            if both(names, SCHEDULE) != names:
                RunRow.update(requested_by=both(names, SCHEDULE), updated_at=now).where(RunRow.id == run_id).execute()
                ChangeRow.insert(topic="run", ref=run_id).execute()


def _tell(newest: int, schedule_ids: list[int]) -> None:
    """Tell of the runs after `newest` and of these schedules."""
    fields = [ChangeRow.topic, ChangeRow.ref]
    runs = RunRow.select(SQL("'run'"), RunRow.id).where(RunRow.id > newest).order_by(RunRow.id)
    ChangeRow.insert_from(runs, fields).execute()
    for part in chunks(schedule_ids):
        schedules = ScheduleRow.select(SQL("'schedule'"), ScheduleRow.id).where(ScheduleRow.id.in_(part))
        ChangeRow.insert_from(schedules, fields).execute()


def _save_next(due: list[_Due]) -> None:
    _set_next([(one.id, one.next_run) for one in due])


def _set_next(pairs: list[tuple[int, Instant | None]]) -> None:
    """Save the next run of many schedules in few statements."""
    for part in chunks(pairs):
        values = ValuesList(list(part)).cte("fresh", columns=("id", "next_run"))
        ScheduleRow.update(next_run=values.c.next_run).from_(values).where(ScheduleRow.id == values.c.id).with_cte(
            values
        ).execute()


def _isolate(one: _Due, error: Exception, now: Instant) -> None:
    """Pause a schedule whose next run cannot be computed, with the reason, so that it stops nobody else."""
    rest([one.id], now, PROGRAM, poisoned(error), None)
    record(
        now,
        Actor(login=PROGRAM, name=PROGRAM, origin="engine"),
        "pause schedule",
        f"schedule {one.id}",
        account_id=one.account_id,
        after=poisoned(error),
    )
