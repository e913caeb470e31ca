"""What a person does with a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradesync_tui.console.screens.confirm import ConfirmScreen
from gradesync_tui.domain.records import Run
from gradesync_tui.domain.text import clean, count

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp


async def cancel(program: ConsoleApp, run: Run) -> None:
    """Cancel a run that is queued or in progress, after asking."""
    if run.status.finished:
        program.tell(f"Run {run.id:,} has ended: {run.status}.", "warning")
        return
    sent = run.counts.assignments + run.counts.scores
    effects = [f"{run.type}, asked for by {clean(run.requested_by)}."]
    effects.append(
        f"{count(sent, 'record')} went already and stay; the rest goes with the next run."
        if sent
        else "Nothing was sent yet."
    )
    answer = await program.push_screen_wait(ConfirmScreen(f"Cancel run {run.id:,}?", effects, "Cancel the run"))
    if answer is not None:
        await program.services.cancel(run.id)
        program.tell(f"Run {run.id:,} is told to stop.")
