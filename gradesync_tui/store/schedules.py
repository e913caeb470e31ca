"""Schedules: what people set, and pausing and resuming them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradesync_tui.domain import recurrence
from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.records import PAUSE_ALL, Actor, Pause, Schedule, ScheduleDraft
from gradesync_tui.domain.words import RunStatus
from gradesync_tui.store.accounts import account_by_id
from gradesync_tui.store.audit import record
from gradesync_tui.store.db import Part, reads, writes
from gradesync_tui.store.errors import NotFound
from gradesync_tui.store.models import RunRow, ScheduleRow
from gradesync_tui.store.rows import changed, encode, schedules_where


class Schedules(Part):
    """The schedules of the accounts."""

    @reads
    def get(self, schedule_id: int) -> Schedule:
        """One schedule; NotFound."""
        return schedule_by_id(schedule_id)

    @writes
    def create(self, draft: ScheduleDraft, actor: Actor) -> Schedule:
        """A new schedule, active at once; RecurrenceError for a recurrence that cannot be, NotFound for the account."""
        account_by_id(draft.account_id)
        recurrence.validate(draft.recurrence, draft.zone)
        now = self._clock.now()
        schedule_id = ScheduleRow.insert(
            **_columns(draft), account_id=draft.account_id, created_at=now, next_run=_next(draft, now)
        ).execute()
        _audit(now, actor, "create schedule", draft.account_id, schedule_id, after=encode(draft))
        changed("schedule", schedule_id)
        return schedule_by_id(schedule_id)

    @writes
    def edit(self, schedule_id: int, draft: ScheduleDraft, actor: Actor) -> Schedule:
        """Change a schedule from now on; what is queued already stays. A paused one stays paused."""
        before = schedule_by_id(schedule_id)
        recurrence.validate(draft.recurrence, draft.zone)
        now = self._clock.now()
        next_run = None if before.pause is not None else _next(draft, now)
        ScheduleRow.update(**_columns(draft), next_run=next_run).where(ScheduleRow.id == schedule_id).execute()
        after = schedule_by_id(schedule_id)
        _audit(
            now, actor, "change schedule", before.account_id, schedule_id, before=encode(before), after=encode(after)
        )
        changed("schedule", schedule_id)
        return after

    @writes
    def remove(self, schedule_id: int, actor: Actor) -> None:
        """Take a schedule out; its runs stay in the history, and one in progress goes on. NotFound."""
        before = schedule_by_id(schedule_id)
        now = self._clock.now()
        ScheduleRow.update(removed_at=now, next_run=None).where(ScheduleRow.id == schedule_id).execute()
        skip_waiting([schedule_id], now, f"The schedule was removed by {actor.name} before this run started.")
        _audit(now, actor, "remove schedule", before.account_id, schedule_id, before=encode(before))
        changed("schedule", schedule_id)

    @writes
    def pause(self, ids: Sequence[int], actor: Actor, reason: str = "", batch: str | None = None) -> list[Schedule]:
        """Pause these; nothing of them starts any more, while a run in progress goes on. Answers with all of them.

        One that is paused already keeps its pause, unless something that resumes by itself (a Pause All, a rollover)
        paused it: the person's own pause then takes its place. NotFound for an id that is not there.
        """
        before = [schedule_by_id(schedule_id) for schedule_id in ids]
        fresh = [one for one in before if one.pause is None or (one.pause.batch is not None and batch is None)]
        now = self._clock.now()
        rest([one.id for one in fresh], now, actor.name, reason, batch)
        for one in fresh:
            _audit(now, actor, "pause schedule", one.account_id, one.id, after=reason)
        return [schedule_by_id(schedule_id) for schedule_id in ids]

    @writes
    def resume(self, ids: Sequence[int], actor: Actor) -> list[Schedule]:
        """Resume these; the next run is the next occurrence from now, and failures count from none. NotFound."""
        paused = [one for one in map(schedule_by_id, ids) if one.pause is not None]
        now = self._clock.now()
        wake(paused, now)
        for one in paused:
            _audit(now, actor, "resume schedule", one.account_id, one.id, before=encode(one.pause))
        return [schedule_by_id(schedule_id) for schedule_id in ids]

    @writes
    def resume_if_unchanged(self, pauses: Mapping[int, Pause], actor: Actor) -> list[Schedule]:
        """Resume those of these schedules that still rest by the pause that is given; answers with those resumed."""
        ours = [one for one in schedules_where(*_there(pauses)) if one.pause == pauses[one.id]]
        now = self._clock.now()
        wake(ours, now)
        for one in ours:
            _audit(now, actor, "resume schedule", one.account_id, one.id, before=encode(one.pause))
        return schedules_where(*_there([one.id for one in ours]))

    @writes
    def pause_as_before(self, pauses: Mapping[int, Pause], actor: Actor) -> list[Schedule]:
        """Let those of these schedules that are active rest again by the pause they had, with its name, reason and
        batch; answers with those."""
        active = [one for one in schedules_where(*_there(pauses)) if one.pause is None]
        now = self._clock.now()
        for one in active:
            had = pauses[one.id]
            rest([one.id], had.at, had.by, had.reason, had.batch)
            _audit(now, actor, "pause schedule", one.account_id, one.id, after=had.reason)
        return schedules_where(*_there([one.id for one in active]))

    @writes
    def pause_all(self, account_id: int, actor: Actor, reason: str = "") -> list[Schedule]:
        """Pause every active schedule of an account at once; answers with those that it paused."""
        account = account_by_id(account_id)
        active = schedules_where(
            ScheduleRow.account_id == account_id, ScheduleRow.removed_at.is_null(), ScheduleRow.paused_at.is_null()
        )
        now = self._clock.now()
        ids = [one.id for one in active]
        rest(ids, now, actor.name, reason, PAUSE_ALL)
        record(now, actor, "pause all schedules", account.name, account_id=account_id, before=encode(ids), after=reason)
        return schedules_where(ScheduleRow.id.in_(ids))

    @writes
    def resume_all(self, account_id: int, actor: Actor) -> list[Schedule]:
        """Resume what Pause All paused, and nothing that was paused otherwise; answers with those resumed."""
        account = account_by_id(account_id)
        paused = schedules_where(
            ScheduleRow.account_id == account_id,
            ScheduleRow.removed_at.is_null(),
            ScheduleRow.pause_batch == PAUSE_ALL,
        )
        now = self._clock.now()
        ids = [one.id for one in paused]
        wake(paused, now)
        record(now, actor, "resume all schedules", account.name, account_id=account_id, after=encode(ids))
        return schedules_where(ScheduleRow.id.in_(ids))

    @reads
    def list(self, account_id: int) -> list[Schedule]:
        """Every schedule of an account, in the order they were made."""
        return schedules_where(ScheduleRow.account_id == account_id, ScheduleRow.removed_at.is_null())


def schedule_by_id(schedule_id: int) -> Schedule:
    """One schedule that is not removed; NotFound."""
    found = schedules_where(ScheduleRow.id == schedule_id, ScheduleRow.removed_at.is_null())
    if not found:
        raise NotFound(f"There is no schedule {schedule_id}. `gradesync schedules list` lists them.")
    return found[0]


def rest(ids: Sequence[int], at: Instant, by: str, reason: str, batch: str | None) -> None:
    """Pause these schedules; what they had queued and nobody else wants is skipped."""
    if not ids:
        return
    ScheduleRow.update(paused_at=at, paused_by=by, pause_reason=reason, pause_batch=batch, next_run=None).where(
        ScheduleRow.id.in_(ids)
    ).execute()
    skip_waiting(ids, at, f"The schedule was paused by {by} before this run started.")
    changed("schedule", *ids)


def wake(schedules: Sequence[Schedule], after: Instant) -> None:
    """Resume these schedules with their first occurrence after `after`; one that cannot be computed stays paused."""
    for one in schedules:
        try:
            next_run = recurrence.next_after(one.recurrence, one.first_run, one.zone, after)
        except Exception as error:
            ScheduleRow.update(pause_reason=poisoned(error), pause_batch=None).where(ScheduleRow.id == one.id).execute()
        else:
            ScheduleRow.update(
                paused_at=None, paused_by="", pause_reason="", pause_batch=None, next_run=next_run, failures=0
            ).where(ScheduleRow.id == one.id).execute()
        changed("schedule", one.id)


def _there(ids: Iterable[int]) -> tuple[Any, Any]:
    """The schedules of these ids that are not removed."""
    return ScheduleRow.id.in_(list(ids)), ScheduleRow.removed_at.is_null()


def skip_waiting(ids: Sequence[int], now: Instant, note: str) -> None:
    """Skip the queued runs of these schedules, but those that a person or another active schedule waits for too."""
    waiting = RunRow.select(RunRow.id, RunRow.by_person, RunRow.continues).where(
        RunRow.schedule_id.in_(ids), RunRow.status == RunStatus.QUEUED.value
    )
    for run_id, by_person, continues in list(waiting.tuples()):
        if by_person or continues is not None:
            continue
        others = (
            RunRow.select(RunRow.id)
            .join(ScheduleRow, on=(RunRow.schedule_id == ScheduleRow.id))
            .where(
                RunRow.merged_into == run_id,
                ScheduleRow.id.not_in(ids),
                ScheduleRow.paused_at.is_null(),
                ScheduleRow.removed_at.is_null(),
            )
        )
        if others.exists():
            continue
        RunRow.update(status=RunStatus.SKIPPED.value, finished_at=now, updated_at=now, note=note).where(
            RunRow.id == run_id
        ).execute()
        changed("run", run_id)


def poisoned(error: Exception) -> str:
    """Why a schedule whose next run cannot be computed is paused."""
    return f"Its next run cannot be computed: {error}. Edit the schedule, then resume it."


def _next(draft: ScheduleDraft, now: Instant) -> Instant | None:
    return recurrence.next_after(draft.recurrence, draft.first_run, draft.zone, now)


def _columns(draft: ScheduleDraft) -> dict[str, object]:
    return {
        "type": draft.type.value,
        "recurrence": encode(draft.recurrence),
        "first_run": draft.first_run,
        "zone": draft.zone,
        "posted_by": draft.posted_by,
        "catch_up": draft.catch_up,
        "fail_limit": draft.fail_limit,
        "time_limit": draft.time_limit,
    }


def _audit(
    now: Instant, actor: Actor, verb: str, account_id: int, schedule_id: int, before: str = "", after: str = ""
) -> None:
    record(now, actor, verb, f"schedule {schedule_id}", account_id=account_id, before=before, after=after)
