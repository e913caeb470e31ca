"""Waiting for a run to end, and saying how it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradesync_tui.cli.failures import WorkFailed
from gradesync_tui.cli.shell import Shell
from gradesync_tui.domain.words import RunStatus

if TYPE_CHECKING:
    from gradesync_tui.domain.records import Run
    from gradesync_tui.services import Services

_GOOD = {RunStatus.COMPLETED, RunStatus.WARNING, RunStatus.QUEUED, RunStatus.IN_PROGRESS, RunStatus.HELD}


async def end_of(services: Services, run_id: int) -> Run:
    """The run once nothing further happens to it: what it was merged into, or what carried its work on, is followed."""
    position = await services.feed_position()
    changes = services.watch(since=position)
    while True:
        run = await services.run(run_id)
        if run.merged_into is not None:
            run_id = run.merged_into
            continue
        if run.status is RunStatus.INTERRUPTED:
            later = await services.history(run.account_id, after=run.id, limit=100)
            heir = next((one for one in later if one.continues == run.id), None)
            if heir is None:
                return run
            run_id = heir.id
            continue
        if run.status.finished or run.status is RunStatus.HELD:
            return run
        await anext(changes)


def report(shell: Shell, run: Run) -> None:
    """Say how a run is; WorkFailed if it ended badly, so that a script sees it in the exit code."""
    from gradesync_tui.cli.output import emit, line
    from gradesync_tui.cli.views import run_json
    from gradesync_tui.domain.text import count

    if shell.json:
        emit(run_json(run))
    elif run.status is RunStatus.QUEUED:
        line(f"Run {run.id} is queued.")
    else:
        counts = run.counts
        line(
            f"Run {run.id}: {run.status.value}. {count(counts.assignments, 'assignment')}, "
            f"{count(counts.scores, 'score')} sent, {count(counts.problems, 'problem')}. {run.note}".rstrip()
        )
    if run.status not in _GOOD:
        raise WorkFailed(f"Run {run.id} is {run.status.value}. See why: gradesync runs show {run.id}")
