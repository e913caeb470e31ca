"""The same seed makes the same district."""

from __future__ import annotations

from typing import Any

from gradesync_tui.domain.clock import DAY, ManualClock, parse_instant
from gradesync_tui.sandbox.district import District

NOW = parse_instant("2026-02-03T15:00:00Z")


def picture(district: District) -> list[Any]:
    """Names, ids and scores of everything."""
    state = district.canvas.state
    return [
        [(one.id, one.name, one.login_id, one.sis_id) for one in state.users.values()],
        [(one.id, one.name, one.sis_id, len(one.sections)) for one in state.courses.values()],
        [(one.user_id, one.section_id, one.state) for one in state.enrollments.values()],
        [
            (one.id, one.name, row.user_id, row.score, row.excused, row.posted_at is None)
            for one in state.assignments.values()
            for row in one.submissions.values()
        ],
        list(district.sis.state.classes),
    ]


def test_same_seed_and_rounds_give_the_same_names_ids_and_scores():
    one, other = (District(seed=7, pupils=100, clock=ManualClock(NOW)) for _ in range(2))
    assert one.teach(3) == other.teach(3)
    assert picture(one) == picture(other)
    assert one.describe()["canvas"]["token"] == other.describe()["canvas"]["token"]


def test_the_day_that_it_is_made_on_changes_dates_alone():
    one, later = (District(seed=7, pupils=50, clock=ManualClock(NOW + days * DAY)) for days in (0, 9))
    one.teach()
    later.teach()
    assert picture(one) == picture(later)


def test_another_seed_gives_another_district():
    one, other = (District(seed=seed, pupils=50, clock=ManualClock(NOW)) for seed in (1, 2))
    assert picture(one) != picture(other)


def test_five_hundred_pupils_fill_140_classes_of_25_and_have_seven_each():
    district = District(pupils=500, clock=ManualClock(NOW))
    sizes = [len(one.pupils) for one in district.plan.classes]
    assert len(sizes) == 140 and set(sizes) == {25}
    assert len(district.canvas.state.courses) == 140


def test_two_schools_from_750_pupils_on():
    assert len(District(pupils=1000, clock=ManualClock(NOW), assignments=0).plan.schools) == 2


def test_a_round_does_the_four_things_that_a_sync_carries():
    done = District(pupils=500, clock=ManualClock(NOW)).teach()
    assert set(done) == {"assignments", "added", "posted", "changed"} and all(done.values())


def test_everything_due_is_due_in_an_open_grading_period_and_short_of_the_strictest_limit():
    district = District(pupils=200, clock=ManualClock(NOW))
    district.teach(5)
    state = district.canvas.state
    for one in state.assignments.values():
        period = state.period_at(one.due_at)
        assert period is not None and period.close_at > NOW
        assert len(one.name) <= 30
    names = [(one.course_id, one.name) for one in state.assignments.values()]
    assert len(names) == len(set(names))
