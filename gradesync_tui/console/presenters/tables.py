"""The rows of the smaller lists: rollovers and category rules."""

from __future__ import annotations

from collections.abc import Mapping

from gradesync_tui.console.presenters.cells import Cell, Column, Tone, cell, cells
from gradesync_tui.console.presenters.facts import Fact
from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.records import CategoryRule, Rollover
from gradesync_tui.domain.text import count

ROLLOVERS: tuple[Column, ...] = (
    Column("state", "State", 11, 11),
    Column("name", "Rollover", 16, 40, hugs=True),
    Column("pause", "Pauses", 18, 22, hugs=True),
    Column("resume", "Resumes", 18, 22, hugs=True),
    Column("schedules", "Schedules", 9, 12, rank=1, align="right", most_first=True, hugs=True),
    Column("by", "Planned by", 12, 30, rank=2, hugs=True),
    Column("reason", "Reason", 16, 60, rank=3, hugs=True),
)

CATEGORIES: tuple[Column, ...] = (
    Column("group", "Assignment group in Canvas", 26, 60, hugs=True),
    Column("category", "Category in the SIS", 20, 50, hugs=True),
    Column("scope", "Where", 16, 40, hugs=True),
)

_STATES: dict[str, tuple[str, str, Tone]] = {
    "upcoming": ("…", "..", "wait"),
    "ongoing": ("‖", "||", "warn"),
    "completed": ("✓", "ok", "ok"),
}


def rollover(row: Rollover, now: Instant, zone: str, icons: bool = True) -> dict[str, Cell]:
    """A window in which schedules rest."""
    from gradesync_tui.domain import when

    drawn, ascii_sign, tone = _STATES[row.state]
    return {
        "state": cell(f"{drawn if icons else ascii_sign} {row.state}", tone),
        "name": cell(row.name, "strong"),
        "pause": cell(when.moment(row.pause_at, now, zone)),
        "resume": cell(when.moment(row.resume_at, now, zone)),
        "schedules": cell(count(len(row.schedule_ids), "schedule"), "muted"),
        "by": cell(row.updated_by, "muted"),
        "reason": cell(row.reason, "muted"),
    }


def rollover_facts(row: Rollover, schedules: Mapping[int, str], now: Instant, zone: str) -> list[Fact]:
    """All that is known of a window, by what its schedules are called."""
    from gradesync_tui.domain import when

    ends = f"{when.moment(row.pause_at, now, zone)} to {when.moment(row.resume_at, now, zone)}"
    rests = " · ".join(schedules[each] for each in row.schedule_ids if each in schedules)
    return [
        ("Rollover", cell(row.name, "strong")),
        ("Rests", cell(ends)),
        ("Schedules", cell(rests or "none of them is left", "text" if rests else "muted")),
        ("Planned by", cells((row.updated_by, "text"), (f"  {row.reason}" if row.reason else "", "muted"))),
    ]


def category(rule: CategoryRule) -> dict[str, Cell]:
    """An assignment group and what it is sent as."""
    return {
        "group": cell(rule.group, "strong"),
        "category": cell(rule.category),
        "scope": cell(_where(rule), "muted"),
    }


def category_facts(rule: CategoryRule) -> list[Fact]:
    """All that is known of a mapped group."""
    known = f"  known by its id in Canvas, {rule.group_id}" if rule.group_id else "  known by its name"
    return [
        ("Group", cells((rule.group, "strong"), (known, "muted"))),
        ("Sent as", cell(rule.category)),
        ("Where", cell(_where(rule))),
    ]


def _where(rule: CategoryRule) -> str:
    kind, _, of = rule.scope.partition(":")
    return "the whole account" if kind == "account" else f"{kind} {of}"
