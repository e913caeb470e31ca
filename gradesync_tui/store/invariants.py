"""What must be true of the database at any moment, whatever happened to the processes that use it."""

from __future__ import annotations

from typing import Any

from peewee import fn

from gradesync_tui.domain.clock import MINUTE, Instant
from gradesync_tui.domain.text import count
from gradesync_tui.domain.words import RunMode, RunStatus
from gradesync_tui.store.engines import working_since
from gradesync_tui.store.models import RunRow, ScheduleRow

_TOLERANCE = MINUTE
"""How late a working engine may be before that is a fault."""

_OPEN = (RunStatus.QUEUED.value, RunStatus.IN_PROGRESS.value, RunStatus.HELD.value)


def broken(now: Instant) -> list[str]:
    """A line for each rule that does not hold; empty when all is well."""
    return [*_schedules(now), *_claims(now), *_queue(), *_history()]


def _schedules(now: Instant) -> list[str]:
    found = []
    since = working_since(now)
    if since is not None and since < now - _TOLERANCE:
        overdue = ScheduleRow.next_run < now - _TOLERANCE
        found += _each(ScheduleRow, overdue, "Schedule {} is overdue and not paused, though an engine works.")
    paused = ScheduleRow.paused_at.is_null(False) & ScheduleRow.next_run.is_null(False)
    found += _each(ScheduleRow, paused, "Schedule {} is paused and has a next run.")
    removed = ScheduleRow.removed_at.is_null(False) & ScheduleRow.next_run.is_null(False)
    return found + _each(ScheduleRow, removed, "Schedule {} was removed and has a next run.")


def _claims(now: Instant) -> list[str]:
    running = RunRow.status == RunStatus.IN_PROGRESS.value
    unheld = running & (RunRow.fence.is_null() | RunRow.lease_until.is_null() | RunRow.engine.is_null())
    found = _each(RunRow, unheld, "Run {} is in progress and nobody holds it.")
    found += _each(RunRow, ~running & RunRow.lease_until.is_null(False), "Run {} is held and not in progress.")
    since = working_since(now)
    if since is not None and since < now - _TOLERANCE:
        silent = running & (RunRow.lease_until < now - _TOLERANCE)
        found += _each(RunRow, silent, "Run {} lost its engine and was not taken back.")
    twice = RunRow.select(RunRow.account_id, fn.COUNT(RunRow.id)).where(running).group_by(RunRow.account_id)
    for account_id, number in twice.having(fn.COUNT(RunRow.id) > 1).tuples():
        found.append(f"Account {account_id} has {number} runs in progress.")
    fences = RunRow.select(RunRow.fence).where(RunRow.fence.is_null(False)).group_by(RunRow.fence)
    for (fence,) in fences.having(fn.COUNT(RunRow.id) > 1).tuples():
        found.append(f"Fencing number {fence} was given out twice.")
    return found


def _queue() -> list[str]:
    found = []
    preview = RunRow.mode == RunMode.PREVIEW.value
    for condition in (preview, ~preview):
        waiting = RunRow.select(RunRow.account_id, RunRow.type, fn.COUNT(RunRow.id)).where(
            condition, RunRow.status == RunStatus.QUEUED.value
        )
        for account_id, type, number in (
            waiting.group_by(RunRow.account_id, RunRow.type).having(fn.COUNT(RunRow.id) > 1).tuples()
        ):
            found.append(
                f"{count(number, 'run')} of {type} wait for account {account_id}; two that wait should be one."
            )
    return found


def _history() -> list[str]:
    open_run = RunRow.status.in_(_OPEN)
    found = _each(RunRow, open_run & RunRow.finished_at.is_null(False), "Run {} has an end and has not ended.")
    found += _each(RunRow, ~open_run & RunRow.finished_at.is_null(), "Run {} has ended and has no end.")
    silent = (RunRow.status == RunStatus.SKIPPED.value) & (RunRow.note == "")
    found += _each(RunRow, silent, "Run {} was skipped without a reason.")
    doubled = RunRow.select(RunRow.schedule_id, RunRow.due_at).where(RunRow.due_at.is_null(False))
    doubled = doubled.group_by(RunRow.schedule_id, RunRow.due_at).having(fn.COUNT(RunRow.id) > 1)
    found += [f"Schedule {schedule_id} has two runs for one due time." for schedule_id, _ in doubled.tuples()]
    carried = RunRow.alias()
    taken_up = carried.select(carried.continues).where(carried.continues.is_null(False))
    lost = (RunRow.status == RunStatus.INTERRUPTED.value) & RunRow.id.not_in(taken_up)
    return found + _each(RunRow, lost, "Run {} was interrupted and nothing carries it on.")


def _each(table: Any, condition: Any, line: str) -> list[str]:
    query = table.select(table.id).where(condition).order_by(table.id).limit(100)
    return [line.format(found) for (found,) in query.tuples()]
