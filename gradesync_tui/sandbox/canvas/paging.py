"""Canvas's paging: opaque absolute links, ten rows unless asked for more, a hundred at most."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from gradesync_tui.sandbox.web import Answer, Call, Refusal

T = TypeVar("T")
DEFAULT_PAGE = 10


def paged(
    call: Call,
    rows: Sequence[T],
    show: Callable[[T], Any],
    *,
    root: str | None = None,
    counted: bool = True,
) -> Answer:
    """One page of a list. root: the key that the list stands under; counted: whether a `last` link is given."""
    size = page_size(call)
    start = _start(call, size)
    body: Any = [show(row) for row in rows[start : start + size]]
    links = [("current", start), ("first", 0)]
    if start > 0:
        links.append(("prev", max(0, start - size)))
    if start + size < len(rows):
        links.append(("next", start + size))
    if counted:
        links.append(("last", max(0, (len(rows) - 1) // size * size)))
    headers = {"Link": ",".join(f'<{_url(call, at, size)}>; rel="{rel}"' for rel, at in links)}
    return Answer(200, body if root is None else {root: body}, headers)


def page_size(call: Call) -> int:
    """How many rows a page has."""
    if call.unlimited:
        return 10_000_000
    try:
        asked = int(call.one("per_page") or DEFAULT_PAGE)
    except ValueError:
        asked = DEFAULT_PAGE
    return min(max(1, asked), call.page_limit)


def _start(call: Call, size: int) -> int:
    page = call.one("page")
    if page is None:
        return 0
    if page.isdecimal():
        return max(0, int(page) - 1) * size
    try:
        text = base64.urlsafe_b64decode(page.removeprefix("bookmark:")).decode()
        kind, _, offset = text.partition("/")
        if kind == "at":
            return int(offset)
    except (binascii.Error, ValueError):
        pass
    raise Refusal(Answer(400, {"errors": [{"message": "invalid page bookmark"}]}))


def _url(call: Call, start: int, size: int) -> str:
    bookmark = base64.urlsafe_b64encode(f"at/{start:08d}".encode()).decode()
    kept = [(key, value) for key, value in call.query if key not in ("page", "per_page", "access_token")]
    return f"{call.base}{call.path}?{urlencode([*kept, ('page', f'bookmark:{bookmark}'), ('per_page', size)])}"
