"""The tables. Instants are microseconds in UTC; words are kept as they are shown; lists and maps as JSON text."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from peewee import (
    AutoField,
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CompositeKey,
    DatabaseProxy,
    IntegerField,
    Model,
    TextField,
)


class _OfThisThread(threading.local):
    database: Any = None


_here = _OfThisThread()


def use_in_this_thread(database: object) -> None:
    """From now on the models, in this thread, mean that database: each of a store's threads serves one store."""
    _here.database = database


class _CurrentDatabase(DatabaseProxy):
    """The database of the store that the calling thread serves, so that one process can hold several stores."""

    @property
    def obj(self) -> Any:
        return _here.database

    @obj.setter
    def obj(self, value: object) -> None:
        """Peewee sets None when it makes a proxy; a thread's database is set by `use_in_this_thread`."""


database = _CurrentDatabase()


class Table(Model):
    """What all tables share."""

    if TYPE_CHECKING:

        @classmethod
        def select(cls, *fields: object) -> Any:
            """Peewee's stubs promise models even where rows are asked for as dicts or tuples."""

    class Meta:
        database = database
        legacy_table_names = False


class AccountRow(Table):
    """`name_key` is the name as it is compared: two names that differ only in case are one."""

    id = AutoField()
    name = TextField()
    name_key = TextField(unique=True)
    zone = TextField()
    policies = TextField()
    created_at = BigIntegerField()
    full_compared_at = BigIntegerField(null=True)

    class Meta:
        table_name = "account"


class ConnectionRow(Table):
    account_id = IntegerField()
    kind = TextField()
    value = TextField()

    class Meta:
        table_name = "connection"
        primary_key = CompositeKey("account_id", "kind")


class PersonRow(Table):
    id = AutoField()
    login = TextField(unique=True)
    name = TextField()
    created_at = BigIntegerField()

    class Meta:
        table_name = "person"


class GrantRow(Table):
    id = AutoField()
    person_id = IntegerField(index=True)
    role = TextField()
    account_id = IntegerField(null=True)

    class Meta:
        table_name = "person_grant"


class ScheduleRow(Table):
    """`removed_at` keeps a removed schedule for the runs of it that the history shows."""

    id = AutoField()
    account_id = IntegerField(index=True)
    type = TextField()
    recurrence = TextField()
    first_run = BigIntegerField()
    zone = TextField()
    posted_by = TextField()
    created_at = BigIntegerField()
    next_run = BigIntegerField(null=True)
    paused_at = BigIntegerField(null=True)
    paused_by = TextField(default="")
    pause_reason = TextField(default="")
    pause_batch = TextField(null=True)
    catch_up = BigIntegerField()
    fail_limit = IntegerField()
    failures = IntegerField(default=0)
    time_limit = BigIntegerField()
    last_run_id = IntegerField(null=True)
    removed_at = BigIntegerField(null=True)

    class Meta:
        table_name = "schedule"


class RolloverRow(Table):
    """`phase`: 0 nothing was done yet, 1 its schedules were paused, 2 they were resumed."""

    id = AutoField()
    account_id = IntegerField(index=True)
    name = TextField()
    pause_at = BigIntegerField()
    resume_at = BigIntegerField()
    updated_by = TextField()
    updated_at = BigIntegerField()
    reason = TextField(default="")
    phase = IntegerField(default=0)

    class Meta:
        table_name = "rollover"


class RolloverScheduleRow(Table):
    rollover_id = IntegerField()
    schedule_id = IntegerField()

    class Meta:
        table_name = "rollover_schedule"
        primary_key = CompositeKey("rollover_id", "schedule_id")


class RunRow(Table):
    """`by_person`: whether a person asked for it, alone or with the schedule. `lease_until`: until when a claim holds.

    `scores` and `problems` repeat two of the `counts`, for the queries that add them up.
    """

    id = AutoField()
    account_id = IntegerField()
    type = TextField()
    status = TextField()
    requested_by = TextField()
    requested_at = BigIntegerField()
    updated_at = BigIntegerField()
    mode = TextField()
    schedule_id = IntegerField(null=True)
    due_at = BigIntegerField(null=True)
    started_at = BigIntegerField(null=True)
    finished_at = BigIntegerField(null=True)
    stage = TextField(null=True)
    counts = TextField(default="{}")
    scores = IntegerField(default=0)
    problems = IntegerField(default=0)
    missed = IntegerField(default=0)
    note = TextField(default="")
    cause = TextField(null=True)
    merged_into = IntegerField(null=True)
    continues = IntegerField(null=True)
    fence = BigIntegerField(null=True)
    engine = TextField(null=True)
    cancel_by = TextField(null=True)
    time_limit = BigIntegerField()
    lease_until = BigIntegerField(null=True)
    by_person = BooleanField(default=False)

    class Meta:
        table_name = "run"


