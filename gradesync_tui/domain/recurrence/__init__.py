"""When a schedule runs.

All instants are whole microseconds in UTC; `zone` is the IANA name of the schedule's time zone. The rules for
daylight saving: an interval counts elapsed time; a time of day that the clock skips runs at the first instant after
the gap, once for all that one gap skips; a time that the clock shows twice runs the first time only, unless the
minute or hour of a cron expression has a wildcard, a range or a step: then it runs both times.
"""

from gradesync_tui.domain.recurrence.check import validate
from gradesync_tui.domain.recurrence.kinds import AtTimes, Cron, Every, Recurrence, RecurrenceError
from gradesync_tui.domain.recurrence.parse import parse_at, parse_cron, parse_every
from gradesync_tui.domain.recurrence.preview import Upcoming, preview
from gradesync_tui.domain.recurrence.walk import Missed, missed, next_after, occurrences
from gradesync_tui.domain.recurrence.words import describe

__all__ = [
    "AtTimes",
    "Cron",
    "Every",
    "Missed",
    "Recurrence",
    "RecurrenceError",
    "Upcoming",
    "describe",
    "missed",
    "next_after",
    "occurrences",
    "parse_at",
    "parse_cron",
    "parse_every",
    "preview",
    "validate",
]
