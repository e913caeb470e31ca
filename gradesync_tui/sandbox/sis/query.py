"""OneRoster collections: limit and offset, total count, links, filter, sort and fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlencode

from gradesync_tui.sandbox.sis.rules import Broken
from gradesync_tui.sandbox.web import Answer, Call, Json

T = TypeVar("T")
DEFAULT_LIMIT = 100

_TERM = re.compile(r"\s*(?P<field>[\w.]+)\s*(?P<op>!=|>=|<=|=|>|<|~)\s*'(?P<value>[^']*)'\s*")


def collection(call: Call, key: str, rows: Sequence[T] | dict[str, T], show: Callable[[T], Json]) -> Answer:
    """One page of a collection. Only the rows of the page are written out where nothing has to be looked into."""
    if call.one("filter") is None and call.one("sort") is None:
        total = len(rows)
        start, limit = _window(call, total)
        values: Iterable[T] = rows.values() if isinstance(rows, dict) else rows
        page = [show(row) for row in islice(values, start, start + limit)]
    else:
        shown = _chosen(call, [show(row) for row in (rows.values() if isinstance(rows, dict) else rows)])
        total = len(shown)
        start, limit = _window(call, total)
        page = shown[start : start + limit]
    fields = call.one("fields")
    if fields:
        page = [_only(row, fields.split(",")) for row in page]
    headers = {"X-Total-Count": str(total)}
    if links := _links(call, start, limit, total):
        headers["Link"] = ", ".join(links)
    return Answer(200, {key: page}, headers)


def only_fields(call: Call, row: Json) -> Json:
    """One record with the fields that were asked for."""
    fields = call.one("fields")
    return _only(row, fields.split(",")) if fields else row


def _window(call: Call, total: int) -> tuple[int, int]:
    if call.unlimited:
        return 0, total
    try:
        start, limit = int(call.one("offset") or 0), int(call.one("limit") or DEFAULT_LIMIT)
    except ValueError:
        raise Broken("limit and offset must be whole numbers", 400) from None
    if start < 0 or limit < 1:
        raise Broken("limit must be at least 1 and offset at least 0", 400)
    return start, limit


def _links(call: Call, start: int, limit: int, total: int) -> list[str]:
    last = max(0, (total - 1) // max(1, limit) * limit)
    wanted = [("first", 0), ("last", last)]
    if start + limit < total:
        wanted.insert(0, ("next", start + limit))
    if start > 0:
        wanted.insert(0, ("prev", max(0, start - limit)))
    kept = [(name, value) for name, value in call.query if name not in ("limit", "offset")]
    return [
        f'<{call.base}{call.path}?{urlencode([*kept, ("limit", limit), ("offset", offset)])}>; rel="{rel}"'
        for rel, offset in wanted
    ]


def _chosen(call: Call, rows: list[Json]) -> list[Json]:
    text = call.one("filter")
    if text:
        rows = [row for row in rows if _matches(text, row)]
    sort = call.one("sort")
    if sort:
        if rows and all(_value(row, sort) is None for row in rows):
            raise Broken(f"{sort} cannot be sorted by", 400, "invalid_selection_field")
        rows = sorted(rows, key=lambda row: _sortable(_value(row, sort)), reverse=call.one("orderBy") == "desc")
    return rows


def _sortable(value: Any) -> tuple[int, float, str]:
    if value is None:
        return (0, 0.0, "")
    return (1, float(value), "") if isinstance(value, int | float) else (2, 0.0, str(value))


def _matches(text: str, row: Json) -> bool:
    parts = re.split(r"'\s+(AND|OR)\s+", text, maxsplit=1)
    terms = [parts[0] + ("'" if len(parts) > 1 else ""), *parts[2:]]
    verdicts = [_term_holds(term, row) for term in terms]
    return any(verdicts) if len(parts) > 1 and parts[1] == "OR" else all(verdicts)


def _term_holds(text: str, row: Json) -> bool:
    term = _TERM.fullmatch(text)
    if term is None:
        raise Broken(f"the filter {text!r} cannot be read", 400, "invalid_selection_field")
    value, wanted = _value(row, term["field"]), term["value"]
    values = value if isinstance(value, list) else [value]
    return any(_compare(one, term["op"], wanted) for one in values)


def _compare(value: Any, op: str, wanted: str) -> bool:
    if value is None:
        return op == "!="
    if isinstance(value, bool):
        value = str(value).lower()
    left: Any = value
    right: Any = wanted
    if isinstance(value, int | float):
        try:
            right = float(wanted)
        except ValueError:
            return op == "!="
    verdicts: dict[str, Callable[[], bool]] = {
        "=": lambda: left == right,
        "!=": lambda: left != right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        "~": lambda: str(wanted).lower() in str(value).lower(),
    }
    return verdicts[op]()


def _value(row: Json, path: str) -> Any:
    value: Any = row
    for name in path.split("."):
        if isinstance(value, list):
            value = [one.get(name) for one in value if isinstance(one, dict)]
        elif isinstance(value, dict):
            value = value.get(name)
        else:
            return None
    return value


def _only(row: Json, fields: list[str]) -> Json:
    wanted = {field.strip() for field in fields}
    unknown = [name for name in wanted if name not in row and not name.isalnum()]
    if unknown:
        raise Broken(f"{', '.join(unknown)} cannot be selected", 400, "invalid_selection_field")
    return {name: value for name, value in row.items() if name in wanted}
