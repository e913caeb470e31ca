"""Who may do what."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from gradesync_tui.domain.records import Grant, Person
from gradesync_tui.domain.words import Role


class Verb(StrEnum):
    """Everything that a person can ask for; the values are the words that messages and the audit log use."""

    WATCH = "watch"
    RUN = "run"
    PAUSE = "pause"
    RESUME = "resume"
    PAUSE_ALL = "pause all"
    RESUME_ALL = "resume all"
    CANCEL = "cancel run"
    SAVE_ROLLOVER = "save rollover"
    REMOVE_ROLLOVER = "remove rollover"
    CREATE_SCHEDULE = "create schedule"
    EDIT_SCHEDULE = "change schedule"
    REMOVE_SCHEDULE = "remove schedule"
    CONNECT = "change connection"
    MAP_CATEGORY = "map category"
    UNMAP_CATEGORY = "remove category rule"
    CREATE_ACCOUNT = "create account"
    EDIT_ACCOUNT = "change account"
    READ_PEOPLE = "read people"
    EDIT_PEOPLE = "change people"


NEEDED: dict[Verb, Role] = {
    Verb.WATCH: Role.VIEWER,
    Verb.RUN: Role.ADMIN,
    Verb.PAUSE: Role.ADMIN,
    Verb.RESUME: Role.ADMIN,
    Verb.PAUSE_ALL: Role.ADMIN,
    Verb.RESUME_ALL: Role.ADMIN,
    Verb.CANCEL: Role.ADMIN,
    # A rollover pauses and resumes, later: whoever may do it by hand may also plan it.
    Verb.SAVE_ROLLOVER: Role.ADMIN,
    Verb.REMOVE_ROLLOVER: Role.ADMIN,
    Verb.CREATE_SCHEDULE: Role.SUPPORT,
    Verb.EDIT_SCHEDULE: Role.SUPPORT,
    Verb.REMOVE_SCHEDULE: Role.SUPPORT,
    Verb.CONNECT: Role.SUPPORT,
    Verb.MAP_CATEGORY: Role.SUPPORT,
    Verb.UNMAP_CATEGORY: Role.SUPPORT,
    Verb.CREATE_ACCOUNT: Role.SUPPORT,
    Verb.EDIT_ACCOUNT: Role.SUPPORT,
    Verb.READ_PEOPLE: Role.VIEWER,
    Verb.EDIT_PEOPLE: Role.SUPPORT,
}
"""The least role that each verb needs."""

READING = frozenset({Verb.WATCH, Verb.READ_PEOPLE})
"""Verbs that change nothing, so that a read-only session has them too."""

FOR_ALL = frozenset({Verb.CREATE_ACCOUNT, Verb.EDIT_PEOPLE})
"""Verbs that concern every account, so that a role in one account is not enough."""


def role_in(grants: Iterable[Grant], account_id: int | None) -> Role | None:
    """The greatest role that the grants give in an account; None asks for the role held in all accounts."""
    best: Role | None = None
    for grant in grants:
        counts = grant.account_id is None or grant.account_id == account_id
        if counts and (best is None or grant.role.covers(best)):
            best = grant.role
    return best


def greatest_role(grants: Iterable[Grant]) -> Role | None:
    """The greatest role held anywhere: what to call a person who works in some accounts only."""
    best: Role | None = None
    for grant in grants:
        if best is None or grant.role.covers(best):
            best = grant.role
    return best


def reason_against(person: Person, verb: Verb, account_id: int | None) -> str | None:
    """Why the person may not do it, in words for a disabled button; None if they may."""
    needed = NEEDED[verb]
    role = role_in(person.grants, None if verb in FOR_ALL else account_id)
    if role is not None and role.covers(needed):
        return None
    if role is None and greatest_role(person.grants) is not None:
        where = "all accounts" if verb in FOR_ALL or account_id is None else "this account"
        return f"{person.name} has no role for {where}; {verb} needs the role {needed}. Ask SIS support."
    held = f"is {article(role)}" if role else "has no role"
    return f"{person.name} {held}; {verb} needs the role {needed}. Ask SIS support."


def article(role: Role) -> str:
    """The role as a sentence says it: `a viewer`, `an admin`, `SIS support`."""
    return {Role.VIEWER: "a viewer", Role.ADMIN: "an admin", Role.SUPPORT: "SIS support"}[role]
