"""What every verb starts with: who asks, whether they may, and what the audit log says if they may not."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from gradesync_tui.domain.clock import Clock
from gradesync_tui.domain.records import Actor, Person
from gradesync_tui.services.errors import Refused
from gradesync_tui.services.roles import READING, Verb, reason_against
from gradesync_tui.services.settings import Settings
from gradesync_tui.store.errors import StoreError

if TYPE_CHECKING:
    from gradesync_tui.store import Store

# A person's role is read afresh for every action; what is merely watched may rest on one this old, in seconds.
_ROLE_AGE = 1.0

READ_ONLY = "This session is read-only. Start it without --read-only to act."


class Desk:
    """Where requests arrive. `actor.login` says who asks; their name and role come from the people in the store."""

    def __init__(
        self, store: Store, *, clock: Clock, actor: Actor, settings: Settings | None = None, read_only: bool = False
    ) -> None:
        self.store = store
        self.clock = clock
        self.actor = actor
        self.settings = settings or Settings()
        self.read_only = read_only
        self._person: Person | None = None
        self._person_read = 0.0
        self._looking_up: asyncio.Task[Person] | None = None

    async def me(self) -> Person:
        """The person who asks, as the store knows them now; Refused for a login that it does not know."""
        found = await self.store.people.find(self.actor.login)
        if found is None:
            await self._record_refusal(Verb.WATCH, None, "database")
            raise Refused(
                f"The login {self.actor.login!r} is not known here. Somebody of SIS support can add it: "
                f"gradesync people add {self.actor.login} --name NAME --role viewer"
            )
        self._person, self._person_read = found, self.clock.elapsed()
        self.actor = Actor(login=found.login, name=found.name, origin=self.actor.origin)
        return found

    async def allowed(self, verb: Verb | str, account_id: int | None = None) -> str | None:
        """None if the person may do it; else the reason, in words for a disabled button. Audits nothing."""
        await self.me()
        return self.why_not(verb, account_id)

    def why_not(self, verb: Verb | str, account_id: int | None = None) -> str | None:
        """As `allowed`, at once, from what was last read of the person; before anything was read, all is refused."""
        verb = Verb(verb)
        if self.read_only and verb not in READING:
            return READ_ONLY
        if self._person is None:
            return "Not known yet who is asking."
        return reason_against(self._person, verb, account_id)

    async def _may(self, verb: Verb, account_id: int | None, target: str) -> Actor:
        """The actor to act as; Refused, and audited, if they may not. `target`: what it is about, for the audit."""
        reason = await self.allowed(verb, account_id)
        if reason is not None:
            await self._record_refusal(verb, account_id, target)
            raise Refused(reason)
        return self.actor

    async def _may_watch(self, account_id: int | None) -> None:
        """Refused, and audited, unless the person may look at the account (None: at all accounts)."""
        if self._person is None or self.clock.elapsed() - self._person_read > _ROLE_AGE:
            await self._me_once()
        reason = self.why_not(Verb.WATCH, account_id)
        if reason is not None:
            await self._record_refusal(Verb.WATCH, account_id, "account" if account_id else "all accounts")
            raise Refused(reason)

    async def _me_once(self) -> None:
        """As `me`; those who look at several things at once look up the person together."""
        if self._looking_up is None or self._looking_up.done():
            self._looking_up = asyncio.ensure_future(self.me())
        # Who gives up must not take the others with them.
        await asyncio.shield(self._looking_up)

    async def _record_refusal(self, verb: Verb, account_id: int | None, target: str) -> None:
        # A database that cannot be written must not hide from the person why they were refused.
        with suppress(StoreError):
            await self.store.audit.append(self.actor, verb.value, target, account_id=account_id, allowed=False)
