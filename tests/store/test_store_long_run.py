"""The few records that somebody looks for among a run's million are found by an index, never by walking through all."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import apsw
import pytest

from gradesync_tui.domain.records import Account, Actor, CauseCount, Counts, Outcome
from gradesync_tui.domain.words import Action, RecordKind, SyncType
from gradesync_tui.store import Store

ASSIGNMENTS = RecordKind.LINE_ITEM
SCORES = RecordKind.RESULT
LAST = 2**62


def plan(path: Path, caplog: pytest.LogCaptureFixture) -> str:
    """How SQLite answers what was asked last."""
    sql, values = [record.msg for record in caplog.records if record.name == "peewee" and "outcome" in str(record.msg)][
        -1
    ]
    connection = apsw.Connection(str(path))
    try:
        return "; ".join(str(step[3]) for step in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values))
    finally:
        connection.close()


FEW = {
    "the causes of its problems": (lambda store: store.runs.causes(1), "COVERING INDEX outcome_of_cause"),
    "the records of a cause": (
        lambda store: store.runs.outcomes(1, cause="sis_timeout", after=20),
        "INDEX outcome_of_cause (run_id=? AND cause=? AND id>?)",
    ),
    "how many a cause has": (
        lambda store: store.runs.outcome_count(1, cause="sis_timeout"),
        "COVERING INDEX outcome_of_cause (run_id=? AND cause=?)",
    ),
    "words among the records of a cause": (
        lambda store: store.runs.outcomes(1, cause="sis_timeout", text="essay"),
        "INDEX outcome_of_cause (run_id=? AND cause=? AND id>?)",
    ),
    "the last assignments": (
        lambda store: store.runs.outcomes(1, kind=ASSIGNMENTS, before=LAST),
        "INDEX outcome_of_assignment (run_id=? AND id>? AND id<?)",
    ),
    "how many assignments": (
        lambda store: store.runs.outcome_count(1, kind=ASSIGNMENTS),
        "COVERING INDEX outcome_of_assignment (run_id=?)",
    ),
    "how many scores": (
        lambda store: store.runs.outcome_count(1, kind=SCORES),
        "COVERING INDEX outcome_of_assignment (run_id=?)",
    ),
    **{
        f"the last scores that {action}": (
            lambda store, action=action: store.runs.outcomes(1, kind=SCORES, action=action, before=LAST),
            "INDEX outcome_that_stayed (run_id=? AND kind=? AND action=? AND id>? AND id<?)",
        )
        for action in (Action.WAITING, Action.BLOCKED, Action.FAILED)
    },
    "how many scores failed": (
        lambda store: store.runs.outcome_count(1, kind=SCORES, action=Action.FAILED),
        "COVERING INDEX outcome_that_stayed (run_id=? AND kind=? AND action=?)",
    ),
}


@pytest.mark.parametrize("what", FEW)
async def test_few_among_many_are_found_by_an_index(
    what: str, store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ask: Callable[[Store], Awaitable[object]]
    ask, found_by = FEW[what]
    with caplog.at_level(logging.DEBUG, "peewee"):
        await ask(store)
    told = plan(tmp_path / "gradesync.db", caplog)
    assert found_by in told
    assert "USE TEMP B-TREE FOR GROUP BY" not in told
    assert what == "the causes of its problems" or "TEMP B-TREE" not in told


async def test_a_database_from_before_these_indexes_has_them_once_it_is_opened(tmp_path: Path, ana: Actor) -> None:
    path = tmp_path / "gradesync.db"
    store = await Store.open(str(path))
    account = await store.accounts.create("Lakeside", "America/New_York", ana)
    run = await store.runs.request(account.id, SyncType.GRADE_PASSBACK, ana)
    claimed = await store.runs.claim("engine", 10_000_000)
    assert claimed is not None and claimed.fence is not None
    await store.progress.record(run.id, claimed.fence, [], [_blocked(run.id)], Counts(blocked=1))
    await store.close()
    connection = apsw.Connection(str(path))
    indexes = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'outcome' ORDER BY name"
    now = list(connection.execute(indexes))
    for name in ("outcome_of_cause", "outcome_of_assignment", "outcome_that_stayed"):
        connection.execute(f"DROP INDEX {name}")
    connection.execute("DELETE FROM schema_migration WHERE name >= '0003'")
    connection.close()

    store = await Store.open(str(path))
    assert await store.runs.causes(run.id) == [CauseCount(cause="category_unknown", records=1)]
    assert [one.pupil for one in await store.runs.outcomes(run.id, cause="category_unknown")] == ["Kim"]
    await store.close()
    connection = apsw.Connection(str(path))
    assert list(connection.execute(indexes)) == now
    connection.close()


async def test_scores_are_counted_as_what_is_no_assignment(store: Store, account: Account, ana: Actor) -> None:
    run = await store.runs.request(account.id, SyncType.GRADE_PASSBACK, ana)
    claimed = await store.runs.claim("engine", 10_000_000)
    assert claimed is not None and claimed.fence is not None
    outcomes = [_blocked(run.id, kind) for kind in (ASSIGNMENTS, SCORES, SCORES, SCORES)]
    await store.progress.record(run.id, claimed.fence, [], outcomes, Counts(blocked=4))
    assert await store.runs.outcome_count(run.id, kind=SCORES) == 3
    assert await store.runs.outcome_count(run.id, kind=SCORES, text="kim") == 3
    assert await store.runs.outcome_count(run.id, kind=ASSIGNMENTS) == 1


def _blocked(run_id: int, kind: RecordKind = SCORES) -> Outcome:
    return Outcome(run_id=run_id, at=1, kind=kind, action=Action.BLOCKED, pupil="Kim", cause="category_unknown")
