"""One run from claim to end: both connections opened, the passback done, every way of failing named."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from gradesync_tui.domain.clock import Clock
from gradesync_tui.domain.profiles import ProfileError, load_profile
from gradesync_tui.domain.records import Account, CanvasConnection, SisConnection
from gradesync_tui.domain.words import Level, RunMode, RunStatus, SyncType
from gradesync_tui.sync.claim import Claim, Ended
from gradesync_tui.sync.connections import open_canvas, open_sis, profile_folder
from gradesync_tui.sync.journal import Journal
from gradesync_tui.sync.parallel import RunCancelled
from gradesync_tui.sync.passback import run_passback
from gradesync_tui.sync.secrets import SecretError
from gradesync_tui.sync.work import Work

if TYPE_CHECKING:
    from gradesync_tui.store import Store


async def perform(claim: Claim, store: Store, clock: Clock) -> Ended:
    """Perform a claimed run and say how it ended.

    Raises StaleClaim as soon as the claim is found to be over, StoreError where the database fails; everything that
    Canvas, the SIS or a person can cause is an `Ended`.
    """
    from gradesync_tui.lms.errors import CanvasError
    from gradesync_tui.sis.errors import SisError

    run = claim.run
    journal = Journal(store, claim, clock, preview=run.mode is RunMode.PREVIEW)
    if run.type is not SyncType.GRADE_PASSBACK:
        return Ended(
            status=RunStatus.FAILED, cause="sis_unsupported", note=f"{run.type} is not carried by this version."
        )
    account = await store.accounts.get(run.account_id)
    canvas_connection, sis_connection = await store.accounts.connections(account.id)
    if canvas_connection is None or sis_connection is None:
        missing = "Canvas" if canvas_connection is None else "the SIS"
        return Ended(
            status=RunStatus.FAILED, cause="connection_missing", note=f"{account.name} has no connection to {missing}."
        )
    failed: tuple[str, str]
    try:
        await _passback(claim, store, clock, journal, account, canvas_connection, sis_connection)
    except RunCancelled:
        await journal.flush()
        return Ended(status=RunStatus.CANCELLED, counts=journal.counts, cause="cancelled")
    except CanvasError as error:
        failed = (error.code, error.message)
    except SisError as error:
        failed = (error.cause, error.message)
    except SecretError as error:
        failed = ("secret_missing", str(error))
    except ProfileError as error:
        failed = ("internal", str(error))
    else:
        problems = journal.counts.problems
        return Ended(status=RunStatus.WARNING if problems else RunStatus.COMPLETED, counts=journal.counts)
    await journal.flush()
    await journal.log(Level.ERROR, failed[1])
    return Ended(status=RunStatus.FAILED, counts=journal.counts, cause=failed[0], note=failed[1])


async def _passback(
    claim: Claim,
    store: Store,
    clock: Clock,
    journal: Journal,
    account: Account,
    canvas_connection: CanvasConnection,
    sis_connection: SisConnection,
) -> None:
    profile = load_profile(sis_connection.profile, profile_folder())
    full = claim.run.mode is RunMode.FULL
    if claim.run.mode is RunMode.SYNC and await _full_compare_due(store, account, clock):
        full = True
        await store.progress.compares_all(claim.run.id, claim.fence)
    async with AsyncExitStack() as closing:
        # In a thread: the first run loads the HTTP client, and a secret may come from a slow place. A console in this
        # process answers its keys meanwhile.
        canvas = await asyncio.to_thread(open_canvas, canvas_connection, clock=clock, guard=claim.guard)
        closing.push_async_callback(canvas.close)
        sis = await asyncio.to_thread(open_sis, sis_connection, profile=profile, clock=clock, guard=claim.guard)
        closing.push_async_callback(sis.close)
        work = Work(
            account=account,
            run=claim.run,
            profile=profile,
            canvas=canvas,
            sis=sis,
            store=store,
            journal=journal,
            claim=claim,
            clock=clock,
            canvas_account=canvas_connection.account,
            standard_ids=sis_connection.dialect == "standard",
            started_at=clock.now(),
            full=full,
        )
        await run_passback(work)


async def _full_compare_due(store: Store, account: Account, clock: Clock) -> bool:
    """Whether it is time to look for what `graded_since` cannot show; an account's first run looks at all anyway."""
    last = await store.ledger.last_full_compare(account.id)
    return last is None or clock.now() - last >= account.policies.full_compare_every
