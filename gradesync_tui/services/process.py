"""What a process does as a whole: it keeps its secrets to itself, and never stands still for long."""

from __future__ import annotations

import ctypes
import gc
import resource
import sys

_PR_SET_DUMPABLE = 4


def keep_memory_private() -> None:
    """Leave no core dump, and let no other process of the same user read this one's memory.

    The limit alone is not enough: where the kernel pipes core dumps to a program (systemd-coredump), it ignores a
    limit of 0, but not that a process is marked as not dumpable (core(5), prctl(2)).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def keep_pauses_short() -> None:
    """Look for garbage in little portions, not in one of 200,000 objects as a start does: 20,000 took up to 50 ms."""
    gc.set_threshold(2_000, 10, 1_000)
