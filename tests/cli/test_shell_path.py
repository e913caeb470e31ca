"""The whole path from the shell, with real processes, a real database and a real Canvas and SIS over HTTP."""

from __future__ import annotations

import csv
import json
import re
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Home


def test_from_nothing_to_grades_in_the_sis(home: Home, connecting: dict[str, list[str]]) -> None:
    assert home.ok("init", "--json").json["database"].endswith("gradesync.sqlite3")
    account = home.ok("accounts", "add", "Lakeside", "--zone", "America/New_York", "--json").json
    assert home.ok(*connecting["canvas"], "--json").json["tried"] is True
    assert "categories" in str(home.ok(*connecting["sis"], "--json").json["found"])
    added = home.ok("schedules", "add", "--at", "18:00", "--on", "weekdays", "--json").json
    assert (added["interval"], added["zone"]) == ("Weekdays at 6:00 PM", "America/New_York")

    with home.running("engine", "--log", "json") as engine:
        done = home.ok("schedules", "run", str(added["id"]), "--wait", "--json").json
        assert done["status"] in ("Completed", "Warning")
        assert done["scores"] > 0
        again = home.ok("schedules", "run", "--wait", "--json").json
        assert (again["created"], again["updated"], again["schedule_id"]) == (0, 0, None)
        assert [one["kind"] for one in _engines(home)] == ["service"]
        engine.send_signal(signal.SIGTERM)
        _, log = engine.communicate(timeout=20)
        assert engine.returncode == 0
    for line in log.splitlines()[1:]:
        assert {"at", "level", "text"} <= set(json.loads(line))

    summary = home.ok("accounts", "list", "--json").json[0]
    assert (summary["id"], summary["active"], summary["last_run"]["id"]) == (account["id"], 1, again["id"])
    history = home.ok("history", "--json").lines
    assert [run["id"] for run in history] == [again["id"], done["id"]]
    shown = home.ok("runs", "show", str(done["id"]), "--json").json
    assert (shown["stages"][0]["stage"], len(shown["stages"])) == ("Fetch Snapshot", 9)
    rows = list(csv.DictReader(home.ok("runs", "export", str(done["id"]), "--what", "scores").out.splitlines()))
    assert sum(row["action"] == "created" for row in rows) == done["scores"]
    grade = next(row for row in rows if row["action"] == "created")
    way = home.ok("trace", grade["assignment_id"], grade["student_id"], "--json").json
    assert [(one["run_id"], one["sent"]) for one in way["outcomes"]] == [(done["id"], grade["sent"])]
    assert (way["known"][0]["state"], way["known"][0]["sent"]) == ("sent", grade["sent"])
    assert grade["pupil"] in home.ok("trace", grade["assignment_id"], grade["student_id"]).out
    assert home("trace", "4711", "nobody").code == 2
    records = home.ok("runs", "export", str(done["id"]), "--format", "json", "--what", "assignments").lines
    assert {record["kind"] for record in records} == {"lineItem"}
    checks = {check["name"]: check for check in home("doctor", "--json").json}
    assert checks["Lakeside: Canvas"]["ok"] and checks["Lakeside: SIS"]["ok"]
    assert not checks["Engine"]["ok"]
    assert home.ok("doctor", "--invariants").out == "0\n"
    assert home.ok("audit", "verify", "--json").json["whole"] is True


def _engines(home: Home) -> list[dict[str, Any]]:
    checks = home("doctor", "--json").json
    return [{"kind": check["found"].split()[0]} for check in checks if check["name"] == "Engine" and check["ok"]]


def test_a_wrong_token_is_found_when_connecting_and_nothing_is_kept(
    district_home: Home, connecting: dict[str, list[str]]
) -> None:
    for side, name in (("canvas", "canvas-token"), ("sis", "sis-secret")):
        district_home.secret(name, "wrong")
        answer = district_home(*connecting[side])
        assert answer.code == 2, answer
        assert answer.err.strip().splitlines()[-1].startswith("gradesync: ")
        assert "wrong" not in answer.err.strip().splitlines()[-1].split("gradesync: ")[1].split()
    assert district_home.ok("accounts", "list", "--json").json[0]["sis"] == ""


