"""The first tables. A frozen copy of the models as they were, so that later changes of them leave this one alone."""

from __future__ import annotations

from typing import Any

from peewee import (
    AutoField,
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CompositeKey,
    IntegerField,
    Model,
    TextField,
)


class Frozen(Model):
    class Meta:
        legacy_table_names = False


class AccountRow(Frozen):
    id = AutoField()
    name = TextField()
    name_key = TextField(unique=True)
    zone = TextField()
    policies = TextField()
    created_at = BigIntegerField()
    full_compared_at = BigIntegerField(null=True)

    class Meta:
        table_name = "account"


class ConnectionRow(Frozen):
    account_id = IntegerField()
    kind = TextField()
    value = TextField()

    class Meta:
        table_name = "connection"
        primary_key = CompositeKey("account_id", "kind")


class PersonRow(Frozen):
    id = AutoField()
    login = TextField(unique=True)
    name = TextField()
    created_at = BigIntegerField()

    class Meta:
        table_name = "person"


class GrantRow(Frozen):
    id = AutoField()
    person_id = IntegerField(index=True)
    role = TextField()
    account_id = IntegerField(null=True)

    class Meta:
        table_name = "person_grant"


class ScheduleRow(Frozen):
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


class RolloverRow(Frozen):
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


class RolloverScheduleRow(Frozen):
    rollover_id = IntegerField()
    schedule_id = IntegerField()

    class Meta:
        table_name = "rollover_schedule"
        primary_key = CompositeKey("rollover_id", "schedule_id")


class RunRow(Frozen):
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


class StageRow(Frozen):
    run_id = IntegerField()
    stage = TextField()
    started_at = BigIntegerField(null=True)
    finished_at = BigIntegerField(null=True)
    done = IntegerField(default=0)
    total = IntegerField(null=True)

    class Meta:
        table_name = "run_stage"
        primary_key = CompositeKey("run_id", "stage")


class LogRow(Frozen):
    id = BigAutoField()
    run_id = IntegerField()
    at = BigIntegerField()
    level = TextField()
    text = TextField()
    stage = TextField(null=True)

    class Meta:
        table_name = "run_log"


class OutcomeRow(Frozen):
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


class LedgerRow(Frozen):
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


class WatermarkRow(Frozen):
    account_id = IntegerField()
    course_id = TextField()
    at = BigIntegerField()

    class Meta:
        table_name = "watermark"
        primary_key = CompositeKey("account_id", "course_id")


class CategoryRuleRow(Frozen):
    id = AutoField()
    account_id = IntegerField()
    scope = TextField()
    group_name = TextField()
    category = TextField()
    group_id = TextField(null=True)

    class Meta:
        table_name = "category_rule"


class EngineRow(Frozen):
    id = TextField(primary_key=True)
    host = TextField()
    pid = IntegerField()
    kind = TextField()
    started_at = BigIntegerField()
    last_tick = BigIntegerField()
    ttl = BigIntegerField()

    class Meta:
        table_name = "engine"


class LeadershipRow(Frozen):
    id = IntegerField(primary_key=True)
    engine_id = TextField(null=True)
    epoch = BigIntegerField()
    until = BigIntegerField()

    class Meta:
        table_name = "leadership"


class DispatcherRow(Frozen):
    id = IntegerField(primary_key=True)
    last_tick = BigIntegerField()

    class Meta:
        table_name = "dispatcher"


class ChangeRow(Frozen):
    seq = BigAutoField()
    topic = TextField()
    ref = IntegerField()

    class Meta:
        table_name = "change_feed"


class AuditRow(Frozen):
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


class AuditHeadRow(Frozen):
    id = IntegerField(primary_key=True)
    last_id = IntegerField()
    hash = TextField()

    class Meta:
        table_name = "audit_head"


TABLES: tuple[type[Frozen], ...] = (
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

INDEXES = (
    # One run for one occurrence of a schedule, one run in progress for an account, one run that carries another on.
    "CREATE UNIQUE INDEX run_occurrence ON run (schedule_id, due_at)",
    "CREATE UNIQUE INDEX run_in_progress ON run (account_id) WHERE status = 'In Progress'",
    "CREATE UNIQUE INDEX run_continues ON run (continues)",
    "CREATE INDEX run_queued ON run (account_id, id) WHERE status = 'Queued'",
    "CREATE INDEX run_queued_of_schedule ON run (schedule_id) WHERE status = 'Queued'",
    "CREATE INDEX run_of_account ON run (account_id, id)",
    "CREATE INDEX run_of_schedule ON run (schedule_id, id)",
    "CREATE INDEX run_requested ON run (account_id, requested_at)",
    "CREATE INDEX run_merged ON run (merged_into) WHERE merged_into IS NOT NULL",
    "CREATE UNIQUE INDEX run_fence ON run (fence) WHERE fence IS NOT NULL",
    "CREATE INDEX schedule_due ON schedule (next_run) WHERE next_run IS NOT NULL",
    "CREATE INDEX rollover_open ON rollover (phase) WHERE phase < 2",
    "CREATE INDEX log_of_run ON run_log (run_id, id)",
    "CREATE INDEX outcome_of_run ON outcome (run_id, id)",
    "CREATE INDEX outcome_of_grade ON outcome (assignment_id, student_id)",
    "CREATE INDEX ledger_of_course ON ledger (account_id, course_id)",
    "CREATE INDEX ledger_waiting ON ledger (account_id) WHERE state = 'waiting'",
    "CREATE UNIQUE INDEX category_rule_group ON category_rule (account_id, scope, group_name)",
)


def up(migrator: Any, db: Any) -> None:
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES, safe=False)
    for statement in INDEXES:
        db.execute_sql(statement)
