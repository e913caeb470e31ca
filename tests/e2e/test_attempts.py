"""What must not work, tried from outside: on the command line, in every filter, and by whatever Canvas calls a course.

Elsewhere: `--as` by hand (test_entrance, test_ssh), a forged or replayed audit entry (test_store_audit), a secret that
others can read (test_secret_references), credentials after a redirect (test_canvas_hosts, test_rest_hostile_answers),
an answer that unpacks to more than anybody asked for (test_rest_hostile_answers).
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gradesync_tui.console.exports import save_text
from gradesync_tui.sandbox.district import District
from tests.e2e.terminal import Terminal

pytestmark = pytest.mark.timeout(300)

PROGRAM = (sys.executable, "-m", "gradesync_tui")


class House:
    """A home folder in which gradesync is called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GRADESYNC_", "XDG_"))}
        self.environment = {**kept, "HOME": str(folder)}

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PROGRAM, *words],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def ok(self, *words: str) -> str:
        told = self(*words)
        assert told.returncode == 0, told.stderr
        return told.stdout

    def secret(self, name: str, value: str) -> str:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(value)
        return f"file:{path}"

    def connect(self, told: dict[str, Any]) -> None:
        """An account, connected to a district, with a schedule that runs only when it is told to."""
        self.ok("init")
        self.ok("accounts", "add", "Lakeside", "--zone", "America/New_York")
        canvas, sis = told["canvas"], told["sis"]
        self.ok("connect", "canvas", "--url", canvas["url"], "--canvas-account", canvas["account_id"],
                "--token", self.secret("token", canvas["token"]))  # fmt: skip
        self.ok("connect", "sis", "--url", sis["url_v1p1"], "--token-url", sis["token_url"],
                "--client-id", self.secret("id", sis["client_id"]),
                "--client-secret", self.secret("key", sis["client_secret"]))  # fmt: skip
        self.ok("schedules", "add", "--every", "1d", "--first-run", "2099-01-01 06:00")


# --- a viewer on the command line ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def viewers_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A database in which whoever runs the tests is a viewer, and somebody else is SIS support."""
    house = House(tmp_path_factory.mktemp("viewer"))
    me = json.loads(house.ok("init", "--json"))["login"]
    house.ok("accounts", "add", "Lakeside", "--zone", "America/New_York")
    house.ok("schedules", "add", "--every", "1d", "--first-run", "2099-01-01 06:00")
    house.ok("people", "add", "support", "--name", "Somebody Else", "--role", "support")
    house.ok("people", "role", me, "viewer")
    return house


@pytest.mark.parametrize(
    "words",
    [
        "schedules pause 1",
        "schedules resume 1",
        "schedules pause-all",
        "schedules resume-all",
        "schedules run 1",
        "schedules remove 1",
        "schedules edit 1 --every 2h",
        "schedules add --every 1h",
        "accounts add Another --zone UTC",
        "people add me2 --name Me --role support",
        "people role support none",
        "people remove support",
        "connect canvas --url https://evil.example --token env:HOME --no-test",
        "categories map Homework Homework",
    ],
)
def test_a_viewer_changes_nothing_by_command_and_it_is_on_record(viewers_house: House, words: str) -> None:
    def state() -> list[Any]:
        reads = ("schedules list", "accounts list", "people list", "history")
        return [viewers_house.ok(*read.split(), "--json") for read in reads]

    before = state()
    told = viewers_house(*words.split())
    assert told.returncode == 2, told
    assert "is a viewer" in told.stderr
    assert state() == before
    (entry,) = json.loads(viewers_house.ok("audit", "list", "--limit", "1", "--json"))
    assert entry["allowed"] is False


# --- SQL in every filter ---------------------------------------------------------------------------------------------

SQL = [
    "' OR 1=1 --",
    "'; DROP TABLE run; --",
    '" OR ""="',
    "%",
    "_",
    "\\",
    "%' ESCAPE '%",
    "1 UNION SELECT hash FROM audit",
]


@pytest.mark.parametrize("text", SQL)
def test_sql_in_a_filter_is_a_text_that_nothing_holds(viewers_house: House, text: str) -> None:
    house = viewers_house
    before = house.ok("schedules", "list", "--json")
    for words in (["history", "--text", text], ["audit", "list", "--text", text], ["history", "--account", text]):
        told = house(*words, "--json")
        assert told.returncode in (0, 2), told
        assert told.stdout.strip() in ("", "[]"), told.stdout
        assert "Traceback" not in told.stderr
    for words in (["trace", text, text], ["runs", "problems", "1", "--text", text, "--cause", text]):
        told = house(*words)
        assert told.returncode in (0, 1, 2), told
        assert len(told.stderr.splitlines()) <= 1
    assert house.ok("schedules", "list", "--json") == before
    assert json.loads(house.ok("audit", "verify", "--json"))["whole"]


