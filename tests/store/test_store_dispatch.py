"""What comes of schedules that are due: under down time, pauses, rollovers and clocks that jump."""

from __future__ import annotations

from typing import Any

import apsw
import pytest

from gradesync_tui.domain.clock import DAY, HOUR, MINUTE, SECOND, Instant, ManualClock, parse_instant
from gradesync_tui.domain.records import Account, Actor, Run, Schedule, ScheduleDraft
from gradesync_tui.domain.recurrence import AtTimes, Every, Recurrence
from gradesync_tui.domain.words import RunMode, RunStatus, SyncType
from gradesync_tui.store import Store
from gradesync_tui.store.errors import NotFound, RunInProgress, StoreError

PASSBACK = SyncType.GRADE_PASSBACK
QUEUED, SKIPPED = RunStatus.QUEUED, RunStatus.SKIPPED
NOON = parse_instant("2026-11-23T12:00:00Z")
HOURLY = Every(1, "hours")
BEN = Actor(login="ben", name="Ben")


async def add(store: Store, account: Account, ana: Actor, recurrence: Recurrence = HOURLY, **other: Any) -> Schedule:
    values = {"account_id": account.id, "type": PASSBACK, "first_run": NOON, "zone": "UTC", "posted_by": "Ana"}
    return await store.schedules.create(ScheduleDraft(**{**values, "recurrence": recurrence, **other}), ana)


async def tick(store: Store, clock: ManualClock, later: int = 0) -> list[Run]:
    """The runs that a tick makes, oldest first."""
    clock.advance(later)
    newest = max((run.id for run in await store.runs.page()), default=0)
    await store.dispatch.tick(clock.now())
    return (await store.runs.page(after=newest))[::-1]


async def finish(store: Store, status: RunStatus = RunStatus.COMPLETED, note: str = "") -> Run:
    run = await store.runs.claim("engine", 10 * SECOND)
    assert run is not None
    assert run.fence is not None
    await store.runs.finish(run.id, run.fence, status, note=note)
    return await store.runs.get(run.id)


async def test_nothing_runs_before_it_is_due(store: Store, account: Account, ana: Actor, clock: ManualClock) -> None:
    schedule = await add(store, account, ana)
    assert schedule.next_run == NOON + HOUR
    assert await tick(store, clock, HOUR - SECOND) == []
    (run,) = await tick(store, clock, SECOND)
    assert (run.status, run.due_at, run.requested_by, run.missed, run.note) == (QUEUED, NOON + HOUR, "Schedule", 0, "")
    schedule = await store.schedules.get(schedule.id)
    assert (schedule.next_run, schedule.last_run_id) == (NOON + 2 * HOUR, run.id)
    assert await tick(store, clock) == []


async def test_the_first_run_may_lie_ahead(store: Store, account: Account, ana: Actor, clock: ManualClock) -> None:
    schedule = await add(store, account, ana, first_run=NOON + 3 * DAY)
    assert schedule.next_run == NOON + 3 * DAY


@pytest.mark.parametrize(
    ("away", "catch_up", "status", "due", "missed"),
    [
        (HOUR, DAY, QUEUED, HOUR, 0),
        (HOUR + 59 * SECOND, 0, QUEUED, HOUR, 0),
        (HOUR + 2 * MINUTE, 0, SKIPPED, HOUR, 1),
        (HOUR + 30 * MINUTE, 30 * MINUTE, QUEUED, HOUR, 0),
        (HOUR + 30 * MINUTE, 30 * MINUTE - 1, SKIPPED, HOUR, 1),
        (5 * HOUR + MINUTE, DAY, QUEUED, 5 * HOUR, 4),
        (5 * HOUR + 30 * MINUTE, 20 * MINUTE, SKIPPED, 5 * HOUR, 5),
        (365 * DAY, DAY, QUEUED, 365 * DAY, 365 * 24 - 1),
    ],
)
async def test_what_was_missed_becomes_one_run_or_a_reason(
    store: Store,
    account: Account,
    ana: Actor,
    clock: ManualClock,
    away: int,
    catch_up: int,
    status: RunStatus,
    due: int,
    missed: int,
) -> None:
    schedule = await add(store, account, ana, catch_up=catch_up)
    (run,) = await tick(store, clock, away)
    assert (run.status, run.due_at, run.missed) == (status, NOON + due, missed)
    assert bool(run.note) == (missed > 0)
    after = await store.schedules.get(schedule.id)
    assert after.next_run is not None
    assert clock.now() < after.next_run <= clock.now() + HOUR
    assert await tick(store, clock) == []


