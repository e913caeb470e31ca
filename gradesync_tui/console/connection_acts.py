"""Trying how Canvas or the SIS is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradesync_tui.console.presenters.connections import Trial
from gradesync_tui.domain import when
from gradesync_tui.domain.records import Account, Connection
from gradesync_tui.services.errors import ServiceError, Unreachable
from gradesync_tui.store.errors import StoreError

if TYPE_CHECKING:
    from gradesync_tui.services import Services


async def try_out(services: Services, account: Account, connection: Connection) -> Trial:
    """Ask over HTTP, which changes nothing there; all that was found, well or not."""
    found: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    try:
        found = tuple(await services.try_connection(account.id, connection))
    except Unreachable as error:
        found, failed = error.worked, error.parts
    except ServiceError as error:
        failed = error.parts
    except StoreError as error:
        failed = (str(error),)
    now = services.clock.now()
    return Trial(found, failed, when.moment(now, now, account.zone))
