"""Printing: JSON for scripts, aligned columns for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import click


def emit(value: Any) -> None:
    """One JSON document on one line of stdout."""
    import msgspec

    # Written in ASCII escapes for what could drive a terminal: JSON keeps the value, the terminal stays calm.
    text = msgspec.json.encode(value).decode()
    click.echo("".join(_escaped(letter) if _is_unsafe(letter) else letter for letter in text))


def line(text: str) -> None:
    """One line for people on stdout; what it holds may come from anywhere."""
    from gradesync_tui.domain.text import clean

    click.echo(clean(text, limit=2000))


def note(text: str) -> None:
    """One line on stderr: narration, that a script does not read."""
    from gradesync_tui.domain.text import clean

    click.echo(clean(text, limit=2000), err=True)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Aligned columns on stdout; numbers to the right. Without rows, `empty` on stderr."""
    if not rows:
        note(empty)
        return
    from gradesync_tui.domain.text import clean

    cells = [[f"{cell:,}" if isinstance(cell, int) else clean(str(cell), limit=60) for cell in row] for row in rows]
    right = [all(isinstance(row[at], int) for row in rows) for at in range(len(columns))]
    widths = [max(_width(row[at]) for row in [list(columns), *cells]) for at in range(len(columns))]
    for row in [list(columns), *cells]:
        parts = [_fill(cell, width, toward) for cell, width, toward in zip(row, widths, right, strict=True)]
        click.echo("  ".join(parts).rstrip())


def _fill(text: str, width: int, right: bool) -> str:
    blank = " " * (width - _width(text))
    return blank + text if right else text + blank


def _width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _is_unsafe(letter: str) -> bool:
    return (not letter.isascii() and unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")) or letter == "\x7f"


def _escaped(letter: str) -> str:
    point = ord(letter)
    if point > 0xFFFF:
        point -= 0x10000
        return f"\\u{0xD800 + (point >> 10):04x}\\u{0xDC00 + (point & 0x3FF):04x}"
    return f"\\u{point:04x}"
