"""What a cause advises can be done: each command that it names is one."""

from __future__ import annotations

import re

import click
import pytest

from gradesync_tui.cli import gradesync
from gradesync_tui.domain.causes import catalogue

COMMANDS = sorted(
    {
        words
        for entry in catalogue().values()
        for words in re.findall(r"`gradesync ([^`]+)`", f"{entry.what} {entry.do}")
    }
)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_that_a_cause_advises_is_one(words: str) -> None:
    command: click.Command = gradesync
    context = click.Context(gradesync)
    for word in words.split():
        if word.startswith("--"):
            assert any(word in parameter.opts for parameter in command.params), words
            continue
        assert isinstance(command, click.Group), words
        found = command.get_command(context, word)
        assert found is not None, words
        command = found


def test_no_cause_advises_what_cannot_be_done_here() -> None:
    for code, entry in catalogue().items():
        assert "remaster" not in entry.do.lower(), code
