"""One request to Canvas and its answer: TLS, credentials, bounds, retries, and the pace that all requests share."""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
import time
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import stamina
from aiohttp.client_reqrep import ClientRequest, ClientResponse
from msgspec import Struct
from yarl import URL

from gradesync_tui.domain.clock import Clock
from gradesync_tui.domain.text import clean
from gradesync_tui.lms.address import canvas_origin, same_host
from gradesync_tui.lms.answers import Call, Reply, grant_refusal, refusal
from gradesync_tui.lms.budget import Budget, Pace, shared_budget
from gradesync_tui.lms.errors import (
    BadAddress,
    BadAnswer,
    CanvasError,
    CertificateError,
    Throttled,
    TokenExpired,
    Unavailable,
    excerpt,
)
from gradesync_tui.lms.tls import not_trusted, verification
from gradesync_tui.lms.tokens import Grant, RefreshedToken, Token
from gradesync_tui.lms.wire import decode

Guard = Callable[[], None]
"""Called as late as possible before a request leaves; raises if it must not leave any more."""

# Each try is told of by the error that ends them; without a handler Python would print a line on the terminal.
logging.getLogger("stamina").addHandler(logging.NullHandler())

_MAX_REDIRECTS = 3
_HEADER_LIMIT = 64 * 1024  # Link headers repeat a long query up to five times


class Limits(Struct, frozen=True, kw_only=True):
    """How patient a client is. Seconds and bytes.

    attempts and patience: a request is given up after so many tries or so many seconds of failing. first_wait,
    longest_wait and jitter: between the tries. longest_retry_after: a server that asks for more is not waited for.
    """

    attempts: int = 7
    patience: float = 300.0
    first_wait: float = 0.5
    longest_wait: float = 30.0
    jitter: float = 1.0
    longest_retry_after: float = 120.0
    connect: float = 15.0
    silence: float = 60.0
    request: float = 300.0
    body: int = 64 * 1024 * 1024
    pages: int = 20_000
    pace: Pace = Pace()


