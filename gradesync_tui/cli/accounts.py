"""`gradesync accounts`."""

from __future__ import annotations

import click

from gradesync_tui.cli.shell import Shell, shared


@click.group()
def command() -> None:
    """List and add accounts (districts)."""


@command.command("list")
@shared
async def list_accounts(shell: Shell) -> None:
    """The accounts, each at one glance."""
    from gradesync_tui.cli.output import emit, table
    from gradesync_tui.cli.views import moment_cell, summary_json

    async with shell.services(read_only=True) as services:
        summaries = await services.accounts()
        now = services.clock.now()
    if shell.json:
        emit([summary_json(one) for one in summaries])
        return
    table(
        ("Id", "Account", "SIS", "Active", "Paused", "Next Run", "Last Run", "Problems"),
        [
            (
                str(one.account.id),
                one.account.name,
                one.sis,
                one.active,
                one.paused,
                moment_cell(one.next_run, one.account.zone, now),
                one.last_run.status.value if one.last_run else "",
                one.problems,
            )
            for one in summaries
        ],
        empty="No accounts yet. Make one: gradesync accounts add NAME --zone ZONE",
    )


@command.command("add")
@click.argument("name")
@click.option("--zone", default="UTC", show_default=True, help="The district's time zone, such as America/New_York.")
@shared
async def add_account(shell: Shell, name: str, zone: str) -> None:
    """Add an account; its name must be new."""
    from gradesync_tui.cli.output import emit, line, note
    from gradesync_tui.cli.views import account_json

    async with shell.services() as services:
        account = await services.create_account(name, zone)
    if shell.json:
        emit(account_json(account))
        return
    line(f"Added account {account.id}, {account.name}.")
    note("Next: gradesync connect canvas --help")
