"""What the console has told the person, kept so that it can be read again."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from gradesync_tui.console.presenters.cells import Cell, Span, Tone, cells
from gradesync_tui.domain.clock import Instant

Kind = Literal["done", "warning", "error"]

_LOOKS: dict[Kind, tuple[str, str, Tone]] = {
    "done": ("✓", "ok", "ok"),
    "warning": ("!", "!!", "warn"),
    "error": ("✗", "XX", "bad"),
}


@dataclass(frozen=True, slots=True)
class Undo:
    """How something just done can be taken back: in words, and by what."""

    words: str
    act: Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Said:
    """One notice."""

    at: Instant
    kind: Kind
    text: str
    undo: Undo | None = None

    def cell(self, icons: bool, key: str = "z") -> Cell:
        """Sign and words, and the key that takes it back."""
        drawn, ascii_sign, tone = _LOOKS[self.kind]
        shown = cells((f"{drawn if icons else ascii_sign} ", tone), (self.text, "text"))
        if self.undo is None:
            return shown
        return Cell((*shown.spans, Span("   "), Span(key, "accent"), Span(" Undo", "text")))


class Notices:
    """The last notices, newest last, and what can still be undone."""

    def __init__(self) -> None:
        self.said: deque[Said] = deque(maxlen=200)
        self._undo: Undo | None = None

    def add(self, said: Said) -> None:
        self.said.append(said)
        if said.undo is not None:
            self._undo = said.undo

    def take_undo(self) -> Undo | None:
        """The last thing that can be undone; once only."""
        undo, self._undo = self._undo, None
        return undo
