"""What is no longer waited for does not go on."""

from __future__ import annotations

import asyncio
import threading

from gradesync_tui.store import Store
from gradesync_tui.store.db import Part, reads
from gradesync_tui.store.models import RunRow


class Endless(Part):
    """A query that takes minutes."""

    started = threading.Semaphore(0)

    @reads
    def count(self) -> None:
        self.started.release()
        RunRow.raw("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000) "
                   "SELECT max(i) AS id FROM n").execute()  # fmt: skip


async def test_a_query_that_nobody_waits_for_makes_way_for_the_next(store: Store) -> None:
    endless = Endless(store.runs._threads, store.runs._clock)
    queries = [asyncio.create_task(endless.count()) for _ in range(8)]
    for _ in range(3):  # as many as there are readers
        await asyncio.to_thread(endless.started.acquire)
    for query in queries:
        query.cancel()
    assert await asyncio.wait_for(store.runs.count(), 30) == 0
