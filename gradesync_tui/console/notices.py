"""What the console has told the person, kept so that it can be read again."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from gradesync_tui.console.presenters.cells import Cell, Span, Tone, cells
from gradesync_tui.domain.clock import Instant

Kind = Literal["done", "warning", "error", "news"]
"""What is said: something was done, needs care, failed; or somebody else did something."""

_LOOKS: dict[Kind, tuple[str, str, Tone]] = {
    "done": ("✓", "ok", "ok"),
    "warning": ("!", "!!", "warn"),
    "error": ("✗", "XX", "bad"),
    "news": ("»", ">>", "accent"),
}


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, in words; and whether it was all that was done."""

    words: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Undo:
    """How something just done can be taken back."""

    act: Callable[[], Awaitable[Undone]]


@dataclass(frozen=True, slots=True)
class Said:
    """One notice."""

    at: Instant
    kind: Kind
    text: str
    undo: Undo | None = None

    def words(self, icons: bool) -> Cell:
        """Sign and words."""
        drawn, ascii_sign, tone = _LOOKS[self.kind]
        return cells((f"{drawn if icons else ascii_sign} ", tone), (self.text, "text"))

    def cell(self, icons: bool, key: str = "z") -> Cell:
        """Sign and words, and the key that takes it back."""
        shown = self.words(icons)
        if self.undo is None:
            return shown
        press = ("app.undo", 0)
        return Cell((*shown.spans, Span("   "), Span(key, "accent", press), Span(" Undo", "text", press)))


class Notices:
    """The last notices, newest last, and what can still be undone."""

    def __init__(self) -> None:
        self.said: deque[Said] = deque(maxlen=200)
        self._can_undo: deque[Said] = deque(maxlen=20)

    def add(self, said: Said) -> None:
        self.said.append(said)
        if said.undo is not None:
            self.can_undo(said)

    @property
    def last_undo(self) -> Said | None:
        """The last of what can still be undone."""
        return self._can_undo[-1] if self._can_undo else None

    def can_undo(self, said: Said) -> None:
        """What this tells can be undone, before all else."""
        self._can_undo.append(said)

    def take_undo(self, said: Said) -> Undo | None:
        """How to undo what this tells, once only; the one before it is next. None if somebody is at it already."""
        if said not in self._can_undo:
            return None
        self._can_undo.remove(said)
        return said.undo
