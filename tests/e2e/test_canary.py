"""Secrets stay where they were put: after a full run, with failures of every kind, no artefact holds one."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.outside import Outside
from tests.e2e.terminal import Terminal

pytestmark = pytest.mark.timeout(300)

PROGRAM = (sys.executable, "-m", "gradesync_tui")


class House:
    """A home folder with a connected account, and everything that was ever printed in it."""

    def __init__(self, folder: Path, outside: Outside) -> None:
        self.folder = folder
        self.outside = outside
        self.printed: list[bytes] = []
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GRADESYNC_", "XDG_"))}
        self.environment = {**kept, "HOME": str(folder), "CANVAS_TOKEN": outside.told["canvas"]["token"]}

    def __call__(self, *words: str, wanted: tuple[int, ...] = (0,)) -> str:
        """Run a command, sampling the list of processes meanwhile; what it printed on stdout."""
        with subprocess.Popen(
            [*PROGRAM, *words],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            self.look_at_processes()
            out, err = process.communicate(timeout=120)
        self.printed += [out, err]
        assert process.returncode in wanted, err.decode()
        return out.decode()

    def look_at_processes(self) -> None:
        self.printed.append(subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, check=True).stdout)

    def secret(self, name: str, value: str) -> str:
        path = self.folder / "secrets" / name
        path.parent.mkdir(exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(value)
        return f"file:{path}"

    def run_to_its_end(self) -> dict[str, Any]:
        """Ask for a sync, and wait until the engine has ended it."""
        self("schedules", "run", "1", "--queue")
        while True:
            run: dict[str, Any] = json.loads(self("history", "--limit", "1", "--json"))
            if run["status"] not in ("Queued", "In Progress"):
                return run
            self.look_at_processes()
            time.sleep(0.1)

    def artefacts(self) -> dict[str, bytes]:
        """Everything that lies about: each file but the secrets themselves, and all that was printed."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.parent.name != "secrets"]
        return {**{str(path): path.read_bytes() for path in files}, "printed": b"\n".join(self.printed)}


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    started = Outside("--pupils", "25", "--teachers", "off")
    yield started
    started.stop()


def spellings(value: str) -> set[bytes]:
    """A secret as it may lie about: plain, quoted as in an address, in base64 at each of the three offsets, in hex."""
    raw = value.encode()
    found = {raw, quote(value, safe="").encode(), raw.hex().encode()}
    for offset in range(3):
        # What surrounds it changes the first and the last letters of the base64 only.
        encoded = base64.b64encode(b"\0" * offset + raw)
        found.add(encoded[4 if offset else 0 : -4])
    return found


def leaks(secrets: dict[str, str], artefacts: dict[str, bytes]) -> list[str]:
    return [
        f"{name} in {place}"
        for name, value in secrets.items()
        for spelling in spellings(value)
        for place, content in artefacts.items()
        if spelling in content
    ]


def test_the_search_finds_a_secret_however_it_is_written() -> None:
    value = "f3a9c0ffee5ec4e7d00d"
    basic = base64.b64encode(f"client:{value}".encode())
    for content in (value.encode(), b"x" + value.encode().hex().encode(), b"Authorization: Basic " + basic):
        assert leaks({"it": value}, {"here": content})
    assert leaks({"it": value}, {"here": b"nothing"}) == []


