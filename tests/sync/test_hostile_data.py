"""Whatever Canvas holds is data: nothing crashes, nothing reaches a terminal, and each oddity is explained."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from gradesync_tui.domain.clock import from_datetime
from gradesync_tui.domain.words import RunStatus

HOSTILE = {
    "markup": "[bold red]x[/] [/nope] [@click=app.quit]go[/]",
    "an escape sequence": "\x1b]0;owned\x07\x1b[2J\x1b[31mred",
    "C1 controls": "a\x9b31mb\x85c",
    "right-to-left marks": "\u202egpj.exe\u2066\u2069",
    "ten thousand characters": "x" * 10_000,
    "NUL": "a\x00b",
    "emoji": "👩‍👩‍👧‍👦 Ünïcode ﷽",
    "a formula": '=HYPERLINK("http://evil","click")',
    "nothing but blanks": " \t\n ",
    "format fields": "{0.__class__} %s {assignment}",
}
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
RAW = {"answer"}


def _first(here: Any) -> Any:
    """An assignment with grades in a section from the SIS."""
    for course in here.district.canvas.state.courses.values():
        if course.state == "available" and any(section.sis_id for section in course.sections):
            for assignment in course.assignments.values():
                if assignment.post_to_sis and any(one.score is not None for one in assignment.submissions.values()):
                    return course, assignment
    raise AssertionError("the district has no graded assignment")


async def shown(here: Any, run_id: int) -> list[str]:
    """Every text of a run that a person may be shown or handed."""
    outcomes = await here.store.runs.outcomes(run_id, limit=10_000)
    texts = [
        text
        for one in outcomes
        for text in (one.course, one.section, one.assignment, one.pupil, one.sent, one.before, *one.details.values())
    ]
    texts += [line.text for line in await here.store.runs.log(run_id)]
    run = await here.store.runs.get(run_id)
    return [*texts, run.note, run.requested_by]


@pytest.mark.parametrize("kind", HOSTILE)
async def test_hostile_names_stop_no_sync_and_keep_no_control_character(office: Any, kind: str) -> None:
    here = await office()
    text = HOSTILE[kind]
    course, assignment = _first(here)
    course.name = assignment.name = text
    for section in course.sections:
        section.name = text
    user = here.district.canvas.state.users[next(iter(assignment.submissions))]
    user.name = user.sortable_name = text
    for group in course.groups:
        if group.id == assignment.group_id:
            group.name = text
    run = await here.sync()
    assert run.status in (RunStatus.COMPLETED, RunStatus.WARNING), run
    assert run.counts.scores > 0, "the other assignments still went"
    found = await here.causes(run)
    assert "unknown" not in found and "internal" not in found, found
    assert run.status is RunStatus.WARNING
    assert found.keys() & {"category_unknown", "title_too_long", "title_empty"}
    assert not [one for one in await shown(here, run.id) if UNSAFE.search(one)]


@pytest.mark.parametrize(
    ("score", "grade", "cause"),
    [
        (-5.0, "-5", "score_below_minimum"),
        (1e308, "1e308", "score_too_large"),
        (None, "A-", "score_not_numeric"),
        (None, "complete", "score_not_numeric"),
    ],
)
async def test_a_score_that_is_none_is_explained_and_the_others_go(
    office: Any, score: float | None, grade: str, cause: str
) -> None:
    here = await office()
    _, assignment = _first(here)
    submission = next(one for one in assignment.submissions.values() if one.score is not None and one.posted_at)
    submission.score, submission.grade = score, grade
    run = await here.sync()
    assert run.status is RunStatus.WARNING
    assert await here.causes(run) == {cause: 1}
    [problem] = await here.problems(run)
    assert problem.pupil and problem.assignment == assignment.name
    found = await here.difference()
    assert found.total <= 1, "only this one is missing, where the judge takes it for a grade at all"


@pytest.mark.parametrize("year", [1, 9999])
async def test_a_due_date_at_the_end_of_the_calendar_is_explained(office: Any, year: int) -> None:
    here = await office()
    _, assignment = _first(here)
    assignment.due_at = from_datetime(datetime(year, 6, 1, tzinfo=UTC))
    run = await here.sync()
    assert run.status is RunStatus.WARNING
    assert await here.causes(run) == {"due_date_outside_period": 1}
