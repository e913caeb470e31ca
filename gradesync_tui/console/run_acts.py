"""What a person does with runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradesync_tui.console.screens.confirm import ConfirmScreen
from gradesync_tui.domain.records import Run
from gradesync_tui.domain.text import clean, count

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp

_LINES = 6
"""How many runs a question names; what more there are is counted."""


def reason_against_cancelling(runs: Sequence[Run]) -> str | None:
    """Why none of these runs can be cancelled; None if one can."""
    if not runs:
        return "There is no run here."
    if any(_can_stop(run) for run in runs):
        return None
    if len(runs) > 1:
        return "All of these runs have ended, or are told to stop."
    run = runs[0]
    if run.status.finished:
        return f"Run {run.id:,} has ended: {run.status}."
    return f"Run {run.id:,} is told to stop by {clean(run.cancel_by or '')}: it ends after what it is sending now."


async def cancel(program: ConsoleApp, runs: Sequence[Run]) -> None:
    """Cancel runs that are queued or in progress, after asking; those that end meanwhile are named."""
    going = [run for run in runs if _can_stop(run)]
    if not going:
        program.tell(reason_against_cancelling(runs) or "", "warning")
        return
    if len(going) == 1:
        question, effects = f"Cancel run {going[0].id:,}?", _effects(going[0])
    else:
        question = f"Cancel {count(len(going), 'run')}?"
        effects = [f"  Run {run.id:,}, {run.status}, asked for by {clean(run.requested_by)}" for run in going[:_LINES]]
        if len(going) > _LINES:
            effects.append(f"  and {len(going) - _LINES} more")
        effects.append("What they sent stays sent; the rest goes with the next run.")
    yes = "Cancel the run" if len(going) == 1 else "Cancel the runs"
    if await program.push_screen_wait(ConfirmScreen(question, effects, yes)) is None:
        return
    stopped: list[Run] = []
    ended: list[Run] = []
    for run in going:
        now = await program.services.cancel(run.id)
        # One that waited ends at once by this; one that had ended by itself stays as it is.
        (stopped if now.cancel_by else ended).append(now)
    said = []
    if stopped:
        said.append(f"{_runs(stopped)} told to stop.")
    said += [f"Run {run.id:,} had ended before: {run.status}." for run in ended]
    program.tell(" ".join(said), "warning" if ended else "done")


def _effects(run: Run) -> list[str]:
    sent = run.counts.assignments + run.counts.scores
    return [
        f"{run.type}, asked for by {clean(run.requested_by)}.",
        f"{count(sent, 'record')} went already and stay; the rest goes with the next run."
        if sent
        else "Nothing was sent yet.",
    ]


def _runs(runs: Sequence[Run]) -> str:
    return f"Run {runs[0].id:,} is" if len(runs) == 1 else f"{count(len(runs), 'run')} are"


def _can_stop(run: Run) -> bool:
    return not run.status.finished and not run.cancel_by
