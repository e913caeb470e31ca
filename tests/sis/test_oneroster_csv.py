"""OneRoster files: the binding's headers to the letter, whole or not at all, and titles that stay what they are."""

from __future__ import annotations

import csv
import io
import os
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gradesync_tui.domain.clock import ManualClock, parse_instant
from gradesync_tui.domain.grades import LineItem, Result
from gradesync_tui.domain.profiles import load_profile
from gradesync_tui.domain.records import SisConnection
from gradesync_tui.sis.csv import OneRosterCsv
from gradesync_tui.sis.errors import SisBadAnswer, SisError, SisRefused
from gradesync_tui.sis.spool import Spool

NOW = parse_instant("2026-11-23T07:00:00Z")
ITEM = LineItem(
    sourced_id="li-1",
    title="Essay",
    class_id="c1",
    category_id="hw",
    assign_date=parse_instant("2026-11-18T12:00:00Z"),
    due_date=parse_instant("2026-11-20T12:00:00Z"),
    points=10,
)
RESULT = Result(
    sourced_id="r-1",
    line_item_id="li-1",
    student_id="s1",
    class_id="c1",
    score=7.5,
    status="fully graded",
    score_date=date(2026, 11, 20),
    late=True,
)

HEADERS = {
    ("1.1", "lineItems"): "sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,"
    "categorySourcedId,gradingPeriodSourcedId,resultValueMin,resultValueMax",
    ("1.1", "results"): "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,"
    "scoreDate,comment",
    ("1.2", "lineItems"): "sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,"
    "categorySourcedId,academicSessionSourcedId,resultValueMin,resultValueMax,schoolSourcedId",
    ("1.2", "results"): "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,"
    "scoreDate,comment,textScore,classSourcedId,inProgress,incomplete,late,missing",
}


