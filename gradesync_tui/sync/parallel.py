"""Doing one thing for many records, a bounded number at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from gradesync_tui.sync.claim import Claim

T = TypeVar("T")


class RunCancelled(Exception):
    """The run was told to stop: by a person, by its time limit, or because the engine ends."""


async def for_each(items: Iterable[T], do: Callable[[T], Awaitable[None]], *, limit: int, claim: Claim) -> None:
    """Await `do` for every item, at most `limit` at once; the first exception stops the rest.

    Raises RunCancelled between two items when the run is told to stop, StaleClaim when its claim is over.
    """
    pending = iter(items)

    async def work() -> None:
        for item in pending:
            check(claim)
            await do(item)

    workers = [asyncio.create_task(work()) for _ in range(limit)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


def check(claim: Claim) -> None:
    """Raise RunCancelled or StaleClaim unless the run may go on."""
    if claim.cancelled.is_set():
        raise RunCancelled
    claim.guard()
