"""A terminal that may vanish while the console writes to it."""

from __future__ import annotations

import os
import select
import stat
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.app import App

_STREAMS = (0, 1, 2)


class TerminalWatch:
    """Waits, without waking up, until the terminal hangs up.

    The kernel sends SIGHUP only to those whose controlling terminal it was. For all others reading answers "end of
    input" for ever, which the toolkit takes for no input and asks again at once, and writing fails.
    """

    def __init__(self, lost: Callable[[], object]) -> None:
        self._lost = lost
        # Not `isatty`: a terminal that hung up already is none for it.
        self._terminals = [number for number in _STREAMS if stat.S_ISCHR(os.fstat(number).st_mode)]
        self._stopped, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._wait, name="terminal-watch", daemon=True)

    def start(self) -> None:
        """Begin, if there is a terminal at all."""
        if self._terminals:
            self._thread.start()

    def stop(self) -> None:
        """Let go of the terminal."""
        os.close(self._stop)
        if self._thread.is_alive():
            self._thread.join()
        os.close(self._stopped)

    def _wait(self) -> None:
        poll = select.poll()
        # Nothing is asked for: that a stream hung up is told all the same, and input alone wakes nobody.
        for number in self._terminals:
            poll.register(number, 0)
        poll.register(self._stopped, 0)
        hung_up = {number for number, _ in poll.poll()}
        if self._stopped in hung_up:
            return
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in self._terminals:
            # What is still written on the way out goes nowhere, instead of failing.
            with suppress(OSError):
                os.dup2(nowhere, number)
        os.close(nowhere)
        self._lost()


class TerminalDriver(LinuxDriver):
    """The toolkit's driver, which would wait for ever for a writer that has died with the terminal.

    The toolkit draws on the error stream, which may be a file; whoever keeps errors in one wants to see a console.
    """

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        if sys.__stdout__ is not None and not os.isatty(2) and os.isatty(1):
            self._file = sys.__stdout__

    def _get_terminal_size(self) -> tuple[int, int]:
        # The toolkit would believe COLUMNS and LINES first, which a shell may have exported and no resize changes.
        for number in _STREAMS:
            with suppress(OSError):
                columns, lines = os.get_terminal_size(number)
                if columns and lines:
                    return columns, lines
        return 80, 24

    def write(self, data: str) -> None:
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().write(data)
