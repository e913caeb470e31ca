"""The field's own words, as the program stores and shows them."""

from __future__ import annotations

from enum import StrEnum


class SyncType(StrEnum):
    """What a schedule carries."""

    GRADE_PASSBACK = "Grade Passback"
    ROSTER_IMPORT = "Roster Import"


class Stage(StrEnum):
    """The nine steps of a grade passback, in order; the names are Canvas's own."""

    FETCH_SNAPSHOT = "Fetch Snapshot"
    TRANSFORM_SNAPSHOT = "Transform Snapshot"
    GET_ASSIGNMENTS = "Get Assignments"
    TRANSFORM_ASSIGNMENTS = "Transform Assignments"
    POST_ASSIGNMENTS = "Post Assignments"
    GET_SUBMISSIONS = "Get Submissions"
    TRANSFORM_SUBMISSIONS = "Transform Submissions"
    POST_SUBMISSIONS = "Post Submissions"
    UPDATE_SYNC_TIME = "Update Sync Time"


class RunStatus(StrEnum):
    """Where a run stands. Interrupted is a run that was cut off; another one carries its work on."""

    QUEUED = "Queued"
    IN_PROGRESS = "In Progress"
    COMPLETED = "Completed"
    WARNING = "Warning"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    INTERRUPTED = "Interrupted"
    HELD = "Held"
    SKIPPED = "Skipped"

    @property
    def finished(self) -> bool:
        """Whether nothing further will happen to the run."""
        return self not in (RunStatus.QUEUED, RunStatus.IN_PROGRESS, RunStatus.HELD)


class RunMode(StrEnum):
    """What a run may send: what changed, everything (a full compare), or nothing (a preview)."""

    SYNC = "sync"
    FULL = "full"
    PREVIEW = "preview"


class Action(StrEnum):
    """What a run did with one record."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    WAITING = "waiting"
    BLOCKED = "blocked"
    FAILED = "failed"


PROBLEMS = (Action.BLOCKED, Action.FAILED)
"""What somebody should look at. A record that waits, such as a hidden grade, goes by itself when its time comes."""


class RecordKind(StrEnum):
    """OneRoster's names for an assignment and for a score."""

    LINE_ITEM = "lineItem"
    RESULT = "result"


class Role(StrEnum):
    """What a person may do; each role may also do what the ones before it may."""

    VIEWER = "viewer"
    ADMIN = "admin"
    SUPPORT = "support"

    def covers(self, needed: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Level(StrEnum):
    """How much a line of a run's log matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
