"""The engine: the loop that queues what is due, claims what waits and performs it."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from functools import partial
from typing import Literal

from gradesync_tui.domain.clock import SECOND, Clock, Instant
from gradesync_tui.engine.claim import LEASE, RunClaim
from gradesync_tui.engine.perform import GRACE, Perform, Performance
from gradesync_tui.engine.process import engine_name, is_gone
from gradesync_tui.store import Store
from gradesync_tui.store.crashpoints import reached
from gradesync_tui.store.errors import StoreError

_log = logging.getLogger(__name__)

TTL = 10 * SECOND
"""How long an engine that does not beat keeps its turn, in microseconds."""


class Engine:
    """Ticks in one process. Of several, one works and the others stand by, ready to take over.

    kind: what the process is. perform: does the work of a claimed run. tell: hears each new `trouble`, and None when it
    is over. at_once: accounts that are synced at the same time. The other times are in seconds; tests shorten them.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        kind: Literal["service", "console", "demo"],
        perform: Perform,
        tell: Callable[[str | None], object] = lambda _: None,
        at_once: int = 4,
        beat: float = 2.0,
        heartbeat: float = 1.0,
        look: float = 0.25,
        grace: float = GRACE,
        ttl: int = TTL,
        lease: int = LEASE,
    ) -> None:
        self.id = engine_name()
        self.working = False
        self.trouble: str | None = None
        """Why the last round failed, in one line; None while all is well."""
        self.round_ended_at: float | None = None
        """When a round last came to its end, well or not, by the clock's `elapsed`; None before the first."""
        self.began = asyncio.Event()
        """Set when the first round has come to its end."""
        self._store = store
        self._clock = clock
        self._kind = kind
        self._perform = perform
        self._tell = tell
        self._at_once = at_once
        self._beat = beat
        self._heartbeat = heartbeat
        self._look = look
        self._grace = grace
        self._ttl = ttl
        self._lease = lease
        self._started_at = clock.now()
        self._beaten_at: float | None = None
        self._looked_at: float | None = None
        self._seen_change = -1
        self._next_due: Instant | None = None
        self._ticked_at: float | None = None
        self._running: dict[int, tuple[Performance, asyncio.Task[None]]] = {}
        self._leases: dict[int, tuple[Instant, float]] = {}
        self._wake = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then end the runs in progress, hand them on and go.

        No failure ends the loop: the store's are logged, shown as `trouble` and tried again.
        """
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                pause = self._look
                try:
                    await self._round()
                    self._recover()
                except StoreError as error:
                    self._complain(str(error))
                    pause = 1.0
                except Exception as error:
                    _log.exception("a round of the engine failed")
                    self._complain(f"{type(error).__name__}: {error}")
                    pause = 1.0
                self.round_ended_at = self._clock.elapsed()
                self.began.set()
                await self._sleep(stopped, pause)
        finally:
            stopped.cancel()
            await self._leave()

    def _complain(self, trouble: str) -> None:
        if trouble != self.trouble:
            _log.error("%s", trouble)
            self._tell(trouble)
        self.trouble = trouble

    def _recover(self) -> None:
        if self.trouble is not None:
            self._tell(None)
        self.trouble = None

    async def _round(self) -> None:
        now = self._clock.elapsed()
        # A process that was stopped has not beaten for long: it asks anew before it does anything.
        if self._beaten_at is None or now - self._beaten_at >= self._beat:
            await self._beat_once()
        if self._looked_at is None or now - self._looked_at >= self._heartbeat:
            self._looked_at = now
            await self._watch_leases()
        if not self.working:
            return
        change = await self._store.feed.latest()
        if change != self._seen_change or self._due():
            self._seen_change = change
            await self._tick()
            await self._claim_what_waits()

    async def _beat_once(self) -> None:
        asked_at = self._clock.elapsed()
        worked = self.working
        self.working = await self._store.engines.beat(
            self.id, socket.gethostname(), os.getpid(), self._kind, self._started_at, self._ttl
        )
        self._beaten_at = asked_at
        if not self.working:
            await self._speak_for_the_dead()
        if self.working != worked:
            _log.info("engine %s %s", self.id, "works" if self.working else "stands by")
            self._ticked_at = None

    async def _speak_for_the_dead(self) -> None:
        """An engine whose process is known to have ended leaves at once, so that its turn need not run out."""
        for engine in await self._store.engines.list():
            if is_gone(engine.id):
                await self._store.engines.leave(engine.id)
                self._beaten_at = None

    def _due(self) -> bool:
        """Whether something may be due, or it was not looked for a while: the clock may have been set."""
        if self._ticked_at is None or self._clock.elapsed() - self._ticked_at >= 1.0:
            return True
        return self._next_due is not None and self._next_due <= self._clock.now()

    async def _tick(self) -> None:
        """Queue what is due. Where more is due than one tick takes, the next round follows at once, after its beat."""
        tick = await self._store.dispatch.tick(self._clock.now())
        self._next_due = tick.next_due
        self._ticked_at = self._clock.elapsed()

    async def _claim_what_waits(self) -> None:
        while len(self._running) < self._at_once and await self._store.runs.waiting():
            asked_at = self._clock.elapsed()
            run = await self._store.runs.claim(self.id, self._lease)
            if run is None:
                return
            reached("claimed")
            claim = RunClaim(run, self._clock, asked_at, self._lease)
            performance = Performance(
                self._store,
                claim,
                self._perform,
                self._clock,
                lease=self._lease,
                beat=self._heartbeat,
                grace=self._grace,
            )
            task = asyncio.create_task(performance.run(), name=f"run {run.id}")
            self._running[run.id] = (performance, task)
            task.add_done_callback(partial(self._ended, run.id))

    def _ended(self, run_id: int, task: asyncio.Task[None]) -> None:
        del self._running[run_id]
        if not task.cancelled() and task.exception() is not None:
            _log.error("run %d", run_id, exc_info=task.exception())
        self._seen_change = -1
        self._wake.set()

    async def _watch_leases(self) -> None:
        """Take back runs whose holder is gone.

        Gone is who gave no sign for a whole lease by this process's own steady clock, or whose process is known to
        have ended. The wall clock is not asked: somebody may have set it, here or there.
        """
        now = self._clock.elapsed()
        seen: dict[int, tuple[Instant, float]] = {}
        silent: dict[int, Instant] = {}
        for lease in await self._store.runs.leases():
            if lease.run_id in self._running:
                continue
            until, since = self._leases.get(lease.run_id, (lease.until, now))
            if until != lease.until:
                since = now
            seen[lease.run_id] = (lease.until, since)
            if now - since >= self._lease / SECOND or is_gone(lease.engine):
                silent[lease.run_id] = lease.until
        self._leases = seen
        if silent and self.working:
            for run in await self._store.runs.recover(self._clock.now(), silent):
                _log.warning("run %d was cut off: %s", run.id, run.note)
            reached("taken back")

    async def _sleep(self, stopped: asyncio.Task[bool], seconds: float) -> None:
        if self.working and self._next_due is not None:
            seconds = min(seconds, max(0.0, (self._next_due - self._clock.now()) / SECOND))
        woken = asyncio.create_task(self._wake.wait())
        await asyncio.wait([stopped, woken], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()
        self._wake.clear()

    async def _leave(self) -> None:
        """Hand on what runs, and go; another engine may take over at once."""
        running = list(self._running.values())
        for performance, _ in running:
            performance.stop()
        if running:
            await asyncio.wait([task for _, task in running], timeout=self._grace + 5)
        for _, task in running:
            task.cancel()
        await asyncio.gather(*(task for _, task in running), return_exceptions=True)
        self.working = False
        try:
            await self._store.engines.leave(self.id)
        except StoreError as error:
            self._complain(str(error))
