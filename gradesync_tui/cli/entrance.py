"""How somebody whom OpenSSH lets in becomes the person that the console works for."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gradesync_tui.cli.shell import Shell


def let_in(shell: Shell, login: str) -> Shell:
    """The shell as `login`, with nothing left of what their client sent, in the one folder that they may write to.

    Refused, and on record, unless OpenSSH's forced command says who they are.
    """
    import asyncio

    from gradesync_tui.services.entrance import enter, leave_behind
    from gradesync_tui.services.errors import Refused

    if shell.database is not None:
        raise click.UsageError("With --as, the database is the one that the service's settings name.")
    try:
        entrance = enter(login)
    except Refused:
        asyncio.run(_record_refusal(shell, login))
        raise
    leave_behind(os.environ, entrance.home)
    os.chdir(entrance.export_folder())
    for stream in (sys.stdout, sys.stderr):
        # Python took the encoding from the client's LC_*.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    return replace(shell, entrance=entrance)


async def _record_refusal(shell: Shell, login: str) -> None:
    """Put the attempt on record where there is a database to put it into."""
    from contextlib import suppress

    from gradesync_tui.cli.shell import system_actor
    from gradesync_tui.domain.text import clean
    from gradesync_tui.services.settings import SettingsError
    from gradesync_tui.store import Store
    from gradesync_tui.store.errors import StoreError

    with suppress(StoreError, SettingsError):
        store = await Store.open(shell.url(shell.settings()), create=False)
        try:
            target = f"console as {clean(login, limit=64)}"
            await store.audit.append(system_actor("console"), "log in", target, allowed=False)
        finally:
            await store.close()
