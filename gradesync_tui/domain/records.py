"""What the store keeps, as plain values: every layer may hold them, none but the store knows how they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct, field

from gradesync_tui.domain.clock import DAY, HOUR, Instant
from gradesync_tui.domain.recurrence import Recurrence
from gradesync_tui.domain.words import Action, Level, RecordKind, Role, RunMode, RunStatus, Stage, SyncType

# --- who and where ---------------------------------------------------------------------------------------------------


class Policies(Struct, frozen=True, kw_only=True):
    """An account's choices; every default is the safe one.

    hidden: what happens to grades not yet posted in Canvas. sis_edits: what happens where somebody changed a score in
    the SIS. deletes: what happens in the SIS to a grade deleted in Canvas. full_compare_every: microseconds between
    two runs that compare everything, which finds what Canvas's `graded_since` cannot show.
    """

    hidden: Literal["wait", "send"] = "wait"
    sis_edits: Literal["overwrite", "keep", "flag"] = "overwrite"
    deletes: Literal["never", "clear"] = "never"
    full_compare_every: int = 7 * DAY


class Account(Struct, frozen=True, kw_only=True):
    """A district's Canvas account."""

    id: int
    name: str
    created_at: Instant
    zone: str = "UTC"
    policies: Policies = Policies()


class CanvasConnection(Struct, frozen=True, kw_only=True, tag="canvas", tag_field="kind"):
    """How Canvas is reached. Secrets are references (`env:NAME`, `file:PATH`), never values.

    Either `token` (a personal token) or `client_id`, `client_secret` and `refresh_token` (a developer key).
    """

    url: str
    account: str = "self"
    token: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    refresh_token: str | None = None
    ca_file: str | None = None


class SisConnection(Struct, frozen=True, kw_only=True, tag="sis", tag_field="kind"):
    """How the SIS is reached. `client_id`, `client_secret` and the values of `headers` are references to secrets.

    url: the base address of the OneRoster service, with its version path; for CSV a folder or `sftp://user@host/path`.
    """

    url: str
    version: Literal["1.1", "1.2", "csv-1.1", "csv-1.2"] = "1.1"
    dialect: Literal["standard", "modified"] = "standard"
    profile: str = "progressbook"
    auth: Literal["oauth2", "oauth1-sha1", "oauth1-sha256", "none"] = "oauth2"
    token_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    ca_file: str | None = None
    ssh_key: str | None = None
    ssh_known_hosts: str | None = None


Connection = CanvasConnection | SisConnection


