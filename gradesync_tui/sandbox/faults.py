"""Faults on demand: what the text of `--faults` means, and when one of them strikes.

Grammar: `side:kind(option=value, …)`, several of them separated by `;`.

side: `canvas` or `sis`.
kind: what happens to a matching request.
    refuse       a refusal of this one record or request (status=422 for the SIS, 403 for Canvas)
    5xx          a server error (status=503)
    429          too many requests (status=429; retry_after=SECONDS for a Retry-After header)
    401          the token is no longer accepted
    slow         the answer comes late (ms=2000)
    reset        the connection breaks, before the request took effect; with `late` after it did
    down         every connection breaks
    noop         a write is answered with success, and nothing has changed
    duplicate    every row of a list comes twice
    wrongtype    200 with an HTML page where JSON belongs
    garbage      200 with JSON of the wrong shape
    hugepage     a list ignores the page size and answers with everything
    endless      the next-page link leads to the same page again, for ever
    elsewhere    the next-page link leads to another host
    truncated    200 with JSON that ends in the middle
    any          each time one of several kinds by chance (of=5xx+429+reset+late+slow+wrongtype)
options, all of which must hold for a request:
    method=PUT  path=TEXT (part of the path)  class=ID  student=ID  assignment=ID  title=TEXT (part of the title)
    write (only PUT, POST, DELETE)  read (only GET)
    rate=0.05 (the chance)  after=N (spares the first N matching requests)  times=N (strikes N times, then is over)
    seed=N (other dice)  body=TEXT (what a refusal says)
    mistakes     no fault of a server: teachers make each of the usual mistakes (count=1) as the district is made
For Canvas `class` is a course, by its id or SIS id. `late` as a kind in `of` is a reset after the effect. A value with
commas, brackets or semicolons stands in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

KINDS = frozenset(
    (
        *("refuse", "5xx", "429", "401", "slow", "reset", "down", "noop"),
        *("duplicate", "wrongtype", "garbage", "hugepage", "endless", "elsewhere", "truncated", "any", "mistakes"),
    )
)
_SUBJECTS = ("class", "student", "assignment", "title")
_NUMBERS = frozenset(("rate", "after", "times", "ms", "retry_after", "status", "count"))
_WORDS = frozenset(("write", "read", "late"))
OPTIONS = _NUMBERS | _WORDS | frozenset((*_SUBJECTS, "method", "path", "seed", "body", "of"))
_BY_CHANCE = "5xx+429+reset+late+slow+wrongtype"
_ONE = re.compile(r'\s*(?P<side>canvas|sis)\s*:\s*(?P<kind>\w+)\s*(?:\((?P<options>(?:"[^"]*"|[^()"])*)\))?\s*')
_BETWEEN_FAULTS = re.compile(r'(?:"[^"]*"|[^;"])+')
_BETWEEN_OPTIONS = re.compile(r'(?:"[^"]*"|[^,"])+')

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
        """A numeric option."""
        return float(self.options.get(name, default))

    def strike(self, method: str, path: str, facts: Facts) -> Fault | None:
        """The fault that hits this request (of `any` the one that chance chose), or None; counts either way."""
        if not self._matches(method, path, facts):
            return None
        self.matched += 1
        if self.matched <= self.number("after", 0) or self.struck >= self.number("times", float("inf")):
            return None
        if self._dice.random() >= self.number("rate", 1.0):
            return None
        self.struck += 1
        if self.kind != "any":
            return self
        kind = self._dice.choice(self.options.get("of", _BY_CHANCE).split("+"))
        chosen = {"late": ""} if kind == "late" else {}
        return Fault(self.side, "reset" if kind == "late" else kind, {"ms": "50", **self.options, **chosen})

    def _matches(self, method: str, path: str, facts: Facts) -> bool:
        options = self.options
        if options.get("method", method).upper() != method or options.get("path", "") not in path:
            return False
        if ("write" in options and method == "GET") or ("read" in options and method != "GET"):
            return False
        return not options.keys() & _SUBJECTS or self._is_about(facts())

    def _is_about(self, facts: Mapping[str, str]) -> bool:
        options = self.options
        same = all(options[name] in facts.get(name, "").split() for name in _SUBJECTS[:3] if name in options)
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
    for part in filter(str.strip, _BETWEEN_FAULTS.findall(text or "")):
        match = _ONE.fullmatch(part)
        if match is None:
            raise BadFault(f"{part.strip()!r} is no fault; write it like sis:5xx(rate=0.05) or canvas:slow(ms=500)")
        kind = match["kind"]
        if kind not in KINDS:
            raise BadFault(f"{kind!r} is no kind of fault; there are {', '.join(sorted(KINDS))}")
        options = _options(match["options"] or "")
        unknown = set(options.get("of", _BY_CHANCE).split("+")) - (KINDS - {"any", "mistakes"}) - {"late"}
        if unknown:
            raise BadFault(f"of={options['of']!r} names {', '.join(sorted(unknown))}, which is no kind of fault")
        faults.append(Fault(match["side"], kind, options))
    return faults


def _options(text: str) -> dict[str, str]:
    options = {}
    for part in filter(str.strip, _BETWEEN_OPTIONS.findall(text)):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if name not in OPTIONS:
            raise BadFault(f"{name!r} is no option of a fault; there are {', '.join(sorted(OPTIONS))}")
        if not equals and name not in _WORDS:
            raise BadFault(f"{name} needs a value: {name}=…")
        if name in _NUMBERS:
            try:
                float(value)
            except ValueError:
                raise BadFault(f"{name}={value!r} must be a number") from None
        options[name] = value.removeprefix('"').removesuffix('"')
    return options
