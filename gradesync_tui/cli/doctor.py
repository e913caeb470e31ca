"""`gradesync doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gradesync_tui.cli.shell import Shell, shared

if TYPE_CHECKING:
    from gradesync_tui.services import Services
    from gradesync_tui.services.authorizedkeys import AuthorizedKeys
    from gradesync_tui.services.doctor import Check


@click.command()
@click.option(
    "--invariants", is_flag=True, help="Only look for what the database should never hold: prints 0, or what."
)
@shared
async def command(shell: Shell, invariants: bool) -> None:
    """Check database, disk, clock, engine, connections, SSH keys and terminal; exit code 1 if something is wrong."""
    import os

    import msgspec

    from gradesync_tui.cli.failures import WorkFailed
    from gradesync_tui.cli.output import emit, line
    from gradesync_tui.domain.text import count
    from gradesync_tui.services.doctor import terminal_check
    from gradesync_tui.store import path_of

    async with shell.services(read_only=True) as services:
        if invariants:
            wrong = await services.invariants()
            if shell.json:
                emit(wrong)
            else:
                line("0" if not wrong else str(len(wrong)))
                for one in wrong:
                    line(one)
            if wrong:
                raise WorkFailed(f"{count(len(wrong), 'invariant')} broken. Please tell SIS support.")
            return
        found: list[Check] = []
        async for check in services.checks(path_of(shell.url(shell.settings())), _keys(services)):
            found.append(check)
            _print(shell, check)
        found.append(terminal_check(dict(os.environ)))
        _print(shell, found[-1])
    if shell.json:
        emit([msgspec.to_builtins(check) for check in found])
    bad = sum(not check.ok for check in found)
    if bad:
        raise WorkFailed(f"{count(bad, 'check')} of {len(found)} found something to do.")


def _keys(services: Services) -> AuthorizedKeys | None:
    """The authorized_keys of the account that runs this, where it serves several people."""
    if not services.settings.service.shared:
        return None
    from gradesync_tui.services.authorizedkeys import AuthorizedKeys, installed_program
    from gradesync_tui.services.entrance import account_home

    return AuthorizedKeys(account_home() / ".ssh" / "authorized_keys", installed_program())


def _print(shell: Shell, check: Check) -> None:
    from gradesync_tui.cli.output import line

    if shell.json:
        return
    line(f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.found}")
    if check.do:
        line(f"      {check.do}")
