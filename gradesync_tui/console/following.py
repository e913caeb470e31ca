"""Following what happens: the change feed, what others do, and whether what is shown is still true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from gradesync_tui.console.presenters.cells import Cell
from gradesync_tui.console.presenters.link import Link, state
from gradesync_tui.console.screens.base import Place
from gradesync_tui.domain.records import Change
from gradesync_tui.services.errors import ServiceError
from gradesync_tui.store.errors import StoreError

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp

_RETRY_SECONDS = (0.5, 1.0, 2.0, 5.0)


class Following:
    """Hears what changes in the database, tells it to the places, and knows how long ago it heard anything."""

    def __init__(self, program: ConsoleApp, *, can_run: bool) -> None:
        self._program = program
        self._services = program.services
        self.link = Link(heard=program.now(), can_run=can_run, read_only=program.options.read_only)

    def begin(self) -> None:
        """Follow from now on, and let the places know as time passes."""
        self._program.run_worker(self._follow(), group="feed", exit_on_error=True)
        self._program.set_interval(1.0, self._show_state)
        self._program.set_interval(60.0 if self._program.options.low_bandwidth else 1.0, self._tick)

    def _show_state(self) -> None:
        """Once a second: how old is what is shown? Nothing is drawn unless a word has changed."""
        place = self._program.screen_stack[-1] if self._program.screen_stack else None
        if isinstance(place, Place):
            place.show_path()

    def _tick(self) -> None:
        """Time has passed."""
        place = self._program.screen_stack[-1] if self._program.screen_stack else None
        if isinstance(place, Place) and place.is_mounted and not self.link.still:
            place.tick()

    async def _follow(self) -> None:
        """Follow the change feed for ever; say so when the database does not answer, and try again."""
        poll = 1.0 if self._program.options.low_bandwidth else 0.25
        failures = 0
        since: int | None = None
        while True:
            try:
                if since is None:
                    since = await self._services.feed_position()
                elif failures:
                    await self._spread((Change(seq=0, topic="all", ref=0),))
                await self._look_at_engines()
                failures = 0
                async for changes in self._changes(since, poll):
                    since = changes[-1].seq if changes else since
                    await self._heard(changes)
            except (StoreError, ServiceError) as error:
                if not self.link.lost:
                    self._program.tell(str(error), "error")
                self._set_link(lost=str(error))
                await asyncio.sleep(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])
                failures += 1

    async def _changes(self, since: int, poll: float) -> AsyncIterator[list[Change]]:
        """The feed, with an empty list at least every two seconds, so that silence is told from death."""
        stream = cast("AsyncGenerator[list[Change]]", self._services.watch(since=since, poll=poll))
        following = asyncio.ensure_future(anext(stream))
        try:
            while True:
                done, _ = await asyncio.wait({following}, timeout=2.0)
                if done:
                    yield following.result()
                    following = asyncio.ensure_future(anext(stream))
                else:
                    yield []
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await stream.aclose()

    async def _heard(self, changes: Sequence[Change]) -> None:
        if not changes or any(change.topic == "engine" for change in changes):
            await self._look_at_engines()
        else:
            self._set_link(heard=self._program.now(), lost="")
        telling = [change for change in changes if change.topic != "engine"]
        if telling and not self.link.still:
            await self._spread(telling)
        await self._tell_news([change.ref for change in changes if change.topic == "audit"])

    async def _tell_news(self, entries: Sequence[int]) -> None:
        """Say what others did in the account in sight; what its rows show with their names is kept in the notices."""
        account_id = self._program.place.account_id if self._program.place is not None else None
        if not entries or account_id is None:
            return
        from gradesync_tui.console.presenters import news
        from gradesync_tui.console.presenters.schedules import name

        newest = await self._services.audit(account_id, limit=len(entries))
        done = [entry for entry in reversed(newest) if entry.id in entries]
        if any(entry.login != self._services.actor.login for entry in done):
            schedules = {f"schedule {one.id}": name(one) for one in await self._services.schedules(account_id)}
            for words, is_seen in news.told(done, self._services.actor.login, schedules):
                self._program.tell(words, "news", quietly=is_seen)

    async def _spread(self, changes: Sequence[Change]) -> None:
        for screen in self._program.screen_stack:
            if isinstance(screen, Place) and screen.is_mounted:
                await screen.feed(changes)

    async def _look_at_engines(self) -> None:
        engines = await self._services.engines()
        self._set_link(engines=tuple(engines), heard=self._program.now(), lost="")

    def _set_link(self, **changes: object) -> None:
        self.link = replace(self.link, **changes)  # type: ignore[arg-type]
        self._show_state()

    def tell_engine_trouble(self, troubled: bool) -> None:
        """Whether the engine in this console cannot work."""
        self._set_link(engine_troubled=troubled)

    def state_cell(self, width: int) -> Cell:
        """The state line for a screen of a width."""
        return state(
            self.link,
            self._program.now(),
            stale_after=self._program.options.stale_after,
            icons=self._program.options.icons,
            wide=width >= 100,
        )

    def turn(self) -> bool:
        """Hold what is shown still, or go on; whether it is still now."""
        self._set_link(still=not self.link.still)
        return self.link.still
