"""From schedules that are due to runs that wait."""

from __future__ import annotations

from msgspec import Struct

from gradesync_tui.domain import recurrence
from gradesync_tui.domain.clock import SECOND, Instant
from gradesync_tui.domain.records import Actor, Tick
from gradesync_tui.store import rollovers
from gradesync_tui.store.audit import record
from gradesync_tui.store.crashpoints import reached
from gradesync_tui.store.db import Part, reads, writes
from gradesync_tui.store.due import Due, occurrences_taken, save_next, select_due, work_out
from gradesync_tui.store.models import DispatcherRow, ScheduleRow
from gradesync_tui.store.rows import PROGRAM, recurrence_of
from gradesync_tui.store.schedules import poisoned, rest
from gradesync_tui.store.starts import start
from gradesync_tui.store.zone_rules import edition

_SET_BACK = SECOND
"""The clock was set back if it shows less than the last tick saw, by more than this."""

_REMEMBERED = 10 * SECOND
_REALIGNED = 500


class _State(Struct, frozen=True):
    last_tick: Instant | None
    zone_rules: str
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
        set_back = state.last_tick is not None and now < state.last_tick - _SET_BACK
        if set_back or (state.last_tick is not None and state.zone_rules != edition()):
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
        known = DispatcherRow.select(DispatcherRow.last_tick, DispatcherRow.zone_rules)
        last_tick, zone_rules = known.where(DispatcherRow.id == 1).tuples().first() or (None, "")
        return _State(
            last_tick=last_tick,
            zone_rules=zone_rules,
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
        due, bad = work_out(select_due(now, limit), now)
        started = start(due, now)
        reached("run recorded")
        save_next([(one.id, one.next_run) for one in due])
        reached("next run saved")
        for one, error in bad:
            _isolate(one, error, now)
        return Tick(started=started, next_due=_earliest(_next_due(), rollovers.next_change()))

    async def _realign_all(self, now: Instant) -> None:
        """The clock was set back, or a government moved its zone's: what each schedule has next is computed anew.

        It is done in pieces that hold nobody up.
        """
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
        taken = occurrences_taken([row[0] for row in rows], now)
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
        save_next(pairs)
        return rows[-1][0] if rows else 0


def _remember(now: Instant) -> None:
    DispatcherRow.insert(id=1, last_tick=now, zone_rules=edition()).on_conflict(
        conflict_target=[DispatcherRow.id], preserve=[DispatcherRow.last_tick, DispatcherRow.zone_rules]
    ).execute()


def _next_due() -> Instant | None:
    query = ScheduleRow.select(ScheduleRow.next_run).where(ScheduleRow.next_run.is_null(False))
    value: Instant | None = query.order_by(ScheduleRow.next_run).limit(1).scalar()
    return value


def _earliest(*instants: Instant | None) -> Instant | None:
    return min((one for one in instants if one is not None), default=None)


def _isolate(one: Due, error: Exception, now: Instant) -> None:
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
