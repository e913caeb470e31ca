"""What has changed, in order, for whoever watches: other consoles, other processes, the engine."""

from __future__ import annotations

from peewee import fn

from gradesync_tui.domain.records import Change
from gradesync_tui.store.db import Part, reads
from gradesync_tui.store.models import ChangeRow

KEPT = 50_000
"""Changes that are kept; a watcher that is further behind reads everything anew."""

_AT_ONCE = 5_000


class Feed(Part):
    """The change feed."""

    @reads
    def latest(self) -> int:
        """The number of the newest change; 0 before the first."""
        return int(ChangeRow.select(fn.MAX(ChangeRow.seq)).scalar() or 0)

    @reads
    def since(self, seq: int, limit: int = 1000) -> list[Change]:
        """The changes after `seq`, oldest first."""
        query = ChangeRow.select().where(ChangeRow.seq > seq).order_by(ChangeRow.seq).limit(limit)
        return [Change(**row) for row in query.dicts()]


def prune() -> None:
    """Drop what nobody can still be waiting for, many at once, so that it is seldom anything to do."""
    oldest, latest = ChangeRow.select(fn.MIN(ChangeRow.seq)).scalar(), ChangeRow.select(fn.MAX(ChangeRow.seq)).scalar()
    if latest is not None and latest - oldest >= KEPT + _AT_ONCE:
        ChangeRow.delete().where(ChangeRow.seq <= latest - KEPT).execute()
