"""`gradesync web`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gradesync_tui.cli.browser import ConsoleServer

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port; 0: a free one.")
@click.option(
    "--public-url", metavar="URL", help="How browsers reach it, where that is another address, as behind a TLS proxy."
)
@click.option(
    "--unencrypted",
    is_flag=True,
    help="Listen beyond this machine although there is no TLS: whoever is on the network in between can read pupils' "
    "names and grades along, take the session over and act as you.",
)
@click.option("--read-only", is_flag=True, help="Watch only: nothing can be changed, and no engine runs there.")
@click.option("--database", metavar="URL", help="The database: sqlite:///path or a path.")
@click.pass_context
def command(
    ctx: click.Context,
    host: str,
    port: int,
    public_url: str | None,
    unencrypted: bool,
    read_only: bool,
    database: str | None,
) -> None:
    """The console in a browser, for those without SSH.

    Prints a link that opens it once, and another one each time that a link was used. Whoever opens it acts as you, so
    hand a link only to people who may do what you may. Needs the extra `web`.
    """
    import asyncio
    from urllib.parse import urlsplit

    if host not in LOOPBACK and not unencrypted:
        raise click.UsageError(
            f"--host {host} is reached from other machines, and there is no TLS: names, grades and the session itself "
            "would cross the network readable. Keep 127.0.0.1 behind a proxy with TLS (--public-url), or say "
            "--unencrypted."
        )
    if public_url is not None:
        parts = urlsplit(public_url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
            raise click.UsageError("--public-url: write it like https://grades.example.org, without a path.")
    try:
        from gradesync_tui.cli.browser import ConsoleServer
    except ImportError as problem:
        if (problem.name or "").split(".")[0] not in ("textual_serve", "aiohttp_jinja2", "jinja2"):
            raise
        raise click.UsageError(
            "The console in a browser needs an extra: python3 -m pip install 'gradesync-tui[web]'"
        ) from None
    words = [sys.executable, "-m", "gradesync_tui", "console"]
    database = database or ctx.find_root().params.get("database")
    if database:
        words += ["--database", database]
    if read_only:
        words.append("--read-only")
    asyncio.run(_serve(ConsoleServer(words, host, port, public_url)))


async def _serve(server: ConsoleServer) -> None:
    import asyncio

    from gradesync_tui.cli.engine import stop_on_signals

    stop = asyncio.Event()
    stop_on_signals(stop)
    try:
        await server.start(lambda link: click.echo(f"Opens once: {link}"))
    except OSError as problem:
        raise click.UsageError(
            f"Port {server.port} of {server.host} cannot be used ({problem.strerror}). Name another with --port."
        ) from None
    try:
        click.echo("Whoever opens the link acts as you. Stop with Ctrl-C.", err=True)
        await stop.wait()
    finally:
        await server.stop()
