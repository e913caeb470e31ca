"""What a grade passback promises, over real HTTP against the embedded district."""

from __future__ import annotations

from typing import Any

from gradesync_tui.domain.words import RunStatus, Stage


async def test_the_first_sync_makes_both_gradebooks_agree(office: Any) -> None:
    here = await office()
    run = await here.sync()
    assert run.status is RunStatus.COMPLETED, (run.note, await here.causes(run))
    assert run.counts.scores > 50
    found = await here.difference()
    assert (found.total, found.compared) == (0, run.counts.scores), found


async def test_nothing_is_sent_again_when_nothing_was_graded(office: Any) -> None:
    here = await office()
    await here.sync()
    run = await here.sync()
    assert run.status is RunStatus.COMPLETED
    assert (run.counts.assignments, run.counts.scores) == (0, 0)


async def test_each_of_the_four_changes_arrives_and_is_counted_under_its_name(office: Any) -> None:
    here = await office()
    await here.sync()
    taught = here.district.teach(rounds=3)
    run = await here.sync()
    assert (await here.difference()).total == 0
    assert run.counts.new_assignments and run.counts.scores_added and run.counts.scores_changed, (taught, run.counts)


async def test_all_nine_stages_are_walked_in_order(office: Any) -> None:
    here = await office()
    run = await here.sync()
    stages = await here.store.runs.stages(run.id)
    assert [one.stage for one in stages] == list(Stage)
    assert all(one.finished_at is not None for one in stages), stages
