"""When runs happen, and in which process."""

from gradesync_tui.engine.claim import RunClaim
from gradesync_tui.engine.loop import Engine

__all__ = ["Engine", "RunClaim"]
