"""A grade passback: the nine stages, over one slice of the account's courses after another."""

from __future__ import annotations

from collections.abc import Sequence

from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.text import count
from gradesync_tui.domain.words import Level, Stage
from gradesync_tui.sync.assignments import Assignments
from gradesync_tui.sync.snapshot import slices
from gradesync_tui.sync.submissions import Submissions
from gradesync_tui.sync.unlisted import note_quiet_courses
from gradesync_tui.sync.work import CoursePlan, Work


async def run_passback(work: Work) -> None:
    """Carry what changed in Canvas to the SIS; what happened stands in the journal.

    Raises CanvasError or SisError where the run as a whole cannot go on, RunCancelled or StaleClaim where it must not.
    """
    await _learn(work)
    watermarks = await work.store.ledger.watermarks(work.account.id)
    waiting = await work.store.ledger.waiting_assignments(work.account.id)
    listed: set[str] = set()
    async for plans in slices(work):
        listed.update(plan.course_id for plan in plans)
        await _sync(work, plans, watermarks, waiting)
    await note_quiet_courses(work, watermarks, listed)
    if not work.journal.is_finished(Stage.FETCH_SNAPSHOT):  # what came after the last slice, or nothing at all
        await work.journal.finish(Stage.FETCH_SNAPSHOT)
    if not listed:
        await work.journal.log(Level.INFO, 'Canvas lists no assignment that is marked "Sync to SIS".')
    if work.sis.left_out:
        await work.journal.log(
            Level.WARNING,
            f"The SIS listed {count(work.sis.left_out, 'record')} without an id, a line item or a pupil. "
            "They were left out; tell the SIS vendor.",
        )
    if not work.preview:
        await work.sis.finish()
    await work.journal.flush()


async def _learn(work: Work) -> None:
    """What holds for the whole run: the SIS's categories and grading periods, and the account's category rules."""
    await work.journal.begin(Stage.GET_ASSIGNMENTS)
    work.categories = await work.sis.categories()
    work.periods = await work.sis.grading_periods()
    work.rules = await work.store.category_rules.list(work.account.id)
    await work.journal.log(
        Level.INFO,
        f"The SIS has {count(len(work.categories), 'category', 'categories')} and "
        f"{count(len(work.periods), 'grading period')}.",
        Stage.GET_ASSIGNMENTS,
    )


async def _sync(
    work: Work,
    plans: Sequence[CoursePlan],
    watermarks: dict[str, Instant],
    waiting: dict[str, set[str]],
) -> None:
    """One slice, from what Canvas lists to what the ledger holds."""
    journal = work.journal
    drafts = sum(len(plan.drafts) for plan in plans)
    await journal.finish(Stage.FETCH_SNAPSHOT)
    await journal.begin(Stage.TRANSFORM_SNAPSHOT, drafts)
    await journal.advance(Stage.TRANSFORM_SNAPSHOT, drafts)
    await journal.finish(Stage.TRANSFORM_SNAPSHOT)

    assignments = Assignments(work, plans)
    await assignments.get(plans)
    await assignments.transform()
    await assignments.post()

    submissions = Submissions(work, plans, assignments)
    await submissions.get(watermarks, waiting)
    await submissions.transform()
    await submissions.post()

    await journal.begin(Stage.UPDATE_SYNC_TIME, len(plans))
    await journal.watermarks(
        {plan.course_id: work.started_at for plan in plans if plan.course_id not in submissions.unread}
    )
    await journal.advance(Stage.UPDATE_SYNC_TIME, len(plans))
    await journal.finish(Stage.UPDATE_SYNC_TIME)
