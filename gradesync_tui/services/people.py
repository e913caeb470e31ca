"""People, their roles, and the record of what everybody did."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gradesync_tui.domain.records import AuditEntry, Grant, Person
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.words import Role
from gradesync_tui.services.desk import Desk
from gradesync_tui.services.errors import Invalid
from gradesync_tui.services.roles import Verb

if TYPE_CHECKING:
    from gradesync_tui.store import AuditFault

_LOGIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}")


class PeopleVerbs(Desk):
    """Who may use gradesync, and what they did."""

    async def begin(self) -> Person:
        """The person who asks; in a database without people, whoever opens it first becomes SIS support.

        So a private database belongs to the one who made it, and everybody else must be added by somebody.
        """
        if not await self.store.people.list():
            await self.store.people.add(self.actor.login, self.actor.name, (Grant(role=Role.SUPPORT),), self.actor)
        return await self.me()

    async def people(self, account_id: int | None = None) -> list[Person]:
        """Everybody, by login. With an account: those who may come into it, with the roles that count there."""
        await self._may(Verb.READ_PEOPLE, account_id, "people")
        listed = await self.store.people.list()
        if account_id is None:
            return listed
        here = [replace(one, grants=tuple(_counting(one.grants, account_id))) for one in listed]
        return [one for one in here if one.grants]

    async def add_person(self, login: str, name: str, grants: Sequence[Grant]) -> Person:
        """Let somebody in. A login that is known already: Duplicate."""
        actor = await self._may(Verb.EDIT_PEOPLE, None, f"person {clean(login)}")
        if not _LOGIN.fullmatch(login):
            raise Invalid("A login has letters, digits and . _ @ + - only, and at most 64 of them.")
        if not name.strip() or clean(name, limit=100) != name:
            raise Invalid("A person needs a name: one line of at most 100 ordinary characters.")
        if not grants:
            raise Invalid("A person needs at least one role: viewer, admin or support.")
        return await self.store.people.add(login, name.strip(), tuple(grants), actor)

    async def set_grants(self, login: str, grants: Sequence[Grant]) -> Person:
        """Give a person exactly these roles. The last SIS support for all accounts cannot lose that role."""
        actor = await self._may(Verb.EDIT_PEOPLE, None, f"person {clean(login)}")
        person = await self._person_by(login)
        if not grants:
            raise Invalid(f"A person needs at least one role. To shut {login} out: gradesync people remove {login}")
        if not _supports_all(grants):
            await self._keep_one_support(person)
        return await self.store.people.set_grants(login, tuple(grants), actor)

    async def give_role(self, login: str, role: Role | None, account_id: int | None) -> Person:
        """Give a person this role for an account (None: for all), in place of theirs there; None takes it away.

        Their other roles stay.
        """
        await self._may(Verb.EDIT_PEOPLE, None, f"person {clean(login)}")
        person = await self._person_by(login)
        grants = [grant for grant in person.grants if grant.account_id != account_id]
        if role is not None:
            grants.append(Grant(role=role, account_id=account_id))
        return await self.set_grants(login, grants)

    async def remove_person(self, login: str) -> None:
        """Shut somebody out; what they did stays in the history under their name."""
        actor = await self._may(Verb.EDIT_PEOPLE, None, f"person {clean(login)}")
        await self._keep_one_support(await self._person_by(login))
        await self.store.people.remove(login, actor)

    async def audit(
        self, account_id: int | None = None, *, before: int | None = None, limit: int = 100, text: str = ""
    ) -> list[AuditEntry]:
        """A page of the audit log, newest first: entries older than entry `before`, or the newest."""
        await self._may_watch(account_id)
        return await self.store.audit.page(account_id, before=before, limit=limit, text=text)

    async def every_audit_entry(self, account_id: int | None = None) -> AsyncIterator[list[AuditEntry]]:
        """The whole audit log, newest first, page after page."""
        before: int | None = None
        while page := await self.audit(account_id, before=before, limit=1000):
            yield page
            before = page[-1].id

    async def verify_audit(self) -> AuditFault | None:
        """The first place where the audit log was tampered with, or None where it is whole."""
        await self._may_watch(None)
        return await self.store.audit.verify()

    async def _person_by(self, login: str) -> Person:
        person = await self.store.people.find(login)
        if person is None:
            raise Invalid(f"There is no person {clean(login)!r}. See: gradesync people list")
        return person

    async def _keep_one_support(self, person: Person) -> None:
        others = [one for one in await self.store.people.list() if one.login != person.login]
        if _supports_all(person.grants) and not any(_supports_all(one.grants) for one in others):
            raise Invalid(
                f"{person.name} is the only SIS support for all accounts; without one nobody could change people. "
                "Give that role to somebody else first."
            )


def _counting(grants: Sequence[Grant], account_id: int) -> list[Grant]:
    return [grant for grant in grants if grant.account_id in (None, account_id)]


def _supports_all(grants: Sequence[Grant]) -> bool:
    return any(grant.role is Role.SUPPORT and grant.account_id is None for grant in grants)
