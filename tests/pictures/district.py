"""A week of syncs in the seeded district, by a clock that stands still: the same to the letter each time."""

from __future__ import annotations

from random import Random

from gradesync_tui.domain.clock import DAY, HOUR, SECOND, Instant, ManualClock, parse_instant
from gradesync_tui.domain.records import (
    Account,
    Actor,
    CanvasConnection,
    Counts,
    Outcome,
    Run,
    ScheduleDraft,
    SisConnection,
    StageProgress,
)
from gradesync_tui.domain.recurrence import Recurrence, parse_at, parse_every
from gradesync_tui.domain.words import Action, Level, RecordKind, RunStatus, Stage, SyncType
from gradesync_tui.sandbox.plan import Plan, make_plan
from gradesync_tui.services import Services
from gradesync_tui.store import Store

NOW = parse_instant("2026-11-20T18:26:42Z")
ZONE = "America/New_York"
SUPPORT = Actor(login="mlopez", name="Maria Lopez", origin="console on grades-1")
_LEASE = 600 * SECOND
_PARTS = (3, 1, 4, 1, 6, 14, 2, 30, 1)
"""How long the stages take, beside each other."""


async def build(store: Store, clock: ManualClock) -> tuple[Account, Run]:
    """Fill a fresh store; the district's account, and a run of it with problems. The clock ends at NOW."""
    plan = make_plan(1, 500, NOW)
    luck = Random(1)
    clock.set(NOW - 6 * DAY)
    services = Services(store, clock=clock, actor=SUPPORT)
    await services.begin()
    account = await services.create_account(plan.name, ZONE)
    for name in ("Hillside Unified", "North Valley Charter", "Westbrook City"):
        await _other(services, name)
    await _connect(services, account.id)
    rules: list[tuple[Recurrence, Instant]] = [
        (parse_every("4h"), parse_instant("2026-11-14T11:00:00Z")),
        (parse_at("18:00", "weekdays"), clock.now()),
        (parse_every("30m"), NOW + HOUR),
        (parse_at("6:30", "sat,sun"), clock.now()),
    ]
    made = [await services.add_schedule(_draft(account.id, *rule)) for rule in rules]
    await services.pause([made[2].id], reason="Report cards are printed this week")
    troubled: Run | None = None
    number = 0
    while True:
        due = (await store.dispatch.tick(clock.now())).next_due
        while (run := await store.runs.claim("grades-1-4711", _LEASE)) is not None:
            number += 1
            has_problems = number % 9 == 7
            ended = await _perform(store, clock, run, luck, _blocked(plan, luck) if has_problems else [], number == 12)
            troubled = ended if has_problems else troubled
        if due is None or due > NOW:
            break
        clock.set(due)
    clock.set(NOW - 41 * SECOND)
    await services.run_now(made[0].id)
    going = await store.runs.claim("grades-1-4711", _LEASE)
    assert going is not None and troubled is not None
    await _begin(store, clock, going)
    clock.set(NOW)
    await store.engines.beat("grades-1-4711", "grades-1", 4711, "service", NOW - 3 * DAY, 60 * SECOND)
    return account, troubled


def _draft(account_id: int, rule: Recurrence, first_run: Instant) -> ScheduleDraft:
    return ScheduleDraft(
        account_id=account_id,
        type=SyncType.GRADE_PASSBACK,
        recurrence=rule,
        first_run=first_run,
        zone=ZONE,
        posted_by=SUPPORT.name,
    )


async def _other(services: Services, name: str) -> None:
    account = await services.create_account(name, ZONE)
    await services.add_schedule(_draft(account.id, parse_at("18:00", "daily"), NOW))


async def _connect(services: Services, account_id: int) -> None:
    canvas = CanvasConnection(url="https://canvas.example.org", account="1", token="env:CANVAS_TOKEN")
    sis = SisConnection(
        url="https://sis.example.org/ims/oneroster/v1p1",
        token_url="https://sis.example.org/token",
        client_id="env:SIS_ID",
        client_secret="env:SIS_SECRET",
    )
    for connection in (canvas, sis):
        await services.store.accounts.connect(account_id, connection, SUPPORT)


