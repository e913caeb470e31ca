"""What the stages of one run share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gradesync_tui.domain.clock import Clock, Instant
from gradesync_tui.domain.grades import Category, GradingPeriod
from gradesync_tui.domain.preflight import local_date
from gradesync_tui.domain.profiles import Profile
from gradesync_tui.domain.records import Account, CategoryRule, Outcome, Run
from gradesync_tui.domain.words import Action, RecordKind, RunMode
from gradesync_tui.sync.claim import Claim
from gradesync_tui.sync.journal import Journal

if TYPE_CHECKING:
    from gradesync_tui.lms.canvas import Canvas
    from gradesync_tui.lms.records import Course
    from gradesync_tui.sis import Sis
    from gradesync_tui.sis.errors import SisError
    from gradesync_tui.store import Store

_OUTAGE_AFTER = 6
"""Records in a row that a SIS may fail to answer before the run gives up on it."""


@dataclass(frozen=True, slots=True)
class Place:
    """One Canvas section and the SIS class that it is."""

    course_id: str
    course: str
    section_id: str
    section: str
    class_id: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One assignment in one class, as Canvas has it."""

    place: Place
    assignment_id: str
    title: str
    group_id: str
    group: str
    due_at: Instant | None
    assigned_at: Instant
    points: float | None
    one_due_date: bool

    @property
    def key(self) -> tuple[str, str]:
        return self.place.class_id, self.assignment_id


@dataclass(frozen=True, slots=True)
class CoursePlan:
    """A course and all that it may send."""

    course_id: str
    name: str
    drafts: tuple[Draft, ...]


@dataclass(frozen=True, slots=True)
class Posted:
    """A line item that the SIS has. `fresh`: made by this run, so that it cannot have results yet."""

    draft: Draft
    line_item_id: str
    fresh: bool


def local_day(at: Instant | None, zone: str) -> str:
    """An instant's day in a zone, as YYYY-MM-DD; empty where there is none."""
    day = local_date(at, zone) if at is not None else None
    return day.isoformat() if day is not None else ""


@dataclass(slots=True)
class Work:
    """One run's surroundings: both systems, the ledger's journal, and what was learnt once for the whole run."""

    account: Account
    run: Run
    profile: Profile
    canvas: Canvas
    sis: Sis
    store: Store
    journal: Journal
    claim: Claim
    clock: Clock
    canvas_account: str
    standard_ids: bool
    started_at: Instant
    rules: list[CategoryRule] = field(default_factory=list)
    categories: list[Category] = field(default_factory=list)
    periods: list[GradingPeriod] = field(default_factory=list)
    courses: dict[str, Course] = field(default_factory=dict)
    full: bool = False
    change_log: bool = True
    _silent: int = 0

    @property
    def preview(self) -> bool:
        return self.run.mode is RunMode.PREVIEW

    @property
    def compares(self) -> bool:
        """Whether what the ledger knows is held against the SIS itself; a SIS that takes files shows nothing."""
        return self.full and self.sis.reads_back

    def answered(self) -> None:
        """The SIS took a record: there is no outage."""
        self._silent = 0

    def refused(self, error: SisError) -> None:
        """One record was not taken. Raises the error where that means that no other would be either.

        That is: the SIS does not accept who we are, or has not answered several records in a row, each after retries.
        """
        from gradesync_tui.sis.errors import SisAuthError, SisCertificateError, SisUnavailable

        if isinstance(error, SisAuthError | SisCertificateError) and error.http_status != 403:
            raise error
        self._silent = self._silent + 1 if isinstance(error, SisUnavailable) else 0
        if self._silent >= _OUTAGE_AFTER:
            raise error

    def outcome(
        self,
        kind: RecordKind,
        action: Action,
        draft: Draft,
        *,
        student_id: str = "",
        pupil: str = "",
        sourced_id: str = "",
        sent: str = "",
        before: str = "",
        cause: str | None = None,
        details: dict[str, str] | None = None,
        http_status: int | None = None,
        answer: str = "",
    ) -> Outcome:
        """An outcome that names the record as a person knows it."""
        place = draft.place
        return Outcome(
            run_id=self.run.id,
            at=self.clock.now(),
            kind=kind,
            action=action,
            course=place.course,
            section=place.section,
            assignment=draft.title,
            pupil=pupil,
            class_id=place.class_id,
            assignment_id=draft.assignment_id,
            student_id=student_id,
            sourced_id=sourced_id,
            sent=sent,
            before=before,
            cause=cause,
            details={
                "assignment": draft.title,
                "course": place.course,
                "section": place.section,
                "class": place.class_id,
                "group": draft.group,
                "category": draft.group,
                "pupil": pupil,
                **({} if draft.points is None else {"points": f"{draft.points:.12g}"}),
                **({"due": day} if (day := local_day(draft.due_at, self.account.zone)) else {}),
                **(details or {}),
            },
            http_status=http_status,
            answer=answer,
        )
