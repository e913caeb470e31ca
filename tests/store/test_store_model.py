"""Whatever engines, people and clocks do, in any order: the store agrees with a simple model of it."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gradesync_tui.domain.clock import DAY, SECOND, ManualClock, parse_instant
from gradesync_tui.domain.records import Actor, Counts, LedgerEntry, Run, ScheduleDraft
from gradesync_tui.domain.recurrence import Every
from gradesync_tui.domain.words import RecordKind, RunStatus, SyncType
from gradesync_tui.store import Store
from gradesync_tui.store.errors import RunInProgress, StaleClaim

START = parse_instant("2026-11-23T12:00:00Z")
LEASE = 10 * SECOND
ACCOUNTS = 2
ENGINES = ("one", "two")


class StoreMachine(RuleBasedStateMachine):
    """The model: which occurrences were seen, who holds which run, and what was accepted into the ledger."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock(START)
        self.ana = Actor(login="ana", name="Ana")
        self.store = self.do(Store.open(str(Path(self.folder.name) / "model.db"), clock=self.clock))
        self.accounts = [self.do(self.store.accounts.create(f"A{n}", "UTC", self.ana)).id for n in range(ACCOUNTS)]
        self.schedules = [
            self.do(
                self.store.schedules.create(
                    ScheduleDraft(
                        account_id=account,
                        type=SyncType.GRADE_PASSBACK,
                        recurrence=Every(15, "minutes"),
                        first_run=START,
                        zone="UTC",
                        posted_by="Ana",
                        fail_limit=2,
                        catch_up=DAY,
                    ),
                    self.ana,
                )
            ).id
            for account in self.accounts
            for _ in range(2)
        ]
        self.held: dict[int, Run] = {}
        self.lost: list[Run] = []
        self.accepted: dict[int, list[int]] = {account: [] for account in self.accounts}

    def do(self, awaitable):  # type: ignore[no-untyped-def]
        return self.loop.run_until_complete(awaitable)

    def teardown(self) -> None:
        assert self.do(self.store.audit.verify()) is None
        self.do(self.store.close())
        self.loop.close()
        self.folder.cleanup()

    @rule(seconds=st.sampled_from([1, 5, 11, 60, 899, 900, 901, 2000, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds * SECOND)

    @rule(seconds=st.sampled_from([3, 1000, 4000]))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.clock.set(self.clock.now() - seconds * SECOND)

    @rule(limit=st.sampled_from([1, 2, 1000]))
    def tick(self, limit: int) -> None:
        now = self.clock.now()
        while True:
            done = self.do(self.store.dispatch.tick(now, limit))
            if done.next_due is None or done.next_due > now:
                break
        for schedule in self.schedules:
            state = self.do(self.store.schedules.get(schedule))
            assert (state.next_run is None) == (state.pause is not None)
            assert state.next_run is None or state.next_run > now

    @rule(engine=st.sampled_from(ENGINES))
    def claim(self, engine: str) -> None:
        busy = {run.account_id for run in self.held.values()}
        waiting = {run.account_id for run in self._runs() if run.status is RunStatus.QUEUED}
        run = self.do(self.store.runs.claim(engine, LEASE))
        if run is None:
            assert waiting <= busy
            return
        assert run.account_id not in busy
        assert run.fence > max((other.fence or 0 for other in [*self.held.values(), *self.lost]), default=0)
        self.held[run.id] = run

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def write(self, data: st.DataObject) -> None:
        run = self._pick(data, self.held)
        self.do(self._batch(run))
        self.accepted[run.account_id].append(run.fence or 0)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), status=st.sampled_from([RunStatus.COMPLETED, RunStatus.WARNING, RunStatus.FAILED]))
    def finish(self, data: st.DataObject, status: RunStatus) -> None:
        run = self._pick(data, self.held)
        self.do(self.store.runs.finish(run.id, run.fence, status))
        self.lost.append(self.held.pop(run.id))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def an_engine_is_stopped(self, data: st.DataObject) -> None:
        run = self._pick(data, self.held)
        self.do(self.store.runs.finish(run.id, run.fence, RunStatus.INTERRUPTED, requeue=True))
        self.lost.append(self.held.pop(run.id))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def an_engine_crashes_and_is_found_silent(self, data: st.DataObject) -> None:
        run = self._pick(data, self.held)
        leases = {lease.run_id: lease.until for lease in self.do(self.store.runs.leases())}
        taken = self.do(self.store.runs.recover(self.clock.now(), {run.id: leases[run.id]}))
        assert [one.id for one in taken] == [run.id]
        self.lost.append(self.held.pop(run.id))

    @precondition(lambda self: self.lost)
    @rule(data=st.data())
    def a_zombie_writes(self, data: st.DataObject) -> None:
        run = data.draw(st.sampled_from(self.lost))
        for write in (
            self._batch(run),
            self.store.runs.heartbeat(run.id, run.fence, LEASE),
            self.store.runs.finish(run.id, run.fence, RunStatus.COMPLETED),
        ):
            try:
                self.do(write)
            except StaleClaim:
                continue
            raise AssertionError("a stale write was accepted")

    @rule(account=st.integers(0, ACCOUNTS - 1), queue=st.booleans(), schedule=st.sampled_from([None, 0, 1]))
    def a_person_asks(self, account: int, queue: bool, schedule: int | None) -> None:
        account_id = self.accounts[account]
        active = [
            run
            for run in self._runs()
            if run.account_id == account_id and run.status in (RunStatus.QUEUED, RunStatus.IN_PROGRESS)
        ]
        chosen = None if schedule is None else self.schedules[2 * account + schedule]
        try:
            run = self.do(
                self.store.runs.request(account_id, SyncType.GRADE_PASSBACK, self.ana, schedule_id=chosen, queue=queue)
            )
        except RunInProgress:
            assert active
            assert not queue
        else:
            assert run.status is RunStatus.QUEUED
            assert "Ana" in run.requested_by

    @rule(number=st.integers(0, 2 * ACCOUNTS - 1))
    def pause(self, number: int) -> None:
        (schedule,) = self.do(self.store.schedules.pause([self.schedules[number]], self.ana))
        for run in self._runs():
            if run.schedule_id == schedule.id and run.status is RunStatus.QUEUED and run.continues is None:
                merged = [other for other in self._runs() if other.merged_into == run.id]
                assert "Ana" in run.requested_by or any(other.schedule_id != schedule.id for other in merged)

    @rule(number=st.integers(0, 2 * ACCOUNTS - 1))
    def resume(self, number: int) -> None:
        (schedule,) = self.do(self.store.schedules.resume([self.schedules[number]], self.ana))
        assert schedule.next_run is not None

    @rule(account=st.integers(0, ACCOUNTS - 1), on=st.booleans())
    def all_at_once(self, account: int, on: bool) -> None:
        verb = self.store.schedules.resume_all if on else self.store.schedules.pause_all
        self.do(verb(self.accounts[account], self.ana))

    @precondition(lambda self: self._runs())
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        run = data.draw(st.sampled_from([run.id for run in self._runs()]))
        before = self.do(self.store.runs.get(run))
        after = self.do(self.store.runs.cancel(run, self.ana))
        if before.status is RunStatus.QUEUED:
            assert after.status is RunStatus.CANCELLED
        if before.status is RunStatus.IN_PROGRESS:
            self.do(self.store.runs.finish(run, before.fence, RunStatus.CANCELLED))
            self.lost.append(self.held.pop(run))

    @rule()
    def the_database_is_opened_anew(self) -> None:
        self.do(self.store.close())
        self.store = self.do(Store.open(self.store.path, clock=self.clock))

    @invariant()
    def one_run_for_one_occurrence(self) -> None:
        occurrences = [(run.schedule_id, run.due_at) for run in self._runs() if run.due_at is not None]
        assert len(occurrences) == len(set(occurrences))

    @invariant()
    def the_store_finds_nothing_wrong(self) -> None:
        assert self.do(self.store.invariants()) == []

    @invariant()
    def what_was_accepted_came_in_the_order_of_the_numbers(self) -> None:
        for fences in self.accepted.values():
            assert fences == sorted(fences)

    @invariant()
    def exactly_the_held_are_in_progress(self) -> None:
        assert {run.id for run in self._runs() if run.status is RunStatus.IN_PROGRESS} == set(self.held)

    def _runs(self) -> list[Run]:
        return self.do(self.store.runs.page(limit=10_000))

    def _pick(self, data: st.DataObject, runs: dict[int, Run]) -> Run:
        return runs[data.draw(st.sampled_from(sorted(runs)))]

    def _batch(self, run: Run):  # type: ignore[no-untyped-def]
        entry = LedgerEntry(kind=RecordKind.LINE_ITEM, course_id="1", class_id="c", assignment_id=str(run.id))
        return self.store.progress.record(run.id, run.fence or 0, [entry], [], Counts())


StoreMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
TestStoreModel = StoreMachine.TestCase