async def _perform(
    store: Store, clock: ManualClock, run: Run, luck: Random, problems: list[Outcome], fails: bool
) -> Run:
    """A run from its claim to its end."""
    assert run.fence is not None
    scores = luck.randrange(900, 5200)
    assignments = luck.randrange(20, 140)
    counts = Counts(
        assignments=assignments,
        scores=scores,
        created=assignments,
        updated=scores,
        blocked=len(problems),
        new_assignments=assignments,
        scores_added=scores * 9 // 10,
        scores_posted=scores // 20,
        scores_changed=scores - scores * 9 // 10 - scores // 20,
    )
    pace = (scores // 90 + 8) * SECOND // sum(_PARTS)
    for stage, part in zip(Stage, _PARTS, strict=True):
        began = clock.now()
        clock.advance(pace * part)
        if fails and stage is Stage.GET_ASSIGNMENTS:
            await _stage(store, run, StageProgress(stage=stage, started_at=began), Counts())
            await store.runs.finish(run.id, run.fence, RunStatus.FAILED, Counts(), cause="canvas_unavailable")
            return await store.runs.get(run.id)
        done = scores if stage in (Stage.TRANSFORM_SUBMISSIONS, Stage.POST_SUBMISSIONS) else assignments
        progress = StageProgress(stage=stage, started_at=began, finished_at=clock.now(), done=done, total=done)
        await _stage(store, run, progress, counts)
    await store.progress.log(run.id, run.fence, Level.INFO, f"{scores:,} scores sent", Stage.POST_SUBMISSIONS)
    if problems:
        kept = [_of(one, run, clock.now()) for one in problems]
        await store.progress.record(run.id, run.fence, [], kept, counts)
    await store.runs.finish(run.id, run.fence, RunStatus.WARNING if problems else RunStatus.COMPLETED, counts)
    return await store.runs.get(run.id)


async def _begin(store: Store, clock: ManualClock, run: Run) -> None:
    """A run that is in the midst of sending scores at NOW."""
    counts = Counts(
        assignments=118,
        scores=2341,
        created=12,
        updated=2341,
        blocked=3,
        new_assignments=12,
        scores_added=2102,
        scores_posted=201,
        scores_changed=38,
    )
    for stage, part in zip(Stage, _PARTS, strict=True):
        began = clock.now()
        if stage is Stage.POST_SUBMISSIONS:
            progress = StageProgress(stage=stage, started_at=began, done=2341, total=3907)
            await _stage(store, run, progress, counts)
            return
        clock.advance(part * SECOND // 2)
        progress = StageProgress(stage=stage, started_at=began, finished_at=clock.now(), done=118, total=118)
        await _stage(store, run, progress, counts)


async def _stage(store: Store, run: Run, progress: StageProgress, counts: Counts) -> None:
    assert run.fence is not None
    await store.progress.stage(run.id, run.fence, progress, counts)


def _blocked(plan: Plan, luck: Random) -> list[Outcome]:
    """Twelve records that could not go, of three causes, with names of the district."""
    warm_ups, other = luck.sample(plan.classes, 2)
    found = [
        _outcome(warm_ups.title, warm_ups.pupils[n].name, "Warm-up 14", "category_unknown",
                 category="Warm-ups", available="Homework, Tests, Participation")
        for n in range(9)
    ]  # fmt: skip
    found += [_outcome(other.title, other.pupils[n].name, "Unit 3 Test", "student_without_sis_id") for n in range(2)]
    found.append(_outcome(other.title, other.pupils[2].name, "Unit 3 Test", "period_closed", period="Quarter 1"))
    return found


def _outcome(course: str, pupil: str, assignment: str, cause: str, **details: str) -> Outcome:
    return Outcome(
        run_id=0,
        at=0,
        kind=RecordKind.RESULT,
        action=Action.BLOCKED,
        course=course,
        section="Period 2",
        assignment=assignment,
        pupil=pupil,
        cause=cause,
        details=details,
    )


def _of(outcome: Outcome, run: Run, at: Instant) -> Outcome:
    from msgspec.structs import replace

    return replace(outcome, run_id=run.id, at=at)
