"""Who gradesync is to Canvas: a personal token, or a developer key that renews its tokens of one hour.

Both shapes are of Canvas's doc/api/oauth_endpoints.md. A refresh token can be used again and again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Protocol

from msgspec import Struct

from gradesync_tui.domain.clock import Clock
from gradesync_tui.lms.errors import CanvasError, TokenInvalid

_MARGIN = 300.0
"""Seconds before its end at which a token is renewed, so that none ends between a page and the next."""

_REMEMBERED = 60.0
"""Seconds for which a refused renewal is not tried again."""


class Grant(Struct, frozen=True, kw_only=True):
    """What Canvas's token service answers; `expires_in` in seconds."""

    access_token: str
    expires_in: float | None = None
    refresh_token: str | None = None


Exchange = Callable[[dict[str, str]], Awaitable[Grant]]
"""Sends a form to Canvas's token service."""


class Token(Protocol):
    """What a client needs of a token. `identity` is a digest: equal for equal tokens, and of no use to anybody."""

    identity: str

    async def current(self, exchange: Exchange) -> str:
        """The value to send with the next request."""
        ...

    async def renew(self, used: str, exchange: Exchange) -> bool:
        """Canvas refused the value `used`: get another one. False if there is no way to."""
        ...


class PersonalToken:
    """A token that a person made in Canvas, under Account → Settings → New Access Token."""

    def __init__(self, value: str) -> None:
        self._value = _checked(value, "token")
        self.identity = _digest(self._value)

    def __repr__(self) -> str:
        return "PersonalToken(***)"

    async def current(self, _exchange: Exchange) -> str:
        return self._value

    async def renew(self, _used: str, _exchange: Exchange) -> bool:
        return False


class RefreshedToken:
    """A developer key's tokens: renewed before they end and when Canvas refuses one, one renewal at a time.

    url: Canvas's own address; the key's secret is sent nowhere else.
    """

    def __init__(self, url: str, client_id: str, client_secret: str, refresh_token: str, clock: Clock) -> None:
        self.url = url
        self._client_id = _checked(client_id, "client id")
        self._client_secret = _checked(client_secret, "client secret")
        self._refresh_token = _checked(refresh_token, "refresh token")
        self._clock = clock
        self._value: str | None = None
        self._good_until: float | None = None
        self._refusal: CanvasError | None = None
        self._refused_at = 0.0
        self._renewing = asyncio.Lock()
        self.identity = _digest(f"{self._client_id}\n{self._refresh_token}")

    def __repr__(self) -> str:
        return "RefreshedToken(***)"

    async def current(self, exchange: Exchange) -> str:
        if self._value is None or self._ending():
            async with self._renewing:
                if self._value is None or self._ending():
                    await self._renew(exchange)
        assert self._value is not None
        return self._value

    async def renew(self, used: str, exchange: Exchange) -> bool:
        async with self._renewing:
            if self._value == used:  # else somebody else has renewed it meanwhile
                await self._renew(exchange)
        return True

    def _ending(self) -> bool:
        return self._good_until is not None and self._clock.elapsed() >= self._good_until

    async def _renew(self, exchange: Exchange) -> None:
        now = self._clock.elapsed()
        if self._refusal is not None and now - self._refused_at < _REMEMBERED:
            raise self._refusal.with_traceback(None)
        form = {
            "grant_type": "refresh_token",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "refresh_token": self._refresh_token,
        }
        try:
            grant = await exchange(form)
            value = _checked(grant.access_token, "new access token")
        except CanvasError as error:
            if not error.passing:
                self._refusal, self._refused_at = error, now
            raise
        self._value = value
        self._refusal = None
        lifetime = grant.expires_in
        self._good_until = None if lifetime is None else now + lifetime - min(_MARGIN, lifetime / 4)
        if grant.refresh_token:
            self._refresh_token = _checked(grant.refresh_token, "refresh token")


def _checked(value: str, name: str) -> str:
    """A value that fits into an HTTP header; the message never holds it."""
    value = value.strip()
    if not value:
        raise TokenInvalid(f"The Canvas {name} is empty", "Put one where the connection's reference points.")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise TokenInvalid(f"The Canvas {name} holds blanks or odd characters", "Copy it again, whole and on one line.")
    return value


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
