"""Copying to the clipboard of the terminal that the person sits at, also over SSH and inside tmux or screen."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp

LIMIT = 74_994
"""The longest OSC 52 payload, in characters of base64, that common terminals take."""

_PIECE = 700
"""What screen takes at once; it would print the rest."""

_WITHOUT = ("linux", "vt", "dumb", "cons", "ansi", "sun")
"""How the TERM of terminals begins that have no clipboard, and may print what they do not know."""


def osc52(text: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """The escape sequences that put a text on the clipboard; None if it is too long, or the terminal has none.

    tmux takes it bare if its `set-clipboard` is on, and hands a wrapped one on if its `allow-passthrough` is: it gets
    both. screen hands it on in short pieces. A TERM of screen without either's own variables, as after `ssh` from
    within one of them, may be both.
    """
    payload = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    terminal = environment.get("TERM", "")
    in_tmux = environment.get("TMUX") or terminal.startswith("tmux")
    in_screen = environment.get("STY") or terminal.startswith("screen")
    if len(payload) > LIMIT or (terminal.startswith(_WITHOUT) and not in_tmux and not in_screen):
        return None
    bare = f"\x1b]52;c;{payload}\x07"
    if in_tmux:
        return bare + "\x1bPtmux;" + bare.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if in_screen:
        pieces = "".join(f"\x1bP{bare[start : start + _PIECE]}\x1b\\" for start in range(0, len(bare), _PIECE))
        return pieces + (bare if not environment.get("STY") and len(bare) <= _PIECE else "")
    return bare


def condition(environment: Mapping[str, str] = os.environ) -> str:
    """What must be so for a copy to arrive, which nobody tells us."""
    if environment.get("TMUX") or environment.get("TERM", "").startswith("tmux"):
        return "if tmux lets it through: set -g set-clipboard on"
    return "if your terminal lets programs copy (OSC 52)"


async def copy(program: ConsoleApp, text: str, what: str) -> None:
    """Copy a text and say so; what the terminal cannot take goes to a file. what: such as `3 rows`."""
    from gradesync_tui.console.exports import hand_over, save_text

    sequence = None if program.options.copy_to_file else osc52(text)
    if sequence is None:
        path = await save_text("copy", "txt", text + "\n")
        why = "" if program.options.copy_to_file else ", because this terminal's clipboard cannot take it"
        program.tell(f"Copied {what} to a file{why}: saved {hand_over(program, path)}")
        return
    program.write_to_terminal(sequence)
    program.tell(f"Copied {what}, {condition()}")
