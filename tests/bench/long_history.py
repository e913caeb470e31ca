"""A database with a history as long as one likes: python tests/bench/long_history.py FILE [--runs N] [--seed N]

Accounts, people and schedules come through the store, as a person's do; the runs by one statement of SQL, a million in
well under a minute. The same seed makes the same history, up to the instant at which it was made.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import time
from pathlib import Path

from gradesync_tui.cli.shell import system_actor
from gradesync_tui.domain.clock import HOUR, SECOND, Instant, SystemClock
from gradesync_tui.domain.records import ScheduleDraft
from gradesync_tui.domain.recurrence import parse_at, parse_cron, parse_every
from gradesync_tui.domain.words import SyncType
from gradesync_tui.services import Services
from gradesync_tui.store import Store

ACCOUNT = "Lakeside Schools"
ZONE = "America/New_York"

# Hashes a number into [0, m): with the seed, so that two seeds make two histories.
_MIX = "((n.i * 2654435761 + :seed * 40503) >> 8) % {m}"
_RUNS = f"""
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :runs),
part AS (
  SELECT i, {_MIX.format(m=100)} AS luck, {_MIX.format(m=4000)} AS scores, {_MIX.format(m=97)} AS assignments,
         :latest - (:runs - i) * :apart AS at, {_MIX.format(m=240)} + 2 AS seconds
  FROM n
)
INSERT INTO run (account_id, type, status, requested_by, requested_at, updated_at, mode, schedule_id, started_at,
                 finished_at, stage, counts, scores, problems, missed, note, cause, fence, engine, time_limit,
                 by_person)
SELECT :account, 'Grade Passback',
       CASE WHEN luck < 90 THEN 'Completed' WHEN luck < 96 THEN 'Warning' WHEN luck < 98 THEN 'Failed'
            ELSE 'Cancelled' END,
       CASE WHEN luck % 7 = 0 THEN 'Ana Lopez' ELSE 'Schedule' END,
       at, at + seconds * 1000000, 'sync', 1 + i % :schedules, at, at + seconds * 1000000,
       CASE WHEN luck BETWEEN 96 AND 97 THEN 'Post Submissions' END,
       '{{"assignments":' || assignments || ',"scores":' || scores || ',"blocked":'
           || CASE WHEN luck BETWEEN 90 AND 95 THEN luck - 80 ELSE 0 END || ',"scores_added":' || scores || '}}',
       scores, CASE WHEN luck BETWEEN 90 AND 95 THEN luck - 80 ELSE 0 END, 0,
       CASE WHEN luck >= 98 THEN 'Cancelled by Ana Lopez' ELSE '' END,
       CASE WHEN luck BETWEEN 96 AND 97 THEN 'sis_unavailable' END,
       i, 'engine-1', 7200000000, luck % 7 = 0
FROM part
"""


async def make(path: Path, runs: int, seed: int = 1) -> None:
    """Make the database: ACCOUNT with `runs` runs and eight schedules, which are not due for an hour, and 39 more
    accounts."""
    clock = SystemClock()
    store = await Store.open(f"sqlite:///{path}", clock=clock)
    services = Services(store, clock=clock, actor=system_actor("bench"))
    await services.begin()
    account = await services.create_account(ACCOUNT, ZONE)
    for number in range(1, 40):
        await services.create_account(f"Northern District {number:02}", ZONE)
    schedules = await _schedules(services, account.id, clock.now())
    await store.close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute(
        _RUNS,
        {
            "runs": runs,
            "seed": seed,
            "account": account.id,
            "schedules": schedules,
            "latest": clock.now() - 600 * SECOND,
            "apart": 30 * SECOND,
        },
    )
    connection.execute("ANALYZE")
    connection.close()


async def _schedules(services: Services, account_id: int, now: Instant) -> int:
    soon = now + HOUR
    rules = [
        parse_every("4h"),
        parse_every("6h"),
        parse_every("1d"),
        parse_every("90m"),
        parse_at("18:00", "weekdays"),
        parse_at("6:00,12:30", "daily"),
        parse_cron("0 6 * * 1-5"),
        parse_cron("30 22 * * 0"),
    ]
    for rule in rules:
        await services.add_schedule(
            ScheduleDraft(
                account_id=account_id,
                type=SyncType.GRADE_PASSBACK,
                recurrence=rule,
                first_run=soon,
                zone=ZONE,
                posted_by="Ana Lopez",
            )
        )
    return len(rules)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.perf_counter()
    asyncio.run(make(options.file, options.runs, options.seed))
    print(f"{options.runs:,} runs in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
