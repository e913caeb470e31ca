"""Canvas's throttle: a leaky bucket for each access token."""

from __future__ import annotations

from dataclasses import dataclass

from gradesync_tui.domain.clock import Clock
from gradesync_tui.sandbox.web import Answer

MAXIMUM = 800.0
HIGH_WATER = 600.0
OUTFLOW_PER_S = 10.0
UP_FRONT = 50.0


@dataclass(slots=True)
class _Bucket:
    level: float
    touched: float


class Throttle:
    """Takes `UP_FRONT` when a request begins and gives it back, less the real cost, when it ends.

    status: how a full bucket refuses, 429 as Canvas does today or 403 as it did before.
    """

    def __init__(self, clock: Clock, status: int = 429) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        self.status = status

    def begin(self, token: str) -> Answer | None:
        """Take a request in; the refusal if the bucket is full."""
        bucket = self._leak(token)
        bucket.level = min(MAXIMUM, bucket.level + UP_FRONT)
        if bucket.level >= HIGH_WATER:
            bucket.level = max(0.0, bucket.level - UP_FRONT)
            return Answer(
                self.status,
                f"{self.status} Forbidden (Rate Limit Exceeded)\n",
                {"X-Rate-Limit-Remaining": "0.0"},
                "text/plain; charset=utf-8",
            )
        return None

    def end(self, token: str, cost: float, answer: Answer) -> None:
        """Book a request's real cost and tell the caller what is left."""
        bucket = self._leak(token)
        bucket.level = max(0.0, bucket.level - UP_FRONT + cost)
        answer.headers["X-Request-Cost"] = f"{cost:.6f}"
        answer.headers["X-Rate-Limit-Remaining"] = f"{HIGH_WATER - bucket.level:.4f}"

    def fill(self, token: str, level: float) -> None:
        """Set a bucket's level, as if that much had just been asked for."""
        self._leak(token).level = level

    def _leak(self, token: str) -> _Bucket:
        now = self._clock.elapsed()
        bucket = self._buckets.get(token)
        if bucket is None:
            bucket = self._buckets[token] = _Bucket(0.0, now)
        bucket.level = max(0.0, bucket.level - (now - bucket.touched) * OUTFLOW_PER_S)
        bucket.touched = now
        return bucket
