"""systemd hears when the engine is ready, that it is alive while it is, and when it stops."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gradesync_tui.engine.notify import Notifier, keep_notified


def listening(address: str) -> socket.socket:
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind("\0" + address[1:] if address.startswith("@") else address)
    heard.settimeout(20)
    return heard


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_a_notice_reaches_sockets_of_both_kinds(tmp_path: Path, kind: str) -> None:
    address = str(tmp_path / "notify") if kind == "path" else f"@gradesync-test-{os.getpid()}"
    with listening(address) as heard:
        Notifier({"NOTIFY_SOCKET": address}).send(READY="1", STATUS="two\nlines")
        assert heard.recv(4096) == b"READY=1\nSTATUS=two lines\n"


@pytest.mark.parametrize("address", ["", "vsock:2:1234", "/nowhere/at/all"])
def test_without_a_listener_nothing_happens(address: str) -> None:
    Notifier({"NOTIFY_SOCKET": address}).send(READY="1")


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 60.0),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_fed_only_where_it_is_meant_for_this_process(
    environment: dict[str, str], seconds: float | None
) -> None:
    assert Notifier(environment).watchdog == seconds


async def test_an_engine_whose_rounds_hang_gives_no_sign_of_life(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with listening(address) as heard:
        notifier = Notifier({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "40000"})
        stop = asyncio.Event()
        lives = [True, True, False, False, False]

        def alive() -> bool:
            if len(lives) == 1:
                stop.set()
            return lives.pop(0)

        await keep_notified(notifier, stop, status=lambda: "Running.", alive=alive)
        heard.setblocking(False)
        said = b""
        with pytest.raises(BlockingIOError):
            while True:
                said += heard.recv(4096)
    assert said.count(b"WATCHDOG=1") == 2
    assert said.startswith(b"READY=1\nSTATUS=Running.\n")
    assert said.endswith(b"STOPPING=1\nSTATUS=Handing on what runs.\n")


def test_the_engine_command_says_ready_gives_signs_of_life_and_says_when_it_stops(tmp_path: Path) -> None:
    address, database = str(tmp_path / "notify"), str(tmp_path / "gradesync.sqlite3")
    environment = {**os.environ, "HOME": str(tmp_path), "NOTIFY_SOCKET": address, "WATCHDOG_USEC": "500000"}
    program = [sys.executable, "-m", "gradesync_tui", "--database", database]
    subprocess.run([*program, "init"], env=environment, check=True, capture_output=True)
    with listening(address) as heard:
        engine = subprocess.Popen([*program, "engine", "--log", "json"], env=environment, stderr=subprocess.PIPE)
        try:
            assert heard.recv(4096).startswith(b"READY=1\nSTATUS=")
            while b"WATCHDOG=1" not in heard.recv(4096):
                pass
            engine.send_signal(signal.SIGTERM)
            while b"STOPPING=1" not in heard.recv(4096):
                pass
            assert engine.wait(20) == 0
        finally:
            engine.kill()
            _, log = engine.communicate()
    first, *lines = log.decode().splitlines()
    assert first.startswith("Engine on ")
    assert all({"at", "level", "logger", "text"} <= json.loads(line).keys() for line in lines)


def test_a_line_of_the_log_is_one_json_object_whatever_it_tells_of() -> None:
    script = (
        "import logging\n"
        "from gradesync_tui.cli.engine import write_log\n"
        "write_log(as_json=True)\n"
        "log = logging.getLogger('gradesync_tui.engine')\n"
        "try:\n"
        "    token = 'canary-51c0'; raise ValueError('bad\\nname \\x1b[2J')\n"
        "except ValueError:\n"
        "    log.exception('a course \\x1b[31m is\\nodd')\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stderr
    (line,) = told.splitlines()
    found = json.loads(line)
    assert (found["level"], found["logger"]) == ("error", "gradesync_tui.engine")
    assert found["error"].startswith("ValueError: bad name")
    assert found["trace"] == ["<string>:6 <module>"]
    assert "\x1b" not in told and "\\u001b" not in told and "canary" not in told
