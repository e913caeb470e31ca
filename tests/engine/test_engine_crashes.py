"""An engine that dies at any point loses nothing and doubles nothing; one that comes back late sends nothing."""

from __future__ import annotations

import asyncio
import itertools
import os
import resource
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from gradesync_tui.domain.clock import SECOND, SystemClock
from gradesync_tui.domain.records import Account, Actor, ScheduleDraft
from gradesync_tui.domain.recurrence import Every
from gradesync_tui.domain.words import RunStatus, SyncType
from gradesync_tui.store import Store

ANA = Actor(login="ana", name="Ana Ruiz")
CHILD = Path(__file__).with_name("one_engine.py")
POINTS = (
    "run recorded",
    "next run saved",
    "dispatched",
    "claiming",
    "claimed",
    "ledger batch",
    "ledger batch:2",
    "ledger batch kept",
    "ledger batch kept:3",
    "watermarks",
    "ended",
    "finishing",
    "finished",
)


@pytest.fixture
async def real_store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(str(tmp_path / "gradesync.db"), clock=SystemClock())
    yield opened
    assert await opened.invariants() == []
    assert await opened.audit.verify() is None
    await opened.close()


@pytest.fixture
async def due(real_store: Store) -> Account:
    """An account whose one schedule is due in a moment, and then not for a day."""
    account = await real_store.accounts.create("Lakeside", "UTC", ANA)
    draft = ScheduleDraft(
        account_id=account.id,
        type=SyncType.GRADE_PASSBACK,
        recurrence=Every(1, "days"),
        first_run=SystemClock().now() + SECOND // 10,
        zone="UTC",
        posted_by="Ana",
    )
    await real_store.schedules.create(draft, ANA)
    return account


@contextmanager
def engine(store: Store, file: Path, *options: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, str(CHILD), store.path, str(file), *options], env={**os.environ, **environment}
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.wait(30)


def lines(file: Path) -> list[tuple[int, int, int]]:
    """What was sent, in order: run, fencing number, record."""
    text = file.read_text() if file.exists() else ""
    return [tuple(int(part) for part in line.split()) for line in text.splitlines()]  # type: ignore[misc]


async def until_sent(file: Path, number: int) -> None:
    async with asyncio.timeout(30):
        while len(lines(file)) < number:
            await asyncio.sleep(0.02)


async def stop_between_writes(process: subprocess.Popen[bytes], store: Store) -> None:
    """Stop a process while it does not hold SQLite's write lock: that goes with a process's end, not with its rest."""
    connection = apsw.Connection(store.path)
    while True:
        process.send_signal(signal.SIGSTOP)
        try:
            connection.execute("BEGIN IMMEDIATE; ROLLBACK")
            break
        except apsw.BusyError:
            process.send_signal(signal.SIGCONT)
            await asyncio.sleep(0.01)
    connection.close()


@pytest.mark.parametrize("by", ["KILL", "INT"])
@pytest.mark.parametrize("point", POINTS)
async def test_dying_at_any_point_leaves_one_occurrence_done_once(
    real_store: Store, due: Account, tmp_path: Path, point: str, by: str
) -> None:
    file = tmp_path / "sent"
    with engine(real_store, file, GRADESYNC_CRASH_AT=point, GRADESYNC_CRASH_BY=by) as first:
        assert await asyncio.to_thread(first.wait, 30) == (-signal.SIGKILL if by == "KILL" else 0)
    with engine(real_store, file) as second:
        assert await asyncio.to_thread(second.wait, 30) == 0
    runs = await real_store.runs.page(due.id)
    assert [run.due_at is not None for run in runs].count(True) == 1
    assert runs[0].status is RunStatus.COMPLETED
    assert {run.status for run in runs[1:]} <= {RunStatus.INTERRUPTED}
    assert all(newer.continues == older.id for newer, older in itertools.pairwise(runs))
    sent = lines(file)
    assert {record for _, _, record in sent} == {0, 1, 2}
    # At most the one record whose answer was not kept goes twice; its derived id makes it the same record again.
    assert len(sent) <= 4
    assert [fence for _, fence, _ in sent] == sorted(fence for _, fence, _ in sent)
    assert len(await real_store.ledger.entries(due.id, "course")) == 3


