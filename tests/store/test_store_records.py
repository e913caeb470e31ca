"""What is put into the store comes out the same, and whoever watches is told."""

from __future__ import annotations

import pytest

from gradesync_tui.domain.clock import DAY, HOUR, SECOND, ManualClock, parse_instant
from gradesync_tui.domain.records import (
    Account,
    Actor,
    CanvasConnection,
    CategoryRule,
    CauseCount,
    Counts,
    Grant,
    LedgerEntry,
    Outcome,
    Policies,
    RunFilter,
    ScheduleDraft,
    SisConnection,
    StageProgress,
)
from gradesync_tui.domain.recurrence import AtTimes, Cron, Every, Recurrence
from gradesync_tui.domain.words import Action, Level, RecordKind, Role, RunStatus, Stage, SyncType
from gradesync_tui.store import Store, feed
from gradesync_tui.store.errors import Duplicate, NotFound

PASSBACK = SyncType.GRADE_PASSBACK


async def started(store: Store, account: Account, ana: Actor) -> tuple[int, int]:
    """A run in progress: its id and its fencing number."""
    await store.runs.request(account.id, PASSBACK, ana)
    run = await store.runs.claim("engine", 10 * SECOND)
    assert run is not None
    assert run.fence is not None
    return run.id, run.fence


async def test_an_account_keeps_what_it_was_given(store: Store, account: Account, ana: Actor) -> None:
    changed = Account(
        id=account.id,
        name="Lakeside Schools",
        created_at=account.created_at,
        zone="America/Chicago",
        policies=Policies(hidden="send", sis_edits="keep"),
    )
    assert await store.accounts.update(changed, ana) == changed
    assert await store.accounts.find("lakeside  SCHOOLS") == changed
    assert await store.accounts.find("Lakeside") is None


async def test_two_accounts_of_one_name_are_refused(store: Store, account: Account, ana: Actor) -> None:
    with pytest.raises(Duplicate):
        await store.accounts.create(" LAKESIDE ", "UTC", ana)
    other = await store.accounts.create("Hillside", "UTC", ana)
    renamed = Account(id=other.id, name="Lakeside", created_at=other.created_at, zone="UTC")
    with pytest.raises(Duplicate):
        await store.accounts.update(renamed, ana)
    with pytest.raises(NotFound):
        await store.accounts.get(99)


async def test_connections_come_back_as_set_and_replace_each_other(store: Store, account: Account, ana: Actor) -> None:
    assert await store.accounts.connections(account.id) == (None, None)
    canvas = CanvasConnection(url="https://canvas.example", token="env:TOKEN")
    sis = SisConnection(url="https://sis.example/v1p1", headers={"X-Key": "env:KEY"})
    for connection in (CanvasConnection(url="https://old.example"), canvas, sis):
        await store.accounts.connect(account.id, connection, ana)
    assert await store.accounts.connections(account.id) == (canvas, sis)
    (summary,) = await store.accounts.summaries()
    assert summary.sis == "progressbook"


async def test_people_and_what_they_may_do(store: Store, account: Account, ana: Actor) -> None:
    grants = (Grant(role=Role.ADMIN, account_id=account.id), Grant(role=Role.VIEWER))
    ben = await store.people.add("ben", "Ben", grants, ana)
    assert await store.people.find("ben") == ben
    assert ben.grants == grants
    with pytest.raises(Duplicate):
        await store.people.add("ben", "Ben", (), ana)
    assert (await store.people.set_grants("ben", (), ana)).grants == ()
    await store.people.remove("ben", ana)
    assert await store.people.list() == []
    with pytest.raises(NotFound):
        await store.people.remove("ben", ana)


@pytest.mark.parametrize("recurrence", [Every(4, "hours"), AtTimes(("06:00", "18:30"), (0, 4)), Cron("0 6 * * 1-5")])
async def test_a_schedule_comes_back_as_it_was_made(
    store: Store, account: Account, ana: Actor, clock: ManualClock, recurrence: Recurrence
) -> None:
    draft = ScheduleDraft(
        account_id=account.id,
        type=SyncType.ROSTER_IMPORT,
        recurrence=recurrence,
        first_run=clock.now() + HOUR,
        zone="Australia/Lord_Howe",
        posted_by="Ana",
        catch_up=HOUR,
        fail_limit=0,
        time_limit=HOUR,
    )
    made = await store.schedules.create(draft, ana)
    assert {name: getattr(made, name) for name in draft.__struct_fields__} == {
        name: getattr(draft, name) for name in draft.__struct_fields__
    }
    assert await store.schedules.list(account.id) == [made]


