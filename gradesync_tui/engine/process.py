"""Naming a process so that another on the same machine can tell that it is gone."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
from pathlib import Path

_PROC = Path("/proc")


def engine_name() -> str:
    """A name that no other engine has: `host:pid:machine-start-nonce`.

    `machine` stands for this boot of this machine and this space of process numbers, `start` for when the process
    began, so that a number that is given out again is not taken for the same process. Both are empty where the system
    does not tell.
    """
    return f"{socket.gethostname()}:{os.getpid()}:{_machine()}-{_started(os.getpid()) or ''}-{secrets.token_hex(2)}"


def is_gone(name: str) -> bool:
    """Whether the process of an engine has certainly ended; False where that cannot be known from here."""
    parts = name.rsplit(":", 2)
    if len(parts) != 3 or not parts[1].isdecimal():
        return False
    machine, _, rest = parts[2].partition("-")
    started = rest.partition("-")[0]
    if not machine or not started or machine != _machine():
        return False
    pid = int(parts[1])
    now = _started(pid)
    if now is None and _lives(pid):
        # It is there, but hidden from us: /proc may show each user their own processes only.
        return False
    return now != started


def _machine() -> str:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text()
        space = (_PROC / "self/ns/pid").readlink()
    except OSError:
        return ""
    return hashlib.sha256(f"{boot}{space}".encode()).hexdigest()[:8]


def _started(pid: int) -> str | None:
    """When a process began, in the kernel's ticks; empty if it has ended already, None if none is to be seen."""
    try:
        # The name in parentheses may hold blanks and parentheses itself.
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return "" if fields[0] in ("Z", "X") else fields[19]


def _lives(pid: int) -> bool:
    """Whether a process of this number exists, whoever's it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass
    return True
