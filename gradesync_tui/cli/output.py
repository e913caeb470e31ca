"""Printing: JSON for scripts, aligned columns for people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import click

# What could drive a terminal or hide what a name says, and that JSON does not have to escape.
_UNSAFE = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def emit(value: Any) -> None:
    """One JSON document on one line of stdout."""
    click.echo(json_line(value))


def json_line(value: Any) -> str:
    """A JSON document on one line: every value as it is, written so that a terminal stays calm."""
    import msgspec

    return _UNSAFE.sub(_escaped, msgspec.json.encode(value).decode())


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


def _escaped(found: re.Match[str]) -> str:
    point = ord(found[0])
    if point > 0xFFFF:
        point -= 0x10000
        return f"\\u{0xD800 + (point >> 10):04x}\\u{0xDC00 + (point & 0x3FF):04x}"
    return f"\\u{point:04x}"
