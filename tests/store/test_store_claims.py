"""The right to perform a run: one holder at a time, and nobody else's writes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from gradesync_tui.domain.clock import HOUR, SECOND, ManualClock
from gradesync_tui.domain.records import Account, Actor, Counts, LedgerEntry, Outcome, Run, StageProgress
from gradesync_tui.domain.words import Action, Level, RecordKind, RunMode, RunStatus, Stage, SyncType
from gradesync_tui.store import Store
from gradesync_tui.store.errors import StaleClaim

PASSBACK = SyncType.GRADE_PASSBACK
LEASE = 10 * SECOND


async def claimed(store: Store) -> tuple[Run, int]:
    run = await store.runs.claim("engine", LEASE)
    assert run is not None
    assert run.fence is not None
    return run, run.fence


async def every_write(store: Store, run_id: int, fence: int) -> list[str]:
    """The writes of a running sync that this number allows."""
    entry = LedgerEntry(kind=RecordKind.RESULT, course_id="1", class_id="c", assignment_id="a", student_id="s")
    outcome = Outcome(run_id=run_id, at=1, kind=RecordKind.RESULT, action=Action.CREATED)
    progress = store.progress
    writes = {
        "stage": lambda: progress.stage(run_id, fence, StageProgress(stage=Stage.FETCH_SNAPSHOT), Counts()),
        "log": lambda: progress.log(run_id, fence, Level.INFO, "text"),
        "record": lambda: progress.record(run_id, fence, [entry], [outcome], Counts(scores=1)),
        "watermarks": lambda: progress.watermarks(run_id, fence, {"1": 5}),
        "compares_all": lambda: progress.compares_all(run_id, fence),
        "heartbeat": lambda: store.runs.heartbeat(run_id, fence, LEASE),
        "finish": lambda: store.runs.finish(run_id, fence, RunStatus.COMPLETED),
    }
    allowed = []
    for name, write in writes.items():
        try:
            await write()
        except StaleClaim:
            continue
        allowed.append(name)
    return allowed


async def test_every_claim_has_a_higher_number_than_all_before(store: Store, ana: Actor) -> None:
    fences = []
    for number in range(5):
        account = await store.accounts.create(f"District {number}", "UTC", ana)
        await store.runs.request(account.id, PASSBACK, ana)
        fences.append((await claimed(store))[1])
    assert fences == [1, 2, 3, 4, 5]


async def test_a_wrong_or_old_number_writes_nothing(store: Store, account: Account, ana: Actor) -> None:
    await store.runs.request(account.id, PASSBACK, ana)
    run, fence = await claimed(store)
    assert await every_write(store, run.id, fence - 1) == []
    assert await every_write(store, run.id, fence + 1) == []
    assert await store.ledger.entries(account.id, "1") == []
    assert await store.runs.log(run.id) == []
    assert len(await every_write(store, run.id, fence)) == 7
    assert await every_write(store, run.id, fence) == []


async def test_a_run_taken_back_refuses_its_old_holder_and_is_carried_on_once(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    await store.runs.request(account.id, PASSBACK, ana, mode=RunMode.FULL)
    run, fence = await claimed(store)
    clock.advance(LEASE - 1)
    assert await store.runs.recover(clock.now()) == []
    clock.advance(1)
    (taken,) = await store.runs.recover(clock.now())
    assert (taken.id, taken.status, taken.cause) == (run.id, RunStatus.INTERRUPTED, "interrupted")
    assert await store.runs.recover(clock.now()) == []
    assert await every_write(store, run.id, fence) == []
    again, second = await claimed(store)
    assert (again.continues, again.mode, again.requested_by) == (run.id, RunMode.FULL, "Ana Ruiz")
    assert second > fence
    assert await every_write(store, run.id, fence) == []
    assert len(await every_write(store, again.id, second)) == 7


async def test_only_the_silent_are_taken_back_whatever_the_wall_clock_says(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    await store.runs.request(account.id, PASSBACK, ana)
    run, fence = await claimed(store)
    (lease,) = await store.runs.leases()
    assert (lease.run_id, lease.engine) == (run.id, "engine")
    clock.advance(SECOND)
    await store.runs.heartbeat(run.id, fence, LEASE)
    assert await store.runs.recover(clock.now() + HOUR, {run.id: lease.until}) == []
    (lease,) = await store.runs.leases()
    clock.set(clock.now() - HOUR)
    assert [one.id for one in await store.runs.recover(clock.now(), {run.id: lease.until})] == [run.id]


async def test_a_run_that_was_cancelled_is_not_carried_on(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    await store.runs.request(account.id, PASSBACK, ana)
    run, fence = await claimed(store)
    await store.runs.cancel(run.id, ana)
    assert (await store.runs.heartbeat(run.id, fence, LEASE)).cancel_by == "Ana Ruiz"
    clock.advance(LEASE)
    (taken,) = await store.runs.recover(clock.now())
    assert taken.status is RunStatus.CANCELLED
    assert await store.runs.claim("engine", LEASE) is None


async def test_what_carries_on_joins_a_run_that_waits_already(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    await store.runs.request(account.id, PASSBACK, ana)
    run, fence = await claimed(store)
    waiting = await store.runs.request(account.id, PASSBACK, Actor(login="ben", name="Ben"), queue=True)
    await store.runs.finish(run.id, fence, RunStatus.INTERRUPTED, requeue=True)
    again, _ = await claimed(store)
    assert (again.id, again.continues, again.requested_by) == (waiting.id, run.id, "Ana Ruiz, Ben")
    assert await store.runs.claim("other", LEASE) is None


async def test_a_cancelled_run_that_waits_never_starts(store: Store, account: Account, ana: Actor) -> None:
    asked = await store.runs.request(account.id, PASSBACK, ana)
    cancelled = await store.runs.cancel(asked.id, ana)
    assert (cancelled.status, cancelled.note) == (RunStatus.CANCELLED, "Cancelled by Ana Ruiz before it started.")
    assert await store.runs.claim("engine", LEASE) is None
    assert await store.runs.cancel(asked.id, ana) == cancelled


async def test_many_threads_claim_each_run_once(tmp_path: Path, store: Store, ana: Actor) -> None:
    for number in range(40):
        account = await store.accounts.create(f"District {number}", "UTC", ana)
        await store.runs.request(account.id, PASSBACK, ana)
    stores = [await Store.open(store.path) for _ in range(4)]

    async def take(one: Store, name: str) -> list[int]:
        taken = []
        while (run := await one.runs.claim(name, LEASE)) is not None:
            taken.append(run.id)
        return taken

    taken = await asyncio.gather(*(take(one, f"engine {number}") for number, one in enumerate(stores)))
    for one in stores:
        await one.close()
    everything = [run_id for some in taken for run_id in some]
    assert len(everything) == len(set(everything)) == 40
    for run in await store.runs.page(limit=50):
        assert run.fence is not None
        await store.runs.finish(run.id, run.fence, RunStatus.COMPLETED)


_TAKE = """
    import asyncio, sys
    from gradesync_tui.domain.words import RunStatus
    from gradesync_tui.store import Store

    async def main(path, name):
        store = await Store.open(path)
        misses = 0
        while misses < 50:
            run = await store.runs.claim(name, 10_000_000)
            if run is None:
                misses += 1
                await asyncio.sleep(0.002)
                continue
            print(run.id, run.account_id, run.fence)
            await store.runs.finish(run.id, run.fence, RunStatus.COMPLETED)
        await store.close()

    asyncio.run(main(*sys.argv[1:]))
