"""What the fields of the schedule form mean, and the next runs that come of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gradesync_tui.console.presenters.cells import Cell, Span
from gradesync_tui.console.presenters.forms import Wrong, typed_moment
from gradesync_tui.domain.clock import Instant, next_minute, to_datetime
from gradesync_tui.domain.records import Account, Schedule, ScheduleDraft
from gradesync_tui.domain.recurrence import (
    Cron,
    Every,
    Recurrence,
    RecurrenceError,
    describe,
    parse_at,
    parse_cron,
    parse_every,
)
from gradesync_tui.domain.recurrence import preview as upcoming
from gradesync_tui.domain.words import SyncType

RUNS_SHOWN = 5

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"\d{1,2}(:\d\d)?\s*([ap]\.?m\.?)?$|noon$|midnight$", re.IGNORECASE)

_SECONDS = re.compile(r":\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Form:
    """The fields, understood."""

    recurrence: Recurrence
    first_run: Instant
    zone: str


def texts(schedule: Schedule | None, account: Account) -> dict[str, str]:
    """What the fields begin with."""
    if schedule is None:
        return {"when": "", "first": "now", "zone": account.zone}
    return {
        "when": typed(schedule.recurrence),
        "first": typed_moment(schedule.first_run, schedule.zone),
        "zone": schedule.zone,
    }


def typed(recurrence: Recurrence) -> str:
    """A recurrence as a person would type it."""
    if isinstance(recurrence, Every):
        return f"every {recurrence.n} {recurrence.unit}"
    if isinstance(recurrence, Cron):
        return recurrence.expression
    days = recurrence.days
    named = "daily" if days == tuple(range(7)) else "weekdays" if days == tuple(range(5)) else ""
    return f"{named or ','.join(_DAYS[day] for day in days)} {', '.join(recurrence.times)}"


def read_recurrence(text: str) -> Recurrence:
    """A recurrence from one line: an interval, days with times, or a cron expression. RecurrenceError otherwise."""
    words = " ".join(text.split())
    if not words:
        raise RecurrenceError("Say when it runs: every 4 hours, weekdays 18:00, or a cron expression.")
    if (
        len(words.split()) == 5
        and re.fullmatch(r"[\d*/,\-A-Za-z#?L ]+", words)
        and re.search(r"[\d*]", words.split()[0])
    ):
        return parse_cron(words)
    if words.lower().startswith("every ") and not words.lower().startswith("every day "):
        return parse_every(words)
    days, _, times = words.replace(" at ", " ", 1).partition(" ")
    if words.lower().startswith("every day "):
        days, times = "daily", words[len("every day ") :].removeprefix("at ")
    if _TIME.search(times):
        return parse_at(times, days)
    if _TIME.match(words) and ":" in words:
        return parse_at(words, "daily")
    return parse_every(words)


def read(fields: Mapping[str, str], now: Instant) -> Form | Wrong:
    """The fields as they stand, or the first that is wrong."""
    from gradesync_tui.domain.recurrence import validate
    from gradesync_tui.domain.when import MomentError, parse_moment
    from gradesync_tui.services.accounts import check_zone
    from gradesync_tui.services.errors import Invalid

    zone = fields["zone"].strip()
    # A moment is read in the zone, so the zone comes first; what is told first is the first on the screen.
    try:
        check_zone(zone)
        bad_zone = ""
    except Invalid as problem:
        bad_zone = str(problem)
    try:
        recurrence = read_recurrence(fields["when"])
        if not bad_zone:
            validate(recurrence, zone)
    except RecurrenceError as problem:
        return Wrong("when", str(problem))
    if bad_zone:
        return Wrong("zone", bad_zone)
    try:
        first = parse_moment(fields["first"], zone, now)
        return Form(recurrence, first if _SECONDS.search(fields["first"]) else next_minute(first), zone)
    except MomentError as problem:
        return Wrong("first", str(problem))


def preview(form: Form, now: Instant) -> list[Cell]:
    """The recurrence in words and the next runs, daylight saving marked."""
    from gradesync_tui.domain import when

    lines = [
        Cell(
            (
                Span(describe(form.recurrence), "strong"),
                Span(f", {when.zone_label(form.zone)} time. The next {RUNS_SHOWN} runs:", "muted"),
            )
        )
    ]
    for each in upcoming(form.recurrence, form.first_run, form.zone, now, RUNS_SHOWN):
        local = to_datetime(each.at, form.zone)
        lines.append(
            Cell(
                (
                    Span(f"  {local:%a} ", "muted"),
                    Span(f"{when.moment(each.at, now, form.zone):<22}", "text"),
                    Span(f"{local:%Z}", "muted"),
                    Span(f"   {each.note}" if each.note else "", "warn"),
                )
            )
        )
    return lines


def draft(form: Form, account: Account, before: Schedule | None, person: str) -> ScheduleDraft:
    """What the services are asked to save. The rules that the form does not show stay as they were."""
    made = ScheduleDraft(
        account_id=account.id,
        type=before.type if before is not None else SyncType.GRADE_PASSBACK,
        recurrence=form.recurrence,
        first_run=form.first_run,
        zone=form.zone,
        posted_by=before.posted_by if before is not None else person,
    )
    if before is None:
        return made
    from msgspec.structs import replace

    return replace(made, catch_up=before.catch_up, fail_limit=before.fail_limit, time_limit=before.time_limit)
