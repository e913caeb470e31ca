"""Telling systemd how the engine is: ready, still alive, stopping (sd_notify(3), without a library)."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress

from gradesync_tui.domain.text import clean

_log = logging.getLogger(__name__)


class Notifier:
    """Sends notices to the socket that systemd names; where nobody listens it does nothing.

    The socket is a path, or an abstract name that begins with @. A notice is one datagram of KEY=VALUE lines.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self.watchdog = _watchdog_seconds(environment)
        """Within how many seconds systemd wants a sign of life; None if it does not ask for any."""

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens."""
        return self._address.startswith(("/", "@"))

    def send(self, **notice: str) -> None:
        """Send a notice, such as `READY="1", STATUS="…"`; a value is one line. A failure is logged, never raised."""
        if not self.is_heard:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        text = "".join(f"{key}={clean(value, limit=200)}\n" for key, value in notice.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                # The service manager is busy at worst; the engine's loop does not wait for it.
                out.setblocking(False)
                out.sendto(text.encode(), address)
        except OSError as problem:
            _log.warning("the service manager was not told %s: %s", ", ".join(notice), problem.strerror)


def _watchdog_seconds(environment: Mapping[str, str]) -> float | None:
    """What WatchdogSec says, unless it is meant for another process."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    text = environment.get("WATCHDOG_USEC", "")
    return int(text) / 1_000_000 if text.isdecimal() and int(text) > 0 else None


async def keep_notified(
    notifier: Notifier, stop: asyncio.Event, *, status: Callable[[], str], alive: Callable[[], bool]
) -> None:
    """Say READY at once, what `status` says and, while `alive` says so, that all is well; STOPPING when `stop` is set.

    The signs of life come from the engine's own event loop, half as far apart as systemd wants them: if the loop
    hangs, or its rounds no longer come to an end, they stay out and systemd starts it anew.
    """
    if not notifier.is_heard:
        return
    said = status()
    notifier.send(READY="1", STATUS=said)
    pause = min(5.0, (notifier.watchdog or 10.0) / 2)
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
            break
        if notifier.watchdog is not None and alive():
            notifier.send(WATCHDOG="1")
        if (now := status()) != said:
            said = now
            notifier.send(STATUS=said)
    notifier.send(STOPPING="1", STATUS="Handing on what runs.")
