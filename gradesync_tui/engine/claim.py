"""A claim on a run, as the process that performs it knows it."""

from __future__ import annotations

import asyncio

from gradesync_tui.domain.clock import SECOND, Clock
from gradesync_tui.domain.records import Run
from gradesync_tui.store.errors import StaleClaim

LEASE = 10 * SECOND
"""How long a claim holds without a heartbeat, in microseconds."""

MARGIN = 2 * SECOND
"""How much earlier than its end the holder stops, so that what it sent last arrives before somebody else may send."""


class RunClaim:
    """The right to perform one run, for as long as it is renewed.

    The time is measured by the clock that goes on while a process is stopped, from before the store was asked: a
    process that was stopped and wakes late finds its claim over, whatever the wall clock says.
    """

    def __init__(self, run: Run, clock: Clock, asked_at: float, lease: int = LEASE, margin: int = MARGIN) -> None:
        if run.fence is None:
            raise ValueError(f"run {run.id} is not claimed")
        self.run = run
        self.fence = run.fence
        self.cancelled = asyncio.Event()
        self._clock = clock
        self._seconds = (lease - margin) / SECOND
        self._holds_until = asked_at + self._seconds
        self.lost = False
        """Whether the store has said that the claim is over."""

    @property
    def holds(self) -> bool:
        """Whether anything may still be sent under this claim."""
        return not self.lost and self._clock.elapsed() < self._holds_until

    def guard(self) -> None:
        """Raise StaleClaim unless the claim still holds; called as late as possible before anything is sent."""
        if not self.holds:
            raise StaleClaim(f"Run {self.run.id} is no longer held under number {self.fence}; nothing more is sent.")

    def renewed(self, asked_at: float) -> None:
        """A heartbeat that was asked for at `asked_at` (seconds of `Clock.elapsed`) was accepted."""
        self._holds_until = asked_at + self._seconds

    def lose(self) -> None:
        """Somebody else has taken the run over."""
        self.lost = True
