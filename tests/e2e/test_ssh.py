"""The console over a real OpenSSH server: everybody under their own name, in the console, and nowhere else."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.sshserver import ACCOUNT, SSHD, SharedService, shared_service
from tests.e2e.terminal import Terminal

pytestmark = [
    pytest.mark.skipif(SSHD is None, reason="there is no sshd here: install openssh-server"),
    pytest.mark.skipif(os.geteuid() != 0, reason="sshd gives a terminal only where root has started it"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedService]:
    """A small district whose answers take a while, so that a line can be cut in the middle of a run."""
    with shared_service(tmp_path_factory.mktemp("ssh"), latency=20) as service:
        yield service


def at_grade_sync(terminal: Terminal) -> None:
    """By keys along Canvas's own path: Admin, the account, SIS Integration, Grade Sync."""
    terminal.until(ACCOUNT)
    terminal.settle(0.3, 5)
    for _ in range(10):
        # The console opens where the person left it.
        if "Accounts  1" in terminal.text():
            break
        terminal.press("esc")
        terminal.settle(0.3, 5)
    terminal.press("enter")
    terminal.until(f"Admin › {ACCOUNT}")
    terminal.until("▌ SIS Integration")  # the place that people want most has the cursor
    terminal.press("enter")
    terminal.until("Pause All")


