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
    """Every setting as it holds now, defaults included, and where each comes from."""
    import msgspec
    from msgspec.structs import replace

    from gradesync_tui.cli.output import emit
    from gradesync_tui.services.settings import as_toml, database_url, load_settings, settings_path, sources

    settings = load_settings()
    origins = sources(settings)
    holding = replace(settings, database=replace(settings.database, url=database_url(settings)))
    file = settings_path()
    if as_json:
        emit({"file": str(file), "settings": msgspec.to_builtins(holding), "sources": origins})
        return
    click.echo(f"# {file}" + ("" if file.exists() else ", which is not there"))
    click.echo(as_toml(holding, origins))
    _note_unread()


@command.command("keys")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def keys(as_json: bool) -> None:
    """Every action of the console with its keys: what the section [keys] of the settings can move."""
    from gradesync_tui.cli.output import emit, table
    from gradesync_tui.console.actions import ACTIONS, SECTION_TITLES
    from gradesync_tui.console.keymap import read
    from gradesync_tui.services.settings import load_settings

    moved, _ = read(load_settings().keys)
    rows = [
        (action.id, _shown(moved.get(action.id, action.keys)), SECTION_TITLES[action.section], action.label)
        for action in ACTIONS
    ]
    if as_json:
        emit([dict(zip(("action", "keys", "where", "label"), row, strict=True)) for row in rows])
    else:
        table(("Action", "Keys", "Where", "What"), rows, empty="")


@command.command("validate")
@click.argument("file", type=click.Path(), required=False)
def validate(file: str | None) -> None:
    """Check the settings (or FILE); exit code 2 with file, line and key if something is wrong."""
    import os
    from pathlib import Path

    from gradesync_tui.cli.failures import say
    from gradesync_tui.cli.output import note
    from gradesync_tui.console.keymap import read
    from gradesync_tui.services.settings import database_url, load_settings, place_of, settings_path
    from gradesync_tui.store.db import path_of
    from gradesync_tui.store.errors import StoreError

    settings = load_settings(None if file is None else Path(file))
    checked = {**os.environ, **({} if file is None else {"GRADESYNC_CONFIG": file})}
    _, faults = read(settings.keys)
    wrong = [f"{place_of(('keys', fault.action_id), checked)}: {fault.words}" for fault in faults]
    try:
        path_of(database_url(settings))
    except StoreError as problem:
        named = "GRADESYNC_DATABASE" in os.environ
        where = "GRADESYNC_DATABASE in the environment" if named else place_of(("database", "url"), checked)
        wrong.insert(0, f"{where}: {problem}")
    for each in wrong:
        say(each)
    _note_unread()
    if wrong:
        raise click.exceptions.Exit(2)
    place = file or settings_path()
    note(f"{place}: valid." if Path(place).exists() else f"{place}: not there; every setting has its default.")


def _shown(keys: str) -> str:
    """Keys as people write them."""
    from gradesync_tui.console.actions import shown_key

    return " ".join(shown_key(key) for key in keys.split(","))


def _note_unread() -> None:
    """Say which variables look like settings and are none: nothing is wrong, but somebody meant something."""
    from gradesync_tui.cli.output import note
    from gradesync_tui.services.settings import unread_variables

    for line in unread_variables():
        note(line)
