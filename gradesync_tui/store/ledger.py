"""What the SIS is known to hold."""

from __future__ import annotations

from collections.abc import Sequence

from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.records import LedgerEntry
from gradesync_tui.domain.words import RecordKind
from gradesync_tui.store.db import Part, reads
from gradesync_tui.store.models import AccountRow, LedgerRow, WatermarkRow
from gradesync_tui.store.rows import Row, chunks


class Ledger(Part):
    """Reading the ledger; a run writes it through `Progress`."""

    @reads
    def entries(self, account_id: int, course_id: str, kind: RecordKind | None = None) -> list[LedgerEntry]:
        """What is known of a course's line items and results."""
        query = LedgerRow.select().where(LedgerRow.account_id == account_id, LedgerRow.course_id == course_id)
        if kind is not None:
            query = query.where(LedgerRow.kind == kind.value)
        return [_entry(row) for row in query.dicts()]

    @reads
    def results(self, account_id: int, class_id: str, assignment_ids: Sequence[str]) -> list[LedgerEntry]:
        """What is known of the scores of some assignments in a class."""
        found: list[LedgerEntry] = []
        for part in chunks(assignment_ids):
            query = LedgerRow.select().where(
                LedgerRow.account_id == account_id,
                LedgerRow.kind == RecordKind.RESULT.value,
                LedgerRow.class_id == class_id,
                LedgerRow.assignment_id.in_(part),
            )
            found += [_entry(row) for row in query.dicts()]
        return found

    @reads
    def waiting(self, account_id: int) -> list[LedgerEntry]:
        """Everything that could not go yet."""
        query = LedgerRow.select().where(LedgerRow.account_id == account_id, LedgerRow.state == "waiting")
        return [_entry(row) for row in query.dicts()]

    @reads
    def waiting_assignments(self, account_id: int) -> dict[str, set[str]]:
        """The assignments with something that could not go yet, by course."""
        query = (
            LedgerRow.select(LedgerRow.course_id, LedgerRow.assignment_id)
            .where(LedgerRow.account_id == account_id, LedgerRow.state == "waiting")
            .distinct()
        )
        found: dict[str, set[str]] = {}
        for course_id, assignment_id in query.tuples():
            found.setdefault(course_id, set()).add(assignment_id)
        return found

    @reads
    def watermarks(self, account_id: int) -> dict[str, Instant]:
        """Up to when the changes of each course are known to be in the ledger."""
        query = WatermarkRow.select(WatermarkRow.course_id, WatermarkRow.at).where(
            WatermarkRow.account_id == account_id
        )
        return dict(query.tuples())

    @reads
    def find(self, account_id: int, class_id: str, assignment_id: str, student_id: str = "") -> LedgerEntry | None:
        """What is known of one grade, or (with an empty `student_id`) of one line item."""
        kind = RecordKind.RESULT if student_id else RecordKind.LINE_ITEM
        query = LedgerRow.select().where(
            LedgerRow.account_id == account_id,
            LedgerRow.kind == kind.value,
            LedgerRow.class_id == class_id,
            LedgerRow.assignment_id == assignment_id,
            LedgerRow.student_id == student_id,
        )
        row = query.dicts().first()
        return None if row is None else _entry(row)

    @reads
    def last_full_compare(self, account_id: int) -> Instant | None:
        """When the last run began that compared everything and came to its end."""
        at = AccountRow.select(AccountRow.full_compared_at).where(AccountRow.id == account_id).scalar()
        return None if at is None else int(at)


def _entry(row: Row) -> LedgerEntry:
    values = dict(row)
    del values["account_id"]
    values["kind"] = RecordKind(row["kind"])
    return LedgerEntry(**values)
