"""What the command line says about one session of the console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gradesync_tui.domain.clock import SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleOptions:
    """How the console looks and behaves; every default suits a modern terminal.

    read_only: nothing can be changed; the services must have been made read-only too.
    low_bandwidth: ANSI theme, no time that ticks by the second, reading the change feed less often.
    theme: the name of a theme; None chooses by the terminal (`NO_COLOR`, 16 colours) and what was chosen last.
    mouse: False leaves the mouse to the terminal.
    copy_to_file: what is copied goes to a file, for terminals that do not let a program set their clipboard.
    icons: False draws status signs in ASCII.
    start: where to begin, as a path: `Demo District/Grade Sync`, an account's name, or empty for the last place.
    run_engine: start the engine at once if no other engine is alive; else it waits for the key.
    keymap: keys by action id, as the toolkit names them. keymap_faults: what is wrong with it, a line each.
    state_folder: where the last place, theme and sort order are kept; None keeps nothing.
    support: how to reach SIS support, shown where a person may not do something themselves.
    """

    read_only: bool = False
    low_bandwidth: bool = False
    theme: str | None = None
    mouse: bool = True
    copy_to_file: bool = False
    icons: bool = True
    start: str = ""
    run_engine: bool = True
    keymap: Mapping[str, str] = field(default_factory=dict)
    keymap_faults: Sequence[str] = ()
    state_folder: Path | None = None
    support: str = ""
    stale_after: int = 10 * SECOND
