"""The people who may use gradesync, and their roles."""

from __future__ import annotations

from collections.abc import Sequence

from gradesync_tui.domain.records import Actor, Grant, Person
from gradesync_tui.domain.words import Role
from gradesync_tui.store.audit import record
from gradesync_tui.store.db import Part, reads, writes
from gradesync_tui.store.errors import Duplicate, NotFound
from gradesync_tui.store.models import GrantRow, PersonRow
from gradesync_tui.store.rows import Row, changed, encode


class People(Part):
    """Logins, names and grants."""

    @reads
    def list(self) -> list[Person]:
        """Everybody, by login."""
        return [_person(row) for row in PersonRow.select().order_by(PersonRow.login).dicts()]

    @reads
    def find(self, login: str) -> Person | None:
        """The person of a login."""
        row = PersonRow.select().where(PersonRow.login == login).dicts().first()
        return None if row is None else _person(row)

    @writes
    def add(self, login: str, name: str, grants: Sequence[Grant], actor: Actor) -> Person:
        """A new person; Duplicate if the login is known."""
        if PersonRow.select().where(PersonRow.login == login).exists():
            raise Duplicate(f"The login {login} is known already.")
        now = self._clock.now()
        person_id = PersonRow.insert(login=login, name=name, created_at=now).execute()
        _set_grants(person_id, grants)
        record(now, actor, "add person", login, after=encode({"name": name, "grants": list(grants)}))
        changed("person", person_id)
        return _by_login(login)

    @writes
    def set_grants(self, login: str, grants: Sequence[Grant], actor: Actor) -> Person:
        """Replace what a person may do; NotFound."""
        before = _by_login(login)
        GrantRow.delete().where(GrantRow.person_id == before.id).execute()
        _set_grants(before.id, grants)
        record(
            self._clock.now(),
            actor,
            "change grants",
            login,
            before=encode(before.grants),
            after=encode(list(grants)),
        )
        changed("person", before.id)
        return _by_login(login)

    @writes
    def remove(self, login: str, actor: Actor) -> None:
        """Take a person out; what they did stays in the history under their name. NotFound."""
        before = _by_login(login)
        GrantRow.delete().where(GrantRow.person_id == before.id).execute()
        PersonRow.delete().where(PersonRow.id == before.id).execute()
        record(self._clock.now(), actor, "remove person", login, before=encode(before))
        changed("person", before.id)


def _by_login(login: str) -> Person:
    row = PersonRow.select().where(PersonRow.login == login).dicts().first()
    if row is None:
        raise NotFound(f"The login {login} is not known.")
    return _person(row)


def _set_grants(person_id: int, grants: Sequence[Grant]) -> None:
    for grant in grants:
        GrantRow.insert(person_id=person_id, role=grant.role.value, account_id=grant.account_id).execute()


def _person(row: Row) -> Person:
    grants = GrantRow.select().where(GrantRow.person_id == row["id"]).order_by(GrantRow.id).dicts()
    return Person(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        created_at=row["created_at"],
        grants=tuple(Grant(role=Role(one["role"]), account_id=one["account_id"]) for one in grants),
    )
