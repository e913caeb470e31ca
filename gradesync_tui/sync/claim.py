"""What the engine hands to a run, and what a run hands back."""

from __future__ import annotations

import asyncio
from typing import Protocol

from msgspec import Struct

from gradesync_tui.domain.records import Counts, Run
from gradesync_tui.domain.words import RunStatus


class Claim(Protocol):
    """The right to perform one run, for as long as it is renewed."""

    @property
    def run(self) -> Run:
        """The run as it was claimed."""
        ...

    @property
    def fence(self) -> int:
        """The fencing number that every write of the run carries."""
        ...

    @property
    def cancelled(self) -> asyncio.Event:
        """Set when a person cancels the run, its time is over, or the engine stops."""
        ...

    def guard(self) -> None:
        """Raise StaleClaim unless the claim still holds; called as late as possible before anything is sent."""
        ...


class Ended(Struct, frozen=True, kw_only=True):
    """How a run ended. `cause` is a code of the failure catalogue where it failed as a whole."""

    status: RunStatus
    counts: Counts = Counts()
    cause: str | None = None
    note: str = ""
