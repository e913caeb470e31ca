"""Names are data: whatever they hold, neither the terminal nor a spreadsheet obeys them, and JSON keeps them whole."""

from __future__ import annotations

import json

import pytest

from gradesync_tui.cli import output

HOSTILE = [
    "\x1b[31mred",
    "\x9b2J",
    "\u202eevil",
    "bell\x07",
    "del\x7f",
    "tag\U000e0041",
    "zero\u200bwidth",
    "line\u2028break",
    "a\r\nb",
]


def is_calm(text: str) -> bool:
    return all(letter == "\n" or (letter.isprintable() and letter not in "\x7f\u00ad") for letter in text)


@pytest.mark.parametrize("name", HOSTILE)
def test_json_keeps_the_value_and_calms_the_terminal(name: str) -> None:
    text = output.json_line({"name": name})
    assert is_calm(text)
    assert json.loads(text) == {"name": name}


@pytest.mark.parametrize("name", HOSTILE)
def test_lines_tables_and_notes_hold_no_control(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    output.line(f"Account {name}")
    output.note(f"Account {name}")
    output.table(("Account", "Runs"), [(name, 3)], empty="")
    out, err = capsys.readouterr()
    assert is_calm(out) and is_calm(err)
    assert (out.count("\n"), err.count("\n")) == (3, 1)


def test_columns_stay_aligned_whatever_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("Account", "Runs"), [("数学", 3), ("Zoë\u0301", 12_345), ("plain", 1)], empty="")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines] == ["Runs", "3", "12,345", "1"]
    assert lines[0] == "Account    Runs"
    assert lines[1] == "数学" + " " * 10 + "3", "two letters that take two columns each"
