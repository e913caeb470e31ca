"""The engine performs what waits, and says truthfully how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gradesync_tui.domain.clock import HOUR, MINUTE, SECOND
from gradesync_tui.domain.records import Account, Actor, Counts, Run, ScheduleDraft
from gradesync_tui.domain.recurrence import Every
from gradesync_tui.domain.words import RunStatus, SyncType
from gradesync_tui.engine import Engine, RunClaim
from gradesync_tui.store import Store
from gradesync_tui.store.errors import DiskFull, StaleClaim
from gradesync_tui.sync.claim import Ended

ANA = Actor(login="ana", name="Ana Ruiz")
PASSBACK = SyncType.GRADE_PASSBACK
DONE = Ended(status=RunStatus.COMPLETED, counts=Counts(scores=3))


@asynccontextmanager
async def engine_at_work(
    store: Store, clock: Any, perform: Callable[[RunClaim], Awaitable[Ended]], **options: Any
) -> AsyncIterator[Engine]:
    engine = Engine(store, clock=clock, kind="service", perform=perform, heartbeat=0.05, look=0.02, beat=0.2, **options)
    stop = asyncio.Event()
    task = asyncio.create_task(engine.run(stop))
    try:
        yield engine
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)


async def until(store: Store, run_id: int, *statuses: RunStatus) -> Run:
    """The run once it has one of these statuses, as the change feed tells."""
    async with asyncio.timeout(20):
        while True:
            run = await store.runs.get(run_id)
            if run.status in statuses:
                return run
            await asyncio.sleep(0.01)


async def ended(store: Store, run_id: int) -> Run:
    return await until(store, run_id, *[status for status in RunStatus if status.finished])


async def test_a_run_that_a_person_asked_for_is_performed_at_once(store: Store, account: Account, clock: Any) -> None:
    async def perform(claim: RunClaim) -> Ended:
        claim.guard()
        return DONE

    async with engine_at_work(store, clock, perform):
        asked = await store.runs.request(account.id, PASSBACK, ANA)
        run = await ended(store, asked.id)
    assert (run.status, run.counts.scores, run.requested_by) == (RunStatus.COMPLETED, 3, "Ana Ruiz")


async def test_an_engine_that_cannot_write_tells_once_and_tells_when_it_can_again(
    store: Store, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat, heard = store.engines.beat, asyncio.Queue[str | None]()
    full = [DiskFull("no room"), DiskFull("no room")]

    async def beat_on_a_full_disk(*arguments: Any) -> bool:
        if full:
            raise full.pop()
        return await beat(*arguments)

    async def perform(_: RunClaim) -> Ended:
        return DONE

    monkeypatch.setattr(store.engines, "beat", beat_on_a_full_disk)
    async with engine_at_work(store, clock, perform, tell=heard.put_nowait), asyncio.timeout(20):
        assert [await heard.get(), await heard.get()] == ["no room", None]


async def test_a_schedule_runs_at_its_time_by_the_wall_clock(store: Store, account: Account, clock: Any) -> None:
    async def perform(_: RunClaim) -> Ended:
        return DONE

    schedule = await store.schedules.create(
        ScheduleDraft(
            account_id=account.id,
            type=PASSBACK,
            recurrence=Every(1, "hours"),
            first_run=clock.now() + HOUR,
            zone="UTC",
            posted_by="Ana",
        ),
        ANA,
    )
    async with engine_at_work(store, clock, perform):
        clock.advance(HOUR)
        async with asyncio.timeout(10):
            while not (runs := await store.runs.page(account.id)):
                await asyncio.sleep(0.01)
        run = await ended(store, runs[0].id)
    assert (run.status, run.due_at, run.missed) == (RunStatus.COMPLETED, schedule.first_run, 0)


@pytest.mark.parametrize(
    ("failure", "cause", "note"),
    [
        (KeyError("boom"), "internal", "KeyError: 'boom'"),
        (ValueError("bad \x1b[31mname"), "internal", "ValueError: bad \ufffd[31mname"),
        (DiskFull("No room to write x: free some space."), "disk_full", "No room to write x: free some space."),
    ],
)
async def test_an_unexpected_error_ends_the_run_as_failed_and_the_engine_goes_on(
    store: Store, account: Account, clock: Any, failure: Exception, cause: str, note: str
) -> None:
    failing = True

    async def perform(_: RunClaim) -> Ended:
        if failing:
            raise failure
        return DONE

    async with engine_at_work(store, clock, perform):
        run = await ended(store, (await store.runs.request(account.id, PASSBACK, ANA)).id)
        failing = False
        second = await ended(store, (await store.runs.request(account.id, PASSBACK, ANA)).id)
    assert (run.status, run.cause, run.note) == (RunStatus.FAILED, cause, note)
    assert second.status is RunStatus.COMPLETED


async def test_accounts_are_synced_at_the_same_time_and_one_account_never_twice(
    store: Store, account: Account, clock: Any
) -> None:
    others = [account, *[await store.accounts.create(f"District {n}", "UTC", ANA) for n in range(3)]]
    running: dict[int, int] = {}
    most: list[int] = []
    together = asyncio.Event()

    async def perform(claim: RunClaim) -> Ended:
        running[claim.run.account_id] = running.get(claim.run.account_id, 0) + 1
        assert running[claim.run.account_id] == 1
        most.append(sum(running.values()))
        if sum(running.values()) == 3:
            together.set()
        await together.wait()
        running[claim.run.account_id] -= 1
        return DONE

    async with engine_at_work(store, clock, perform, at_once=3):
        runs = []
        for one in others:
            runs.append(await store.runs.request(one.id, PASSBACK, ANA))
            runs.append(await store.runs.request(one.id, SyncType.ROSTER_IMPORT, ANA, queue=True))
        for run in runs:
            assert (await ended(store, run.id)).status is RunStatus.COMPLETED
    assert max(most) == 3


async def cancellable(claim: RunClaim) -> Ended:
    await claim.cancelled.wait()
    return Ended(status=RunStatus.CANCELLED, counts=Counts(scores=1), cause="cancelled")


async def test_a_cancelled_run_ends_as_cancelled_and_names_who(store: Store, account: Account, clock: Any) -> None:
    async with engine_at_work(store, clock, cancellable):
        run = await store.runs.request(account.id, PASSBACK, ANA)
        await until(store, run.id, RunStatus.IN_PROGRESS)
        await store.runs.cancel(run.id, ANA)
        run = await ended(store, run.id)
    assert (run.status, run.note, run.counts.scores) == (RunStatus.CANCELLED, "Cancelled by Ana Ruiz.", 1)


async def test_a_run_that_does_not_heed_is_broken_off(store: Store, account: Account, clock: Any) -> None:
    async def deaf(_: RunClaim) -> Ended:
        await asyncio.Event().wait()
        return DONE

    async with engine_at_work(store, clock, deaf, grace=0.1):
        run = await store.runs.request(account.id, PASSBACK, ANA)
        await until(store, run.id, RunStatus.IN_PROGRESS)
        await store.runs.cancel(run.id, ANA)
        assert (await ended(store, run.id)).status is RunStatus.CANCELLED


async def test_a_run_ends_at_its_time_limit(store: Store, account: Account, clock: Any) -> None:
    schedule = await store.schedules.create(
        ScheduleDraft(
            account_id=account.id,
            type=PASSBACK,
            recurrence=Every(1, "days"),
            first_run=clock.now() + HOUR,
            zone="UTC",
            posted_by="Ana",
            time_limit=SECOND // 5,
        ),
        ANA,
    )
    async with engine_at_work(store, clock, cancellable):
        run = await store.runs.request(account.id, PASSBACK, ANA, schedule_id=schedule.id)
        run = await ended(store, run.id)
    assert (run.status, run.cause) == (RunStatus.FAILED, "time_limit")


async def test_a_stopping_engine_hands_its_run_on_and_leaves(store: Store, account: Account, clock: Any) -> None:
    async with engine_at_work(store, clock, cancellable):
        run = await store.runs.request(account.id, PASSBACK, ANA)
        await until(store, run.id, RunStatus.IN_PROGRESS)
    newest, first = await store.runs.page(account.id)
    assert (first.id, first.status, first.cause) == (run.id, RunStatus.INTERRUPTED, "interrupted")
    assert (newest.status, newest.continues, newest.requested_by) == (RunStatus.QUEUED, run.id, "Ana Ruiz")
    assert await store.engines.list() == []


async def test_a_run_that_finished_before_it_noticed_the_stop_is_completed(
    store: Store, account: Account, clock: Any
) -> None:
    async def perform(claim: RunClaim) -> Ended:
        await claim.cancelled.wait()
        return DONE

    async with engine_at_work(store, clock, perform):
        run = await store.runs.request(account.id, PASSBACK, ANA)
        await until(store, run.id, RunStatus.IN_PROGRESS)
    assert [one.status for one in await store.runs.page(account.id)] == [RunStatus.COMPLETED]


async def test_a_run_that_was_taken_over_sends_nothing_and_writes_nothing_more(
    store: Store, account: Account, clock: Any
) -> None:
    refused = asyncio.Event()

    async def perform(claim: RunClaim) -> Ended:
        if claim.run.continues is not None:
            return DONE
        try:
            while True:
                claim.guard()
                await asyncio.sleep(0.01)
        except (StaleClaim, asyncio.CancelledError):
            refused.set()
            raise

    async with engine_at_work(store, clock, perform):
        run = await store.runs.request(account.id, PASSBACK, ANA)
        await until(store, run.id, RunStatus.IN_PROGRESS)
        # Another engine believes that this one is dead.
        await store.runs.recover(clock.now() + MINUTE)
        await asyncio.wait_for(refused.wait(), 10)
        newest = (await store.runs.page(account.id))[0]
        assert (await ended(store, newest.id)).status is RunStatus.COMPLETED
    run = await store.runs.get(run.id)
    assert run.status is RunStatus.INTERRUPTED
    assert f"Run {newest.id} carries it on." in run.note


async def test_of_two_engines_one_works_and_the_other_takes_over_when_it_leaves(
    store: Store, account: Account, clock: Any
) -> None:
    async def perform(_: RunClaim) -> Ended:
        return DONE

    async def working() -> list[str]:
        return [engine.id for engine in await store.engines.list() if engine.working]

    async with engine_at_work(store, clock, perform) as second_guard:
        async with asyncio.timeout(10):
            while not second_guard.working:
                await asyncio.sleep(0.01)
        async with engine_at_work(store, clock, perform) as standby:
            async with asyncio.timeout(10):
                while len(await store.engines.list()) < 2:
                    await asyncio.sleep(0.01)
            assert await working() == [second_guard.id]
            assert not standby.working
            await store.engines.leave(second_guard.id)
            second_guard._beat = 1000.0
            second_guard.working = False
            async with asyncio.timeout(10):
                while not standby.working:
                    await asyncio.sleep(0.01)
            assert await working() == [standby.id]


async def test_a_damaged_schedule_stops_no_other(store: Store, account: Account, clock: Any) -> None:
    async def perform(_: RunClaim) -> Ended:
        return DONE

    drafts = [
        ScheduleDraft(
            account_id=account.id,
            type=type,
            recurrence=Every(1, "hours"),
            first_run=clock.now() + HOUR,
            zone="UTC",
            posted_by="Ana",
        )
        for type in SyncType
    ]
    bad, good = [await store.schedules.create(draft, ANA) for draft in drafts]
    import apsw

    other = apsw.Connection(store.path)
    other.execute('UPDATE schedule SET recurrence = \'{"kind":"every","n":0,"unit":"hours"}\' WHERE id = ?', (bad.id,))
    other.close()
    async with engine_at_work(store, clock, perform):
        clock.advance(HOUR)
        async with asyncio.timeout(10):
            while not (runs := await store.runs.page(account.id)):
                await asyncio.sleep(0.01)
        assert (await ended(store, runs[0].id)).schedule_id == good.id
    pause = (await store.schedules.get(bad.id)).pause
    assert pause is not None
    assert pause.by == "gradesync"
    assert "cannot be computed" in pause.reason