@pytest.fixture(autouse=True)
def outbox(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder / "gradesync" / "outbox"


def waiting(outbox: Path) -> list[Path]:
    return [path for path in outbox.rglob("*") if path.is_file()]


def roster(folder: Path) -> None:
    """What a SIS puts beside: its categories, classes and sessions."""
    (folder / "categories.csv").write_text(
        "\ufeffsourcedId,status,dateLastModified,title,weight,metadata.classId\r\n"
        'hw,,,Homework,1,\r\nlab,,,"Labs, wet",1,c1\r\nold,tobedeleted,,Old,1,\r\n'
    )
    (folder / "classes.csv").write_text('sourcedId,title,schoolSourcedId,termSourcedIds\nc1,Algebra,sch-1,"t1,t2"\n')
    (folder / "academicSessions.csv").write_text(
        "sourcedId,status,dateLastModified,title,type,startDate,endDate\n"
        "y,,,Year,schoolYear,2026-08-01,2027-06-30\nq2,,,Q2,gradingPeriod,2026-11-01,2027-01-20\n"
    )


def opened(url: Path | str, version: str = "1.2", *, bulk: bool = False, **rest: Any) -> OneRosterCsv:
    connection = SisConnection(url=str(url), version=f"csv-{version}")  # type: ignore[arg-type]
    profile = replace(load_profile("plain"), files="bulk" if bulk else "delta")
    return OneRosterCsv(connection, profile=rest.pop("profile", profile), clock=ManualClock(NOW), **rest)


def contents(folder: Path) -> dict[str, list[list[str]]]:
    [path] = folder.glob("*.zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {
            name: list(csv.reader(io.StringIO(archive.read(name).decode(), newline=""))) for name in archive.namelist()
        }


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("bulk", [False, True])
async def test_the_zip_follows_the_binding_to_the_letter(tmp_path: Path, version: str, bulk: bool) -> None:
    roster(tmp_path)
    sis = opened(tmp_path, version, bulk=bulk)
    receipt = await sis.put_line_item(ITEM)
    assert (receipt.sourced_id, receipt.status, receipt.created) == ("li-1", 0, True)
    await sis.put_result(RESULT)
    await sis.put_result(replace(RESULT, sourced_id="r-2", student_id="s2", score=None, status="exempt", late=False))
    await sis.finish()
    await sis.close()

    files = contents(tmp_path)
    assert list(files) == ["manifest.csv", "lineItems.csv", "results.csv"]
    for name in ("lineItems", "results"):
        assert ",".join(files[f"{name}.csv"][0]) == HEADERS[version, name]
        assert {len(row) for row in files[f"{name}.csv"]} == {len(files[f"{name}.csv"][0])}
    head = ["", ""] if bulk else ["active", "2026-11-23T07:00:00.000Z"]
    school = ["sch-1"] if version == "1.2" else []
    assert files["lineItems.csv"][1] == [
        "li-1", *head, "Essay", "", "2026-11-18", "2026-11-20", "c1", "hw", "q2", "0", "10", *school
    ]  # fmt: skip
    flags = [["", "c1", "", "", "true", "false"], ["", "c1", "", "", "false", "false"]]
    extra = flags if version == "1.2" else [[], []]
    exempt = "" if version == "1.2" else "0"
    assert files["results.csv"][1:] == [
        ["r-1", *head, "li-1", "s1", "fully graded", "7.5", "2026-11-20", "", *extra[0]],
        ["r-2", *head, "li-1", "s2", "exempt", exempt, "2026-11-20", "", *extra[1]],
    ]
    manifest = dict(files["manifest.csv"])
    kind = "bulk" if bulk else "delta"
    assert manifest["propertyName"] == "value"
    assert (manifest["manifest.version"], manifest["oneroster.version"]) == ("1.0", version)
    assert (manifest["file.lineItems"], manifest["file.results"], manifest["file.users"]) == (kind, kind, "absent")
    assert ("file.scoreScales" in manifest) is (version == "1.2")


async def test_the_last_of_what_is_put_twice_is_the_one_that_goes(tmp_path: Path) -> None:
    roster(tmp_path)
    sis = opened(tmp_path)
    await sis.put_result(RESULT)
    await sis.put_result(replace(RESULT, sourced_id="r-2", student_id="s2"))
    assert not (await sis.put_result(replace(RESULT, score=9.0))).created
    assert [(one.sourced_id, one.score) async for one in sis.results("c1")] == [("r-1", 9.0), ("r-2", 7.5)]
    assert [one async for one in sis.results("c2")] == []
    await sis.finish()
    await sis.close()
    assert [row[6] for row in contents(tmp_path)["results.csv"][1:]] == ["9", "7.5"]


async def test_a_title_stays_what_it_is_and_still_cannot_break_out_of_its_cell(tmp_path: Path) -> None:
    roster(tmp_path)
    titles = [
        "=1+1",
        "@SUM(A1)",
        '"quoted", and more',
        "\t=cmd|' /C calc'!A0",
        "a\r\nb,c",
        "\x1b[2J\u202e\x00",
        "😀" * 9,
    ]
    sis = opened(tmp_path)
    for number, title in enumerate(titles):
        await sis.put_line_item(replace(ITEM, sourced_id=f"li-{number}", title=title))
    await sis.finish()
    await sis.close()
    rows = contents(tmp_path)["lineItems.csv"][1:]
    assert [row[3] for row in rows] == [
        "=1+1", "@SUM(A1)", '"quoted", and more', "=cmd|' /C calc'!A0", "a b,c", "\ufffd[2J\ufffd\ufffd", "😀" * 9
    ]  # fmt: skip


async def test_nothing_is_there_before_the_run_is_over_and_nothing_if_it_fails(tmp_path: Path) -> None:
    roster(tmp_path)
    before = sorted(tmp_path.iterdir())
    sis = opened(tmp_path)
    await sis.put_result(RESULT)
    assert sorted(tmp_path.iterdir()) == before
    await sis.close()
    assert sorted(tmp_path.iterdir()) == before


async def test_a_run_that_put_nothing_publishes_nothing(tmp_path: Path) -> None:
    sis = opened(tmp_path)
    await sis.finish()
    assert sis.published is None
    await sis.close()
    assert list(tmp_path.iterdir()) == []


async def test_the_guard_is_asked_right_before_the_file_appears(tmp_path: Path) -> None:
    class Gone(Exception):
        pass

    def guard() -> None:
        raise Gone

    sis = opened(tmp_path, guard=guard)
    await sis.put_result(RESULT)
    with pytest.raises(Gone):
        await sis.finish()
    await sis.close()
    assert list(tmp_path.iterdir()) == []


async def test_a_write_that_fails_leaves_no_part_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sis = opened(tmp_path)
    await sis.put_result(RESULT)

    def no_room(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(SisError) as caught:
        await sis.finish()
    assert caught.value.cause == "disk_full"
    await sis.close()
    assert list(tmp_path.iterdir()) == []


async def test_the_file_has_a_name_of_its_own_in_each_run(tmp_path: Path) -> None:
    sis = opened(tmp_path)
    await sis.put_result(RESULT)
    await sis.finish()
    await sis.close()
    assert sis.published is not None
    assert re.fullmatch(r"gradesync-20261123T070000\d{6}Z-delta\.zip", sis.published)
    assert [path.name for path in tmp_path.iterdir()] == [sis.published]


async def test_categories_and_periods_come_from_the_siss_own_files(tmp_path: Path) -> None:
    roster(tmp_path)
    sis = opened(tmp_path)
    found = await sis.categories()
    assert [(one.title, one.class_id, one.active) for one in found] == [
        ("Homework", None, True),
        ("Labs, wet", "c1", True),
        ("Old", None, False),
    ]
    [period] = await sis.grading_periods()
    assert (period.sourced_id, period.start, period.end) == ("q2", date(2026, 11, 1), date(2027, 1, 20))
    await sis.close()


async def test_a_folder_without_the_siss_files_has_no_categories(tmp_path: Path) -> None:
    sis = opened(tmp_path)
    assert await sis.categories() == []
    assert await sis.grading_periods() == []
    with pytest.raises(SisRefused) as caught:
        await sis.put_line_item(ITEM)
    assert caught.value.cause == "class_unknown"
    await sis.close()


@pytest.mark.parametrize("content", [b"\xff\xfe", b'sourcedId,title\n"unclosed', b'sourcedId,title\na,"b"c\n'])
async def test_a_roster_file_that_cannot_be_read_is_explained(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "categories.csv").write_bytes(content)
    sis = opened(tmp_path)
    with pytest.raises(SisBadAnswer) as caught:
        await sis.categories()
    assert "categories.csv" in str(caught.value)
    await sis.close()


async def test_a_roster_file_beyond_all_bounds_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradesync_tui.sis.csv._ROSTER_LIMIT", 100)
    (tmp_path / "categories.csv").write_text("x" * 1000)
    sis = opened(tmp_path)
    with pytest.raises(SisError, match="larger than"):
        await sis.categories()
    await sis.close()


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"sourced_id": ""}, "sis_refused"),
        ({"sourced_id": "a b"}, "sis_refused"),
        ({"student_id": "s,1"}, "sis_refused"),
        ({"student_id": "x" * 256}, "sis_refused"),
        ({"score": float("nan")}, "score_not_numeric"),
    ],
)
async def test_what_a_file_cannot_hold_is_refused_when_it_is_put(tmp_path: Path, change: Any, cause: str) -> None:
    sis = opened(tmp_path)
    with pytest.raises(SisRefused) as caught:
        await sis.put_result(replace(RESULT, **change))
    assert caught.value.cause == cause
    await sis.finish()
    await sis.close()
    assert list(tmp_path.iterdir()) == []


