"""A run shows Completed, Warning, Failed and Cancelled truthfully, and what is left goes with the next one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stamina

from gradesync_tui.domain.records import Actor, CanvasConnection
from gradesync_tui.domain.words import Action, RecordKind, RunMode, RunStatus
from gradesync_tui.sandbox.faults import parse_faults

ANA = Actor(login="ana", name="Ana Ruiz", origin="test")


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Retries happen as ever, without the pauses between them."""
    stamina.set_testing(True, attempts=3, cap=True)
    yield
    stamina.set_testing(False)


def strike(here: Any, text: str) -> None:
    here.district.traffic.faults[:] = parse_faults(text)


async def test_a_refused_class_makes_a_warning_and_the_rest_goes(office: Any) -> None:
    here = await office()
    class_id = _a_class(here)
    strike(here, f"sis:refuse(class={class_id}, write)")
    run = await here.sync()
    assert run.status is RunStatus.WARNING
    problems = await here.problems(run)
    assert {one.class_id for one in problems} == {class_id}
    assert all(
        one.cause and one.answer and one.http_status == 422 and one.course and one.assignment for one in problems
    )
    assert run.counts.scores > 0

    strike(here, "")
    run = await here.sync()
    assert run.status is RunStatus.COMPLETED
    assert (await here.difference()).total == 0


def _a_class(here: Any) -> str:
    return str(next(one.sis_id for one in here.district.canvas.state.sections.values() if one.sis_id))


async def test_a_sis_that_goes_down_half_way_fails_the_run_and_the_next_one_finishes_the_work(office: Any) -> None:
    here = await office()
    strike(here, "sis:down(after=60, write)")
    run = await here.sync()
    assert (run.status, run.cause) == (RunStatus.FAILED, "sis_unavailable"), run
    assert 0 < run.counts.scores < 200
    assert run.stage is not None

    strike(here, "")
    again = await here.sync()
    assert again.status is RunStatus.COMPLETED
    found = await here.difference()
    assert (found.total, found.doubled) == (0, 0)


async def test_a_sis_that_does_not_accept_us_fails_the_run_at_once(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await office()
    monkeypatch.setenv("TEST_SIS_SECRET", "not-the-secret")
    run = await here.sync()
    assert (run.status, run.cause) == (RunStatus.FAILED, "sis_auth"), run
    assert run.note and "not-the-secret" not in run.note


async def test_a_token_that_canvas_does_not_know_fails_the_run(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    here = await office()
    monkeypatch.setenv("TEST_CANVAS_TOKEN", "mistyped-token")
    run = await here.sync()
    assert (run.status, run.cause) == (RunStatus.FAILED, "canvas_token_invalid")
    assert "mistyped-token" not in run.note


async def test_a_secret_that_is_missing_fails_the_run_and_names_where_it_was_sought(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await office()
    monkeypatch.delenv("TEST_CANVAS_TOKEN")
    run = await here.sync()
    assert (run.status, run.cause) == (RunStatus.FAILED, "secret_missing")
    assert "TEST_CANVAS_TOKEN" in run.note


async def test_a_canvas_that_cannot_be_reached_fails_the_run(office: Any) -> None:
    here = await office()
    gone = CanvasConnection(url="http://127.0.0.1:9", account="1", token="env:TEST_CANVAS_TOKEN")
    await here.store.accounts.connect(here.account.id, gone, ANA)
    run = await here.sync()
    assert (run.status, run.cause) == (RunStatus.FAILED, "canvas_unavailable")


async def test_a_yes_that_changed_nothing_is_a_failure_of_its_own(office: Any) -> None:
    here = await office()
    await here.sync()
    here.district.teach(rounds=2)
    strike(here, "sis:noop(path=/results/, method=PUT, times=1)")
    run = await here.sync()
    assert run.status is RunStatus.WARNING
    assert await here.causes(run) == {"no_change": 1}
    run = await here.sync()
    assert run.status is RunStatus.COMPLETED
    assert (await here.difference()).total == 0


async def test_a_preview_says_what_a_sync_would_do_and_sends_nothing(office: Any) -> None:
    here = await office()
    before = len(here.district.traffic.log)
    preview = await here.sync(RunMode.PREVIEW)
    writes = [one for one in list(here.district.traffic.log)[before:] if one.method in ("PUT", "POST", "DELETE")]
    assert [one.path for one in writes if "token" not in one.path] == []
    run = await here.sync()
    assert preview.counts.scores == run.counts.scores > 0
    assert preview.counts.assignments == run.counts.assignments > 0
    listed = await here.store.runs.outcomes(preview.id, limit=10_000)
    assert {one.action for one in listed} == {Action.CREATED}


async def test_hidden_grades_wait_and_go_once_they_are_posted(office: Any) -> None:
    here = await office(pupils=100)
    await here.sync()
    hidden = [
        one
        for one in await here.store.ledger.waiting(here.account.id)
        if one.cause == "hidden_grade" and one.kind is RecordKind.RESULT
    ]
    assert hidden, "the district has no hidden grade to look at"
    for _ in range(6):
        here.district.teach()
    run = await here.sync()
    assert run.counts.scores_posted > 0
    assert (await here.difference()).total == 0


async def test_hidden_grades_are_sent_where_the_policy_says_so(office: Any) -> None:
    here = await office()
    await here.policies(hidden="send")
    run = await here.sync()
    assert run.counts.waiting == 0
    assert not [one for one in await here.store.ledger.waiting(here.account.id) if one.cause == "hidden_grade"]
