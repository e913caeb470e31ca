"""The queue of runs: what waits, and how two that wait become one."""

from __future__ import annotations

from typing import Any

from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.words import RunMode, RunStatus, SyncType
from gradesync_tui.store.models import RunRow
from gradesync_tui.store.rows import Row, changed

_SENDING = (RunMode.SYNC.value, RunMode.FULL.value)


def add_run(now: Instant, **columns: Any) -> int:
    """Insert a run and tell of it; answers with its id."""
    run_id = int(RunRow.insert(requested_at=now, updated_at=now, **columns).execute())
    changed("run", run_id)
    return run_id


def waiting_run(account_id: int, type: SyncType, mode: RunMode) -> Row | None:
    """The queued run that would serve one of this type too: a preview serves only a preview."""
    modes = (RunMode.PREVIEW.value,) if mode is RunMode.PREVIEW else _SENDING
    query = RunRow.select().where(
        RunRow.account_id == account_id,
        RunRow.type == type.value,
        RunRow.status == RunStatus.QUEUED.value,
        RunRow.mode.in_(modes),
    )
    row: Row | None = query.order_by(RunRow.id).dicts().first()
    return row


def asked_also(waiting: Row, name: str, now: Instant, *, by_person: bool, mode: RunMode) -> None:
    """Let a queued run serve another who asks; it compares everything if either wants that."""
    names = both(waiting["requested_by"], name)
    change: dict[str, Any] = {"requested_by": names, "updated_at": now}
    if by_person:
        change["by_person"] = True
    if mode is RunMode.FULL:
        change["mode"] = mode.value
    RunRow.update(**change).where(RunRow.id == waiting["id"]).execute()
    changed("run", waiting["id"])


def both(names: str, name: str) -> str:
    """Who asked, each once: `Ana, Ben`."""
    asked = names.split(", ")
    return ", ".join(dict.fromkeys([*asked, *name.split(", ")]))