"""


async def test_many_processes_perform_each_run_once(store: Store, ana: Actor) -> None:
    expected = set()
    for number in range(30):
        account = await store.accounts.create(f"District {number}", "UTC", ana)
        for type in SyncType:
            expected.add((await store.runs.request(account.id, type, ana, queue=True)).id)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(_TAKE), store.path, f"engine {number}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    lines = [line.split() for process in processes for line in process.communicate(timeout=60)[0].splitlines()]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(int(run_id) for run_id, _, _ in lines) == sorted(expected)
    assert len({fence for _, _, fence in lines}) == len(expected)


async def test_a_batch_is_kept_whole_or_not_at_all(store: Store, account: Account, ana: Actor) -> None:
    await store.runs.request(account.id, PASSBACK, ana)
    run, fence = await claimed(store)
    entry = LedgerEntry(kind=RecordKind.RESULT, course_id="1", class_id="c", assignment_id="a", student_id="s")
    unfit = Outcome(run_id=run.id, at=1, kind=RecordKind.RESULT, action=Action.CREATED, http_status=object())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="cannot be stored"):
        await store.progress.record(run.id, fence, [entry], [unfit], Counts(scores=9))
    assert await store.ledger.entries(account.id, "1") == []
    assert (await store.runs.get(run.id)).counts == Counts()
    await store.progress.record(run.id, fence, [entry] * 900, [], Counts(scores=1))
    assert await store.ledger.entries(account.id, "1") == [entry]
    assert (await store.runs.get(run.id)).counts == Counts(scores=1)


async def test_a_watermark_only_moves_forward(store: Store, account: Account, ana: Actor) -> None:
    await store.runs.request(account.id, PASSBACK, ana)
    run, fence = await claimed(store)
    for marks in ({"1": 5, "2": 5}, {"1": 4, "2": 6}):
        await store.progress.watermarks(run.id, fence, marks)
    assert await store.ledger.watermarks(account.id) == {"1": 5, "2": 6}


async def test_the_end_of_a_full_compare_is_remembered(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    for mode, status in ((RunMode.SYNC, RunStatus.COMPLETED), (RunMode.FULL, RunStatus.FAILED)):
        await store.runs.request(account.id, PASSBACK, ana, mode=mode)
        run, fence = await claimed(store)
        await store.runs.finish(run.id, fence, status)
    assert await store.ledger.last_full_compare(account.id) is None
    await store.runs.request(account.id, PASSBACK, ana)
    run, fence = await claimed(store)
    clock.advance(HOUR)
    await store.progress.compares_all(run.id, fence)
    await store.runs.finish(run.id, fence, RunStatus.WARNING)
    assert await store.ledger.last_full_compare(account.id) == run.started_at


async def test_a_held_run_gives_its_account_free(store: Store, account: Account, ana: Actor) -> None:
    await store.runs.request(account.id, PASSBACK, ana)
    run, fence = await claimed(store)
    await store.runs.finish(run.id, fence, RunStatus.HELD, note="It would change 40% of the grades.")
    held = await store.runs.get(run.id)
    assert (held.status, held.finished_at) == (RunStatus.HELD, None)
    await store.runs.request(account.id, PASSBACK, ana)
    assert (await claimed(store))[0].id != run.id
    assert (await store.runs.cancel(run.id, ana)).status is RunStatus.CANCELLED
