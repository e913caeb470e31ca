"""What the terminal shows, remembered cell by cell, so that only what differs is sent to it.

The toolkit sends every line of every widget that asked for a repaint, each piece of text with its colours in full. Over
a slow line that is what one waits for: most of it stands there already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, cast

from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS, Console
from rich.style import Style
from textual._cells import cell_len
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.strip import Strip

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.screen import Screen

_NEAR = 5
"""Unchanged cells between two changes that cost no more to send again than to leap over."""


class Look(NamedTuple):
    """How a cell is drawn, in the numbers of SGR. marks: 1 is bold. ink, ground: "" is the terminal's own colour."""

    marks: frozenset[int]
    ink: str
    ground: str


PLAIN = Look(frozenset(), "", "")
_UNSEEN_ON_BLANK = frozenset({1, 2, 3})
"""Bold, dim and italic: nobody sees them, nor the ink, where nothing is written."""
_ENDS = {1: 22, 2: 22, 3: 23, 4: 24, 5: 25, 6: 25, 7: 27, 8: 28, 9: 29, 21: 24, 51: 54, 52: 54, 53: 55}
"""What ends each mark; some end two."""

Cell = tuple[str, Look]
"""A character, and how it looks."""

Piece = tuple[int, int, Strip]
"""A part of a line, and the column and the line where it begins, from 0."""


class Shadow:
    """The cells that the terminal shows. Nothing is known at first, nor of what has never been sent."""

    def __init__(self) -> None:
        self._lines: dict[int, list[Cell | None]] = {}

    def forget(self) -> None:
        """The terminal may show anything now: send everything again that is drawn from here on."""
        self._lines.clear()

    def take(self, pieces: Iterable[Piece], colours: ColorSystem) -> str:
        """What to send so that the terminal shows these pieces. colours: how many it has."""
        pen = _Pen()
        for x, y, strip in pieces:
            line = self._lines.setdefault(y, [])
            cells = _cells(strip, colours)
            if cells is None:
                pen.write_whole(x, y, strip, colours)
                # With another opinion of its width the terminal has written over what follows; and a combining
                # character at its beginning has changed the cell before.
                del line[max(0, x - 1) :]
                continue
            end = x + len(cells)
            line.extend([None] * (end - len(line)))
            if line[x:end] != cells:
                for start, stop in _runs(line[x:end], cells):
                    pen.write(x + start, y, cells[start:stop])
                line[x:end] = cells
        return pen.done()


class Saving(CompositorUpdate):
    """An update of the toolkit's that sends only what differs; once it is rendered it counts as shown."""

    def __init__(self, shadow: Shadow, update: LayoutUpdate | ChopsUpdate) -> None:
        self._shadow = shadow
        self._update = update

    def render_segments(self, console: Console) -> str:
        return self._shadow.take(_pieces(self._update), COLOR_SYSTEMS[console.color_system or "truecolor"])


def _pieces(update: LayoutUpdate | ChopsUpdate) -> Iterator[Piece]:
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in strips:
                yield x, y, strip
                x += strip.cell_length
    else:
        for y, start, end in update.spans:
            for (x, piece), stop in zip(update.chops[y].items(), update.chop_ends[y], strict=False):
                if piece is not None and x < end and stop > start:
                    yield x, y, piece


class ShadowedApp(App[None]):
    """An application that sends only what differs from what its terminal shows."""

    def __init__(self) -> None:
        super().__init__()
        self._shadow = Shadow()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if screen.outer_size != self.size:
            # Drawn for a size that the terminal no longer has: its lines would end up on others. All follows anew.
            return
        if isinstance(renderable, LayoutUpdate | ChopsUpdate):
            renderable = cast("RenderableType", Saving(self._shadow, renderable))
        super()._display(screen, renderable)

    def on_resize(self) -> None:
        """The terminal has another size or, after a pause of the process, is ours again: it may show anything."""
        self.do_app_redraw()

    def do_app_redraw(self) -> None:
        """Send the whole screen again."""
        self._shadow.forget()
        self.refresh()


# --- cells -----------------------------------------------------------------------------------------------------------


def _cells(strip: Strip, colours: ColorSystem) -> list[Cell] | None:
    """A strip's cells; None if it can only be sent whole, because terminals differ in the columns that it takes."""
    cells: list[Cell] = []
    for text, style, _ in strip:
        if not _one_column_each(text):
            return None
        look = _look(style, colours)
        blank = _blank(look)
        if blank is look:
            cells += [(char, look) for char in text]
        else:
            cells += [(char, look if char != " " else blank) for char in text]
    return cells


