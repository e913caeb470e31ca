"""`gradesync audit`."""

from __future__ import annotations

import click

from gradesync_tui.cli.shell import Shell, shared

_account_option = click.option("--account", metavar="NAME", help="Only this account.  [default: everything]")


@click.group()
def command() -> None:
    """Who did what: list, verify, export."""


@command.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many entries.")
@click.option("--before", metavar="ENTRY", type=int, help="Only entries older than this one.")
@click.option("--text", default="", help="Only entries that hold this.")
@_account_option
@shared
async def list_entries(shell: Shell, account: str | None, limit: int, before: int | None, text: str) -> None:
    """The newest entries."""
    from gradesync_tui.cli.output import emit, table
    from gradesync_tui.cli.views import audit_json
    from gradesync_tui.domain.when import to_the_second

    async with shell.services(read_only=True) as services:
        account_id = None if account is None else (await services.account(account)).id
        entries = await services.audit(account_id, before=before, limit=limit, text=text)
        zones = {one.account.id: one.account.zone for one in await services.accounts()}
    if shell.json:
        emit([audit_json(entry) for entry in entries])
        return
    table(
        ("Id", "When", "Who", "From", "What", "About", ""),
        [
            (
                str(entry.id),
                to_the_second(entry.at, zones.get(entry.account_id or 0, "UTC")),
                entry.name,
                entry.origin,
                entry.verb,
                entry.target,
                "" if entry.allowed else "refused",
            )
            for entry in entries
        ],
        empty="No entries.",
    )


@command.command("verify")
@shared
async def verify(shell: Shell) -> None:
    """Check that nothing was changed in the log or taken out of it; exit code 1 if something was."""
    from gradesync_tui.cli.failures import WorkFailed
    from gradesync_tui.cli.output import emit, line

    async with shell.services(read_only=True) as services:
        fault = await services.verify_audit()
    if shell.json:
        emit({"whole": fault is None, "fault": None if fault is None else str(fault)})
    elif fault is None:
        line("The audit log is whole.")
    if fault is not None:
        raise WorkFailed(f"The audit log was tampered with: {fault}")


@command.command("export")
@_account_option
@shared
async def export(shell: Shell, account: str | None) -> None:
    """The whole log as CSV, newest first; with --json one object a line."""
    import csv
    import sys

    from gradesync_tui.cli.output import emit
    from gradesync_tui.cli.views import audit_json
    from gradesync_tui.domain.text import csv_cell

    rows = csv.writer(sys.stdout, lineterminator="\r\n")
    is_first = True
    async with shell.services(read_only=True) as services:
        account_id = None if account is None else (await services.account(account)).id
        async for page in services.every_audit_entry(account_id):
            for entry in page:
                row = audit_json(entry)
                if shell.json:
                    emit(row)
                    continue
                if is_first:
                    rows.writerow(row)
                    is_first = False
                rows.writerow([csv_cell(value) for value in row.values()])