async def test_a_term_stands_in_where_no_grading_period_holds_the_due_date(tmp_path: Path) -> None:
    roster(tmp_path)
    sis = opened(tmp_path)
    await sis.put_line_item(replace(ITEM, due_date=parse_instant("2026-09-20T12:00:00Z")))
    await sis.finish()
    await sis.close()
    assert contents(tmp_path)["lineItems.csv"][1][9] == "t1"


async def test_doctor_says_what_is_wrong_with_a_folder(tmp_path: Path) -> None:
    roster(tmp_path)
    good = opened(tmp_path)
    assert [one.ok for one in await good.check()] == [True, True, True]
    assert len(list(tmp_path.iterdir())) == 3
    gone = opened(tmp_path / "nowhere")
    findings = await gone.check()
    assert not findings[0].ok
    assert "nowhere" in findings[0].what
    await good.close()
    await gone.close()


@pytest.mark.parametrize("url", ["ftp://host/x", "https://host/x", "sftp://user:pw@host/x", "sftp://host:port/x"])
def test_an_address_that_is_no_place_for_files_is_refused(url: str) -> None:
    with pytest.raises(SisRefused) as caught:
        opened(url)
    assert "pw" not in str(caught.value)


async def test_what_a_failed_run_could_not_publish_goes_with_the_next(tmp_path: Path, outbox: Path) -> None:
    drop = tmp_path / "drop"
    first = opened(drop)
    await first.put_result(RESULT)
    with pytest.raises(SisRefused):
        await first.finish()
    await first.close()
    assert len(waiting(outbox)) == 1
    assert waiting(outbox)[0].stat().st_mode & 0o077 == 0

    drop.mkdir()
    second = opened(drop)
    await second.put_result(replace(RESULT, sourced_id="r-2", student_id="s2"))
    await second.finish()
    await second.close()
    assert [row[0] for row in contents(drop)["results.csv"][1:]] == ["r-1", "r-2"]
    assert waiting(outbox) == []


async def test_a_run_that_is_killed_loses_nothing_that_it_put(tmp_path: Path, outbox: Path) -> None:
    child = os.fork()
    if child == 0:  # the process that dies without a word, in the middle of writing a record
        spool = Spool(Result, outbox / "place")
        spool.put(RESULT)
        spool._file.write(b'{"sourced_id": "half')
        spool._file.flush()
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    found = Spool(Result, outbox / "place")
    assert list(found.all()) == [RESULT]
    found.close()


async def test_records_of_a_run_that_still_lives_are_left_to_it(tmp_path: Path, outbox: Path) -> None:
    alive = Spool(Result, outbox)
    alive.put(RESULT)
    other = Spool(Result, outbox)
    assert len(other) == 0
    alive.close()
    later = Spool(Result, outbox)
    assert list(later.all()) == [RESULT]
    later.published()
    later.close()
    other.close()
    assert waiting(outbox) == []


async def test_looking_at_a_place_for_files_touches_no_outbox(tmp_path: Path, outbox: Path) -> None:
    sis = opened(tmp_path)
    await sis.check()
    await sis.close()
    assert not outbox.exists()
