"""What the console costs over SSH at 80x24: seconds and bytes from login to the first screen, for each key, and idle.

    python -m tests.bench.bench_ssh [--json]

A real OpenSSH server on loopback, a person's key, a small district that syncs; nothing needs to be set up. Bytes are
what the console wrote to the terminal; what crossed the line, encrypted and with SSH's own traffic, is said at the end.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.e2e.sshserver import ACCOUNT, SSHD, SharedService, shared_service
from tests.e2e.terminal import Terminal

LOGINS = 5
KEYS = 40
IDLE = 20.0


def quick_key(terminal: Terminal, key: str) -> float:
    """Milliseconds until the screen begins to answer a key."""
    began = time.monotonic()
    terminal.press(key)
    while time.monotonic() - began < 2:
        # `press` has looked for 30 ms already: what came is on the screen, and when is in `last`.
        if terminal.last > began:
            return (terminal.last - began) * 1000
        terminal.pump(0.005)
    return 2000.0


def measure(service: SharedService) -> dict[str, float]:
    """Everything, by what was measured."""
    found: dict[str, float] = {}
    shown, settled, seconds = [], [], []
    for _ in range(LOGINS):
        with service.console("ana") as terminal:
            terminal.until(ACCOUNT)
            seconds.append(terminal.seconds)
            shown.append(terminal.bytes)
            terminal.settle(0.6, 5)
            settled.append(terminal.bytes)
            terminal.press("q")
            terminal.until_ended()
    found["login to first screen, s (median)"] = statistics.median(seconds)
    found["login to first screen, s (best)"] = min(seconds)
    found["bytes at first screen"] = statistics.median(shown)
    found["bytes settled"] = statistics.median(settled)
    log = service.folder / "ssh.log"
    with service.console("ana", "-v", "-E", str(log)) as terminal:
        terminal.until(ACCOUNT)
        terminal.settle(0.6, 5)
        written = terminal.bytes
        began = time.monotonic()
        terminal.press("o")
        terminal.until("Pause All")
        found["to Grade Sync, ms"] = (time.monotonic() - began) * 1000
        terminal.settle(0.6, 5)
        found["bytes to Grade Sync"] = terminal.bytes - written
        written, times = terminal.bytes, []
        for number in range(KEYS):
            times.append(quick_key(terminal, "up" if number % 2 else "down"))
            terminal.settle(0.1, 2)
        found["key, ms (median)"] = statistics.median(times)
        found["key, ms (95th of 100)"] = sorted(times)[int(len(times) * 0.95)]
        found["bytes a key"] = (terminal.bytes - written) / KEYS
        written, began = terminal.bytes, time.monotonic()
        while time.monotonic() - began < IDLE:
            terminal.pump(1.0)
        found["bytes a second, idle"] = (terminal.bytes - written) / IDLE
        written, began = terminal.bytes, time.monotonic()
        terminal.press("r")
        terminal.until("Completed", 60)
        found["a whole run, watched, s"] = time.monotonic() - began
        terminal.settle(0.6, 5)
        found["a whole run, watched, bytes"] = terminal.bytes - written
        terminal.press("q")
        terminal.until_ended()
        written = terminal.bytes
    crossed = re.search(r"Transferred: sent (\d+), received (\d+) bytes, in ([\d.]+) seconds", log.read_text())
    if crossed is not None:
        found["last session, bytes written to the terminal"] = written
        found["last session, bytes received over the line"] = int(crossed[2])
        found["last session, bytes sent over the line"] = int(crossed[1])
    return found


def main() -> None:
    if SSHD is None:
        sys.exit("There is no sshd here: install openssh-server.")
    with tempfile.TemporaryDirectory(prefix="gradesync-bench-") as name:
        folder = Path(name)
        with shared_service(folder, latency=20) as service:
            for number in range(2, 21):
                service.run("schedules", "add", "--every", f"{number}h", "--first-run", "2099-01-01 06:00")
            found = measure(service)
    if "--json" in sys.argv:
        print(json.dumps(found))
        return
    for what, number in found.items():
        print(f"{what:<48}{number:>12,.{0 if number >= 100 else 2}f}")


if __name__ == "__main__":
    main()
