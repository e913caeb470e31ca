"""`gradesync console --plain`: everything in lines that are said once, for people who hear the screen."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gradesync_tui.cli import plaincommands
from gradesync_tui.cli.shell import Shell
from gradesync_tui.domain.records import Actor
from gradesync_tui.services.entrance import Entrance
from gradesync_tui.services.errors import Invalid
from gradesync_tui.services.settings import Settings
from tests.e2e.terminal import Terminal


def talk(home: Any, *lines: str, options: tuple[str, ...] = ("--no-engine",)) -> str:
    """What is said when these lines are typed and then no more."""
    done = subprocess.run(
        home.command("console", "--plain", *options),
        env=home.environment,
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done
    assert "\x1b" not in done.stdout and "\r" not in done.stdout
    return done.stdout


@pytest.fixture
def scheduled_home(district_home: Any) -> Any:
    district_home.ok("schedules", "add", "--every", "4h", "--account", "Lakeside")
    district_home.ok("schedules", "add", "--at", "18:00", "--on", "weekdays", "--account", "Lakeside")
    return district_home


def test_accounts_and_schedules_are_read_out(scheduled_home: Any) -> None:
    said = talk(scheduled_home, "schedules", "quit")
    assert "Lakeside: 2 active schedules" in said
    assert "2 schedules." in said
    assert "Schedule 1, Grade Passback, Every 4 hours, next run " in said
    assert said.endswith("Goodbye.\n")


def test_a_pause_names_what_it_does_and_waits_for_a_yes(scheduled_home: Any) -> None:
    said = talk(scheduled_home, "pause 2", "no", "pause 2", "yes", "schedules")
    assert "Pause schedule 2, Grade Passback, Weekdays at 6:00 PM? Nothing of it starts until it is resumed." in said
    assert said.index("Nothing was paused.") < said.index("Schedule 2, Grade Passback, Weekdays at 6:00 PM, paused ")
    assert "next run" in talk(scheduled_home, "resume 2").split("Lakeside:")[-2]


def test_pause_all_needs_its_word_and_resume_all_takes_it_back(scheduled_home: Any) -> None:
    said = talk(scheduled_home, "pause all", "all", "pause all", "ALL", "resume all")
    assert "Pause all 2 active schedules of Lakeside? To do it, type ALL:" in said
    assert said.index("Nothing was paused.") < said.index("Paused 2 schedules.") < said.index("Resumed 2 schedules.")


def test_a_run_is_asked_for_once_and_the_second_may_be_queued(scheduled_home: Any) -> None:
    said = talk(scheduled_home, "run 1", "run 2", "history", "cancel 1", "yes", "details 1")
    assert "Run 1 of schedule 1, Grade Passback, Every 4 hours is Queued." in said
    assert "No engine is running; the run waits until one does." in said
    assert "Not started. Run 1 of this account is Queued." in said and "add the word queue" in said
    assert "1 run.\nRun 1, Queued, Today " in said
    assert "Run 1 is Cancelled." in said


def test_what_stopped_a_whole_run_is_its_problem_everywhere(scheduled_home: Any) -> None:
    assert "No engine is running; the run waits" in scheduled_home.ok("schedules", "run", "1").err
    with sqlite3.connect(scheduled_home.database) as connection:
        connection.execute(
            "UPDATE run SET status = 'Failed', finished_at = updated_at, started_at = updated_at,"
            " cause = 'sis_unavailable', note = 'sis.example.org cannot be reached: connection refused'"
        )
        connection.execute(
            "INSERT INTO run_stage (run_id, stage, started_at, done)"
            " SELECT id, 'Fetch Snapshot', updated_at, 0 FROM run"
        )
    connection.close()
    why = "The SIS cannot be reached: sis.example.org cannot be reached: connection refused. To do, by the SIS vendor: "
    said = talk(scheduled_home, "details 1", "problems 1")
    assert said.count(why) == 2
    assert "No problems." not in said and "going on" not in said
    problems = scheduled_home.ok("runs", "problems", "1").out
    assert "The SIS cannot be reached: the whole run" in problems and "connection refused" in problems
    shown = scheduled_home.ok("runs", "show", "1").out
    assert "no more is known" not in shown and "  now " not in shown


def test_following_begins_with_the_newest_run_which_may_have_ended_already(scheduled_home: Any) -> None:
    said = talk(scheduled_home, "run 1", "cancel 1", "yes", "follow")
    assert "Press Enter to stop.\nRun 1, Cancelled, Today " in said


def test_what_cannot_be_done_is_said_and_the_session_goes_on(scheduled_home: Any) -> None:
    said = talk(scheduled_home, "frobnicate", "run x", "run 99", "details", "h", "quit", options=("--read-only",))
    assert "There is no 'frobnicate' here." in said
    assert "'x' is no number." in said
    assert "Not done. There is no schedule 99." in said
    assert "h can mean history, help." in said
    assert "read-only" in talk(scheduled_home, "run 1", options=("--read-only",))


def test_an_account_is_chosen_by_part_of_its_name(scheduled_home: Any) -> None:
    scheduled_home.ok("accounts", "add", "Hillside", "--zone", "UTC")
    said = talk(scheduled_home, "schedules", "use side", "use lake", "schedules", "use nowhere")
    assert "Say which account first" in said
    assert "2 accounts have 'side' in their name." in said
    assert "Speaking of Lakeside now." in said and "Schedule 2" in said
    assert "There is no account 'nowhere'." in said
    assert "Speaking of Hillside now." in talk(scheduled_home, options=("--start", "Hillside/Grade Sync"))


def test_leaving_the_only_engine_says_that_no_schedule_runs_now(scheduled_home: Any) -> None:
    assert "no schedule does" in talk(scheduled_home, "engines", options=())
    assert "no schedule does" not in talk(scheduled_home, "engines")


def test_names_reach_the_terminal_as_names_alone(scheduled_home: Any) -> None:
    with sqlite3.connect(scheduled_home.database) as connection:
        connection.execute("UPDATE account SET name = ?", ("Bad \x1b]0;owned\x07\x1b[2J\u202ename",))
        connection.execute("UPDATE schedule SET posted_by = ?", ("\x1b[31m[/x]",))
    connection.close()
    said = talk(scheduled_home, "schedules", "use \x1b[31mx", "pause all", "no", "\x1b[A")
    assert "Bad" in said and "\x07" not in said and "\u202e" not in said and "[/x]" in said


def test_whatever_else_there_is_can_be_done_at_the_prompt(scheduled_home: Any) -> None:
    said = talk(
        scheduled_home,
        "gradesync schedules add --every 30m --account Lakeside",
        "gradesync schedules remove 2",
        "gradesync people add ben --name 'Ben Okoro' --role admin",
        "gradesync people list",
        "schedules",
        "gradesync schedules remove 99",
        "gradesync engine",
        "gradesync history --follow",
        "gradesync people add 'x",
        "gradesync",
    )
    assert "Schedule 3, Grade Passback, Every 30 minutes" in said and "Schedule 2" not in said
    assert "Ben Okoro" in said
    assert "'engine' cannot be run here. What can: accounts, connect," in said
    assert "--follow cannot be used here." in said and "A quotation mark is missing" in said
    assert "Carry every grade from Canvas" in said and said.endswith("Goodbye.\n")


def test_commands_at_a_read_only_prompt_change_nothing(scheduled_home: Any) -> None:
    said = talk(scheduled_home, "gradesync schedules remove 2", "schedules", options=("--read-only",))
    assert "2 schedules." in said


@pytest.mark.parametrize(
    "line", ["doctor", "config show", "ssh list", "runs export 1 --output=/tmp/x", "people list --database /tmp/x"]
)
async def test_over_ssh_no_command_leads_to_the_services_own_files(tmp_path: Path, line: str) -> None:
    entrance = Entrance(actor=Actor(login="ana", name="Ana"), settings=Settings(), home=tmp_path)
    with pytest.raises(Invalid, match="here"):
        await plaincommands.run(line, Shell(database=None, json=False, entrance=entrance), read_only=False)


def test_help_has_a_line_for_everything(scheduled_home: Any) -> None:
    said = talk(scheduled_home, "help")
    for word in ("accounts", "schedules", "run N", "pause N", "history", "follow", "details N", "quit"):
        assert f"\n{word}: " in said


def on_a_terminal(home: Any, *options: str) -> Terminal:
    environment = {**home.environment, "TERM": "dumb"}
    return Terminal(home.command("console", "--plain", *options), rows=60, environment=environment)


def test_a_run_is_followed_on_a_terminal_without_a_single_escape(connected_home: Any) -> None:
    connected_home.ok("schedules", "add", "--every", "4h", "--account", "Lakeside")
    with on_a_terminal(connected_home) as terminal:
        terminal.until("Lakeside:")
        terminal.type("run 1")
        terminal.press("enter")
        terminal.until("is Queued")
        terminal.type("follow")
        terminal.press("enter")
        terminal.until("Completed", seconds=60)
        terminal.press("enter")
        terminal.until("Stopped following.")
        terminal.type("quit")
        terminal.press("enter")
        assert terminal.until_ended() == 0
        assert b"\x1b" not in terminal.raw


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_and_its_engine_hands_on(scheduled_home: Any, number: signal.Signals) -> None:
    with on_a_terminal(scheduled_home) as terminal:
        terminal.until("gradesync, plain.")
        terminal.settle()
        os.kill(terminal.pid, number)
        assert terminal.until_ended() == 128 + number
    assert scheduled_home.ok("doctor", "--invariants").code == 0
