"""The schedules that are due: which occurrences they have missed, and what comes next."""

from __future__ import annotations

from msgspec import Struct
from peewee import CTE, RawQuery

from gradesync_tui.domain import recurrence
from gradesync_tui.domain.clock import Instant
from gradesync_tui.store.models import RunRow, ScheduleRow
from gradesync_tui.store.rows import among, chunks, recurrence_of


class Due(Struct):
    """A schedule that is due, and what comes of it."""

    id: int
    account_id: int
    type: str
    recurrence: str
    first_run: Instant
    zone: str
    due_at: Instant
    catch_up: int
    time_limit: int
    next_run: Instant | None = None
    occurrences: int = 1
    last: Instant = 0

    @property
    def plain(self) -> bool:
        return self.occurrences == 1


def select_due(now: Instant, limit: int) -> list[Due]:
    columns = (
        ScheduleRow.id,
        ScheduleRow.account_id,
        ScheduleRow.type,
        ScheduleRow.recurrence,
        ScheduleRow.first_run,
        ScheduleRow.zone,
        ScheduleRow.next_run,
        ScheduleRow.catch_up,
        ScheduleRow.time_limit,
    )
    query = ScheduleRow.select(*columns).where(ScheduleRow.next_run <= now)
    return [Due(*row) for row in query.order_by(ScheduleRow.next_run, ScheduleRow.id).limit(limit).tuples()]


def work_out(due: list[Due], now: Instant) -> tuple[list[Due], list[tuple[Due, Exception]]]:
    """Work out what each has missed and what comes next; those for which that fails are answered with apart."""
    good: list[Due] = []
    bad: list[tuple[Due, Exception]] = []
    # Many schedules share one rule and one due time; where First Run is past it does not change the answer of a rule
    # of the calendar, so that it is worked out once.
    known: dict[tuple[str, str, Instant], Instant | None] = {}
    for one in due:
        try:
            rule = recurrence_of(one.recurrence)
            key = (one.recurrence, one.zone, one.due_at)
            shared = not isinstance(rule, recurrence.Every) and one.first_run <= one.due_at
            if shared and key in known:
                following = known[key]
            else:
                following = recurrence.next_after(rule, one.first_run, one.zone, one.due_at)
                if shared:
                    known[key] = following
            one.last = one.due_at
            if following is not None and following <= now:
                gone = recurrence.missed(rule, one.first_run, one.zone, one.due_at, now)
                one.occurrences, one.last = gone.count, gone.last or one.due_at
                following = recurrence.next_after(rule, one.first_run, one.zone, now)
            one.next_run = following
            good.append(one)
        except Exception as error:
            bad.append((one, error))
    return good, bad


def occurrences_taken(ids: list[int], after: Instant) -> set[tuple[int, Instant]]:
    """The occurrences after an instant that have a run already."""
    found: set[tuple[int, Instant]] = set()
    for part in chunks(ids):
        query = RunRow.select(RunRow.schedule_id, RunRow.due_at)
        found.update(query.where(among(RunRow.schedule_id, part), RunRow.due_at > after).tuples())
    return found


def save_next(pairs: list[tuple[int, Instant | None]]) -> None:
    """Save the next run of many schedules in few statements."""
    for part in chunks([pair for pair in pairs if pair[1] is not None], 2000):
        # Written out, not bound: building the statement would take longer than running it.
        text = ",".join(f"({int(schedule_id)},{int(next_run)})" for schedule_id, next_run in part)
        fresh = CTE("fresh", RawQuery(f"VALUES {text}"), columns=("id", "next_run"))
        ScheduleRow.update(next_run=fresh.c.next_run).from_(fresh).where(ScheduleRow.id == fresh.c.id).with_cte(
            fresh
        ).execute()
    for part in chunks([schedule_id for schedule_id, next_run in pairs if next_run is None]):
        ScheduleRow.update(next_run=None).where(among(ScheduleRow.id, part)).execute()
