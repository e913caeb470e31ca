"""What the console shows is whole, whatever has happened to its terminal, though it sends only what differs."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal

pytestmark = pytest.mark.timeout(120)

PROGRAM = (sys.executable, "-m", "gradesync_tui")
# So far off that how long until then is the same from the beginning of a test to its end.
SCHEDULE = "schedules add --first-run 2099-08-18T06:00 --every"


CONSOLE = [*PROGRAM, "console", "--no-engine", "--start", "Lakeside/Grade Sync"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home with an account and four schedules."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GRADESYNC_", "XDG_"))}
    environment = {**kept, "HOME": str(tmp_path), "COLORTERM": "truecolor"}
    words = ["init", "accounts add Lakeside --zone UTC", *(f"{SCHEDULE} {hours}h" for hours in (4, 6, 8, 12))]
    for each in words:
        subprocess.run([*PROGRAM, *each.split()], env=environment, check=True, capture_output=True)
    return environment


@pytest.fixture
def terminal(environment: dict[str, str], tmp_path: Path) -> Iterator[Terminal]:
    """Grade Sync with four schedules, on a terminal of 80x24."""
    with Terminal(CONSOLE, environment=environment, folder=tmp_path) as shown:
        shown.until("Every 12 hours")
        shown.settle(1)
        yield shown


def test_ctrl_l_draws_again_what_something_else_wrote_over(terminal: Terminal) -> None:
    terminal.press("down", "?")
    terminal.until("Run this schedule now")
    terminal.press("esc")
    terminal.until_gone("Run this schedule now")
    terminal.press("S")
    terminal.until("Contact SIS Support")
    terminal.press("esc")
    terminal.until_gone("Contact SIS Support")
    terminal.press("tab", "tab", "up")
    terminal.settle(1)
    before = terminal.looks()
    terminal.write_over("rm: cannot remove\r\nBroadcast message from root")
    assert terminal.looks() != before
    terminal.press("ctrl+l")
    terminal.until_looks(before)


def test_the_console_is_shown_also_where_errors_go_to_a_file(environment: dict[str, str], tmp_path: Path) -> None:
    kept = tmp_path / "errors.log"
    command = ["sh", "-c", f"exec {shlex.join(CONSOLE)} 2>{shlex.quote(str(kept))}"]
    with Terminal(command, environment=environment, folder=tmp_path) as shown:
        shown.until("Every 12 hours")
    assert kept.read_text() == ""


def test_another_size_and_back_leaves_nothing_out(terminal: Terminal) -> None:
    before = terminal.looks()
    for size in ((120, 36), (80, 24)):
        terminal.resize(*size)
        terminal.settle()
    terminal.until_looks(before)


def test_another_size_for_a_moment_only_leaves_nothing_out(terminal: Terminal) -> None:
    before = terminal.looks()
    terminal.write_over("\x1b[2J")
    # By the time that the program looks, the size is the old one again.
    os.kill(terminal.pid, signal.SIGWINCH)
    terminal.until_looks(before)


def test_a_process_that_was_stopped_shows_everything_once_it_goes_on(terminal: Terminal) -> None:
    before = terminal.looks()
    os.kill(terminal.pid, signal.SIGTSTP)
    terminal.settle()
    terminal.write_over("\x1b[2J$ fg")
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.until_looks(before)


def test_a_cursor_key_costs_little(terminal: Terminal) -> None:
    terminal.press("down")
    terminal.settle()
    before = terminal.bytes
    terminal.press("down")
    terminal.settle()
    assert 0 < terminal.bytes - before <= 1_000
