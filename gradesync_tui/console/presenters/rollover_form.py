"""What the fields of the rollover form mean, and what the window will do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradesync_tui.console.presenters.cells import Cell, cell
from gradesync_tui.console.presenters.forms import length, moment_back, typed_moment
from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.records import Rollover, Schedule
from gradesync_tui.domain.text import clean, count


@dataclass(frozen=True, slots=True)
class Window:
    """The fields, understood; `problem` says in one line what cannot be, then the instants may be None."""

    name: str
    pause_at: Instant | None
    resume_at: Instant | None
    problem: str = ""


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
    from gradesync_tui.domain.when import MomentError, parse_moment

    name = fields["name"].strip()
    found: list[Instant | None] = []
    problems = [] if name and clean(name) == name else ["Give the rollover a name, such as Winter break."]
    for field, what in (("pause", "When it pauses"), ("resume", "When it resumes")):
        text = fields[field].strip()
        at: Instant | None = None
        if not text:
            problems.append(f'{what}: write it like "Dec 19 6pm", "2026-12-19 18:00" or "in 2 hours".')
        else:
            try:
                at = parse_moment(text, zone, now)
            except MomentError as problem:
                problems.append(f"{what}: {problem}")
        found.append(at)
    pause_at, resume_at = found
    if pause_at is not None and resume_at is not None:
        if resume_at <= pause_at:
            problems.append("It must resume after it pauses.")
        elif resume_at <= now:
            problems.append("It is over already: it must resume in the future.")
    if not chosen:
        problems.append("Mark at least one schedule with the space bar; * marks all.")
    return Window(name, pause_at, resume_at, problems[0] if problems else "")


def effect(window: Window, chosen: Sequence[Schedule], now: Instant, zone: str) -> list[Cell]:
    """Both moments exactly, and what will not happen between them."""
    said: list[Cell] = []
    if window.pause_at is not None:
        said.append(moment_back("Pauses", window.pause_at, now, zone))
    if window.resume_at is not None:
        said.append(moment_back("Resumes", window.resume_at, now, zone))
    if window.problem or window.pause_at is None or window.resume_at is None:
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
