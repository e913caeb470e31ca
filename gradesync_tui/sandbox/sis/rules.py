"""What the SIS takes and refuses: the rules that vendors are known for, as data, and how a broken one is answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal

from gradesync_tui.domain.clock import parse_instant, to_datetime
from gradesync_tui.sandbox.sis.state import LineItem, Result, SisState


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one SIS.

    unique: in what a title must be unique. category: `known` refuses an unknown one, `default` puts it into the first
    category without a word, `any` takes everything, `first` puts everything into the first.
    statuses: the score statuses that are taken (empty: all).
    status: the HTTP status of a broken rule. extra_credit: whether a score may be above the points.
    """

    title_limit: int | None = None
    unique: Literal["", "class", "class and due date"] = ""
    open_period: bool = False
    category: Literal["known", "default", "any", "first"] = "known"
    positive_points: bool = False
    whole_scores: bool = False
    extra_credit: bool = True
    statuses: tuple[str, ...] = ()
    comment_limit: int | None = None
    deletes: bool = True
    enrolled: bool = True
    status: int = 422


_STRICT = Rules(unique="class and due date", open_period=True, positive_points=True, deletes=False)

PROFILES = {
    "plain": Rules(enrolled=False),
    "progressbook": replace(_STRICT, title_limit=50),
    "infinite_campus": replace(_STRICT, title_limit=30, deletes=True),
    "powerschool": replace(_STRICT, title_limit=30, unique="class", status=409),
    "aeries": replace(_STRICT, title_limit=255, status=400),
    "skyward": replace(_STRICT, title_limit=255, category="default"),
    "synergy": replace(_STRICT, title_limit=255),
    "blackbaud": replace(_STRICT, title_limit=255, statuses=("fully graded",)),
    "focus": replace(_STRICT, title_limit=255),
}


class Broken(Exception):
    """A rule was broken; the message is what the SIS says about it."""

    def __init__(self, message: str, status: int, code: str = "invaliddata") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def check_item(state: SisState, rules: Rules, item: LineItem, zone: str) -> None:
    """Broken where the SIS would refuse a line item; a `default` category is set in place."""
    klass = state.classes.get(item.klass)
    if klass is None:
        raise Broken(
            f"Could Not Determine Class or Grading Period: class {item.klass} not found.", 404, "unknownobject"
        )
    _check_category(state, rules, item)
    if not item.title.strip():
        raise Broken("Assignment name must not be empty.", rules.status)
    if rules.title_limit is not None and len(item.title) > rules.title_limit:
        raise Broken(f"Assignment name is longer than {rules.title_limit} characters.", rules.status)
    if rules.positive_points and item.most <= 0:
        raise Broken("Points possible must be greater than zero.", rules.status)
    if rules.unique:
        _check_unique(state, rules, item)
    if rules.open_period:
        _check_period(state, rules, local_day(item.due, zone))


def _check_category(state: SisState, rules: Rules, item: LineItem) -> None:
    if rules.category == "first":
        item.category = next(iter(state.categories))
    category = state.categories.get(item.category)
    if category is not None and category.active and category.klass in (None, item.klass):
        return
    if rules.category == "known":
        names = [one.title for one in state.categories.values() if one.klass in (None, item.klass)]
        raise Broken(
            f"Grading category [{item.category}] not found in OneRoster for [{item.title}]. Please ensure that your "
            "assignment categories match between OneRoster and Canvas. "
            f"Available grading categories are: [{', '.join(names)}]",
            rules.status,
        )
    if rules.category == "default":
        item.category = next(iter(state.categories))


def _check_unique(state: SisState, rules: Rules, item: LineItem) -> None:
    for other in state.items_of_class[item.klass].values():
        if other.id == item.id or other.title != item.title or not other.active:
            continue
        if rules.unique == "class" or other.due[:10] == item.due[:10]:
            raise Broken(f'Assignment Already Exists: "{item.title}" in class {item.klass}.', rules.status)


def _check_period(state: SisState, rules: Rules, day: date) -> None:
    for session in state.sessions.values():
        if session.type == "gradingPeriod" and session.start <= day <= session.end:
            if session.closed:
                raise Broken(f"Assignment is Locked: grading period {session.title} is closed.", rules.status)
            return
    raise Broken(f"Due Date Error: {day.isoformat()} is in no grading period.", rules.status)


def check_result(state: SisState, rules: Rules, result: Result) -> None:
    """Broken where the SIS would refuse a result; its line item is known to exist."""
    item = state.line_items[result.line_item]
    if result.student not in state.people:
        raise Broken(f"Student {result.student} not found.", 404, "unknownobject")
    if rules.enrolled and result.student not in state.pupils_of_class[item.klass]:
        raise Broken(f"Student Does Not Belong: {result.student} is not enrolled in class {item.klass}.", rules.status)
    if rules.statuses and result.status not in rules.statuses:
        raise Broken(f'Score status "{result.status}" is not allowed.', rules.status)
    if rules.comment_limit is not None and len(result.comment) > rules.comment_limit:
        raise Broken(f"Comment is longer than {rules.comment_limit} characters.", rules.status)
    if result.score is None:
        return
    if result.score < item.least:
        raise Broken(
            f"Unable to Process Score: {result.score:g} is below the least possible {item.least:g}.", rules.status
        )
    if result.score > item.most and not rules.extra_credit:
        raise Broken(
            f"Unable to Process Score: {result.score:g} is above the points possible {item.most:g}.", rules.status
        )
    if rules.whole_scores and result.score != int(result.score):
        raise Broken(f"Unable to Process Score: {result.score:g} is not a whole number.", rules.status)


@lru_cache(maxsize=10_000)
def local_day(text: str, zone: str) -> date:
    """The district's day of a date-time or a date as OneRoster writes it; Broken if it is none."""
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        return to_datetime(parse_instant(text), zone).date()
    except (ValueError, OverflowError):
        raise Broken(f"Invalid Due Date: {text!r}", 422) from None
