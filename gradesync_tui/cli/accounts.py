"""`gradesync accounts`."""

from __future__ import annotations

import click

from gradesync_tui.cli.shell import Shell, shared


@click.group()
def command() -> None:
    """List, add and change accounts (districts)."""


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
                one.sis_label,
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


@command.command("edit")
@click.argument("account")
@click.option("--name", help="A new name.")
@click.option("--zone", help="The district's time zone.")
@click.option("--hidden", type=click.Choice(["wait", "send"]), help="Grades not yet posted in Canvas.")
@click.option(
    "--sis-edits", type=click.Choice(["overwrite", "keep", "flag"]), help="Scores that somebody changed in the SIS."
)
@click.option("--deletes", type=click.Choice(["never", "clear"]), help="Grades deleted in Canvas.")
@click.option("--full-compare-every", metavar="LENGTH", help="How often a run compares everything: 7d.")
@shared
async def edit_account(
    shell: Shell,
    account: str,
    name: str | None,
    zone: str | None,
    hidden: str | None,
    sis_edits: str | None,
    deletes: str | None,
    full_compare_every: str | None,
) -> None:
    """Change what is given of an account, keep the rest."""
    import msgspec

    from gradesync_tui.cli.output import emit, line
    from gradesync_tui.cli.timing import length_from
    from gradesync_tui.cli.views import account_json
    from gradesync_tui.domain.records import Policies

    async with shell.services() as services:
        found = await services.account(account)
        changes = {"hidden": hidden, "sis_edits": sis_edits, "deletes": deletes}
        policies = msgspec.to_builtins(found.policies) | {key: value for key, value in changes.items() if value}
        if full_compare_every is not None:
            policies["full_compare_every"] = length_from(full_compare_every, "--full-compare-every")
        changed = await services.update_account(
            found.id, name=name, zone=zone, policies=msgspec.convert(policies, Policies)
        )
    if shell.json:
        emit(account_json(changed))
    else:
        line(f"Changed account {changed.id}, {changed.name}.")
