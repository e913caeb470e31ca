"""The first start: what is still missing for grades to move, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradesync_tui.console.presenters.cells import Cell, Column, Span, cell
from gradesync_tui.domain.records import AccountSummary, CanvasConnection, SisConnection
from gradesync_tui.domain.text import clean

COLUMNS: tuple[Column, ...] = (
    Column("mark", "", 2, 3),
    Column("what", "", 18, 20),
    Column("about", "", 20, 100),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step on the way until grades move. done: what was done, in words; empty as long as it is not."""

    number: int
    title: str
    about: str
    done: str = ""


def steps(
    summaries: Sequence[AccountSummary], canvas: CanvasConnection | None, sis: SisConnection | None
) -> list[Step]:
    """What is to be done, in order; none when everything is there, or when there are several accounts."""
    if len(summaries) > 1:
        return []
    account = summaries[0] if summaries else None
    schedules = account.active + account.paused if account is not None else 0
    listed = [
        Step(1, "Add your district", "its name and its time zone", account.account.name if account else ""),
        Step(2, "Connect Canvas", "its address and a token; it is tried at once", canvas.url if canvas else ""),
        Step(3, "Connect the SIS", "its address and its kind; it is tried at once", sis.url if sis else ""),
        Step(4, "Make a schedule", "when grades go, such as every 4 hours", str(schedules or "")),
    ]
    return [] if all(step.done for step in listed) else listed


def row(step: Step, icons: bool = True) -> Mapping[str, Cell]:
    """The cells of a step, with a check mark as soon as it is done."""
    mark = cell("✓" if icons else "ok", "ok") if step.done else cell(str(step.number), "accent")
    about = Cell((Span(clean(step.done or step.about, limit=100), "muted"),))
    return {"mark": mark, "what": cell(step.title, "muted" if step.done else "strong"), "about": about}
