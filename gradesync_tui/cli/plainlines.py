"""Schedules, runs and accounts as sentences that a screen reader reads well: words for everything, no signs."""

from __future__ import annotations

from collections.abc import Sequence

from gradesync_tui.domain.causes import cause, explain, explain_stop
from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.records import AccountSummary, CauseCount, Outcome, Run, Schedule, StageProgress
from gradesync_tui.domain.recurrence import describe
from gradesync_tui.domain.text import count
from gradesync_tui.domain.when import duration, relative, zoned
from gradesync_tui.domain.words import RunStatus


def account_line(one: AccountSummary, now: Instant) -> str:
    """One account: its schedules, what comes next and how the last run ended."""
    parts = [f"{one.account.name}: {count(one.active, 'active schedule')}"]
    if one.paused:
        parts.append(f"{one.paused} paused")
    if one.next_run is not None:
        parts.append(f"next run {zoned(one.next_run, now, one.account.zone)}")
    if one.last_run is not None:
        parts.append(f"last run {one.last_run.status.value}, {zoned(began(one.last_run), now, one.account.zone)}")
    if one.problems:
        parts.append(f"{count(one.problems, 'record')} with problems")
    return ", ".join(parts) + "."


def schedule_name(schedule: Schedule) -> str:
    return f"schedule {schedule.id}, {schedule.type.value}, {describe(schedule.recurrence)}"


def schedule_line(schedule: Schedule, now: Instant) -> str:
    """One schedule: when it runs next, or since when and by whom it is paused."""
    name = schedule_name(schedule)
    parts = [name[:1].upper() + name[1:]]
    if schedule.pause is not None:
        parts.append(f"paused {zoned(schedule.pause.at, now, schedule.zone)} by {schedule.pause.by}")
        if schedule.pause.reason:
            parts.append(f"because: {schedule.pause.reason}")
    elif schedule.next_run is None:
        parts.append("nothing further to come")
    else:
        parts.append(
            f"next run {zoned(schedule.next_run, now, schedule.zone)}, {relative(schedule.next_run, now)}, "
            f"zone {schedule.zone}"
        )
    return ", ".join([*parts, f"made by {schedule.posted_by}"]) + "."


def began(run: Run) -> Instant:
    return run.started_at or run.requested_at


def run_line(run: Run, zone: str, now: Instant) -> str:
    """One run, its status first, because that is what one listens for."""
    parts = [f"Run {run.id}, {run.status.value}", zoned(began(run), now, zone), f"asked for by {run.requested_by}"]
    parts.append(run.type.value)
    if run.stage is not None and run.status not in (RunStatus.COMPLETED, RunStatus.WARNING):
        parts.append(f"stage {run.stage.value}")
    if run.started_at is not None and run.status.finished:
        parts.append(f"took {duration((run.finished_at or run.updated_at) - run.started_at)}")
    if run.counts.assignments or run.counts.scores:
        parts.append(f"{count(run.counts.assignments, 'assignment')} and {count(run.counts.scores, 'score')} sent")
    if run.counts.problems:
        parts.append(count(run.counts.problems, "problem"))
    return ", ".join(parts) + (f". {run.note}" if run.note else ".")


def run_details(
    run: Run, stages: Sequence[StageProgress], causes: Sequence[CauseCount], zone: str, now: Instant
) -> list[str]:
    """A run, the stages that it has reached, and its causes with what to do."""
    lines = [run_line(run, zone, now)]
    for stage in stages:
        if stage.started_at is None:
            continue
        begun = "cut off" if run.status.finished else "going on"
        state = "done" if stage.finished_at is not None else begun
        done = f"{stage.done:,}" if stage.total is None else f"{stage.done:,} of {stage.total:,}"
        lines.append(f"Stage {stage.stage.value}: {state}, {done}.")
    if run.cause is not None:
        lines.append(stop_line(run.cause, run.note))
    lines += [f"Problem: {cause(one.cause).title}, {count(one.records, 'record')}." for one in causes]
    if causes:
        lines.append(f"To hear the records: problems {run.id}")
    return lines


def stop_line(code: str, note: str) -> str:
    """What stopped the whole run, with what to do about it."""
    words = explain_stop(code, note)
    return f"{words.title}: {words.what.rstrip('.')}. To do, by the {words.who}: {words.do}"


def problem_line(outcome: Outcome) -> str:
    """One record that did not go, with what to do about it."""
    words = explain(outcome.cause or "", outcome.details)
    return f"{', '.join(outcome.names)}: {words.what} To do, by the {words.who}: {words.do}"
