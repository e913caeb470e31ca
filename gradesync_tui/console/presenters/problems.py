"""The problems of a run, grouped by cause: what happened, what to do, who can, and the records that it concerns."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

from gradesync_tui.console.presenters.cells import EMPTY, Cell, Column, Span, cell, shorten_all
from gradesync_tui.domain.records import CauseCount, Outcome
from gradesync_tui.domain.text import clean, count
from gradesync_tui.domain.words import RecordKind

_WHAT = 110
_MARGINS = 4
_RIGHT = 34
"""Cells of the widest list's first column; beside a table; and of the columns at the right, with all blanks."""

COLUMNS: tuple[Column, ...] = (
    Column("what", "", 30, _WHAT, sorts=False),
    Column("right", "", 8, 14, align="right", sorts=False, hugs=True),
    Column("who", "", 8, 24, sorts=False, hugs=True),
)

_TEXT_WIDTH = 96


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """A line of the grouped list: a cause, a line of its words, one of its records, or `more` of them.

    key: the same for as long as the line is there, so that the cursor stays on it while others come and go.
    """

    key: int
    kind: Literal["cause", "words", "record", "more"]
    cause: str
    what: Cell
    right: Cell = EMPTY
    who: Cell = EMPTY
    outcome: Outcome | None = None


def lines(
    causes: Sequence[CauseCount],
    opened: Collection[str],
    records: Mapping[str, Sequence[Outcome]],
    *,
    width: int,
    icons: bool = True,
    note: str = "",
) -> list[ProblemLine]:
    """The whole list, the largest cause first; the opened ones with their words and records.

    note: what the run says of itself, for the cause without records that stopped it.
    """
    from gradesync_tui.domain import causes as catalogue

    listed: list[ProblemLine] = []
    told: Counter[str] = Counter()

    def add(
        kind: Literal["cause", "words", "record", "more"],
        cause: str,
        what: Cell,
        right: Cell = EMPTY,
        who: Cell = EMPTY,
        outcome: Outcome | None = None,
    ) -> None:
        told[cause] += 1
        key = outcome.id if outcome is not None else -(crc32(cause.encode()) << 32 | told[cause])
        listed.append(ProblemLine(key, kind, cause, what, right, who, outcome))

    for each in causes:
        known = records.get(each.cause, ())
        if each.records:
            said = catalogue.explain(each.cause, known[0].details if known else None)
        else:
            said = catalogue.explain_stop(each.cause, note)
        is_open = each.cause in opened
        arrow = ("▾" if is_open else "▸") if icons else ("-" if is_open else "+")
        add(
            "cause",
            each.cause,
            Cell((Span(f"{arrow} ", "accent"), Span(said.title, "strong"))),
            cell(count(each.records, "record") if each.records else "the whole run", "warn"),
            cell(said.who, "muted"),
        )
        if not is_open:
            continue
        room = max(24, min(_TEXT_WIDTH, width - 14))
        for part in textwrap.wrap(said.what, room):
            add("words", each.cause, Cell((Span("    "), Span(clean(part), "text"))))
        for number, part in enumerate(textwrap.wrap(f"Do: {said.do}", room)):
            lead = Span("    Do: " if number == 0 else "        ", "accent")
            add("words", each.cause, Cell((lead, Span(clean(part).removeprefix("Do: "), "strong"))))
        for outcome in known:
            right, answer = record_right(outcome)
            # Where nothing stands at the right, the names run on to there.
            names = min(_WHAT, width - _RIGHT) if right.spans else min(_WHAT + 20, width - _MARGINS)
            add("record", each.cause, record(outcome, names), right, answer, outcome)
        if len(known) < each.records:
            more = cell(f"      {each.records - len(known):,} more: Enter shows them", "accent")
            add("more", each.cause, more)
    return listed


def record(outcome: Outcome, width: int = 120) -> Cell:
    """The record as a person knows it: each of its names recognisable in a width."""
    names = [clean(name, limit=120) for name in outcome.names]
    first, *rest = shorten_all(names, width - _INDENT - 3 * (len(names) - 1)) or ["(no name)"]
    return Cell((Span(" " * _INDENT), Span(first, "text"), Span("".join(f" · {name}" for name in rest), "muted")))


_INDENT = 6


def record_right(outcome: Outcome) -> tuple[Cell, Cell]:
    """What was sent, or that it is an assignment; and how the SIS answered if it did."""
    sent = f"score {clean(outcome.sent, limit=8)}" if outcome.sent else ""
    said = "assignment" if outcome.kind is RecordKind.LINE_ITEM else sent
    answer = f"HTTP {outcome.http_status}" if outcome.http_status else " " * bool(said)
    return cell(said, "muted"), cell(answer, "muted")
