"""`gradesync init`."""

from __future__ import annotations

import click

from gradesync_tui.cli.shell import Shell, shared


@click.command()
@shared
async def command(shell: Shell) -> None:
    """Make the database, and you its SIS support; does nothing where there is one already."""
    from gradesync_tui.cli.output import emit, line, note

    url = shell.url(shell.settings())
    async with shell.services(create=True) as services:
        me = await services.me()
        if shell.json:
            emit({"database": url, "login": me.login, "name": me.name})
            return
        line(f"The database is {url}")
        note(f"You are {me.name} ({me.login}).")
        note("Next: gradesync accounts add NAME --zone ZONE, then gradesync connect canvas and gradesync connect sis")
