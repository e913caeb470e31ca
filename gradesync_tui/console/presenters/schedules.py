"""The Schedules section: columns and rows as product and people know them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from gradesync_tui.console.presenters.cells import Cell, Column, Span, Tone, cell, cells
from gradesync_tui.console.presenters.charts import trend
from gradesync_tui.console.presenters.columns import chosen
from gradesync_tui.console.presenters.statuses import paused_sign
from gradesync_tui.domain.clock import DAY, Instant
from gradesync_tui.domain.records import PastRun, Schedule
from gradesync_tui.domain.recurrence import AtTimes, Every
from gradesync_tui.domain.text import clean

COLUMNS: tuple[Column, ...] = (
    Column("type", "Type", 14, 20, hugs=True),
    Column("interval", "Interval", 19, 48, hugs=True),
    Column("first", "First Run", 18, 22, rank=3, hugs=True),
    Column("next", "Next Run", 24, 44, gap=1),
    Column("zone", "Time Zone", 9, 20, rank=4, hugs=True),
    Column("by", "Posted By", 14, 40, rank=2, hugs=True),
    Column("action", "Action", 15, 15, sorts=False),
)

MORE_COLUMNS: tuple[Column, ...] = (
    Column("hour", "Hour of Day", 11, 30, rank=2, hugs=True),
    Column("status", "Status", 9, 9, rank=1),
)
"""Columns of newer Canvas versions, for those who are used to them."""

CHOOSABLE: tuple[Column, ...] = (*COLUMNS[:-1], *MORE_COLUMNS, COLUMNS[-1])
DEFAULT_COLUMNS: tuple[str, ...] = tuple(column.key for column in COLUMNS)
_MOMENT = 16
"""Cells of the longest moment that is usual, so that how soon it is stands below each other."""

LEAST_COLUMNS: tuple[str, ...] = ("type", "interval", "action")
"""Without these a row would not say which schedule it is, and could not be pressed."""


def chosen_columns(keys: Sequence[str]) -> tuple[Column, ...]:
    """The columns of these keys, in their order; the least of them always."""
    return chosen(CHOOSABLE, keys, LEAST_COLUMNS)


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """How schedules are looked at: the time it is, whether people may act and signs may be drawn."""

    now: Instant
    icons: bool = True
    may_act: bool = True


def row(schedule: Schedule, view: ScheduleView, *, pressed: int = 0) -> dict[str, Cell]:
    """The cells of a schedule. `pressed`: which of its buttons (1, 2) the keyboard is on; 0 for none."""
    from gradesync_tui.domain import when

    return {
        "type": cell(schedule.type),
        "interval": cell(interval(schedule)),
        "first": cell(when.moment(schedule.first_run, view.now, schedule.zone), "muted"),
        "next": next_run(schedule, view),
        "zone": cell(when.zone_label(schedule.zone), "muted"),
        "by": cell(schedule.posted_by, "muted"),
        "hour": cell(hour_of_day(schedule), "muted"),
        "status": cells((status(schedule), "text" if schedule.pause is None else "warn")),
        "action": buttons(schedule, view, pressed),
    }


def hour_of_day(schedule: Schedule) -> str:
    """At which hours it runs: those it names; for whole days that of its first run; else the whole day."""
    from gradesync_tui.domain import when
    from gradesync_tui.domain.clock import to_datetime

    rule = schedule.recurrence
    if isinstance(rule, AtTimes):
        return ", ".join(when.clock_time(when.read_clock_time(time)) for time in rule.times)
    if isinstance(rule, Every):
        first = to_datetime(schedule.first_run, schedule.zone)
        return when.clock_time(first.hour * 60 + first.minute) if rule.unit == "days" else "all day"
    hours = rule.expression.split()[1:2]
    return "all day" if hours in ([], ["*"]) else f"hour {clean(hours[0])}"


def status(schedule: Schedule) -> str:
    """Canvas's own words: Enabled, or Suspended for what is paused."""
    return "Enabled" if schedule.pause is None else "Suspended"


def interval(schedule: Schedule) -> str:
    """The recurrence in words."""
    from gradesync_tui.domain.recurrence import describe

    return describe(schedule.recurrence)


def next_run(schedule: Schedule, view: ScheduleView) -> Cell:
    """When it runs next and how long that is; for a paused schedule since when and by whom it rests."""
    from gradesync_tui.domain import when

    if schedule.pause is not None:
        day, time = when.moment_parts(schedule.pause.at, view.now, schedule.zone)
        return Cell(
            (
                Span(f"{paused_sign(view.icons)} Paused {day}", "warn"),
                Span(time, "warn", extra=True),
                Span(f" by {clean(schedule.pause.by)}", "muted", extra=True),
            )
        )
    if schedule.next_run is None:
        return cell("nothing left to come", "muted")
    at = when.moment(schedule.next_run, view.now, schedule.zone)
    soon = when.relative(schedule.next_run, view.now).removeprefix("in ")
    return Cell((Span(f"{at:<{_MOMENT}}"), Span(f" {soon}", "muted", extra=True)))


