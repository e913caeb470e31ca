"""Labels and values as lines below a list."""

from __future__ import annotations

from collections.abc import Sequence

from gradesync_tui.console.presenters.cells import EMPTY, Cell, Span, wrap

Fact = tuple[str, Cell]
"""A label, and what is said under it."""

LABEL = 12
"""Cells that a label takes, with the blanks after it."""


def fact_lines(facts: Sequence[Fact], width: int, height: int) -> list[tuple[Cell, Cell]]:
    """The facts in a room of some width and height; what has no room there ends in `…`."""
    room = max(10, width - LABEL - 3)
    lines: list[Cell] = []
    for label, value in facts:
        for number, piece in enumerate(wrap(value, room) if value.spans else [EMPTY]):
            lead = label if number == 0 else ""
            lines.append(Cell((Span(f"  {lead:<{LABEL}}", "muted"), *piece.spans)))
    if len(lines) > height > 0:
        lines = [*lines[: height - 1], Cell((*lines[height - 1].spans, Span(" …", "muted")))]
    return [(line, EMPTY) for line in lines]
