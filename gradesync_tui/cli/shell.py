"""What every command starts with: its common options, the database, and the person who calls it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from gradesync_tui.domain.records import Account, Actor
    from gradesync_tui.services import Services
    from gradesync_tui.services.entrance import Entrance
    from gradesync_tui.services.settings import Settings


@dataclass(frozen=True, slots=True)
class Shell:
    """A call of a command: where its database is (None: as the settings say), and whether it answers in JSON.

    entrance: the person whom OpenSSH let in, on a shared service; None for the operating system's user.
    read_only: nothing may be changed. may_ask: False where somebody else reads what the person types.
    """

    database: str | None
    json: bool
    entrance: Entrance | None = None
    read_only: bool = False
    may_ask: bool = True

    def settings(self) -> Settings:
        """The settings; SettingsError for a wrong one."""
        if self.entrance is not None:
            return self.entrance.settings
        from gradesync_tui.services.settings import load_settings

        return load_settings()

    def url(self, settings: Settings) -> str:
        """The database to use."""
        from gradesync_tui.services.settings import database_url

        return self.database or database_url(settings)

    @asynccontextmanager
    async def services(
        self, *, create: bool = False, read_only: bool = False, origin: str = "command line"
    ) -> AsyncIterator[Services]:
        """The verbs on the database, as whoever calls. `create` makes a database that is missing."""
        from gradesync_tui.domain.clock import SystemClock
        from gradesync_tui.services import Services
        from gradesync_tui.store import Store

        settings = self.settings()
        clock = SystemClock()
        store = await Store.open(self.url(settings), clock=clock, create=create)
        try:
            actor = system_actor(origin) if self.entrance is None else self.entrance.actor
            services = Services(
                store, clock=clock, actor=actor, settings=settings, read_only=read_only or self.read_only
            )
            await (services.begin() if self.entrance is None else services.log_in())
            yield services
        finally:
            await store.close()


def shared(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--database` and `--json`, hand it a `Shell` first, and await it if it is a coroutine."""

    @click.option("--database", metavar="URL", help="The database: sqlite:///path or a path.")
    @click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
    @click.pass_context
    @functools.wraps(function)
    def command(ctx: click.Context, /, database: str | None, as_json: bool, **given: Any) -> Any:
        within = ctx.find_object(Shell) or Shell(database=None, json=False)
        named = database or ctx.find_root().params.get("database") or within.database
        result = function(replace(within, database=named, json=as_json), **given)
        if inspect.iscoroutine(result):
            import asyncio

            return asyncio.run(result)
        return result

    return command


def system_actor(origin: str) -> Actor:
    """The operating system's user, by the process's own id (the environment can say anything)."""
    import os
    import pwd
    import socket

    from gradesync_tui.domain.records import Actor
    from gradesync_tui.domain.text import clean

    try:
        entry = pwd.getpwuid(os.getuid())
        login, name = entry.pw_name, entry.pw_gecos.split(",")[0].strip() or entry.pw_name
    except KeyError:
        login = name = f"uid{os.getuid()}"
    return Actor(login=login, name=clean(name, limit=100), origin=f"{origin} on {clean(socket.gethostname())}")


account_option = click.option(
    "--account", metavar="NAME", help="The account, by name or id.  [default: the only one there is]"
)
"""`--account`, for commands that concern one account."""


async def chosen_account(services: Services, ref: str | None) -> Account:
    """The account that was named, or the only one there is."""
    from gradesync_tui.services import Invalid

    if ref is not None:
        return await services.account(ref)
    accounts = await services.accounts()
    if len(accounts) == 1:
        return accounts[0].account
    if not accounts:
        raise Invalid("There is no account yet. Make one: gradesync accounts add NAME --zone ZONE")
    names = ", ".join(one.account.name for one in accounts[:5])
    raise Invalid(f"There are several accounts: {names}{' …' if len(accounts) > 5 else ''}. Say which: --account NAME")
