"""How a SIS learns who asks: OAuth 2 client credentials, or OAuth 1.0a signatures."""

from __future__ import annotations

import base64
from typing import Literal
from urllib.parse import quote

from oauthlib import oauth1

from gradesync_tui.domain.clock import SECOND, Clock

_SCOPES = "https://purl.imsglobal.org/spec/or/v1p2/scope/"

GRADEBOOK_SCOPES = tuple(
    _SCOPES + name
    for name in (
        "roster.readonly",
        "gradebook.readonly",
        "gradebook.createput",
        "gradebook.createpost",
        "gradebook.delete",
    )
)
"""What a passback needs of a OneRoster 1.2 provider (from the official OpenAPI definitions)."""


class OAuth2:
    """OAuth 2 client credentials: where tokens are fetched, and with what. Nothing of it shows in a repr.

    scopes: asked for where the provider knows scopes; without them once it answers `invalid_scope`.
    """

    def __init__(self, token_url: str, client_id: str, client_secret: str, scopes: tuple[str, ...] = ()) -> None:
        self.token_url = token_url
        self.client_id = client_id
        self.secret = client_secret
        self.scopes = scopes

    def __repr__(self) -> str:
        return f"OAuth2({self.token_url!r})"

    def basic(self) -> str:
        """The Authorization header of the token request (RFC 6749, 2.3.1: both parts are form-encoded)."""
        pair = f"{quote(self.client_id, safe='')}:{quote(self.secret, safe='')}"
        return "Basic " + base64.b64encode(pair.encode()).decode()


class OAuth1:
    """OAuth 1.0a without a token: every request is signed with a shared secret. Nothing of it shows in a repr."""

    def __init__(self, key: str, secret: str, method: Literal["HMAC-SHA1", "HMAC-SHA256"] = "HMAC-SHA256") -> None:
        self.key = key
        self.secret = secret
        self.method = method

    def __repr__(self) -> str:
        return f"OAuth1({self.method})"

    def sign(self, method: str, url: str, clock: Clock) -> str:
        """The Authorization header of one attempt: a new nonce each time, since servers refuse one seen before."""
        signer = oauth1.Client(
            self.key,
            client_secret=self.secret,
            signature_method=self.method,
            timestamp=str(clock.now() // SECOND),
        )
        # A JSON body is no part of an OAuth 1.0a signature (RFC 5849, 3.4.1.3.1).
        _, headers, _ = signer.sign(url, http_method=method)
        return str(headers["Authorization"])


Auth = OAuth2 | OAuth1
