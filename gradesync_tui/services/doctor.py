"""Looking whether everything is in order, and saying what to do where it is not."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from gradesync_tui.domain.clock import MINUTE, iso
from gradesync_tui.domain.records import Account
from gradesync_tui.domain.text import clean, count
from gradesync_tui.services.accounts import AccountVerbs, check_zone
from gradesync_tui.services.errors import Invalid, ServiceError
from gradesync_tui.services.history import HistoryVerbs
from gradesync_tui.services.people import PeopleVerbs
from gradesync_tui.services.roles import Verb
from gradesync_tui.services.schedules import ScheduleVerbs

if TYPE_CHECKING:
    from gradesync_tui.services.authorizedkeys import AuthorizedKeys

_ROOM = 200 * 1024 * 1024


class Check(Struct, frozen=True, kw_only=True):
    """What was looked at and found; `do` is empty where all is well."""

    name: str
    ok: bool
    found: str
    do: str = ""


class DoctorVerbs(AccountVerbs, ScheduleVerbs, HistoryVerbs, PeopleVerbs):
    """The checks; none of them changes anything."""

    async def invariants(self) -> list[str]:
        """What the store holds although it never should; empty when all is well."""
        await self._may_watch(None)
        return await self.store.invariants()

    async def checks(self, database: str, keys: AuthorizedKeys | None = None) -> AsyncIterator[Check]:
        """Every check in turn, as it is done; `database` is the file, whose disk is looked at.

        keys: the service account's authorized_keys, which is looked at where the account serves several people.
        """
        yield _disk(database)
        if keys is not None and self.settings.service.shared:
            yield await self._keys_check(keys)
        async for check in self.findings([summary.account for summary in await self.accounts()]):
            yield check

    async def findings(self, accounts: Iterable[Account], *, try_connections: bool = True) -> AsyncIterator[Check]:
        """The checks that need no more than the database, and those of the accounts that are given.

        What a person with a role in some accounts only may not look at is left out.
        """
        if self.why_not(Verb.WATCH, None) is None:
            yield await self._invariants_check()
            yield await self._audit_check()
            yield await self._clock_check()
        yield await self._engine_check()
        for account in accounts:
            yield await self._zones_check(account)
            if try_connections:
                for check in await self._connection_checks(account):
                    yield check

    async def _keys_check(self, keys: AuthorizedKeys) -> Check:
        """Whether each key that opens the service account opens no more than the console, for somebody known."""
        path = clean(str(keys.path))
        known = {person.login for person in await self.store.people.list()}
        try:
            entries, foreign = await asyncio.to_thread(lambda: (keys.entries(), keys.foreign()))
        except Invalid as problem:
            return Check(name="SSH keys", ok=False, found=str(problem), do="Run doctor as the service account.")
        strangers = sorted({one.login for one in entries} - known)
        found = f"{count(len(entries), 'key')} in {path}."
        if foreign:
            return Check(
                name="SSH keys",
                ok=False,
                found=f"{count(foreign, 'line')} in {path} that gradesync did not write: each may open a shell that "
                "reads every secret.",
                do=f"Take what is not yours out of {path}, then: gradesync ssh list",
            )
        if strangers:
            return Check(
                name="SSH keys",
                ok=False,
                found=f"{found} {count(len(strangers), 'login')} without a person: {', '.join(strangers[:5])}. "
                "They are refused.",
                do=f"Take their keys out: gradesync ssh revoke {strangers[0]}",
            )
        return Check(name="SSH keys", ok=True, found=f"{found} Each opens the console of somebody known.")

    async def _invariants_check(self) -> Check:
        wrong = await self.invariants()
        if not wrong:
            return Check(name="Database", ok=True, found="Its records agree with each other.")
        return Check(
            name="Database",
            ok=False,
            found=f"{count(len(wrong), 'thing')} that should never be: {clean(wrong[0])}",
            do="See all with: gradesync doctor --invariants, and tell SIS support.",
        )

    async def _audit_check(self) -> Check:
        fault = await self.verify_audit()
        if fault is None:
            return Check(name="Audit log", ok=True, found="Whole.")
        return Check(
            name="Audit log",
            ok=False,
            found=f"Entry {fault.id}: {clean(fault.what)}",
            do="Somebody changed the database without the program. Compare it with a backup.",
        )

    async def _clock_check(self) -> Check:
        now = self.clock.now()
        newest = await self.store.audit.page(None, limit=1)
        if newest and newest[0].at > now + MINUTE:
            return Check(
                name="Clock",
                ok=False,
                found=f"It shows {iso(now)}, but something was done here at {iso(newest[0].at)}.",
                do="Correct the machine's clock (timedatectl set-ntp true).",
            )
        return Check(name="Clock", ok=True, found=iso(now))

    async def _engine_check(self) -> Check:
        working = [engine for engine in await self.engines() if engine.working]
        if working:
            one = working[0]
            return Check(name="Engine", ok=True, found=f"{one.kind} on {clean(one.host)}, process {one.pid}.")
        return Check(
            name="Engine",
            ok=False,
            found="No engine is running, so nothing that comes due starts.",
            do="Start one: gradesync engine, or open the console.",
        )

    async def _zones_check(self, account: Account) -> Check:
        name = f"{account.name}: time zones"
        zones = {account.zone, *(schedule.zone for schedule in await self.schedules(account.id))}
        for zone in sorted(zones):
            try:
                check_zone(zone)
            except ServiceError as problem:
                return Check(name=name, ok=False, found=str(problem), do="Run: pip install --upgrade tzdata")
        return Check(name=name, ok=True, found=", ".join(sorted(zones)))

    async def _connection_checks(self, account: Account) -> list[Check]:
        found: list[Check] = []
        canvas, sis = await self.connections(account.id)
        for kind, command, connection in (("Canvas", "canvas", canvas), ("SIS", "sis", sis)):
            name = f"{account.name}: {kind}"
            again = f'gradesync connect {command} --account "{account.name}" --help'
            if connection is None:
                found.append(Check(name=name, ok=False, found="Not connected.", do=f"See: {again}"))
                continue
            try:
                lines = await self.try_connection(account.id, connection)
            except ServiceError as problem:
                found.append(Check(name=name, ok=False, found=str(problem), do=f"Then connect it again: {again}"))
            else:
                found.append(Check(name=name, ok=True, found="; ".join(lines) or "Answers."))
        return found


def _disk(database: str) -> Check:
    folder = Path(database).absolute().parent
    free = shutil.disk_usage(folder).free
    found = f"{free // 1024**2:,} MB free at {clean(str(folder))}."
    if free < _ROOM:
        return Check(name="Disk", ok=False, found=found, do="Make room: a full disk stops every run.")
    return Check(name="Disk", ok=True, found=found)


def terminal_check(environment: dict[str, str]) -> Check:
    """Whether the console would be at home in this terminal."""
    term = environment.get("TERM", "")
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    width, height = shutil.get_terminal_size()
    found = f"{clean(term) or 'no TERM'}, {width}x{height}, {encoding}"
    if term in ("", "dumb"):
        return Check(name="Terminal", ok=False, found=found, do="Open the console in a terminal (ssh -t).")
    if encoding != "utf8":
        return Check(name="Terminal", ok=False, found=found, do="Set a UTF-8 locale: export LC_ALL=C.UTF-8")
    if width < 80 or height < 24:
        return Check(name="Terminal", ok=False, found=found, do="Make it at least 80x24.")
    return Check(name="Terminal", ok=True, found=found)
