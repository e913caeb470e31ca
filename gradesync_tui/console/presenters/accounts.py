"""The accounts, one row each, and what an account's overview says."""

from __future__ import annotations

from gradesync_tui.console.presenters.cells import Cell, Column, Span, cell, cells, number
from gradesync_tui.console.presenters.runs import RunView, began
from gradesync_tui.console.presenters.statuses import sign, tone
from gradesync_tui.domain.records import AccountSummary
from gradesync_tui.domain.text import count

COLUMNS: tuple[Column, ...] = (
    Column("name", "Account", 24, 60, hugs=True),
    Column("sis", "SIS", 12, 24, rank=3, hugs=True),
    Column("zone", "Time zone", 9, 20, rank=6, hugs=True),
    Column("schedules", "Schedules", 11, 13, rank=1, most_first=True),
    Column("next", "Next run", 11, 31, rank=2),
    Column("last", "Last run", 27, 47, most_first=True),
    Column("scores", "Scores", 8, 9, rank=5, align="right", sorts=False),
    Column("problems", "Problems", 8, 9, align="right", most_first=True),
)

_STATUS = 14
"""Cells of the longest status with its sign."""

_APART = 11
"""Cells of the longest relative time that is usual: `59 min ago`."""


def row(summary: AccountSummary, view: RunView) -> dict[str, Cell]:
    """The cells of an account; times are in the account's own zone, and give way to how long ago or how soon."""
    from gradesync_tui.domain import when

    zone = summary.account.zone
    if summary.next_run is None:
        following = cell("–", "faint")
    else:
        following = Cell(
            (
                Span(f"{when.relative(summary.next_run, view.now):<{_APART}}", "text"),
                Span("  " + when.moment(summary.next_run, view.now, zone), "muted", extra=True),
            )
        )
    last = summary.last_run
    if last is None:
        before = cell("never", "faint")
    else:
        before = Cell(
            (
                Span(f"{sign(last.status, view.icons)} {last.status}".ljust(_STATUS), tone(last.status)),
                Span(f"  {when.relative(began(last), view.now):<{_APART}}", "muted"),
                Span("  " + when.moment(began(last), view.now, zone), "faint", extra=True),
            )
        )
    return {
        "name": cell(summary.account.name, "strong"),
        "sis": sis(summary),
        "zone": cell(when.zone_label(zone), "muted"),
        "schedules": _schedules_short(summary),
        "next": following,
        "last": before,
        "scores": number(None if last is None else last.counts.scores, "muted"),
        "problems": number(summary.problems, "warn") if summary.problems else cell("–", "faint"),
    }


def sis(summary: AccountSummary) -> Cell:
    """The SIS by its name for people."""
    return cell(summary.sis_label or summary.sis) if summary.sis else cell("not connected", "warn")


def _schedules_short(summary: AccountSummary) -> Cell:
    total = summary.active + summary.paused
    if not total:
        return cell("none", "faint")
    return cells((f"{total:,}", "text"), (f", {summary.paused:,} paused" if summary.paused else "", "warn"))


def schedules(summary: AccountSummary) -> Cell:
    """How many schedules are active and how many paused."""
    if not summary.active and not summary.paused:
        return cell("none", "faint")
    if not summary.paused:
        return cell(f"{summary.active:,} active")
    return cells((f"{summary.active:,} active", "text"), (f", {summary.paused:,} paused", "warn"))


def matches(summary: AccountSummary, text: str) -> bool:
    """Whether every word of a filter stands in the account's name, SIS or last status."""
    last = summary.last_run
    hay = " ".join((summary.account.name, summary.sis, summary.sis_label, last.status if last else "never")).casefold()
    return all(word in hay for word in text.casefold().split())


def sort_key(summary: AccountSummary, column: str) -> int | str | None:
    """What an account is sorted by in a column; None for what has no value."""
    if column == "next":
        return summary.next_run
    if column == "last":
        return None if summary.last_run is None else began(summary.last_run)
    if column == "problems":
        return summary.problems
    if column == "schedules":
        return summary.active + summary.paused
    if column == "zone":
        return summary.account.zone
    if column == "sis":
        return summary.sis_label.casefold() or None
    return summary.account.name.casefold()


NOTHING_WAITS = "nothing waits"


def waiting(summary: AccountSummary) -> str:
    """What waits for somebody in the account, in words."""
    last = summary.last_run
    stopped = ""
    if last is not None and last.cause is not None:
        from gradesync_tui.domain.causes import explain

        stopped = explain(last.cause).title
    records = count(summary.problems, "record") + " waiting for somebody" if summary.problems else ""
    return ". ".join(filter(None, (stopped, records))) or NOTHING_WAITS
