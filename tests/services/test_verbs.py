"""What the verbs check, and what the history and the audit log say of them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from gradesync_tui.domain.clock import DAY, HOUR, ManualClock
from gradesync_tui.domain.records import Account, CanvasConnection, Grant, Schedule, ScheduleDraft, SisConnection
from gradesync_tui.domain.recurrence import AtTimes, Cron, Every
from gradesync_tui.domain.words import Role, RunStatus, SyncType
from gradesync_tui.services import Invalid, Services
from gradesync_tui.store import Store
from gradesync_tui.store.errors import Duplicate, NotFound, RunInProgress

As = Callable[..., Services]


@pytest.fixture
def draft(account: Account, clock: ManualClock) -> ScheduleDraft:
    return ScheduleDraft(
        account_id=account.id,
        type=SyncType.GRADE_PASSBACK,
        recurrence=Every(4, "hours"),
        first_run=clock.now() + HOUR,
        zone="America/New_York",
        posted_by="Ana",
    )


@pytest.fixture
async def schedule(as_: As, draft: ScheduleDraft) -> Schedule:
    return await as_("ana").add_schedule(draft)


async def test_run_now_puts_the_persons_name_into_the_history(as_: As, schedule: Schedule) -> None:
    run = await as_("ben").run_now(schedule.id)
    assert (run.requested_by, run.status, run.schedule_id) == ("Ben Admin", RunStatus.QUEUED, schedule.id)


async def test_run_now_says_what_is_in_the_way_and_queues_only_when_told_to(as_: As, schedule: Schedule) -> None:
    first = await as_("ana").run_now(schedule.id)
    with pytest.raises(RunInProgress) as busy:
        await as_("ben").run_now(schedule.id)
    assert busy.value.run.id == first.id
    merged = await as_("ben").run_now(schedule.id, queue=True)
    assert "Ben Admin" in merged.requested_by


async def test_pause_keeps_who_when_and_why_and_resume_goes_on_from_now(
    as_: As, schedule: Schedule, clock: ManualClock
) -> None:
    paused = (await as_("ben").pause([schedule.id], reason="Exams\x1b[31m"))[0]
    assert paused.next_run is None
    assert paused.pause is not None
    assert (paused.pause.by, paused.pause.at) == ("Ben Admin", clock.now())
    assert "\x1b" not in paused.pause.reason
    clock.advance(3 * DAY)
    resumed = (await as_("ben").resume([schedule.id]))[0]
    assert resumed.pause is None
    assert resumed.next_run is not None and clock.now() < resumed.next_run <= clock.now() + 4 * HOUR


async def test_pausing_leaves_a_run_alone_unless_told_to_cancel_it(as_: As, schedule: Schedule, store: Store) -> None:
    ben = as_("ben")
    run = await ben.run_now(schedule.id)
    claimed = await store.runs.claim("engine", 60 * 1_000_000)
    assert claimed is not None and claimed.id == run.id
    await ben.pause([schedule.id])
    assert (await ben.run(run.id)).cancel_by is None
    assert [one.id for one in await ben.running([schedule])] == [run.id]
    await ben.pause([schedule.id], cancel_running=True)
    assert (await ben.run(run.id)).cancel_by == "Ben Admin"


async def test_resume_all_resumes_only_what_pause_all_paused(as_: As, schedule: Schedule, draft: ScheduleDraft) -> None:
    ana, ben = as_("ana"), as_("ben")
    second = await ana.add_schedule(draft)
    await ben.pause([second.id])
    assert [one.id for one in await ben.pause_all(schedule.account_id)] == [schedule.id]
    assert [one.id for one in await ben.resume_all(schedule.account_id)] == [schedule.id]
    assert (await ben.schedule(second.id)).pause is not None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"zone": "America/New_Yrok"}, "America/New_York"),
        ({"zone": "../etc/passwd"}, "time zone"),
        ({"recurrence": Cron("99 6 * * *")}, "99"),
        ({"recurrence": Cron("0 0 30 2 *")}, ""),
        ({"recurrence": AtTimes((), (0,))}, ""),
        ({"recurrence": Every(0, "minutes")}, ""),
        ({"fail_limit": 0}, "at least 1"),
        ({"time_limit": 0}, "time limit"),
        ({"catch_up": -1}, "negative"),
    ],
)
async def test_a_schedule_that_cannot_be_is_refused_with_the_reason(
    as_: As, store: Store, draft: ScheduleDraft, change: dict[str, object], words: str
) -> None:
    with pytest.raises(Invalid) as wrong:
        await as_("ana").add_schedule(msgspec.structs.replace(draft, **change))
    assert words in str(wrong.value)
    assert "\n" not in str(wrong.value)
    assert await store.schedules.list(draft.account_id) == []


async def test_a_second_account_of_the_same_name_is_refused(as_: As, account: Account) -> None:
    for name in ("Lakeside", "lakeside"):
        with pytest.raises(Duplicate):
            await as_("ana").create_account(name, "UTC")
    for name in ("", "  ", "Lake\nside", "Lake\x1b[2Jside"):
        with pytest.raises(Invalid):
            await as_("ana").create_account(name, "UTC")


@pytest.mark.parametrize(
    "url",
    [
        "canvas.example",
        "ftp://canvas.example",
        "https://",
        "https://canvas.example:99999",
        "https://user:secret@canvas.example",
        "http://canvas.example",
        "https://canvas.example/\x1b[31m",
        "https://[::1",
    ],
)
async def test_a_wrong_address_is_refused_and_nothing_is_kept(as_: As, account: Account, url: str) -> None:
    ana = as_("ana")
    with pytest.raises(Invalid, match="https://host"):
        await ana.connect_canvas(account.id, CanvasConnection(url=url), try_it=False)
    assert await ana.connections(account.id) == (None, None)


async def test_a_secret_given_instead_of_a_reference_is_not_repeated(as_: As, account: Account) -> None:
    connection = CanvasConnection(url="https://canvas.example", token="7~abcdefgh")
    with pytest.raises(Invalid) as wrong:
        await as_("ana").connect_canvas(account.id, connection, try_it=False)
    assert "7~abcdefgh" not in str(wrong.value)
    assert "env:NAME" in str(wrong.value)


async def test_an_unknown_sis_profile_names_those_that_exist(as_: As, account: Account) -> None:
    connection = SisConnection(url="https://sis.example", auth="none", profile="progresbook")
    with pytest.raises(Invalid, match="progressbook"):
        await as_("ana").connect_sis(account.id, connection, try_it=False)


async def test_a_rollover_must_lie_ahead_end_after_it_begins_and_hold_own_schedules(
    as_: As, account: Account, schedule: Schedule, clock: ManualClock
) -> None:
    ben, now = as_("ben"), clock.now()
    for start, end, ids in (
        (now + DAY, now + DAY, [schedule.id]),
        (now - 3 * DAY, now - DAY, [schedule.id]),
        (now + DAY, now + 2 * DAY, []),
        (now + DAY, now + 2 * DAY, [schedule.id + 99]),
    ):
        with pytest.raises(Invalid):
            await ben.save_rollover(account.id, "Winter break", start, end, ids)
    saved = await ben.save_rollover(account.id, "Winter break", now + DAY, now + 9 * DAY, [schedule.id])
    assert [one.id for one in await ben.rollovers(account.id)] == [saved.id]
    await ben.remove_rollover(account.id, saved.id)
    with pytest.raises(Invalid):
        await ben.remove_rollover(account.id, saved.id)


async def test_the_last_support_for_all_accounts_cannot_be_lost(as_: As) -> None:
    ana = as_("ana")
    with pytest.raises(Invalid, match="only SIS support"):
        await ana.remove_person("ana")
    with pytest.raises(Invalid, match="only SIS support"):
        await ana.set_grants("ana", [Grant(role=Role.ADMIN)])
    await ana.set_grants("ben", [Grant(role=Role.SUPPORT)])
    await as_("ben").remove_person("ana")


@pytest.mark.parametrize("login", ["", "a b", "-rf", "ana;ls", "x" * 65, "an\na"])
async def test_a_login_holds_nothing_that_a_shell_or_a_file_could_misread(as_: As, login: str) -> None:
    with pytest.raises(Invalid):
        await as_("ana").add_person(login, "Somebody", [Grant(role=Role.VIEWER)])


async def test_what_is_gone_is_said_to_be_gone(as_: As, account: Account, schedule: Schedule) -> None:
    ana = as_("ana")
    await ana.remove_schedule(schedule.id)
    with pytest.raises(NotFound):
        await ana.run_now(schedule.id)
    with pytest.raises(NotFound):
        await ana.run(4711)
    with pytest.raises(Invalid, match="gradesync accounts list"):
        await ana.account("Nowhere")


async def test_watching_shows_what_somebody_else_does_and_misses_nothing_in_between(
    as_: As, schedule: Schedule
) -> None:
    vera = as_("vera")
    position = await vera.feed_position()
    run = await as_("ben").run_now(schedule.id)
    async for changes in vera.watch(since=position, poll=0.01):
        assert ("run", run.id) in {(change.topic, change.ref) for change in changes}
        break


async def test_whoever_watches_one_account_is_shown_the_runs_of_that_account_alone(
    as_: As, schedule: Schedule, draft: ScheduleDraft, store: Store
) -> None:
    ana = as_("ana")
    other = await ana.create_account("Hillside", "UTC")
    await ana.add_person("lou", "Lou Local", [Grant(role=Role.VIEWER, account_id=other.id)])
    own = await ana.run_account(other.id)
    foreign = await ana.run_now(schedule.id)
    assert await as_("lou").runs_among(other.id, [foreign.id, own.id, own.id]) == [own]
    assert all(entry.allowed for entry in await store.audit.page())


async def test_every_action_is_in_the_audit_log_and_the_log_is_whole(as_: As, schedule: Schedule) -> None:
    ben = as_("ben")
    await ben.pause([schedule.id], reason="Exams")
    await ben.resume([schedule.id])
    entries = await ben.audit(schedule.account_id)
    assert [entry.name for entry in entries[:2]] == ["Ben Admin", "Ben Admin"]
    assert all(entry.allowed and entry.origin == "test" for entry in entries)
    assert await ben.verify_audit() is None


async def test_a_schedule_that_this_version_cannot_carry_is_refused(as_: As, draft: ScheduleDraft) -> None:
    with pytest.raises(Invalid, match="Roster Import is not carried"):
        await as_("ana").add_schedule(msgspec.structs.replace(draft, type=SyncType.ROSTER_IMPORT))
