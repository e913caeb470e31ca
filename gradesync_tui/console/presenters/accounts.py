"""The accounts, one row each, and what an account's overview says."""

from __future__ import annotations

from gradesync_tui.console.presenters.cells import Cell, Column, cell, cells, number
from gradesync_tui.console.presenters.runs import RunView, began
from gradesync_tui.console.presenters.statuses import sign, tone
from gradesync_tui.domain.records import AccountSummary
from gradesync_tui.domain.text import count

COLUMNS: tuple[Column, ...] = (
    Column("name", "Account", 18, 40),
    Column("sis", "SIS", 13, 18, rank=3),
    Column("schedules", "Schedules", 18, 22, rank=1, most_first=True),
    Column("next", "Next run", 24, 32, rank=2),
    Column("last", "Last run", 24, 36, most_first=True),
    Column("problems", "Problems", 8, 9, align="right", most_first=True),
)


def row(summary: AccountSummary, view: RunView) -> dict[str, Cell]:
    """The cells of an account; times are in the account's own zone."""
    from gradesync_tui.domain import when

    zone = summary.account.zone
    if summary.next_run is None:
        following = cell("–", "faint")
    else:
        following = cells(
            (when.moment(summary.next_run, view.now, zone), "text"),
            ("   " + when.relative(summary.next_run, view.now).removeprefix("in "), "muted"),
        )
    last = summary.last_run
    if last is None:
        before = cell("never", "faint")
    else:
        status_tone = tone(last.status)
        before = cells(
            (f"{sign(last.status, view.icons)} {last.status}", status_tone),
            ("  " + when.moment(began(last), view.now, zone), "muted"),
        )
    return {
        "name": cell(summary.account.name, "strong"),
        "sis": cell(summary.sis, "muted") if summary.sis else cell("not connected", "warn"),
        "schedules": schedules(summary),
        "next": following,
        "last": before,
        "problems": number(summary.problems, "warn") if summary.problems else cell("–", "faint"),
    }


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
    hay = " ".join((summary.account.name, summary.sis, last.status if last else "never")).casefold()
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
    if column == "sis":
        return summary.sis.casefold() or None
    return summary.account.name.casefold()


def waiting(summary: AccountSummary) -> str:
    """What waits for somebody in the account, in words."""
    return count(summary.problems, "record") + " waiting for somebody" if summary.problems else "nothing waits"
