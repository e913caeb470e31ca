"""The checker names what is wrong, and stays silent otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from gradesync_tui.domain.clock import HOUR, MINUTE, SECOND, ManualClock
from gradesync_tui.domain.records import Actor, ScheduleDraft
from gradesync_tui.domain.recurrence import Every
from gradesync_tui.domain.words import RunStatus, SyncType
from gradesync_tui.store import Store

COPY = (
    "INSERT INTO run (account_id, type, status, requested_by, requested_at, updated_at, mode, time_limit, counts,"
    " scores, problems, missed, note, by_person) SELECT account_id, type, status, requested_by, requested_at,"
    " updated_at, mode, time_limit, counts, scores, problems, missed, note, by_person FROM run WHERE id = 3"
)


@pytest.fixture
async def sound(tmp_path: Path, clock: ManualClock, ana: Actor) -> AsyncIterator[Store]:
    """One schedule; run 1 completed, run 2 in progress, run 3 waiting; an engine that has worked for an hour."""
    opened = await Store.open(str(tmp_path / "sound.db"), clock=clock)
    account = await opened.accounts.create("Lakeside", "UTC", ana)
    draft = ScheduleDraft(
        account_id=account.id,
        type=SyncType.GRADE_PASSBACK,
        recurrence=Every(1, "hours"),
        first_run=clock.now(),
        zone="UTC",
        posted_by="Ana",
    )
    await opened.schedules.create(draft, ana)
    await opened.runs.request(account.id, SyncType.GRADE_PASSBACK, ana)
    run = await opened.runs.claim("engine", 10 * SECOND)
    assert run is not None
    assert run.fence is not None
    await opened.runs.finish(run.id, run.fence, RunStatus.COMPLETED)
    await opened.runs.request(account.id, SyncType.GRADE_PASSBACK, ana)
    await opened.runs.claim("engine", 10 * SECOND)
    await opened.runs.request(account.id, SyncType.GRADE_PASSBACK, ana, queue=True)
    await opened.engines.beat("engine", "host", 1, "service", clock.now() - HOUR, 10 * SECOND)
    assert await opened.invariants() == []
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        ("UPDATE schedule SET paused_at = 1", "Schedule 1 is paused and has a next run."),
        ("UPDATE schedule SET removed_at = 1", "Schedule 1 was removed and has a next run."),
        ("UPDATE schedule SET next_run = 1", "Schedule 1 is overdue and not paused, though an engine works."),
        ("UPDATE run SET lease_until = NULL WHERE id = 2", "Run 2 is in progress and nobody holds it."),
        ("UPDATE run SET lease_until = 1 WHERE id = 2", "Run 2 lost its engine and was not taken back."),
        ("UPDATE run SET lease_until = 1 WHERE id = 1", "Run 1 is held and not in progress."),
        ("UPDATE run SET finished_at = NULL WHERE id = 1", "Run 1 has ended and has no end."),
        ("UPDATE run SET finished_at = 1 WHERE id = 3", "Run 3 has an end and has not ended."),
        ("UPDATE run SET status = 'Skipped' WHERE id = 1", "Run 1 was skipped without a reason."),
        ("UPDATE run SET status = 'Interrupted' WHERE id = 1", "Run 1 was interrupted and nothing carries it on."),
        (COPY, "2 runs of Grade Passback wait for account 1; two that wait should be one."),
    ],
)
async def test_each_broken_rule_is_named(sound: Store, damage: str, line: str) -> None:
    connection = apsw.Connection(sound.path)
    connection.execute(damage)
    connection.close()
    assert await sound.invariants() == [line]


@pytest.mark.parametrize(
    "doubled",
    [
        "UPDATE run SET status = 'In Progress', fence = 9, engine = 'e', lease_until = 1 WHERE id = 3",
        "UPDATE run SET schedule_id = 1, due_at = 5 WHERE id < 3",
        "UPDATE run SET fence = 2 WHERE id = 3",
        "UPDATE run SET continues = 1 WHERE id > 1",
    ],
)
async def test_the_database_itself_refuses_what_would_double_work(sound: Store, doubled: str) -> None:
    connection = apsw.Connection(sound.path)
    with pytest.raises(apsw.ConstraintError):
        connection.execute(doubled)
    connection.close()


async def test_without_an_engine_nothing_is_overdue(sound: Store, clock: ManualClock) -> None:
    clock.advance(2 * HOUR + MINUTE)
    assert await sound.invariants() == []
