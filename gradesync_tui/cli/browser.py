"""The console behind a web server: textual-serve, behind a door that opens to whoever was given a link."""

from __future__ import annotations

import asyncio
import secrets
import shlex
import socket
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

COOKIE = "gradesync"
_HEADERS = {
    # Everything comes from here: the page's own wish for a font from elsewhere is refused with the rest.
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' "
    "'unsafe-inline'; img-src 'self' data:; connect-src 'self' {socket}; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_REFUSED = "This console opens with the link that `gradesync web` printed, once for each link."
_ENDING_SECONDS = 1.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Door:
    """Links that open once, and the sessions that they opened."""

    def __init__(self, public_url: str, tell: Callable[[str], None]) -> None:
        self._public_url = public_url
        self._tell = tell
        self._sessions: list[str] = []
        self._make_link()

    def _make_link(self) -> None:
        self._token = secrets.token_urlsafe(32)
        self._tell(f"{self._public_url}/?token={self._token}")

    def exchange(self, token: str) -> str | None:
        """A new session for the token of the unused link, and a next link; None for any other token."""
        if not secrets.compare_digest(token.encode(), self._token.encode()):
            return None
        session = secrets.token_urlsafe(32)
        self._sessions.append(session)
        self._make_link()
        return session

    def knows(self, session: str) -> bool:
        """Whether a link opened this session. Takes as long for a wrong one as for a right one."""
        return sum(secrets.compare_digest(session.encode(), one.encode()) for one in self._sessions) > 0


class ConsoleServer(Server):
    """Serves a console to each browser that comes in. words: the command that shows one. port 0: any free one.

    public_url: how browsers reach it, `http://host:port` if left out; requests by any other name are refused, so that
    no other site can make a browser talk to it.
    """

    def __init__(self, words: Sequence[str], host: str, port: int, public_url: str | None = None) -> None:
        # With `exec` the console itself is our child, not a shell's, and can see when we are gone.
        super().__init__(f"exec {shlex.join(words)}", host, port, title="gradesync", public_url=public_url)
        self._wanted_url = public_url
        self._runner: web.AppRunner | None = None
        self._door: Door | None = None

    async def start(self, tell: Callable[[str], None]) -> None:
        """Listen; `tell` gets each link. OSError if the port cannot be used."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        listening = socket.create_server((self.host, self.port), family=family)
        self.port = listening.getsockname()[1]
        name = f"[{self.host}]" if ":" in self.host else self.host
        self.public_url = (self._wanted_url or f"http://{name}:{self.port}").rstrip("/")
        self._door = Door(self.public_url, tell)
        self._runner = web.AppRunner(await self._make_app(), access_log=None, shutdown_timeout=_ENDING_SECONDS)
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()

    async def stop(self) -> None:
        """Close; every console hands its run on and ends."""
        if self._runner is not None:
            await self._runner.cleanup()
            waiting = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            await asyncio.wait(waiting, timeout=20) if waiting else None

    async def on_startup(self, app: web.Application) -> None:
        """Nothing: the links say enough."""

    async def _make_app(self) -> web.Application:
        app: web.Application = await super()._make_app()
        app.middlewares.append(self._guard)
        app.on_response_prepare.append(self._set_headers)
        return app

    async def _set_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        parts = urlsplit(self.public_url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        for name, value in _HEADERS.items():
            response.headers[name] = value.replace("{socket}", f"{scheme}://{parts.netloc}")

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        assert self._door is not None
        parts = urlsplit(self.public_url)
        origin = request.headers.get("Origin")
        if request.host != parts.netloc or origin not in (None, f"{parts.scheme}://{parts.netloc}"):
            raise web.HTTPForbidden(text=f"This console is at {self.public_url} only.\n")
        if request.path == "/" and "token" in request.query:
            session = self._door.exchange(request.query["token"])
            if session is not None:
                # The token leaves the address bar at once.
                opened = web.HTTPSeeOther("/")
                opened.set_cookie(
                    COOKIE, session, httponly=True, samesite="Strict", secure=parts.scheme == "https", path="/"
                )
                raise opened
        if not self._door.knows(request.cookies.get(COOKIE, "")):
            raise web.HTTPForbidden(text=_REFUSED + "\n")
        return await handler(request)