class StageRow(Table):
    run_id = IntegerField()
    stage = TextField()
    started_at = BigIntegerField(null=True)
    finished_at = BigIntegerField(null=True)
    done = IntegerField(default=0)
    total = IntegerField(null=True)

    class Meta:
        table_name = "run_stage"
        primary_key = CompositeKey("run_id", "stage")


class LogRow(Table):
    id = BigAutoField()
    run_id = IntegerField()
    at = BigIntegerField()
    level = TextField()
    text = TextField()
    stage = TextField(null=True)

    class Meta:
        table_name = "run_log"


class OutcomeRow(Table):
    id = BigAutoField()
    run_id = IntegerField()
    at = BigIntegerField()
    kind = TextField()
    action = TextField()
    course = TextField()
    section = TextField()
    assignment = TextField()
    pupil = TextField()
    class_id = TextField()
    assignment_id = TextField()
    student_id = TextField()
    sourced_id = TextField()
    sent = TextField()
    before = TextField()
    cause = TextField(null=True)
    details = TextField()
    http_status = IntegerField(null=True)
    answer = TextField()

    class Meta:
        table_name = "outcome"


class LedgerRow(Table):
    account_id = IntegerField()
    kind = TextField()
    class_id = TextField()
    assignment_id = TextField()
    student_id = TextField()
    course_id = TextField()
    sourced_id = TextField()
    state = TextField()
    sent_hash = TextField()
    sent = TextField()
    sent_at = BigIntegerField(null=True)
    run_id = IntegerField(null=True)
    http_status = IntegerField(null=True)
    verified_at = BigIntegerField(null=True)
    cause = TextField(null=True)
    title = TextField()

    class Meta:
        table_name = "ledger"
        primary_key = CompositeKey("account_id", "kind", "class_id", "assignment_id", "student_id")


class WatermarkRow(Table):
    account_id = IntegerField()
    course_id = TextField()
    at = BigIntegerField()

    class Meta:
        table_name = "watermark"
        primary_key = CompositeKey("account_id", "course_id")


class CategoryRuleRow(Table):
    id = AutoField()
    account_id = IntegerField()
    scope = TextField()
    group_name = TextField()
    category = TextField()
    group_id = TextField(null=True)

    class Meta:
        table_name = "category_rule"


class EngineRow(Table):
    id = TextField(primary_key=True)
    host = TextField()
    pid = IntegerField()
    kind = TextField()
    started_at = BigIntegerField()
    last_tick = BigIntegerField()
    ttl = BigIntegerField()

    class Meta:
        table_name = "engine"


class LeadershipRow(Table):
    """One row: the engine that works, until when, and the how-manieth change of leadership made it so."""

    id = IntegerField(primary_key=True)
    engine_id = TextField(null=True)
    epoch = BigIntegerField()
    until = BigIntegerField()

    class Meta:
        table_name = "leadership"


class DispatcherRow(Table):
    """One row: the wall clock as the last dispatch saw it, and the edition of the time zone rules it computed with."""

    id = IntegerField(primary_key=True)
    last_tick = BigIntegerField()
    zone_rules = TextField(default="")

    class Meta:
        table_name = "dispatcher"


class ChangeRow(Table):
    seq = BigAutoField()
    topic = TextField()
    ref = IntegerField()

    class Meta:
        table_name = "change_feed"


class AuditRow(Table):
    id = IntegerField(primary_key=True)
    at = BigIntegerField()
    login = TextField()
    name = TextField()
    origin = TextField()
    verb = TextField()
    target = TextField()
    account_id = IntegerField(null=True)
    allowed = BooleanField()
    before = TextField()
    after = TextField()
    hash = TextField()

    class Meta:
        table_name = "audit"


class AuditHeadRow(Table):
    """One row: the last entry, so that a missing end is noticed too."""

    id = IntegerField(primary_key=True)
    last_id = IntegerField()
    hash = TextField()

    class Meta:
        table_name = "audit_head"


TABLES: tuple[type[Table], ...] = (
    AccountRow,
    ConnectionRow,
    PersonRow,
    GrantRow,
    ScheduleRow,
    RolloverRow,
    RolloverScheduleRow,
    RunRow,
    StageRow,
    LogRow,
    OutcomeRow,
    LedgerRow,
    WatermarkRow,
    CategoryRuleRow,
    EngineRow,
    LeadershipRow,
    DispatcherRow,
    ChangeRow,
    AuditRow,
    AuditHeadRow,
)
