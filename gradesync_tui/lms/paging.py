"""Following a list from page to page by Canvas's opaque `Link` header, and never for ever."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from yarl import URL

from gradesync_tui.lms.address import same_host
from gradesync_tui.lms.errors import BadAnswer

MAX_PAGES = 20_000
"""Pages of one list at most: two million rows at 100 a page."""

_MAX_EMPTY = 20
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


def next_link(headers: Iterable[str]) -> str | None:
    """The address of the next page in `Link` headers, if there is one."""
    for header in headers:
        for target, parameters in _LINK.findall(header):
            for quoted, bare in _REL.findall(parameters):
                if "next" in (quoted or bare).lower().split():
                    return str(target)
    return None


class Trail:
    """The pages of one list that were read so far. Raises BadAnswer as soon as they cannot be a list that ends."""

    def __init__(self, what: str, *, max_pages: int = MAX_PAGES) -> None:
        self._what = what
        self._max_pages = max_pages
        self._seen: set[int] = set()
        self._pages = 0
        self._empty = 0
        self._last = b""

    def read(self, url: URL, body: bytes, rows: int) -> None:
        """A page has been read."""
        self._pages += 1
        self._seen.add(hash(str(url)))
        self._empty = 0 if rows else self._empty + 1
        digest = hashlib.blake2b(body, digest_size=16).digest()
        if rows and digest == self._last:
            raise self._endless("two pages hold the same")
        self._last = digest

    def follow(self, target: str, current: URL) -> URL:
        """The next page's address, once it is certain that it leads on."""
        url = same_host(target, current, kind="page")
        if hash(str(url)) in self._seen:
            raise self._endless("a page leads back to one before it")
        if self._empty >= _MAX_EMPTY:
            raise self._endless(f"{self._empty} pages in a row are empty")
        if self._pages >= self._max_pages:
            raise self._endless(f"there are more than {self._max_pages:,} pages")
        return url

    def _endless(self, reason: str) -> BadAnswer:
        return BadAnswer(
            f"Canvas's list for {self._what} does not end: {reason}", "Nothing more was read; the next run tries again."
        )
