"""Who may ask the SIS: OAuth 2 client credentials, OAuth 1.0a signatures, and the header that some vendors ask for."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from random import Random
from urllib.parse import unquote_plus

from oauthlib.common import Request
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256
from oauthlib.oauth1.rfc5849 import signature, utils

from gradesync_tui.domain.clock import SECOND, Clock, Instant
from gradesync_tui.sandbox.web import Answer, Call, nested

SCOPES = "https://purl.imsglobal.org/spec/or/v1p2/scope/"
KNOWN_SCOPES = frozenset(
    f"https://purl.imsglobal.org/spec/or/{version}/scope/{name}"
    for version in ("v1p1", "v1p2")
    for name in (
        "gradebook.readonly",
        "gradebook-core.readonly",
        "gradebook.createput",
        "gradebook.createpost",
        "gradebook.delete",
        "roster.readonly",
        "roster-core.readonly",
        "roster-demographics.readonly",
        "resource.readonly",
    )
)
OLDEST_SIGNATURE_S = 300


class Denied(Exception):
    """The request may not be made; status 401 or 403."""

    def __init__(self, message: str, status: int = 401) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class _Token:
    expires_at: Instant
    scopes: frozenset[str]


class SisAccess:
    """The keys of one client and the tokens made from them."""

    def __init__(self, seed: int, clock: Clock, lifetime_s: int = 3600) -> None:
        random = Random(f"{seed}:sis keys")
        self._clock = clock
        self._random = random
        self.lifetime_s = lifetime_s
        self.client_id = f"gradesync-{random.getrandbits(32):08x}"
        self.client_secret = f"{random.getrandbits(160):040x}"
        self.oauth1_key = f"{random.getrandbits(64):016x}"
        self.oauth1_secret = f"{random.getrandbits(160):040x}"
        self._tokens: dict[str, _Token] = {}
        self._nonces: dict[tuple[str, str], float] = {}

    def grant(self, call: Call) -> Answer:
        """POST /oauth/token with grant_type=client_credentials; the client stands in a Basic header or in the body."""
        asked = nested(call)
        client = self._basic(call) or (str(asked.get("client_id", "")), str(asked.get("client_secret", "")))
        if client != (self.client_id, self.client_secret):
            return Answer(
                401,
                {"error": "invalid_client", "error_description": "Client authentication failed"},
                {"WWW-Authenticate": "Basic"},
            )
        if asked.get("grant_type") != "client_credentials":
            return Answer(400, {"error": "unsupported_grant_type"})
        scopes = frozenset(str(asked.get("scope", "")).split())
        known = scopes & KNOWN_SCOPES
        if scopes and not known:
            return Answer(400, {"error": "invalid_scope"})
        value = f"{self._random.getrandbits(200):050x}"
        self._tokens[value] = _Token(self._clock.now() + self.lifetime_s * SECOND, known)
        body = {
            "access_token": value,
            "token_type": "bearer",
            "expires_in": self.lifetime_s,
            "scope": " ".join(sorted(known or KNOWN_SCOPES)),
        }
        return Answer(200, body, {"Cache-Control": "no-store"})

    def forget_tokens(self) -> None:
        """Every token given out so far is unknown from now on."""
        self._tokens.clear()

    def check(self, call: Call, scopes: tuple[str, ...]) -> None:
        """Denied unless the request is signed, or bears a living token with one of the scopes (if it names any)."""
        header = call.headers.get("Authorization", "")
        if header[:6].lower() == "oauth ":
            self._check_signature(call)
            return
        token = self._tokens.get(header.removeprefix("Bearer ").strip())
        if token is None:
            raise Denied("The access token is missing or unknown.")
        if token.expires_at <= self._clock.now():
            raise Denied("The access token has expired.")
        if token.scopes and scopes and not token.scopes.intersection(scopes):
            raise Denied("The access token lacks the scope for this operation.", 403)

    @staticmethod
    def _basic(call: Call) -> tuple[str, str] | None:
        header = call.headers.get("Authorization", "")
        if header[:6].lower() != "basic ":
            return None
        try:
            name, _, secret = base64.b64decode(header[6:]).decode().partition(":")
        except (binascii.Error, ValueError):
            return ("", "")
        return unquote_plus(name), unquote_plus(secret)

    def _check_signature(self, call: Call) -> None:
        header = call.headers.get("Authorization", "")
        try:
            given = {key: utils.unescape(value) for key, value in utils.parse_authorization_header(header)}
        except ValueError:
            raise Denied("The Authorization header cannot be read.") from None
        if given.get("oauth_consumer_key") != self.oauth1_key:
            raise Denied("Unknown consumer key.")
        stamp, nonce = given.get("oauth_timestamp", ""), given.get("oauth_nonce", "")
        now = self._clock.now() / SECOND
        if not stamp.isdecimal() or abs(int(stamp) - now) > OLDEST_SIGNATURE_S:
            raise Denied("The timestamp is too far from now.")
        self._check_nonce(stamp, nonce, now)
        self._verify(call, header, given)

    def _check_nonce(self, stamp: str, nonce: str, now: float) -> None:
        if not nonce or (stamp, nonce) in self._nonces:
            raise Denied("The nonce has been used before.")
        if len(self._nonces) > 50_000:
            self._nonces = {key: at for key, at in self._nonces.items() if at > now - OLDEST_SIGNATURE_S}
        self._nonces[stamp, nonce] = now

    def _verify(self, call: Call, header: str, given: dict[str, str]) -> None:
        uri = f"{call.base}{call.path}" + (f"?{call.query_string}" if call.query_string else "")
        params = signature.collect_parameters(
            uri_query=call.query_string, body=[], headers={"Authorization": header}, exclude_oauth_signature=True
        )
        request = Request(uri, http_method=call.method)
        request.params = params
        request.signature = given.get("oauth_signature", "")
        method = given.get("oauth_signature_method")
        if method == SIGNATURE_HMAC_SHA1:
            good = signature.verify_hmac_sha1(request, self.oauth1_secret)
        elif method == SIGNATURE_HMAC_SHA256:
            good = signature.verify_hmac_sha256(request, self.oauth1_secret)
        else:
            raise Denied(f"The signature method {method!r} is not known.")
        if not good:
            raise Denied("The signature does not match.")