@lru_cache(4096)
def _one_column_each(text: str) -> bool:
    """Whether every character takes one column on any terminal: wide and combining ones do not."""
    return text.isprintable() and (text.isascii() or all(cell_len(char) == 1 for char in text))


@lru_cache(4096)
def _look(style: Style | None, colours: ColorSystem) -> Look:
    if style is None:
        return PLAIN
    names = ("bold", "dim", "italic", "underline", "blink", "blink2", "reverse", "conceal", "strike", "underline2")
    numbers = (1, 2, 3, 4, 5, 6, 7, 8, 9, 21, 51, 52, 53)
    marks = zip((*names, "frame", "encircle", "overline"), numbers, strict=True)
    ink = style.color.downgrade(colours).get_ansi_codes() if style.color else ()
    ground = style.bgcolor.downgrade(colours).get_ansi_codes(foreground=False) if style.bgcolor else ()
    return _one_look(
        frozenset(number for name, number in marks if getattr(style, name)),
        ";".join(code for code in ink if code != "39"),
        ";".join(code for code in ground if code != "49"),
    )


@cache
def _one_look(marks: frozenset[int], ink: str, ground: str) -> Look:
    """One object for each look, so that cells are compared quickly."""
    return Look(marks, ink, ground)


@cache
def _blank(look: Look) -> Look:
    """How a blank of this look is seen."""
    return look if look.marks - _UNSEEN_ON_BLANK else _one_look(frozenset(), "", look.ground)


def _runs(before: Sequence[Cell | None], after: Sequence[Cell]) -> Iterator[tuple[int, int]]:
    """From where to where cells differ; runs that lie near each other are one."""
    start = end = -1
    for at, (old, new) in enumerate(zip(before, after, strict=True)):
        if old is new or old == new:
            continue
        if at - end > _NEAR or start < 0:
            if start >= 0:
                yield start, end
            start = at
        end = at + 1
    if start >= 0:
        yield start, end


# --- sending ---------------------------------------------------------------------------------------------------------


class _Pen:
    """Writes cells with as little as the terminal needs: where its cursor stands and what it draws with is known."""

    def __init__(self) -> None:
        self._sent: list[str] = []
        self._at: tuple[int | None, int] = (None, -1)
        self._look = PLAIN

    def write(self, x: int, y: int, cells: Sequence[Cell]) -> None:
        self._go(x, y)
        for look, run in groupby(cells, itemgetter(1)):
            text = "".join(map(itemgetter(0), run))
            self._take_up(look, blank=not text.strip(" "))
            self._sent.append(text)
        self._at = (x + len(cells), y)

    def write_whole(self, x: int, y: int, strip: Strip, colours: ColorSystem) -> None:
        for text, style, _ in strip:
            look, width, is_sure = _look(style, colours), cell_len(text), _one_column_each(text)
            if not is_sure:
                # What the terminal takes fewer columns for would leave something of what stood there before.
                self._go(x, y)
                self._take_up(look, blank=True)
                self._sent.append(" " * width)
                self._at = (x + width, y)
            self._go(x, y)
            self._take_up(look, blank=False)
            self._sent.append(text)
            x += width
            # Only so does what follows stand in its column, whatever the terminal thinks of this.
            self._at = (x, y) if is_sure else (None, y)

    def done(self) -> str:
        """All of it; the terminal draws with its own colours again afterwards."""
        self._take_up(PLAIN, blank=False)
        return "".join(self._sent)

    def _go(self, x: int, y: int) -> None:
        if self._at == (x, y):
            return
        # By the column, never by a distance: the terminal may be elsewhere after a character of disputed width.
        self._sent.append(f"\x1b[{x + 1}G" if self._at[1] == y else f"\x1b[{y + 1};{x + 1}H")

    def _take_up(self, look: Look, *, blank: bool) -> None:
        if blank and not look.marks:
            look = _one_look(self._look.marks & _UNSEEN_ON_BLANK, self._look.ink, look.ground)
        if look is not self._look:
            self._sent.append(_change(self._look, look))
            self._look = look


@lru_cache(4096)
def _change(before: Look, after: Look) -> str:
    """From one look to another, by what differs."""
    if after == PLAIN:
        return "\x1b[m"
    ended = {_ENDS[mark] for mark in before.marks - after.marks}
    begun = {mark for mark in after.marks if mark not in before.marks or _ENDS[mark] in ended}
    codes = [str(code) for code in (*sorted(ended), *sorted(begun))]
    if before.ink != after.ink:
        codes.append(after.ink or "39")
    if before.ground != after.ground:
        codes.append(after.ground or "49")
    return f"\x1b[{';'.join(codes)}m"
