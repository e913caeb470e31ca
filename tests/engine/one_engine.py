"""A process with an engine, for tests that kill it: its runs write lines to a file, as a sync writes to a SIS.

python one_engine.py DATABASE FILE [--lease SECONDS] [--lines N] [--pause SECONDS] [--forever]
Each line is `run fence record`. It ends once a run is completed (or never, with --forever), or when told to.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal

from gradesync_tui.domain.clock import SECOND, SystemClock
from gradesync_tui.domain.records import Counts, LedgerEntry, RunFilter
from gradesync_tui.domain.words import RecordKind, RunStatus
from gradesync_tui.engine import Engine, RunClaim
from gradesync_tui.store import Store
from gradesync_tui.sync.claim import Ended


async def main(options: argparse.Namespace) -> None:
    clock = SystemClock()
    store = await Store.open(options.database, clock=clock, create=False)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    file = os.open(options.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def perform(claim: RunClaim) -> Ended:
        known = {entry.assignment_id for entry in await store.ledger.entries(claim.run.account_id, "course")}
        for number in range(options.lines):
            if claim.cancelled.is_set():
                return Ended(status=RunStatus.CANCELLED)
            if str(number) in known:
                continue
            claim.guard()
            os.write(file, f"{claim.run.id} {claim.fence} {number}\n".encode())
            entry = LedgerEntry(kind=RecordKind.LINE_ITEM, course_id="course", class_id="c", assignment_id=str(number))
            await store.progress.record(claim.run.id, claim.fence, [entry], [], Counts(assignments=number + 1))
            await asyncio.sleep(options.pause)
        await store.progress.watermarks(claim.run.id, claim.fence, {"course": clock.now()})
        return Ended(status=RunStatus.COMPLETED, counts=Counts(assignments=options.lines))

    async def watch() -> None:
        done = RunFilter(statuses=(RunStatus.COMPLETED,))
        while options.forever or not await store.runs.count(filter=done):
            await asyncio.sleep(0.02)
        stop.set()

    watching = asyncio.create_task(watch())
    times = {"ttl": options.lease, "lease": options.lease, "heartbeat": 0.1, "beat": 0.2, "look": 0.02}
    await Engine(store, clock=clock, kind="service", perform=perform, **times).run(stop)
    watching.cancel()
    await store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("file")
    parser.add_argument("--lease", type=lambda text: int(float(text) * SECOND), default=10 * SECOND)
    parser.add_argument("--lines", type=int, default=3)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--forever", action="store_true")
    asyncio.run(main(parser.parse_args()))