class _TryAgain(Exception):
    """A failure that may pass. `wait` is what the server asked for, in seconds; 0 where the budget does the waiting."""

    def __init__(self, error: CanvasError, wait: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.wait = wait


class _Backoff:
    """Says of one request's failure whether it is tried again, and how long to wait first if stamina should not choose.

    The patience is counted from the first failure: waiting for one's turn among many others uses up none of it.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._failed_at: float | None = None

    def __call__(self, error: Exception) -> bool | float:
        if not isinstance(error, _TryAgain):
            return False
        now = time.monotonic()
        if self._failed_at is None:
            self._failed_at = now
        if now - self._failed_at > self._patience:
            return False
        return True if error.wait is None else error.wait


class Transport:
    """Sends requests to one Canvas with one token."""

    def __init__(
        self,
        address: str,
        token: Token,
        *,
        clock: Clock,
        guard: Guard | None,
        ca_file: str | None,
        max_in_flight: int,
        limits: Limits,
    ) -> None:
        self.origin = canvas_origin(address)
        if isinstance(token, RefreshedToken) and canvas_origin(token.url) != self.origin:
            raise BadAddress(
                "The developer key's address is not the connection's",
                "Give Canvas's own: the key's secret goes nowhere else.",
            )
        self.limits = limits
        self._token = token
        self._clock = clock
        self._guard = guard
        self._ca_file = ca_file
        self._max_in_flight = max_in_flight
        self._session: aiohttp.ClientSession | None = None
        self._budget: Budget | None = None
        self._opening = asyncio.Lock()
        self._closed = False

    def __repr__(self) -> str:
        return f"Transport({str(self.origin)!r})"

    async def get(self, url: URL, call: Call) -> Reply:
        """The answer of a GET, which is a success; every failure is a CanvasError."""

        async def once() -> Reply:
            value = await self._token.current(self._exchange)
            reply = await self._ask(url, call, value)
            if reply.token_refused and await self._token.renew(value, self._exchange):
                reply = await self._ask(url, call, await self._token.current(self._exchange))
                if reply.token_refused:
                    raise TokenExpired(
                        "Canvas refuses the developer key's token as soon as it is renewed",
                        "Check that the key is ON and that its user is still active.",
                        status=401,
                        answer=reply.text,
                    )
            if not 200 <= reply.status < 300:
                raise refusal(reply, call)
            return reply

        return await self._persist(once)

    async def close(self) -> None:
        """Give up the connections; never raises."""
        self._closed = True
        if self._session is not None:
            await self._session.close()

    # --- trying again ------------------------------------------------------------------------------------------------

    async def _persist(self, once: Callable[[], Awaitable[Reply]]) -> Reply:
        limits = self.limits
        given_up: CanvasError | None = None
        try:
            async for attempt in stamina.retry_context(
                on=_Backoff(limits.patience),
                attempts=limits.attempts,
                timeout=None,
                wait_initial=limits.first_wait,
                wait_max=limits.longest_wait,
                wait_jitter=limits.jitter,
            ):
                with attempt:
                    return await once()
        except _TryAgain as last:
            given_up = last.error
        assert given_up is not None
        raise given_up

    async def _exchange(self, form: dict[str, str]) -> Grant:
        async def once() -> Reply:
            budget = await self._shared_budget()
            async with budget.slot() as started:
                reply = await self._send("POST", self.origin / "login/oauth2/token", {}, form)
            self._account_for(budget, reply, started, "the token service")
            if not 200 <= reply.status < 300:
                raise grant_refusal(reply)
            return reply

        reply = await self._persist(once)
        return decode(reply.body, Grant, what="a new token", status=reply.status, secret=True)

    async def _ask(self, url: URL, call: Call, token: str) -> Reply:
        """One GET, and where Canvas redirects it within the same host, those after it."""
        budget = await self._shared_budget()
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        for _hop in range(_MAX_REDIRECTS + 1):
            async with budget.slot() as started:
                try:
                    reply = await self._send("GET", url, headers, None)
                except _TryAgain:
                    budget.failed(started, None)
                    raise
            self._account_for(budget, reply, started, call.what)
            target = reply.headers.get("Location")
            if reply.status not in (301, 302, 303, 307, 308) or not target:
                return reply
            url = same_host(target, url, kind="redirect")
        raise BadAnswer(
            f"Canvas redirects {call.what} again and again",
            "Check that the connection's address is Canvas itself.",
            status=reply.status,
        )

    def _account_for(self, budget: Budget, reply: Reply, started: float, what: str) -> None:
        """Tell the budget how a request went; a refusal for its pace or a failure of Canvas's is tried again."""
        if reply.remaining is not None and not reply.throttled:  # a refusal says 0, whatever others give back soon
            budget.report(reply.remaining)
        if not reply.throttled and reply.status < 500:
            budget.succeeded(started)
            return
        wait = reply.retry_after(self._clock.now())
        too_long = wait is not None and wait > self.limits.longest_retry_after
        if reply.throttled:
            error: CanvasError = Throttled(
                f"Canvas kept refusing {what} because the token's requests come too fast"
                + (f", and asks for {wait:,.0f} seconds of rest" if too_long else ""),
                "The next run goes on; look for another program that uses the same token.",
                status=reply.status,
                answer=reply.text,
            )
        else:
            error = Unavailable(
                f"Canvas failed on {what} ({reply.status}): {excerpt(reply.body) or 'no reason given'}",
                "Look at Canvas's status page; the next run takes everything up.",
                status=reply.status,
                answer=reply.text,
            )
        if too_long:
            raise error
        if reply.throttled:
            budget.refused(started, wait)
            raise _TryAgain(error, 0.0)
        budget.failed(started, wait)
        raise _TryAgain(error)

    # --- one request -------------------------------------------------------------------------------------------------

    async def _send(self, method: str, url: URL, headers: dict[str, str], form: dict[str, str] | None) -> Reply:
        session = await self._open()
        try:
            async with session.request(method, url, headers=headers, data=form, allow_redirects=False) as response:
                body = _without_secrets(await self._read(response), headers, form)
                return Reply(url, response.status, response.headers, body)
        except (aiohttp.ClientError, OSError, ssl.SSLError) as error:
            # aiohttp's errors carry the request with its headers: nothing of them may travel on with ours.
            failure = self._explain(error)
        raise failure

    async def _read(self, response: ClientResponse) -> bytes:
        """The body, unpacked here so that a small answer cannot become an enormous one."""
        limit = self.limits.body
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("identity", "", "gzip"):
            raise BadAnswer(
                f"Canvas packed its answer in a way nobody asked for ({clean(encoding, limit=40)})",
                "Check that the connection's address is Canvas itself.",
                status=response.status,
            )
        unpacker = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
        body = bytearray()
        try:
            async for chunk in response.content.iter_any():
                body += chunk if unpacker is None else unpacker.decompress(chunk, limit + 1 - len(body))
                if len(body) > limit:
                    raise BadAnswer(
                        f"Canvas's answer is larger than {limit // 1024:,} KiB and was not read",
                        "Send the support bundle if it goes on.",
                        status=response.status,
                    )
        except zlib.error:
            raise BadAnswer(
                "Canvas's answer is packed wrongly and cannot be read",
                "Send the support bundle if it goes on.",
                status=response.status,
            ) from None
        if unpacker is not None and body and not unpacker.eof:
            raise _TryAgain(Unavailable("Canvas's answer broke off in the middle", "The next run takes everything up."))
        return bytes(body)

    async def _shared_budget(self) -> Budget:
        if self._budget is None:
            key = f"{self.origin}\n{self._token.identity}"
            self._budget = shared_budget(key, self._max_in_flight, self.limits.pace)
        return self._budget

    async def _open(self) -> aiohttp.ClientSession:
        async with self._opening:
            if self._closed:
                raise Unavailable("The connection to Canvas is closed", "Open it again.")
            if self._session is None:
                self._session = await self._new_session()
            return self._session

    async def _new_session(self) -> aiohttp.ClientSession:
        limits = self.limits
        verify = await asyncio.to_thread(verification, self.origin, self._ca_file)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=verify, limit=self._max_in_flight),
            cookie_jar=aiohttp.DummyCookieJar(),
            request_class=_guarded(self._guard),
            headers={"User-Agent": "gradesync", "Accept-Encoding": "gzip"},
            timeout=aiohttp.ClientTimeout(
                total=limits.request, sock_connect=limits.connect, sock_read=limits.silence, connect=None
            ),
            auto_decompress=False,
            trust_env=False,
            max_line_size=_HEADER_LIMIT,
            max_field_size=_HEADER_LIMIT,
        )

    def _explain(self, error: Exception) -> Exception:
        """What a failure without an answer means: one to try again, or one that stays."""
        host = clean(str(self.origin.host), limit=120)
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return not_trusted(host, error.certificate_error)
        if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
            return CertificateError(
                f"{host} does not answer in TLS as it should",
                "Check the address and the port, or whether a proxy stands between.",
            )
        if isinstance(error, aiohttp.InvalidURL):
            return BadAnswer("Canvas gave an address that cannot be asked for", "Send the support bundle.")
        if isinstance(error, TimeoutError):
            reason = "it did not answer in time"
        elif isinstance(error, aiohttp.ClientConnectorDNSError):
            reason = "its name is not known here; look for typing errors in the address"
        elif isinstance(error, aiohttp.ClientConnectorError):
            number = error.os_error.errno
            reason = os.strerror(number).lower() if number else "there is no connection"
        elif isinstance(error, aiohttp.ClientResponseError):
            reason = "its answer is no proper HTTP"
        else:
            reason = "it closed the connection"
        return _TryAgain(Unavailable(f"No answer from Canvas at {host}: {reason}", "The next run takes everything up."))


def _guarded(guard: Guard | None) -> type[ClientRequest]:
    """A request that asks the guard once more when the connection stands and the next thing is its first byte."""
    if guard is None:
        return ClientRequest
    last_word = guard

    class GuardedRequest(ClientRequest):
        async def send(self, *args: Any, **kwargs: Any) -> ClientResponse:
            last_word()
            return await super().send(*args, **kwargs)

    return GuardedRequest


def _without_secrets(body: bytes, headers: dict[str, str], form: dict[str, str] | None) -> bytes:
    """An answer's excerpt gets into messages, and some proxies' error pages repeat the request."""
    secrets = [headers["Authorization"].removeprefix("Bearer ")] if "Authorization" in headers else []
    secrets += [form[name] for name in ("client_secret", "refresh_token")] if form is not None else []
    for secret in secrets:
        body = body.replace(secret.encode(), b"***")
    return body
