"""What the fields of the rollover form mean, and what the window will do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradesync_tui.console.presenters.cells import Cell, cell
from gradesync_tui.console.presenters.forms import Wrong, length, moment_back, typed_moment
from gradesync_tui.domain.clock import DAY, Instant
from gradesync_tui.domain.records import Rollover, Schedule
from gradesync_tui.domain.text import clean, count

MARKS = "schedules-to-rest"
"""The list of schedules to mark, as if it were a field."""

_DAY_WITHOUT_YEAR = re.compile(
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}\b(?!.*\b\d{4}\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Window:
    """The fields, understood; where something is wrong, the instants may be None."""

    name: str
    pause_at: Instant | None
    resume_at: Instant | None
    wrong: Wrong | None = None


def texts(rollover: Rollover | None, zone: str) -> dict[str, str]:
    """What the fields begin with."""
    if rollover is None:
        return {"name": "", "pause": "", "resume": "", "reason": ""}
    return {
        "name": rollover.name,
        "pause": typed_moment(rollover.pause_at, zone),
        "resume": typed_moment(rollover.resume_at, zone),
        "reason": rollover.reason,
    }


def read(fields: Mapping[str, str], chosen: Sequence[Schedule], now: Instant, zone: str) -> Window:
    """The fields as they stand; what is wrong is said for the first field that is."""
    name = fields["name"].strip()
    wrong = [] if name and clean(name) == name else [Wrong("name", "Give the rollover a name, such as Winter break.")]
    pause_at = _moment("pause", fields["pause"].strip(), zone, now, wrong)
    resume_at = _moment("resume", fields["resume"].strip(), zone, now, wrong)
    if pause_at is not None and resume_at is not None:
        if resume_at <= pause_at and _DAY_WITHOUT_YEAR.match(fields["resume"].strip()):
            # From December a person says "Jan 4" and means the next one.
            resume_at = _moment("resume", fields["resume"].strip(), zone, now + 366 * DAY, wrong) or resume_at
        if resume_at <= pause_at:
            wrong.append(Wrong("resume", "It must resume after it pauses."))
        elif resume_at <= now:
            wrong.append(Wrong("resume", "It is over already: it must resume in the future."))
    if not chosen:
        wrong.append(Wrong(MARKS, "Mark at least one schedule with the space bar; * marks all."))
    return Window(name, pause_at, resume_at, wrong[0] if wrong else None)


def _moment(field: str, text: str, zone: str, now: Instant, wrong: list[Wrong]) -> Instant | None:
    from gradesync_tui.domain.when import MomentError, parse_moment

    if not text:
        wrong.append(Wrong(field, 'Write it like "Dec 19 6pm", "2026-12-19 18:00" or "in 2 hours".'))
        return None
    try:
        return parse_moment(text, zone, now)
    except MomentError as problem:
        wrong.append(Wrong(field, str(problem)))
        return None


def effect(window: Window, chosen: Sequence[Schedule], now: Instant, zone: str) -> list[Cell]:
    """Both moments exactly, and what will not happen between them."""
    said: list[Cell] = []
    if window.pause_at is not None:
        said.append(moment_back("Pauses", window.pause_at, now, zone))
    if window.resume_at is not None:
        said.append(moment_back("Resumes", window.resume_at, now, zone))
    if window.wrong or window.pause_at is None or window.resume_at is None:
        return said
    began = max(window.pause_at, now)
    resting = [schedule for schedule in chosen if schedule.pause is None]
    lost = sum(runs_within(schedule, began, window.resume_at) for schedule in resting)
    start = "At once " if window.pause_at <= now else ""
    words = f"{start}{count(len(chosen), 'schedule rests', 'schedules rest')} for {length(window.resume_at - began)}: "
    words += f"{count(lost, 'run')} will not start." if lost else "no run falls into it."
    if len(resting) < len(chosen):
        words += f" {len(chosen) - len(resting)} rested already; a pause by hand stays."
    said.append(cell(words[0].upper() + words[1:]))
    return said


def runs_within(schedule: Schedule, begin: Instant, end: Instant) -> int:
    """How many occurrences a schedule has from `begin` to before `end`."""
    from gradesync_tui.domain.recurrence import missed

    return missed(schedule.recurrence, schedule.first_run, schedule.zone, begin, end - 1).count


def removal(rollover: Rollover, now: Instant, zone: str) -> list[str]:
    """What comes of taking a window out."""
    from gradesync_tui.domain import when

    window = f"{when.moment(rollover.pause_at, now, zone)} to {when.moment(rollover.resume_at, now, zone)}."
    effects = {
        "upcoming": "Its schedules will not rest then: they run as they always do.",
        "ongoing": f"What it paused ({count(len(rollover.schedule_ids), 'schedule')}) is resumed now.",
        "completed": "It is over; only its line here goes.",
    }
    return [window, effects[rollover.state]]
