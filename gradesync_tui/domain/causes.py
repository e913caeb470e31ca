"""The failure catalogue: why a record or a run did not go, and what to do, in plain words (see causes.toml)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import msgspec
from msgspec import Struct, field

from gradesync_tui.domain.text import clean

Who = Literal["teacher", "administrator", "registrar", "SIS vendor", "gradesync support"]
Found = Literal["before sending", "answer", "read-back", "connection"]

UNKNOWN = "unknown"

_BODY_LIMIT = 20_000
_PLACE = re.compile(r"\{([a-z_]+)\}")
_TAG = re.compile(r"<(?:script|style)\b.*?(?:</(?:script|style)>|\Z)|<[^<>]{0,2000}>", re.IGNORECASE | re.DOTALL)


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an answer is recognised: by its HTTP status (empty: any) and by words or a pattern in its text."""

    status: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    pattern: str = ""


class Cause(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry. `what` and `do` hold `{names}` for details.

    found: where it shows. retried: whether the same may succeed later although nobody does anything.
    """

    title: str
    who: Who
    what: str
    do: str
    found: tuple[Found, ...]
    retried: bool
    when: tuple[Rule, ...] = ()
    code: str = ""


class Blocked(Struct, frozen=True, kw_only=True):
    """Why a record does not go: a code of the catalogue, and what fills its words."""

    cause: str
    details: dict[str, str] = field(default_factory=dict)


class Explanation(NamedTuple):
    """A cause in words for one record: what happened, what to do next, and who can."""

    title: str
    what: str
    do: str
    who: str


class Recognised(NamedTuple):
    """The cause of an answer, and the details that the answer itself names."""

    cause: str
    details: dict[str, str]


class _Catalogue(NamedTuple):
    causes: dict[str, Cause]
    defaults: dict[str, str]
    worded: list[tuple[str, Rule, re.Pattern[str]]]
    by_status: dict[int, str]


@cache
def _catalogue() -> _Catalogue:
    tables = tomllib.loads(Path(__file__).with_name("causes.toml").read_text("utf-8"))
    defaults = msgspec.convert(tables.pop("defaults"), dict[str, str])
    causes = {code: msgspec.convert({**table, "code": code}, Cause) for code, table in tables.items()}
    worded: list[tuple[str, Rule, re.Pattern[str]]] = []
    by_status: dict[int, str] = {}
    for code, entry in causes.items():
        for rule in entry.when:
            if rule.words or rule.pattern:
                source = rule.pattern or "|".join(re.escape(word) for word in rule.words)
                worded.append((code, rule, re.compile(source, re.IGNORECASE)))
            else:
                by_status.update(dict.fromkeys(rule.status, code))
    return _Catalogue(causes, defaults, worded, by_status)


def catalogue() -> Mapping[str, Cause]:
    """Every cause by its code, in the catalogue's order."""
    return _catalogue().causes


def cause(code: str) -> Cause:
    """The entry of a code; `unknown` for a code that the catalogue does not have."""
    causes = _catalogue().causes
    return causes.get(code) or causes[UNKNOWN]


def explain(code: str, details: Mapping[str, str] | None = None) -> Explanation:
    """A cause in words. Details are data: they are made safe to show and are never looked into for further places.

    A detail that is missing is replaced by a general word; nothing is raised.
    """
    entry = cause(code)
    known = details or {}
    defaults = _catalogue().defaults

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        value = known.get(name)
        text = clean(str(value), limit=300).strip() if value is not None else ""
        return text or defaults.get(name, name)

    return Explanation(entry.title, _PLACE.sub(fill, entry.what), _PLACE.sub(fill, entry.do), entry.who)


def explain_stop(code: str, note: str) -> Explanation:
    """The cause that stopped a whole run; its note says what the details would, which a run does not keep."""
    words = explain(code)
    return words._replace(what=clean(note, limit=300)) if note and _PLACE.search(cause(code).what) else words


def recognise(status: int | None, body: str) -> str:
    """The code of the cause that an answer of the SIS shows; `unknown` as a last resort."""
    return recognised(status, body).cause


def recognised(status: int | None, body: str) -> Recognised:
    """As `recognise`, with what the answer names: the category that is missing, the ones that there are.

    status: the HTTP status, None where there was none. body: the raw answer: JSON of any shape, HTML or plain text.
    """
    found = _catalogue()
    text = _plain(body[:_BODY_LIMIT])
    for code, rule, pattern in found.worded:
        if rule.status and status not in rule.status:
            continue
        match = pattern.search(text)
        if match is not None:
            return Recognised(code, {name: value for name, value in match.groupdict().items() if value})
    if status is not None and status in found.by_status:
        return Recognised(found.by_status[status], {})
    if status is not None and status == 404:
        return Recognised("record_missing" if _is_json(body) else "sis_unsupported", {})
    if status is not None and status >= 500:
        return Recognised("sis_internal_error", {})
    return Recognised(UNKNOWN, {})


def said(body: str) -> str:
    """What an answer says in words: the text inside JSON or HTML on one line, at most 200 characters, safe to show."""
    return clean(" ".join(_plain(body[:_BODY_LIMIT], telling_alone=True).split()), limit=200)


def _plain(body: str, *, telling_alone: bool = False) -> str:
    """The words of an answer: the strings of a JSON document, the text of an HTML page, or the text itself.

    telling_alone: of a JSON document only the descriptions, where there are any.
    """
    start = body.lstrip()[:1]
    if start in ("{", "[", '"'):
        try:
            telling, others = _strings(msgspec.json.decode(body.encode("utf-8", "replace")))
            return "\n".join(telling if telling and telling_alone else telling + others)
        except (msgspec.DecodeError, RecursionError):
            return body
    if start == "<":
        import html  # its table of names takes longer to load than all else here, and few answers are pages

        return html.unescape(_TAG.sub(" ", body))
    return body


def _strings(value: object) -> tuple[list[str], list[str]]:
    """All strings of a JSON document: those that describe (an error's words), and the others (its codes)."""
    telling: list[str] = []
    others: list[str] = []
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting:
        name, item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(reversed(list(cast("dict[str, Any]", item).items())))
        elif isinstance(item, list):
            waiting.extend((name, part) for part in reversed(item))
        elif isinstance(item, str):
            lowered = name.lower()
            is_telling = "description" in lowered or lowered in ("message", "error", "errors", "detail", "title")
            (telling if is_telling else others).append(item)
    return telling, others


def _is_json(body: str) -> bool:
    return body.lstrip()[:1] in ("{", "[")
