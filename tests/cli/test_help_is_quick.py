"""`gradesync --help` answers at once: nothing heavy is imported for it."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import click
import pytest

from gradesync_tui.cli import COMMANDS, gradesync

HEAVY = {"textual", "peewee", "apsw", "aiohttp", "asyncio", "msgspec", "pendulum", "croniter", "rich", "asyncssh"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["schedules", "add", "--help"], ["demo", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    program = f"""
import sys
from gradesync_tui.cli import main
sys.argv = ["gradesync", *{arguments!r}]
try:
    main()
finally:
    print("modules:", *sorted(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    modules = {name.split(".")[0] for name in done.stdout.split("modules:")[1].split()}
    assert not modules & HEAVY
    ours = {name for name in done.stdout.split("modules:")[1].split() if name.startswith("gradesync_tui.")}
    assert not {name for name in ours if not name.startswith("gradesync_tui.cli")}


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_that_the_help_names_exists(name: str) -> None:
    module, words = COMMANDS[name]
    command = import_module(f"gradesync_tui.cli.{module}").command
    assert isinstance(command, click.Command)
    assert command.help
    assert words.endswith(".")
    assert gradesync.get_command(click.Context(gradesync), name) is command


def test_every_command_but_those_for_the_program_itself_answers_in_json() -> None:
    without: set[str] = set()

    def walk(command: click.Command, path: str) -> None:
        if isinstance(command, click.Group):
            for name, inner in command.commands.items():
                walk(inner, f"{path} {name}")
        elif not any("--json" in option.opts for option in command.params):
            without.add(path)

    for name, (module, _) in COMMANDS.items():
        walk(import_module(f"gradesync_tui.cli.{module}").command, name)
    of_the_machine = {"service install", "ssh server-config"}
    assert without <= {"console", "web", "sandbox", "config path", "config validate", *of_the_machine}
