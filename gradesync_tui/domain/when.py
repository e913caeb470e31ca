"""How instants are written for people and read from them, in a time zone.

Wall times that a person types follow the schedule's own rule: a reading that the clock skips means the first instant
after the gap, one that it shows twice means the first time. pendulum picks the second, so it only reads the text.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from gradesync_tui.domain.clock import DAY, HOUR, MINUTE, SECOND, Instant, from_datetime, to_datetime
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.zones import EARLIEST, FIRST_YEAR, LAST_YEAR, LATEST, to_instant

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NEAR = {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}
_FULL_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = tuple(name[:3] for name in _FULL_WEEKDAYS)
_EPOCH = date(1970, 1, 1)

_CLOCK = re.compile(
    r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::00)?)?\s*(?:(?P<half>[ap])\.?m\.?)?", re.ASCII | re.IGNORECASE
)
_CLOCK_AT_END = re.compile(
    r"(?:^|[\s,T]|\bat\b)\s*(?P<clock>noon|midnight|[0-9]{1,2}(?::[0-9]{2}){1,2}\s*(?:[ap]\.?m\.?)?|[0-9]{1,2}\s*[ap]\.?m\.?)$",
    re.ASCII | re.IGNORECASE,
)
_AMOUNT = re.compile(r"([0-9]{1,9}) ?([a-z]+)", re.ASCII)
_BETWEEN_AMOUNTS = re.compile(r"(?: ?, ?| and |(?<=[a-z]) ?(?=[0-9]))", re.ASCII)
_MINUTES_IN = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 1),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 60),
    **dict.fromkeys(("d", "day", "days"), 1440),
    **dict.fromkeys(("w", "week", "weeks"), 10080),
}
_DATES = ("YYYY-MM-DD", "YYYY-M-D", "M/D/YYYY")
_DATES_OF_YEAR = ("M/D", "MMM D", "MMMM D", "D MMM", "D MMMM")
_LONGEST = 100
"""In characters: what somebody types is not longer."""
_HINT = 'Write it like "tomorrow 6am", "2026-12-01 06:00", "Dec 1, 6:00 AM" or "in 2 hours".'


class MomentError(ValueError):
    """A moment that cannot be read; the message is one line that says what to write."""


def moment(at: Instant, now: Instant, zone: str) -> str:
    """`Today 2:00 PM`, `Tomorrow 6:00 AM`, `Nov 20, 3:12 PM`, and `Nov 20, 2025, 3:12 PM` in another year."""
    return "".join(moment_parts(at, now, zone))


def moment_parts(at: Instant, now: Instant, zone: str) -> tuple[str, str]:
    """A moment's day and, with what parts it from the day, its time: `Nov 20` and `, 3:12 PM`."""
    local, today = to_datetime(at, zone), to_datetime(now, zone)
    clock = clock_time(local.hour * 60 + local.minute)
    near = _NEAR.get((local.date() - today.date()).days)
    if near:
        return near, f" {clock}"
    year = "" if local.year == today.year else f", {local.year}"
    return f"{_MONTHS[local.month - 1]} {local.day}{year}", f", {clock}"


def zoned(at: Instant, now: Instant, zone: str) -> str:
    """As `moment`, with the zone's own short name, for where nothing else says it: `Today 2:00 PM EST`."""
    return f"{moment(at, now, zone)} {_short_name(at, zone)}"


def to_the_second(at: Instant, zone: str) -> str:
    """`2026-11-01 01:30:00 EDT`."""
    return f"{to_datetime(at, zone):%Y-%m-%d %H:%M:%S} {_short_name(at, zone)}"


def _short_name(at: Instant, zone: str) -> str:
    """`EST`, `UTC`; `UTC-03` where a zone has no letters of its own."""
    name = to_datetime(at, zone).strftime("%Z")
    return name if name.isalpha() else f"UTC{name}"


def exact(at: Instant, zone: str) -> str:
    """An instant to the second, with what tells a repeated hour apart: `2026-11-01 01:30:00 EDT (UTC-04:00)`."""
    local = to_datetime(at, zone)
    return f"{local:%Y-%m-%d %H:%M:%S %Z} (UTC{local.replace(microsecond=0).isoformat()[19:]})"


def relative(at: Instant, now: Instant) -> str:
    """`in 34 min`, `2 h ago`, `now`: whole units rounded down, seconds only within the last minute."""
    apart = abs(at - now)
    if apart < SECOND:
        return "now"
    if apart < MINUTE:
        text = f"{apart // SECOND} s"
    elif apart < HOUR:
        text = f"{apart // MINUTE} min"
    elif apart < DAY:
        text = f"{apart // HOUR} h"
    else:
        days = apart // DAY
        text = f"{days:,} day{'s' * (days != 1)}"
    return f"in {text}" if at > now else f"{text} ago"


