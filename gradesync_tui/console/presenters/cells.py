"""What a table shows: cells of toned text, columns, and how columns share the width that there is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size

from gradesync_tui.domain.text import clean

Tone = Literal[
    "text", "strong", "muted", "faint", "accent", "ok", "run", "warn", "bad", "wait", "button", "button-off", "heading"
]
"""What a piece of text means; the theme says how that looks."""

Align = Literal["left", "right"]

GAP = 2
"""Blanks between two columns."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a cell. `press` names the action that a mouse click on it does, with its argument."""

    text: str
    tone: Tone = "text"
    press: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one column of one row. The text is safe: every constructor here cleans it."""

    spans: tuple[Span, ...] = ()

    @property
    def plain(self) -> str:
        return "".join(span.text for span in self.spans)

    @property
    def width(self) -> int:
        return sum(cell_len(span.text) for span in self.spans)


EMPTY = Cell()


def cell(text: str, tone: Tone = "text") -> Cell:
    """A cell of one tone; text from outside is made safe."""
    return Cell((Span(clean(text), tone),)) if text else EMPTY


def cells(*parts: tuple[str, Tone]) -> Cell:
    """A cell of several pieces."""
    return Cell(tuple(Span(clean(text), tone) for text, tone in parts if text))


def number(value: int | None, tone: Tone = "text") -> Cell:
    """A count with thousands separators; nothing to count is a dash."""
    if value is None:
        return Cell((Span("–", "faint"),))
    return Cell((Span(f"{value:,}", tone if value else "muted"),))


def key_hints(*pairs: tuple[str, str]) -> Cell:
    """Keys with what they do, as every dialog shows them: `Enter Choose   Esc Cancel`."""
    spans: list[Span] = []
    for key, label in pairs:
        spans += [Span(key, "accent"), Span(f" {label}   ", "muted")]
    return Cell(tuple(spans))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    least and most: the width in cells; between them it grows with the room. rank: the higher, the earlier it gives way
    where the width does not suffice (0 never does). sorts: whether its header can be sorted by. most_first: sorting by
    it begins with the greatest or the latest. gap: blanks after it.
    """

    key: str
    title: str
    least: int
    most: int
    rank: int = 0
    align: Align = "left"
    sorts: bool = True
    most_first: bool = False
    gap: int = GAP


@dataclass(frozen=True, slots=True)
class Placed:
    """A column with the width that it got."""

    column: Column
    width: int

    @property
    def key(self) -> str:
        return self.column.key


def place(columns: Sequence[Column], width: int) -> tuple[Placed, ...]:
    """The columns that fit into a width, each with its own; gaps between them are left out of their widths.

    Columns give way by rank, highest first. What is left goes to the columns that can use it, evenly.
    """
    kept = list(columns)
    while len(kept) > 1 and _needed(kept) > width:
        loser = max(kept, key=lambda column: column.rank)
        if loser.rank == 0:
            break
        kept.remove(loser)
    widths = {column.key: column.least for column in kept}
    spare = width - _needed(kept)
    growing = [column for column in kept if column.most > column.least]
    while spare > 0 and growing:
        share = max(1, spare // len(growing))
        for column in list(growing):
            more = min(share, column.most - widths[column.key], spare)
            widths[column.key] += more
            spare -= more
            if widths[column.key] >= column.most:
                growing.remove(column)
    return tuple(Placed(column, widths[column.key]) for column in kept)


def _needed(columns: Sequence[Column]) -> int:
    return sum(column.least + column.gap for column in columns) - columns[-1].gap


def fit(content: Cell, width: int, align: Align = "left") -> tuple[Span, ...]:
    """The cell's spans, padded or cut to exactly `width` cells; what is cut ends in `…`."""
    if width <= 0:
        return ()
    room = content.width
    if room <= width:
        pad = Span(" " * (width - room))
        if not pad.text:
            return content.spans
        return (pad, *content.spans) if align == "right" else (*content.spans, pad)
    left = width - 1
    kept: list[Span] = []
    for span in content.spans:
        size = cell_len(span.text)
        if size > left:
            kept.append(Span(set_cell_size(span.text, left).rstrip() + "…", span.tone, span.press))
            used = sum(cell_len(each.text) for each in kept)
            if used < width:
                kept.append(Span(" " * (width - used)))
            break
        kept.append(span)
        left -= size
    return tuple(kept)


def wrap(content: Cell, width: int) -> list[Cell]:
    """The cell over several lines of at most `width`, broken at blanks; a word that is longer is cut."""
    lines: list[list[Span]] = [[]]
    used = 0
    for span in content.spans:
        for word in re.findall(r"\s+|\S+", span.text):
            size = cell_len(word)
            if used and used + size > width and not word.isspace():
                lines.append([])
                used = 0
            if used == 0 and word.isspace() and len(lines) > 1:
                continue
            if size > width:
                word, size = shorten(word, width), width
            before = lines[-1][-1] if lines[-1] else None
            if before is not None and (before.tone, before.press) == (span.tone, span.press):
                lines[-1][-1] = Span(before.text + word, span.tone, span.press)
            else:
                lines[-1].append(Span(word, span.tone, span.press))
            used += size
    return [Cell(tuple(line)) for line in lines]


def shorten(text: str, width: int) -> str:
    """The text in at most `width` cells, with `…` where it was cut."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…" if width > 0 else ""
