"""`gradesync service`."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def command() -> None:
    """Run the engine as a service of this machine (systemd)."""


@command.command("install")
@click.option("--print", "only_print", is_flag=True, help="Print the unit; write nothing.")
@click.option("--account", default="gradesync", show_default=True, help="The system account that runs the engine.")
@click.option("--database", metavar="URL", default="", help="The database.  [default: as the account's settings say]")
@click.option(
    "--credential", "credentials", multiple=True, metavar="NAME:PATH", help="A secret file of root's, for systemd:NAME."
)
@click.option(
    "--to", "path", type=click.Path(path_type=Path), metavar="FILE", help="Where.  [default: systemd's own folder]"
)
@click.option("--replace", is_flag=True, help="Write over a unit that differs.")
def install(
    only_print: bool, account: str, database: str, credentials: tuple[str, ...], path: Path | None, replace: bool
) -> None:
    """Write a unit that runs `gradesync engine`, with no more rights than it needs.

    The engine runs under an account of its own, which alone reads the database and the secrets. Make it first:

        useradd --system --create-home --home-dir /var/lib/gradesync --shell /bin/sh --password '*' gradesync
    """
    import os

    from gradesync_tui.cli.output import line, note
    from gradesync_tui.services.authorizedkeys import installed_program
    from gradesync_tui.services.unit import NAME, UNIT_FOLDER, Service, home_of, unit_text, write_unit

    home = home_of(account)
    program = installed_program()
    text = unit_text(Service(account, program, home, database, credentials))
    if only_print:
        click.echo(text, nl=False)
        return
    place = path or UNIT_FOLDER / NAME
    written = write_unit(text, place, replace=replace)
    line(f"{place} {'is written' if written else 'is as it should be already'}.")
    if not home.exists():
        folder = f"--create-home --home-dir {home}"
        note(f"Make the account: useradd --system {folder} --shell /bin/sh --password '*' {account}")
    if not os.access(home / ".local/share/gradesync/gradesync.sqlite3", os.F_OK) and not database:
        note(f"Make the database: sudo -u {account} {program} init")
    note(f"Then: systemctl daemon-reload && systemctl enable --now {place.name}")
