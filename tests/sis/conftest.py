"""A small district's SIS over HTTP, clients for it, and servers that answer whatever a test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from gradesync_tui.domain.clock import SystemClock
from gradesync_tui.domain.profiles import Profile, load_profile
from gradesync_tui.sandbox.district import District
from gradesync_tui.sis.auth import GRADEBOOK_SCOPES, OAuth1, OAuth2
from gradesync_tui.sis.http import Retries
from gradesync_tui.sis.rest import OneRosterRest
from tests.oneroster_fields import faults_written

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

QUICK = Retries(attempts=3, first=0.005, longest=0.02)


@pytest.fixture
async def world() -> AsyncIterator[District]:
    """Fifty pupils, no teacher at work, rules as ProgressBook's."""
    async with District(seed=5, pupils=50, teachers=False) as district:
        yield district
        assert faults_written(district.traffic.log)[:5] == []


@pytest.fixture
async def connect(world: District) -> AsyncIterator[Callable[..., OneRosterRest]]:
    """Makes clients of the district's SIS; they are closed after the test."""
    opened: list[OneRosterRest] = []

    def make(
        version: str = "1.1",
        *,
        dialect: str = "standard",
        profile: Profile | None = None,
        auth: Any = None,
        headers: dict[str, str] | None = None,
        guard: Callable[[], None] | None = None,
        page: int = 1000,
    ) -> OneRosterRest:
        keys = world.describe()["sis"]
        scopes = GRADEBOOK_SCOPES if version == "1.2" else ()
        oauth2 = OAuth2(keys["token_url"], keys["client_id"], keys["client_secret"], scopes)
        client = OneRosterRest(
            keys["url_v1p2"] if version == "1.2" else keys["url_v1p1"],
            version,  # type: ignore[arg-type]
            dialect,  # type: ignore[arg-type]
            profile or load_profile("progressbook"),
            auth if auth is not None else oauth2,
            headers or {},
            None,
            SystemClock(),
            guard,
            retries=QUICK,
            page=page,
        )
        opened.append(client)
        return client

    yield make
    for client in opened:
        await client.close()


@pytest.fixture
def oauth1(world: District) -> Callable[[str], OAuth1]:
    keys = world.describe()["sis"]
    return lambda method: OAuth1(keys["oauth1_key"], keys["oauth1_secret"], method)  # type: ignore[arg-type]


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Handler], Awaitable[str]]]:
    """Starts a server on loopback that hands every request to one function; answers its address."""
    runners: list[web.AppRunner] = []

    async def start(handler: Handler) -> str:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def client_of(
    serve: Callable[[Handler], Awaitable[str]],
) -> AsyncIterator[Callable[..., Awaitable[OneRosterRest]]]:
    """A client of a server whose every answer the test writes; without credentials unless given."""
    opened: list[OneRosterRest] = []

    async def make(handler: Handler, version: str = "1.1", **options: Any) -> OneRosterRest:
        url = await serve(handler)
        client = OneRosterRest(
            url,
            version,  # type: ignore[arg-type]
            options.pop("dialect", "standard"),
            options.pop("profile", load_profile("plain")),
            options.pop("auth", None),
            options.pop("headers", {}),
            options.pop("ca_file", None),
            options.pop("clock", SystemClock()),
            options.pop("guard", None),
            **{"retries": QUICK, **options},
        )
        opened.append(client)
        return client

    yield make
    for client in opened:
        await client.close()
