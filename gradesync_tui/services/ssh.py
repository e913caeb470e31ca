"""Who may come in over SSH, and as whom."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradesync_tui.domain.records import Actor, Person
from gradesync_tui.domain.text import clean
from gradesync_tui.services.desk import Desk
from gradesync_tui.services.errors import Invalid
from gradesync_tui.services.roles import Verb

if TYPE_CHECKING:
    from gradesync_tui.services.authorizedkeys import Authorization, AuthorizedKeys
    from gradesync_tui.services.publickeys import PublicKey


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and whom it lets in; `person` is None for a login that is not known (any more), which is refused."""

    login: str
    person: Person | None
    key: PublicKey


class SshVerbs(Desk):
    """Keys that open the console, each under one person's name."""

    async def log_in(self) -> Person:
        """The person whom OpenSSH let in, on record as having come; Refused, and on record, for an unknown login."""
        person = await self.me()
        await self.store.audit.append(self.actor, "log in", "console")
        return person

    async def ssh_keys(self, keys: AuthorizedKeys) -> list[Entry]:
        """Every key that opens the console, by login."""
        await self._may(Verb.READ_PEOPLE, None, "SSH keys")
        people = {person.login: person for person in await self.store.people.list()}
        found = await asyncio.to_thread(keys.entries)
        return [Entry(one.login, people.get(one.login), one.key) for one in sorted(found, key=lambda one: one.login)]

    async def authorize_key(self, keys: AuthorizedKeys, login: str, key: PublicKey) -> Entry:
        """Let a key open the console as a person who is known already."""
        actor = await self._may(Verb.EDIT_PEOPLE, None, f"SSH key of {clean(login)}")
        person = await self.store.people.find(login)
        if person is None:
            raise Invalid(f"There is no person {clean(login)!r}. First: gradesync people add NAME --name … --role …")
        one = await asyncio.to_thread(keys.add, login, key)
        await self._record(actor, "authorize key", one, after=one.key)
        return Entry(login, person, key)

    async def revoke_keys(self, keys: AuthorizedKeys, login: str, fingerprint: str | None = None) -> int:
        """Take a person's keys out, or the one with the fingerprint; how many."""
        actor = await self._may(Verb.EDIT_PEOPLE, None, f"SSH key of {clean(login)}")
        gone = await asyncio.to_thread(keys.remove, login, fingerprint)
        for one in gone:
            await self._record(actor, "revoke key", one, before=one.key)
        return len(gone)

    async def _record(
        self,
        actor: Actor,
        verb: str,
        one: Authorization,
        *,
        before: PublicKey | None = None,
        after: PublicKey | None = None,
    ) -> None:
        await self.store.audit.append(actor, verb, f"person {one.login}", before=_words(before), after=_words(after))


def _words(key: PublicKey | None) -> str:
    return "" if key is None else f"{key.kind} {key.fingerprint} {key.comment}".rstrip()
