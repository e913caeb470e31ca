"""Which processes tick, and which one of them works."""

from __future__ import annotations

from typing import Literal

from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.records import Engine
from gradesync_tui.store.db import Part, reads, writes
from gradesync_tui.store.feed import prune
from gradesync_tui.store.models import EngineRow, LeadershipRow
from gradesync_tui.store.rows import Row, changed

_FORGOTTEN = 6
"""An engine that was not heard of for so many times its time to live has gone."""


class Engines(Part):
    """The engines. One works: it holds the leadership, for as long as it beats; the others stand by."""

    @writes
    def beat(
        self,
        engine_id: str,
        host: str,
        pid: int,
        kind: Literal["service", "console", "demo"],
        started_at: Instant,
        ttl: int,
    ) -> bool:
        """Say that this engine lives; True if it is the one that works, False if another is.

        ttl: microseconds after which an engine that does not beat has lost its turn. A leadership that ends further
        ahead than that was written under a clock that has been set back since, and counts as ended.
        """
        now = self._clock.now()
        EngineRow.insert(
            id=engine_id, host=host, pid=pid, kind=kind, started_at=started_at, last_tick=now, ttl=ttl
        ).on_conflict(
            conflict_target=[EngineRow.id],
            preserve=[EngineRow.host, EngineRow.pid, EngineRow.kind, EngineRow.last_tick, EngineRow.ttl],
        ).execute()
        EngineRow.delete().where(EngineRow.last_tick < now - _FORGOTTEN * ttl).execute()
        leader = _leader()
        if leader is not None and leader["engine_id"] not in (None, engine_id) and now < leader["until"] <= now + ttl:
            changed("engine", 0)
            return False
        if leader is None:
            LeadershipRow.insert(id=1, engine_id=engine_id, epoch=1, until=now + ttl).execute()
        else:
            took_over = leader["engine_id"] != engine_id
            LeadershipRow.update(engine_id=engine_id, epoch=leader["epoch"] + took_over, until=now + ttl).where(
                LeadershipRow.id == 1
            ).execute()
            prune()
        changed("engine", 0)
        return True

    @reads
    def list(self) -> list[Engine]:
        """The engines that are alive, the one that works first."""
        now = self._clock.now()
        leader = _leader()
        found = []
        for row in EngineRow.select().where(EngineRow.last_tick >= now - EngineRow.ttl).dicts():
            working = leader is not None and leader["engine_id"] == row["id"] and leader["until"] > now
            found.append(
                Engine(
                    id=row["id"],
                    host=row["host"],
                    pid=row["pid"],
                    kind=row["kind"],
                    started_at=row["started_at"],
                    last_tick=row["last_tick"],
                    working=working,
                )
            )
        return sorted(found, key=lambda engine: (not engine.working, engine.started_at, engine.id))

    @writes
    def leave(self, engine_id: str) -> None:
        """Go; another engine may work at once."""
        EngineRow.delete().where(EngineRow.id == engine_id).execute()
        LeadershipRow.update(engine_id=None, until=0).where(LeadershipRow.engine_id == engine_id).execute()
        changed("engine", 0)


def _leader() -> Row | None:
    row: Row | None = LeadershipRow.select().where(LeadershipRow.id == 1).dicts().first()
    return row


def working_since(now: Instant) -> Instant | None:
    """Since when the engine that works now was started; None while none works."""
    leader = _leader()
    if leader is None or leader["engine_id"] is None or leader["until"] <= now:
        return None
    started = EngineRow.select(EngineRow.started_at).where(EngineRow.id == leader["engine_id"]).scalar()
    return None if started is None else int(started)
