"""The terminal's own cursor, which Braille displays and screen readers follow, stands on what has the focus."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal

pytestmark = pytest.mark.timeout(120)

PROGRAM = (sys.executable, "-m", "gradesync_tui")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[dict[str, str]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GRADESYNC_", "XDG_"))}
    environment = {**kept, "HOME": str(tmp_path)}
    for words in ("init", "accounts add Lakeside --zone UTC", "schedules add --every 4h --first-run now"):
        subprocess.run([*PROGRAM, *words.split()], env=environment, check=True, capture_output=True)
    yield environment


def stands_on(terminal: Terminal, words: str) -> None:
    """Wait until the cursor's line holds these words from the cursor on."""
    terminal._wait(lambda: terminal.at_cursor().startswith(words), f"the cursor is not on {words!r}", 10)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("Overview", "▌ SIS Integration"),
        ("Grade Sync", "▌ Grade Passback"),
        ("People", "▌ "),
        ("Audit log", "▌ "),
        ("Settings", "▌ Name"),
    ],
)
def test_each_place_opens_with_the_cursor_on_its_first_row(home: dict[str, str], place: str, words: str) -> None:
    with Terminal([*PROGRAM, "console", "--no-engine", "--start", f"Lakeside/{place}"], environment=home) as terminal:
        stands_on(terminal, words)


def test_the_cursor_follows_into_fields_dialogs_and_menus(home: dict[str, str]) -> None:
    with Terminal([*PROGRAM, "console", "--no-engine", "--start", "Lakeside/Grade Sync"], environment=home,
                  rows=30) as terminal:  # fmt: skip
        stands_on(terminal, "▌ Grade Passback")
        terminal.press("p")
        stands_on(terminal, "[ Cancel ]")
        terminal.press("tab")
        stands_on(terminal, "[ Pause ]")
        terminal.press("esc", ":")
        stands_on(terminal, "type some letters")
        terminal.press("esc", "/")
        stands_on(terminal, "words to look for")
        terminal.press("esc", "f2")
        stands_on(terminal, "▌")
        terminal.press("esc", "shift+tab")
        stands_on(terminal, "[ Resume All ]")
        terminal.press("shift+tab", "shift+tab")
        stands_on(terminal, "1 Grade Sync")
