"""`gradesync engine`."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import click

from gradesync_tui.cli.shell import Shell, shared

if TYPE_CHECKING:
    from gradesync_tui.domain.clock import Clock
    from gradesync_tui.engine import Engine


@click.command()
@click.option(
    "--log", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How stderr is written."
)
@shared
async def command(shell: Shell, log: str) -> None:
    """Run what is due, in the foreground, until SIGTERM, SIGHUP or Ctrl-C.

    The run in progress then stops after what it is sending; whoever runs next takes it up. A second engine stands by
    and takes over when the first one dies.
    """
    from functools import partial

    from gradesync_tui.cli.output import note
    from gradesync_tui.domain.clock import SystemClock
    from gradesync_tui.engine import Engine
    from gradesync_tui.services.process import keep_memory_private, keep_pauses_short
    from gradesync_tui.store import Store
    from gradesync_tui.sync.perform import perform

    keep_memory_private()
    keep_pauses_short()
    write_log(as_json=log == "json" or shell.json)
    clock = SystemClock()
    store = await Store.open(shell.url(shell.settings()), clock=clock, create=False)
    try:
        stop = asyncio.Event()
        stop_on_signals(stop)
        note(f"Engine on {store.path}. Stop it with Ctrl-C.")
        engine = Engine(store, clock=clock, kind="service", perform=partial(perform, store=store, clock=clock))
        telling = asyncio.create_task(tell_service_manager(engine, clock, stop))
        await engine.run(stop)
        await telling
    finally:
        await store.close()


async def tell_service_manager(engine: Engine, clock: Clock, stop: asyncio.Event) -> None:
    """Let systemd know how the engine is, until it stops; does nothing where systemd did not start it."""
    from gradesync_tui.engine.notify import Notifier, keep_notified

    notifier = Notifier()

    def status() -> str:
        return engine.trouble or ("Running what is due." if engine.working else "Standing by for another engine.")

    def alive() -> bool:
        ended = engine.round_ended_at
        return ended is not None and clock.elapsed() - ended < (notifier.watchdog or 0)

    # Ready is who has looked at the database once.
    await engine.began.wait()
    await keep_notified(notifier, stop, status=status, alive=alive)


def stop_on_signals(stop: asyncio.Event) -> None:
    """Let SIGTERM, SIGINT and SIGHUP (a terminal that vanished) end the work in order."""
    import signal

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)


def write_log(*, as_json: bool) -> None:
    """Send the program's log to stderr, one line an entry."""
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLines() if as_json else _Lines("%(asctime)s  %(levelname)-7s  %(message)s"))
    root = logging.getLogger("gradesync_tui")
    root.handlers = [handler]
    root.setLevel(logging.INFO)


class _Lines(logging.Formatter):
    """Lines for people; what is logged may hold names from anywhere."""

    def format(self, record: logging.LogRecord) -> str:
        from gradesync_tui.domain.text import clean

        return clean(super().format(record), limit=2000)


class _JsonLines(logging.Formatter):
    """One JSON object a line, for a log collector."""

    def format(self, record: logging.LogRecord) -> str:
        import traceback

        import msgspec

        from gradesync_tui.domain.clock import SECOND, iso
        from gradesync_tui.domain.text import clean

        found: dict[str, object] = {
            "at": iso(int(record.created * SECOND)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": clean(record.getMessage(), limit=2000),
        }
        if record.exc_info and record.exc_info[0] is not None:
            # Where it went wrong, never with what: a variable may hold a token.
            frames = traceback.extract_tb(record.exc_info[2])
            found["error"] = clean(f"{record.exc_info[0].__name__}: {record.exc_info[1]}", limit=500)
            found["trace"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return msgspec.json.encode(found).decode()