def duration(microseconds: int) -> str:
    """`0:42`, `12:07`, `1:03:20`; a negative one, from a clock set back, counts as none."""
    minutes, seconds = divmod(max(microseconds, 0) // SECOND, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def zone_label(zone: str) -> str:
    """The place in a zone's name: `New York` for America/New_York."""
    return zone.rpartition("/")[2].replace("_", " ")


def clock_time(minute: int) -> str:
    """A minute of the day as people write it: `6:00 PM`."""
    hour, minute = divmod(minute, 60)
    return f"{(hour + 11) % 12 + 1}:{minute:02} {'AM' if hour < 12 else 'PM'}"


def read_clock_time(text: str) -> int:
    """The minute of the day of `18:00`, `6:30 PM`, `6am`, `noon` or `midnight`; MomentError otherwise."""
    words = text.strip().lower()
    if words in ("noon", "midnight"):
        return 720 if words == "noon" else 0
    match = _CLOCK.fullmatch(words)
    problem = "is not a time of day. Write it like 18:00, 6:30 PM or 6am."
    if match is None:
        raise MomentError(f"{_quoted(text)} {problem}")
    hour, minute, half = int(match["hour"]), int(match["minute"] or 0), match["half"]
    if half is None and match["minute"] is None:
        raise MomentError(f"{_quoted(text)} may be morning or evening. Write {hour}:00, {hour} AM or {hour} PM.")
    if minute > 59 or not (1 <= hour <= 12 if half else hour <= 23):
        raise MomentError(f"{_quoted(text)} {problem}")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour * 60 + minute


def read_minutes(text: str) -> int | None:
    """The minutes in `4h`, `90 minutes`, `1h 30m`, `2 days and 1 hour` or `hour`; None if it is no such amount."""
    words = re.sub(r"\ban? ", "1 ", " ".join(text.lower().split()))
    if words in _MINUTES_IN:
        return _MINUTES_IN[words]
    total = 0
    for part in _BETWEEN_AMOUNTS.split(words):
        amount = _AMOUNT.fullmatch(part)
        if amount is None or amount[2] not in _MINUTES_IN:
            return None
        total += int(amount[1]) * _MINUTES_IN[amount[2]]
    return total


def parse_moment(text: str, zone: str, now: Instant) -> Instant:
    """The instant that a person means, seen from `now` in a zone; MomentError, in one line, if it cannot be told.

    Days: `today`, `tomorrow`, `yesterday`, a weekday (the next one, today excluded), `2026-12-01`, `12/1/2026`,
    `Dec 1` (this year), `Dec 1, 2026`, each with a time of day. A time alone means the next such time. `in 2 hours`
    and `10 minutes ago` count elapsed time. ISO 8601 with an offset is taken as it stands.
    """
    if len(text) > _LONGEST:
        raise MomentError(f"{_quoted(text)} is too long. {_HINT}")
    at = _read(text, zone, now)
    if not EARLIEST <= at < LATEST:
        raise MomentError(f"{_quoted(text)} is too far away. {_HINT}")
    return at


def _read(text: str, zone: str, now: Instant) -> Instant:
    words = " ".join(text.split())
    plain = words.lower()
    if plain == "now":
        return now
    ahead, ago = plain.removeprefix("in "), plain.removesuffix(" ago")
    if ahead != plain or ago != plain:
        minutes = read_minutes(ahead if ahead != plain else ago)
        if minutes is None:
            raise MomentError(f"{_quoted(text)} is not understood. {_HINT}")
        return now + (minutes if ahead != plain else -minutes) * MINUTE
    if re.search(r"[0-9][T ]?[0-9:.]*(?:Z|[+-][0-9]{2}:?[0-9]{2})$", words) and ":" in words:
        return _read_iso(text, words)
    found = _CLOCK_AT_END.search(words)
    if found is None:
        raise MomentError(f"{_quoted(text)} has no time of day. {_HINT}")
    clock, day = read_clock_time(found["clock"]), words[: found.start()].strip(" ,")
    today = to_datetime(now, zone).date()
    if day:
        return _at(zone, _read_day(text, day, today), clock)
    at = _at(zone, today, clock)
    return at if at > now else _at(zone, today + timedelta(days=1), clock)


def _at(zone: str, day: date, minute: int) -> Instant:
    if not FIRST_YEAR < day.year < LAST_YEAR:
        raise MomentError(f"The year {day.year} is too far away. {_HINT}")
    return to_instant(zone, (day - _EPOCH).days * DAY + minute * MINUTE)


def _read_day(text: str, words: str, today: date) -> date:
    plain = words.lower().removeprefix("next ").removeprefix("on ")
    for days, name in _NEAR.items():
        if plain == name.lower():
            return today + timedelta(days=days)
    if plain[:3] in _WEEKDAYS and plain in (plain[:3], _FULL_WEEKDAYS[_WEEKDAYS.index(plain[:3])]):
        return today + timedelta(days=(_WEEKDAYS.index(plain[:3]) - today.weekday() - 1) % 7 + 1)
    import pendulum

    # A day without a year gets one before pendulum reads it, which would otherwise take the machine's.
    spelled = words.replace(",", "").title()
    forms = [(spelled, form) for form in _DATES]
    forms += [(said, f"{form} YYYY") for form in _DATES_OF_YEAR for said in (spelled, f"{spelled} {today.year}")]
    for said, form in forms:
        try:
            return pendulum.from_format(said, form, tz="UTC").date()
        except ValueError:
            continue
    raise MomentError(f"{_quoted(text)} is not understood. {_HINT}")


def _read_iso(text: str, words: str) -> Instant:
    import pendulum

    try:
        read = pendulum.parse(words, exact=True)
        if isinstance(read, datetime):
            return from_datetime(read)
    except (ValueError, OverflowError):
        pass
    raise MomentError(f"{_quoted(text)} is not understood. {_HINT}")


def _quoted(text: str) -> str:
    return f'"{clean(text, limit=80)}"'
