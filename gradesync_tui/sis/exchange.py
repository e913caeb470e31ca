"""One request and its answer: TLS, time limits, bounded bodies, and nothing sent once the guard refuses."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from gradesync_tui.sis.errors import SisBadAnswer, SisCertificateError, SisUnavailable
from gradesync_tui.sis.urls import proxy_for

PAGE_LIMIT = 48 * 1024 * 1024
ANSWER_LIMIT = 1024 * 1024


class Answer(NamedTuple):
    """What came back: the HTTP status, headers with small letters, and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def guarded_request(guard: Callable[[], None]) -> type[aiohttp.ClientRequest]:
    """A request class that asks `guard` when the connection stands and the first byte is about to be written.

    A process that was stopped while it waited for a connection thus sends nothing once its claim is gone.
    """

    class GuardedRequest(aiohttp.ClientRequest):
        async def send(self, conn: Any) -> aiohttp.ClientResponse:
            guard()
            return await super().send(conn)

        async def write_bytes(self, writer: Any, conn: Any, *rest: Any, **named: Any) -> None:
            # The headers wait in a buffer for the body, which a task of its own writes: ask again there.
            try:
                guard()
            except Exception as refused:
                if conn.protocol is not None:
                    conn.protocol.set_exception(refused)
                return
            await super().write_bytes(writer, conn, *rest, **named)

    return GuardedRequest


class Exchange:
    """The connections to one SIS."""

    def __init__(
        self, *, guard: Callable[[], None] | None, ca_file: str | None, timeout: float, in_flight: int
    ) -> None:
        self._guard = guard
        self._ca_file = ca_file
        self._timeout = timeout
        self._in_flight = in_flight
        self._session: aiohttp.ClientSession | None = None

    async def send(self, method: str, url: str, headers: dict[str, str], body: bytes | None, limit: int) -> Answer:
        """The answer to one request, whatever its status; `limit` is how many bytes it may have."""
        host = urlsplit(url).hostname or ""
        session = self._opened()
        try:
            async with session.request(
                method,
                URL(url, encoded=True),
                headers=headers,
                data=body,
                allow_redirects=False,
                # Not aiohttp's own reading of the environment: that would also put a .netrc's password over our token.
                proxy=proxy_for(url),
            ) as response:
                content = await _bounded(response, limit)
                found = {name.lower(): ", ".join(response.headers.getall(name)) for name in response.headers}
                return Answer(response.status, found, content, url)
        except aiohttp.ClientConnectorCertificateError as problem:
            raise _certificate(host, problem.certificate_error) from problem
        except (aiohttp.ClientConnectorSSLError, ssl.SSLError) as problem:
            raise _certificate(host, problem) from problem
        except aiohttp.ConnectionTimeoutError as problem:
            raise unreachable(host, "no connection within the time allowed", uncertain=False) from problem
        except TimeoutError as problem:
            raise SisUnavailable(
                "sis_timeout",
                f"{host} did not answer within {self._timeout:g} seconds",
                details={"host": host, "limit": f"{self._timeout:g} seconds"},
                retryable=True,
                uncertain=True,
            ) from problem
        except aiohttp.ClientConnectorError as problem:
            raise unreachable(host, _why(problem), uncertain=False) from problem
        except aiohttp.ClientError as problem:
            raise unreachable(host, f"the connection broke ({type(problem).__name__})", uncertain=True) from problem
        except ValueError as problem:
            raise SisBadAnswer(
                "sis_bad_answer",
                f"{host} cannot be asked: the address, a header or the answer is not valid HTTP",
                details={"error": "the address, a header or the answer is not valid HTTP"},
            ) from problem

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            guard = self._guard
            self._session = aiohttp.ClientSession(
                # Kept shorter than servers keep theirs: a write into a connection just closed has an uncertain end.
                connector=aiohttp.TCPConnector(limit=self._in_flight + 1, ssl=self._tls(), keepalive_timeout=4.0),
                timeout=aiohttp.ClientTimeout(
                    # A long page may take its time; one that only trickles may not.
                    total=self._timeout * 5,
                    sock_connect=min(self._timeout, 15.0),
                    sock_read=self._timeout,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                request_class=guarded_request(guard) if guard is not None else aiohttp.ClientRequest,
                headers={"User-Agent": "gradesync"},
            )
            # aiohttp would send a request again by itself when a kept connection breaks: with a nonce that is used
            # up, and for a record without an id perhaps twice. There is no public switch for it.
            self._session._retry_connection = False
        return self._session

    def _tls(self) -> ssl.SSLContext | bool:
        if self._ca_file is None:
            return True
        try:
            return ssl.create_default_context(cafile=self._ca_file)
        except (OSError, ssl.SSLError) as problem:
            raise SisCertificateError(
                "certificate",
                f"the CA file {self._ca_file} cannot be used: {problem}",
                details={"host": "the SIS", "error": f"the CA file {self._ca_file} cannot be used"},
            ) from problem

    async def close(self) -> None:
        """Give up the connections; never raises."""
        session, self._session = self._session, None
        if session is not None:
            with suppress(Exception):
                await session.close()


async def _bounded(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body, as far as it stays within bounds: what a small compressed answer unfolds to is counted, too."""
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_chunked(64 * 1024):
        size += len(part)
        if size > limit:
            response.close()
            raise SisBadAnswer(
                "sis_bad_answer",
                f"the SIS's answer is larger than {limit:,} bytes",
                http_status=response.status,
                details={"error": f"it is larger than {limit // 1024:,} KiB"},
            )
        parts.append(part)
    return b"".join(parts)


def _certificate(host: str, problem: BaseException) -> SisCertificateError:
    text = getattr(problem, "verify_message", "") or getattr(problem, "reason", "") or "TLS failed"
    return SisCertificateError(
        "certificate", f"the certificate of {host} is not trusted: {text}", details={"host": host, "error": str(text)}
    )


def _why(problem: aiohttp.ClientConnectorError) -> str:
    """Why there is no connection; the error's own words would be Python's, with the address as a tuple."""
    if isinstance(problem, aiohttp.ClientConnectorDNSError):
        return "its name is not known here; look for typing errors in the address"
    number = problem.os_error.errno
    return os.strerror(number).lower() if number else "there is no connection"


def unreachable(host: str, error: str, *, uncertain: bool) -> SisUnavailable:
    """The error of a host that gives no answer; `error` says in words how."""
    return SisUnavailable(
        "sis_unavailable",
        f"{host} cannot be reached: {error}",
        details={"host": host, "error": error},
        retryable=True,
        uncertain=uncertain,
    )