def test_a_run_that_fails_is_told_by_the_exit_code_with_what_to_do(connected_home: Home) -> None:
    connected_home.secret("canvas-token", "wrong")
    with connected_home.running("engine"):
        answer = connected_home("schedules", "run", "--wait", "--json")
    assert answer.code == 1
    assert answer.json["status"] == "Failed"
    assert answer.json["cause"] == "canvas_token_invalid"
    assert "gradesync runs show" in answer.err
    shown = connected_home.ok("runs", "show", str(answer.json["id"])).out
    assert "Failed" in shown and "Do:" in shown


def test_two_shells_on_one_database_see_each_other_within_a_second(district_home: Home) -> None:
    district_home.ok("schedules", "add", "--every", "4h")
    with district_home.running("history", "--follow", "--json") as following:
        assert following.stdout is not None
        run = district_home.ok("schedules", "run", "1", "--json").json
        asked = time.monotonic()
        assert json.loads(following.stdout.readline())["id"] == run["id"]
        assert time.monotonic() - asked < 1
        district_home.ok("runs", "cancel", str(run["id"]))
        asked = time.monotonic()
        assert json.loads(following.stdout.readline())["status"] == "Cancelled"
        assert time.monotonic() - asked < 1


def test_a_second_run_is_not_queued_unasked(district_home: Home) -> None:
    district_home.ok("schedules", "add", "--every", "4h")
    first = district_home.ok("schedules", "run", "1", "--json").json
    answer = district_home("schedules", "run", "1")
    assert answer.code == 3
    assert f"Run {first['id']}" in answer.err and "--queue" in answer.err
    assert district_home("schedules", "run", "1", "--queue", "--json").code in (0, 1)


def test_pause_and_resume_from_the_shell(district_home: Home) -> None:
    for _ in range(3):
        district_home.ok("schedules", "add", "--every", "4h")
    paused = district_home.ok("schedules", "pause", "1", "--reason", "Exams", "--json").json[0]
    assert paused["next_run"] is None and paused["paused"]["reason"] == "Exams"
    assert [one["id"] for one in district_home.ok("schedules", "pause-all", "--json").json] == [2, 3]
    listed = district_home.ok("schedules", "list").out
    assert listed.count("Paused Today") == 3
    assert [one["id"] for one in district_home.ok("schedules", "resume-all", "--json").json] == [2, 3]
    assert district_home.ok("schedules", "resume", "1", "--json").json[0]["next_run"] is not None
    changes = ("--cron", "0 6 * * 1-5", "--zone", "America/Chicago")
    edited = district_home.ok("schedules", "edit", "1", *changes, "--json").json
    assert (edited["zone"], edited["fail_limit"]) == ("America/Chicago", 5)
    district_home.ok("schedules", "remove", "1")
    assert [one["id"] for one in district_home.ok("schedules", "list", "--json").json] == [2, 3]


def test_people_roles_categories_and_rollovers_from_the_shell(district_home: Home) -> None:
    district_home.ok("people", "add", "ben", "--name", "Ben Admin", "--role", "admin", "--account", "Lakeside")
    person = district_home.ok("people", "role", "ben", "viewer", "--json").json
    assert sorted((role["role"], role["account_id"]) for role in person["roles"]) == [("admin", 1), ("viewer", None)]
    assert "Ben Admin" in district_home.ok("people", "list").out
    district_home.ok("people", "remove", "ben")
    rule = district_home.ok("categories", "map", "Warm-ups", "Homework", "--json").json
    assert district_home.ok("categories", "list", "--json").json == [rule]
    district_home.ok("categories", "unmap", str(rule["id"]))
    district_home.ok("schedules", "add", "--every", "4h")
    window = ("--pause", "2098-12-20 18:00", "--resume", "2099-01-05 06:00")
    rollover = district_home.ok("rollovers", "add", "Winter break", *window, "--json").json
    assert (rollover["state"], rollover["schedule_ids"]) == ("upcoming", [1])
    assert "Winter break" in district_home.ok("rollovers", "list").out
    district_home.ok("rollovers", "remove", str(rollover["id"]))
    verbs = [entry["verb"] for entry in district_home.ok("audit", "list", "--json").json]
    assert len(verbs) >= 9
    assert len(district_home.ok("audit", "export").out.splitlines()) == len(verbs) + 1


