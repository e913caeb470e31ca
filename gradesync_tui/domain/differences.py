"""Whether what Canvas says now is what the SIS was sent, or holds."""

from __future__ import annotations

from hashlib import blake2b

from gradesync_tui.domain.clock import to_datetime
from gradesync_tui.domain.grades import LineItem, Result
from gradesync_tui.domain.preflight import local_date, sent_title

_SCORE_TOLERANCE = 0.005  # SIS gradebooks keep two decimals


def line_item_fingerprint(item: LineItem) -> str:
    """A short digest of what a line item says; ids and the day it was assigned do not count as a change."""
    return _digest(
        item.title,
        item.category_id,
        str(item.due_date),
        repr(item.points),
        item.description,
        item.grading_period_id or "",
    )


def result_fingerprint(result: Result) -> str:
    """A short digest of what a result says; the day it was scored does not count as a change."""
    return _digest(repr(result.score), result.status, result.comment, "late" * result.late, "missing" * result.missing)


def same_result(sent: Result, held: Result) -> bool:
    """Whether the SIS holds the score that was sent. An exempt pupil's score does not matter: 1.1 demands one."""
    if sent.status == "exempt" or held.status == "exempt":
        return sent.status == held.status
    if sent.score is None or held.score is None:
        return sent.score is held.score
    return abs(sent.score - held.score) < _SCORE_TOLERANCE


def same_line_item(sent: LineItem, held: LineItem, zone: str = "UTC") -> bool:
    """Whether the SIS holds the line item that was sent, by what every SIS keeps: title, due day and points.

    zone: the account's. SISs keep days, not instants, and their day may be the account's or UTC's.
    """
    return (
        sent_title(sent.title) == sent_title(held.title)
        and to_datetime(held.due_date).date() in (to_datetime(sent.due_date).date(), local_date(sent.due_date, zone))
        and abs(sent.points - held.points) < _SCORE_TOLERANCE
    )


def _digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
