"""Who may ask Canvas what: personal tokens, developer keys with refresh tokens, scopes, rights and their refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from gradesync_tui.domain.clock import SECOND, Clock, Instant
from gradesync_tui.sandbox.canvas.build import SERVICE_USER
from gradesync_tui.sandbox.web import Answer, Call, Refusal, nested

RIGHTS = frozenset(
    ("view_all_grades", "manage_grades", "read_sis", "read_course_list", "manage_sis", "view_audit_trail")
)
_BEARER = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'}


@dataclass(slots=True)
class Token:
    """An access token. `scopes` None: a token without scopes may ask everything that its rights allow."""

    value: str
    user_id: int = SERVICE_USER
    expires_at: Instant | None = None
    revoked: bool = False
    rights: frozenset[str] = RIGHTS
    scopes: frozenset[str] | None = None
    keeps_includes: bool = True


@dataclass(slots=True)
class DeveloperKey:
    """A developer key with one refresh token; its access tokens live for an hour and are like `token`."""

    client_id: str
    client_secret: str
    refresh_token: str
    lifetime_s: int = 3600
    token: Token = field(default_factory=lambda: Token(""))


class Access:
    """All tokens and keys of this Canvas."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self._clock = clock
        self._random = Random(f"{seed}:canvas tokens")
        self.tokens: dict[str, Token] = {}
        self.keys: dict[str, DeveloperKey] = {}
        self.personal = self.issue().value

    def issue(
        self,
        *,
        rights: frozenset[str] = RIGHTS,
        scopes: frozenset[str] | None = None,
        keeps_includes: bool = True,
        lifetime_s: int | None = None,
    ) -> Token:
        """A new personal token; with a lifetime of 0 it has ended already."""
        expires = None if lifetime_s is None else self._clock.now() + lifetime_s * SECOND
        token = Token(self._secret("7~"), SERVICE_USER, expires, False, rights, scopes, keeps_includes)
        self.tokens[token.value] = token
        return token

    def issue_key(
        self,
        *,
        lifetime_s: int = 3600,
        rights: frozenset[str] = RIGHTS,
        scopes: frozenset[str] | None = None,
        keeps_includes: bool = True,
    ) -> DeveloperKey:
        """A new developer key with a refresh token for the service user."""
        model = Token("", rights=rights, scopes=scopes, keeps_includes=keeps_includes)
        key = DeveloperKey(
            f"1{self._random.randrange(10**13):013d}", self._secret(""), self._secret("7~"), lifetime_s, model
        )
        self.keys[key.client_id] = key
        return key

    def check(self, call: Call, pattern: str) -> Token:
        """The token of a request; Refusal where it is missing, unknown, ended, revoked or lacks the scope."""
        value = call.headers.get("Authorization", "").removeprefix("Bearer ").strip() or call.one("access_token") or ""
        if not value:
            raise Refusal(
                Answer(
                    401,
                    {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]},
                    dict(_BEARER),
                )
            )
        token = self.tokens.get(value)
        if token is None:
            raise _refused("Invalid access token.")
        if token.revoked:
            raise _refused("Revoked access token.")
        if token.expires_at is not None and token.expires_at <= self._clock.now():
            raise _refused("Expired access token.")
        if token.scopes is not None and f"url:{call.method}|{pattern}" not in token.scopes:
            raise _refused("Insufficient scopes on access token.")
        return token

    def grant(self, call: Call) -> Answer:
        """POST /login/oauth2/token with grant_type=refresh_token. The refresh token stays the same."""
        asked = nested(call)
        key = self.keys.get(str(asked.get("client_id", "")))
        if key is None or key.client_secret != asked.get("client_secret"):
            return Answer(401, {"error": "invalid_client", "error_description": "unknown client"})
        if asked.get("grant_type") != "refresh_token":
            return Answer(
                400,
                {
                    "error": "unsupported_grant_type",
                    "error_description": "The grant_type you requested is not currently supported",
                },
            )
        if key.refresh_token != asked.get("refresh_token"):
            return Answer(400, {"error": "invalid_request", "error_description": "refresh_token not found"})
        model = key.token
        token = self.issue(
            rights=model.rights, scopes=model.scopes, keeps_includes=model.keeps_includes, lifetime_s=key.lifetime_s
        )
        user = {
            "id": token.user_id,
            "name": "Grade Sync Service",
            "global_id": str(token.user_id),
            "effective_locale": "en",
        }
        return Answer(
            200, {"access_token": token.value, "token_type": "Bearer", "user": user, "expires_in": key.lifetime_s}
        )

    def revoke(self, call: Call) -> Answer:
        """DELETE /login/oauth2/token: the token that asks is gone."""
        self.check(call, "/login/oauth2/token").revoked = True
        return Answer(200, {})

    def _secret(self, prefix: str) -> str:
        return f"{prefix}{self._random.getrandbits(200):050x}"


def need(call: Call, *rights: str) -> None:
    """Refusal unless the caller has one of the rights; other than for a bad token without `WWW-Authenticate`."""
    if not call.rights.intersection(rights):
        message = {"message": "user not authorized to perform that action"}
        raise Refusal(Answer(401, {"status": "unauthorized", "errors": [message]}))


def _refused(message: str) -> Refusal:
    return Refusal(Answer(401, {"errors": [{"message": message}]}, dict(_BEARER)))
