"""What is checked before anything is sent, so that what the SIS would refuse is explained beforehand.

The rules that vary are the SIS profile's; see `domain.profiles`.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct

from gradesync_tui.domain.causes import Blocked
from gradesync_tui.domain.clock import Instant, to_datetime
from gradesync_tui.domain.grades import GradingPeriod, ScoreStatus
from gradesync_tui.domain.profiles import Profile
from gradesync_tui.domain.text import clean

__all__ = [
    "Blocked",
    "LineItemDraft",
    "ScoreDraft",
    "TitleKey",
    "check_line_item",
    "check_score",
    "local_date",
    "numeric",
    "repeated_titles",
    "sent_comment",
    "sent_title",
    "title_key",
]

TitleKey = tuple[str, date | None]
"""What a SIS tells assignments of a class apart by: the title, and the due date where the profile counts it."""


class LineItemDraft(Struct, frozen=True, kw_only=True):
    """An assignment as it stands in Canvas for one class, before it is known whether it can go.

    due_date: the one that holds for the class; None where there is none. due_dates_differ: single pupils have others.
    only_some_pupils: it is assigned to single pupils instead of everyone or the section.
    """

    title: str
    due_date: Instant | None
    points: float | None
    published: bool = True
    course_published: bool = True
    due_dates_differ: bool = False
    only_some_pupils: bool = False
    course: str = ""


class ScoreDraft(Struct, frozen=True, kw_only=True):
    """A score as it stands in Canvas, before it is known whether it can go.

    score: a number, or what Canvas shows instead of one ("A-"); None where there is none. points: of the assignment.
    """

    score: float | str | None
    status: ScoreStatus = "fully graded"
    points: float | None = None
    posted: bool = True
    comment: str = ""
    pupil: str = ""
    student_id: str | None = None
    test_student: bool = False
    enrolled: bool = True
    section: str = ""


def sent_title(title: str) -> str:
    """A title as it is sent: composed (NFC), one line, without control characters, without blanks at the ends."""
    return clean(unicodedata.normalize("NFC", title), limit=len(title) * 3 + 1).strip()


def sent_comment(comment: str) -> str:
    """A comment as it is sent: composed, line by line without control characters, without blanks at the ends."""
    composed = unicodedata.normalize("NFC", comment)
    return "\n".join(clean(line, limit=len(line) * 3 + 1) for line in composed.splitlines()).strip()


def local_date(at: Instant, zone: str = "UTC") -> date | None:
    """The day of an instant in a zone; None where no calendar holds it (years before 1 or after 9999)."""
    try:
        return to_datetime(at, zone).date()
    except (OverflowError, ValueError, OSError):
        return None


def title_key(title: str, due_date: Instant | None, profile: Profile, zone: str = "UTC") -> TitleKey | None:
    """What this title must be unique by, in the profile's eyes; None where it need not be unique.

    Case and blanks do not tell titles apart: most gradebooks show them alike.
    """
    if profile.titles.unique == "no":
        return None
    wording = " ".join(sent_title(title).casefold().split())
    if profile.titles.unique == "class" or due_date is None:
        return (wording, None)
    return (wording, local_date(due_date, zone))


def repeated_titles(drafts: Iterable[LineItemDraft], profile: Profile, zone: str = "UTC") -> set[TitleKey]:
    """The keys that more than one assignment of a class has; give it to `check_line_item` for each of them."""
    keys = (title_key(draft.title, draft.due_date, profile, zone) for draft in drafts)
    return {key for key, times in Counter(keys).items() if key is not None and times > 1}


def check_line_item(
    draft: LineItemDraft,
    profile: Profile,
    periods: Sequence[GradingPeriod] = (),
    *,
    zone: str = "UTC",
    closed: Sequence[GradingPeriod] = (),
    repeated: frozenset[TitleKey] | set[TitleKey] = frozenset(),
) -> list[Blocked]:
    """Why an assignment cannot go to the SIS, the most telling reason first; empty where nothing speaks against it.

    periods: the open grading periods; none means that the SIS shows none, and the date is not checked.
    closed: those that take no grades any more. zone: whose calendar the due date is read in.
    repeated: of `repeated_titles` over the whole class.
    """
    title = sent_title(draft.title)
    shown = {"assignment": clean(title, limit=120)}
    found: list[Blocked] = []
    if not draft.course_published:
        found.append(Blocked(cause="course_unpublished", details={"course": clean(draft.course, limit=120)}))
    if not draft.published:
        found.append(Blocked(cause="assignment_unpublished", details=shown))
    found.extend(_check_title(draft, title, profile, zone, repeated, shown))
    found.extend(_check_due_date(draft, profile, periods, closed, zone, shown))
    found.extend(_check_points(draft.points, profile, shown))
    return found


def check_score(draft: ScoreDraft, profile: Profile) -> list[Blocked]:
    """Why a score cannot go to the SIS, the most telling reason first; empty where nothing speaks against it."""
    shown = {"pupil": clean(draft.pupil, limit=120)} if draft.pupil else {}
    if draft.section:
        shown["section"] = clean(draft.section, limit=120)
    if draft.test_student:
        return [Blocked(cause="test_student", details=shown)]
    if not draft.student_id:
        return [Blocked(cause="student_without_sis_id", details=shown)]
    if not draft.enrolled:
        return [Blocked(cause="student_left", details=shown)]
    if not draft.posted:
        return [Blocked(cause="hidden_grade", details=shown)]
    found: list[Blocked] = []
    if draft.status == "exempt":
        if profile.scores.excused == "skip" or draft.status not in profile.scores.statuses:
            return [Blocked(cause="excused_not_sent", details=shown)]
    else:
        if draft.status not in profile.scores.statuses:
            found.append(Blocked(cause="status_not_allowed", details={**shown, "status": draft.status}))
        found.extend(_check_value(draft.score, draft.points, profile, shown))
    length = len(sent_comment(draft.comment))
    if profile.comments.send and length > profile.comments.max_length:
        limits = {"length": str(length), "limit": str(profile.comments.max_length)}
        found.append(Blocked(cause="comment_too_long", details={**shown, **limits}))
    return found


def numeric(score: float | str | None) -> float | None:
    """The number of a score, where it is one: Canvas also gives numbers as text. None for "A-", NaN and infinity."""
    if score is None or isinstance(score, bool):
        return None
    try:
        # float() also reads "1_000" and digits of other scripts, which no gradebook means as a number.
        if isinstance(score, str) and not (score.isascii() and "_" not in score):
            return None
        value = float(score)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def _check_title(
    draft: LineItemDraft,
    title: str,
    profile: Profile,
    zone: str,
    repeated: frozenset[TitleKey] | set[TitleKey],
    shown: dict[str, str],
) -> list[Blocked]:
    found: list[Blocked] = []
    if not title.replace("\ufffd", "").strip():
        found.append(Blocked(cause="title_empty", details={}))
    elif len(title) > profile.titles.max_length:
        limits = {"length": str(len(title)), "limit": str(profile.titles.max_length)}
        found.append(Blocked(cause="title_too_long", details={**shown, **limits}))
    key = title_key(draft.title, draft.due_date, profile, zone)
    if key is not None and key in repeated:
        found.append(Blocked(cause="title_not_unique", details=shown))
    return found


def _check_due_date(
    draft: LineItemDraft,
    profile: Profile,
    periods: Sequence[GradingPeriod],
    closed: Sequence[GradingPeriod],
    zone: str,
    shown: dict[str, str],
) -> list[Blocked]:
    rules = profile.due_dates
    found: list[Blocked] = []
    if draft.only_some_pupils:
        found.append(Blocked(cause="assigned_to_individuals", details=shown))
    if draft.due_dates_differ and rules.same_for_all:
        found.append(Blocked(cause="due_dates_differ", details=shown))
    if draft.due_date is None:
        if rules.required:
            found.append(Blocked(cause="due_date_missing", details=shown))
        return found
    day = local_date(draft.due_date, zone)
    if day is None:
        return [*found, Blocked(cause="due_date_outside_period", details={**shown, "due": "no day of the calendar"})]
    if not rules.inside_grading_period or not (periods or closed) or any(_holds(period, day) for period in periods):
        return found
    details = {**shown, "due": day.isoformat()}
    for period in closed:
        if _holds(period, day):
            return [*found, Blocked(cause="period_closed", details={**details, "period": _described(period)})]
    details["available"] = "; ".join(_described(period) for period in periods[:6]) or "none is open"
    return [*found, Blocked(cause="due_date_outside_period", details=details)]


def _check_points(points: float | None, profile: Profile, shown: dict[str, str]) -> list[Blocked]:
    if points is None or not math.isfinite(points) or points < 0 or (profile.points.above_zero and points == 0):
        return [Blocked(cause="points_invalid", details={**shown, "points": _number(points)})]
    if points > profile.scores.max_value:
        return [Blocked(cause="points_invalid", details={**shown, "points": _number(points)})]
    if profile.points.whole_numbers and points != int(points):
        return [Blocked(cause="points_not_whole", details={**shown, "points": _number(points)})]
    return []


def _check_value(
    score: float | str | None, points: float | None, profile: Profile, shown: dict[str, str]
) -> list[Blocked]:
    rules = profile.scores
    if score is None:
        return [Blocked(cause="no_score", details=shown)]
    value = numeric(score)
    if value is None:
        written = clean(str(score), limit=40)
        return [Blocked(cause="score_not_numeric", details={**shown, "score": written})]
    details = {**shown, "score": _number(value)}
    if value < 0 and not rules.negative:
        return [Blocked(cause="score_below_minimum", details=details)]
    if abs(value) > rules.max_value:
        return [Blocked(cause="score_too_large", details={**details, "limit": _number(rules.max_value)})]
    if points is not None and value > points and not rules.extra_credit:
        return [Blocked(cause="score_above_maximum", details={**details, "limit": _number(points)})]
    if rules.whole_numbers and value != int(value):
        return [Blocked(cause="score_not_whole", details=details)]
    return []


def _holds(period: GradingPeriod, day: date) -> bool:
    return period.start <= day <= period.end


def _described(period: GradingPeriod) -> str:
    return f"{clean(period.title, limit=40)}: {period.start.isoformat()} to {period.end.isoformat()}"


def _number(value: float | None) -> str:
    return "no" if value is None else f"{value:.12g}"