def test_an_account_is_changed_only_where_told_to(district_home: Home) -> None:
    changes = ("--zone", "America/Chicago", "--hidden", "send", "--full-compare-every", "3d")
    account = district_home.ok("accounts", "edit", "Lakeside", *changes, "--json").json
    assert (account["name"], account["zone"]) == ("Lakeside", "America/Chicago")
    assert account["policies"] == {
        "hidden": "send",
        "sis_edits": "overwrite",
        "deletes": "never",
        "full_compare_every_seconds": 3 * 86_400,
    }


def test_an_export_is_a_new_file_that_only_its_owner_reads(district_home: Home, tmp_path: Path) -> None:
    district_home.ok("schedules", "add", "--every", "4h")
    district_home.ok("schedules", "run", "1")
    target = tmp_path / "export.csv"
    district_home.ok("runs", "export", "1", "--output", str(target))
    assert target.stat().st_mode & 0o777 == 0o600
    assert district_home("runs", "export", "1", "--output", str(target)).code == 2


def test_the_database_and_its_folder_are_for_their_owner_alone(home: Home) -> None:
    home.ok("init")
    assert home.database.stat().st_mode & 0o777 == 0o600
    assert home.database.parent.stat().st_mode & 0o777 == 0o700


def test_the_console_says_that_it_needs_a_terminal(home: Home) -> None:
    for arguments in ((), ("console",), ("demo",)):
        answer = home(*arguments)
        assert answer.code == 2
        assert "needs a terminal" in answer.err


def test_a_reader_that_has_had_enough_is_no_failure_of_ours(district_home: Home) -> None:
    with district_home.running("history", "--follow", "--json") as following:
        assert following.stdout is not None
        following.stdout.close()
        district_home.ok("schedules", "add", "--every", "4h")
        district_home.ok("schedules", "run", "1")
        assert following.stderr is not None
        assert following.stderr.read() == ""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ("--every", "4h", "--first-run", "2026-08-18T06:00", "--after", "2026-11-01T00:00"),
            ["2026-11-01T01:00:00-05:00", "2026-11-01T05:00:00-05:00"],
        ),
        (
            ("--at", "18:00", "--on", "weekdays", "--first-run", "2026-01-01T00:00", "--after", "2026-11-20T18:00"),
            ["2026-11-23T18:00:00-05:00", "2026-11-24T18:00:00-05:00"],
        ),
        (
            ("--cron", "30 2 * * *", "--first-run", "2026-01-01T00:00", "--after", "2026-03-07T03:00"),
            ["2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"],
        ),
    ],
)
def test_preview_shows_the_next_runs_with_offset_and_needs_no_database(
    home: Home, arguments: tuple[str, ...], expected: list[str]
) -> None:
    zone = ("--zone", "America/New_York")
    runs = home.ok("schedules", "preview", *arguments, *zone, "--count", "2", "--json").json
    assert [run["at"] for run in runs] == expected
    assert all(set(run) == {"at", "note"} for run in runs)
    assert not home.database.exists()


def test_preview_marks_a_time_that_the_clock_skips(home: Home) -> None:
    arguments = ("--cron", "30 2 * * *", "--zone", "America/New_York", "--after", "2026-03-07T03:00", "--count", "2")
    first, second = home.ok("schedules", "preview", *arguments, "--json").json
    assert first["note"] and "clock" in first["note"] + second["note"]


def test_every_time_that_is_printed_tells_its_zone(district_home: Home) -> None:
    district_home.ok("schedules", "add", "--every", "4h")
    district_home.ok("schedules", "run", "1")
    zoned = re.compile(r"\d\d? [AP]M E[SD]T\b|:\d\d (E[SD]T|UTC)\b")
    for words in ("history", "runs show 1", "schedules list", "accounts list", "audit list"):
        said = district_home.ok(*words.split()).out
        times = re.findall(r"\d:\d\d(?::\d\d)?(?: [AP]M)?.{0,4}", said)
        assert len(zoned.findall(said)) == len(times), said
