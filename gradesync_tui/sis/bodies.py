"""What is sent: line items and results as each version of OneRoster writes them.

Every body holds all that the strictest server asks for: all required fields, whole references (href, sourcedId, type),
and nothing that the version does not know. Source: 1EdTech OneRoster 1.1 and 1.2 gradebook definitions.
"""

from __future__ import annotations

import math
from typing import Any, Literal
from urllib.parse import quote

from msgspec import Struct

from gradesync_tui.domain.clock import Instant, to_datetime
from gradesync_tui.domain.grades import LineItem, Result
from gradesync_tui.domain.preflight import sent_comment, sent_title
from gradesync_tui.domain.profiles import Profile
from gradesync_tui.sis.errors import SisRefused

RestVersion = Literal["1.1", "1.2"]


class Addresses(Struct, frozen=True):
    """Where a provider keeps its gradebook and its roster: one place in 1.1, two in 1.2. No slash at the end."""

    gradebook: str
    roster: str


def addresses(base_url: str, version: RestVersion) -> Addresses:
    """The service's addresses from the one that people are given: with or without the version's own path."""
    base = base_url.rstrip("/")
    if version == "1.1":
        if base.endswith("/ims/oneroster"):
            base += "/v1p1"
        return Addresses(base, base)
    for service in ("gradebook", "rostering", "resources"):
        root = base.removesuffix(f"/{service}/v1p2")
        if root != base:
            return Addresses(f"{root}/gradebook/v1p2", f"{root}/rostering/v1p2")
    if base.endswith("/v1p2"):
        return Addresses(base, base)
    return Addresses(f"{base}/gradebook/v1p2", f"{base}/rostering/v1p2")


def segment(sourced_id: str) -> str:
    """A sourcedId as one segment of a path. SisRefused for an id that no path can hold."""
    if sourced_id in ("", ".", "..") or any(0xD800 <= ord(letter) <= 0xDFFF for letter in sourced_id):
        raise SisRefused("sis_refused", f"{sourced_id!r} is no sourcedId", details={"answer": "the id cannot be used"})
    return quote(sourced_id, safe="")


class Bodies:
    """Turns records into JSON-ready objects for one provider."""

    def __init__(self, version: RestVersion, places: Addresses, profile: Profile) -> None:
        self._version = version
        self._places = places
        self._profile = profile

    def line_item(self, item: LineItem, modified_at: Instant, school_id: str | None) -> dict[str, Any]:
        """A line item; without a sourcedId where it has none. school_id: of its class, which 1.2 requires."""
        if not math.isfinite(item.points):
            raise SisRefused("points_invalid", "the points possible are no number", details={"points": "no"})
        body: dict[str, Any] = {
            **_base(item.sourced_id, item.active, modified_at),
            "title": sent_title(item.title),
            "assignDate": moment(item.assign_date),
            "dueDate": moment(item.due_date),
            "class": self._reference("roster", "classes", "class", item.class_id),
            "category": self._reference("gradebook", "categories", "category", item.category_id),
            "resultValueMin": 0.0,
            "resultValueMax": float(item.points),
        }
        if item.description:
            body["description"] = sent_comment(item.description)
        if item.grading_period_id:
            period = self._reference("roster", "academicSessions", "academicSession", item.grading_period_id)
            body["gradingPeriod"] = period
            if self._version == "1.2":
                body["academicSession"] = period
        if self._version == "1.2":
            body["school"] = self._reference("roster", "orgs", "org", school_id or "")
        return body

    def result(self, result: Result, modified_at: Instant) -> dict[str, Any]:
        """A result; without a sourcedId where it has none."""
        score = sent_score(result, self._version)
        body: dict[str, Any] = {
            **_base(result.sourced_id, result.active, modified_at),
            "lineItem": self._reference("gradebook", "lineItems", "lineItem", result.line_item_id),
            "student": self._reference("roster", "users", "user", result.student_id),
            "scoreStatus": result.status,
            "scoreDate": result.score_date.isoformat(),
        }
        if score is not None:
            body["score"] = score
        if self._version == "1.2":
            body["class"] = self._reference("roster", "classes", "class", result.class_id)
            for name, travels, value in (
                ("late", self._profile.scores.late, result.late),
                ("missing", self._profile.scores.missing, result.missing),
            ):
                if travels == "flag":
                    body[name] = "true" if value else "false"
        comment = comment_of(result, self._profile)
        if comment is not None:
            body["comment"] = comment
        return body

    def _reference(
        self, place: Literal["gradebook", "roster"], kind: str, type_: str, sourced_id: str
    ) -> dict[str, str]:
        base = self._places.gradebook if place == "gradebook" else self._places.roster
        return {"href": f"{base}/{kind}/{segment(sourced_id)}", "sourcedId": sourced_id, "type": type_}


def sent_score(result: Result, version: RestVersion) -> float | None:
    """The score that travels. An exempt result has none in 1.2, and 0 in 1.1, which asks for a number.

    SisRefused for a score that the version cannot hold: none at all in 1.1, or one that is no number.
    """
    score = result.score
    if score is not None and not math.isfinite(score):
        raise SisRefused("score_not_numeric", "the score is no number", details={"score": str(score)})
    if version == "1.2":
        return None if score is None or result.status == "exempt" else float(score)
    if score is None and result.status != "exempt":
        raise SisRefused("no_score", "OneRoster 1.1 holds no result without a score")
    return float(score or 0.0)


def comment_of(result: Result, profile: Profile) -> str | None:
    """The comment that travels; None where the profile sends none. An empty one takes an earlier one back."""
    words = [
        word
        for word, travels, value in (
            ("Late", profile.scores.late, result.late),
            ("Missing", profile.scores.missing, result.missing),
        )
        if value and travels == "comment"
    ]
    if profile.comments.send:
        text = sent_comment(result.comment)
        return ". ".join([*words, text] if text else words)
    return ". ".join(words) if "comment" in (profile.scores.late, profile.scores.missing) else None


def moment(at: Instant) -> str:
    """An instant as OneRoster writes it: UTC, milliseconds, Z. SisRefused where no calendar holds it."""
    try:
        return to_datetime(at).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    except (OverflowError, ValueError, OSError):
        raise SisRefused(
            "due_date_outside_period", "a date is outside the calendar", details={"due": "no day of the calendar"}
        ) from None


def _base(sourced_id: str, active: bool, modified_at: Instant) -> dict[str, Any]:
    named = {"sourcedId": sourced_id} if sourced_id else {}
    return {**named, "status": "active" if active else "tobedeleted", "dateLastModified": moment(modified_at)}
