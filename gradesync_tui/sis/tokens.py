"""The access token of OAuth 2 client credentials: fetched once, shared by all requests, renewed one at a time."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error

from gradesync_tui.domain.clock import Clock
from gradesync_tui.sis.auth import OAuth2
from gradesync_tui.sis.errors import SisAuthError, SisBadAnswer, SisUnavailable
from gradesync_tui.sis.exchange import ANSWER_LIMIT, Answer, Exchange, unreachable
from gradesync_tui.sis.failures import error_of
from gradesync_tui.sis.urls import checked_url


class Tokens:
    """The tokens of one client at one SIS. Its errors are as those of any other request."""

    def __init__(self, auth: OAuth2, exchange: Exchange, clock: Clock) -> None:
        self._auth = auth
        self._exchange = exchange
        self._clock = clock
        self._token: str | None = None
        self._until = 0.0
        self._lock = asyncio.Lock()
        self._scopes_refused = False

    @property
    def value(self) -> str:
        """The token in use; empty where there is none."""
        return self._token or ""

    async def current(self, *, refused: str | None = None) -> str:
        """The access token; a new one where there is none, it is about to end, or it is the one that was refused."""
        async with self._lock:
            fresh = self._token is not None and self._clock.elapsed() < self._until
            if self._token is not None and fresh and self._token != refused:
                return self._token
            self._token = None
            token, seconds = await self._fetched()
            self._token = token
            # Renewed a little early, so that it does not end on its way.
            self._until = self._clock.elapsed() + max(seconds - min(60.0, seconds / 10), 1.0)
            return token

    async def _fetched(self) -> tuple[str, float]:
        scopes = () if self._scopes_refused else self._auth.scopes
        answer = await self._answer(scopes)
        if scopes and answer.status in (400, 401, 403) and b"invalid_scope" in answer.body:
            # Some providers know none of the standard's scopes, and grant what the client may do without being asked.
            self._scopes_refused = True
            answer = await self._answer(())
        if answer.status != 200:
            # Some services repeat in an error what they were sent.
            answer = answer._replace(body=_without_secrets(answer.body, self._auth))
        if answer.status in (429, 502, 503, 504):
            raise error_of(answer)
        if answer.status >= 500:
            raise unreachable(
                urlsplit(self._auth.token_url).hostname or "", "its token service failed", uncertain=False
            )
        if answer.status != 200:
            raise SisAuthError(
                "sis_auth",
                f"no access token: the SIS answered {answer.status}",
                http_status=answer.status,
                answer=answer.text(),
            )
        try:
            client = BackendApplicationClient(self._auth.client_id)
            token = client.parse_request_body_response(answer.text())
            value = token["access_token"]
            lasts = token.get("expires_in")
            seconds = float(lasts) if lasts is not None else 300.0
            usable = isinstance(value, str) and value.isascii() and value.isprintable() and value.strip() == value != ""
            if not usable or not 0 < seconds < 1e9:
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

    async def _answer(self, scopes: tuple[str, ...]) -> Answer:
        url = checked_url(self._auth.token_url)
        form = BackendApplicationClient(self._auth.client_id).prepare_request_body(scope=list(scopes) or None)
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": self._auth.basic(),
        }
        try:
            return await self._exchange.send("POST", url, headers, form.encode(), ANSWER_LIMIT)
        except SisUnavailable as problem:
            # Only a token was asked for: whatever the request itself would do has not been done.
            problem.uncertain = False
            raise


def _without_secrets(body: bytes, auth: OAuth2) -> bytes:
    for secret in (auth.secret, auth.client_id):
        if secret:
            body = body.replace(secret.encode(), b"...")
    return body
