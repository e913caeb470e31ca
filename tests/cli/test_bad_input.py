"""What goes wrong is said in one line that says what to do, with its exit code, and nothing is changed."""

from __future__ import annotations

import os
import re
import socket
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Answer, Home


def assert_one_line(answer: Answer, code: int, *words: str) -> None:
    assert answer.code == code, answer
    assert answer.out == ""
    lines = answer.err.strip().splitlines()
    last = lines[-1]
    assert [line for line in lines if line.startswith("gradesync: ")] == [last], answer.err
    assert "Traceback" not in answer.err
    for word in words:
        assert word in last


def snapshot(database: Path) -> list[tuple[object, ...]]:
    """Everything in the database but the audit log and the change feed."""
    with sqlite3.connect(database) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = sorted(name for name in tables if "audit" not in name and "change" not in name)
        return [(name, *row) for name in kept for row in connection.execute(f"SELECT * FROM {name}")]


SCHEDULE = ("schedules", "add")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("accounts", "add", "Lakeside"), ["Lakeside"]),
        (("accounts", "add", "lakeside"), ["akeside"]),
        (("accounts", "add", "Hillside", "--zone", "America/New_Yrok"), ["America/New_York"]),
        (("accounts", "add", ""), ["name"]),
        ((*SCHEDULE, "--every", "4h", "--zone", "Mars/Olympus"), ["Mars/Olympus"]),
        ((*SCHEDULE, "--cron", "99 6 * * *"), ["99"]),
        ((*SCHEDULE, "--cron", "0 0 30 2 *"), []),
        ((*SCHEDULE, "--cron", "now and then"), []),
        ((*SCHEDULE, "--every", "often"), ["often"]),
        ((*SCHEDULE, "--at", "25:00"), ["25:00"]),
        ((*SCHEDULE, "--every", "4h", "--cron", "0 6 * * *"), ["--every"]),
        ((*SCHEDULE, "--on", "weekdays"), ["--at"]),
        ((*SCHEDULE,), ["--every"]),
        ((*SCHEDULE, "--every", "4h", "--first-run", "the day after"), ["--first-run"]),
        ((*SCHEDULE, "--every", "4h", "--time-limit", "long"), ["--time-limit"]),
        ((*SCHEDULE, "--every", "4h", "--account", "Nowhere"), ["Nowhere", "gradesync accounts list"]),
        (("schedules", "run", "4711"), ["4711"]),
        (("schedules", "pause", "4711"), ["4711"]),
        (("runs", "show", "4711"), ["4711"]),
        (("runs", "show", "first"), ["first"]),
        (("people", "add", "x;y", "--name", "X"), ["login"]),
        (("people", "role", "nobody", "admin"), ["nobody"]),
        (("categories", "map", "Quizzes", "Tests", "--scope", "planet:3"), ["scope"]),
        (("rollovers", "add", "Break", "--pause", "2030-01-02 06:00", "--resume", "2030-01-01 06:00"), ["resume"]),
        (("connect", "canvas", "--url", "canvas.example", "--token", "env:HOME"), ["https://"]),
        (("connect", "canvas", "--url", "http://canvas.example", "--token", "env:HOME"), ["unencrypted"]),
        (("connect", "canvas", "--url", "https://canvas.example"), ["--token"]),
        (("connect", "canvas", "--url", "https://canvas.example", "--token", "7~secret"), ["env:NAME"]),
        (("connect", "canvas", "--url", "https://canvas.example", "--token", "env:NOT_SET"), ["NOT_SET"]),
        (("connect", "sis", "--url", "https://sis.example", "--auth", "none", "--profile", "nosuch"), ["nosuch"]),
        (("nonsense",), ["No such command"]),
        (("histroy",), ["history"]),
        (("history", "--limit", "many"), ["--limit"]),
        (("history", "--sort", "size"), ["--sort"]),
        (("history", "--descending"), ["--sort"]),
        (("history", "--sort", "took", "--follow"), ["--follow"]),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(
    district_home: Home, arguments: tuple[str, ...], words: list[str]
) -> None:
    before = snapshot(district_home.database)
    answer = district_home(*arguments)
    assert_one_line(answer, 2, *words)
    assert "7~secret" not in answer.err
    assert snapshot(district_home.database) == before


