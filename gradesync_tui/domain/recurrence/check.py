"""Whether a recurrence can be saved."""

from __future__ import annotations

from gradesync_tui.domain.clock import DAY
from gradesync_tui.domain.recurrence.kinds import Every, Recurrence, RecurrenceError
from gradesync_tui.domain.recurrence.patterns import pattern_of
from gradesync_tui.domain.recurrence.walk import UNITS, step_of
from gradesync_tui.domain.zones import UnknownZoneError, check_zone

LONGEST_DAYS = 366


def validate(recurrence: Recurrence, zone: str) -> None:
    """RecurrenceError, in one line that says what to do, unless the recurrence is well formed and ever comes."""
    if isinstance(recurrence, Every):
        check_every(recurrence)
    else:
        pattern_of(recurrence)
    try:
        check_zone(zone)
    except UnknownZoneError as error:
        raise RecurrenceError(str(error)) from None


def check_every(recurrence: Every) -> None:
    """RecurrenceError unless the interval lies between a minute and a year."""
    if recurrence.unit not in UNITS:
        raise RecurrenceError(f'"{recurrence.unit}" is not a unit. Use minutes, hours or days.')
    if recurrence.n <= 0:
        raise RecurrenceError(f"An interval of {recurrence.n} {recurrence.unit} never ends. Use 1 minute or more.")
    if step_of(recurrence) > LONGEST_DAYS * DAY:
        raise RecurrenceError(f"An interval of {recurrence.n:,} {recurrence.unit} is too long. Use 366 days at most.")