def test_no_artefact_of_a_full_run_holds_a_secret(tmp_path: Path, outside: Outside) -> None:
    house = House(tmp_path, outside)
    canvas, sis = outside.told["canvas"], outside.told["sis"]
    secrets = {"Canvas token": canvas["token"], "SIS secret": sis["client_secret"]}
    connect_sis = ["connect", "sis", "--url", sis["url_v1p1"], "--token-url", sis["token_url"]]
    connect_sis += ["--client-id", house.secret("id", sis["client_id"])]

    house("init")
    house("accounts", "add", "Lakeside", "--zone", "America/New_York")
    house("connect", "canvas", "--url", canvas["url"], "--canvas-account", canvas["account_id"],
          "--token", "env:CANVAS_TOKEN")  # fmt: skip
    house(*connect_sis, "--client-secret", house.secret("secret", sis["client_secret"]))
    house("schedules", "add", "--every", "1d", "--first-run", "2099-01-01 06:00")
    # A secret given where a reference belongs is refused and not repeated, though the shell's own history has it.
    wrong = house("connect", "canvas", "--url", canvas["url"], "--token", "not-a-reference-5ec4e7", wanted=(2,))
    assert "5ec4e7" not in wrong + house.printed[-1].decode()

    with (tmp_path / "engine.log").open("wb") as log:
        engine = subprocess.Popen([*PROGRAM, "engine", "--log", "json"], env=house.environment, stderr=log)
    try:
        assert house.run_to_its_end()["status"] == "Completed"
        # Servers that repeat in their refusals what they were sent, a token that is no longer known, an outage.
        for faults in (
            f'sis:refuse(write,body="you sent {sis["client_secret"]}")',
            f'canvas:refuse(path=submissions,body="you sent Bearer {canvas["token"]}")',
            f'canvas:401(body="you sent Bearer {canvas["token"]}")',
            f'sis:401(body="you sent {sis["client_secret"]}")',
            f'sis:refuse(path=token,status=400,body="you sent {sis["client_secret"]}")',
            "sis:wrongtype(write)",
        ):
            outside.admin("POST", "/teach", {"rounds": 1})
            outside.admin("PUT", "/faults", {"faults": faults})
            house.run_to_its_end()
            outside.admin("DELETE", "/faults")
        # The secrets that are found wrong are no less secret.
        house(*connect_sis, "--client-secret", house.secret("wrong", "wrong-but-secret-0ddba11"), "--no-test")
        secrets["wrong SIS secret"] = "wrong-but-secret-0ddba11"
        assert house.run_to_its_end()["status"] == "Failed"
        house("doctor", wanted=(0, 1))
        house("doctor", "--json", wanted=(0, 1))
        house("support", "bundle", "--output", "-")
        command = [*PROGRAM, "console", "--start", "Lakeside/Grade Sync"]
        with Terminal(command, environment=house.environment, folder=tmp_path) as terminal:
            terminal.until("Pause All")
            terminal.press("f12", "tab", "enter")
            terminal.settle()
            terminal.press("ctrl+q")
            terminal.until_ended()
            house.printed.append(bytes(terminal.raw))
    finally:
        engine.terminate()
        engine.wait(30)

    for run in [json.loads(line) for line in house("history", "--json").splitlines()]:
        number = str(run["id"])
        for words in (["show"], ["problems"], ["log"], ["export"]):
            house("runs", *words, number, wanted=(0, 1))
            house("runs", *words, number, "--json", wanted=(0, 1))
    house("audit", "export")
    house("audit", "export", "--json")
    house("config", "show")
    house("accounts", "list", "--json")

    artefacts = house.artefacts()
    for suffix in (".sqlite3", ".svg", "engine.log"):
        assert any(name.endswith(suffix) for name in artefacts), suffix
    assert b"Lakeside" in artefacts["printed"]
    assert leaks(secrets, artefacts) == []


def test_a_crash_report_has_no_values_of_variables(tmp_path: Path) -> None:
    """The fault strikes where a secret is at hand; its report tells where, and the terminal one line."""
    program = (
        "import sys\n"
        "import gradesync_tui.cli.init as init\n"
        "from gradesync_tui.cli import main\n"
        "from gradesync_tui.sync.secrets import resolve\n"
        "def broken(*_, **__):\n"
        "    secret = resolve('env:CANVAS_TOKEN')\n"
        "    value = secret.reveal()\n"
        "    raise ZeroDivisionError(f'with {secret}')\n"
        "init.command.callback = broken\n"
        "sys.argv = ['gradesync', 'init']\n"
        "main()\n"
    )
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "CANVAS_TOKEN": "canary-7f3e9a"}
    told = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=False)
    (report,) = (path for path in tmp_path.rglob("crash-*") if path.is_file())
    assert told.returncode == 1
    assert len(told.stderr.splitlines()) == 1
    assert b"with ***" in report.read_bytes()
    assert report.stat().st_mode & 0o777 == 0o600
    assert (
        leaks({"token": "canary-7f3e9a"}, {"report": report.read_bytes(), "printed": told.stdout + told.stderr}) == []
    )
