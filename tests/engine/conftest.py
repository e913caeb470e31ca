"""What the engine's tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gradesync_tui.domain.clock import Instant, SystemClock, parse_instant
from gradesync_tui.domain.records import Account, Actor
from gradesync_tui.store import Store

ANA = Actor(login="ana", name="Ana Ruiz", origin="test")


class SetClock(SystemClock):
    """The machine's steady clock, with a wall clock that a test sets; it goes on from there."""

    def __init__(self, now: Instant) -> None:
        self._offset = now - super().now()

    def now(self) -> Instant:
        return super().now() + self._offset

    def advance(self, microseconds: int) -> None:
        self._offset += microseconds


@pytest.fixture
def clock() -> SetClock:
    return SetClock(parse_instant("2026-11-23T12:00:00Z"))


@pytest.fixture
async def store(tmp_path: Path, clock: SetClock) -> AsyncIterator[Store]:
    """A database that must be sound when the test ends."""
    opened = await Store.open(str(tmp_path / "gradesync.db"), clock=clock)
    yield opened
    assert await opened.invariants() == []
    assert await opened.audit.verify() is None
    await opened.close()


@pytest.fixture
async def account(store: Store) -> Account:
    return await store.accounts.create("Lakeside", "America/New_York", ANA)
