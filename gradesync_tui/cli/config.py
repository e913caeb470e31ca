"""`gradesync config`."""

from __future__ import annotations

import click


@click.group()
def command() -> None:
    """Show and check the settings."""


@command.command("path")
def path() -> None:
    """Where the settings file is, whether or not it exists."""
    from gradesync_tui.services.settings import settings_path

    click.echo(settings_path())


@command.command("show")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def show(as_json: bool) -> None:
    """Every setting as it holds now, defaults included."""
    import msgspec

    from gradesync_tui.cli.output import emit
    from gradesync_tui.services.settings import as_toml, load_settings

    settings = load_settings()
    if as_json:
        emit(msgspec.to_builtins(settings))
    else:
        click.echo(as_toml(settings))


@command.command("validate")
@click.argument("file", type=click.Path(), required=False)
def validate(file: str | None) -> None:
    """Check the settings (or FILE); exit code 2 with file, line and key if something is wrong."""
    from pathlib import Path

    from gradesync_tui.cli.output import note
    from gradesync_tui.services.settings import load_settings, settings_path

    load_settings(None if file is None else Path(file))
    place = file or settings_path()
    note(f"{place}: valid." if Path(place).exists() else f"{place}: not there; every setting has its default.")