async def test_two_that_wait_are_one_that_keeps_who_asked(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    first, second = await add(store, account, ana), await add(store, account, ana, Every(2, "hours"))
    asked = await store.runs.request(account.id, PASSBACK, ana)
    runs = await tick(store, clock, 2 * HOUR)
    assert [(run.status, run.merged_into, run.missed) for run in runs] == [
        (SKIPPED, asked.id, 1),
        (SKIPPED, asked.id, 0),
    ]
    assert {run.schedule_id for run in runs} == {first.id, second.id}
    again = await store.runs.request(account.id, PASSBACK, BEN, queue=True)
    assert again.id == asked.id
    assert again.requested_by == "Ana Ruiz, Schedule, Ben"
    assert [run.id for run in await store.runs.page() if run.status is QUEUED] == [asked.id]


async def test_what_comes_due_while_one_runs_waits_its_turn(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    await add(store, account, ana)
    await store.runs.request(account.id, PASSBACK, ana)
    running = await store.runs.claim("engine", DAY)
    (waiting,) = await tick(store, clock, HOUR)
    assert waiting.status is QUEUED
    assert await store.runs.claim("engine", DAY) is None
    assert running is not None
    assert running.fence is not None
    await store.runs.finish(running.id, running.fence, RunStatus.COMPLETED)
    claimed = await store.runs.claim("engine", DAY)
    assert claimed is not None
    assert claimed.id == waiting.id


async def test_types_and_previews_wait_beside_each_other(store: Store, account: Account, ana: Actor) -> None:
    runs = [
        await store.runs.request(account.id, PASSBACK, ana),
        await store.runs.request(account.id, SyncType.ROSTER_IMPORT, ana, queue=True),
        await store.runs.request(account.id, PASSBACK, ana, mode=RunMode.PREVIEW, queue=True),
    ]
    assert len({run.id for run in runs}) == 3
    full = await store.runs.request(account.id, PASSBACK, BEN, mode=RunMode.FULL, queue=True)
    assert (full.id, full.mode) == (runs[0].id, RunMode.FULL)


async def test_a_person_is_told_before_a_run_queues(store: Store, account: Account, ana: Actor) -> None:
    first = await store.runs.request(account.id, PASSBACK, ana)
    with pytest.raises(RunInProgress) as told:
        await store.runs.request(account.id, SyncType.ROSTER_IMPORT, BEN)
    assert told.value.run.id == first.id


async def test_pause_stops_what_had_not_started_and_says_why(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    schedule = await add(store, account, ana)
    (waiting,) = await tick(store, clock, HOUR)
    (paused,) = await store.schedules.pause([schedule.id], ana, "grades close")
    assert paused.next_run is None
    assert paused.pause is not None
    assert (paused.pause.by, paused.pause.at, paused.pause.reason) == ("Ana Ruiz", clock.now(), "grades close")
    skipped = await store.runs.get(waiting.id)
    assert (skipped.status, skipped.note) == (
        SKIPPED,
        "The schedule was paused by Ana Ruiz before this run started.",
    )
    assert await tick(store, clock, DAY) == []


async def test_resume_goes_on_from_now(store: Store, account: Account, ana: Actor, clock: ManualClock) -> None:
    schedule = await add(store, account, ana)
    await store.schedules.pause([schedule.id], ana)
    clock.advance(DAY + MINUTE)
    (resumed,) = await store.schedules.resume([schedule.id], BEN)
    assert (resumed.pause, resumed.next_run) == (None, NOON + DAY + HOUR)
    assert await tick(store, clock) == []


async def test_pause_leaves_what_a_person_or_another_schedule_waits_for(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    schedule, other = await add(store, account, ana), await add(store, account, ana)
    first, merged = await tick(store, clock, HOUR)
    assert merged.merged_into == first.id
    await store.schedules.pause([schedule.id], ana)
    assert (await store.runs.get(first.id)).status is QUEUED
    await store.schedules.pause([other.id], ana)
    asked = await store.runs.request(account.id, PASSBACK, ana, schedule_id=schedule.id, queue=True)
    assert asked.status is QUEUED
    await store.schedules.pause([schedule.id, other.id], ana)
    assert (await store.runs.get(asked.id)).status is QUEUED


async def test_run_now_works_while_paused_and_moves_no_next_run(store: Store, account: Account, ana: Actor) -> None:
    schedule = await add(store, account, ana)
    await store.runs.request(account.id, PASSBACK, ana, schedule_id=schedule.id)
    assert (await store.schedules.get(schedule.id)).next_run == schedule.next_run
    await finish(store)
    await store.schedules.pause([schedule.id], ana)
    run = await store.runs.request(account.id, PASSBACK, ana, schedule_id=schedule.id)
    assert (run.status, run.schedule_id, run.due_at) == (QUEUED, schedule.id, None)


async def test_resume_all_resumes_only_what_pause_all_paused(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    one, two, three = [await add(store, account, ana) for _ in range(3)]
    await store.schedules.pause([one.id], ana, "by hand")
    assert [schedule.id for schedule in await store.schedules.pause_all(account.id, BEN, "summer")] == [
        two.id,
        three.id,
    ]
    await store.schedules.pause([three.id], ana, "by hand, later")
    assert [schedule.id for schedule in await store.schedules.resume_all(account.id, BEN)] == [two.id]
    left = {schedule.id: schedule.pause for schedule in await store.schedules.list(account.id)}
    assert left[two.id] is None
    assert (left[one.id].reason, left[three.id].reason) == ("by hand", "by hand, later")  # type: ignore[union-attr]


async def test_a_schedule_that_keeps_failing_pauses_itself(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    schedule = await add(store, account, ana, fail_limit=3)
    for status in (RunStatus.FAILED, RunStatus.FAILED, RunStatus.WARNING, RunStatus.FAILED, RunStatus.FAILED):
        assert len(await tick(store, clock, HOUR)) == 1
        await finish(store, status, note="Canvas is down")
    assert (await store.schedules.get(schedule.id)).failures == 2
    await tick(store, clock, HOUR)
    await finish(store, RunStatus.FAILED, note="Canvas is down")
    paused = await store.schedules.get(schedule.id)
    assert paused.pause is not None
    assert paused.pause.by == "gradesync"
    assert paused.pause.reason == "3 runs in a row failed, the last one with: Canvas is down"
    assert (await store.audit.page())[0].verb == "pause schedule"
    (resumed,) = await store.schedules.resume([schedule.id], ana)
    assert resumed.failures == 0


async def test_a_removed_schedule_starts_nothing_and_keeps_its_history(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    schedule = await add(store, account, ana)
    (run,) = await tick(store, clock, HOUR)
    await store.schedules.remove(schedule.id, ana)
    assert (await store.runs.get(run.id)).status is SKIPPED
    assert await store.schedules.list(account.id) == []
    assert await tick(store, clock, DAY) == []
    with pytest.raises(NotFound):
        await store.schedules.get(schedule.id)


async def test_an_edit_holds_from_now_on(store: Store, account: Account, ana: Actor, clock: ManualClock) -> None:
    schedule = await add(store, account, ana)
    (run,) = await tick(store, clock, HOUR)
    draft = ScheduleDraft(
        account_id=account.id, type=PASSBACK, recurrence=AtTimes(("18:00",), (0, 1, 2, 3, 4)), first_run=NOON,
        zone="America/New_York", posted_by="Ana",
    )  # fmt: skip
    edited = await store.schedules.edit(schedule.id, draft, ana)
    assert edited.next_run == parse_instant("2026-11-23T23:00:00Z")
    assert (await store.runs.get(run.id)).status is QUEUED
    await store.schedules.pause([schedule.id], ana)
    assert (await store.schedules.edit(schedule.id, draft, ana)).next_run is None


async def test_a_rollover_rests_its_schedules_and_wakes_them(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    resting, busy = await add(store, account, ana), await add(store, account, ana, type=SyncType.ROSTER_IMPORT)
    window = await store.rollovers.save(
        account.id, "Term change", NOON + HOUR, NOON + 4 * HOUR, [resting.id], ana, reason="new terms"
    )
    assert window.state == "upcoming"
    (run,) = await tick(store, clock, HOUR)
    assert run.schedule_id == busy.id
    pause = (await store.schedules.get(resting.id)).pause
    assert pause is not None
    assert (pause.by, pause.reason) == ("Ana Ruiz", "Rollover Term change: new terms")
    assert (await store.rollovers.list(account.id))[0].state == "ongoing"
    await finish(store)
    runs = await tick(store, clock, 3 * HOUR)
    assert {run.schedule_id for run in runs} == {resting.id, busy.id}
    (woken,) = [run for run in runs if run.schedule_id == resting.id]
    assert (woken.due_at, woken.missed) == (NOON + 4 * HOUR, 0)
    assert (await store.rollovers.list(account.id))[0].state == "completed"


async def test_a_rollover_that_passed_while_no_engine_ran_counts_its_time_as_rest(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    schedule = await add(store, account, ana)
    await store.rollovers.save(account.id, "Break", NOON + 2 * HOUR, NOON + 5 * HOUR, [schedule.id], ana)
    before, after = await tick(store, clock, 6 * HOUR + MINUTE)
    assert (before.status, before.missed, before.due_at) == (SKIPPED, 1, NOON + HOUR)
    assert "rollover Break began" in before.note
    assert (after.status, after.missed, after.due_at) == (QUEUED, 1, NOON + 6 * HOUR)


async def test_rollovers_that_overlap_rest_a_schedule_until_both_are_over(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    schedule = await add(store, account, ana)
    for name, begins, ends in (("One", 1, 3), ("Two", 2, 5)):
        await store.rollovers.save(account.id, name, NOON + begins * HOUR, NOON + ends * HOUR, [schedule.id], ana)
    for _ in range(4):
        assert await tick(store, clock, HOUR) == []
    (run,) = await tick(store, clock, HOUR)
    assert (run.due_at, run.missed) == (NOON + 5 * HOUR, 0)


async def test_a_removed_rollover_wakes_what_it_paused_and_nothing_else(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    one, two = await add(store, account, ana), await add(store, account, ana)
    window = await store.rollovers.save(account.id, "Break", NOON, NOON + DAY, [one.id, two.id], ana)
    await tick(store, clock)
    await store.schedules.pause([two.id], ana, "by hand")
    await store.rollovers.remove(window.id, ana)
    assert (await store.schedules.get(one.id)).next_run == NOON + HOUR
    assert (await store.schedules.get(two.id)).pause is not None
    with pytest.raises(StoreError, match="later resume date"):
        await store.rollovers.save(account.id, "Backwards", NOON, NOON, [one.id], ana)


async def every_occurrence(store: Store) -> list[Instant]:
    return [run.due_at for run in await store.runs.page(limit=10_000) if run.due_at is not None]


async def test_a_clock_that_jumps_back_runs_nothing_twice_and_forgets_nothing(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    await add(store, account, ana, Every(15, "minutes"))
    for _ in range(8):
        assert len(await tick(store, clock, 15 * MINUTE)) == 1
        await finish(store)
    clock.set(clock.now() - HOUR)
    for _ in range(4):
        assert await tick(store, clock, 15 * MINUTE) == []
    (run,) = await tick(store, clock, 15 * MINUTE)
    assert run.due_at == NOON + 9 * 15 * MINUTE
    occurrences = await every_occurrence(store)
    assert len(occurrences) == len(set(occurrences)) == 9


async def test_a_clock_that_was_a_year_ahead_for_a_moment_stops_no_schedule(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    schedule = await add(store, account, ana)
    clock.set(NOON + 365 * DAY)
    (ahead,) = await tick(store, clock)
    assert ahead.missed == 365 * 24 - 1
    await finish(store)
    clock.set(NOON + 30 * MINUTE)
    assert await tick(store, clock) == []
    assert (await store.schedules.get(schedule.id)).next_run == NOON + HOUR
    (run,) = await tick(store, clock, 30 * MINUTE)
    assert (run.due_at, run.status) == (NOON + HOUR, QUEUED)


async def test_a_clock_that_jumps_ahead_follows_the_catch_up_rule(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    await add(store, account, ana)
    for jump, missed in ((HOUR, 0), (DAY, 23)):
        clock.set(clock.now() + jump)
        (run,) = await tick(store, clock)
        assert (run.status, run.missed) == (QUEUED, missed)
        await finish(store)


async def test_a_schedule_that_cannot_be_understood_is_set_apart(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    damaged, sound = await add(store, account, ana), await add(store, account, ana)
    connection = apsw.Connection(store.path)
    connection.execute("UPDATE schedule SET recurrence = 'nonsense' WHERE id = ?", (damaged.id,))
    connection.close()
    (run,) = await tick(store, clock, HOUR)
    assert run.schedule_id == sound.id
    shown = await store.schedules.get(damaged.id)
    assert shown.pause is not None
    assert shown.pause.reason.startswith("Its next run cannot be computed: ")
    (still,) = await store.schedules.resume([damaged.id], ana)
    assert still.pause is not None


async def test_a_thousand_that_are_due_together_each_get_their_run(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    accounts = [await store.accounts.create(f"District {number}", "UTC", ana) for number in range(60)]
    for one in accounts:
        await add(store, one, ana)
    clock.advance(HOUR)
    ticks = [await store.dispatch.tick(clock.now(), limit=25) for _ in range(3)]
    assert [one.started for one in ticks] == [25, 25, 10]
    assert ticks[0].next_due == NOON + HOUR
    assert ticks[-1].next_due == NOON + 2 * HOUR
    assert {run.account_id for run in await store.runs.page()} == {one.id for one in accounts}


async def test_new_rules_of_the_time_zones_move_the_next_runs(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    schedule = await add(store, account, ana, AtTimes(("18:00",), tuple(range(7))), zone="America/New_York")
    await tick(store, clock)
    connection = apsw.Connection(store.path)
    connection.execute("UPDATE dispatcher SET zone_rules = '1999z'")
    connection.execute("UPDATE schedule SET next_run = next_run + 3600000000 WHERE id = ?", (schedule.id,))
    connection.close()
    await tick(store, clock)
    assert await store.schedules.get(schedule.id) == schedule
