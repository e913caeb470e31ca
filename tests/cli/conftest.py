"""The command as a person calls it: a process of its own, with its own home."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON objects, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Home:
    """Somebody's home folder, and `gradesync` called in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "data" / "gradesync.sqlite3"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GRADESYNC_", "XDG_"))}
        self.environment = {
            **kept,
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "share"),
            "XDG_STATE_HOME": str(folder / "state"),
            "GRADESYNC_DATABASE": str(self.database),
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "gradesync_tui", *arguments]

    def __call__(self, *arguments: str, **environment: str) -> Answer:
        return self._process(self.command(*arguments), environment)

    def python(self, program: str) -> Answer:
        """Run a program with the command line's modules at hand."""
        return self._process([sys.executable, "-c", program], {})

    def _process(self, command: list[str], environment: dict[str, str]) -> Answer:
        done = subprocess.run(
            command,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def ok(self, *arguments: str) -> Answer:
        """Call a command that must succeed."""
        answer = self(*arguments)
        assert answer.code == 0, answer
        return answer

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """A command that goes on by itself; ended by SIGTERM, if it has not ended."""
        with subprocess.Popen(
            self.command(*arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.terminate()

    def secret(self, name: str, value: str) -> str:
        """A reference to a private file with a secret."""
        path = self.folder / name
        path.write_text(value)
        path.chmod(0o600)
        return f"file:{path}"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture(scope="session")
def lakeside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one account, Lakeside; made once, copied for each test."""
    home = Home(tmp_path_factory.mktemp("lakeside"))
    home.ok("init")
    home.ok("accounts", "add", "Lakeside", "--zone", "America/New_York")
    return home.database


@pytest.fixture
def district_home(home: Home, lakeside: Path) -> Home:
    """A home with a database and one account, Lakeside."""
    home.database.parent.mkdir(mode=0o700)
    shutil.copyfile(lakeside, home.database)
    return home


@pytest.fixture
def connected_home(district_home: Home, sandbox: dict[str, Any]) -> Home:
    """The same, with Lakeside connected to a small district."""
    district_home.ok(*canvas_arguments(district_home, sandbox), "--no-test")
    district_home.ok(*sis_arguments(district_home, sandbox), "--no-test")
    return district_home


def canvas_arguments(home: Home, sandbox: dict[str, Any]) -> list[str]:
    token = home.secret("canvas-token", sandbox["canvas"]["token"])
    return ["connect", "canvas", "--url", sandbox["canvas"]["url"], "--token", token]


def sis_arguments(home: Home, sandbox: dict[str, Any]) -> list[str]:
    sis = sandbox["sis"]
    client_id = home.secret("sis-id", sis["client_id"])
    client_secret = home.secret("sis-secret", sis["client_secret"])
    return [
        *("connect", "sis", "--url", sis["url_v1p1"], "--token-url", sis["token_url"]),
        *("--client-id", client_id, "--client-secret", client_secret),
    ]


@pytest.fixture
def connecting(home: Home, sandbox: dict[str, Any]) -> dict[str, list[str]]:
    """The commands that connect the two sides of the small district, by side."""
    return {"canvas": canvas_arguments(home, sandbox), "sis": sis_arguments(home, sandbox)}


@pytest.fixture
def sandbox(home: Home) -> Iterator[dict[str, Any]]:
    """A small district in a process of its own; what it printed about itself."""
    with home.running("sandbox", "--seed", "7", "--pupils", "50", "--teachers", "off") as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.terminate()
        assert process.wait(timeout=20) == 0
