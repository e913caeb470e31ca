"""Measures a terminal program through a real pseudo-terminal: what a person would see, when, and at what cost.

A thread reads what the program writes and only notes when each piece came; the pieces are then fed to an emulated
screen. So every time is about the screen, not about when the program said that it was ready, and counts from just
before the program was started.

The terminal answers the few questions that a modern one answers. It denies in-band resize reports (mode 2048), because
programs that believe in them do not look at SIGWINCH.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pyte

KEYS = {
    "up": "\x1b[A",
    "down": "\x1b[B",
    "enter": "\r",
    "esc": "\x1b",
    "tab": "\t",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
}
ALIKE = 0.98
"""A screen counts as painted once this part of its cells is as it stays."""

_QUESTION = re.compile(rb"\x1b\[0?c|\x1b\[6n|\x1b\[\?(?P<mode>\d+)\$p|\x1b\[\?u")
# Sequences that real terminals know or skip, and that pyte would take for text.
_PRIVATE = re.compile(rb"\x1b\[[<>=][0-9;:]*[a-zA-Z]|\x1b[PX^_][^\x1b]*\x1b\\")

Screen = tuple[str, ...]
"""The lines of a screen."""


@dataclass(frozen=True, slots=True)
class Paint:
    """A screen that appeared. first: when anything could be seen. full: when it looked as it stays (98 %).

    settled: when its text changed for the last time. All in ms; the bytes are those written by the end.
    """

    first: float
    full: float
    settled: float
    bytes: int
    megabytes: float


@dataclass(frozen=True, slots=True)
class Answer:
    """One key. seen: ms until what was looked for stood on the screen, None if it never did; bytes: all it cost."""

    seen: float | None
    bytes: int


class Measured:
    """A program on a terminal of its own. Ends it when left; `environment` comes on top of this process's."""

    def __init__(
        self,
        command: Sequence[str | Path],
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.columns, self.rows = columns, rows
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._pieces: list[tuple[float, bytes]] = []
        self._fed = 0
        self._command = [str(word) for word in command]
        given = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        # The last of them: a program that somebody installed has its bytecode, and does not compile at each start.
        for name in ("COLUMNS", "LINES", "TMUX", "NO_COLOR", "PYTHONDONTWRITEBYTECODE"):
            given.pop(name, None)
        self._environment = {**given, **(environment or {})}

    def __enter__(self) -> Self:
        sys.setswitchinterval(0.0005)  # the reading thread must not wait for the emulation
        self.started = time.perf_counter()
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
            try:
                os.execvpe(self._command[0], self._command, self._environment)
            finally:
                os._exit(127)
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *problem: object) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)
            if self._gone(8):
                break
        self._ended = True
        self._reader.join(1)
        os.close(self._terminal)

    @property
    def lives(self) -> bool:
        """Whether the program still runs: one that told what ails it and ended has painted nothing."""
        state = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        return state != "Z"

    def _gone(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    return True
            except ChildProcessError:
                return True
            time.sleep(0.02)
        return False

    def _read(self) -> None:
        while not self._ended:
            if not select.select([self._terminal], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self._terminal, 1 << 20)
            except OSError:
                return
            if not data:
                return
            self._pieces.append((time.perf_counter(), data))
            for question in _QUESTION.finditer(data):
                self._reply(question)

    def _reply(self, question: re.Match[bytes]) -> None:
        text = question.group(0)
        if text.endswith(b"$p"):
            mode = question.group("mode").decode()
            self._write(f"\x1b[?{mode};{2 if mode == '2026' else 0}$y")
        else:
            self._write("\x1b[1;1R" if text.endswith(b"6n") else "\x1b[?0u" if text.endswith(b"?u") else "\x1b[?62;c")

    def _write(self, text: str) -> None:
        with suppress(OSError):
            os.write(self._terminal, text.encode())

    # --- what is there -----------------------------------------------------------------------------------------------

    @property
    def bytes(self) -> int:
        """How much the program has written so far."""
        return sum(len(data) for _, data in self._pieces)

    @property
    def megabytes(self) -> float:
        """The memory that the program holds now."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())
        return round(int(found.group(1)) / 1024, 1) if found else 0.0

    @property
    def cpu_seconds(self) -> float:
        """The processor time that the program has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def text(self) -> str:
        """The screen as lines without blanks at their ends."""
        for _ in self._feed():
            pass
        return "\n".join(line.rstrip() for line in self._screen.display)

    def looks(self) -> object:
        """Text and colours: a cursor in a list may change colours alone."""
        lines = self._screen.buffer
        return [
            [(cell.data, cell.fg, cell.bg, cell.reverse) for cell in (lines[y][x] for x in range(self.columns))]
            for y in range(self.rows)
        ]

    def _feed(self) -> Iterator[tuple[float, int]]:
        """Feed what came meanwhile, piece by piece: when it came, and its bytes."""
        while self._fed < len(self._pieces):
            when, data = self._pieces[self._fed]
            self._fed += 1
            with suppress(TypeError, ValueError, AttributeError, IndexError):
                self._stream.feed(_PRIVATE.sub(b"", data))
            yield when, len(data)

    # --- what is measured --------------------------------------------------------------------------------------------

    def painted(self, since: float | None = None, quiet: float = 0.7, limit: float = 40) -> Paint:
        """Wait until the text has not changed for `quiet` seconds, and say when it first looked so.

        since: when it began; the program's start if left out.
        """
        began = self.started if since is None else since
        seen: list[tuple[float, Screen]] = []
        while time.perf_counter() - began < limit:
            for when, _ in self._feed():
                seen.append((when, tuple(self._screen.display)))
            visible = [at for at, (_, lines) in enumerate(seen) if any(line.strip() for line in lines)]
            if visible and time.perf_counter() - _last_change(seen)[0] > quiet:
                break
            time.sleep(0.01)
        else:
            raise TimeoutError(f"{self._command[0]} does not settle:\n{self.text()}")
        last = seen[-1][1]
        full = next(when for when, lines in seen if _alike(lines, last) >= ALIKE)
        first = next(when for when, lines in seen if any(line.strip() for line in lines))
        return Paint(
            *(round((when - began) * 1000, 1) for when in (first, full, _last_change(seen)[0])),
            bytes=self.bytes,
            megabytes=self.megabytes,
        )

    def press(self, key: str, look: Callable[[], object] | None = None, quiet: float = 0.2, limit: float = 3) -> Answer:
        """Press a key, and wait until what `look` answers is another; then until the program is quiet.

        look: what of the screen is looked at; all of it if left out.
        """
        look = look or self.looks
        for _ in self._feed():
            pass
        before, bytes_before = look(), self.bytes
        pressed = time.perf_counter()
        self._write(KEYS.get(key, key))
        seen: float | None = None
        latest = pressed
        while (now := time.perf_counter()) - pressed < limit:
            for when, _ in self._feed():
                latest = when
                if seen is None and look() != before:
                    seen = round((when - pressed) * 1000, 2)
            if seen is not None and now - latest > quiet:
                break
            time.sleep(0.001)
        return Answer(seen, self.bytes - bytes_before)

    def type(self, keys: str) -> float:
        """Press a key and measure nothing; when it was pressed."""
        for _ in self._feed():
            pass
        pressed = time.perf_counter()
        self._write(KEYS.get(keys, keys))
        return pressed

    def until(self, there: Callable[[str], bool], limit: float = 30) -> float:
        """Wait until the text of the screen is as it should be; the instant at which it became so."""
        end = time.perf_counter() + limit
        if there(self.text()):
            return time.perf_counter()
        while time.perf_counter() < end:
            for when, _ in self._feed():
                if there("\n".join(line.rstrip() for line in self._screen.display)):
                    return when
            time.sleep(0.002)
        raise TimeoutError(f"never came:\n{self.text()}")

    def quiet(self, quiet: float = 0.4, limit: float = 15) -> None:
        """Wait until nothing is written for a while."""
        end = time.perf_counter() + limit
        while time.perf_counter() < end:
            before = len(self._pieces)
            time.sleep(quiet)
            if len(self._pieces) == before:
                return

    def costs(self, seconds: float) -> tuple[float, float]:
        """Leave it alone for a while: bytes a second, and the part of a processor in percent."""
        before, cpu, began = self.bytes, self.cpu_seconds, time.perf_counter()
        time.sleep(seconds)
        took = time.perf_counter() - began
        return round((self.bytes - before) / took, 1), round((self.cpu_seconds - cpu) / took * 100, 1)


def _last_change(seen: Sequence[tuple[float, Screen]]) -> tuple[float, Screen]:
    last = seen[-1]
    for one in reversed(seen):
        if one[1] != last[1]:
            break
        last = one
    return last


def _alike(lines: Screen, others: Screen) -> float:
    cells = sum(len(line) for line in others)
    same = sum(a == b for line, other in zip(lines, others, strict=True) for a, b in zip(line, other, strict=False))
    return same / max(1, cells)
