"""The first start: what is still missing for grades to move, with the command for each step."""

from __future__ import annotations

from collections.abc import Sequence

from gradesync_tui.console.presenters.cells import EMPTY, Cell, Span, cell
from gradesync_tui.domain.records import AccountSummary, CanvasConnection, SisConnection
from gradesync_tui.domain.text import clean


def steps(
    summaries: Sequence[AccountSummary],
    canvas: CanvasConnection | None,
    sis: SisConnection | None,
    *,
    icons: bool = True,
) -> list[Cell]:
    """Lines that say what to do next; none when everything is there, or when there are several accounts."""
    if len(summaries) > 1:
        return []
    account = summaries[0] if summaries else None
    done = [
        account is not None,
        canvas is not None,
        sis is not None,
        account is not None and bool(account.active + account.paused),
    ]
    if all(done):
        return []
    name = clean(account.account.name) if account else "NAME"
    told = (
        ("Add your district", "gradesync accounts add NAME --zone America/New_York"),
        ("Connect Canvas", f"gradesync connect canvas {_quoted(name)} --url https://… --token env:CANVAS_TOKEN"),
        ("Connect the SIS", f"gradesync connect sis {_quoted(name)} --url https://… --profile progressbook"),
        ("Make a schedule", "open the account's Grade Sync (o) and press n"),
    )
    lines = [EMPTY, cell("  Welcome. Four steps until grades move:", "strong"), EMPTY]
    for number, ((title, how), is_done) in enumerate(zip(told, done, strict=True), 1):
        mark = Span("✓" if icons else "ok", "ok") if is_done else Span(str(number), "accent")
        lines.append(
            Cell((Span("   "), mark, Span(f"  {title:<20}", "muted" if is_done else "strong"), Span(how, "muted")))
        )
    lines += [EMPTY, cell("  Or look around first, with a district made up for it: gradesync demo", "muted")]
    return lines


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
