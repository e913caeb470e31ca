"""What happened and is happening: runs, their records, and the feed that says when something changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

from msgspec import Struct

from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.records import (
    CauseCount,
    Change,
    DayTotals,
    Engine,
    LedgerEntry,
    LogLine,
    Outcome,
    PastRun,
    Run,
    RunDetails,
    RunFilter,
    RunOrder,
    StageProgress,
)
from gradesync_tui.domain.words import Action, RecordKind
from gradesync_tui.services.desk import Desk
from gradesync_tui.services.roles import Verb

_PAGE = 1000


class Trace(Struct, frozen=True, kw_only=True):
    """What runs did with one record, oldest first, and what the SIS is known to hold of it, class by class."""

    outcomes: tuple[Outcome, ...]
    known: tuple[LedgerEntry, ...]


class HistoryVerbs(Desk):
    """Look at runs, and cancel them."""

    async def history(
        self,
        account_id: int | None = None,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
        filter: RunFilter | None = None,
        order: RunOrder | None = None,
        skip: int = 0,
    ) -> list[Run]:
        """A page of runs, newest first or in an order: those below run `before`, above run `after`, or the first.

        skip: with an order, how many to leave out at the start.
        `after` gives the runs next above it, so that paging up meets every run. None as account means all of them.
        """
        await self._may_watch(account_id)
        return await self.store.runs.page(
            account_id, before=before, after=after, limit=limit, filter=filter, order=order, skip=skip
        )

    async def history_count(self, account_id: int | None = None, filter: RunFilter | None = None) -> int:
        """How many runs there are under a filter."""
        await self._may_watch(account_id)
        return await self.store.runs.count(account_id, filter)

    async def history_rank(self, account_id: int, run_id: int, order: RunOrder, filter: RunFilter | None = None) -> int:
        """How many runs stand above a run in an order."""
        await self._may_watch(account_id)
        return await self.store.runs.rank(account_id, run_id, order, filter)

    async def run(self, run_id: int) -> Run:
        """One run; NotFound if there is none."""
        run = await self.store.runs.get(run_id)
        await self._may_watch(run.account_id)
        return run

    async def runs_among(self, account_id: int | None, run_ids: Iterable[int]) -> list[Run]:
        """Those of the runs that belong to the account (None: to any), by id, for what the change feed names."""
        await self._may_watch(account_id)
        return await self.store.runs.by_id(account_id, run_ids)

    async def stages(self, run_id: int) -> list[StageProgress]:
        """Always nine, in order."""
        await self.run(run_id)
        return await self.store.runs.stages(run_id)

    async def details(self, run_id: int) -> RunDetails:
        """One run with its stages and its problems by cause, all as of one instant; NotFound."""
        details = await self.store.runs.details(run_id)
        await self._may_watch(details.run.account_id)
        return details

    async def log(self, run_id: int, after: int = 0, limit: int = 500) -> list[LogLine]:
        """The run's log lines past the line `after`, oldest first."""
        await self.run(run_id)
        return await self.store.runs.log(run_id, after, limit)

    async def outcomes(
        self,
        run_id: int,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int = 200,
        kind: RecordKind | None = None,
        action: Action | None = None,
        cause: str | None = None,
        text: str = "",
    ) -> list[Outcome]:
        """A page of what happened to records in a run, in order: those past outcome `after`, or those just before
        outcome `before`. `text` is looked for in the names. Unchanged records are counted, not listed."""
        await self.run(run_id)
        return await self.store.runs.outcomes(
            run_id, after=after, before=before, limit=limit, kind=kind, action=action, cause=cause, text=text
        )

    async def outcome_count(
        self,
        run_id: int,
        *,
        kind: RecordKind | None = None,
        action: Action | None = None,
        cause: str | None = None,
        text: str = "",
    ) -> int:
        """How many `outcomes` there are under a filter."""
        await self.run(run_id)
        return await self.store.runs.outcome_count(run_id, kind=kind, action=action, cause=cause, text=text)

    async def every_outcome(
        self,
        run_id: int,
        *,
        kind: RecordKind | None = None,
        action: Action | None = None,
        cause: str | None = None,
        text: str = "",
    ) -> AsyncIterator[list[Outcome]]:
        """All `outcomes` under a filter, page after page: a run with a million of them is exported without holding
        them."""
        last = 0
        while page := await self.outcomes(
            run_id, after=last, limit=_PAGE, kind=kind, action=action, cause=cause, text=text
        ):
            yield page
            last = page[-1].id

    async def trace(self, account_id: int, assignment_id: str, student_id: str = "") -> Trace:
        """One grade's whole way, by Canvas's id of the assignment and the pupil's SIS id (empty: the assignment's)."""
        await self._may_watch(account_id)
        newest = await self.store.runs.outcomes_of_grade(account_id, assignment_id, student_id)
        classes = dict.fromkeys(outcome.class_id for outcome in newest)
        known = [await self.store.ledger.find(account_id, one, assignment_id, student_id) for one in classes]
        return Trace(outcomes=tuple(reversed(newest)), known=tuple(entry for entry in known if entry is not None))

    async def causes(self, run_id: int) -> list[CauseCount]:
        """The run's problems by cause, the most records first; domain.causes.explain has the words."""
        await self.run(run_id)
        return await self.store.runs.causes(run_id)

    async def cancel(self, run_id: int) -> Run:
        """Cancel a run that is queued (at once) or in progress (it stops after what it is sending)."""
        run = await self.store.runs.get(run_id)
        actor = await self._may(Verb.CANCEL, run.account_id, f"run {run_id}")
        return await self.store.runs.cancel(run_id, actor)

    async def recent(self, account_id: int, per_schedule: int = 30) -> dict[int, list[PastRun]]:
        """How the last runs of each schedule went, by the schedule's id, newest first."""
        await self._may_watch(account_id)
        return await self.store.runs.recent(account_id, per_schedule)

    async def daily(self, account_id: int, since: Instant, zone: str) -> list[DayTotals]:
        """Runs, failures and records by day in a zone, since an instant."""
        await self._may_watch(account_id)
        return await self.store.runs.daily(account_id, since, zone)

    async def carried_by(self, engine_id: str) -> list[Run]:
        """The runs in progress that an engine carries, of whatever account: who ends it must know what they end."""
        await self.me()
        return [run for run in await self.store.runs.in_progress() if run.engine == engine_id]

    async def engines(self) -> list[Engine]:
        """The engines that are alive: the one that works and those that stand by."""
        await self.me()
        return await self.store.engines.list()

    async def feed_position(self) -> int:
        """Where the change feed is now. Ask before reading what `watch` shall keep current, so that nothing that
        happens in between is missed."""
        await self.me()
        return await self.store.feed.latest()

    async def watch(self, *, since: int | None = None, poll: float = 0.25) -> AsyncIterator[list[Change]]:
        """What has changed, whoever changed it, from position `since` (None: from now) on, for ever.

        `poll` is in seconds. Yields only when something did change; changes that come together come as one list.
        """
        await self.me()
        position = await self.store.feed.latest() if since is None else since
        while True:
            changes = await self.store.feed.since(position, _PAGE)
            if changes:
                position = changes[-1].seq
                yield changes
            if len(changes) < _PAGE:
                await asyncio.sleep(poll)
