"""Requests to a SIS as the package makes them: authorised, at the profile's pace, tried again where that helps.

Errors leave here as `sis.errors`, final for this run: what can be tried again has been.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import stamina

from gradesync_tui.domain.clock import Clock
from gradesync_tui.domain.profiles import Rate
from gradesync_tui.sis.auth import Auth, OAuth1, OAuth2
from gradesync_tui.sis.errors import SisBadAnswer, SisRefused, SisUnavailable
from gradesync_tui.sis.exchange import ANSWER_LIMIT, Answer, Exchange
from gradesync_tui.sis.failures import SAFE_METHODS, error_of, retry_after
from gradesync_tui.sis.tokens import Tokens
from gradesync_tui.sis.urls import same_origin

_LONGEST_PAUSE = 120.0
_REDIRECTS = 3
_SHORTEST_SECRET = 8

# By default every retry is a logged warning, which without a handler lands on the terminal, amid the console.
stamina.instrumentation.set_on_retry_hooks([])


class Retries(NamedTuple):
    """How often a request is tried, and the pauses between, in seconds."""

    attempts: int = 5
    first: float = 0.5
    longest: float = 20.0


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
        self._exchange = Exchange(guard=guard, ca_file=ca_file, timeout=timeout, in_flight=rate.in_flight)
        self._tokens = Tokens(auth, self._exchange, clock) if isinstance(auth, OAuth2) else None
        self._retries = retries or Retries()
        self._slots = asyncio.Semaphore(rate.in_flight)
        self._interval = 1 / rate.per_second if rate.per_second else 0.0
        self._next_start = 0.0
        self._not_before = 0.0

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

        async def once() -> Answer:
            answer = self._without_secrets(await self._authorised(method, url, body, limit))
            if not (200 <= answer.status < 300 or (missing_ok and answer.status in (404, 410))):
                raise error_of(answer, method)
            return answer

        # Nearly all requests succeed at once. What repeats the others costs each of them some fifty objects in a ring,
        # which for the grades of a big sync is more than everything else that waits to be found as garbage.
        try:
            return await once()
        except (SisUnavailable, SisRefused) as problem:
            failed = problem
        async for attempt in stamina.retry_context(
            on=worth_trying,
            attempts=self._retries.attempts,
            timeout=None,
            wait_initial=self._retries.first,
            wait_max=self._retries.longest,
            wait_jitter=self._retries.first,
        ):
            with attempt:  # the first stands for the one above
                if attempt.num == 1:
                    raise failed
                return await once()
        raise failed

    async def close(self) -> None:
        """Give up the connections; never raises."""
        await self._exchange.close()

    async def _authorised(self, method: str, url: str, body: bytes | None, limit: int) -> Answer:
        """One attempt, with a token renewed once where the SIS no longer takes it."""
        if self._tokens is None:
            return await self._followed(method, url, body, limit, None)
        token = await self._tokens.current()
        answer = await self._followed(method, url, body, limit, token)
        if answer.status != 401:
            return answer
        token = await self._tokens.current(refused=token)
        return await self._followed(method, url, body, limit, token)

    def _without_secrets(self, answer: Answer) -> Answer:
        """The answer without what only we and the SIS may know: some servers repeat a request's headers in an error."""
        secrets = [*self._headers.values(), self._tokens.value if self._tokens is not None else ""]
        if isinstance(self._auth, OAuth1 | OAuth2):
            secrets.append(self._auth.secret)
        body = answer.body
        for secret in secrets:
            if len(secret) >= _SHORTEST_SECRET:
                body = body.replace(secret.encode(), b"...")
        return answer if body is answer.body else answer._replace(body=body)

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
            if not same_origin(url, moved):
                raise SisBadAnswer(
                    "sis_bad_answer",
                    f"the SIS redirects to {urlsplit(moved).hostname}, where the credentials are not sent",
                    http_status=answer.status,
                    answer=answer.text(),
                    details={"error": f"it redirects to another address, {urlsplit(moved).hostname}"},
                )
            if method not in SAFE_METHODS and answer.status not in (307, 308):
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
            while (pause := max(self._next_start, self._not_before) - _seconds()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(pause)
            self._next_start = _seconds() + self._interval
            answer = await self._exchange.send(method, url, headers, body, limit)
        if answer.status in (429, 503) and (asked := retry_after(answer)) is not None and asked <= _LONGEST_PAUSE:
            self._not_before = max(self._not_before, _seconds() + asked)
        return answer


def _seconds() -> float:
    return asyncio.get_running_loop().time()


def _momentary(status: int | None) -> bool:
    return status is not None and (status >= 500 or status in (408, 425, 429))
