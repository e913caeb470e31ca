"""The people of an account, and what their roles mean."""

from __future__ import annotations

from collections.abc import Mapping

from gradesync_tui.console.presenters.cells import Cell, Column, cell, cells
from gradesync_tui.console.presenters.facts import Fact
from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.records import Grant, Person
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.words import Role

COLUMNS: tuple[Column, ...] = (
    Column("name", "Name", 18, 50, hugs=True),
    Column("login", "Login", 12, 36, hugs=True),
    Column("roles", "Roles", 28, 80, hugs=True),
    Column("added", "Added", 18, 22, rank=1, most_first=True, hugs=True),
)

MEANINGS: dict[Role, str] = {
    Role.VIEWER: "sees schedules, runs, problems and people, and changes nothing",
    Role.ADMIN: "sees all, runs, pauses, resumes and cancels, and plans rollovers",
    Role.SUPPORT: "does all that, and changes schedules, connections, categories, settings and people",
}
"""What each role may do, in one line."""

SHORT: dict[Role, str] = {
    Role.VIEWER: "watches",
    Role.ADMIN: "also runs, pauses and cancels",
    Role.SUPPORT: "also changes schedules and people",
}
"""The same in some words, for a menu."""

TITLES: dict[Role, str] = {Role.VIEWER: "viewer", Role.ADMIN: "admin", Role.SUPPORT: "SIS support"}


def row(person: Person, accounts: Mapping[int, str], me: str, now: Instant, zone: str) -> dict[str, Cell]:
    """The cells of a person; `me` is the login of whoever looks."""
    from gradesync_tui.domain import when

    return {
        "name": cells((person.name, "strong"), (" (you)" if person.login == me else "", "accent")),
        "login": cell(person.login, "muted"),
        "roles": cell(", ".join(grant_words(grant, accounts) for grant in person.grants)),
        "added": cell(when.moment(person.created_at, now, zone), "muted"),
    }


def grant_words(grant: Grant, accounts: Mapping[int, str]) -> str:
    """A role and where it counts: `admin in Lakeside`."""
    return f"{TITLES[grant.role]} {where(grant.account_id, accounts)}"


def where(account_id: int | None, accounts: Mapping[int, str]) -> str:
    """Where a role counts: `in all accounts`, `in Lakeside`."""
    return "in all accounts" if account_id is None else f"in {clean(accounts.get(account_id, f'account {account_id}'))}"


def details(person: Person, accounts: Mapping[int, str], why_not: str | None) -> list[Fact]:
    """The lines below the list: what this person may do, and why the one who looks may not change it."""
    facts: list[Fact] = [("Person", cells((person.name, "strong"), (f"  logs in as {person.login}", "muted")))]
    for number, grant in enumerate(person.grants):
        said = cells((grant_words(grant, accounts), "text"), (f": {MEANINGS[grant.role]}", "muted"))
        facts.append(("May" if not number else "", said))
    if why_not is not None:
        facts.append(("You", cell(f"{why_not} S contacts SIS Support.", "muted")))
    return facts
