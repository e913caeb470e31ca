"""How quick the scheduler is: python tests/bench/bench_scheduler.py [--schedules N] [--json]

100,000 schedules (a third each of intervals, times of day and cron expressions, two to an account) in SQLite on disk,
every commit durable. In the same run, on the same disk: the bare indexed query in sqlite3, and APScheduler 3.11 with
its SQLAlchemy store on SQLite, where both are installed, with fewer schedules because adding them takes it so long.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from gradesync_tui.domain.clock import HOUR, MINUTE, SECOND, Instant, ManualClock, SystemClock, parse_instant
from gradesync_tui.domain.records import Actor
from gradesync_tui.domain.recurrence import AtTimes, Cron, Every, Recurrence, next_after
from gradesync_tui.domain.words import RunStatus, SyncType
from gradesync_tui.engine import Engine, RunClaim
from gradesync_tui.store import Store
from gradesync_tui.store.models import AccountRow, RunRow, ScheduleRow
from gradesync_tui.store.rows import encode
from gradesync_tui.sync.claim import Ended

START = parse_instant("2026-11-23T12:00:00Z")
DUE = 1000
ROUNDS = 5
APSCHEDULER_JOBS = 10_000


def milliseconds(samples: list[float]) -> dict[str, float]:
    ordered = sorted(samples)
    return {
        "p50": round(statistics.median(ordered) * 1000, 3),
        "p99": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000, 3),
        "max": round(ordered[-1] * 1000, 3),
    }


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * 4096 / 1e6, 1)


def rules(number: int, total: int) -> tuple[Recurrence, Instant]:
    """The rule of a schedule and its First Run: the first DUE are due together every hour, the rest at other times."""
    minute = 0 if number < DUE else 1 + number % 59
    kinds: tuple[Recurrence, ...] = (
        Every(1, "hours"),
        AtTimes(tuple(f"{hour:02}:{minute:02}" for hour in range(24)), (0, 1, 2, 3, 4, 5, 6)),
        Cron(f"{minute} * * * *"),
    )
    return kinds[number % 3], START + minute * MINUTE


async def fill(store: Store, total: int) -> None:
    """Put the schedules in, without the audit entries that making each of them by hand would leave."""

    def accounts() -> None:
        for start in range(0, total // 2, 2000):
            AccountRow.insert_many(
                [
                    {"name": f"D{n}", "name_key": f"d{n}", "zone": "UTC", "policies": "{}", "created_at": START}
                    for n in range(start, min(start + 2000, total // 2))
                ]
            ).execute()

    def schedules(first: int, last: int) -> None:
        known: dict[str, Instant | None] = {}
        rows = []
        for number in range(first, last):
            rule, first_run = rules(number, total)
            text = encode(rule)
            if text not in known or isinstance(rule, Every):
                known[text] = next_after(rule, first_run, "America/New_York", START)
            rows.append(
                {
                    # The DUE that come due together are of as many accounts.
                    "account_id": 1 + number % (total // 2),
                    "type": list(SyncType)[number >= total // 2].value,
                    "recurrence": text,
                    "first_run": first_run,
                    "zone": "America/New_York",
                    "posted_by": "bench",
                    "created_at": START,
                    "next_run": known[text],
                    "catch_up": 24 * HOUR,
                    "fail_limit": 5,
                    "time_limit": 2 * HOUR,
                }
            )
        for start in range(0, len(rows), 1500):
            ScheduleRow.insert_many(rows[start : start + 1500]).execute()

    await store._threads.write(accounts)
    for first in range(0, total, 10_000):
        await store._threads.write(lambda first=first: schedules(first, min(first + 10_000, total)))


async def clear(store: Store) -> None:
    """End what waits, so that the next round starts as the first did."""

    def end() -> None:
        RunRow.update(status=RunStatus.COMPLETED.value, finished_at=START).where(
            RunRow.status == RunStatus.QUEUED.value
        ).execute()

    await store._threads.write(end)


async def idle(store: Store, clock: ManualClock) -> dict[str, float]:
    samples = []
    for _ in range(500):
        began = time.perf_counter()
        tick = await store.dispatch.tick(clock.now())
        samples.append(time.perf_counter() - began)
        assert tick.started == 0
    return milliseconds(samples)


async def herd(store: Store, clock: ManualClock) -> dict[str, float]:
    samples = []
    for number in range(ROUNDS):
        while True:
            tick = await store.dispatch.tick(clock.now(), limit=5000)
            if tick.next_due is None or tick.next_due > clock.now():
                break
        await clear(store)
        # All others are due between two full hours; they go first, so that only the herd is left.
        clock.set(START + (number + 1) * HOUR)
        while (tick := await store.dispatch.tick(clock.now() - 1, limit=5000)).next_due != clock.now():
            await clear(store)
        await clear(store)
        began = time.perf_counter()
        tick = await store.dispatch.tick(clock.now(), limit=DUE)
        samples.append(time.perf_counter() - began)
        assert tick.started == DUE, tick
        assert tick.next_due is not None
        assert tick.next_due > clock.now()
    await clear(store)
    return milliseconds(samples)


async def long_history(folder: Path) -> dict[str, Any]:
    """What a console and an engine ask for most, with a million runs in the history of 20 accounts."""
    store = await Store.open(str(folder / "history.db"))
    ana = Actor(login="bench", name="Bench")
    accounts = [await store.accounts.create(f"District {number}", "UTC", ana) for number in range(20)]
    connection = sqlite3.connect(store.path, isolation_level=None)
    connection.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)"
        " INSERT INTO run (account_id, type, status, requested_by, requested_at, updated_at, mode, started_at,"
        " finished_at, counts, scores, problems, missed, note, fence, engine, time_limit, by_person)"
        " SELECT 1 + i % 20, 'Grade Passback', 'Completed', 'Schedule', i, i, 'sync', i, i, '{\"scores\":4}', 4, 0, 0,"
        " '', i, 'e', 1, 0 FROM n"
    )
    connection.close()

    async def timed(verb: Callable[[], Awaitable[object]], times: int = 50) -> dict[str, float]:
        samples = []
        for _ in range(times):
            began = time.perf_counter()
            await verb()
            samples.append(time.perf_counter() - began)
        return milliseconds(samples)

    account = accounts[7].id

    async def whole_run() -> None:
        await store.runs.request(account, SyncType.GRADE_PASSBACK, ana)
        run = await store.runs.claim("bench", 10 * SECOND)
        assert run is not None
        await store.runs.heartbeat(run.id, run.fence or 0, 10 * SECOND)
        await store.runs.finish(run.id, run.fence or 0, RunStatus.COMPLETED)

    result = {
        "page_of_100": await timed(lambda: store.runs.page(account)),
        "page_of_100_in_the_middle": await timed(lambda: store.runs.page(account, before=500_000)),
        "accounts_at_one_glance": await timed(store.accounts.summaries),
        "request_claim_heartbeat_finish": await timed(whole_run),
        "recover_nothing": await timed(lambda: store.runs.recover(0)),
    }
    await store.close()
    return result


def bare(path: str) -> tuple[dict[str, float], dict[str, float]]:
    """sqlite3 with the index alone: what is due (nothing), and DUE rows found, noted and moved in one commit."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    query = "SELECT id, next_run FROM schedule WHERE next_run <= ? ORDER BY next_run LIMIT 1000"
    nothing, everything = [], []
    (first,) = connection.execute("SELECT min(next_run) FROM schedule").fetchone()
    for _ in range(500):
        began = time.perf_counter()
        assert connection.execute(query, (first - 1,)).fetchall() == []
        nothing.append(time.perf_counter() - began)
    connection.execute("CREATE TABLE bare_run (id INTEGER PRIMARY KEY, schedule_id INTEGER, due_at INTEGER)")
    connection.execute("CREATE UNIQUE INDEX bare_occurrence ON bare_run (schedule_id, due_at)")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        due = connection.execute(query, (first + 24 * HOUR,)).fetchall()
        connection.executemany("INSERT INTO bare_run (schedule_id, due_at) VALUES (?, ?)", due)
        moved = [(at + HOUR, schedule_id) for schedule_id, at in due]
        connection.executemany("UPDATE schedule SET next_run = ? WHERE id = ?", moved)
        connection.execute("COMMIT")
        everything.append(time.perf_counter() - began)
    connection.close()
    return milliseconds(nothing), milliseconds(everything)


