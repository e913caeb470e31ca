"""A database on disk with people of every role, and the services as each of them sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gradesync_tui.domain.clock import ManualClock, parse_instant
from gradesync_tui.domain.records import Account, Actor, Grant
from gradesync_tui.domain.words import Role
from gradesync_tui.services import Services
from gradesync_tui.store import Store

As = Callable[..., Services]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(parse_instant("2026-11-23T15:00:00Z"))


@pytest.fixture
async def store(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Store]:
    store = await Store.open(f"sqlite:///{tmp_path / 'gradesync.sqlite3'}", clock=clock)
    yield store
    await store.close()


@pytest.fixture
async def as_(store: Store, clock: ManualClock) -> As:
    """The services as somebody: `as_("ana")`. ana is support, ben an admin, vera a viewer, for all accounts."""

    def services(login: str, *, read_only: bool = False) -> Services:
        return Services(store, clock=clock, actor=Actor(login=login, name=login, origin="test"), read_only=read_only)

    ana = services("ana")
    await ana.begin()
    await ana.add_person("ben", "Ben Admin", [Grant(role=Role.ADMIN)])
    await ana.add_person("vera", "Vera Viewer", [Grant(role=Role.VIEWER)])
    return services


@pytest.fixture
async def account(as_: As) -> Account:
    return await as_("ana").create_account("Lakeside", "America/New_York")
