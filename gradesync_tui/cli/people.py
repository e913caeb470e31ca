"""`gradesync people`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gradesync_tui.cli.shell import Shell, shared

if TYPE_CHECKING:
    from gradesync_tui.domain.records import Grant, Person
    from gradesync_tui.services import Services

_role = click.Choice(["viewer", "admin", "support"])
_account_option = click.option("--account", metavar="NAME", help="For this account only.  [default: all accounts]")


@click.group()
def command() -> None:
    """Who may use gradesync, and their roles.

    A viewer watches; an admin also runs, pauses, resumes and cancels; support also changes schedules, connections,
    categories and people.
    """


@command.command("list")
@shared
async def list_people(shell: Shell) -> None:
    """Everybody."""
    async with shell.services(read_only=True) as services:
        people = await services.people()
        names = {one.account.id: one.account.name for one in await services.accounts()}
    _show(shell, people, names)


@command.command("add")
@click.argument("login")
@click.option("--name", required=True, help="The name that the history shows.")
@click.option("--role", type=_role, default="viewer", show_default=True)
@_account_option
@shared
async def add_person(shell: Shell, login: str, name: str, role: str, account: str | None) -> None:
    """Let somebody in."""
    async with shell.services() as services:
        person = await services.add_person(login, name, [await _grant(services, role, account)])
        names = {one.account.id: one.account.name for one in await services.accounts()}
    _show(shell, [person], names, one=True)


@command.command("role")
@click.argument("login")
@click.argument("role", type=click.Choice(["viewer", "admin", "support", "none"]))
@_account_option
@shared
async def set_role(shell: Shell, login: str, role: str, account: str | None) -> None:
    """Give a person a role, for all accounts or for one; `none` takes it away. Other roles of theirs stay."""
    from gradesync_tui.domain.words import Role

    async with shell.services() as services:
        account_id = None if account is None else (await services.account(account)).id
        person = await services.give_role(login, None if role == "none" else Role(role), account_id)
        names = {one.account.id: one.account.name for one in await services.accounts()}
    _show(shell, [person], names, one=True)


@command.command("remove")
@click.argument("login")
@shared
async def remove_person(shell: Shell, login: str) -> None:
    """Shut somebody out; what they did stays in the history under their name."""
    from gradesync_tui.cli.output import emit, line

    async with shell.services() as services:
        await services.remove_person(login)
    if shell.json:
        emit({"removed": login})
    else:
        line(f"Removed {login}.")


async def _grant(services: Services, role: str, account: str | None) -> Grant:
    from gradesync_tui.domain.records import Grant
    from gradesync_tui.domain.words import Role

    account_id = None if account is None else (await services.account(account)).id
    return Grant(role=Role(role), account_id=account_id)


def _show(shell: Shell, people: list[Person], accounts: dict[int, str], *, one: bool = False) -> None:
    from gradesync_tui.cli.output import emit, table
    from gradesync_tui.cli.views import person_json

    if shell.json:
        emit(person_json(people[0]) if one else [person_json(person) for person in people])
        return

    def role(grant: Grant) -> str:
        where = "" if grant.account_id is None else f" in {accounts.get(grant.account_id, grant.account_id)}"
        return grant.role.value + where

    table(
        ("Login", "Name", "Roles"),
        [(person.login, person.name, ", ".join(role(grant) for grant in person.grants)) for person in people],
        empty="Nobody.",
    )
