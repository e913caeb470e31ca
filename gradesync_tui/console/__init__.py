"""The terminal console: what administrators see and press."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from gradesync_tui.console.options import ConsoleOptions

if TYPE_CHECKING:
    from gradesync_tui.services import Services

__all__ = ["ConsoleOptions", "EngineCallable", "run_console"]

EngineCallable = Callable[[asyncio.Event, Callable[[str | None], object]], Awaitable[None]]
"""Runs an engine in this event loop until the event is set, and returns when its run is handed on.

The second argument hears why the engine cannot work, in one line, and None when it works again.
"""


async def run_console(
    services: Services, *, engine: EngineCallable | None = None, options: ConsoleOptions | None = None
) -> int:
    """Show the console until the person quits or the process is told to end; the exit status (0, or 1 after a crash).

    engine: runs an engine in this event loop; without one the console only watches what other processes run.
    Afterwards the terminal is as it was, and the engine has handed its run on.
    """
    from gradesync_tui.console.app import ConsoleApp
    from gradesync_tui.console.lifecycle import run_to_the_end

    return await run_to_the_end(ConsoleApp(services, engine=engine, options=options or ConsoleOptions()))