async def latency(folder: Path) -> dict[str, Any]:
    """The real engine on the real clock: how late work starts, with due times spread and with DUE at one instant."""
    clock = SystemClock()
    store = await Store.open(str(folder / "latency.db"), clock=clock)
    late: list[float] = []
    done = asyncio.Event()
    expected = 300

    async def perform(claim: RunClaim) -> Ended:
        late.append((clock.now() - (claim.run.due_at or 0)) / SECOND)
        if len(late) == expected:
            done.set()
        return Ended(status=RunStatus.COMPLETED)

    async def seed(count: int, due: Callable[[int], Instant]) -> None:
        def insert() -> None:
            (start,) = AccountRow.select(AccountRow.id).order_by(AccountRow.id.desc()).limit(1).tuples()[:1] or ((0,),)
            for n in range(start[0] + 1, start[0] + count + 1):
                AccountRow.insert(name=f"L{n}", name_key=f"l{n}", zone="UTC", policies="{}", created_at=0).execute()
                ScheduleRow.insert(
                    account_id=n,
                    type=SyncType.GRADE_PASSBACK.value,
                    recurrence=encode(Every(1, "days")),
                    first_run=due(n),
                    zone="UTC",
                    posted_by="bench",
                    created_at=0,
                    next_run=due(n),
                    catch_up=0,
                    fail_limit=5,
                    time_limit=HOUR,
                ).execute()

        await store._threads.write(insert)

    stop = asyncio.Event()
    engine = asyncio.create_task(Engine(store, clock=clock, kind="service", perform=perform, at_once=64).run(stop))
    soon = clock.now() + SECOND
    await seed(expected, lambda n: soon + n * 20_000)
    await done.wait()
    spread = milliseconds(late)
    late.clear()
    done.clear()
    expected = DUE
    together = clock.now() + 2 * SECOND
    await seed(DUE, lambda _: together)
    await done.wait()
    result = {"spread": spread, "herd_performed": milliseconds(late)}
    stop.set()
    await engine
    await store.close()
    return result


