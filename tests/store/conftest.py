"""What the store's tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gradesync_tui.domain.clock import ManualClock, parse_instant
from gradesync_tui.domain.records import Account, Actor
from gradesync_tui.store import Store


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(parse_instant("2026-11-23T12:00:00Z"))


@pytest.fixture
def ana() -> Actor:
    return Actor(login="ana", name="Ana Ruiz", origin="test")


@pytest.fixture
async def store(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Store]:
    """A database that must be sound when the test ends."""
    opened = await Store.open(str(tmp_path / "gradesync.db"), clock=clock)
    yield opened
    assert await opened.invariants() == []
    assert await opened.audit.verify() is None
    await opened.close()


@pytest.fixture
async def account(store: Store, ana: Actor) -> Account:
    return await store.accounts.create("Lakeside", "America/New_York", ana)
