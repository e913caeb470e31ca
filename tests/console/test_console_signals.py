"""The console in a real terminal: however it is told to end, the terminal is restored and the run handed on."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

PROGRAM = """
import asyncio, signal, sys
from pathlib import Path
from gradesync_tui.console import ConsoleOptions, run_console
from gradesync_tui.console.app import ConsoleApp
from gradesync_tui.domain.clock import SystemClock
from gradesync_tui.domain.records import Actor
from gradesync_tui.services import Services
from gradesync_tui.store import Store

async def main(folder):
    store = await Store.open(str(folder / "gradesync.sqlite3"))
    services = Services(store, clock=SystemClock(), actor=Actor(login="ana", name="Ana"))
    await services.begin()

    async def engine(stop, _):
        (folder / "engine").write_text("running")
        await stop.wait()
        await asyncio.sleep(0.05)
        (folder / "engine").write_text("handed on")

    try:
        if "told-at-once" in sys.argv:
            opens = ConsoleApp.get_default_screen
            ConsoleApp.get_default_screen = lambda app: app.end(signal.SIGTERM) or opens(app)
        if "crash" in sys.argv:
            secret = "canary-token-value"
            services.accounts = lambda: secret + 1
        return await run_console(services, engine=engine, options=ConsoleOptions(theme="dark"))
    finally:
        await store.close()

sys.exit(asyncio.run(main(Path(sys.argv[1]))))
"""


class RealTerminal:
    """A process in a terminal, and what it has written. size: lines and columns; (0, 0) if nobody told the terminal."""

    def __init__(self, folder: Path, *arguments: str, size: tuple[int, int] = (24, 80)) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "TMPDIR": str(folder)}
        environment.pop("NO_COLOR", None)
        # What a shell has exported, and no resize changes: the terminal alone knows its size.
        environment |= {"COLUMNS": "132", "LINES": "43"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder), *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.written = b""

    def resize(self, lines: int, columns: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        # It is not the process's controlling terminal, so that the kernel tells nobody.
        self.process.send_signal(signal.SIGWINCH)

    def read(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            ready, _, _ = select.select([self.master], [], [], min(left, 0.2))
            if ready:
                try:
                    chunk = os.read(self.master, 65536)
                except OSError:
                    return
                if not chunk:
                    return
                self.written += chunk

    def read_until(self, *wanted: bytes, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not all(each in self.written for each in wanted):
            assert time.monotonic() < end, (wanted, self.written[-2000:])
            self.read(0.1)

    def ended(self) -> int:
        end = time.monotonic() + 20
        while self.process.poll() is None:
            assert time.monotonic() < end, "it does not end"
            self.read(0.1)
        self.read(0.3)
        return self.process.returncode


@pytest.fixture
def started(tmp_path: Path) -> Iterator[RealTerminal]:
    terminal = RealTerminal(tmp_path)
    try:
        terminal.read_until(b"Welcome")
        end = time.monotonic() + 10
        while not (tmp_path / "engine").exists():
            assert time.monotonic() < end, "the engine never started"
            terminal.read(0.1)
        yield terminal
    finally:
        terminal.process.kill()


def restored(written: bytes) -> bool:
    """Out of the alternate screen, the mouse off, the cursor back."""
    return all(each in written for each in (b"\x1b[?1049l", b"\x1b[?1000l", b"\x1b[?25h"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_restores_the_terminal_and_hands_the_run_on(
    started: RealTerminal, tmp_path: Path, number: signal.Signals
) -> None:
    started.process.send_signal(number)
    assert started.ended() == 128 + number
    assert restored(started.written)
    assert (tmp_path / "engine").read_text() == "handed on"


def test_a_signal_while_the_first_picture_is_made_ends_it_as_any_other(tmp_path: Path) -> None:
    terminal = RealTerminal(tmp_path, "told-at-once")
    assert terminal.ended() == 128 + signal.SIGTERM
    assert restored(terminal.written)
    assert b"a fault" not in terminal.written


def test_keys_pressed_before_the_console_has_the_terminal_mean_what_they_say(tmp_path: Path) -> None:
    """The terminal gives Enter as the end of a line until then."""
    terminal = RealTerminal(tmp_path)
    try:
        os.write(terminal.master, b":quit\r")
        assert terminal.ended() == 0
    finally:
        terminal.process.kill()


def test_q_ends_it_well(started: RealTerminal, tmp_path: Path) -> None:
    os.write(started.master, b"q")
    assert started.ended() == 0
    assert restored(started.written)
    assert (tmp_path / "engine").read_text() == "handed on"


def test_a_terminal_that_vanishes_ends_it_and_hands_the_run_on(started: RealTerminal, tmp_path: Path) -> None:
    os.close(started.master)
    started.process.send_signal(signal.SIGHUP)
    started.process.wait(20)
    assert (tmp_path / "engine").read_text() == "handed on"


def test_a_terminal_that_vanishes_without_a_signal_ends_it_too(started: RealTerminal, tmp_path: Path) -> None:
    """It never was the process's controlling terminal, so that no SIGHUP comes: only the end of its input tells."""
    os.close(started.master)
    started.process.wait(5)
    assert started.process.returncode == 128 + signal.SIGHUP
    assert (tmp_path / "engine").read_text() == "handed on"


def test_a_terminal_that_vanishes_before_the_first_picture_ends_it_too(tmp_path: Path) -> None:
    terminal = RealTerminal(tmp_path)
    os.close(terminal.master)
    try:
        assert terminal.process.wait(20) == 128 + signal.SIGHUP
    finally:
        terminal.process.kill()


def test_a_terminal_that_does_not_know_its_size_is_drawn_at_80x24(tmp_path: Path) -> None:
    """As a serial line is: the toolkit's first guess at the size and its second one differ."""
    terminal = RealTerminal(tmp_path, size=(0, 0))
    try:
        terminal.read_until(b"Welcome", b"\x1b[24;1H")
        os.write(terminal.master, b"q")
        assert terminal.ended() == 0
    finally:
        terminal.process.kill()


def test_nothing_of_a_larger_picture_stays_in_a_terminal_that_became_smaller(started: RealTerminal) -> None:
    """A line that it has not would be written over its last one."""
    started.read(0.5)
    before = len(started.written)
    started.resize(10, 40)
    started.read_until(b"40x10 is too small")
    started.read(0.5)
    screen = pyte.Screen(40, 10)
    pyte.ByteStream(screen).feed(b"\x1b[?7l" + started.written[before:])
    assert [line.strip() for line in screen.display[3:]] == [""] * 7


def test_a_fault_shows_one_line_and_no_value(tmp_path: Path) -> None:
    terminal = RealTerminal(tmp_path, "crash")
    assert terminal.ended() == 1
    assert restored(terminal.written)
    assert b"stopped by a fault of its own" in terminal.written
    assert b"canary" not in terminal.written
    report = next(tmp_path.glob("gradesync-crash-*"))
    assert report.stat().st_mode & 0o077 == 0
    assert "canary" not in report.read_text()


def test_nothing_is_written_while_nothing_happens(started: RealTerminal) -> None:
    started.read(3)
    before = len(started.written)
    started.read(3)
    assert len(started.written) == before