def test_an_address_where_nobody_answers_is_said_at_once(district_home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        token = district_home.secret("token", "abc")
        before = snapshot(district_home.database)
        for url in (f"http://127.0.0.1:{port}", "https://no-such-machine.invalid"):
            answer = district_home("connect", "canvas", "--url", url, "--token", token)
            assert_one_line(answer, 2, "Check the address of Canvas")
            assert "(" not in answer.err, "words for Python's programmers"
        assert snapshot(district_home.database) == before


def test_a_missing_database_is_not_made_by_looking(home: Home) -> None:
    answer = home("accounts", "list")
    assert_one_line(answer, 2, "gradesync init")
    assert not home.database.exists()


def test_a_file_that_is_not_ours_is_left_as_it_is(home: Home, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("grades: all good\n" * 10)
    other = tmp_path / "other.sqlite3"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE pupils (name TEXT)")
    for path in (text, other):
        before = path.read_bytes()
        for command in (("init",), ("accounts", "list")):
            assert_one_line(home(*command, "--database", str(path)), 2, "--database")
        assert path.read_bytes() == before


def test_a_newer_database_is_refused(district_home: Home) -> None:
    with sqlite3.connect(district_home.database) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(schema_migration)")]
        values = {"name": "9999_from_the_future", "id": 9999}
        row = [values.get(column, "2030-01-01 00:00:00") for column in columns]
        connection.execute(f"INSERT INTO schema_migration VALUES ({','.join('?' * len(columns))})", row)
    before = snapshot(district_home.database)
    assert_one_line(district_home("accounts", "list"), 2, "later version")
    assert snapshot(district_home.database) == before


def test_a_folder_that_cannot_be_made_is_said(home: Home, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert_one_line(home("init", "--database", str(tmp_path / "file" / "data.sqlite3")), 2, "cannot be written")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_said(home: Home, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    assert_one_line(home("init", "--database", str(tmp_path / "locked" / "data.sqlite3")), 2, "cannot be written")


def test_a_wrong_setting_is_named_with_file_and_line(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[console]\nthme = "dark"\n')
    for arguments in (("config", "validate"), ("config", "show"), ("init",)):
        answer = home(*arguments, GRADESYNC_CONFIG=str(path))
        assert_one_line(answer, 2, str(path), "line 2", "theme")
    assert not home.database.exists()


def test_a_database_that_cannot_be_used_is_a_wrong_setting(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[database]\nurl = "mysql://host/grades"\n')
    answer = home("config", "validate", GRADESYNC_DATABASE="mysql://host/grades")
    assert_one_line(answer, 2, "GRADESYNC_DATABASE in the environment: mysql://")
    del home.environment["GRADESYNC_DATABASE"]
    answer = home("config", "validate", GRADESYNC_CONFIG=str(path))
    assert_one_line(answer, 2, f"{path}, line 2: database.url: mysql:// is not a database", "sqlite:///")


def test_a_wrong_keymap_is_named_with_file_line_and_key(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[keys]\nschedule.run = "p"\n"app.quti" = "x"\n')
    answer = home("config", "validate", GRADESYNC_CONFIG=str(path), GRADESYNC_THEM="dark")
    assert answer.code == 2
    assert f"{path}, line 2: keys.schedule.run: p already means schedule.pause (Pause). It keeps r." in answer.err
    assert f"{path}, line 3: keys.app.quti: there is no such action. Did you mean app.quit?" in answer.err
    assert "Did you mean GRADESYNC_THEME?" in answer.err


def test_the_settings_file_of_the_readme_is_valid_and_its_keys_are_listed(home: Home, tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    (written,) = re.findall(r"```toml\n(\[database\].*?)```", readme, re.S)
    path = tmp_path / "settings.toml"
    path.write_text(written)
    assert home("config", "validate", GRADESYNC_CONFIG=str(path)).code == 0
    listed = home("config", "keys", GRADESYNC_CONFIG=str(path)).out
    assert re.search(r"schedule\.run +F6 +Schedules +Run now", listed)
    assert re.search(r"app\.quit +Ctrl\+X ", listed)


def test_a_secret_that_others_can_read_is_refused(district_home: Home) -> None:
    reference = district_home.secret("token", "abc")
    Path(reference.removeprefix("file:")).chmod(0o644)
    answer = district_home("connect", "canvas", "--url", "https://canvas.example", "--token", reference, "--no-test")
    assert_one_line(answer, 2, "chmod 600")


def test_what_nobody_foresaw_leaves_a_private_report_without_values(home: Home) -> None:
    program = """
import sys
import gradesync_tui.cli.init as init
from gradesync_tui.cli import main

def broken(*arguments, **given):
    password = "hunter2-value"
    raise ZeroDivisionError("surprise")

init.command.callback = broken
sys.argv = ["gradesync", "init"]
main()
"""
    answer = home.python(program)
    assert_one_line(answer, 1, "ZeroDivisionError", "SIS support")
    report = next((home.folder / "state" / "gradesync" / "crashes").iterdir())
    assert report.stat().st_mode & 0o777 == 0o600
    assert "surprise" in report.read_text()
    assert str(report) in answer.err
