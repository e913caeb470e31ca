"""The audit log: who did what, what was refused, and what it was before and after."""

from __future__ import annotations

import json
from typing import Any

from gradesync_tui.console.presenters.cells import Cell, Column, cell, cells
from gradesync_tui.console.presenters.facts import Fact
from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.records import AuditEntry
from gradesync_tui.domain.text import clean

COLUMNS: tuple[Column, ...] = (
    Column("at", "When", 18, 22, most_first=True, hugs=True),
    Column("who", "Who", 12, 30, hugs=True),
    Column("verb", "Did", 15, 36, hugs=True),
    Column("target", "To what", 16, 40, hugs=True),
    Column("origin", "From", 12, 30, rank=2, hugs=True),
    Column("change", "Change", 20, 120, rank=1, sorts=False),
)

_VALUE = 60


def row(entry: AuditEntry, now: Instant, zone: str, icons: bool = True) -> dict[str, Cell]:
    """The cells of an entry; a refused attempt bears a sign and a word."""
    from gradesync_tui.domain import when

    return {
        "at": cell(when.moment(entry.at, now, zone), "muted"),
        "who": cell(entry.name or entry.login),
        "verb": cells(("" if entry.allowed else f"{refused(icons)}: ", "bad"), (entry.verb, "text")),
        "target": cell(entry.target),
        "origin": cell(entry.origin, "muted"),
        "change": cell("; ".join(changes(entry)), "muted"),
    }


def refused(icons: bool = True) -> str:
    """How a refused attempt is marked."""
    return "✗ refused" if icons else "XX refused"


def details(entry: AuditEntry, zone: str, icons: bool = True) -> list[Fact]:
    """The lines below the list."""
    from gradesync_tui.domain import when

    who = cells((entry.name or entry.login, "strong"), (f"  {entry.login}, from {entry.origin or 'here'}", "muted"))
    facts: list[Fact] = [
        ("Entry", cells((f"{entry.id:,}", "text"), (f"  {when.exact(entry.at, zone)}", "muted"))),
        ("Who", who),
    ]
    if not entry.allowed:
        facts.append(("Result", cell(f"{refused(icons)}: nothing was changed", "bad")))
    facts += [("Change", cell(line)) for line in changes(entry)] or [("Change", cell("none kept", "muted"))]
    return facts


def whole(entry: AuditEntry, zone: str, icons: bool = True) -> list[tuple[str, str]]:
    """Everything known of an entry, as labels and values."""
    from gradesync_tui.domain import when

    facts = [
        ("Entry", f"{entry.id:,}"),
        ("At", when.exact(entry.at, zone)),
        ("Who", f"{clean(entry.name)} ({clean(entry.login)})"),
        ("From", clean(entry.origin) or "not said"),
        ("Did", clean(entry.verb)),
        ("To what", clean(entry.target)),
        ("Result", "done" if entry.allowed else f"{refused(icons)}: nothing was changed"),
    ]
    facts += [("Change" if not number else " ", line) for number, line in enumerate(changes(entry))]
    facts += [(label, _readable(text)) for label, text in (("Before", entry.before), ("After", entry.after)) if text]
    facts.append(("Hash", clean(entry.hash)))
    return facts


def changes(entry: AuditEntry) -> list[str]:
    """What differs between before and after, one line each: `zone: UTC → America/New_York`."""
    before, after = _read(entry.before), _read(entry.after)
    if not isinstance(before, dict | None) or not isinstance(after, dict | None):
        said = [_short(one) for one in (before, after) if one not in (None, "")]
        return [" → ".join(said)] if said else []
    return _differences(before or {}, after or {}, "")


def _differences(before: dict[str, Any], after: dict[str, Any], within: str) -> list[str]:
    lines: list[str] = []
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        name = within + clean(str(key), limit=40)
        if isinstance(old, dict) and isinstance(new, dict):
            lines += _differences(old, new, f"{name}.")
        elif not before:
            lines.append(f"{name}: {_short(new)}")
        elif not after:
            lines.append(f"{name} was {_short(old)}")
        else:
            lines.append(f"{name}: {_short(old)} → {_short(new)}")
    return lines


def _read(text: str) -> Any:
    """What was kept, as it was before it became JSON; a text that is none stays a text."""
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def _short(value: Any) -> str:
    if value is None:
        return "–"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return clean(text, limit=_VALUE)


def _readable(text: str) -> str:
    value = _read(text)
    if not isinstance(value, dict):
        return clean(text, limit=4_000)
    return "\n".join(
        f"{clean(str(key), limit=60)}: {clean(json.dumps(each, ensure_ascii=False), limit=1_000)}"
        for key, each in value.items()
    )
