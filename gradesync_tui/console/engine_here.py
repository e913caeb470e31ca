"""The engine that this console runs while no other does: started, kept, and waited for until its run is handed on."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from gradesync_tui.domain.records import Engine, Run
from gradesync_tui.domain.text import clean
from gradesync_tui.services.errors import ServiceError
from gradesync_tui.store.errors import StoreError

if TYPE_CHECKING:
    from gradesync_tui.console import EngineCallable
    from gradesync_tui.console.app import ConsoleApp

_HAND_ON_SECONDS = 20.0


class EngineHere:
    """At most one engine in this process. `run`: what runs it; None where this console only watches."""

    def __init__(self, program: ConsoleApp, run: EngineCallable | None) -> None:
        self._program = program
        self._run = run
        self._task: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()
        self._trouble = ""
        self.has_run = False
        """Whether an engine ran here at any time."""

    @property
    def can_run(self) -> bool:
        return self._run is not None

    @property
    def is_running(self) -> bool:
        return self._task is not None

    def reason_against(self) -> str | None:
        """Why no engine can be started here now; None if one can."""
        if self._run is None:
            return "This console only watches. Run an engine with: gradesync engine"
        if self._program.options.read_only:
            return "This session is read-only. Start it without --read-only to run an engine."
        if self._trouble:
            return f"An engine runs in this console already, and cannot work. {self._trouble}"
        return "An engine runs in this console already." if self.is_running else None

    def start(self) -> None:
        """Run it, until `stop`."""
        if self._run is not None and self._task is None:
            self._stop = asyncio.Event()
            self.has_run = True
            self._task = asyncio.ensure_future(self._keep(self._run))

    async def start_if_none(self) -> None:
        """Run it, if no other engine works."""
        try:
            if not any(engine.working for engine in await self._program.services.engines()):
                self.start()
        except (StoreError, ServiceError) as error:
            self._program.tell(str(error), "error")

    async def _keep(self, run: EngineCallable) -> None:
        try:
            await run(self._stop, self._tell_trouble)
        except (StoreError, ServiceError) as error:
            self._program.tell(f"The engine in this console stopped: {error}", "error")
        except Exception as error:  # the engine's own fault must not take the console with it
            fault = type(error).__name__
            self._program.tell(f"The engine in this console stopped by a fault of its own: {fault}.", "error")
        finally:
            self._task = None
            self._set_trouble("")

    def _tell_trouble(self, trouble: str | None) -> None:
        """The engine cannot work, or works again: nobody else would say so while its runs just do not come."""
        if trouble is None:
            self._program.tell("The engine in this console works again.")
        else:
            self._program.tell(f"The engine in this console cannot work. {trouble}", "error")
        self._set_trouble(trouble or "")

    def _set_trouble(self, trouble: str) -> None:
        self._trouble = trouble
        self._program.following.tell_engine_trouble(bool(trouble))

    def stop(self) -> None:
        """Ask it to end its run soon and hand it on."""
        self._stop.set()

    async def ended(self) -> None:
        """Ask it to stop, and wait until it has handed its run on."""
        task = self._task
        if task is None:
            return
        self._stop.set()
        done, _ = await asyncio.wait({task}, timeout=_HAND_ON_SECONDS)
        if not done:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @property
    def leaves_none(self) -> bool:
        """Whether the schedules rest once this console has gone, because its engine was the only one."""
        engines = self._program.following.link.engines
        others = [engine for engine in engines if engine.pid != os.getpid()]
        return self.has_run and not others and any(engine.kind == "console" for engine in engines)

    # --- leaving -----------------------------------------------------------------------------------------------------

    async def leaves_behind(self) -> list[str]:
        """What somebody who leaves this console now should know first, line by line; nothing if no run goes on here."""
        if not self.is_running:
            return []
        try:
            engines = await self._program.services.engines()
            here = next((engine for engine in engines if engine.pid == os.getpid()), None)
            runs = [] if here is None else await self._program.services.carried_by(here.id)
        except (StoreError, ServiceError):
            return []  # without the database there is nothing to ask about
        return [*map(_line, runs), _who_goes_on(engines, here)] if runs else []


def _line(run: Run) -> str:
    return f"Run {run.id:,}, asked for by {clean(run.requested_by)}, is in progress in this console."


def _who_goes_on(engines: list[Engine], here: Engine | None) -> str:
    other = next((engine for engine in engines if engine is not here), None)
    if other is not None:
        return f"It is handed on to the engine on {clean(other.host)}, which goes on with it."
    return "No other engine is there: it goes on when one runs again, and until then no schedule runs."
