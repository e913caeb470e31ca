"""Many grades over a bad line: both gradebooks agree in the end, and every failure stands in the history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stamina

from gradesync_tui.domain.causes import catalogue
from gradesync_tui.domain.words import Action, RunStatus
from gradesync_tui.sandbox.faults import parse_faults

FAULTS = "canvas:any(rate=0.05, of=5xx+429+reset+slow, ms=5); sis:any(rate=0.05, of=5xx+429+reset+late+slow, ms=5)"


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    stamina.set_testing(True, attempts=5, cap=True)
    yield
    stamina.set_testing(False)


@pytest.mark.timeout(900)
async def test_ten_thousand_grades_arrive_although_one_request_in_twenty_fails(office: Any) -> None:
    here = await office(pupils=550, assignments=4)
    here.district.traffic.faults[:] = parse_faults(FAULTS)
    sent = failed = 0
    for _ in range(12):
        run = await here.sync()
        assert run.status in (RunStatus.COMPLETED, RunStatus.WARNING, RunStatus.FAILED), run
        sent += run.counts.scores
        problems = await here.store.runs.outcomes(run.id, action=Action.FAILED, limit=20_000)
        assert len(problems) == run.counts.failed
        assert all(one.cause in catalogue() and one.cause != "unknown" for one in problems), problems[:3]
        failed += len(problems)
        if run.status is RunStatus.FAILED:
            assert run.cause in catalogue() and run.cause != "unknown" and run.note
        if run.status is RunStatus.COMPLETED and run.counts.scores == 0:
            break
    struck = sum(fault.struck for fault in here.district.traffic.faults)
    assert struck > 400, struck
    here.district.traffic.faults.clear()
    found = await here.difference()
    assert found.compared >= 10_000
    assert (found.total, found.doubled) == (0, 0), found
    assert sent >= found.compared
