"""Rows and words, without any terminal."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gradesync_tui.console.presenters import charts, problems, runs, schedules
from gradesync_tui.console.presenters.cells import Cell, Column, Span, cell, fit, number, place, shorten_all, wrap
from gradesync_tui.console.presenters.link import Link, fit_crumbs, state
from gradesync_tui.console.presenters.schedule_form import Form, read, read_recurrence, typed
from gradesync_tui.console.presenters.search import rank
from gradesync_tui.domain.clock import HOUR, MINUTE, SECOND, parse_instant
from gradesync_tui.domain.records import CauseCount, Counts, Engine, Outcome, Pause, Run, Schedule, StageProgress
from gradesync_tui.domain.recurrence import AtTimes, Cron, Every
from gradesync_tui.domain.words import Action, RecordKind, RunStatus, Stage, SyncType

NOW = parse_instant("2026-11-23T18:26:00Z")
ZONE = "America/New_York"


def a_schedule(**changes: Any) -> Schedule:
    return Schedule(
        **{
            "id": 7,
            "account_id": 1,
            "type": SyncType.GRADE_PASSBACK,
            "recurrence": Every(4, "hours"),
            "first_run": parse_instant("2026-08-18T10:00:00Z"),
            "zone": ZONE,
            "posted_by": "Dana",
            "created_at": NOW,
            "next_run": NOW + 34 * MINUTE,
            **changes,
        }
    )


def a_run(**changes: Any) -> Run:
    return Run(
        **{
            "id": 4812,
            "account_id": 1,
            "type": SyncType.GRADE_PASSBACK,
            "status": RunStatus.IN_PROGRESS,
            "requested_by": "Ana",
            "requested_at": NOW,
            "updated_at": NOW,
            "started_at": NOW - 42 * SECOND,
            "stage": Stage.POST_SUBMISSIONS,
            "counts": Counts(assignments=118, scores=2341, blocked=3),
            **changes,
        }
    )


def plain(spans: tuple[Span, ...]) -> str:
    return "".join(span.text for span in spans)


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("Warm-up", 10, "Warm-up   "),
        ("Warm-up", 7, "Warm-up"),
        ("Warm-up", 5, "Warm…"),
        ("日本語のテスト", 6, "日本… "),
        ("", 3, "   "),
    ],
)
def test_what_does_not_fit_ends_in_an_ellipsis_and_fills_its_width(text: str, width: int, shown: str) -> None:
    assert plain(fit(cell(text), width)) == shown


def test_numbers_stand_at_the_right_with_separators() -> None:
    assert plain(fit(number(12345), 8, "right")) == "  12,345"
    assert number(None).plain == "–"


def test_columns_give_way_by_rank_and_share_what_is_left() -> None:
    columns = (Column("a", "A", 10, 20), Column("b", "B", 10, 10, rank=2), Column("c", "C", 10, 10, rank=1))
    assert [one.key for one in place(columns, 34)] == ["a", "b", "c"]
    assert [one.key for one in place(columns, 33)] == ["a", "c"]
    assert [one.key for one in place(columns, 12)] == ["a"]
    assert place(columns, 40)[0].width == 16


def test_a_name_is_whole_before_others_grow_and_before_a_luxury_is_shown() -> None:
    columns = (
        Column("name", "N", 8, 60, hugs=True),
        Column("next", "X", 6, 20),
        Column("zone", "Z", 5, 5, rank=5),
    )
    needs = {"name": 24}
    assert {one.key: one.width for one in place(columns, 35, needs)} == {"name": 24, "next": 9}
    assert {one.key: one.width for one in place(columns, 39, needs)} == {"name": 24, "next": 6, "zone": 5}


def test_what_is_extra_goes_whole_before_anything_is_cut() -> None:
    paused = Cell((Span("‖ Paused Nov 20"), Span(", 3:12 PM", extra=True), Span(" by Ben", extra=True)))
    assert plain(fit(paused, 31)) == "‖ Paused Nov 20, 3:12 PM by Ben"
    assert plain(fit(paused, 28)) == "‖ Paused Nov 20, 3:12 PM    "
    assert plain(fit(paused, 20)) == "‖ Paused Nov 20     "
    assert plain(fit(paused, 10)) == "‖ Paused… "


def test_the_place_where_one_is_stands_whole_in_the_path() -> None:
    path = ["Admin", "Consolidated School District of Riverbend", "SIS Integration"]
    assert fit_crumbs(path, 80, 3) == path
    assert fit_crumbs(path, 42, 3) == ["Admin", "Consolidated Sc…", "SIS Integration"]


def test_the_longest_names_give_way_first_so_that_each_stays_recognisable() -> None:
    assert shorten_all(["Unit 3 Test: all that we learned", "Kim", "Physics 1"], 30) == [
        "Unit 3 Test: all…",
        "Kim",
        "Physics 1",
    ]
    assert shorten_all(["Kim", "Lee"], 30) == ["Kim", "Lee"]


def test_a_section_that_is_named_as_its_course_is_named_once() -> None:
    one = Outcome(run_id=1, at=NOW, kind=RecordKind.RESULT, action=Action.BLOCKED, course="Art 5", section="Art 5")
    assert one.names == ["Art 5"]
    assert msgspec.structs.replace(one, section="Period 2", pupil="Kim").names == ["Kim", "Art 5", "Period 2"]


def test_stages_stand_in_a_grid_where_there_is_room() -> None:
    stages = [StageProgress(stage=stage, started_at=NOW, finished_at=NOW, done=118) for stage in Stage]
    grid = runs.stage_grid(a_run(), stages, NOW, 116)
    assert len(grid) == 3 and len({line.width for line in grid}) == 1
    assert [line.plain.index("0:00") for line in grid] == [grid[0].plain.index("0:00")] * 3
    assert runs.stage_grid(a_run(), stages, NOW, 60) == []


def test_long_notices_are_broken_at_blanks() -> None:
    assert [line.plain for line in wrap(cell("one two three four"), 9)] == ["one two", "three", "four"]
    assert [line.plain for line in wrap(cell("a 0123456789 b"), 4)] == ["a", "0123", "4567", "89 b"]


def test_a_paused_schedule_shows_when_and_by_whom_in_place_of_its_next_run() -> None:
    paused = a_schedule(next_run=None, pause=Pause(at=parse_instant("2026-11-20T20:12:00Z"), by="Ben"))
    row = schedules.row(paused, schedules.ScheduleView(NOW))
    assert row["next"].plain == "‖ Paused Nov 20, 3:12 PM by Ben"
    assert row["action"].plain == "▶ Run  ▷ Resume"
    assert schedules.row(a_schedule(), schedules.ScheduleView(NOW))["next"].plain == "Today 2:00 PM    34 min"


def test_signs_have_an_ascii_form() -> None:
    row = runs.row(a_run(), runs.RunView(NOW, ZONE, icons=False))
    assert row["status"].plain == ">> In Progress"
    assert all(ord(char) < 128 or char in "…–" for one in row.values() for char in one.plain)
    buttons = schedules.row(a_schedule(), schedules.ScheduleView(NOW, icons=False))["action"].plain
    assert buttons == "> Run  || Pause"


def test_a_run_shows_what_it_did() -> None:
    row = runs.row(a_run(), runs.RunView(NOW, ZONE))
    assert row["started"].plain == "Today 1:25 PM"
    assert row["took"].plain == "0:42"
    assert (row["assignments"].plain, row["scores"].plain, row["problems"].plain) == ("118", "2,341", "3")
    assert row["stage"].plain == "Post Submissions"


def test_progress_grows_through_the_stages_and_ends_at_one() -> None:
    last = -1.0
    for done in range(10):
        stages = [
            StageProgress(stage=stage, started_at=NOW, finished_at=NOW if at < done else None)
            for at, stage in enumerate(Stage)
        ]
        part = runs.progress(a_run(), stages)
        assert last < part <= 1
        last = part
    assert last == pytest.approx(1.0)
    half = [StageProgress(stage=Stage.POST_SUBMISSIONS, started_at=NOW, done=50, total=100)]
    assert runs.progress(a_run(), half) == pytest.approx(0.19)


@pytest.mark.parametrize("part", [0, 0.001, 0.5, 0.99, 1])
def test_a_bar_is_as_wide_as_asked(part: float) -> None:
    assert runs.bar(part, 20).width == runs.bar_ascii(part, 20).width == 20


def test_time_left_is_said_only_where_it_is_known() -> None:
    going = StageProgress(stage=Stage.POST_SUBMISSIONS, started_at=NOW - 60 * SECOND, done=100, total=300)
    assert runs.time_left(going, NOW) == "about 2:00 left"
    assert runs.time_left(StageProgress(stage=Stage.POST_SUBMISSIONS, started_at=NOW), NOW) == ""


def test_problems_stand_by_cause_and_only_open_ones_show_records() -> None:
    causes = [CauseCount(cause="category_unknown", records=9), CauseCount(cause="no_such_code", records=1)]
    closed = problems.lines(causes, (), {}, width=100)
    assert [line.kind for line in closed] == ["cause", "cause"]
    opened = problems.lines(causes, {"category_unknown"}, {}, width=100)
    assert [line.kind for line in opened][-2:] == ["more", "cause"]
    assert any("Do: " in line.what.plain for line in opened)


@pytest.mark.parametrize("first", ["now", "in 2 hours"])
def test_a_schedule_that_starts_by_no_clock_starts_on_a_full_minute(first: str) -> None:
    fields = {"when": "every 4 hours", "zone": "America/New_York"}
    form = read(fields | {"first": first}, NOW + 35 * SECOND + 155_873)
    assert isinstance(form, Form) and form.first_run % MINUTE == 0
    kept = read(fields | {"first": "2026-11-23T09:30:35.155873-05:00"}, NOW)
    assert isinstance(kept, Form) and kept.first_run % MINUTE, "a first run that is there already is not moved"


def test_what_stopped_the_whole_run_is_told_as_the_run_itself_tells_it() -> None:
    causes = [CauseCount(cause="sis_unavailable", records=0)]
    told = problems.lines(causes, {"sis_unavailable"}, {}, width=100, note="sis.example.org: connection refused")
    assert any("sis.example.org: connection refused" in line.what.plain for line in told)
    assert not any("no more is known" in line.what.plain for line in told)


def test_trend_letters_what_needs_attention() -> None:
    ended = (RunStatus.COMPLETED, RunStatus.FAILED)
    took = [a_run(id=at, status=status, finished_at=NOW) for at, status in enumerate(ended)]
    assert charts.trend(took).plain == "last runs F█"
    assert charts.trend(took, icons=False).plain == "last runs Fc"


def test_charts_are_as_high_and_wide_as_asked() -> None:
    rows = charts.columns([0, 1, 8], 2, "ok")
    assert [row.plain for row in rows] == ["    █", "  ▂ █"]
    assert all(len(row.plain) == 5 for row in charts.columns([0, 1, 8], 3, "ok", icons=False))


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (7, 8), (12, 12), (101, 120), (24_300, 25_000)])
def test_a_chart_ends_at_a_round_number_that_nothing_exceeds(most: int, top: int) -> None:
    assert charts.round_top(most) == top


def test_a_day_with_a_failed_run_bears_a_letter() -> None:
    assert charts.columns([4, 4], 2, "ok", bar=2, marked={1})[-1].plain == "██ F "


def test_the_state_line_says_live_stale_or_paused() -> None:
    engine = Engine(id="e", host="sync-1", pid=1, kind="service", started_at=NOW, last_tick=NOW, working=True)
    link = Link(heard=NOW, engines=(engine,), can_run=True)
    assert state(link, NOW, stale_after=10 * SECOND).plain == "● live · engine sync-1 · ticking"
    assert "stale 14 s" in state(link, NOW + 14 * SECOND, stale_after=10 * SECOND).plain
    assert "tick 14 s ago" in state(
        Link(heard=NOW + 14 * SECOND, engines=(engine,)), NOW + 14 * SECOND, stale_after=10 * SECOND
    ).plain  # fmt: skip
    assert "press E to run one here" in state(Link(heard=NOW, can_run=True), NOW, stale_after=HOUR).plain
    assert state(Link(heard=NOW, still=True), NOW, stale_after=HOUR).plain.startswith("‖ paused by you")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("every 4 hours", Every(4, "hours")),
        ("30m", Every(30, "minutes")),
        ("weekdays 18:00", AtTimes(("18:00",), (0, 1, 2, 3, 4))),
        ("mon,wed at 6:30 PM", AtTimes(("18:30",), (0, 2))),
        ("every day at 6am", AtTimes(("06:00",), (0, 1, 2, 3, 4, 5, 6))),
        ("18:00", AtTimes(("18:00",), (0, 1, 2, 3, 4, 5, 6))),
        ("0 6 * * 1-5", Cron("0 6 * * 1-5")),
    ],
)
def test_a_recurrence_is_read_as_people_type_it(text: str, meant: object) -> None:
    assert read_recurrence(text) == meant
    assert read_recurrence(typed(read_recurrence(text))) == meant


def test_beginnings_of_words_are_found_first() -> None:
    names = ["Repause", "Pause All", "Resume All", "Other"]
    assert rank("pa", names, str)[:2] == ["Pause All", "Repause"]
    assert rank("all pause", names, str) == ["Pause All"]
    assert rank("rsm", names, str) == ["Resume All"]


def test_cells_are_made_safe_where_they_are_made() -> None:
    assert "\x1b" not in cell("a\x1b[31mb").plain and "\n" not in cell("a\nb").plain
    assert isinstance(cell("[/b]"), Cell) and cell("[/b]").plain == "[/b]"
