"""`gradesync support`."""

from __future__ import annotations

from pathlib import Path

import click

from gradesync_tui.cli.shell import Shell, shared


@click.group()
def command() -> None:
    """How to reach SIS support, and what they need to know: without secrets, pupils or grades."""


@command.command("contact")
@shared
def contact(shell: Shell) -> None:
    """The address, as the settings say it."""
    from gradesync_tui.cli.output import emit, line
    from gradesync_tui.services import Invalid

    address = shell.settings().support.contact
    if not address:
        raise Invalid("No address is set. Write [support] contact into the settings: gradesync config path")
    if shell.json:
        emit({"contact": address})
    else:
        line(address)


@command.command("bundle")
@click.option("--account", metavar="NAME", help="Only this account.  [default: every account that you may watch]")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="A new file for it; - is stdout.  [default: a new file in this folder]",
)
@click.option("--no-trial", is_flag=True, help="Do not ask Canvas and the SIS whether they answer.")
@shared
async def bundle(shell: Shell, account: str | None, output: Path | None, no_trial: bool) -> None:
    """Write the support bundle: versions, settings, schedules, last runs, causes, and what doctor finds, as JSON."""
    import asyncio

    import msgspec

    from gradesync_tui.cli.output import emit, json_line, line, note
    from gradesync_tui.services.exportfile import new_file

    async with shell.services(read_only=True) as services:
        account_id = None if account is None else (await services.account(account)).id
        found = await services.support_bundle(account_id, try_connections=not no_trial)
        address = services.settings.support.contact
    text = msgspec.json.format(json_line(found), indent=2) + "\n"
    if output is not None and str(output) == "-":
        click.echo(text, nl=False)
    else:
        path, file = await asyncio.to_thread(new_file, "support", "json", output)
        with file:
            file.write(text)
        if shell.json:
            emit({"bundle": str(path), "contact": address or None})
        else:
            line(f"Saved {path}")
    note(
        f"Send it to {address}." if address else "No address of SIS support is set: [support] contact in the settings."
    )
