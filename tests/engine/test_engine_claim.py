"""A claim ends by the steady clock of its holder, before anybody else may begin."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gradesync_tui.domain.clock import HOUR, SECOND, ManualClock, parse_instant
from gradesync_tui.domain.records import Run
from gradesync_tui.domain.words import RunStatus, SyncType
from gradesync_tui.engine import RunClaim
from gradesync_tui.engine.claim import LEASE, MARGIN
from gradesync_tui.engine.process import engine_name, is_gone
from gradesync_tui.store.errors import StaleClaim


@pytest.fixture
def steady() -> ManualClock:
    return ManualClock(parse_instant("2026-11-23T12:00:00Z"))


@pytest.fixture
def claim(steady: ManualClock) -> RunClaim:
    run = Run(
        id=1,
        account_id=1,
        type=SyncType.GRADE_PASSBACK,
        status=RunStatus.IN_PROGRESS,
        requested_by="Ana",
        requested_at=0,
        updated_at=0,
        fence=7,
    )
    return RunClaim(run, steady, steady.elapsed())


def test_the_guard_refuses_a_margin_before_the_lease_ends(claim: RunClaim, steady: ManualClock) -> None:
    steady.advance(LEASE - MARGIN - 1)
    claim.guard()
    steady.advance(1)
    with pytest.raises(StaleClaim, match="number 7"):
        claim.guard()


def test_a_wall_clock_that_is_set_changes_nothing(claim: RunClaim, steady: ManualClock) -> None:
    steady.set(steady.now() + HOUR)
    claim.guard()
    steady.set(steady.now() - 2 * HOUR)
    steady.advance(LEASE)
    with pytest.raises(StaleClaim):
        claim.guard()


def test_a_renewal_counts_from_when_it_was_asked_for(claim: RunClaim, steady: ManualClock) -> None:
    steady.advance(5 * SECOND)
    asked_at = steady.elapsed()
    steady.advance(LEASE)
    claim.renewed(asked_at)
    with pytest.raises(StaleClaim):
        claim.guard()
    claim.renewed(steady.elapsed())
    claim.guard()


def test_what_was_taken_over_is_lost_however_late_a_renewal_comes(claim: RunClaim, steady: ManualClock) -> None:
    claim.lose()
    claim.renewed(steady.elapsed())
    with pytest.raises(StaleClaim):
        claim.guard()


def test_a_process_that_ended_is_known_to_be_gone() -> None:
    program = "from gradesync_tui.engine.process import engine_name; print(engine_name()); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        assert not is_gone(name)
        process.kill()
    assert is_gone(name)


def test_of_other_machines_and_other_names_nothing_is_claimed() -> None:
    mine = engine_name()
    assert not is_gone(mine)
    host, pid, rest = mine.rsplit(":", 2)
    machine, started, nonce = rest.split("-")
    # The same process number, given out again.
    assert is_gone(f"{host}:{pid}:{machine}-{int(started) - 1}-{nonce}")
    for other in (f"{host}:{pid}:00000000-1-{nonce}", f"{host}:{pid}:--{nonce}", f"{host}:99999999:", "engine", ""):
        assert not is_gone(other)
