"""Reading a collection page by page, whatever the server says about its pages, without ever going round in circles."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from gradesync_tui.sis.answers import records
from gradesync_tui.sis.errors import SisBadAnswer, SisRefused
from gradesync_tui.sis.exchange import PAGE_LIMIT, Answer
from gradesync_tui.sis.http import Http

PAGE = 1000
_USUAL_PAGE = 100
_MOST_PAGES = 5_000
_LINK = re.compile(r"<([^<>]{1,4000})>([^<]{0,400})")
_NEXT = re.compile(r"""\brel\s*=\s*(?:"[^"]*\bnext\b[^"]*"|next\b)""", re.IGNORECASE)


async def pages(http: Http, url: str, *keys: str, page: int = PAGE) -> AsyncGenerator[list[Mapping[str, Any]], None]:
    """The pages of a collection, each record once (by its sourcedId).

    The next page is where `Link` says; without it, further on until `X-Total-Count` is reached; without either, until
    a page is short or brings nothing new. SisBadAnswer for pages without end, and for a link to another host.
    """
    try:
        async for rows in _pages(http, url, keys, page):
            yield rows
    except _PageTooLarge:
        async for rows in _pages(http, url, keys, _USUAL_PAGE):
            yield rows


class _PageTooLarge(Exception):
    """The server does not take so large a `limit`; nothing has been read yet."""


async def _pages(http: Http, url: str, keys: Sequence[str], page: int) -> AsyncGenerator[list[Mapping[str, Any]], None]:
    seen: set[str] = set()
    asked: set[str] = set()
    offset = 0
    target = _with(url, {"limit": str(page), "offset": "0"})
    for _ in range(_MOST_PAGES):
        asked.add(target)
        try:
            answer = await http.request("GET", target, limit=PAGE_LIMIT)
        except SisRefused as problem:
            if problem.http_status in (400, 422) and len(asked) == 1 and page > _USUAL_PAGE:
                raise _PageTooLarge from problem
            raise
        rows = records(answer, *keys)
        # A row that comes twice on a page is one of the server's records, not two.
        offset += len({str(row.get("sourcedId", number)) for number, row in enumerate(rows)})
        fresh = [row for row in rows if _new(row, seen)]
        if fresh:
            yield fresh
        following = _following(answer, target, url, len(rows), offset, page)
        if following is None:
            return
        if following in asked or not fresh:
            _settled(answer, keys[0], len(seen), following in asked)
            return
        target = following
    raise SisBadAnswer(
        "sis_bad_answer", f"the SIS's {keys[0]} have no end", details={"error": f"its {keys[0]} have no last page"}
    )


def _settled(answer: Answer, key: str, known: int, circle: bool) -> None:
    """Some servers know no paging and repeat the whole list; fine, unless they themselves say that there is more."""
    total = _total(answer)
    if circle if total is None else known < total:
        raise SisBadAnswer(
            "sis_bad_answer",
            f"the SIS's pages of {key} go round in circles",
            http_status=answer.status,
            details={"error": f"its pages of {key} go round in circles"},
        )


def _following(answer: Answer, target: str, url: str, got: int, offset: int, page: int) -> str | None:
    if "link" in answer.headers:
        linked = _next_link(answer.headers["link"])
        if linked is not None:
            return _on_host(target, linked)
    total = _total(answer)
    if total is not None:
        more = offset < total and got > 0
    elif "link" in answer.headers:
        more = False
    else:
        # Servers that say nothing may hold fewer records to a page than asked for, and then a round number of them.
        more = got >= page or (got > 0 and got % 10 == 0)
    return _with(url, {"limit": str(page), "offset": str(offset)}) if more else None


def _total(answer: Answer) -> int | None:
    text = answer.headers.get("x-total-count", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _next_link(header: str) -> str | None:
    for link, parameters in _LINK.findall(header):
        if _NEXT.search(parameters):
            return str(link)
    return None


def _on_host(current: str, link: str) -> str:
    """The link, if it stays on the host; a server behind a proxy may write http for https, which is put right."""
    here = urlsplit(current)
    try:
        there = urlsplit(urljoin(current, link))
        same = there.hostname == here.hostname and (
            (there.scheme, _port(there)) == (here.scheme, _port(here))
            or (here.scheme == "https" and there.scheme == "http" and _port(there) in (80, _port(here)))
        )
    except ValueError:
        there, same = here, False
    if not same or there.username or there.password:
        raise SisBadAnswer(
            "sis_bad_answer",
            f"the SIS's next page is not on its own host: {link}",
            details={"error": "its next page is on another host"},
        )
    return urlunsplit((here.scheme, here.netloc, there.path, there.query, ""))


def _port(parts: SplitResult) -> int | None:
    return parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _new(row: Mapping[str, Any], seen: set[str]) -> bool:
    sourced_id = row.get("sourcedId")
    if not isinstance(sourced_id, str | int):
        return True
    if str(sourced_id) in seen:
        return False
    seen.add(str(sourced_id))
    return True


def _with(url: str, query: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    together = {**dict(parse_qsl(parts.query)), **query}
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(together), ""))