class Grant(Struct, frozen=True, kw_only=True):
    """A role, for one account or (None) for all."""

    role: Role
    account_id: int | None = None


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who may use gradesync: a login, and the name that the history shows."""

    id: int
    login: str
    name: str
    created_at: Instant
    grants: tuple[Grant, ...] = ()


# --- schedules -------------------------------------------------------------------------------------------------------


PAUSE_ALL = "all"
"""The batch of schedules that a Pause All paused."""


class Pause(Struct, frozen=True, kw_only=True):
    """Since when and by whom a schedule is paused. `batch` names what paused it with others (Pause All, a rollover)."""

    at: Instant
    by: str
    reason: str = ""
    batch: str | None = None

    @property
    def is_by_pause_all(self) -> bool:
        """Whether Resume All takes it back."""
        return self.batch == PAUSE_ALL


class Schedule(Struct, frozen=True, kw_only=True):
    """When an account is synced. `next_run` is None while paused, or when nothing is left to come."""

    id: int
    account_id: int
    type: SyncType
    recurrence: Recurrence
    first_run: Instant
    zone: str
    posted_by: str
    created_at: Instant
    next_run: Instant | None = None
    pause: Pause | None = None
    catch_up: int = DAY
    fail_limit: int = 5
    failures: int = 0
    time_limit: int = 2 * HOUR
    last_run_id: int | None = None


class Rollover(Struct, frozen=True, kw_only=True):
    """A named window in which chosen schedules rest."""

    id: int
    account_id: int
    name: str
    pause_at: Instant
    resume_at: Instant
    schedule_ids: tuple[int, ...]
    updated_by: str
    updated_at: Instant
    state: Literal["upcoming", "ongoing", "completed"]
    reason: str = ""


# --- runs ------------------------------------------------------------------------------------------------------------


class Counts(Struct, frozen=True, kw_only=True):
    """What a run did so far. `assignments` and `scores` are records sent; the last four are what Canvas reported."""

    assignments: int = 0
    scores: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    waiting: int = 0
    blocked: int = 0
    failed: int = 0
    new_assignments: int = 0
    scores_added: int = 0
    scores_posted: int = 0
    scores_changed: int = 0

    @property
    def problems(self) -> int:
        return self.blocked + self.failed


class StageProgress(Struct, frozen=True, kw_only=True):
    """How far a stage is: `done` of `total` (None while unknown); instants are None until reached."""

    stage: Stage
    started_at: Instant | None = None
    finished_at: Instant | None = None
    done: int = 0
    total: int | None = None


class Run(Struct, frozen=True, kw_only=True):
    """One execution. `due_at` is None for a run that a person asked for; `fence` is None until it is claimed."""

    id: int
    account_id: int
    type: SyncType
    status: RunStatus
    requested_by: str
    requested_at: Instant
    updated_at: Instant
    mode: RunMode = RunMode.SYNC
    schedule_id: int | None = None
    due_at: Instant | None = None
    started_at: Instant | None = None
    finished_at: Instant | None = None
    stage: Stage | None = None
    counts: Counts = Counts()
    missed: int = 0
    note: str = ""
    cause: str | None = None
    merged_into: int | None = None
    continues: int | None = None
    fence: int | None = None
    engine: str | None = None
    cancel_by: str | None = None
    time_limit: int = 2 * HOUR


class LogLine(Struct, frozen=True, kw_only=True):
    """One line of a run's log."""

    id: int
    run_id: int
    at: Instant
    level: Level
    text: str
    stage: Stage | None = None


class Outcome(Struct, frozen=True, kw_only=True):
    """What happened to one record in one run, with the names that a person knows it by.

    Unchanged records are counted, not listed. `cause` is a code of the failure catalogue; `details` fills the
    catalogue's words; `answer` is the raw answer, for support. `id` is 0 until it is stored.
    """

    run_id: int
    at: Instant
    kind: RecordKind
    action: Action
    course: str = ""
    section: str = ""
    assignment: str = ""
    pupil: str = ""
    class_id: str = ""
    assignment_id: str = ""
    student_id: str = ""
    sourced_id: str = ""
    sent: str = ""
    before: str = ""
    cause: str | None = None
    details: dict[str, str] = field(default_factory=dict)
    http_status: int | None = None
    answer: str = ""
    id: int = 0

    @property
    def names(self) -> list[str]:
        """What a person knows the record by: assignment, pupil, course, and its section if that is named otherwise."""
        section = self.section if self.section != self.course else ""
        return [name for name in (self.assignment, self.pupil, self.course, section) if name]


class RunDetails(Struct, frozen=True, kw_only=True):
    """One run, its nine stages in order, and its problems by cause, the most records first."""

    run: Run
    stages: Sequence[StageProgress]
    causes: Sequence[CauseCount]


class PastRun(Struct, frozen=True, kw_only=True):
    """How a run went, as a chart of many shows it."""

    id: int
    status: RunStatus
    updated_at: Instant
    started_at: Instant | None = None
    finished_at: Instant | None = None


class CauseCount(Struct, frozen=True, kw_only=True):
    """How many records of a run share a cause."""

    cause: str
    records: int


# --- what the SIS is known to hold -----------------------------------------------------------------------------------


