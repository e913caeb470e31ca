"""A district, a database connected to it, and a way to run one sync and look at what it did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gradesync_tui.domain.clock import SystemClock
from gradesync_tui.domain.records import (
    Account,
    Actor,
    CanvasConnection,
    CauseCount,
    Outcome,
    Policies,
    Run,
    SisConnection,
)
from gradesync_tui.domain.words import RunMode, SyncType
from gradesync_tui.engine.claim import RunClaim
from gradesync_tui.sandbox.difference import Difference, difference
from gradesync_tui.sandbox.district import District
from gradesync_tui.store import Store
from gradesync_tui.sync.perform import perform

ANA = Actor(login="ana", name="Ana Ruiz", origin="test")


class Office:
    """An account that is connected to a district, and the verbs a test needs of it."""

    def __init__(self, store: Store, account: Account, district: District, clock: SystemClock) -> None:
        self.store = store
        self.account = account
        self.district = district
        self.clock = clock
        self.actor = ANA
        self.servers: list[asyncio.Server] = []

    async def sync(self, mode: RunMode = RunMode.SYNC) -> Run:
        """Ask for a run, perform it, and answer with how it stands in the history."""
        await self.store.runs.request(self.account.id, SyncType.GRADE_PASSBACK, ANA, mode=mode)
        run = await self.store.runs.claim("test engine", 600_000_000)
        assert run is not None
        claim = RunClaim(run, self.clock, self.clock.elapsed(), 600_000_000)
        ended = await perform(claim, self.store, self.clock)
        await self.store.runs.finish(
            run.id, claim.fence, ended.status, ended.counts, cause=ended.cause, note=ended.note
        )
        return await self.store.runs.get(run.id)

    async def difference(self) -> Difference:
        """What an independent judge finds, asking both sides over HTTP."""
        return await difference(self.district.describe())

    async def problems(self, run: Run) -> list[Outcome]:
        """The records of a run that were blocked or refused."""
        return [
            one for one in await self.store.runs.outcomes(run.id, limit=10_000) if one.action in ("blocked", "failed")
        ]

    async def causes(self, run: Run) -> dict[str, int]:
        """How many records of a run share each cause."""
        found: list[CauseCount] = await self.store.runs.causes(run.id)
        return {one.cause: one.records for one in found}

    async def policies(self, **policies: Any) -> None:
        """Change the account's policies."""
        account = await self.store.accounts.get(self.account.id)
        changed = Account(
            id=account.id,
            name=account.name,
            created_at=account.created_at,
            zone=account.zone,
            policies=Policies(**policies),
        )
        self.account = await self.store.accounts.update(changed, ANA)

    def lose_ledger(self) -> None:
        """What a database restored from long ago looks like: nothing is known of what was sent."""
        import apsw

        with apsw.Connection(str(self.store.path)) as database:
            database.execute("DELETE FROM ledger; DELETE FROM watermark")

    def disconnect_sis(self) -> None:
        """As before the SIS was ever connected."""
        import apsw

        with apsw.Connection(str(self.store.path)) as database:
            database.execute("DELETE FROM connection WHERE kind = 'sis'")

    async def connect_sis(self, **changes: Any) -> None:
        """Connect the SIS anew: `SisConnection`'s own fields, on top of OneRoster 1.1 with OAuth 2."""
        sis = self.district.describe()["sis"]
        connection: dict[str, Any] = {
            "url": sis["url_v1p1"],
            "token_url": sis["token_url"],
            "client_id": "env:TEST_SIS_ID",
            "client_secret": "env:TEST_SIS_SECRET",
        }
        await self.store.accounts.connect(self.account.id, SisConnection(**connection | changes), ANA)


StartOffice = Callable[..., Awaitable[Office]]


@pytest_asyncio.fixture
async def office(
    district: Callable[..., Awaitable[District]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[StartOffice]:
    """Starts an office with its own district: `office(pupils=25, …)` takes what District takes."""
    stores: list[Store] = []
    offices: list[Office] = []

    async def start(**options: Any) -> Office:
        outside = await district(**options)
        told = outside.describe()
        monkeypatch.setenv("TEST_CANVAS_TOKEN", told["canvas"]["token"])
        monkeypatch.setenv("TEST_SIS_ID", told["sis"]["client_id"])
        monkeypatch.setenv("TEST_SIS_SECRET", told["sis"]["client_secret"])
        monkeypatch.setenv("TEST_SIS_KEY1", told["sis"]["oauth1_key"])
        monkeypatch.setenv("TEST_SIS_SECRET1", told["sis"]["oauth1_secret"])
        clock = SystemClock()
        store = await Store.open(str(tmp_path / f"gradesync{len(stores)}.db"), clock=clock)
        stores.append(store)
        account = await store.accounts.create("Lakeside", "America/New_York", ANA)
        canvas = CanvasConnection(
            url=told["canvas"]["url"], account=str(told["canvas"]["account_id"]), token="env:TEST_CANVAS_TOKEN"
        )
        await store.accounts.connect(account.id, canvas, ANA)
        made = Office(store, account, outside, clock)
        await made.connect_sis()
        offices.append(made)
        return made

    yield start
    for one in offices:
        for server in one.servers:
            server.close()
    for store in stores:
        assert await store.invariants() == []
        await store.close()
