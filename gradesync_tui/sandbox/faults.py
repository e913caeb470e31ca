"""Faults on demand: what the text of `--faults` means, and when one of them strikes.

Grammar: `side:kind(option=value, …)`, several of them separated by `;`.

side: `canvas` or `sis`.
kind: what happens to a matching request.
    refuse       a refusal of this one record or request (status=422 for the SIS, 403 for Canvas)
    5xx          a server error (status=503; `times` and `rate` as for all)
    429          too many requests (retry_after=SECONDS for a Retry-After header)
    401          the token is no longer accepted
    slow         the answer comes late (ms=2000)
    reset        the connection breaks, before the request took effect; with `late` after it did
    down         every connection breaks
    noop         200, and nothing has changed
    duplicate    every row of a list comes twice
    wrongtype    200 with an HTML page where JSON belongs
    garbage      200 with JSON of the wrong shape
    hugepage     a list ignores the page size and answers with everything
    endless      the next-page link leads to the same page again, for ever
options, all of which must hold for a request:
    method=PUT  path=TEXT (part of the path)  class=ID  student=ID  assignment=ID  title=TEXT (part of a line item's title)
    rate=0.05 (chance; default 1)  after=N (spares the first N matching requests)  times=N (strikes N times, then is over)
    write (only PUT, POST, DELETE)  read (only GET)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

KINDS = (
    "refuse",
    "5xx",
    "429",
    "401",
    "slow",
    "reset",
    "down",
    "noop",
    "duplicate",
    "wrongtype",
    "garbage",
    "hugepage",
    "endless",
)
OPTIONS = frozenset(
    [
        "method",
        "path",
        "class",
        "student",
        "assignment",
        "title",
        "rate",
        "after",
        "times",
        "write",
        "read",
        "late",
        "status",
        "ms",
        "retry_after",
        "seed",
        "body",
    ]
)
_ONE = re.compile(r"\s*(?P<side>canvas|sis)\s*:\s*(?P<kind>[\w]+)\s*(?:\((?P<options>[^()]*)\))?\s*")

Facts = Callable[[], Mapping[str, str]]
"""What a request is about (class, student, assignment, title), worked out only when a fault asks for it."""


class BadFault(ValueError):
    """A fault that cannot be understood; the message says what is wrong."""


@dataclass(slots=True)
class Fault:
    """One fault with its own dice, so that the same requests in the same order meet it the same way."""

    side: str
    kind: str
    options: dict[str, str] = field(default_factory=dict)
    matched: int = 0
    struck: int = 0
    _dice: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._dice = Random(f"{self.kind}:{self.options.get('seed', '0')}")

    def number(self, name: str, default: float) -> float:
        return float(self.options.get(name, default))

    def strikes(self, method: str, path: str, facts: Facts) -> bool:
        """Whether it hits this request; counts the requests that it could hit."""
        options = self.options
        if options.get("method", method).upper() != method or options.get("path", "") not in path:
            return False
        if ("write" in options and method == "GET") or ("read" in options and method != "GET"):
            return False
        if any(name in options for name in ("class", "student", "assignment", "title")) and not self._is_about(facts()):
            return False
        self.matched += 1
        if self.matched <= self.number("after", 0) or self.struck >= self.number("times", float("inf")):
            return False
        if self._dice.random() >= self.number("rate", 1.0):
            return False
        self.struck += 1
        return True

    def _is_about(self, facts: Mapping[str, str]) -> bool:
        options = self.options
        same = all(options[name] == facts.get(name) for name in ("class", "student", "assignment") if name in options)
        return same and ("title" not in options or options["title"] in facts.get("title", "\0"))

    def as_json(self) -> dict[str, object]:
        return {
            "side": self.side,
            "kind": self.kind,
            "options": self.options,
            "matched": self.matched,
            "struck": self.struck,
        }


def parse_faults(text: str | None) -> list[Fault]:
    """The faults of a text; BadFault where it is wrong."""
    faults = []
    for part in filter(str.strip, (text or "").split(";")):
        match = _ONE.fullmatch(part)
        if match is None:
            raise BadFault(f"{part.strip()!r} is no fault; write it like sis:5xx(rate=0.05) or canvas:slow(ms=500)")
        kind = match["kind"]
        if kind not in KINDS:
            raise BadFault(f"{kind!r} is no kind of fault; there are {', '.join(KINDS)}")
        faults.append(Fault(match["side"], kind, _options(match["options"] or "")))
    return faults


def _options(text: str) -> dict[str, str]:
    options = {}
    for part in filter(str.strip, text.split(",")):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if name not in OPTIONS:
            raise BadFault(f"{name!r} is no option of a fault; there are {', '.join(sorted(OPTIONS))}")
        if name in ("rate", "after", "times", "ms", "retry_after", "status"):
            try:
                float(value)
            except ValueError:
                raise BadFault(f"{name}={value!r} must be a number") from None
        options[name] = value
    return options