def buttons(schedule: Schedule, view: ScheduleView, pressed: int = 0) -> Cell:
    """The row's buttons: run now, and pause or resume."""
    run = "▶ Run" if view.icons else "> Run"
    paused = schedule.pause is not None
    if paused:
        second = ("▷ Resume" if view.icons else "> Resume", "schedule.resume")
    else:
        second = (f"{paused_sign(view.icons)} Pause", "schedule.pause")
    tone: Tone = "button" if view.may_act else "button-off"
    return Cell(
        (
            Span(run, "strong" if pressed == 1 else tone, ("schedule.run", schedule.id)),
            Span("  "),
            Span(second[0], "strong" if pressed == 2 else tone, (second[1], schedule.id)),
        )
    )


def title(schedules: Sequence[Schedule], shown: int, filtered: bool) -> str:
    """How many there are: `4, 1 paused`, `2 of 4`."""
    if filtered:
        return f"{shown:,} of {len(schedules):,}"
    paused = sum(schedule.pause is not None for schedule in schedules)
    return f"{len(schedules):,}" + (f", {paused:,} paused" if paused else "")


def name(schedule: Schedule) -> str:
    """What a schedule is called in questions and notices: `Grade Passback, Every 4 hours`."""
    return f"{schedule.type}, {interval(schedule)}"


def details(
    schedule: Schedule, now: Instant, recent: Sequence[PastRun] = (), *, shown: Collection[str] = (), icons: bool = True
) -> tuple[Cell, Cell]:
    """The line under the table: why a schedule is paused or about to be, what the columns do not show whole, and
    when it runs after the next time; its last runs, drawn."""
    from gradesync_tui.domain import when
    from gradesync_tui.domain.recurrence import occurrences

    spans: list[Span] = [Span("  ")]
    said: list[str] = []
    if schedule.pause is not None:
        if schedule.pause.reason:
            spans.append(Span(f"“{clean(schedule.pause.reason)}”  ", "text"))
        said.append(f"Paused {when.moment(schedule.pause.at, now, schedule.zone)} by {clean(schedule.pause.by)}")
    elif schedule.failures:
        limit = f"{schedule.failures} of {schedule.fail_limit} failures in a row, then it pauses  "
        spans.append(Span(limit, "warn"))
    left_out = (
        ("interval", interval(schedule)),
        ("first", f"First Run {when.moment(schedule.first_run, now, schedule.zone)}"),
        ("zone", f"Zone {when.zone_label(schedule.zone)}"),
        ("by", f"Posted By {clean(schedule.posted_by)}"),
    )
    said += [text for key, text in left_out if key not in shown]
    if schedule.next_run is not None:
        after, until = schedule.next_run, schedule.next_run + _AHEAD
        to_come = occurrences(schedule.recurrence, schedule.first_run, schedule.zone, after, until)
        then = [when.moment(at, now, schedule.zone) for at in islice(to_come, _AFTER_NEXT)]
        said += [f"Then {', '.join(then)}"] if then else []
    # From the last on they go whole where the room ends.
    spans += [Span(f"{text}   ", "muted", extra=True) for text in said]
    return Cell(tuple(spans)), trend(recent, icons)


_AFTER_NEXT = 3
"""Runs that are named after the next one, if they come soon enough to matter."""

_AHEAD = 60 * DAY


def matches(schedule: Schedule, text: str) -> bool:
    """Whether every word of a filter stands somewhere in the schedule's row."""
    from gradesync_tui.domain import when

    hay = " ".join(
        (
            schedule.type,
            interval(schedule),
            schedule.zone,
            when.zone_label(schedule.zone),
            schedule.posted_by,
            "paused" if schedule.pause else "active",
        )
    ).casefold()
    return all(word in hay for word in text.casefold().split())


def sort_key(schedule: Schedule, column: str) -> int | str | None:
    """What a schedule is sorted by in a column; None for what has no value."""
    if column == "next":
        return schedule.next_run
    if column == "first":
        return schedule.first_run
    if column == "interval":
        return interval(schedule).casefold()
    if column == "zone":
        return schedule.zone
    if column == "hour":
        return hour_of_day(schedule)
    if column == "status":
        return status(schedule)
    if column == "by":
        return schedule.posted_by.casefold()
    return schedule.type