async def test_a_standby_takes_over_from_an_engine_that_was_killed(
    real_store: Store, due: Account, tmp_path: Path
) -> None:
    file = tmp_path / "sent"
    options = ("--lines", "5000", "--pause", "0.02", "--forever")
    with engine(real_store, file, *options) as first:
        await until_sent(file, 3)
        with engine(real_store, file, *options) as second:
            async with asyncio.timeout(30):
                while len(await real_store.engines.list()) < 2:
                    await asyncio.sleep(0.02)
            first.kill()
            async with asyncio.timeout(15):
                while len({run for run, _, _ in lines(file)}) < 2:
                    await asyncio.sleep(0.02)
            (working,) = [one for one in await real_store.engines.list() if one.working]
            assert working.pid == second.pid
            second.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(second.wait, 30) == 0
    records = [record for _, _, record in lines(file)]
    # The second goes on where the first was cut off; the record whose answer was not kept may go again.
    assert sorted(set(records)) == list(range(len(set(records))))
    assert len(records) - len(set(records)) <= 1
    handed_on, second_run, first_run = await real_store.runs.page(due.id)
    assert (first_run.status, second_run.continues) == (RunStatus.INTERRUPTED, first_run.id)
    assert (handed_on.status, handed_on.continues) == (RunStatus.QUEUED, second_run.id)
    assert await real_store.engines.list() == []


async def test_an_engine_that_was_stopped_and_wakes_late_sends_nothing(
    real_store: Store, due: Account, tmp_path: Path
) -> None:
    file = tmp_path / "sent"
    options = ("--lines", "400", "--pause", "0.02", "--lease", "3", "--forever")
    with engine(real_store, file, *options) as first:
        await until_sent(file, 5)
        with engine(real_store, file, *options) as second:
            await stop_between_writes(first, real_store)
            old = lines(file)[0][1]
            async with asyncio.timeout(30):
                while lines(file)[-1][1] == old:
                    await asyncio.sleep(0.02)
            first.send_signal(signal.SIGCONT)
            await until_sent(file, len(lines(file)) + 40)
            assert first.poll() is None
            fences = [fence for _, fence, _ in lines(file)]
            assert fences == sorted(fences)
            (working,) = [one for one in await real_store.engines.list() if one.working]
            assert working.pid == second.pid
            for process in (first, second):
                process.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(process.wait, 30) == 0


async def test_killed_again_and_again_it_still_comes_to_its_end(
    real_store: Store, due: Account, tmp_path: Path
) -> None:
    file = tmp_path / "sent"
    for round in range(6):
        with engine(real_store, file, "--lines", "40", "--pause", "0.01") as process:
            await until_sent(file, 5 * (round + 1))
            process.kill()
            process.wait(30)
    with engine(real_store, file, "--lines", "40") as process:
        assert await asyncio.to_thread(process.wait, 30) == 0
    sent = lines(file)
    assert {record for _, _, record in sent} == set(range(40))
    assert len(sent) <= 40 + 6
    assert [fence for _, fence, _ in sent] == sorted(fence for _, fence, _ in sent)


async def test_a_disk_that_fills_up_for_a_while_fails_the_run_truthfully_and_stops_no_engine(
    real_store: Store, due: Account, tmp_path: Path
) -> None:
    file = tmp_path / "sent"
    with engine(real_store, file, "--lines", "60", "--pause", "0.02", "--forever") as process:
        await until_sent(file, 5)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        full_at = len(lines(file))
        await asyncio.sleep(1)
        # What cannot be recorded is not sent: at most the one record that was on its way.
        assert len(lines(file)) <= full_at + 2
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        async with asyncio.timeout(30):
            while (await real_store.runs.page(due.id))[-1].status is RunStatus.IN_PROGRESS:
                await asyncio.sleep(0.05)
        (failed,) = await real_store.runs.page(due.id)
        assert (failed.status, failed.cause) == (RunStatus.FAILED, "disk_full")
        assert process.poll() is None
        await real_store.runs.request(due.id, SyncType.GRADE_PASSBACK, ANA)
        async with asyncio.timeout(30):
            while (await real_store.runs.page(due.id))[0].status is not RunStatus.COMPLETED:
                await asyncio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 30) == 0
    sent = lines(file)
    assert {record for _, _, record in sent} == set(range(60))
    assert len(sent) <= 61
