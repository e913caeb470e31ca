"""The console as administrators have it: in tmux, by keys alone; and in terminals that can do little."""

from __future__ import annotations

import json
import os
import pwd
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from tests.e2e.terminal import Terminal

PROGRAM = (sys.executable, "-m", "gradesync_tui")
TMUX = shutil.which("tmux")

pytestmark = pytest.mark.timeout(300)
needs_tmux = pytest.mark.skipif(TMUX is None, reason="there is no tmux here: install tmux")


class Tmux:
    """A tmux server of its own with one window, in which a command runs."""

    def __init__(self, command: list[str], environment: dict[str, str], columns: int = 110, rows: int = 34) -> None:
        assert TMUX is not None
        # A socket's path must be short, which pytest's folders are not.
        self._folder = tempfile.mkdtemp(prefix="gs-tmux-")
        self._environment = {**environment, "TERM": "xterm-256color"}
        self._environment.pop("TMUX", None)
        self._call("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), "sleep 600")
        self._call("set-option", "-g", "remain-on-exit", "on")
        # tmux itself now and then misses that a command has ended, so the shell writes it down.
        self._status = Path(self._folder) / "status"
        self._call("respawn-pane", "-k", f"{shlex.join(command)}; echo $? >{self._status}")

    def _call(self, *words: str) -> str:
        assert TMUX is not None
        done = subprocess.run(
            [TMUX, "-S", f"{self._folder}/tmux", *words],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        return done.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        subprocess.run([str(TMUX), "-S", f"{self._folder}/tmux", "kill-server"], capture_output=True, check=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names or as they are."""
        for key in keys:
            self._call("send-keys", key)

    def text(self) -> str:
        return self._call("capture-pane", "-p")

    def until(self, wanted: str, seconds: float = 40) -> str:
        """Wait until a pattern is found on the screen."""
        end = time.monotonic() + seconds
        while not re.search(wanted, text := self.text()):
            assert time.monotonic() < end, f"{wanted!r} never came:\n{text}"
            time.sleep(0.1)
        return text

    def status(self) -> int:
        """The exit status of the command once it has ended."""
        end = time.monotonic() + 30
        while not (told := self._status.read_text().strip() if self._status.exists() else ""):
            assert time.monotonic() < end, self.text()
            time.sleep(0.1)
        return int(told)


class House:
    """A home folder with a connected account, Lakeside, and two schedules that are not due for hours."""

    def __init__(self, folder: Path, district: dict[str, Any]) -> None:
        # COLUMNS and LINES are of whoever runs the tests; programs believe them more than their terminal.
        strange = ("GRADESYNC_", "XDG_", "COLUMNS", "LINES")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
        kept.pop("NO_COLOR", None)
        canvas, sis = district["canvas"], district["sis"]
        self.folder = folder
        self.environment = {
            **kept,
            "HOME": str(folder),
            "HOUSE_TOKEN": canvas["token"],
            "HOUSE_ID": sis["client_id"],
            "HOUSE_SECRET": sis["client_secret"],
        }
        self("init")
        self("accounts", "add", "Lakeside", "--zone", "America/New_York")
        self("connect", "canvas", "--url", canvas["url"], "--token", "env:HOUSE_TOKEN", "--no-test")
        self("connect", "sis", "--url", sis["url_v1p1"], "--token-url", sis["token_url"], "--client-id",
             "env:HOUSE_ID", "--client-secret", "env:HOUSE_SECRET", "--no-test")  # fmt: skip
        self("schedules", "add", "--every", "4h", "--first-run", "in 3 hours")
        self("schedules", "add", "--at", "18:00", "--on", "weekdays", "--first-run", "in 3 days")

    def __call__(self, *words: str) -> str:
        done = subprocess.run(
            [*PROGRAM, *words], env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done
        return done.stdout


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    words = [*PROGRAM, "sandbox", "--pupils", "50", "--teachers", "off"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as district:
        assert district.stdout is not None
        try:
            yield House(tmp_path_factory.mktemp("house"), json.loads(district.stdout.readline()))
        finally:
            district.terminate()


@pytest.fixture
def engine(house: House) -> Iterator[None]:
    """`gradesync engine` in a process of its own, at work."""
    with subprocess.Popen([*PROGRAM, "engine"], env=house.environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "Engine on" in process.stderr.readline()
        try:
            yield
        finally:
            process.terminate()


@needs_tmux
@pytest.mark.usefixtures("engine")
def test_the_whole_path_by_keys_alone(house: House) -> None:
    person = pwd.getpwuid(os.getuid())
    name = person.pw_gecos.split(",")[0].strip() or person.pw_name
    with Tmux([*PROGRAM, "console"], house.environment) as tmux:
        tmux.until(r"Admin[\s\S]*Accounts[\s\S]*Lakeside")
        tmux.press("Enter")
        tmux.until(r"Admin › Lakeside[\s\S]*SIS Integration")
        tmux.press("Enter")
        tmux.until(r"Admin › Lakeside › SIS Integration[\s\S]*Grade Sync[\s\S]*Every 4 hours")
        tmux.until("live · engine")
        tmux.press("r")
        tmux.until(rf"Today .* {re.escape(name)} .*Completed")
        tmux.press("p")
        tmux.until(r"Pause Grade Passback, Every 4 hours\?[\s\S]*Cancel")
        tmux.press("Enter")  # Cancel has the focus
        tmux.until(r"\n r Run now")
        assert json.loads(house("schedules", "show", "1", "--json"))["paused"] is None
        tmux.press("p")
        tmux.until(r"Pause Grade Passback, Every 4 hours\?")
        tmux.press("Tab", "Enter")
        tmux.until(r"Every 4 hours .*‖ Paused Today .*▷ Resume")
        assert json.loads(house("schedules", "show", "1", "--json"))["paused"]["by"] == name
        tmux.press("u")
        tmux.until(r"Every 4 hours .*‖ Pause")
        assert json.loads(house("schedules", "show", "1", "--json"))["paused"] is None
        tmux.press("q")
        assert tmux.status() == 0
        assert "SIS Integration" not in tmux.text()


@needs_tmux
def test_a_copy_arrives_in_tmux_that_lets_programs_copy(house: House) -> None:
    with Tmux([*PROGRAM, "console", "--no-engine", "--start", "Lakeside/Grade Sync"], house.environment) as tmux:
        tmux.until("Every 4 hours")
        tmux._call("set-option", "-g", "set-clipboard", "on")
        tmux.press("y")
        tmux.until("Copied 1 row, if tmux lets it through")
        assert "Every 4 hours" in tmux._call("show-buffer")


@needs_tmux
def test_a_window_of_40x10_is_told_so_and_can_be_left(house: House) -> None:
    with Tmux([*PROGRAM, "console", "--no-engine"], house.environment, columns=40, rows=10) as tmux:
        tmux.until(r"40x10 is too small")
        tmux.press("q")
        assert tmux.status() == 0


_LOOKS = re.compile(rb"\x1b\[([0-9;:]*)m")


def colours(written: bytes) -> set[int]:
    """Every colour that was asked for, by its code; 38 and 48 are those beyond the first sixteen."""
    codes = {int(code) for found in _LOOKS.findall(written) for code in re.split(rb"[;:]", found) if code}
    return codes & {*range(30, 39), *range(40, 49), *range(90, 98), *range(100, 108)}


def walk(house: House, **terminal: str) -> bytes:
    """Look around in a terminal of a kind, and leave; everything that the console wrote."""
    with Terminal([*PROGRAM, "console", "--no-engine", "--start", "Lakeside/Grade Sync"], columns=100, rows=30,
                  environment={**house.environment, **terminal}) as shown:  # fmt: skip
        shown.until("Every 4 hours")
        shown.press("down", "?")
        shown.until("In every list")
        shown.press("esc")
        shown.until_gone("In every list")
        shown.press("tab", "q")
        assert shown.until_ended() == 0
        return bytes(shown.raw)


@pytest.mark.parametrize("kind", ["linux", "xterm", "vt100", "screen"])
def test_sixteen_colours_are_enough(house: House, kind: str) -> None:
    written = walk(house, TERM=kind, COLORTERM="")
    assert not colours(written) & {38, 48}


def test_a_terminal_of_many_colours_gets_them(house: House) -> None:
    assert colours(walk(house, TERM="xterm-256color", COLORTERM="truecolor")) >= {38, 48}


@pytest.mark.parametrize("kind", ["xterm-256color", "linux"])
def test_no_color_is_without_any(house: House, kind: str) -> None:
    assert colours(walk(house, TERM=kind, COLORTERM="truecolor", NO_COLOR="1")) == set()


def test_low_bandwidth_writes_less_for_the_same_screen(house: House) -> None:
    words = [*PROGRAM, "console", "--no-engine", "--start", "Lakeside/Grade Sync"]
    sizes = []
    for more in ([], ["--low-bandwidth"]):
        with Terminal([*words, *more], columns=100, rows=30, environment={
            **house.environment, "COLORTERM": "truecolor"}) as shown:  # fmt: skip
            shown.until("Every 4 hours")
            shown.settle()
            before = shown.bytes
            shown.press("?")
            shown.until("In every list")
            shown.settle()
            sizes.append(shown.bytes - before)
    assert sizes[1] < 0.9 * sizes[0]