async def test_a_runs_progress_shows_as_it_was_written(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    run_id, fence = await started(store, account, ana)
    progress = StageProgress(stage=Stage.GET_ASSIGNMENTS, started_at=clock.now(), done=3, total=9)
    await store.progress.stage(run_id, fence, progress, Counts(assignments=2, failed=1))
    await store.progress.log(run_id, fence, Level.WARNING, "one", Stage.GET_ASSIGNMENTS)
    await store.progress.log(run_id, fence, Level.INFO, "two")
    stages = await store.runs.stages(run_id)
    assert [stage.stage for stage in stages] == list(Stage)
    assert stages[2] == progress
    assert stages[3] == StageProgress(stage=Stage.TRANSFORM_ASSIGNMENTS)
    run = await store.runs.get(run_id)
    assert (run.stage, run.counts) == (Stage.GET_ASSIGNMENTS, Counts(assignments=2, failed=1))
    one, two = await store.runs.log(run_id)
    assert (one.text, one.level, one.stage, two.stage) == ("one", Level.WARNING, Stage.GET_ASSIGNMENTS, None)
    assert await store.runs.log(run_id, after=one.id) == [two]


async def test_outcomes_are_found_by_page_kind_cause_and_name(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    run_id, fence = await started(store, account, ana)
    outcomes = [
        Outcome(
            run_id=run_id,
            at=clock.now(),
            kind=RecordKind.RESULT if number % 2 else RecordKind.LINE_ITEM,
            action=Action.BLOCKED if number % 3 == 0 else Action.CREATED,
            pupil=f"Pupil {number}%",
            assignment_id="7",
            student_id=str(number),
            cause="due_date_missing" if number % 3 == 0 else None,
            details={"name": "Essay"},
        )
        for number in range(1000)
    ]
    await store.progress.record(run_id, fence, [], outcomes, Counts(blocked=334))
    first = await store.runs.outcomes(run_id, limit=10)
    second = await store.runs.outcomes(run_id, after=first[-1].id, limit=10)
    assert [one.student_id for one in first + second] == [str(number) for number in range(20)]
    assert await store.runs.outcomes(run_id, before=second[0].id, limit=10) == first
    assert first[0].details == {"name": "Essay"}
    assert await store.runs.outcome_count(run_id) == 1000
    assert await store.runs.outcome_count(run_id, kind=RecordKind.RESULT, action=Action.BLOCKED) == 167
    assert await store.runs.outcome_count(run_id, cause="due_date_missing") == 334
    assert [one.student_id for one in await store.runs.outcomes(run_id, text="pupil 999%")] == ["999"]
    assert await store.runs.outcomes(run_id, text="_upil") == []
    assert await store.runs.causes(run_id) == [CauseCount(cause="due_date_missing", records=334)]
    (traced,) = await store.runs.outcomes_of_grade(account.id, "7", "5")
    assert traced.pupil == "Pupil 5%"


async def test_the_ledger_is_read_by_course_class_and_what_waits(
    store: Store, account: Account, ana: Actor, clock: ManualClock
) -> None:
    run_id, fence = await started(store, account, ana)
    item = LedgerEntry(kind=RecordKind.LINE_ITEM, course_id="1", class_id="c", assignment_id="a", sourced_id="x")
    entries = [
        item,
        LedgerEntry(
            kind=RecordKind.RESULT,
            course_id="1",
            class_id="c",
            assignment_id="a",
            student_id="s",
            state="waiting",
            cause="student_left",
            sent_at=clock.now(),
            run_id=run_id,
            http_status=201,
            title="Essay",
        ),
    ]
    await store.progress.record(run_id, fence, entries, [], Counts())
    ledger = store.ledger
    assert sorted(await ledger.entries(account.id, "1"), key=lambda entry: entry.kind) == entries
    assert await ledger.entries(account.id, "1", RecordKind.LINE_ITEM) == [item]
    assert await ledger.results(account.id, "c", ["a", "b"]) == [entries[1]]
    assert await ledger.waiting(account.id) == [entries[1]]
    assert await ledger.waiting_assignments(account.id) == {"1": {"a"}}
    assert await ledger.find(account.id, "c", "a") == item
    assert await ledger.find(account.id, "c", "a", "s") == entries[1]
    assert (await store.accounts.summaries())[0].problems == 1
    await store.progress.record(run_id, fence, [LedgerEntry(**{**_fields(entries[1]), "state": "sent"})], [], Counts())
    assert await ledger.waiting(account.id) == []


def _fields(entry: LedgerEntry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in entry.__struct_fields__}


async def test_the_history_is_paged_both_ways_and_filtered(store: Store, account: Account, ana: Actor) -> None:
    other = await store.accounts.create("Hillside", "UTC", ana)
    for number in range(30):
        run_id, fence = await started(store, other if number % 3 == 0 else account, ana)
        status = RunStatus.WARNING if number % 5 == 0 else RunStatus.COMPLETED
        await store.runs.finish(run_id, fence, status, Counts(blocked=int(number % 5 == 0)), note=f"number {number}")
    newest = await store.runs.page(account.id, limit=5)
    assert [run.note for run in newest] == [f"number {number}" for number in (29, 28, 26, 25, 23)]
    older = await store.runs.page(account.id, before=newest[-1].id, limit=5)
    assert await store.runs.page(account.id, after=older[-1].id, limit=4) == older[:4]
    assert await store.runs.count(account.id) == 20
    assert await store.runs.count() == 30
    assert await store.runs.count(filter=RunFilter(problems_only=True)) == 6
    assert await store.runs.count(account.id, RunFilter(statuses=(RunStatus.WARNING,), text="NUMBER 5")) == 1


async def test_days_are_the_zones_own(store: Store, account: Account, ana: Actor, clock: ManualClock) -> None:
    clock.set(parse_instant("2026-11-01T06:30:00Z"))
    for _ in range(26):
        run_id, fence = await started(store, account, ana)
        await store.runs.finish(run_id, fence, RunStatus.FAILED, Counts(scores=1))
        clock.advance(HOUR)
    days = await store.runs.daily(account.id, clock.now() - DAY, "America/New_York")
    # The clock goes back that Sunday: it has 25 hours.
    assert [(day.runs, day.failed, day.scores) for day in days] == [(23, 23, 23), (3, 3, 3)]
    assert days[0].day == parse_instant("2026-11-01T04:00:00Z")
    assert days[1].day == parse_instant("2026-11-02T05:00:00Z")


async def test_recent_runs_come_by_schedule(store: Store, account: Account, ana: Actor, clock: ManualClock) -> None:
    draft = ScheduleDraft(
        account_id=account.id,
        type=PASSBACK,
        recurrence=Every(1, "hours"),
        first_run=clock.now(),
        zone="UTC",
        posted_by="Ana",
    )
    one, two = await store.schedules.create(draft, ana), await store.schedules.create(draft, ana)
    ids = []
    for _ in range(4):
        ids.append((await store.runs.request(account.id, PASSBACK, ana, schedule_id=one.id)).id)
        run = await store.runs.claim("engine", 10 * SECOND)
        await store.runs.finish(run.id, run.fence, RunStatus.COMPLETED)  # type: ignore[union-attr, arg-type]
    recent = await store.runs.recent(account.id, per_schedule=3)
    assert [run.id for run in recent[one.id]] == ids[:0:-1]
    assert recent[two.id] == []


async def test_category_rules_replace_each_other_by_scope_and_group(store: Store, account: Account, ana: Actor) -> None:
    save = store.category_rules.save
    first = await save(account.id, "account", "Quizzes", "TEST", None, ana)
    second = await save(account.id, "account", "Quizzes", "QUIZ", "17", ana)
    assert second == CategoryRule(id=first.id, scope="account", group="Quizzes", category="QUIZ", group_id="17")
    other = await save(account.id, "course:5", "Quizzes", "TEST", None, ana)
    assert await store.category_rules.list(account.id) == [second, other]
    await store.category_rules.remove(second.id, ana)
    assert await store.category_rules.list(account.id) == [other]


async def test_every_change_is_in_the_feed_in_order(store: Store, account: Account, ana: Actor) -> None:
    seen = await store.feed.latest()
    run_id, fence = await started(store, account, ana)
    await store.progress.log(run_id, fence, Level.INFO, "text")
    changes = await store.feed.since(seen)
    assert [change.seq for change in changes] == list(range(seen + 1, seen + len(changes) + 1))
    assert {(change.topic, change.ref) for change in changes} >= {("run", run_id)}
    assert await store.feed.since(changes[-1].seq) == []
    assert len(await store.feed.since(0, limit=2)) == 2


async def test_one_engine_works_until_it_leaves_or_falls_silent(store: Store, clock: ManualClock) -> None:
    async def beat(name: str) -> bool:
        return await store.engines.beat(name, "host", 1, "service", clock.now(), 10 * SECOND)

    assert await beat("a")
    assert not await beat("b")
    assert [(engine.id, engine.working) for engine in await store.engines.list()] == [("a", True), ("b", False)]
    clock.advance(10 * SECOND)
    assert await beat("b")
    assert not await beat("a")
    await store.engines.leave("b")
    assert await beat("a")
    # A clock that was ahead must not keep the place taken after it was set right.
    clock.set(clock.now() - HOUR)
    assert await beat("c")


async def test_a_change_that_was_refused_leaves_nothing(store: Store, account: Account, ana: Actor) -> None:
    before = (await store.feed.latest(), await store.audit.page())
    draft = ScheduleDraft(
        account_id=99, type=PASSBACK, recurrence=Every(1, "hours"), first_run=0, zone="UTC", posted_by="Ana"
    )
    with pytest.raises(NotFound):
        await store.schedules.create(draft, ana)
    assert (await store.feed.latest(), await store.audit.page()) == before


async def test_the_feed_forgets_what_nobody_waits_for(
    store: Store, ana: Actor, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "KEPT", 10)
    monkeypatch.setattr(feed, "_AT_ONCE", 5)
    for number in range(20):
        await store.audit.append(ana, "do", str(number))
        await store.engines.beat("a", "host", 1, "service", clock.now(), SECOND)
    changes = await store.feed.since(0)
    assert 10 <= len(changes) <= 17
    assert changes[-1].seq == await store.feed.latest() == 40
