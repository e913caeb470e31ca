"""The history in the order of any column, page by page."""

from __future__ import annotations

from typing import get_args

import pytest

from gradesync_tui.domain.clock import SECOND, ManualClock
from gradesync_tui.domain.records import Account, Actor, Counts, Run, RunColumn, RunOrder
from gradesync_tui.domain.words import RunStatus, Stage, SyncType
from gradesync_tui.store import Store

ENDED = (RunStatus.COMPLETED, RunStatus.WARNING, RunStatus.FAILED, RunStatus.CANCELLED)


@pytest.fixture
async def runs(store: Store, account: Account, ana: Actor, clock: ManualClock) -> list[Run]:
    """A few runs, some of them alike; the last one waits, and has hardly anything."""
    for number in range(9):
        await store.runs.request(account.id, SyncType.GRADE_PASSBACK, ana)
        clock.advance((number * 7 % 5 + 1) * SECOND)
        run = await store.runs.claim("engine", 600 * SECOND)
        assert run is not None and run.fence is not None
        clock.advance((number * 5 % 4 + 1) * SECOND)
        counts = Counts(scores=number * 3 % 4, assignments=number % 3, blocked=number % 2)
        await store.runs.finish(run.id, run.fence, ENDED[number % len(ENDED)], counts)
    await store.runs.request(account.id, SyncType.GRADE_PASSBACK, ana)
    return await store.runs.page(account.id)


def shown(run: Run, column: str) -> object:
    """What the column shows of a run; None where it shows nothing."""
    stage = None if run.status in (RunStatus.COMPLETED, RunStatus.WARNING) else run.stage
    took = None if run.finished_at is None or run.started_at is None else run.finished_at - run.started_at
    return {
        "started": run.started_at or run.requested_at,
        "updated": run.updated_at,
        "took": took,
        "by": run.requested_by,
        "type": run.type.value,
        "stage": stage.value if isinstance(stage, Stage) else None,
        "status": run.status.value,
        "assignments": run.counts.assignments,
        "scores": run.counts.scores,
        "problems": run.counts.problems,
    }[column]


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("column", get_args(RunColumn))
async def test_every_page_of_every_order(
    store: Store, account: Account, runs: list[Run], column: RunColumn, down: bool
) -> None:
    order = RunOrder(by=column, down=down)
    having = [run for run in runs if shown(run, column) is not None]
    having.sort(key=lambda run: (shown(run, column), run.id), reverse=down)  # type: ignore[arg-type, return-value]
    without = sorted((run for run in runs if shown(run, column) is None), key=lambda run: run.id, reverse=down)
    expected = [run.id for run in having + without]

    met: list[int] = []
    while page := await store.runs.page(account.id, order=order, limit=3, before=met[-1] if met else None):
        met += [run.id for run in page]
    assert met == expected, "downward"
    assert [run.id for run in await store.runs.page(account.id, order=order, limit=4, after=0)] == expected[-4:]
    assert [run.id for run in await store.runs.page(account.id, order=order, limit=4, after=expected[-1])] == (
        expected[-5:-1]
    )
    assert [run.id for run in await store.runs.page(account.id, order=order, limit=2, skip=5)] == expected[5:7]
    assert [await store.runs.rank(account.id, run_id, order) for run_id in expected] == list(range(len(expected)))
