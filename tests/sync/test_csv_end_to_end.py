"""A SIS that takes OneRoster files: a run publishes one whole file of what changed, or none."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from gradesync_tui.domain.words import RunMode, RunStatus
from gradesync_tui.sandbox.faults import parse_faults


async def with_files(office: Any, folder: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An office whose SIS is a folder, with the SIS's own roster files in it."""
    here = await office()
    monkeypatch.setenv("XDG_STATE_HOME", str(folder.parent / "state"))
    folder.mkdir()
    sis = here.district.sis.state
    write(folder / "categories.csv", ["sourcedId", "status", "title"], [
        [one.id, "active", one.title] for one in sis.categories.values() if one.klass is None
    ])  # fmt: skip
    write(folder / "classes.csv", ["sourcedId", "schoolSourcedId", "termSourcedIds"], [
        [one.id, one.org, one.session] for one in sis.classes.values()
    ])  # fmt: skip
    write(folder / "academicSessions.csv", ["sourcedId", "status", "title", "type", "startDate", "endDate"], [
        [one.id, "active", one.title, one.type, one.start.isoformat(), one.end.isoformat()]
        for one in sis.sessions.values()
    ])  # fmt: skip
    await here.connect_sis(
        version=version, url=str(folder), auth="none", token_url=None, client_id=None, client_secret=None
    )
    return here


def write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def published(folder: Path) -> list[dict[str, list[dict[str, str]]]]:
    """The files that were published, oldest first: by name, their rows."""
    found = []
    for path in sorted(folder.glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            found.append(
                {
                    name: list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))
                    for name in archive.namelist()
                }
            )
    return found


def manifest(files: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    return {row["propertyName"]: row["value"] for row in files["manifest.csv"]}


@pytest.mark.parametrize("version", ["csv-1.1", "csv-1.2"])
async def test_files_are_whole_and_the_next_holds_only_what_changed(
    office: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    folder = tmp_path / "sis"
    here = await with_files(office, folder, version, monkeypatch)
    first = await here.sync()
    assert first.counts.scores > 50, (first.note, await here.causes(first))
    [files] = published(folder)
    assert (len(files["lineItems.csv"]), len(files["results.csv"])) == (first.counts.assignments, first.counts.scores)
    told = manifest(files)
    assert told["file.results"] == told["file.lineItems"] == "delta"
    assert told["oneroster.version"] == version.removeprefix("csv-")

    here.district.teach(rounds=2)
    second = await here.sync()
    assert 0 < second.counts.scores < first.counts.scores
    changed = published(folder)[1]
    assert len(changed["results.csv"]) == second.counts.scores
    assert not [one for one in await here.problems(second) if one.action == "failed"]

    again = await here.sync()
    assert (again.counts.assignments, again.counts.scores) == (0, 0)
    full = await here.sync(RunMode.FULL)
    assert (full.counts.assignments, full.counts.scores) == (0, 0), "a file cannot be compared with"
    assert len(published(folder)) == 2
    assert not [path for path in folder.iterdir() if path.suffix not in (".zip", ".csv")]


async def test_a_run_that_fails_publishes_nothing_and_the_next_one_publishes_all(
    office: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sis"
    here = await with_files(office, folder, "csv-1.1", monkeypatch)
    here.district.traffic.faults[:] = parse_faults("canvas:401(after=3, path=/students/submissions)")
    run = await here.sync()
    assert run.status is RunStatus.FAILED
    assert published(folder) == []

    here.district.traffic.faults.clear()
    await here.sync()
    [files] = published(folder)
    grades = sum(len(one) for one in [files["results.csv"]])
    assert grades > 50 and files["lineItems.csv"]
    again = await here.sync()
    assert (again.counts.assignments, again.counts.scores) == (0, 0)


async def test_a_grade_taken_away_is_repeated_as_deleted_where_the_policy_says_so(
    office: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gradesync_tui.sandbox.canvas.grading import give

    folder = tmp_path / "sis"
    here = await with_files(office, folder, "csv-1.1", monkeypatch)
    await here.policies(deletes="clear")
    await here.sync()
    assignment, submission = next(
        (one, row)
        for one in here.district.canvas.state.assignments.values()
        if one.post_to_sis and one.state == "published"
        for row in one.submissions.values()
        if row.score is not None and row.posted_at is not None
    )
    give(here.district.canvas.state, assignment, submission, here.clock.now(), 1, score=None, grade=None)
    run = await here.sync()
    assert run.counts.deleted == 1, await here.causes(run)
    [row] = published(folder)[1]["results.csv"]
    assert row["status"] == "tobedeleted"
