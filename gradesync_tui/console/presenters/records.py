"""The records of a run, one row each, and everything known of one."""

from __future__ import annotations

from gradesync_tui.console.presenters.cells import Cell, Column, cell
from gradesync_tui.console.presenters.statuses import action_cell, level_cell
from gradesync_tui.domain.clock import to_datetime
from gradesync_tui.domain.records import LogLine, Outcome
from gradesync_tui.domain.text import clean, clean_block
from gradesync_tui.domain.words import RecordKind

ASSIGNMENTS: tuple[Column, ...] = (
    Column("action", "Outcome", 11, 11, sorts=False),
    Column("assignment", "Assignment", 20, 60, sorts=False, hugs=True),
    Column("course", "Course", 14, 40, rank=1, sorts=False, hugs=True),
    Column("section", "Section", 10, 30, rank=3, sorts=False, hugs=True),
    Column("answer", "HTTP", 4, 4, rank=4, align="right", sorts=False),
    Column("cause", "Why", 12, 60, rank=2, sorts=False, hugs=True),
)

SCORES: tuple[Column, ...] = (
    Column("action", "Outcome", 11, 11, sorts=False),
    Column("pupil", "Pupil", 16, 40, sorts=False, hugs=True),
    Column("assignment", "Assignment", 16, 50, sorts=False, hugs=True),
    Column("sent", "Score", 8, 12, align="right", sorts=False, hugs=True),
    Column("before", "Before", 8, 12, rank=3, align="right", sorts=False, hugs=True),
    Column("course", "Course", 14, 36, rank=2, sorts=False, hugs=True),
    Column("section", "Section", 10, 24, rank=4, sorts=False, hugs=True),
    Column("answer", "HTTP", 4, 4, rank=5, align="right", sorts=False),
    Column("cause", "Why", 16, 60, rank=1, sorts=False, hugs=True),
)

LOG: tuple[Column, ...] = (
    Column("at", "At", 8, 8),
    Column("level", "Level", 9, 9),
    Column("stage", "Stage", 21, 21, rank=1),
    Column("text", "What happened", 30, 1_000),
)


def row(outcome: Outcome, icons: bool = True) -> dict[str, Cell]:
    """The cells of a record."""
    from gradesync_tui.domain.causes import cause

    return {
        "action": action_cell(outcome.action, icons),
        "assignment": cell(outcome.assignment),
        "pupil": cell(outcome.pupil),
        "sent": cell(outcome.sent),
        "before": cell(outcome.before, "muted"),
        "course": cell(outcome.course, "muted"),
        "section": cell(outcome.section, "muted"),
        "answer": cell(str(outcome.http_status) if outcome.http_status else "", "muted"),
        "cause": cell(cause(outcome.cause).title, "warn") if outcome.cause else Cell(),
    }


def log_row(line: LogLine, zone: str, icons: bool = True) -> dict[str, Cell]:
    """The cells of a log line."""
    return {
        "at": cell(f"{to_datetime(line.at, zone):%H:%M:%S}", "muted"),
        "level": level_cell(line.level, icons),
        "stage": cell(line.stage or "", "muted"),
        "text": cell(line.text),
    }


def whole(outcome: Outcome, zone: str) -> list[tuple[str, str]]:
    """Everything known of a record, as labels and values; values may have several lines."""
    from gradesync_tui.domain import when
    from gradesync_tui.domain.causes import explain

    facts = [
        ("Kind", "assignment" if outcome.kind is RecordKind.LINE_ITEM else "score"),
        ("Outcome", str(outcome.action)),
        ("Assignment", outcome.assignment),
        ("Pupil", outcome.pupil),
        ("Course", outcome.course),
        ("Section", outcome.section),
        ("At", when.exact(outcome.at, zone)),
        ("Sent", outcome.sent),
        ("Before", outcome.before),
        ("HTTP status", str(outcome.http_status) if outcome.http_status else ""),
        ("Class id", outcome.class_id),
        ("Assignment id", outcome.assignment_id),
        ("Pupil id", outcome.student_id),
        ("SIS id", outcome.sourced_id),
    ]
    if outcome.cause:
        said = explain(outcome.cause, outcome.details)
        facts += [("Why", said.title), ("", said.what), ("Do", said.do), ("Who", said.who)]
    listed = [(label, clean(value)) for label, value in facts if value]
    if outcome.answer:
        listed.append(("Raw answer", clean_block(outcome.answer, limit=4_000)))
    return listed
