"""Creating many records with one request, where the SIS offers that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from gradesync_tui.domain.grades import Receipt
from gradesync_tui.sync.parallel import for_each
from gradesync_tui.sync.work import Work

if TYPE_CHECKING:
    from gradesync_tui.sis.errors import SisError

T = TypeVar("T")

BATCH = 100
"""Records a request holds at most."""


async def create_many(
    work: Work,
    records: Sequence[T],
    *,
    parent: Callable[[T], str],
    post: Callable[[str, Sequence[T]], Awaitable[list[Receipt]]],
    accepted: Callable[[T, Receipt], Awaitable[None]],
    refused: Callable[[T, SisError], Awaitable[None]],
    one: Callable[[T], Awaitable[None]],
) -> None:
    """Post new records by their parent's id (class or line item), a batch a request.

    OneRoster's bulk answer has no error for a single record: a batch that is refused, and a record that the SIS did
    not confirm, goes again by itself (`one`), so that each gets its own cause and a bad one holds up no other. Where
    the SIS may have stored a batch although no answer came, nothing goes again before the next run has looked.
    """
    from gradesync_tui.sis.errors import SisError, SisRefused

    grouped: defaultdict[str, list[T]] = defaultdict(list)
    for record in records:
        grouped[parent(record)].append(record)
    batches = [
        (key, group[start : start + BATCH]) for key, group in grouped.items() for start in range(0, len(group), BATCH)
    ]

    async def send(batch: tuple[str, list[T]]) -> None:
        key, group = batch
        try:
            receipts = await post(key, group)
        except SisError as error:
            if error.uncertain or not isinstance(error, SisRefused):
                for record in group:
                    await refused(record, error)
                return
            receipts = [Receipt(sourced_id="", status=0, created=False)] * len(group)
        for record, receipt in zip(group, receipts, strict=True):
            if receipt.sourced_id:
                await accepted(record, receipt)
            else:
                await one(record)

    await for_each(batches, send, limit=work.profile.rate.in_flight, claim=work.claim)
