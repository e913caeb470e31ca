"""HTTP as every request to a SIS uses it: TLS, bounded answers, no credentials to other hosts, retries, a pace.

Errors leave here as `sis.errors`, final for this run: what can be tried again has been.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import aiohttp
import msgspec
import stamina
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from yarl import URL

from gradesync_tui.domain.causes import cause as cause_of
from gradesync_tui.domain.causes import recognised, said
from gradesync_tui.domain.clock import Clock
from gradesync_tui.domain.profiles import Rate
from gradesync_tui.sis.auth import Auth, OAuth1, OAuth2
from gradesync_tui.sis.errors import (
    SisAuthError,
    SisBadAnswer,
    SisCertificateError,
    SisError,
    SisRefused,
    SisThrottled,
    SisUnavailable,
)

PAGE_LIMIT = 48 * 1024 * 1024
ANSWER_LIMIT = 1024 * 1024
_LONGEST_PAUSE = 120.0
_REDIRECTS = 3
_SAFE = frozenset({"GET", "HEAD"})

# By default every retry is a logged warning, which without a handler lands on the terminal, amid the console.
stamina.instrumentation.set_on_retry_hooks([])


class Answer(NamedTuple):
    """What came back: the HTTP status, headers with small letters, and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Retries(NamedTuple):
    """How often a request is tried, and the pauses between, in seconds."""

    attempts: int = 5
    first: float = 0.5
    longest: float = 20.0


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine itself, where TLS adds nothing."""
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_url(url: str) -> str:
    """The address without a slash at its end; SisError where it is none, or neither https nor loopback."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise SisBadAnswer("sis_bad_answer", f"{url!r} is no address", details={"error": "no valid address"}) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SisBadAnswer(
            "sis_bad_answer", f"{url!r} is no address: https://host/path is needed", details={"error": "no address"}
        )
    if parts.username or parts.password:
        raise SisBadAnswer(
            "sis_bad_answer",
            "the address holds a user name or password; name them as secrets instead",
            details={"error": "credentials inside the address"},
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise SisCertificateError(
            "certificate",
            f"{parts.hostname} would be reached without TLS: use https",
            details={"host": parts.hostname, "error": "the address is http, not https"},
        )
    return url.rstrip("/")


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses are of one host, port and scheme."""
    return URL(one).origin() == URL(other).origin()


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


class Http:
    """Requests to one SIS. One object for a run; its connections and its token are shared by all requests."""

    def __init__(
        self,
        *,
        auth: Auth | None,
        headers: Mapping[str, str],
        rate: Rate,
        clock: Clock,
        guard: Callable[[], None] | None = None,
        ca_file: str | None = None,
        timeout: float = 60.0,
        retries: Retries | None = None,
    ) -> None:
        self._auth = auth
        self._headers = dict(headers)
        self._clock = clock
        self._guard = guard
        self._ca_file = ca_file
        self._timeout = timeout
        self._retries = retries or Retries()
        self._slots = asyncio.Semaphore(rate.in_flight)
        self._in_flight = rate.in_flight
        self._interval = 1 / rate.per_second if rate.per_second else 0.0
        self._next_start = 0.0
        self._not_before = 0.0
        self._session: aiohttp.ClientSession | None = None
        self._token: str | None = None
        self._token_until = 0.0
        self._token_lock = asyncio.Lock()
        self._scopes_refused = False

    async def request(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        *,
        again: bool = True,
        limit: int = ANSWER_LIMIT,
        missing_ok: bool = False,
    ) -> Answer:
        """The answer to a request, with a 2xx status (or 404 and 410 where `missing_ok`).

        again: whether it does no harm to send it twice. limit: how many bytes the answer may have.
        """

        def worth_trying(problem: Exception) -> bool | float:
            if not isinstance(problem, SisUnavailable | SisRefused) or not problem.retryable:
                return False
            if problem.uncertain and not again:
                return False
            if isinstance(problem, SisRefused) and not _momentary(problem.http_status):
                return False
            if problem.retry_after is not None:
                return problem.retry_after if problem.retry_after <= _LONGEST_PAUSE else False
            return True

        answer: Answer | None = None
        async for attempt in stamina.retry_context(
            on=worth_trying,
            attempts=self._retries.attempts,
            timeout=None,
            wait_initial=self._retries.first,
            wait_max=self._retries.longest,
            wait_jitter=self._retries.first,
        ):
            with attempt:
                answer = await self._authorised(method, url, body, limit)
                if not (200 <= answer.status < 300 or (missing_ok and answer.status in (404, 410))):
                    raise self._error(method, answer)
        assert answer is not None
        return answer

    async def close(self) -> None:
        """Give up the connections; never raises."""
        session, self._session = self._session, None
        if session is not None:
            with suppress(Exception):
                await session.close()

    async def _authorised(self, method: str, url: str, body: bytes | None, limit: int) -> Answer:
        """One attempt, with a token renewed once where the SIS no longer takes it."""
        if not isinstance(self._auth, OAuth2):
            return await self._followed(method, url, body, limit, None)
        token = await self._current_token(self._auth, refused=None)
        answer = await self._followed(method, url, body, limit, token)
        if answer.status != 401:
            return answer
        token = await self._current_token(self._auth, refused=token)
        return await self._followed(method, url, body, limit, token)

    async def _followed(self, method: str, url: str, body: bytes | None, limit: int, token: str | None) -> Answer:
        """One exchange; redirects are followed within the host alone, and never turn a write into something else."""
        for _ in range(_REDIRECTS + 1):
            headers = {"Accept": "application/json", **self._headers}
            if token is not None:
                headers["Authorization"] = f"Bearer {token}"
            elif isinstance(self._auth, OAuth1):
                headers["Authorization"] = self._auth.sign(method, url, self._clock)
            if body is not None:
                headers["Content-Type"] = "application/json"
            answer = await self._paced(method, url, headers, body, limit)
            target = answer.headers.get("location", "")
            if answer.status not in (301, 302, 303, 307, 308) or not target:
                return answer
            moved = urljoin(url, target)
            if not _stays(url, moved):
                raise SisBadAnswer(
                    "sis_bad_answer",
                    f"the SIS redirects to {urlsplit(moved).hostname}, where the credentials are not sent",
                    http_status=answer.status,
                    answer=answer.text(),
                    details={"error": f"it redirects to another address, {urlsplit(moved).hostname}"},
                )
            if method not in _SAFE and answer.status not in (307, 308):
                return answer
            url = moved
        raise SisBadAnswer(
            "sis_bad_answer",
            "the SIS redirects in circles",
            http_status=answer.status,
            details={"error": "it redirects in circles"},
        )

    async def _paced(self, method: str, url: str, headers: dict[str, str], body: bytes | None, limit: int) -> Answer:
        """One exchange within the profile's rate; a SIS that asked for a pause is left alone by all requests."""
        async with self._slots:
            # Another answer may prolong the pause while this request sits it out.
            while (pause := max(self._next_start, self._not_before) - self._clock_seconds()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(pause)
            self._next_start = self._clock_seconds() + self._interval
            answer = await self._exchange(method, url, headers, body, limit)
        if answer.status in (429, 503) and (pause_for := _retry_after(answer)) is not None:
            self._not_before = max(self._not_before, self._clock_seconds() + min(pause_for, _LONGEST_PAUSE))
        return answer

    async def _exchange(self, method: str, url: str, headers: dict[str, str], body: bytes | None, limit: int) -> Answer:
        host = urlsplit(url).hostname or ""
        session = self._opened()
        try:
            async with session.request(
                method, URL(url, encoded=True), headers=headers, data=body, allow_redirects=False
            ) as response:
                content = await _bounded(response, limit)
                found = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, found, content, url)
        except aiohttp.ClientConnectorCertificateError as problem:
            raise _certificate(host, problem.certificate_error) from problem
        except (aiohttp.ClientConnectorSSLError, ssl.SSLError) as problem:
            raise _certificate(host, problem) from problem
        except aiohttp.ConnectionTimeoutError as problem:
            raise _unreachable(host, "no connection within the time allowed", uncertain=False) from problem
        except TimeoutError as problem:
            raise SisUnavailable(
                "sis_timeout",
                f"{host} did not answer within {self._timeout:g} seconds",
                details={"host": host, "limit": f"{self._timeout:g} seconds"},
                retryable=True,
                uncertain=True,
            ) from problem
        except aiohttp.ClientConnectorError as problem:
            raise _unreachable(host, problem.os_error.strerror or "no connection", uncertain=False) from problem
        except aiohttp.ClientError as problem:
            raise _unreachable(host, f"the connection broke ({type(problem).__name__})", uncertain=True) from problem
        except ValueError as problem:
            raise SisBadAnswer(
                "sis_bad_answer",
                f"{host} cannot be asked: {problem}",
                details={"error": "the address or the answer is not valid HTTP"},
            ) from problem

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            guard = self._guard
            self._session = aiohttp.ClientSession(
                # Kept shorter than servers keep theirs: a write into a connection just closed has an uncertain end.
                connector=aiohttp.TCPConnector(limit=self._in_flight + 1, ssl=self._tls(), keepalive_timeout=4.0),
                timeout=aiohttp.ClientTimeout(total=self._timeout, sock_connect=min(self._timeout, 15.0)),
                cookie_jar=aiohttp.DummyCookieJar(),
                request_class=guarded_request(guard) if guard is not None else aiohttp.ClientRequest,
                headers={"User-Agent": "gradesync"},
                trust_env=True,
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

    async def _current_token(self, auth: OAuth2, *, refused: str | None) -> str:
        """The access token; a new one where there is none, it is about to end, or it is the one that was refused."""
        async with self._token_lock:
            fresh = self._token is not None and self._clock.elapsed() < self._token_until
            if self._token is not None and fresh and self._token != refused:
                return self._token
            self._token = None
            token, seconds = await self._fetched_token(auth)
            self._token = token
            # Renewed a little early, so that it does not end on its way.
            self._token_until = self._clock.elapsed() + max(seconds - min(60.0, seconds / 10), 1.0)
            return token

    async def _fetched_token(self, auth: OAuth2) -> tuple[str, float]:
        scopes = () if self._scopes_refused else auth.scopes
        answer = await self._token_answer(auth, scopes)
        if scopes and answer.status in (400, 401, 403) and b"invalid_scope" in answer.body:
            # Some providers know none of the standard's scopes, and grant what the client may do without being asked.
            self._scopes_refused = True
            answer = await self._token_answer(auth, ())
        if answer.status in (429, 502, 503, 504):
            raise self._error("POST", answer)
        if answer.status >= 500:
            raise _unreachable(urlsplit(auth.token_url).hostname or "", "its token service failed", uncertain=False)
        if answer.status != 200:
            raise SisAuthError(
                "sis_auth",
                f"no access token: the SIS answered {answer.status}",
                http_status=answer.status,
                answer=_without_secrets(answer.text(), auth),
            )
        try:
            client = BackendApplicationClient(auth.client_id)
            token = client.parse_request_body_response(answer.text())
            value = str(token["access_token"])
            lasts = token.get("expires_in")
            seconds = float(lasts) if lasts is not None else 300.0
            if not value.isprintable() or not value.isascii() or not 0 < seconds < 1e9:
                raise ValueError("not a usable token")
        except (OAuth2Error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            # The answer may hold half a token: it is not kept.
            raise SisBadAnswer(
                "sis_bad_answer",
                "the token address answers with something that is no access token",
                http_status=answer.status,
                details={"error": "its token address gives no access token"},
            ) from None
        return value, seconds

    async def _token_answer(self, auth: OAuth2, scopes: tuple[str, ...]) -> Answer:
        url = checked_url(auth.token_url)
        form = BackendApplicationClient(auth.client_id).prepare_request_body(scope=list(scopes) or None)
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": auth.basic(),
        }
        return await self._exchange("POST", url, headers, form.encode(), ANSWER_LIMIT)

    def _error(self, method: str, answer: Answer) -> SisError:
        return error_of(answer, method)

    def _clock_seconds(self) -> float:
        return asyncio.get_running_loop().time()


def error_of(answer: Answer, method: str = "GET") -> SisError:
    """The error that an answer stands for, whatever shape it has."""
    text = answer.text()
    found = recognised(answer.status, text)
    words = said(text)
    details = {"answer": words, "host": urlsplit(answer.url).hostname or "", "error": f"it answered {answer.status}"}
    details = {name: value for name, value in details.items() if value} | found.details
    message = f"the SIS answered {answer.status}" + (f": {words}" if words else "")
    wait = _retry_after(answer)
    if answer.status == 429 or found.cause == "sis_throttled":
        kind: type[SisError] = SisThrottled
    elif answer.status in (502, 503, 504):
        kind = SisUnavailable
    elif found.cause in ("sis_auth", "sis_forbidden") and answer.status in (401, 403):
        kind = SisAuthError
    elif answer.status < 400:
        kind = SisBadAnswer
        found = found._replace(cause="sis_bad_answer")
    else:
        kind = SisRefused
    return kind(
        found.cause,
        message,
        http_status=answer.status,
        answer=text,
        details=details,
        retryable=kind in (SisThrottled, SisUnavailable) or cause_of(found.cause).retried or answer.status >= 500,
        # A gateway that gave up waiting, or a server that fell over, may have passed the write on before.
        uncertain=method not in _SAFE and answer.status in (500, 502, 504),
        retry_after=wait,
    )


def decoded(answer: Answer) -> object:
    """The JSON of an answer; None where it has no body. SisBadAnswer where it is something else."""
    if not answer.body.strip():
        return None
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        kind = answer.headers.get("content-type", "").split(";")[0]
        what = "a web page" if answer.body.lstrip()[:1] == b"<" else f"no JSON ({kind or 'of no type'})"
        raise SisBadAnswer(
            "sis_bad_answer",
            f"the SIS answered with {what}",
            http_status=answer.status,
            answer=answer.text()[:4_000],
            details={"error": f"it is {what}"},
        ) from problem


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


def _stays(url: str, target: str) -> bool:
    try:
        return same_origin(url, target)
    except ValueError:
        return False


def _momentary(status: int | None) -> bool:
    return status is not None and (status >= 500 or status in (408, 425, 429))


def _retry_after(answer: Answer) -> float | None:
    """Seconds that the SIS asks to wait, where it says so in seconds or as a date."""
    text = answer.headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isdigit():
        return float(text[:9])
    from email.utils import parsedate_to_datetime

    try:
        until = parsedate_to_datetime(text)
        told = parsedate_to_datetime(answer.headers["date"])
        # Measured by the server's own clock, which may differ from ours.
        return max((until - told).total_seconds(), 0.0)
    except (ValueError, TypeError, KeyError, IndexError):
        return None


def _certificate(host: str, problem: BaseException) -> SisCertificateError:
    text = getattr(problem, "verify_message", "") or getattr(problem, "reason", "") or "TLS failed"
    return SisCertificateError(
        "certificate", f"the certificate of {host} is not trusted: {text}", details={"host": host, "error": str(text)}
    )


def _unreachable(host: str, error: str, *, uncertain: bool) -> SisUnavailable:
    return SisUnavailable(
        "sis_unavailable",
        f"{host} cannot be reached: {error}",
        details={"host": host, "error": error},
        retryable=True,
        uncertain=uncertain,
    )


def _without_secrets(text: str, auth: OAuth2) -> str:
    for secret in (auth.client_secret, auth.client_id):
        if secret:
            text = text.replace(secret, "…")
    return text
