"""One claimed run from its start to its recorded end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from gradesync_tui.domain.clock import SECOND, Clock
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.words import RunStatus
from gradesync_tui.engine.claim import RunClaim
from gradesync_tui.store import Store
from gradesync_tui.store.crashpoints import reached
from gradesync_tui.store.errors import DiskFull, StaleClaim, StoreError
from gradesync_tui.sync.claim import Ended

Perform = Callable[[RunClaim], Awaitable[Ended]]
"""What does the work of a run. It ends soon after `claim.cancelled` is set and sends nothing that the guard refuses."""

GRACE = 10.0
"""Seconds that a run has to end by itself once it is told to."""

_log = logging.getLogger(__name__)
_ATTEMPTS = 5


class Performance:
    """Performs one run: keeps its claim alive, ends it in time, and records how it ended."""

    def __init__(
        self, store: Store, claim: RunClaim, perform: Perform, clock: Clock, *, lease: int, beat: float, grace: float
    ) -> None:
        self._store = store
        self._claim = claim
        self._perform = perform
        self._clock = clock
        self._lease = lease
        self._beat = beat
        self._grace = grace
        self._ending: Ended | None = None
        self._requeue = False

    def stop(self) -> None:
        """The engine stops: end the run soon and hand it on."""
        note = "The engine that ran this was stopped."
        self._end(Ended(status=RunStatus.INTERRUPTED, cause="interrupted", note=note), requeue=True)

    async def run(self) -> None:
        """Until the run has ended, by itself or because it was told to; never raises for what the run did."""
        work = asyncio.ensure_future(self._perform(self._claim))
        life = asyncio.create_task(self._keep_alive(work))
        try:
            ended = await self._outcome(work)
        except asyncio.CancelledError:
            # The engine itself is cancelled: what it did not finish is handed on.
            self.stop()
            work.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await work
            ended = self._ending
        finally:
            life.cancel()
            with suppress(asyncio.CancelledError):
                await life
        if ended is not None:
            await self._record(ended)

    def _end(self, ended: Ended, *, requeue: bool = False) -> None:
        if self._ending is None:
            self._ending, self._requeue = ended, requeue
            self._claim.cancelled.set()

    async def _outcome(self, work: asyncio.Future[Ended]) -> Ended | None:
        """How the run ended; None where that is not for this process to say any more."""
        run = self._claim.run
        try:
            ended = await asyncio.shield(work)
        except StaleClaim:
            return self._ending or self._interrupted("The claim on this run was not renewed in time.", "lease_lost")
        except DiskFull as error:
            return Ended(status=RunStatus.FAILED, cause="disk_full", note=str(error))
        except asyncio.CancelledError:
            if not work.cancelled():
                raise
            return None if self._claim.lost else self._ending or self._interrupted("The run was broken off.")
        except Exception as error:
            _log.exception("run %d ended unexpectedly", run.id)
            note = f"{type(error).__name__}: {clean(str(error))}"
            return Ended(status=RunStatus.FAILED, cause="internal", note=note)
        if self._ending is not None and ended.status is RunStatus.CANCELLED:
            return Ended(
                status=self._ending.status, counts=ended.counts, cause=self._ending.cause, note=self._ending.note
            )
        if self._ending is not None:
            # It came to its own end before it noticed that it should stop: that is what happened.
            self._requeue = False
        return ended

    def _interrupted(self, note: str, cause: str = "interrupted") -> Ended:
        self._requeue = True
        return Ended(status=RunStatus.INTERRUPTED, cause=cause, note=note)

    async def _keep_alive(self, work: asyncio.Future[Ended]) -> None:
        """Renew the claim each beat, and look whether the run should end."""
        run, claim = self._claim.run, self._claim
        began = self._clock.elapsed()
        told_at: float | None = None
        while True:
            # Not wait_for: before Python 3.12 it loses a cancellation that comes as the event is set.
            with suppress(TimeoutError):
                async with asyncio.timeout(self._beat):
                    await claim.cancelled.wait()
            asked_at = self._clock.elapsed()
            try:
                heartbeat = await self._store.runs.heartbeat(run.id, claim.fence, self._lease)
            except StaleClaim:
                claim.lose()
                work.cancel()
                return
            except Exception as error:
                # It may pass, and the guard ends the sending when the claim runs out meanwhile.
                _log.warning("the claim on run %d was not renewed: %s", run.id, error)
            else:
                claim.renewed(asked_at)
                if heartbeat.cancel_by is not None:
                    note = f"Cancelled by {clean(heartbeat.cancel_by)}."
                    self._end(Ended(status=RunStatus.CANCELLED, cause="cancelled", note=note))
            if asked_at - began > run.time_limit / SECOND:
                note = f"The run took longer than its time limit of {run.time_limit // (60 * SECOND)} minutes."
                self._end(Ended(status=RunStatus.FAILED, cause="time_limit", note=note))
            if claim.cancelled.is_set():
                told_at = told_at if told_at is not None else asked_at
                if asked_at - told_at > self._grace:
                    work.cancel()
                await asyncio.sleep(min(self._beat, self._grace))

    async def _record(self, ended: Ended) -> None:
        """Write the end down. Where the database refuses for long, the claim runs out and the run is taken back."""
        claim = self._claim
        status = ended.status if ended.status not in (RunStatus.QUEUED, RunStatus.IN_PROGRESS) else RunStatus.FAILED
        reached("ended")
        for attempt in range(_ATTEMPTS):
            try:
                await self._store.runs.finish(
                    claim.run.id,
                    claim.fence,
                    status,
                    ended.counts if any(_numbers(ended)) else None,
                    cause=ended.cause,
                    note=ended.note,
                    requeue=self._requeue and status is RunStatus.INTERRUPTED,
                )
            except StaleClaim:
                _log.warning("run %d was taken over by another engine; what it did is kept there", claim.run.id)
                return
            except StoreError as error:
                _log.error("the end of run %d cannot be recorded: %s", claim.run.id, error)
                await asyncio.sleep(0.2 * 2**attempt)
            else:
                reached("finished")
                return


def _numbers(ended: Ended) -> tuple[int, ...]:
    from msgspec.structs import astuple

    return astuple(ended.counts)
