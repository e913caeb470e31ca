"""What a table shows: cells of toned text, columns, and how columns share the width that there is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rich.cells import cell_len, chop_cells, set_cell_size

from gradesync_tui.domain.text import clean

Tone = Literal[
    "text", "strong", "muted", "faint", "accent", "ok", "run", "warn", "bad", "wait", "button", "button-off", "heading"
]
"""What a piece of text means; the theme says how that looks."""

Align = Literal["left", "right"]

GAP = 2
"""Blanks between two columns."""

_LUXURY = 5
"""From this rank on a column is shown only where nothing that hugs its content is cut for it."""

_AIR = 4
"""Cells by which a column grows beyond its content where there is more room than anything can use."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a cell. `press` names the action that a mouse click on it does, with its argument.

    extra: it may go whole where the cell has no room for it, because it stands elsewhere too.
    """

    text: str
    tone: Tone = "text"
    press: tuple[str, int] | None = None
    extra: bool = False


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

    least and most: the width in cells; between them it grows with the room. hugs: it takes no more than its content
    needs, and has that before others grow. rank: the higher, the earlier it gives way where the width does not suffice
    (0 never does); from 5 on it also goes before one that hugs its content is cut. sorts: whether its header can be
    sorted by. most_first: sorting by it begins with the greatest or the latest. gap: blanks after it.
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
    hugs: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A column with the width that it got."""

    column: Column
    width: int

    @property
    def key(self) -> str:
        return self.column.key


def widths(columns: Sequence[Column], rows: Iterable[Mapping[str, Cell]]) -> dict[str, int]:
    """What the content of the columns that hug it needs, in cells."""
    hugging = [column.key for column in columns if column.hugs]
    needs = dict.fromkeys(hugging, 0)
    for row in rows:
        for key in hugging:
            needs[key] = max(needs[key], row.get(key, EMPTY).width)
    return needs


def place(columns: Sequence[Column], width: int, needs: Mapping[str, int] | None = None) -> tuple[Placed, ...]:
    """The columns that fit into a width, each with its own; gaps between them are left out of their widths.

    needs: how wide the content is, for columns that hug it. Columns give way by rank, highest first. What is left goes
    to the columns that can use it, evenly; when none can and all is known, each gets a little air.
    """
    bounds = {column.key: _bounds(column, needs or {}) for column in columns}
    kept = list(columns)
    while len(kept) > 1 and not _fits(kept, bounds, width):
        loser = max(kept, key=lambda column: column.rank)
        if loser.rank == 0:
            break
        kept.remove(loser)
    found = {column.key: bounds[column.key][0] for column in kept}
    spare = width - _needed(kept, bounds)
    for growing in ([column for column in kept if column.hugs], kept):
        spare = _spread(found, {column.key: bounds[column.key][1] for column in growing}, spare)
    if needs is not None:
        _spread(found, {key: size + _AIR for key, size in found.items()}, spare)
    return tuple(Placed(column, found[column.key]) for column in kept)


def _bounds(column: Column, needs: Mapping[str, int]) -> tuple[int, int]:
    """The least and the most cells that a column takes."""
    if not column.hugs or column.key not in needs:
        return column.least, column.most
    most = min(column.most, max(needs[column.key], cell_len(column.title) + 2 * column.sorts))
    return min(column.least, most), most


def _fits(columns: Sequence[Column], bounds: Mapping[str, tuple[int, int]], width: int) -> bool:
    """Whether all columns have room; where some are a luxury, also all that hug their content with all of it."""
    least = _needed(columns, bounds)
    if max(column.rank for column in columns) < _LUXURY:
        return least <= width
    return least + sum(most - few for column in columns if column.hugs for few, most in (bounds[column.key],)) <= width


def _needed(columns: Sequence[Column], bounds: Mapping[str, tuple[int, int]]) -> int:
    return sum(bounds[column.key][0] + column.gap for column in columns) - columns[-1].gap


def _spread(found: dict[str, int], most: Mapping[str, int], spare: int) -> int:
    """Widen columns evenly up to their most; what is left over."""
    growing = [key for key in most if found[key] < most[key]]
    while spare > 0 and growing:
        share = max(1, spare // len(growing))
        for key in list(growing):
            more = min(share, most[key] - found[key], spare)
            found[key] += more
            spare -= more
            if found[key] >= most[key]:
                growing.remove(key)
    return spare


def least_width(content: Cell) -> int:
    """The cells in which nothing of it is cut, though all that is extra has gone."""
    return sum(cell_len(span.text) for span in content.spans if not span.extra)


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
    for index in range(len(content.spans) - 1, -1, -1):
        if content.spans[index].extra:
            return fit(Cell(content.spans[:index] + content.spans[index + 1 :]), width, align)
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
    """The cell over several lines of at most `width`, broken at blanks, and a longer word wherever it must."""
    lines: list[list[Span]] = [[]]
    used = 0
    for span in content.spans:
        for word in _pieces(span.text, width):
            size = cell_len(word)
            if used and used + size > width and not word.isspace():
                lines[-1] = _without_tail(lines[-1])
                lines.append([])
                used = 0
            if used == 0 and word.isspace() and len(lines) > 1:
                continue
            before = lines[-1][-1] if lines[-1] else None
            if before is not None and (before.tone, before.press) == (span.tone, span.press):
                lines[-1][-1] = Span(before.text + word, span.tone, span.press)
            else:
                lines[-1].append(Span(word, span.tone, span.press))
            used += size
    return [Cell(tuple(line)) for line in lines]


def _pieces(text: str, width: int) -> Iterator[str]:
    """Blanks and words by turns, a word that is wider than a line in pieces that are not."""
    for word in re.findall(r"\s+|\S+", text):
        if cell_len(word) <= width or word.isspace():
            yield word
        else:
            yield from chop_cells(word, width)


def _without_tail(line: Sequence[Span]) -> list[Span]:
    """The line without blanks at its end, which would make it too wide for where it was broken to fit."""
    while line and line[-1].text.isspace():
        line = line[:-1]
    return [*line[:-1], replace(line[-1], text=line[-1].text.rstrip())] if line else []


def shorten(text: str, width: int) -> str:
    """The text in at most `width` cells, with `…` where it was cut."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…" if width > 0 else ""


def shorten_all(texts: Sequence[str], width: int) -> list[str]:
    """Texts that have a width together: the longest give way first, all to the same length, but never to nothing."""
    sizes = [cell_len(text) for text in texts]
    most = max(sizes, default=0)
    while most > _LEAST and sum(min(size, most) for size in sizes) > width:
        most -= 1
    return [shorten(text, most) for text in texts]


_LEAST = 8
"""Cells that a shortened text keeps at least."""
