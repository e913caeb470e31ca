"""The console begins where the person left it, and the way back leads along the path all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal

pytestmark = pytest.mark.timeout(120)

PROGRAM = (sys.executable, "-m", "gradesync_tui")


def test_esc_leads_from_the_last_place_to_the_first(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GRADESYNC_", "XDG_"))}
    environment = {**kept, "HOME": str(tmp_path)}
    for words in ("init", "accounts add Lakeside --zone UTC"):
        subprocess.run([*PROGRAM, *words.split()], env=environment, check=True, capture_output=True)
    console = [*PROGRAM, "console", "--no-engine"]
    with Terminal(console, environment=environment, folder=tmp_path) as terminal:
        terminal.until("Lakeside")
        terminal.press("o")
        terminal.until("Pause All")
        terminal.press("q")
        assert terminal.until_ended() == 0
    with Terminal(console, environment=environment, folder=tmp_path) as terminal:
        terminal.until("Pause All")
        terminal.press("esc")
        terminal.until_gone("Pause All")
        terminal.until("Admin › Lakeside")
        terminal.press("esc")
        terminal.until("Accounts  1")
        terminal.press("esc", "q")
        assert terminal.until_ended() == 0
