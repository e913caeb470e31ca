"""How fast a token may ask: one budget for all requests of a token, so that nobody retries while Canvas asks for less.

Canvas keeps a leaky bucket for each token: a request costs 50 up front, the bucket drains 10 a second, and is full at
600 (app/middleware/request_throttle.rb of canvas-lms). `X-Rate-Limit-Remaining` is what is left of it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary, WeakValueDictionary

from msgspec import Struct


class Pace(Struct, frozen=True, kw_only=True):
    """How the budget is kept; seconds, and Canvas's units of cost.

    first_pause and longest_pause: how long everybody waits after a refusal; the pause doubles while refusals go on.
    failures: how many requests in a row may fail (5xx, no answer) before everybody slows down.
    """

    cost: float = 50.0
    drain: float = 10.0
    longest_wait: float = 10.0
    first_pause: float = 1.0
    longest_pause: float = 60.0
    failures: int = 4


class Budget:
    """At most so many requests in flight, fewer as the bucket fills, and one pause for all when Canvas refuses."""

    def __init__(self, max_in_flight: int, pace: Pace) -> None:
        self._limit = max(1, max_in_flight)
        self._pace = pace
        self._door = asyncio.Lock()
        self._left = asyncio.Event()
        self._in_flight = 0
        self._allowed = self._limit
        self._room: float | None = None
        self._reported_at = 0.0
        self._not_before = 0.0
        self._slowed_at = 0.0
        self._rounds = 0
        self._failures = 0

    def at_most(self, max_in_flight: int) -> None:
        """Of several clients the most careful one counts."""
        self._limit = max(1, min(self._limit, max_in_flight))

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[float]:
        """Wait for a turn; first come, first served. Yields the moment on the loop's clock when the turn came."""
        loop = asyncio.get_running_loop()
        async with self._door:
            while (wait := self._wait(loop.time())) != 0:
                if wait is None:
                    self._left.clear()
                    await self._left.wait()
                else:
                    await asyncio.sleep(wait)
            self._in_flight += 1
        try:
            yield loop.time()
        finally:
            self._in_flight -= 1
            self._left.set()

    def _wait(self, now: float) -> float | None:
        """Seconds until the next request may start; None: not before another one has ended."""
        if now < self._not_before:
            return self._not_before - now
        allowed = min(self._limit, self._allowed)
        if self._room is not None:
            pace = self._pace
            # Half a request's cost stays in reserve, for what the last report did not know of.
            room = self._room + pace.drain * (now - self._reported_at) - pace.cost / 2
            if room < pace.cost and self._in_flight == 0:
                due = self._reported_at + min((1.5 * pace.cost - self._room) / pace.drain, pace.longest_wait)
                if now < due:
                    return due - now
            allowed = max(1, min(allowed, int(room // pace.cost)))
        return None if self._in_flight >= allowed else 0.0

    def report(self, remaining: float) -> None:
        """What Canvas says is left of the bucket, now that a request has ended."""
        # Canvas has taken the cost of those still in flight already, and gives most of it back when they end.
        self._room = remaining + self._pace.cost * self._in_flight
        self._reported_at = asyncio.get_running_loop().time()

    def succeeded(self, started: float) -> None:
        """A request was answered: the pauses start anew, and one more request at a time is let through."""
        self._failures = 0
        if started >= self._slowed_at:
            self._rounds = 0
            self._allowed = min(self._limit, self._allowed + 1)

    def refused(self, started: float, retry_after: float | None) -> None:
        """Canvas asked for a slower pace: everybody waits, then one request tries the ground."""
        now = asyncio.get_running_loop().time()
        if retry_after is not None:
            self._not_before = max(self._not_before, now + retry_after)
        if started < self._slowed_at:  # it left before the others learned of the refusal: the same round
            return
        pause = min(self._pace.longest_pause, self._pace.first_pause * 2.0 ** min(self._rounds, 30))
        self._rounds += 1
        self._slowed_at = now
        self._allowed = 1
        self._not_before = max(self._not_before, now + pause * random.uniform(0.5, 1.5))

    def failed(self, started: float, retry_after: float | None) -> None:
        """A request failed for a reason of Canvas's own; several in a row slow everybody down."""
        self._failures += 1
        if retry_after is not None or self._failures >= self._pace.failures:
            self.refused(started, retry_after)


_budgets: WeakKeyDictionary[asyncio.AbstractEventLoop, WeakValueDictionary[str, Budget]] = WeakKeyDictionary()


def shared_budget(key: str, max_in_flight: int, pace: Pace) -> Budget:
    """The budget of a token at an address, the same for every client of this process that uses it.

    key: made of the address and a digest of the token. Must be called in a running event loop.
    """
    of_loop = _budgets.setdefault(asyncio.get_running_loop(), WeakValueDictionary())
    budget = of_loop.get(key)
    if budget is None:
        budget = of_loop[key] = Budget(max_in_flight, pace)
    budget.at_most(max_in_flight)
    return budget
