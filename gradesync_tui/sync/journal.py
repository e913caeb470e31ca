"""Everything a run did, written to the ledger in batches that carry the run's fencing number."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from gradesync_tui.domain.clock import Clock, Instant
from gradesync_tui.domain.records import Counts, LedgerEntry, Outcome, StageProgress
from gradesync_tui.domain.words import Action, Level, Stage
from gradesync_tui.sync.claim import Claim

if TYPE_CHECKING:
    from gradesync_tui.store import Store

BATCH = 250
"""Records a batch holds at most: one durable commit for so many."""

_INTERVAL = 0.4
"""Seconds between two writes of progress, so that the history moves without a commit for each record."""


class Journal:
    """Collects what happened and writes it down; raises StaleClaim as soon as the store refuses the run's number.

    A preview keeps its outcomes and counts but nothing in the ledger, because nothing was sent.
    """

    def __init__(self, store: Store, claim: Claim, clock: Clock, *, preview: bool = False) -> None:
        self._store = store
        self._claim = claim
        self._clock = clock
        self._preview = preview
        self._counters: Counter[str] = Counter()
        self._entries: list[LedgerEntry] = []
        self._outcomes: list[Outcome] = []
        self._stages: dict[Stage, StageProgress] = {}
        self._dirty: dict[Stage, StageProgress] = {}
        self._written_at = clock.elapsed()
        self._lock = asyncio.Lock()

    @property
    def counts(self) -> Counts:
        """What the run did so far."""
        return Counts(**self._counters)

    def count(self, **numbers: int) -> None:
        """Add to the counts by name."""
        self._counters.update(numbers)

    async def add(self, *, entry: LedgerEntry | None = None, outcome: Outcome | None = None) -> None:
        """Note what happened to one record; it is durable once its batch is written."""
        if entry is not None and not self._preview:
            self._entries.append(entry)
        if outcome is not None:
            self._counters[outcome.action.value] += 1
            self._outcomes.append(outcome)
        if len(self._entries) >= BATCH or len(self._outcomes) >= BATCH or self._overdue():
            await self.flush()

    async def unchanged(self, number: int = 1) -> None:
        """Count records that the ledger knows to be there already."""
        self._counters[Action.UNCHANGED.value] += number

    async def begin(self, stage: Stage, more: int = 0) -> None:
        """Enter a stage, or come back to it with `more` to do."""
        known = self._stages.get(stage) or StageProgress(stage=stage, started_at=self._now())
        total = (known.total or 0) + more
        await self._show(
            StageProgress(stage=stage, started_at=known.started_at, done=known.done, total=total or None), now=True
        )

    async def advance(self, stage: Stage, by: int = 1) -> None:
        """Say that so much more of a stage is done."""
        known = self._stages[stage]
        await self._show(
            StageProgress(stage=stage, started_at=known.started_at, done=known.done + by, total=known.total)
        )

    async def finish(self, stage: Stage) -> None:
        """Leave a stage (for now)."""
        known = self._stages[stage]
        await self._show(
            StageProgress(
                stage=stage,
                started_at=known.started_at,
                finished_at=self._now(),
                done=known.done,
                total=known.total,
            ),
            now=True,
        )

    def is_finished(self, stage: Stage) -> bool:
        """Whether a stage was left and not come back to."""
        known = self._stages.get(stage)
        return known is not None and known.finished_at is not None

    async def log(self, level: Level, text: str, stage: Stage | None = None) -> None:
        """Add a line to the run's log."""
        await self._store.progress.log(self._claim.run.id, self._claim.fence, level, text, stage)

    async def watermarks(self, marks: dict[str, Instant]) -> None:
        """Move courses' watermarks, after everything before them is in the ledger."""
        await self.flush()
        if marks and not self._preview:
            await self._store.progress.watermarks(self._claim.run.id, self._claim.fence, marks)

    async def flush(self) -> None:
        """Write what is waiting; one transaction for ledger, outcomes and counts."""
        async with self._lock:
            stages, self._dirty = self._dirty, {}
            for progress in stages.values():
                await self._store.progress.stage(self._claim.run.id, self._claim.fence, progress, self.counts)
            entries, outcomes = self._entries, self._outcomes
            self._entries, self._outcomes = [], []
            if entries or outcomes:
                await self._store.progress.record(self._claim.run.id, self._claim.fence, entries, outcomes, self.counts)
            self._written_at = self._clock.elapsed()

    async def _show(self, progress: StageProgress, *, now: bool = False) -> None:
        self._stages[progress.stage] = self._dirty[progress.stage] = progress
        if now or self._overdue():
            await self.flush()

    def _overdue(self) -> bool:
        return self._clock.elapsed() - self._written_at >= _INTERVAL

    def _now(self) -> Instant:
        return self._clock.now()
