"""Schedules: see, make and change them, run them now, pause and resume them, and plan when they rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.records import Actor, Pause, Rollover, Run, RunFilter, Schedule, ScheduleDraft
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.words import RunMode, RunStatus, SyncType
from gradesync_tui.services.accounts import check_zone
from gradesync_tui.services.desk import Desk
from gradesync_tui.services.errors import Invalid
from gradesync_tui.services.roles import Verb


class ScheduleVerbs(Desk):
    """What a person does with schedules. Every id is looked up again when the verb is called."""

    async def schedules(self, account_id: int) -> list[Schedule]:
        """Every schedule of the account, of both types."""
        await self._may_watch(account_id)
        return await self.store.schedules.list(account_id)

    async def schedule(self, schedule_id: int) -> Schedule:
        """One schedule; NotFound if it is gone."""
        schedule = await self.store.schedules.get(schedule_id)
        await self._may_watch(schedule.account_id)
        return schedule

    async def add_schedule(self, draft: ScheduleDraft) -> Schedule:
        """A new schedule, active at once. Invalid for a recurrence, zone or limit that cannot be."""
        actor = await self._may(Verb.CREATE_SCHEDULE, draft.account_id, f"schedule of account {draft.account_id}")
        check_draft(draft)
        return await self.store.schedules.create(draft, actor)

    async def edit_schedule(self, schedule_id: int, draft: ScheduleDraft) -> Schedule:
        """Change what a schedule is; a pause stays."""
        before = await self.store.schedules.get(schedule_id)
        actor = await self._may(Verb.EDIT_SCHEDULE, before.account_id, f"schedule {schedule_id}")
        if draft.account_id != before.account_id:
            raise Invalid("A schedule stays with its account. Make a new one there instead.")
        check_draft(draft)
        return await self.store.schedules.edit(schedule_id, draft, actor)

    async def remove_schedule(self, schedule_id: int) -> None:
        """Delete a schedule; its runs stay in the history."""
        before = await self.store.schedules.get(schedule_id)
        actor = await self._may(Verb.REMOVE_SCHEDULE, before.account_id, f"schedule {schedule_id}")
        await self.store.schedules.remove(schedule_id, actor)

    async def run_now(self, schedule_id: int, *, queue: bool = False, mode: RunMode = RunMode.SYNC) -> Run:
        """Ask for a run of a schedule, paused or not; the run, Queued.

        RunInProgress (store.errors; `.run` is the one in the way) if another run of the account is queued or in
        progress and `queue` is False; with `queue` it waits its turn, and two that wait are one.
        """
        schedule = await self.store.schedules.get(schedule_id)
        actor = await self._may(Verb.RUN, schedule.account_id, f"schedule {schedule_id}")
        return await self.store.runs.request(
            schedule.account_id, schedule.type, actor, schedule_id=schedule.id, mode=mode, queue=queue
        )

    async def run_account(
        self,
        account_id: int,
        *,
        type: SyncType = SyncType.GRADE_PASSBACK,
        queue: bool = False,
        mode: RunMode = RunMode.SYNC,
    ) -> Run:
        """As `run_now`, without a schedule."""
        actor = await self._may(Verb.RUN, account_id, f"account {account_id}")
        return await self.store.runs.request(account_id, type, actor, mode=mode, queue=queue)

    async def pause(self, ids: Sequence[int], *, reason: str = "", cancel_running: bool = False) -> list[Schedule]:
        """Pause schedules; those that were paused already keep their first pause. The schedules as they are now.

        A run in progress goes on, unless `cancel_running`.
        """
        schedules = [await self.store.schedules.get(one) for one in ids]
        actor = await self._may_each(Verb.PAUSE, schedules)
        paused = await self.store.schedules.pause(list(ids), actor, reason=clean(reason))
        if cancel_running:
            for run in await self.running(schedules):
                await self.store.runs.cancel(run.id, actor)
        return paused

    async def running(self, schedules: Iterable[Schedule]) -> list[Run]:
        """The runs of these schedules that are queued or in progress: what a pause would not stop by itself."""
        found: list[Run] = []
        for schedule in schedules:
            await self._may_watch(schedule.account_id)
            wanted = RunFilter(statuses=(RunStatus.QUEUED, RunStatus.IN_PROGRESS), schedule_id=schedule.id)
            found += await self.store.runs.page(schedule.account_id, filter=wanted)
        return found

    async def resume(self, ids: Sequence[int]) -> list[Schedule]:
        """Resume schedules: each has its next occurrence from now. The schedules as they are now."""
        schedules = [await self.store.schedules.get(one) for one in ids]
        actor = await self._may_each(Verb.RESUME, schedules)
        return await self.store.schedules.resume(list(ids), actor)

    async def take_back_pause(self, paused: Sequence[Schedule]) -> list[Schedule]:
        """Undo a pause: resume those of these schedules whose pause is still the one they are given with; those that
        this resumed. What somebody else has resumed, paused anew or removed since stays as they left it."""
        actor = await self._may_each(Verb.RESUME, paused)
        return await self.store.schedules.resume_if_unchanged(_pauses(paused), actor)

    async def take_back_resume(self, resumed: Sequence[Schedule]) -> list[Schedule]:
        """Undo a resume: let these schedules rest again as they are given, with the same name, reason and batch; those
        that this paused. What somebody else has paused or removed since stays as they left it."""
        actor = await self._may_each(Verb.PAUSE, resumed)
        return await self.store.schedules.pause_as_before(_pauses(resumed), actor)

    async def _may_each(self, verb: Verb, schedules: Sequence[Schedule]) -> Actor:
        """The actor to act as on all of these; Refused, and audited, if they may not on one."""
        actor = self.actor
        for account_id in _accounts(schedules):
            actor = await self._may(verb, account_id, _names(schedules))
        return actor

    async def pause_all(self, account_id: int, *, reason: str = "") -> list[Schedule]:
        """Pause every active schedule of the account; those that this paused."""
        actor = await self._may(Verb.PAUSE_ALL, account_id, f"account {account_id}")
        return await self.store.schedules.pause_all(account_id, actor, reason=clean(reason))

    async def resume_all(self, account_id: int) -> list[Schedule]:
        """Resume what Pause All paused, and nothing else; those that this resumed."""
        actor = await self._may(Verb.RESUME_ALL, account_id, f"account {account_id}")
        return await self.store.schedules.resume_all(account_id, actor)

    async def rollovers(self, account_id: int) -> list[Rollover]:
        """The named windows in which schedules rest: upcoming, ongoing and completed."""
        await self._may_watch(account_id)
        return await self.store.rollovers.list(account_id)

    async def save_rollover(
        self,
        account_id: int,
        name: str,
        pause_at: Instant,
        resume_at: Instant,
        schedule_ids: Sequence[int],
        *,
        reason: str = "",
        rollover_id: int | None = None,
    ) -> Rollover:
        """A new window, or (with `rollover_id`) a changed one. Invalid if it ends before it begins or holds nothing."""
        actor = await self._may(Verb.SAVE_ROLLOVER, account_id, f"rollover {clean(name)}")
        if not name.strip() or clean(name) != name:
            raise Invalid("A rollover needs a name: one line of ordinary characters.")
        if resume_at <= pause_at:
            raise Invalid("A rollover must resume after it pauses.")
        if resume_at <= self.clock.now():
            raise Invalid("The rollover is over already: its resume date must lie in the future.")
        own = {schedule.id for schedule in await self.store.schedules.list(account_id)}
        unknown = [one for one in schedule_ids if one not in own]
        if not schedule_ids or unknown:
            wrong = f"Schedule {unknown[0]} is not of this account." if unknown else "A rollover needs schedules."
            raise Invalid(f"{wrong} See: gradesync schedules list")
        return await self.store.rollovers.save(
            account_id,
            name,
            pause_at,
            resume_at,
            tuple(schedule_ids),
            actor,
            reason=clean(reason),
            rollover_id=rollover_id,
        )

    async def remove_rollover(self, account_id: int, rollover_id: int) -> None:
        """Forget a window; Invalid if the account has none of that id."""
        actor = await self._may(Verb.REMOVE_ROLLOVER, account_id, f"rollover {rollover_id}")
        if rollover_id not in {one.id for one in await self.store.rollovers.list(account_id)}:
            raise Invalid(f"There is no rollover {rollover_id}. See: gradesync rollovers list")
        await self.store.rollovers.remove(rollover_id, actor)


def check_draft(draft: ScheduleDraft) -> None:
    """Invalid unless the schedule can be; the message says what is wrong and what to do."""
    from gradesync_tui.domain.recurrence import RecurrenceError, validate

    if draft.type is not SyncType.GRADE_PASSBACK:
        raise Invalid(f"{draft.type} is not carried by this version. Make a Grade Passback schedule.")
    check_zone(draft.zone)
    try:
        validate(draft.recurrence, draft.zone)
    except RecurrenceError as problem:
        raise Invalid(str(problem)) from None
    if not draft.posted_by.strip() or clean(draft.posted_by, limit=100) != draft.posted_by:
        raise Invalid("Posted By must be a name: one line of at most 100 ordinary characters.")
    if draft.catch_up < 0:
        raise Invalid("The catch-up window cannot be negative. 0 never catches up.")
    if draft.fail_limit < 1:
        raise Invalid("The failures in a row that pause a schedule must be at least 1.")
    if draft.time_limit <= 0:
        raise Invalid("A run's time limit must be more than nothing.")


def _pauses(schedules: Iterable[Schedule]) -> dict[int, Pause]:
    return {schedule.id: schedule.pause for schedule in schedules if schedule.pause is not None}


def _accounts(schedules: Iterable[Schedule]) -> list[int]:
    return sorted({schedule.account_id for schedule in schedules})


def _names(schedules: Iterable[Schedule]) -> str:
    return "schedules " + ", ".join(str(schedule.id) for schedule in schedules)
