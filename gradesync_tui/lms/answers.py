"""What Canvas means by an answer that is not a success."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import NamedTuple

import msgspec
from multidict import CIMultiDictProxy
from yarl import URL

from gradesync_tui.domain.clock import SECOND, Instant, from_datetime
from gradesync_tui.domain.text import clean
from gradesync_tui.lms.errors import (
    BadAnswer,
    CanvasError,
    CourseUnpublished,
    NotFound,
    PermissionMissing,
    Refused,
    ScopeMissing,
    SisExportNotEnabled,
    TokenExpired,
    TokenInvalid,
    excerpt,
)


class Call(NamedTuple):
    """What is asked, in the words of an error message.

    what: as in "Canvas's answer for {what}". route: Canvas's own name of the endpoint, from which a developer key's
    scope is made. permission: what the token's user needs in Canvas.
    """

    what: str
    route: str
    permission: str


class Reply(NamedTuple):
    """An answer, read whole."""

    url: URL
    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body[:8_000].decode("utf-8", "replace")

    @property
    def throttled(self) -> bool:
        """429, and the 403 that older Canvas gives instead (the body tells it from a missing permission)."""
        return self.status == 429 or (self.status == 403 and "rate limit exceeded" in self.text.lower())

    @property
    def scope_refused(self) -> bool:
        return self.status == 401 and "insufficient scopes" in self.text.lower()

    @property
    def token_refused(self) -> bool:
        """Canvas sends `WWW-Authenticate` only where the token itself is at fault."""
        return self.status == 401 and "WWW-Authenticate" in self.headers and not self.scope_refused

    @property
    def remaining(self) -> float | None:
        """What is left of the token's bucket."""
        try:
            value = float(self.headers.get("X-Rate-Limit-Remaining", ""))
        except ValueError:
            return None
        return max(0.0, value) if abs(value) < 1e9 else None

    def retry_after(self, now: Instant) -> float | None:
        """Seconds that the server asks to wait, as it writes them or as a date."""
        text = self.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdigit() and len(text) < 10:
            return float(text)
        try:
            until = parsedate_to_datetime(text)
            return max(0.0, (from_datetime(until) - now) / SECOND)
        except (ValueError, TypeError, OverflowError, IndexError):
            return None


def words(body: bytes) -> str:
    """The message in an error's body, in whichever of Canvas's shapes it comes; "" if there is none."""
    try:
        answer = msgspec.json.decode(body[:100_000])
    except (ValueError, RecursionError):
        return ""
    return clean(" ".join(_words(answer, 4)).strip(), limit=200)


def _words(answer: object, depth: int) -> list[str]:
    if isinstance(answer, str):
        return [answer]
    if depth and isinstance(answer, list):
        return [word for each in answer[:3] for word in _words(each, depth - 1)]
    if depth and isinstance(answer, dict):
        for key in ("error_description", "message", "errors", "error"):
            if answer.get(key):
                return _words(answer[key], depth - 1)
        return [
            word for value in list(answer.values())[:2] if isinstance(value, list) for word in _words(value, depth - 1)
        ]
    return []


def refusal(reply: Reply, call: Call) -> CanvasError:
    """The error that an answer of 300 and more means; throttling and 5xx are none of this."""
    if reply.status == 401:
        return _unauthorized(reply, call)
    said = words(reply.body)
    lower = reply.text.lower()
    if reply.status == 404 or (reply.status == 403 and "invalid assignment ids" in lower):
        return NotFound(
            f"Canvas has no {call.what}, or does not show it",
            "Check the id and the connection's account.",
            status=reply.status,
            answer=reply.text,
        )
    if reply.status == 403:
        return _forbidden(reply, call)
    if reply.status == 400 and '"not_enabled"' in lower:
        return SisExportNotEnabled(
            "Canvas's bulk SIS grade export is off for this account",
            "Courses are read one by one; ask for the feature to speed that up.",
            status=400,
            answer=reply.text,
        )
    if reply.status == 400 and '"unpublished_course"' in lower:
        return CourseUnpublished(
            "The course is not published, so Canvas shows no grade data of it",
            "Publish it.",
            status=400,
            answer=reply.text,
        )
    if reply.status < 400:
        return BadAnswer(
            f"Canvas sent gradesync on without saying where ({reply.status}) for {call.what}",
            "Check that the connection's address is Canvas itself.",
            status=reply.status,
            answer=reply.text,
        )
    return Refused(
        f"Canvas refused {call.what} ({reply.status}): {said or excerpt(reply.body) or 'without a reason'}",
        "Send the support bundle if it goes on.",
        status=reply.status,
        answer=reply.text,
    )


def _unauthorized(reply: Reply, call: Call) -> CanvasError:
    if reply.scope_refused:
        scope = f"url:GET|{call.route}"
        return ScopeMissing(
            f"The developer key does not allow {call.what}",
            f"Tick the scope {scope} in the key (Admin → Developer Keys).",
            scope=scope,
            status=401,
            answer=reply.text,
        )
    if not reply.token_refused:
        return _forbidden(reply, call)
    if "expired" in reply.text.lower():
        return TokenExpired(
            "The Canvas token has expired",
            "Make a new one in Canvas (Account → Settings → New Access Token), or "
            "connect with a developer key and its refresh token, which renews itself.",
            status=401,
            answer=reply.text,
        )
    fault = "was revoked" if "revoked" in reply.text.lower() else "is mistyped, revoked, or another Canvas's"
    return TokenInvalid(
        f"Canvas does not take the token: it {fault}",
        "Make a new one in Canvas (Account → Settings → New Access Token) and put it where the "
        "connection's reference points.",
        status=401,
        answer=reply.text,
    )


def _forbidden(reply: Reply, call: Call) -> CanvasError:
    said = words(reply.body)
    return PermissionMissing(
        f"The token's user may not see {call.what}{f' ({said})' if said else ''}",
        f'Give the user\'s role the permission "{call.permission}" in Canvas (Admin → Permissions).',
        permission=call.permission,
        status=reply.status,
        answer=reply.text,
    )


def grant_refusal(reply: Reply) -> CanvasError:
    """The error that a refusal of Canvas's token service means (RFC 6749 section 5.2 and Canvas's own words)."""
    said = words(reply.body)
    lower = reply.text.lower()
    if "invalid_client" in lower or "unauthorized_client" in lower:
        what, do = (
            f"Canvas does not take the developer key ({said})",
            "Check its id and secret, and that the key is ON.",
        )
    elif "invalid_scope" in lower:
        return ScopeMissing(
            f"The developer key enforces scopes that the token does not have ({said})",
            "Make a new refresh token.",
            scope="",
            status=reply.status,
            answer=reply.text,
        )
    elif reply.status in (400, 401, 403):
        what, do = f"Canvas does not take the refresh token ({said})", "Authorize the developer key again."
    else:
        return Refused(
            f"Canvas's token service answered {reply.status} ({said or excerpt(reply.body)})",
            "Check the connection's address.",
            status=reply.status,
            answer=reply.text,
        )
    return TokenInvalid(what, do, status=reply.status, answer=reply.text)
