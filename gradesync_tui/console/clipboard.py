"""Copying to the clipboard of the terminal that the person sits at, also over SSH and inside tmux or screen."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gradesync_tui.domain.text import count

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp

LIMIT = 74_994
"""The longest OSC 52 payload, in characters of base64, that common terminals take."""


def osc52(text: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """The escape sequence that puts a text on the clipboard; None if it is too long for terminals.

    tmux and screen pass it on only when it is wrapped for them, and screen only in short pieces.
    """
    payload = base64.b64encode(text.encode("utf-8")).decode("ascii")
    if len(payload) > LIMIT:
        return None
    sequence = f"\x1b]52;c;{payload}\x07"
    if environment.get("TMUX"):
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if environment.get("STY") or environment.get("TERM", "").startswith("screen"):
        pieces = [sequence[start : start + 700] for start in range(0, len(sequence), 700)]
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return sequence


async def copy(program: ConsoleApp, text: str) -> None:
    """Copy a text and say so; what is too long for the terminal goes to a file."""
    from gradesync_tui.console.exports import save_text

    sequence = osc52(text)
    if sequence is None:
        where = await save_text("copy", "txt", text)
        program.tell(f"Too long for the terminal's clipboard: saved as {where}", "warning")
        return
    program.write_to_terminal(sequence)
    program.tell(f"Copied {count(len(text), 'character')} (by OSC 52; the terminal must allow it)")
