"""Engines that are killed, stopped and woken late: no grade lost, none doubled, and a history that tells the truth."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from gradesync_tui.domain.clock import Instant, SystemClock
from gradesync_tui.domain.records import Account, Run, Schedule
from gradesync_tui.domain.recurrence import occurrences
from gradesync_tui.domain.words import RunStatus, SyncType
from gradesync_tui.sandbox.difference import difference
from gradesync_tui.store import Store
from gradesync_tui.store.errors import RunInProgress
from tests.e2e.outside import ANA, EngineProcess, Outside, every_minute

KILLS = int(os.environ.get("GRADESYNC_TEST_KILLS", "200"))
"""How many engines die, over both histories together."""

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    """A small district whose answers take a little, so that a sync lasts long enough to be killed in the middle."""
    started = Outside("--pupils", "40", "--teachers", "off", "--latency", "4")
    yield started
    started.stop()


async def in_progress(store: Store, account: Account) -> Run | None:
    return next(
        (one for one in await store.runs.page(account.id, limit=5) if one.status is RunStatus.IN_PROGRESS), None
    )


async def until_quiet(store: Store, account: Account, seconds: float = 90) -> None:
    """Wait until nothing is queued or in progress."""
    for _ in range(int(seconds * 20)):
        runs = await store.runs.page(account.id, limit=20)
        if all(one.status.finished for one in runs):
            return
        await asyncio.sleep(0.05)
    raise AssertionError([(one.id, one.status, one.note) for one in runs])


async def everything(store: Store, account: Account) -> list[Run]:
    """The whole history, oldest first."""
    found: list[Run] = []
    before: int | None = None
    while page := await store.runs.page(account.id, before=before, limit=200):
        found += page
        before = page[-1].id
    return found[::-1]


async def ask(store: Store, account: Account) -> None:
    # One may be waiting already, to carry on what was cut off.
    with suppress(RunInProgress):
        await store.runs.request(account.id, SyncType.GRADE_PASSBACK, ANA)


@pytest.mark.parametrize("history", [1, 2])
async def test_engines_killed_at_random_instants_lose_nothing_and_double_nothing(
    outside: Outside, tmp_path: Path, history: int
) -> None:
    clock, chance = SystemClock(), Random(history)
    outside.admin("POST", "/state", {"reset": True})
    database, log = tmp_path / "gradesync.db", tmp_path / "engine.log"
    store = await Store.open(str(database), clock=clock)
    account = await outside.connected(store)
    schedule = await every_minute(store, account, clock)
    amid = 0
    for _ in range(KILLS // 2):
        outside.admin("POST", "/teach", {"rounds": 1})
        await ask(store, account)
        engine = EngineProcess(database, outside.environment(), log)
        for _ in range(600):
            if engine.holds(await in_progress(store, account)):
                break
            await asyncio.sleep(0.02)
        else:
            raise AssertionError(log.read_text()[-3000:])
        await asyncio.sleep(chance.uniform(0, 0.8))
        amid += await in_progress(store, account) is not None
        engine.kill()
    assert amid > KILLS / 8, "most kills came after the sync had ended: they prove nothing"

    last = EngineProcess(database, outside.environment(), log)
    await until_quiet(store, account)
    await ask(store, account)
    await until_quiet(store, account)
    last.signal(signal.SIGTERM)
    assert last.wait() == 0

    found = await difference(outside.told)
    assert (found.total, found.doubled) == (0, 0), found
    assert await store.invariants() == []
    runs = await everything(store, account)
    check_history_tells_the_truth(runs, amid)
    check_every_occurrence_is_accounted_for(runs, schedule, clock.now())
    await store.close()


def check_history_tells_the_truth(runs: list[Run], killed_amid: int) -> None:
    """Every run has ended; each that was cut off says so, and exactly one other carries it on."""
    assert all(
        one.status.finished and one.finished_at is not None for one in runs if one.status is not RunStatus.SKIPPED
    )
    carried_on = Counter(one.continues for one in runs if one.continues is not None)
    assert set(carried_on.values()) <= {1}
    interrupted = [one for one in runs if one.status is RunStatus.INTERRUPTED]
    assert len(interrupted) >= killed_amid * 0.9
    for one in interrupted:
        assert one.note, one
        assert carried_on[one.id] == 1, one


def check_every_occurrence_is_accounted_for(runs: list[Run], schedule: Schedule, now: Instant) -> None:
    """Each due time has one run, or stands among the missed that a run names."""
    due = [one for one in runs if one.due_at is not None and one.schedule_id == schedule.id]
    times = [one.due_at for one in due if one.due_at is not None]
    assert len(times) == len(set(times))
    expected = list(
        occurrences(
            schedule.recurrence, schedule.first_run, schedule.zone, schedule.created_at, max(times, default=now)
        )
    )
    assert len(times) + sum(one.missed for one in due) == len(expected)


async def test_an_engine_that_wakes_late_writes_nothing_after_its_successor(outside: Outside, tmp_path: Path) -> None:
    clock = SystemClock()
    database, log = tmp_path / "gradesync.db", tmp_path / "engine.log"
    store = await Store.open(str(database), clock=clock)
    account = await outside.connected(store)
    outside.admin("POST", "/state", {"reset": True})
    outside.admin("PUT", "/settings", {"latency_ms": 25})
    seen = len(outside.writes())
    await ask(store, account)
    sleeper = EngineProcess(database, outside.environment("sleeper"), log)
    while not outside.writes()[seen:]:
        await asyncio.sleep(0.02)
    sleeper.signal(signal.SIGSTOP)
    first = await in_progress(store, account)
    assert first is not None

    successor = EngineProcess(database, outside.environment("successor"), log)
    while not any(_mark(one) == "successor" for one in outside.writes()):
        assert successor.alive
        await asyncio.sleep(0.1)
    sleeper.signal(signal.SIGCONT)
    await until_quiet(store, account)
    await ask(store, account)
    await until_quiet(store, account)
    marks = [_mark(one) for one in outside.writes()[seen:]]
    assert "sleeper" in marks
    assert "sleeper" not in marks[marks.index("successor") :]
    assert sleeper.alive, "the engine that lost its run stands by"
    cut_off = await store.runs.get(first.id)
    assert cut_off.status is RunStatus.INTERRUPTED
    found = await difference(outside.told)
    assert (found.total, found.doubled) == (0, 0), found
    for engine in (sleeper, successor):
        engine.signal(signal.SIGTERM)
        engine.wait()
    assert await store.invariants() == []
    await store.close()


def _mark(request: dict[str, object]) -> str:
    headers = request["headers"]
    assert isinstance(headers, dict)
    return str({name.lower(): value for name, value in headers.items()}.get("x-engine-mark", ""))
