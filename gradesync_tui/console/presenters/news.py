"""What others do, as a notice tells it: `Ben Admin resumed Grade Passback, Every 4 hours.`"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from gradesync_tui.console.presenters.schedules import name
from gradesync_tui.domain.records import AuditEntry, Schedule
from gradesync_tui.domain.text import clean, count

_PAST = {
    "run now": "asked for",
    "cancel run": "cancelled",
    "pause schedule": "paused",
    "resume schedule": "resumed",
    "create schedule": "made",
    "change schedule": "changed",
    "remove schedule": "removed",
    "pause all schedules": "paused all schedules of",
    "resume all schedules": "resumed what Pause All had paused of",
}
_SILENT = frozenset({"log in", "make support bundle"})
"""What concerns nobody but who does it."""

_SEEN_IN_ROWS = frozenset({"run now"})
"""What the rows themselves tell with the person's name, at once: the history says who asked for a run."""


def told(entries: Iterable[AuditEntry], login: str, schedules: Mapping[str, str]) -> list[tuple[str, bool]]:
    """What others than `login` did, in the order in which they did it: the words, and whether the rows show it anyway.

    schedules: the name of each by the target that the audit log has, `schedule 12`. What somebody does to several in
    one go is one notice.
    """
    groups: dict[tuple[str, str], list[AuditEntry]] = {}
    for entry in entries:
        if entry.allowed and entry.login != login and entry.verb not in _SILENT:
            groups.setdefault((entry.name or entry.login, entry.verb), []).append(entry)
    return [(_words(who, verb, group, schedules), verb in _SEEN_IN_ROWS) for (who, verb), group in groups.items()]


def _words(who: str, verb: str, group: list[AuditEntry], schedules: Mapping[str, str]) -> str:
    who = clean(who)
    past = _PAST.get(verb)
    if past is None:
        return f"{who}: {clean(verb)}, {', '.join(clean(entry.target) for entry in group[:3])}."
    if len(group) > 1:
        return f"{who} {past} {count(len(group), 'run' if 'run' in verb else 'schedule')}."
    entry = group[0]
    return f"{who} {past} {schedules.get(entry.target) or _name_kept(entry) or clean(entry.target)}."


def _name_kept(entry: AuditEntry) -> str:
    """The name of a schedule that is gone, from what the entry kept of it."""
    try:
        return name(msgspec.json.decode(entry.before, type=Schedule))
    except (msgspec.MsgspecError, ValueError):
        return ""
