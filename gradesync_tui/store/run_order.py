"""Runs in the order of any of their columns, page by page.

No column but the id has an index for it: a million runs are looked through in about 0.1 s, on a reader's thread, and
nothing is paid for it when runs are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from peewee import Case, fn

from gradesync_tui.domain.records import RunOrder
from gradesync_tui.domain.words import RunStatus
from gradesync_tui.store.models import RunRow

_STAGELESS = (RunStatus.COMPLETED.value, RunStatus.WARNING.value, RunStatus.SKIPPED.value)
_AFTER_ALL_TEXT = "\U0010ffff"
_AFTER_ALL_NUMBERS = 2**62


def ids_in_order(
    conditions: Sequence[Any], order: RunOrder, *, before: int | None, after: int | None, limit: int, skip: int = 0
) -> list[int]:
    """The runs that meet the conditions: those below the run `before`, or just above the run `after` (0: the last).

    skip: how many to leave out at the start. What has no value comes last, whichever way round; runs that are alike
    stand by their ids, the same way round.
    """
    key = _key(order)
    upward = before is None and after is not None
    falling = order.down != upward
    # Ids alone: whole rows would be carried through the sorting.
    query = RunRow.select(RunRow.id).where(*conditions)
    anchor = before or after
    if anchor:
        query = query.where(_beyond(key, anchor, falling))
    query = query.order_by(*((key.desc(), RunRow.id.desc()) if falling else (key, RunRow.id)))
    ids = [run_id for (run_id,) in query.limit(limit).offset(skip).tuples()]
    return ids[::-1] if upward else ids


def above(order: RunOrder, run_id: int) -> Any:
    """The condition that a run stands above another in that order."""
    return _beyond(_key(order), run_id, not order.down)


def _beyond(key: Any, run_id: int, falling: bool) -> Any:
    """The condition that a run comes after another where the key falls, or rises."""
    value = RunRow.select(key).where(RunRow.id == run_id).scalar()
    if falling:
        return (key < value) | ((key == value) & (RunRow.id < run_id))
    return (key > value) | ((key == value) & (RunRow.id > run_id))


def _key(order: RunOrder) -> Any:
    number, text = (-1, "") if order.down else (_AFTER_ALL_NUMBERS, _AFTER_ALL_TEXT)
    match order.by:
        case "started":
            return fn.COALESCE(RunRow.started_at, RunRow.requested_at)
        case "took":
            return fn.COALESCE(RunRow.finished_at - RunRow.started_at, number)
        case "stage":
            shown = Case(None, ((RunRow.status.in_(_STAGELESS), None),), RunRow.stage)
            return fn.COALESCE(shown, text)
        case "assignments":
            return fn.COALESCE(fn.json_extract(RunRow.counts, "$.assignments"), 0)
        case _:
            columns = {
                "updated": RunRow.updated_at,
                "by": RunRow.requested_by,
                "type": RunRow.type,
                "status": RunRow.status,
                "scores": RunRow.scores,
                "problems": RunRow.problems,
            }
            # An expression, not the column: an index on it would only be a detour.
            return fn.COALESCE(columns[order.by], number)
