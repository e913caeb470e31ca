"""Who did what, in a chain of hashes: an entry that is changed, taken out or put in again shows."""

from __future__ import annotations

import hashlib
from typing import Any

from msgspec import Struct

from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.records import Actor, AuditEntry
from gradesync_tui.store.db import Part, reads, writes
from gradesync_tui.store.models import AuditHeadRow, AuditRow
from gradesync_tui.store.rows import changed, encode

_START = "0" * 64
_PAGE = 1000


class AuditFault(Struct, frozen=True, kw_only=True):
    """The first place where the chain is broken: the entry's id, and what is wrong with it."""

    id: int
    what: str


class Audit(Part):
    """The audit log."""

    @reads
    def page(
        self, account_id: int | None = None, before: int | None = None, limit: int = 100, text: str = ""
    ) -> list[AuditEntry]:
        """Entries, newest first: `before` is the id to go on from; `text` is looked for in who, what and on what."""
        query = AuditRow.select()
        if account_id is not None:
            query = query.where(AuditRow.account_id == account_id)
        if before is not None:
            query = query.where(AuditRow.id < before)
        if text:
            query = query.where(
                AuditRow.login.contains(text)
                | AuditRow.name.contains(text)
                | AuditRow.verb.contains(text)
                | AuditRow.target.contains(text)
            )
        return [AuditEntry(**row) for row in query.order_by(AuditRow.id.desc()).limit(limit).dicts()]

    @writes
    def append(
        self,
        actor: Actor,
        verb: str,
        target: str,
        *,
        account_id: int | None = None,
        before: str = "",
        after: str = "",
        allowed: bool = True,
    ) -> None:
        """Add an entry of its own, such as an action that was refused (`allowed=False`)."""
        record(
            self._clock.now(), actor, verb, target, account_id=account_id, before=before, after=after, allowed=allowed
        )

    @reads
    def verify(self) -> AuditFault | None:
        """The first fault of the chain, or None where every entry is as it was written and none is missing."""
        head = AuditHeadRow.get_or_none(AuditHeadRow.id == 1)
        previous, last = _START, 0
        while True:
            rows = list(AuditRow.select().where(AuditRow.id > last).order_by(AuditRow.id).limit(_PAGE).dicts())
            if not rows:
                break
            for row in rows:
                if row["id"] != last + 1:
                    return AuditFault(id=last + 1, what=f"The entries from {last + 1} to {row['id'] - 1} are missing.")
                kept = row.pop("hash")
                if kept != _hash(previous, row):
                    return AuditFault(id=row["id"], what="This entry, or the one before it, is not as it was written.")
                previous, last = kept, row["id"]
        if (last, previous) != ((head.last_id, head.hash) if head is not None else (0, _START)):
            return AuditFault(id=last + 1, what="Entries at the end are missing, or were added without the program.")
        return None


def record(
    now: Instant,
    actor: Actor,
    verb: str,
    target: str,
    *,
    account_id: int | None = None,
    before: str = "",
    after: str = "",
    allowed: bool = True,
) -> None:
    """Append an entry, in the transaction that does what it tells of."""
    head = AuditHeadRow.get_or_none(AuditHeadRow.id == 1)
    previous, last = (head.hash, head.last_id) if head is not None else (_START, 0)
    row: dict[str, Any] = {
        "id": last + 1,
        "at": now,
        "login": actor.login,
        "name": actor.name,
        "origin": actor.origin,
        "verb": verb,
        "target": target,
        "account_id": account_id,
        "allowed": allowed,
        "before": before,
        "after": after,
    }
    hashed = _hash(previous, row)
    AuditRow.insert({**row, "hash": hashed}).execute()
    if head is None:
        AuditHeadRow.insert(id=1, last_id=last + 1, hash=hashed).execute()
    else:
        AuditHeadRow.update(last_id=last + 1, hash=hashed).where(AuditHeadRow.id == 1).execute()
    changed("audit", last + 1)


def _hash(previous: str, row: dict[str, Any]) -> str:
    """SHA-256 over the hash before and the entry's fields, in a fixed order."""
    fields = [row[name] for name in ("id", "at", "login", "name", "origin", "verb", "target", "account_id")]
    fields += [bool(row["allowed"]), row["before"], row["after"]]
    return hashlib.sha256(f"{previous}\n{encode(fields)}".encode()).hexdigest()
