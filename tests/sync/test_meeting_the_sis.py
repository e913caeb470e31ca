"""What the SIS has already is recognised; both versions, dialects and ways of signing carry the same grades."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import stamina

from gradesync_tui.domain.words import Action, RecordKind, RunMode, RunStatus
from gradesync_tui.sandbox.canvas.grading import give, grade_text


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    stamina.set_testing(True, attempts=3, cap=True)
    yield
    stamina.set_testing(False)


class Grade:
    """One pupil's grade that has been sent: Canvas's side of it, the ledger's and the SIS's."""

    def __init__(self, here: Any, entry: Any) -> None:
        state = here.district.canvas.state
        self.here = here
        self.entry = entry
        self.course = state.courses[int(entry.course_id)]
        self.assignment = self.course.assignments[int(entry.assignment_id)]
        user = next(one.id for one in state.users.values() if one.sis_id == entry.student_id)
        self.submission = self.assignment.submissions[user]

    @property
    def held(self) -> Any:
        return self.here.district.sis.state.results[self.entry.sourced_id]

    def change(self, score: float | None, *, excused: bool = False, quiet: bool = False) -> None:
        grade = None if score is None else grade_text(self.assignment, score)
        give(
            self.here.district.canvas.state, self.assignment, self.submission, self.here.clock.now(), 1,
            score=score, grade=grade, excused=excused, quiet_excuse=quiet,
        )  # fmt: skip


async def sent_grade(here: Any) -> Grade:
    """A numeric grade that the SIS has."""
    line_items = here.district.sis.state.items_of_class
    for class_id in sorted(line_items):
        for item in sorted(line_items[class_id]):
            ids = [
                one.assignment_id for one in await here.store.ledger.entries(here.account.id, _course(here, class_id))
            ]
            found = await here.store.ledger.results(here.account.id, class_id, sorted(set(ids)))
            for entry in found:
                if entry.state == "sent" and entry.sent not in ("", "exempt") and item:
                    return Grade(here, entry)
    raise AssertionError("the district has sent nothing")


def _course(here: Any, class_id: str) -> str:
    for course in here.district.canvas.state.courses.values():
        if any(section.sis_id == class_id for section in course.sections):
            return str(course.id)
    raise AssertionError(class_id)


OAUTH1 = {"client_id": "env:TEST_SIS_KEY1", "client_secret": "env:TEST_SIS_SECRET1"}
WAYS = {
    "1.1, OAuth 1.0a SHA-1": {"auth": "oauth1-sha1", **OAUTH1},
    "1.1, OAuth 1.0a SHA-256": {"auth": "oauth1-sha256", **OAUTH1},
    "1.1, modified": {"dialect": "modified"},
    "1.2": {"version": "1.2"},
    "1.2, modified": {"version": "1.2", "dialect": "modified"},
    "1.2, bulk": {"version": "1.2", "profile": "bulky"},
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_of_speaking_to_the_sis_carries_every_grade_once(
    office: Any, way: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await office()
    options = dict(WAYS[way])
    (tmp_path / "bulky.toml").write_text('extends = "plain"\nlabel = "Bulky"\nbulk = true\n')
    monkeypatch.setenv("GRADESYNC_PROFILES", str(tmp_path))
    if options.get("dialect") == "modified":
        here.district.sis_settings.dialect = "modified"
    if options.get("version") == "1.2":
        options["url"] = here.district.describe()["sis"]["url_v1p2"]
    await here.connect_sis(**options)
    run = await here.sync()
    assert run.status is RunStatus.COMPLETED, (run.note, await here.causes(run), (await here.problems(run))[:2])
    here.district.teach(rounds=2)
    run = await here.sync()
    assert run.status is RunStatus.COMPLETED, (run.note, await here.causes(run))
    again = await here.sync()
    assert (again.counts.assignments, again.counts.scores) == (0, 0)
    found = await here.difference()
    assert (found.total, found.doubled) == (0, 0), found
    posted = [
        one
        for one in here.district.traffic.log
        if one.method == "POST" and one.path.endswith(("/results", "/lineItems"))
    ]
    assert bool(posted) is (way == "1.2, bulk")


async def test_a_lost_ledger_finds_every_record_again_and_doubles_none(office: Any) -> None:
    """A fresh database over a SIS that already has everything, under ids that somebody else chose."""
    here = await office()
    here.district.sis_settings.dialect = "modified"
    await here.connect_sis(dialect="modified")
    await here.sync()
    results = len(here.district.sis.state.results)
    here.lose_ledger()
    run = await here.sync(RunMode.FULL)
    assert run.status is RunStatus.COMPLETED
    assert run.counts.created == 0
    assert len(here.district.sis.state.results) == results


async def test_two_line_items_of_the_same_name_and_day_are_an_error_never_a_guess(office: Any) -> None:
    here = await office()
    await here.sync()
    grade = await sent_grade(here)
    state = here.district.sis.state
    item = state.line_items[grade.held.line_item]
    for number in (1, 2):
        twin = type(item)(**{name: getattr(item, name) for name in item.__slots__} | {"id": f"made-by-hand-{number}"})
        state.put_item(twin)
    state.delete_item(item)
    here.lose_ledger()
    run = await here.sync(RunMode.FULL)
    assert run.status is RunStatus.WARNING
    [problem] = await here.problems(run)
    assert (problem.cause, problem.assignment) == ("ambiguous_match", item.title)


async def test_a_score_changed_in_the_sis_is_put_right_by_a_full_compare(office: Any) -> None:
    here = await office()
    await here.sync()
    grade = await sent_grade(here)
    grade.held.score += 1
    assert (await here.difference()).different == 1
    run = await here.sync(RunMode.FULL)
    assert run.counts.scores == 1
    assert (await here.difference()).total == 0


@pytest.mark.parametrize(("policy", "action"), [("keep", Action.WAITING), ("flag", Action.BLOCKED)])
async def test_a_score_changed_in_the_sis_stays_where_the_policy_says_so(
    office: Any, policy: str, action: Action
) -> None:
    here = await office()
    await here.sync()
    await here.policies(sis_edits=policy)
    grade = await sent_grade(here)
    edited = grade.held.score = grade.held.score + 1
    grade.change(grade.submission.score - 1)
    run = await here.sync()
    assert grade.held.score == edited
    [outcome] = [one for one in await here.store.runs.outcomes(run.id) if one.cause == "sis_edited"]
    assert outcome.action is action


async def test_an_excuse_that_leaves_no_trace_is_found_by_the_full_compare(office: Any) -> None:
    here = await office()
    await here.sync()
    grade = await sent_grade(here)
    grade.change(None, excused=True, quiet=True)
    await here.sync(RunMode.FULL)
    assert grade.held.status == "exempt"


async def test_a_deleted_grade_is_never_deleted_in_the_sis_unless_policy_and_sis_allow_it(
    office: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await office()
    await here.sync()
    grade = await sent_grade(here)
    grade.change(None)
    run = await here.sync(RunMode.FULL)
    assert grade.entry.sourced_id in here.district.sis.state.results
    assert [one.cause for one in await here.store.runs.outcomes(run.id) if one.action is Action.WAITING] == [
        "grade_deleted"
    ]

    (tmp_path / "erasing.toml").write_text('extends = "progressbook"\nlabel = "Erasing"\ndeletes = true\n')
    monkeypatch.setenv("GRADESYNC_PROFILES", str(tmp_path))
    here.district.sis_settings.rules = replace(here.district.sis_settings.rules, deletes=True)
    await here.connect_sis(profile="erasing")
    await here.policies(deletes="clear")
    run = await here.sync(RunMode.FULL)
    assert run.counts.deleted == 1, await here.causes(run)
    assert grade.entry.sourced_id not in here.district.sis.state.results


async def test_a_record_that_vanished_from_the_sis_is_made_anew(office: Any) -> None:
    here = await office()
    await here.sync()
    grade = await sent_grade(here)
    here.district.sis.state.delete_result(grade.held)
    run = await here.sync(RunMode.FULL)
    assert run.status is RunStatus.COMPLETED
    assert (await here.difference()).total == 0


async def test_an_assignment_that_comes_back_brings_the_scores_given_meanwhile(office: Any) -> None:
    """Sync to SIS was off while a pupil was graded; the course's watermark has moved past that."""
    here = await office()
    await here.sync()
    grade = await sent_grade(here)
    grade.assignment.post_to_sis = False
    await here.sync()
    grade.change(max(0.0, grade.submission.score - 1))
    here.district.teach(rounds=1)
    await here.sync()
    grade.assignment.post_to_sis = True
    grade.submission.graded_at -= 3_600_000_000
    run = await here.sync()
    assert run.status is RunStatus.COMPLETED
    assert grade.held.score == grade.submission.score
    assert (await here.difference()).total == 0


async def test_a_changed_due_date_reaches_the_sis(office: Any) -> None:
    here = await office()
    await here.sync()
    grade = await sent_grade(here)
    before = here.district.sis.state.line_items[grade.held.line_item].due
    grade.assignment.due_at += 86_400_000_000
    run = await here.sync()
    assert run.counts.assignments >= 1
    assert here.district.sis.state.line_items[grade.held.line_item].due != before
    outcomes = await here.store.runs.outcomes(run.id, kind=RecordKind.LINE_ITEM)
    assert {one.action for one in outcomes} == {Action.UPDATED}