class LedgerEntry(Struct, frozen=True, kw_only=True):
    """What the SIS was last sent for one line item or result.

    The key is (account, kind, class_id, assignment_id, student_id); `student_id` is empty for a line item.
    sent_hash: of what was last sent and accepted, empty if nothing ever was. state: `sent` (there, as far as known),
    `waiting` (Canvas has something that could not go yet: `cause` says why; it is looked at again in every run).
    """

    kind: RecordKind
    course_id: str
    class_id: str
    assignment_id: str
    student_id: str = ""
    sourced_id: str = ""
    state: Literal["sent", "waiting"] = "sent"
    sent_hash: str = ""
    sent: str = ""
    sent_at: Instant | None = None
    run_id: int | None = None
    http_status: int | None = None
    verified_at: Instant | None = None
    cause: str | None = None
    title: str = ""


class CategoryRule(Struct, frozen=True, kw_only=True):
    """An assignment group sent as a category. `scope`: `account`, `school:ID` or `course:ID`; the narrowest wins.

    `group_id` is Canvas's id where known, so that a renamed group keeps its rule; `group` is its name when last seen.
    """

    id: int
    scope: str
    group: str
    category: str
    group_id: str | None = None


# --- what happens around it ------------------------------------------------------------------------------------------


class Engine(Struct, frozen=True, kw_only=True):
    """A process that runs schedules: the one that works, or one that stands by."""

    id: str
    host: str
    pid: int
    kind: Literal["service", "console", "demo"]
    started_at: Instant
    last_tick: Instant
    working: bool


class Change(Struct, frozen=True, kw_only=True):
    """One entry of the change feed: something of `topic` (`run`, `schedule`, `account`, `engine` …) has changed."""

    seq: int
    topic: str
    ref: int


class AuditEntry(Struct, frozen=True, kw_only=True):
    """Who did what, when, from where; `hash` covers the entry and the one before it."""

    id: int
    at: Instant
    login: str
    name: str
    origin: str
    verb: str
    target: str
    account_id: int | None
    allowed: bool
    before: str
    after: str
    hash: str


class Actor(Struct, frozen=True, kw_only=True):
    """The person (or the program) behind an action, and where it came from, for the history and the audit log."""

    login: str
    name: str
    origin: str = ""


class ScheduleDraft(Struct, frozen=True, kw_only=True):
    """What a person sets of a schedule."""

    account_id: int
    type: SyncType
    recurrence: Recurrence
    first_run: Instant
    zone: str
    posted_by: str
    catch_up: int = DAY
    fail_limit: int = 5
    time_limit: int = 2 * HOUR


class RunFilter(Struct, frozen=True, kw_only=True):
    """Which runs to show; the text is looked for in who asked, the type, the status and the note."""

    text: str = ""
    statuses: tuple[RunStatus, ...] = ()
    schedule_id: int | None = None
    problems_only: bool = False


RunColumn = Literal["started", "updated", "took", "by", "type", "stage", "status", "assignments", "scores", "problems"]


class RunOrder(Struct, frozen=True, kw_only=True):
    """By which column runs are sorted; `down`: the greatest or latest first."""

    by: RunColumn
    down: bool = False


class AccountSummary(Struct, frozen=True, kw_only=True):
    """An account at one glance.

    sis: the SIS's profile; empty where none is connected. problems: how many records wait for somebody. sis_label: the
    profile's name for people, where it is known.
    """

    account: Account
    sis: str
    active: int
    paused: int
    next_run: Instant | None
    last_run: Run | None
    problems: int
    sis_label: str = ""


class DayTotals(Struct, frozen=True, kw_only=True):
    """One day of an account: `day` is its first instant in the zone asked for."""

    day: Instant
    runs: int
    failed: int
    scores: int
    problems: int


class Heartbeat(Struct, frozen=True, kw_only=True):
    """What a running sync learns when it shows that it is alive."""

    cancel_by: str | None


class Tick(Struct, frozen=True, kw_only=True):
    """What one tick of the engine did, and when the next occurrence is due."""

    started: int
    next_due: Instant | None
