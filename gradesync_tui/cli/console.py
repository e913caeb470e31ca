"""`gradesync console`, and bare `gradesync`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Literal

import click

from gradesync_tui.cli.shell import Shell

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from gradesync_tui.console import ConsoleOptions, EngineCallable
    from gradesync_tui.services import Services
    from gradesync_tui.services.settings import Settings

_THEMES = ("auto", "dark", "light", "high-contrast", "colour-blind-dark", "colour-blind-light", "ansi", "no-colour")

_BROWSER = "textual.drivers.web_driver:WebDriver"
"""What textual-serve sets: the screen is then a browser's."""


@click.command()
@click.option("--database", metavar="URL", help="The database: sqlite:///path or a path.")
@click.option("--read-only", is_flag=True, help="Watch only: nothing can be changed, and no engine runs here.")
@click.option("--no-engine", is_flag=True, help="Run no engine here, even if none is running elsewhere.")
@click.option("--start", default="", metavar="PLACE", help="Where to begin: 'Lakeside' or 'Lakeside/Grade Sync'.")
@click.option("--theme", type=click.Choice(_THEMES), help="The colours.  [default: the settings']")
@click.option("--low-bandwidth", is_flag=True, help="For slow lines: no animation, no clock, the terminal's colours.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.option("--no-icons", is_flag=True, help="Draw signs in ASCII.")
@click.option("--plain", is_flag=True, help="For screen readers: line by line, nothing drawn.")
@click.option(
    "--as", "login", metavar="NAME", help="Who it is, on a shared service: for OpenSSH's forced command only."
)
@click.pass_context
def command(
    ctx: click.Context,
    database: str | None,
    read_only: bool,
    no_engine: bool,
    start: str,
    theme: str | None,
    low_bandwidth: bool,
    no_mouse: bool,
    no_icons: bool,
    plain: bool,
    login: str | None,
) -> None:
    """Watch and act. Runs the engine too while no other engine is alive."""
    import asyncio

    from gradesync_tui.services.process import keep_memory_private

    if not plain:
        need_terminal()
    shell = Shell(database=database or ctx.find_root().params.get("database"), json=False)
    if login is not None:
        from gradesync_tui.cli.entrance import let_in

        shell = let_in(shell, login)
    keep_memory_private()
    if plain:
        ctx.exit(asyncio.run(_plain(shell, read_only, no_engine, start)))
    ctx.exit(asyncio.run(_console(shell, read_only, no_engine, start, theme, low_bandwidth, no_mouse, no_icons)))


def need_terminal() -> None:
    """Wrong usage unless a person sits at both ends, in a terminal or through `gradesync web`."""
    if os.environ.get("TEXTUAL_DRIVER") == _BROWSER:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("The console needs a terminal. In a script, use the commands.")


async def _console(
    shell: Shell,
    read_only: bool,
    no_engine: bool,
    start: str,
    theme: str | None,
    low_bandwidth: bool,
    no_mouse: bool,
    no_icons: bool,
) -> int:
    import asyncio
    from dataclasses import replace

    from platformdirs import user_state_path

    from gradesync_tui.console import run_console

    # The first start makes the database in its usual place and shows what to do next; a database that was named on
    # the command line is there already, or its name is mistyped.
    may_create = shell.database is None and shell.entrance is None
    async with shell.services(create=may_create, read_only=read_only, origin="console") as services:
        set_up = options_from(services.settings)
        options = replace(
            set_up,
            read_only=read_only,
            low_bandwidth=low_bandwidth or set_up.low_bandwidth,
            theme=set_up.theme if theme is None else None if theme == "auto" else theme,
            mouse=set_up.mouse and not no_mouse,
            icons=set_up.icons and not no_icons,
            start=start,
            run_engine=not no_engine,
            state_folder=shell.entrance.state if shell.entrance else user_state_path("gradesync", appauthor=False),
        )
        # On a shared service the engine is a process of its own: a person's session ends when their line is cut, and
        # has no business with the secrets.
        engine = None if read_only or shell.entrance else engine_on(services, "console")
        leaving = asyncio.create_task(_leave_with_browser()) if os.environ.get("TEXTUAL_DRIVER") == _BROWSER else None
        try:
            return await run_console(services, engine=engine, options=options)
        finally:
            if leaving is not None:
                leaving.cancel()


def options_from(settings: Settings) -> ConsoleOptions:
    """How the console looks and feels by the settings and the environment."""
    from gradesync_tui.console import ConsoleOptions

    if not os.environ.get("NO_COLOR", "no"):
        # By the convention an empty one says nothing; the toolkit takes it for a yes.
        del os.environ["NO_COLOR"]
    keymap, keymap_faults = _keymap(settings)
    return ConsoleOptions(
        low_bandwidth=settings.console.low_bandwidth,
        theme=None if settings.console.theme == "auto" else settings.console.theme,
        mouse=settings.console.mouse,
        copy_to_file=settings.console.clipboard == "file",
        icons=settings.console.icons == "unicode",
        keymap=keymap,
        keymap_faults=keymap_faults,
        support=settings.support.contact,
    )


def _keymap(settings: Settings) -> tuple[dict[str, str], list[str]]:
    """The keymap of the settings, and what is wrong with it: a mistake in it is no reason to stay outside."""
    if not settings.keys:
        return {}, []
    from gradesync_tui.console.keymap import read
    from gradesync_tui.services.settings import place_of

    keymap, faults = read(settings.keys)
    return keymap, [f"{place_of(('keys', fault.action_id))}: {fault.words}" for fault in faults]


async def _plain(shell: Shell, read_only: bool, no_engine: bool, start: str) -> int:
    from functools import partial

    from gradesync_tui.cli import plaincommands
    from gradesync_tui.cli.plain import run_plain

    may_create = shell.database is None and shell.entrance is None
    async with shell.services(create=may_create, read_only=read_only, origin="console") as services:
        engine = None if read_only or no_engine or shell.entrance else engine_on(services, "console")
        command = partial(plaincommands.run, shell=shell, read_only=read_only)
        return await run_plain(services, start=start, engine=engine, command=command)


async def _leave_with_browser() -> None:
    """End this console, as a lost line does, when the web server that started it is gone without a word."""
    import asyncio
    import signal

    server = os.getppid()
    while os.getppid() == server:  # noqa: ASYNC110  (nothing announces it)
        await asyncio.sleep(2)
    os.kill(os.getpid(), signal.SIGHUP)


def engine_on(services: Services, kind: Literal["console", "demo"]) -> EngineCallable:
    """What runs an engine in this process on the services' database."""

    async def run(stop: asyncio.Event, tell: Callable[[str | None], object]) -> None:
        import gc
        from functools import partial

        from gradesync_tui.engine import Engine
        from gradesync_tui.services.process import keep_pauses_short
        from gradesync_tui.sync.perform import perform

        gc.freeze()  # what has been imported is never looked through for garbage: no key waits for that
        keep_pauses_short()
        store, clock = services.store, services.clock
        work = partial(perform, store=store, clock=clock)
        await Engine(store, clock=clock, kind=kind, perform=work, tell=tell).run(stop)

    return run
