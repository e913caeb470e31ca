"""A program in a real pseudo-terminal, its screen kept by pyte: what a person would see, keys as they press them."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

KEYS = {
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "enter": "\r",
    "esc": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "space": " ",
    "backspace": "\x7f",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "delete": "\x1b[3~",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f5": "\x1b[15~",
    "f12": "\x1b[24~",
}

# Sequences that real terminals know or skip, and that pyte would take for text: of the keyboard and the cursor's style.
_PRIVATE = re.compile(rb"\x1b\[[<>=][0-9;:]*[a-zA-Z]|\x1b\[[0-9;]* q")


class NotShown(AssertionError):
    """What was waited for did not come; the message holds the screen."""


class Terminal:
    """Starts `command` at once, in `folder`.

    environment: the program's whole environment but TERM; None hands on this process's own.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.columns, self.rows = columns, rows
        self.bytes = 0
        """How much the program has written so far."""
        self.last = 0.0
        """When it last wrote, as `time.monotonic` counts."""
        self.status: int | None = None
        """The program's exit status, negative for a signal; None while it runs."""
        self.raw = bytearray()
        """Everything that the program has written, as it came."""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        words = [str(word) for word in command]
        given = {"TERM": "xterm-256color", **(os.environ if environment is None else environment)}
        for name in ("COLUMNS", "LINES"):  # of whoever runs the tests; programs believe them more than the terminal
            given.pop(name, None)
        self.started = time.monotonic()
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            # The size is set before the program starts, so that it never sees another.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            try:
                if folder is not None:
                    os.chdir(folder)
                os.execvpe(words[0], words, given)
            finally:
                os._exit(127)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def seconds(self) -> float:
        """How long ago the program was started."""
        return time.monotonic() - self.started

    def text(self) -> str:
        """The screen as lines without blanks at their ends."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def at_cursor(self) -> str:
        """What stands on the screen from the terminal's own cursor on, to the end of its line."""
        cursor = self._screen.cursor
        return self._screen.display[cursor.y][cursor.x :].rstrip()

    def lines(self, holding: str) -> list[str]:
        """The lines of the screen that hold a text."""
        return [line for line in self.text().splitlines() if holding in line]

    def looks(self) -> list[list[tuple[str, str, str]]]:
        """Each cell as a person sees it: character, ink, ground. What ink a blank has cannot be seen."""
        lines = (self._screen.buffer[y] for y in range(self.rows))
        cells = ((line[x] for x in range(self.columns)) for line in lines)
        return [[(cell.data, cell.fg if cell.data != " " else "", cell.bg) for cell in line] for line in cells]

    def write_over(self, text: str) -> None:
        """Show what another program writes to the same terminal, at its upper left."""
        self._stream.feed(f"\x1b[H{text}".encode())

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, and lose what it shows."""
        self.columns, self.rows = columns, rows
        self._screen.resize(rows, columns)
        self._screen.erase_in_display(2)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, *keys: str) -> None:
        """Press keys one after the other: names as in KEYS, `ctrl+x`, or a letter itself."""
        for key in keys:
            control = chr(ord(key[5:].upper()) & 0x1F) if key.startswith("ctrl+") else None
            self._send(control or KEYS.get(key, key))
            # A lone Escape is one only while nothing follows it at once.
            self.pump(0.15 if key == "esc" else 0.03)

    def type(self, text: str) -> None:
        """Type a text letter by letter."""
        self.press(*text)

    def until(self, text: str, seconds: float = 20) -> str:
        """Wait until a text is on the screen; the screen. NotShown if it does not come, or if the program ends."""
        return self._wait(lambda: text in self.text(), f"{text!r} did not come", seconds)

    def until_gone(self, text: str, seconds: float = 20) -> str:
        """Wait until a text has left the screen."""
        return self._wait(lambda: text not in self.text(), f"{text!r} stays", seconds)

    def until_looks(self, looks: object, seconds: float = 20) -> None:
        """Wait until every cell is as it was when `looks` answered this."""
        self._wait(lambda: self.looks() == looks, "the screen does not look so again", seconds)

    def until_ended(self, seconds: float = 20) -> int:
        """Wait until the program ends; its exit status."""
        end = time.monotonic() + seconds
        while self.status is None and time.monotonic() < end:
            self.pump(0.1)
        if self.status is None:
            raise NotShown(f"the program goes on after {seconds} s:\n{self.text()}")
        return self.status

    def settle(self, quiet: float = 0.4, limit: float = 10) -> None:
        """Wait until the program has written nothing for `quiet` seconds."""
        end = time.monotonic() + limit
        while time.monotonic() < end and self.pump(quiet):
            pass

    def pump(self, seconds: float) -> bool:
        """Show for a while what the program writes; whether it wrote anything."""
        end, wrote = time.monotonic() + seconds, False
        while self.status is None and (left := end - time.monotonic()) > 0:
            if not select.select([self._terminal], [], [], left)[0]:
                break
            try:
                data = os.read(self._terminal, 65536)
            except OSError:
                # Linux answers so once the last process on the terminal has gone.
                data = b""
            if not data:
                self._reap()
                break
            wrote, self.last = True, time.monotonic()
            self.bytes += len(data)
            self.raw += data
            with suppress(TypeError, ValueError, AttributeError):
                self._stream.feed(_PRIVATE.sub(b"", data))
        return wrote

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send the program a signal, and wait until it is gone."""
        if self.status is None:
            os.kill(self.pid, number)
            self.until_ended()

    def close(self) -> None:
        """End the program if it still runs, and give the terminal back."""
        if self.status is None:
            for number in (signal.SIGTERM, signal.SIGKILL):
                os.kill(self.pid, number)
                with suppress(NotShown):
                    self.until_ended(3)
                    break
        with suppress(OSError):
            os.close(self._terminal)

    def _wait(self, is_so: Callable[[], bool], otherwise: str, seconds: float) -> str:
        end = time.monotonic() + seconds
        while not is_so():
            if self.status is not None or time.monotonic() > end:
                raise NotShown(f"{otherwise} (after {self.seconds:.1f} s, status {self.status}):\n{self.text()}")
            self.pump(0.1)
        return self.text()

    def _send(self, sequence: str) -> None:
        if self.status is None:
            with suppress(OSError):
                os.write(self._terminal, sequence.encode())

    def _reap(self) -> None:
        _, status = os.waitpid(self.pid, 0)
        self.status = os.waitstatus_to_exitcode(status)
