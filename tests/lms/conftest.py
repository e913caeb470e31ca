"""Small servers on loopback that answer as no decent Canvas would, and clients that do not wait long."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from msgspec.structs import replace

from gradesync_tui.domain.clock import SystemClock
from gradesync_tui.lms.budget import Pace
from gradesync_tui.lms.canvas import Canvas
from gradesync_tui.lms.tokens import PersonalToken
from gradesync_tui.lms.transport import Limits

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[..., Awaitable[str]]
Connect = Callable[..., Canvas]

QUICK = Limits(
    attempts=4,
    patience=10,
    first_wait=0.001,
    longest_wait=0.01,
    jitter=0.002,
    connect=2,
    silence=0.3,
    request=1,
    body=1024 * 1024,
    pages=30,
    pace=Pace(drain=100_000, longest_wait=0.05, first_pause=0.01, longest_pause=0.05),
)


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Serve]:
    """`url = await serve(handler)`: a server on loopback that answers every request by the handler."""
    runners: list[web.AppRunner] = []

    async def start(handler: Handler, *, ssl: Any = None) -> str:
        app = web.Application(client_max_size=2**26)

        async def handle(request: web.Request) -> web.StreamResponse:
            return await handler(request)

        app.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl)
        await site.start()
        port = runner.addresses[0][1]
        return f"{'https' if ssl else 'http'}://127.0.0.1:{port}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest_asyncio.fixture
async def connect() -> AsyncIterator[Connect]:
    """`canvas = connect(url)`: a client that gives up quickly. `limits` may be a dict of what differs."""
    clients: list[Canvas] = []

    def client(url: str, token: Any = "canvas-token-1", *, clock: Any = None, **options: Any) -> Canvas:
        changes = options.pop("limits", {})
        one = Canvas(
            url,
            PersonalToken(token) if isinstance(token, str) else token,
            clock=clock or SystemClock(),
            limits=replace(QUICK, **changes),
            **options,
        )
        clients.append(one)
        return one

    yield client
    for one in clients:
        await one.close()


@pytest.fixture
def quick() -> Limits:
    """Limits under which giving up takes milliseconds."""
    return QUICK