def noop() -> None:
    """The job that APScheduler starts."""


def apscheduler(folder: Path) -> dict[str, Any] | None:
    """1,000 of 10,000 jobs due at one instant: from the wake-up until all were handed to the executor and moved on."""
    try:
        from datetime import UTC, datetime, timedelta

        from apscheduler.executors.base import BaseExecutor  # type: ignore[import-not-found]
        from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore  # type: ignore[import-not-found]
        from apscheduler.schedulers.base import BaseScheduler  # type: ignore[import-not-found]
    except ImportError:
        return None

    class Counting(BaseExecutor):  # type: ignore[misc]
        started = 0

        def _do_submit_job(self, job: Any, run_times: Any) -> None:
            self.started += len(run_times)
            self._instances[job.id] -= 1

    class Manual(BaseScheduler):  # type: ignore[misc]
        def wakeup(self) -> None:
            """The bench calls `_process_jobs` itself."""

        def shutdown(self, wait: bool = True) -> None:
            super().shutdown(wait)

    executor = Counting()
    scheduler = Manual(
        jobstores={"default": SQLAlchemyJobStore(url=f"sqlite:///{folder / 'aps.db'}")},
        executors={"default": executor},
        timezone="UTC",
    )
    scheduler.start(paused=True)
    now = datetime.now(UTC)
    began = time.perf_counter()
    for number in range(APSCHEDULER_JOBS):
        due = now - timedelta(seconds=1) if number < DUE else now + timedelta(hours=1)
        scheduler.add_job(
            "bench_scheduler:noop", "interval", hours=1, next_run_time=due, misfire_grace_time=3600, id=str(number)
        )
    added = time.perf_counter() - began
    scheduler.state = 1
    samples = []
    for _ in range(3):
        executor.started = 0
        began = time.perf_counter()
        scheduler._process_jobs()
        samples.append(time.perf_counter() - began)
        assert executor.started == DUE, executor.started
        for number in range(DUE):
            scheduler.modify_job(str(number), next_run_time=now - timedelta(seconds=1))
    scheduler.shutdown(wait=False)
    return {"jobs": APSCHEDULER_JOBS, "add_seconds": round(added, 1), "start_1000": milliseconds(samples)}


async def measure(total: int, folder: Path) -> dict[str, Any]:
    clock = ManualClock(START)
    store = await Store.open(str(folder / "bench.db"), clock=clock)
    before = resident_megabytes()
    began = time.perf_counter()
    await fill(store, total)
    result: dict[str, Any] = {"schedules": total, "fill_seconds": round(time.perf_counter() - began, 1)}
    result["tick_nothing_due_ms"] = await idle(store, clock)
    result["tick_1000_due_ms"] = await herd(store, clock)
    result["memory_mb"] = {"before": before, "after": resident_megabytes()}
    await store.close()
    nothing, everything = await asyncio.to_thread(bare, str(folder / "bench.db"))
    result["bare_nothing_due_ms"], result["bare_1000_due_ms"] = nothing, everything
    result["engine_latency_ms"] = await latency(folder)
    result["million_runs_ms"] = await long_history(folder)
    result["apscheduler"] = await asyncio.to_thread(apscheduler, folder)
    ours = result["tick_1000_due_ms"]["p50"]
    result["ratios"] = {"to_bare": round(ours / everything["p50"], 2)}
    if result["apscheduler"] is not None:
        result["ratios"]["apscheduler_to_ours"] = round(result["apscheduler"]["start_1000"]["p50"] / ours, 1)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(measure(options.schedules, Path(folder)))
    print(json.dumps(result, indent=None if options.json else 2))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
