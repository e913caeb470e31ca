"""How Canvas's JSON becomes records: strict about ids, calm about the rest, and never stopped by one odd value."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, lru_cache
from inspect import get_annotations
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import msgspec
from msgspec.structs import force_setattr

from gradesync_tui.domain.clock import Instant, from_datetime
from gradesync_tui.domain.text import clean
from gradesync_tui.lms.errors import BadAnswer, excerpt

# What a field is for the program (left) and what it may be on the wire (right). Canvas writes ids as numbers, or as
# text where it is asked to; `Record` turns the wire's value into the program's as soon as a record is made.
if TYPE_CHECKING:
    Id: TypeAlias = str
    OptionalId: TypeAlias = str | None
    Ids: TypeAlias = tuple[str, ...]
    Text: TypeAlias = str
    When: TypeAlias = Instant | None
    Number: TypeAlias = float | None
    Flag: TypeAlias = bool
else:
    Id: TypeAlias = int | str
    OptionalId: TypeAlias = int | str | None
    Ids: TypeAlias = tuple[int | str, ...] | None
    Text: TypeAlias = str | int | float | bool | None
    When: TypeAlias = str | int | None
    Number: TypeAlias = float | str | None
    Flag: TypeAlias = bool | None

T = TypeVar("T")

EARLIEST: Instant = from_datetime(datetime(1, 1, 3, tzinfo=UTC))
LATEST: Instant = from_datetime(datetime(9999, 12, 29, tzinfo=UTC))
"""Dates beyond these are moved to them, so that every instant can be shown in every time zone."""

_LENIENT_LIMIT = 8 * 1024 * 1024
_NUMERAL = re.compile(r"[+-]?\d{1,30}(\.\d{0,30})?([eE][+-]?\d{1,3})?\Z", re.ASCII)
_SURROGATES = re.compile("[\ud800-\udfff]")


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A record of Canvas. `oddities` says which values could not be used and were left out, and why."""

    oddities: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        odd: list[str] = []
        for name, ready, convert in _conversions(type(self)):
            value = getattr(self, name)
            if type(value) is ready:
                continue
            converted = convert(name, value, odd)
            if converted is not value:
                force_setattr(self, name, converted)
        if odd:
            force_setattr(self, "oddities", (*self.oddities, *odd))


Conversion = Callable[[str, Any, list[str]], Any]


@cache
def _conversions(record: type[Record]) -> tuple[tuple[str, type | None, Conversion], ...]:
    """For each field its name, the type that needs no conversion (most values are of it), and the conversion."""
    none = type(None)
    by_kind: dict[object, tuple[type | None, Conversion]] = {
        "Id": (None, _id),
        "OptionalId": (none, _optional_id),
        "Ids": (None, _ids),
        "Text": (str, _text),
        "When": (none, _when),
        "Number": (none, _number),
        "Flag": (bool, _flag),
    }
    found = []
    for owner in record.__mro__:
        for name, kind in get_annotations(owner).items():
            if kind in by_kind:
                found.append((name, *by_kind[kind]))
    return tuple(found)


def _id(name: str, value: int | str, _odd: list[str]) -> str:
    if isinstance(value, int):
        return str(value)
    # It becomes part of addresses and of messages.
    if not value or not value.isprintable() or len(value) > 100 or value.strip(".") == "":
        raise ValueError(f"`{name}` is no id")
    return value


def _optional_id(_name: str, value: int | str | None, _odd: list[str]) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else str(value)


def _ids(_name: str, value: tuple[int | str, ...] | None, _odd: list[str]) -> tuple[str, ...]:
    return tuple(str(each) for each in value or ())


def _text(_name: str, value: object, _odd: list[str]) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value)


def _flag(_name: str, value: bool | None, _odd: list[str]) -> bool:
    return bool(value)


def _when(name: str, value: str | int | None, odd: list[str]) -> Instant | None:
    if value is None or value == "":
        return None
    if isinstance(value, int):
        at = value
    else:
        try:
            at = _parsed(value)
        except ValueError:
            odd.append(f"{name}: {clean(value, limit=60)!r} is no date")
            return None
        except OverflowError:  # year 1 or 9999, and the offset leads out of the calendar
            at = EARLIEST if value.startswith("0") else LATEST
    if not EARLIEST <= at <= LATEST:
        odd.append(f"{name}: {clean(str(value), limit=60)} is beyond the calendar")
        return max(EARLIEST, min(LATEST, at))
    return at


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Instant:
    moment = datetime.fromisoformat(text)
    return from_datetime(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))


def _number(name: str, value: float | str | None, odd: list[str]) -> float | None:
    if value is None or value == "":
        return None
    number = value
    if isinstance(number, str):
        if not _NUMERAL.match(number):
            odd.append(f"{name}: {clean(number, limit=60)!r} is no number")
            return None
        number = float(number)
    if not math.isfinite(number):
        odd.append(f"{name}: {number} is no number that can be sent")
        return None
    return number


def decode(body: bytes, kind: type[T], *, what: str, status: int | None = None, secret: bool = False) -> T:
    """An answer as records; BadAnswer says where it went wrong.

    JSON that is almost right (NaN, numbers beyond all bounds, broken Unicode) is read too, as long as it is not large,
    so that one pupil's odd score does not hide all others. `secret`: nothing of the answer may be shown.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        problem = error
    if len(body) <= _LENIENT_LIMIT:
        try:
            return msgspec.convert(_lenient(body), kind)
        except msgspec.ValidationError as error:
            problem = error
        except (ValueError, RecursionError):
            pass
    reason = "it is nested too deep" if isinstance(problem, RecursionError) else clean(str(problem), limit=120)
    shown = b"(not shown)" if secret else body
    raise BadAnswer(
        f"Canvas's answer for {what} cannot be understood ({reason}): {excerpt(shown)!r}",
        "Check that the connection's address is Canvas itself; else send the support bundle.",
        status=status,
        answer=shown[:4_000].decode("utf-8", "replace"),
    )


def _lenient(body: bytes) -> Any:
    """Python's own reader takes NaN, Infinity and 1e999, and half surrogates, which no database or terminal takes."""
    text = _SURROGATES.sub("\ufffd", body.decode("utf-8", "replace"))
    return json.loads(text, parse_int=_whole, object_pairs_hook=_whole_text)


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < 400 else math.inf


def _whole_text(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: _SURROGATES.sub("\ufffd", value) if isinstance(value, str) else value for key, value in pairs}
