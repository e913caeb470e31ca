"""The main job on real input: a district, three syncs, and both gradebooks equal in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from .conftest import Home

KEYS = {"status", "assignments", "scores", "created", "updated", "unchanged", "blocked", "failed"}


def test_three_syncs_end_without_difference_and_the_second_sends_nothing(home: Home) -> None:
    kept = home.folder / "demo"
    found = home.ok(
        *("demo", "--headless", "--pupils", "75", "--syncs", "3", "--seed", "5", "--json", "--keep", str(kept))
    ).json
    assert found["difference"] == 0
    first, second, third = found["runs"]
    assert set(first) >= KEYS
    assert {run["status"] for run in found["runs"]} <= {"Completed", "Warning"}
    assert first["scores"] > 0 and first["created"] > 0
    assert (second["assignments"], second["scores"], second["created"], second["updated"]) == (0, 0, 0, 0)
    assert third["scores"] > 0
    for path in kept.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    again = home("demo", "--headless", "--keep", str(kept))
    assert again.code == 2 and "not empty" in again.err
    history = ("history", "--json", "--database", str(kept / "gradesync.sqlite3"))
    assert [run["id"] for run in home.ok(*history).lines] == [3, 2, 1]
    counts = [first["scores"], second["scores"], third["scores"]]
    assert [run["scores"] for run in home.ok(*history, "--sort", "scores").lines] == sorted(counts)
    most = home.ok(*history, "--sort", "scores", "--descending", "--limit", "2").lines
    assert [run["scores"] for run in most] == sorted(counts, reverse=True)[:2]


def test_a_demo_that_is_ended_leaves_nothing_behind(home: Home) -> None:
    folder = home.folder / "tmp"
    folder.mkdir()
    home.environment["TMPDIR"] = str(folder)
    with home.running("demo", "--headless", "--pupils", "25", "--syncs", "1000") as process:
        assert process.stderr is not None
        process.stderr.readline()
        assert list(folder.iterdir())
        process.terminate()
        assert process.wait(timeout=20) == 130
    assert not list(folder.iterdir())


def test_the_teachers_may_grade_before_every_sync(home: Home) -> None:
    found = home.ok("demo", "--headless", "--pupils", "25", "--syncs", "2", "--rest", "none", "--json").json
    assert found["runs"][1]["scores"] > 0
    assert found["difference"] == 0


def test_the_demo_is_drawn_as_the_settings_say(home: Home) -> None:
    drawn = {**home.environment, "GRADESYNC_ICONS": "ascii", "NO_COLOR": ""}
    with Terminal(home.command("demo", "--pupils", "25"), environment=drawn) as terminal:
        terminal.until("* live", seconds=60)