# --- a path in an export's name --------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", ["../../evil", "/etc/evil", "a/b", "..", "", "x" * 60, "a\x00b", "~/evil", "-rf"])
async def test_an_exports_name_leads_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subject: str
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    monkeypatch.chdir(folder)
    path = await save_text(subject, "txt", "content")
    assert path.parent == folder
    assert path.name.startswith("gradesync-")
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [folder]


async def test_an_export_follows_no_link_that_lies_in_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "target"
    folder = tmp_path / "exports"
    folder.mkdir()
    monkeypatch.chdir(folder)
    now = time.time()
    for seconds in range(5):
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now + seconds))
        (folder / f"gradesync-runs-{stamp}.txt").symlink_to(target)
    await save_text("runs", "txt", "content")
    assert not target.exists()


# --- a hostile name, wherever it shows or is exported ----------------------------------------------------------------

HOSTILE = '=HYPERLINK("http://evil","x")[/nope][@click=app.quit]\x1b]0;owned\x07\x1b[2J\x9b31m\u202egpj\u200b\x00\x7f'
FORBIDDEN = ("\x1b]0;", "owned\x07", "\x9b", "\u202e", "\u200b", "\x00", "\x7f")


@pytest.fixture(scope="module")
def hostile_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A synced district in which everything that a person can name in Canvas has a hostile name."""
    house = House(tmp_path_factory.mktemp("hostile"))

    async def sync() -> None:
        async with District(pupils=25, teachers=False) as district:
            # Named once the district has made up its mind what to teach, and before anybody looks.
            rename(district)
            await asyncio.to_thread(house.connect, district.describe())
            engine = await asyncio.create_subprocess_exec(
                *PROGRAM, "engine", env=house.environment, stderr=subprocess.DEVNULL
            )
            try:
                await asyncio.to_thread(house, "schedules", "run", "1", "--wait")
            finally:
                engine.terminate()
                await engine.wait()

    asyncio.run(sync())
    yield house


def rename(district: District) -> None:
    state = district.canvas.state
    assignments = 0
    for course in state.courses.values():
        course.name = HOSTILE
        for section in course.sections:
            section.name = HOSTILE
        for assignment in course.assignments.values():
            assignments += 1
            assignment.name = f"{assignments} {HOSTILE}"
            # Some are refused before they are sent, so that the name stands among the problems too.
            if assignments % 3 == 0:
                assignment.due_at = None
    for user in state.users.values():
        user.name = user.sortable_name = HOSTILE
    assert assignments


def test_a_hostile_name_reaches_neither_terminal_nor_spreadsheet_by_command(hostile_house: House) -> None:
    house = hostile_house
    seen = 0
    for words in (
        "history", "runs show 1", "runs problems 1", "runs log 1", "runs export 1", "runs export 1 --what problems",
        "audit list", "audit export", "schedules list", "accounts list", "trace HYPERLINK", "doctor",
    ):  # fmt: skip
        for form in ([], ["--json"]):
            told = house(*words.split(), *form)
            assert told.returncode in (0, 1, 2), told
            text = told.stdout + told.stderr
            seen += "HYPERLINK" in text
            assert "\x1b" not in text, words
            assert not [one for one in FORBIDDEN if one in text], words
            assert "Traceback" not in text
    assert seen >= 6, "the name shows nowhere, so nothing was looked at"


def test_no_cell_of_an_export_begins_as_a_formula_does(hostile_house: House) -> None:
    cells = 0
    for words in ("runs export 1", "audit export"):
        for row in csv.reader(io.StringIO(hostile_house.ok(*words.split()))):
            for cell in row:
                cells += "HYPERLINK" in cell
                if not cell.lstrip().lstrip("-+").replace(".", "").isdigit():
                    assert not cell.lstrip().startswith(("=", "+", "-", "@")), cell
    assert cells


def test_a_hostile_name_does_nothing_in_the_console(hostile_house: House) -> None:
    house = hostile_house
    with Terminal([*PROGRAM, "console", "--no-engine", "--start", "Lakeside/Grade Sync"], columns=120, rows=36,
                  environment=house.environment, folder=house.folder) as terminal:  # fmt: skip
        terminal.until("Pause All")
        terminal.press("tab")
        terminal.settle(0.3, 3)
        terminal.press("enter")
        terminal.until("Problems")
        shown = 0
        for key in ("1", "enter", "down", "enter", "esc", "2", "enter", "esc", "3", "enter", "esc", "y", "4", "y", "e"):
            terminal.press(key)
            terminal.settle(0.2, 3)
            shown += "HYPERLINK" in terminal.text()
        terminal.press("enter")
        terminal.settle(0.3, 3)
        assert terminal.status is None, "a name quit or broke the console"
        terminal.press("ctrl+q")
        assert terminal.until_ended() == 0
        raw = terminal.raw.decode(errors="replace")
    assert shown
    assert not [one for one in FORBIDDEN if one in raw]
