"""The judge finds every kind of disagreement between the two gradebooks, and nothing where there is none."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from gradesync_tui.domain.clock import iso
from gradesync_tui.sandbox.difference import difference
from gradesync_tui.sandbox.district import District


async def carry(district: District, c: Any) -> None:
    """Send the SIS what it should have, by the shortest way that there is."""
    canvas, sis = district.canvas.state, district.sis.state
    for course in canvas.courses.values():
        groups = {group.id: group.name for group in course.groups}
        for section in course.sections:
            pupils = sorted(sis.pupils_of_class[section.sis_id])
            users = {
                canvas.users[one.user_id].sis_id: one.user_id for one in course.enrollments if one.state == "active"
            }
            for one in course.assignments.values():
                if one.state != "published" or not one.post_to_sis:
                    continue
                category = next(
                    two.id
                    for two in sis.categories.values()
                    if two.title == groups[one.group_id] and two.klass in (None, section.sis_id)
                )
                item = f"{section.sis_id}/{one.id}".replace("/", "-")
                due = next((two.due_at for two in one.overrides if two.section_id == section.id), one.due_at)
                record = c.line_item(item, title=one.name, dueDate=iso(due), resultValueMax=one.points)
                record["class"]["sourcedId"], record["category"]["sourcedId"] = section.sis_id, category
                assert (await c.put(record))[0] == 201
                for pupil in pupils:
                    row = one.submissions[users[pupil]]
                    if row.posted_at is None or not row.is_graded:
                        continue
                    status = "exempt" if row.excused else "fully graded"
                    result = c.result(f"{item}-{pupil}", item, score=row.score or 0.0, scoreStatus=status)
                    result["student"]["sourcedId"] = pupil
                    assert (await c.put(result))[0] == 201


@pytest_asyncio.fixture
async def agreed(district, client):
    """A district whose gradebooks agree."""
    d = await district()
    c = client(d)
    await carry(d, c)
    return d, c


async def test_what_was_carried_agrees(agreed):
    d, _ = agreed
    found = await difference(d.describe())
    assert found.total == 0 and found.compared > 200 and found.examples == []


async def test_an_empty_sis_lacks_every_grade(district):
    found = await difference((await district()).describe())
    assert found.missing == found.compared == found.total > 200
    assert len(found.examples) == 10 and found.examples[0].startswith("missing: P1")


async def test_a_changed_score_and_a_lost_one_are_found(agreed):
    d, _ = agreed
    one, other = list(d.sis.state.results.values())[:2]
    one.score = 99.0
    d.sis.state.delete_result(other)
    found = await difference(d.describe())
    assert (found.different, found.missing, found.total) == (1, 1, 2)


async def test_an_excuse_that_never_came_is_a_difference(agreed):
    d, _ = agreed
    row = next(
        row
        for one in d.canvas.state.assignments.values()
        for row in one.submissions.values()
        if one.post_to_sis and row.score is not None and row.posted_at and d.canvas.state.users[row.user_id].sis_id
    )
    row.score, row.grade, row.excused = None, None, True
    assert (await difference(d.describe())).different == 1


async def test_second_records_are_doubled(agreed):
    d, c = agreed
    result = next(iter(d.sis.state.results.values()))
    again = c.result("again", result.line_item, score=result.score or 0.0)
    again["student"]["sourcedId"] = result.student
    await c.put(again)
    found = await difference(d.describe())
    assert (found.doubled, found.total) == (1, 1)
    d.sis_settings.rules = d.sis_settings.rules.__class__()
    item = next(iter(d.sis.state.line_items.values()))
    twin = c.line_item("twin", title=item.title, dueDate=item.due)
    twin["class"]["sourcedId"], twin["category"]["sourcedId"] = item.klass, item.category
    assert (await c.put(twin))[0] == 201
    assert (await difference(d.describe())).doubled == 2


async def test_what_nothing_in_canvas_stands_behind_is_foreign(agreed):
    d, c = agreed
    await c.put(c.line_item("stray", title="Entered by hand"))
    found = await difference(d.describe())
    assert (found.foreign, found.total) == (1, 1) and "Entered by hand" in found.examples[0]


async def test_a_grade_taken_away_or_hidden_again_is_left_and_no_difference(agreed):
    d, _ = agreed
    rows = [
        row
        for one in d.canvas.state.assignments.values()
        for row in one.submissions.values()
        if one.post_to_sis and row.score is not None and row.posted_at and d.canvas.state.users[row.user_id].sis_id
    ][:2]
    rows[0].score = rows[0].grade = None
    rows[1].posted_at = None
    found = await difference(d.describe())
    assert (found.left, found.total) == (2, 0)


async def test_what_the_sis_would_refuse_is_not_missed(district):
    d = await district()
    before = (await difference(d.describe())).compared
    d.teachers.make_mistakes(1)
    after = await difference(d.describe())
    no_longer = before - after.compared
    assert 0 <= no_longer <= 60
    d.sis_settings.rules = d.sis_settings.rules.__class__(category="any")
    assert (await difference(d.describe())).compared > after.compared + 50


async def test_results_of_a_pupil_who_lost_the_sis_id_are_not_foreign(agreed):
    d, _ = agreed
    next(one for one in d.canvas.state.users.values() if one.sis_id == "P100003").sis_id = None
    assert (await difference(d.describe())).total == 0


async def test_a_side_that_refuses_is_an_error_and_no_verdict(district):
    d = await district(faults="sis:refuse(path=results)")
    with pytest.raises(RuntimeError, match="the SIS answered 422"):
        await difference(d.describe())
    description = d.describe()
    description["canvas"]["token"] = "wrong"
    d.traffic.faults.clear()
    with pytest.raises(RuntimeError, match="Canvas answered 401"):
        await difference(description)


async def test_teachers_of_any_moment_keep_the_district_valid(district, client):
    d = await district()
    d.teach(3)
    await carry(d, client(d))
    assert (await difference(d.describe())).total == 0
