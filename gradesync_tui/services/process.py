"""What a process that holds secrets does to keep them to itself."""

from __future__ import annotations

import ctypes
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
