"""Every verb needs its role; who lacks it is refused, nothing changes, and the audit log says so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gradesync_tui.domain.clock import DAY, ManualClock
from gradesync_tui.domain.records import Account, Actor, Grant, Schedule, ScheduleDraft, SisConnection
from gradesync_tui.domain.recurrence import Every
from gradesync_tui.domain.words import Role, SyncType
from gradesync_tui.services import Refused, Services, Verb
from gradesync_tui.services.roles import NEEDED
from gradesync_tui.store import Store

As = Callable[..., Services]
Call = Callable[[Services, Account, Schedule], Awaitable[Any]]

SIS = SisConnection(url="https://sis.example/v1p1", auth="none")


def draft(account_id: int, now: int) -> ScheduleDraft:
    return ScheduleDraft(
        account_id=account_id,
        type=SyncType.GRADE_PASSBACK,
        recurrence=Every(4, "hours"),
        first_run=now,
        zone="America/New_York",
        posted_by="Ana",
    )


@pytest.fixture
async def schedule(as_: As, account: Account, clock: ManualClock) -> Schedule:
    return await as_("ana").add_schedule(draft(account.id, clock.now()))


async def _cancel(services: Services, account: Account, schedule: Schedule) -> None:
    run = (await services.history(account.id))[0]
    await services.cancel(run.id)


async def _save_rollover(services: Services, account: Account, schedule: Schedule) -> None:
    now = services.clock.now()
    await services.save_rollover(account.id, "Winter break", now + DAY, now + 9 * DAY, [schedule.id])


async def _remove_rollover(services: Services, account: Account, schedule: Schedule) -> None:
    await services.remove_rollover(account.id, (await services.rollovers(account.id))[0].id)


async def _unmap(services: Services, account: Account, schedule: Schedule) -> None:
    await services.unmap_category(account.id, (await services.category_rules(account.id))[0].id)


CALLS: dict[Verb, Call] = {
    Verb.WATCH: lambda services, account, schedule: services.history(account.id),
    Verb.READ_PEOPLE: lambda services, account, schedule: services.people(),
    Verb.RUN: lambda services, account, schedule: services.run_now(schedule.id, queue=True),
    Verb.CANCEL: _cancel,
    Verb.PAUSE: lambda services, account, schedule: services.pause([schedule.id], reason="Exams"),
    Verb.RESUME: lambda services, account, schedule: services.resume([schedule.id]),
    Verb.PAUSE_ALL: lambda services, account, schedule: services.pause_all(account.id),
    Verb.RESUME_ALL: lambda services, account, schedule: services.resume_all(account.id),
    Verb.SAVE_ROLLOVER: _save_rollover,
    Verb.REMOVE_ROLLOVER: _remove_rollover,
    Verb.CREATE_SCHEDULE: lambda services, account, schedule: services.add_schedule(
        draft(account.id, services.clock.now())
    ),
    Verb.EDIT_SCHEDULE: lambda services, account, schedule: services.edit_schedule(
        schedule.id, draft(account.id, services.clock.now())
    ),
    Verb.REMOVE_SCHEDULE: lambda services, account, schedule: services.remove_schedule(schedule.id),
    Verb.CONNECT: lambda services, account, schedule: services.connect_sis(account.id, SIS, try_it=False),
    Verb.MAP_CATEGORY: lambda services, account, schedule: services.map_category(account.id, "Warm-ups", "Homework"),
    Verb.UNMAP_CATEGORY: _unmap,
    Verb.CREATE_ACCOUNT: lambda services, account, schedule: services.create_account("Hillside", "UTC"),
    Verb.EDIT_ACCOUNT: lambda services, account, schedule: services.update_account(account.id, zone="UTC"),
    Verb.EDIT_PEOPLE: lambda services, account, schedule: services.add_person("new", "New", [Grant(role=Role.VIEWER)]),
}

LOGINS = {Role.VIEWER: "vera", Role.ADMIN: "ben", Role.SUPPORT: "ana"}


async def set_the_stage(as_: As, account: Account, schedule: Schedule) -> None:
    """There is a run to cancel, a rollover to remove and a rule to forget."""
    ana = as_("ana")
    await ana.run_now(schedule.id)
    await _save_rollover(ana, account, schedule)
    await ana.map_category(account.id, "Quizzes", "Tests")


def test_the_table_names_every_verb() -> None:
    assert set(CALLS) == set(NEEDED) == set(Verb)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("verb", list(Verb))
async def test_a_verb_is_done_for_its_role_and_refused_and_audited_below_it(
    verb: Verb, role: Role, as_: As, store: Store, account: Account, schedule: Schedule
) -> None:
    await set_the_stage(as_, account, schedule)
    services = as_(LOGINS[role])
    before = await store.feed.latest()
    reason = await services.allowed(verb, account.id)
    if role.covers(NEEDED[verb]):
        assert reason is None
        await CALLS[verb](services, account, schedule)
        return
    with pytest.raises(Refused) as refused:
        await CALLS[verb](services, account, schedule)
    assert str(refused.value) == reason
    assert f"needs the role {NEEDED[verb]}" in str(refused.value)
    entry = (await store.audit.page())[0]
    assert (entry.login, entry.verb, entry.allowed) == (LOGINS[role], verb.value, False)
    assert {change.topic for change in await store.feed.since(before)} <= {"audit"}, "nothing but the log may change"


@pytest.mark.parametrize("verb", [verb for verb in Verb if NEEDED[verb] is not Role.VIEWER])
async def test_a_read_only_session_changes_nothing_whoever_it_is(
    verb: Verb, as_: As, store: Store, account: Account, schedule: Schedule
) -> None:
    await set_the_stage(as_, account, schedule)
    services = as_("ana", read_only=True)
    before = await store.feed.latest()
    with pytest.raises(Refused, match="read-only"):
        await CALLS[verb](services, account, schedule)
    assert {change.topic for change in await store.feed.since(before)} <= {"audit"}


async def test_an_unknown_login_is_refused_even_to_watch_and_it_is_on_record(
    as_: As, store: Store, account: Account, schedule: Schedule
) -> None:
    stranger = as_("mallory")
    for call in CALLS.values():
        with pytest.raises(Refused, match="gradesync people add mallory"):
            await call(stranger, account, schedule)
    with pytest.raises(Refused):
        await stranger.begin()
    assert (await store.audit.page())[0].login == "mallory"
    assert await store.people.find("mallory") is None


async def test_a_role_in_one_account_counts_there_alone(as_: As, account: Account, schedule: Schedule) -> None:
    ana = as_("ana")
    other = await ana.create_account("Hillside", "UTC")
    await ana.add_person("lou", "Lou Local", [Grant(role=Role.SUPPORT, account_id=other.id)])
    lou = as_("lou")
    assert [one.account.name for one in await lou.accounts()] == ["Hillside"]
    assert await lou.allowed(Verb.PAUSE, other.id) is None
    assert "no role for this account" in str(await lou.allowed(Verb.PAUSE, account.id))
    for verb in (Verb.WATCH, Verb.PAUSE, Verb.CREATE_ACCOUNT, Verb.EDIT_PEOPLE):
        with pytest.raises(Refused):
            await CALLS[verb](lou, account, schedule)
    with pytest.raises(Refused):
        await lou.history(None)


async def test_a_bulk_pause_across_accounts_needs_the_role_in_each(
    as_: As, account: Account, schedule: Schedule, clock: ManualClock
) -> None:
    ana = as_("ana")
    other = await ana.create_account("Hillside", "UTC")
    own = await ana.add_schedule(draft(other.id, clock.now()))
    await ana.add_person("lou", "Lou Local", [Grant(role=Role.ADMIN, account_id=other.id)])
    with pytest.raises(Refused):
        await as_("lou").pause([own.id, schedule.id])
    assert (await ana.schedule(own.id)).pause is None, "all or nothing"


async def test_a_role_that_is_taken_away_is_gone_at_the_next_action(
    as_: As, account: Account, schedule: Schedule
) -> None:
    ben = as_("ben")
    await ben.pause([schedule.id])
    await as_("ana").set_grants("ben", [Grant(role=Role.VIEWER)])
    with pytest.raises(Refused):
        await ben.resume([schedule.id])


async def test_whoever_opens_a_database_without_people_becomes_its_support(store: Store, clock: ManualClock) -> None:
    first = Services(store, clock=clock, actor=Actor(login="root", name="Root", origin="test"))
    person = await first.begin()
    assert person.grants == (Grant(role=Role.SUPPORT),)
    second = Services(store, clock=clock, actor=Actor(login="other", name="Other", origin="test"))
    with pytest.raises(Refused):
        await second.begin()