def ended_run(service: SharedService, number: int, seconds: float = 90) -> dict[str, Any]:
    """The run with this number, once it has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        run = next(one for one in service.history() if one["id"] == number)
        if run["status"] not in ("Queued", "In Progress"):
            return run
    raise AssertionError(f"run {number} goes on and on: {run}")


def no_console_left(service: SharedService, login: str, seconds: float = 15) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not service.consoles(login):
            return True
        time.sleep(0.05)
    return False


# --- what people do --------------------------------------------------------------------------------------------------


def test_an_admin_runs_a_sync_by_keys_and_the_history_names_them(service: SharedService) -> None:
    with service.console("ben") as terminal:
        at_grade_sync(terminal)
        terminal.press("r")
        terminal.until("Ben Okoro")
        terminal.until("Completed", 90)
        terminal.press("q")
        assert terminal.until_ended() == 0
    run = service.history()[0]
    assert (run["requested_by"], run["status"]) == ("Ben Okoro", "Completed")
    entry = next(one for one in service.audit() if one["verb"] == "run now")
    assert (entry["login"], entry["name"], entry["origin"]) == ("ben", "Ben Okoro", "ssh from 127.0.0.1")


def test_a_viewer_sees_the_same_and_is_told_why_they_may_not(service: SharedService) -> None:
    before = len(service.history())
    with service.console("vera") as terminal:
        at_grade_sync(terminal)
        for key in ("r", "p"):
            terminal.press(key)
            terminal.until("Vera Lind is a viewer; " + {"r": "run", "p": "pause"}[key])
        terminal.press("ctrl+q")
        assert terminal.until_ended() == 0
    assert len(service.history()) == before
    assert all(one["paused"] is None for one in service.run("schedules", "list"))


def test_every_login_is_on_record_with_its_address(service: SharedService) -> None:
    with service.console("ana") as terminal:
        terminal.until(ACCOUNT)
        terminal.press("q")
        terminal.until_ended()
    entry = service.audit()[0]
    assert (entry["name"], entry["verb"], entry["origin"], entry["allowed"]) == (
        "Ana Ruiz",
        "log in",
        "ssh from 127.0.0.1",
        True,
    )
    assert service.run("audit", "verify")["whole"]


def test_a_person_who_was_removed_is_refused_and_a_revoked_key_does_not_come_in(service: SharedService) -> None:
    service.run("people", "add", "zoe", "--name", "Zoe Marsh", "--role", "viewer")
    service.add_key("zoe")
    with service.console("zoe") as terminal:
        terminal.until(ACCOUNT)
    service.run("people", "remove", "zoe")
    with service.console("zoe") as terminal:
        assert terminal.until_ended() == 2
        assert "not known here" in terminal.text()
    entry = service.audit()[0]
    assert (entry["login"], entry["allowed"]) == ("zoe", False)
    assert service.run("ssh", "revoke", "zoe")["revoked"] == 1
    attempt = service.attempt("zoe")
    assert attempt.returncode == 255
    assert "Permission denied" in attempt.stderr


def test_whoever_is_removed_while_watching_sees_and_does_nothing_more(service: SharedService) -> None:
    service.run("people", "add", "yan", "--name", "Yan Roe", "--role", "admin")
    service.add_key("yan")
    before = len(service.history())
    with service.console("yan") as terminal:
        at_grade_sync(terminal)
        service.run("people", "remove", "yan")
        terminal.press("r")
        terminal.until("not known here")
    assert len(service.history()) == before


def test_the_line_is_cut_in_the_middle_of_a_run_and_the_run_goes_on(service: SharedService) -> None:
    service.outside.admin("POST", "/teach", {"rounds": 20})
    with service.console("ana") as terminal:
        at_grade_sync(terminal)
        terminal.press("r")
        terminal.until("In Progress")
        number = service.history()[0]["id"]
        assert len(service.consoles("ana")) == 1
        terminal.kill()
    assert no_console_left(service, "ana")
    run = ended_run(service, number)
    assert (run["status"], run["requested_by"]) == ("Completed", "Ana Ruiz")


# --- what nobody gets ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", ["id", "sh", "sh -i", "gradesync people list", "gradesync console --as ana", "$(id)"]
)
def test_a_command_is_not_run(service: SharedService, command: str) -> None:
    attempt = service.attempt("vera", command=command)
    assert attempt.returncode == 2
    assert attempt.stdout == ""
    assert attempt.stderr.startswith("gradesync: The console needs a terminal.")


def test_a_command_with_a_terminal_opens_the_console_and_nothing_else(service: SharedService) -> None:
    marker = service.folder / "marker"
    words = service.ssh("vera", "-tt", command=f"touch {marker}; echo reached")
    with Terminal(words) as terminal:
        terminal.until(ACCOUNT)
        assert "reached" not in terminal.raw.decode(errors="replace")
        terminal.press("q")
        assert terminal.until_ended() == 0
    assert not marker.exists()


def test_no_file_is_read_or_written_over_sftp_or_scp(service: SharedService, tmp_path: Path) -> None:
    place = f"{service.ssh('vera')[-1]}:{service.database}"
    options = [word.replace("-p", "-P") if word == "-p" else word for word in service.ssh("vera")[1:-1]]
    for program in (["sftp", *options], ["scp", *options], ["scp", "-O", *options]):
        attempt = subprocess.run(
            [*program, place, str(tmp_path / "stolen")], capture_output=True, text=True, timeout=60, check=False
        )
        assert attempt.returncode != 0
        assert list(tmp_path.iterdir()) == []
    attempt = service.attempt("vera", "-s", command="sftp")
    assert attempt.returncode != 0


def test_sshd_takes_the_configuration_that_is_offered(service: SharedService) -> None:
    assert SSHD is not None
    offered = subprocess.run(
        [service.program, "ssh", "server-config"], capture_output=True, text=True, check=True
    ).stdout
    path = service.folder / "offered_config"
    path.write_text(f"HostKey {service.folder / 'host_key'}\n{offered}")
    checked = subprocess.run([SSHD, "-t", "-f", path], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_server_grants_a_terminal_and_the_command_and_nothing_else(service: SharedService) -> None:
    attempt = service.attempt("ana", "-v", "-A", "-X", "-R", "0:127.0.0.1:22", command="id")
    granted = [line.rpartition("key options: ")[2] for line in attempt.stderr.splitlines() if "key options: " in line]
    assert granted
    # What is not named is not granted: agent-forwarding, port-forwarding, user-rc, x11-forwarding.
    assert {frozenset(line.split()) for line in granted} == {frozenset({"command", "pty"})}


def test_no_port_is_forwarded_either_way(service: SharedService) -> None:
    with socket.socket() as target:
        target.bind(("127.0.0.1", 0))
        target.listen()
        target.setblocking(False)
        number = target.getsockname()[1]
        there = service.attempt("ana", "-W", f"127.0.0.1:{number}")
        assert there.returncode == 255
        assert "administratively prohibited" in there.stderr
        back = service.attempt("ana", "-N", "-o", "ExitOnForwardFailure=yes", "-R", f"0:127.0.0.1:{number}")
        assert back.returncode == 255
        assert "remote port forwarding failed" in back.stderr
        with pytest.raises(BlockingIOError):
            target.accept()


def test_an_agent_and_a_display_of_the_client_are_not_reached(service: SharedService) -> None:
    environment = {"DISPLAY": "127.0.0.1:77", "SSH_AUTH_SOCK": str(service.folder / "no-agent")}
    with service.console("ana", "-A", "-X", environment=environment) as terminal:
        terminal.until(ACCOUNT)
        (process,) = service.consoles("ana")
        # Only root may look into the console's memory; what sshd gave its shell is the same.
        if os.geteuid() == 0:
            given = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
            assert not any(one.startswith((b"SSH_AUTH_SOCK=", b"DISPLAY=")) for one in given)


def test_nothing_that_a_client_sends_along_changes_database_settings_or_program(
    service: SharedService, tmp_path: Path
) -> None:
    evil = tmp_path / "evil.toml"
    evil.write_text('[service]\nshared = true\n[database]\nurl = "/nowhere"\n')
    sent = {
        "GRADESYNC_DATABASE": str(tmp_path / "evil.sqlite3"),
        "GRADESYNC_CONFIG": str(evil),
        "GRADESYNC_PROFILES": str(tmp_path),
        "GRADESYNC_CRASH_AT": "claimed",
        "TEXTUAL_DRIVER": "antigravity:Driver",
        "TEXTUAL_LOG": str(tmp_path / "log"),
        "TEXTUAL_THEME": "evil",
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path),
        "SSH_ORIGINAL_COMMAND": "touch /tmp/evil",
        "LC_ALL": "../../evil",
        "LC_EVIL": "$(id)",
        "LANG": "C",
        "EDITOR": "/bin/sh",
        "VISUAL": "/bin/sh",
        "PAGER": "/bin/sh",
        "BROWSER": "/bin/sh",
        "TERM": "../../evil",
    }
    before = len(service.audit())
    with service.console("ana", *(f"-oSendEnv={name}" for name in sent), environment=sent) as terminal:
        at_grade_sync(terminal)
        terminal.press("q")
        assert terminal.until_ended() == 0
    assert [path.name for path in tmp_path.iterdir()] == ["evil.toml"]
    assert len(service.audit()) == before + 1


def test_no_key_starts_another_program_or_writes_outside_the_persons_folder(service: SharedService) -> None:
    def files() -> set[Path]:
        return {path for path in service.folder.rglob("*") if path.is_file()}

    theirs = service.home / ".local" / "state" / "gradesync" / "people" / "ana"
    before = files()
    with service.console("ana") as terminal:
        at_grade_sync(terminal)
        (process,) = service.consoles("ana")
        for key in (
            "ctrl+z",
            "ctrl+c",
            "!",
            "|",
            "ctrl+o",
            "ctrl+x",
            "ctrl+s",
            "ctrl+backslash"[:6],
            "f12",
            "e",
            "enter",
        ):
            terminal.press(key)
            terminal.settle(0.1, 1)
            assert Path(f"/proc/{process}/task/{process}/children").read_text() == ""
        terminal.press("esc", "esc", "esc")
        for words in ("shell", "screenshot", "editor", "../../../../tmp/evil", "!id"):
            terminal.press(":")
            terminal.type(words)
            terminal.press("enter")
            terminal.settle(0.1, 1)
            assert Path(f"/proc/{process}/task/{process}/children").read_text() == ""
            terminal.press("esc", "esc")
        assert service.consoles("ana") == [process]
        assert Path(f"/proc/{process}/cwd").readlink() == theirs / "exports"
        terminal.press("ctrl+q")
        terminal.until_ended()
    made = {path for path in files() - before if not path.name.startswith("gradesync.sqlite3")}
    assert {path.parent for path in made} <= {theirs, theirs / "exports"}
    assert any(path.suffix == ".svg" for path in made), "F12 saves a picture: if it does not, this looks at nothing"
    assert all(path.stat().st_mode & 0o077 == 0 for path in made)


def test_as_typed_by_hand_in_the_service_account_is_refused(service: SharedService) -> None:
    environment = {"HOME": str(service.home), "PATH": os.environ["PATH"], "SSH_CONNECTION": "192.0.2.7 1 192.0.2.1 22"}
    with Terminal(["sh", "-c", f"{service.program} console --as ana; exit $?"], environment=environment) as terminal:
        assert terminal.until_ended() == 2
        assert "OpenSSH did not start this process" in terminal.text().replace("\n", " ")
    entry = service.audit()[0]
    assert (entry["target"], entry["allowed"]) == ("console as ana", False)


def test_no_engine_runs_in_a_persons_session(service: SharedService) -> None:
    with service.console("ana") as terminal:
        terminal.until(ACCOUNT)
        terminal.press("E")
        terminal.until("only watches")
