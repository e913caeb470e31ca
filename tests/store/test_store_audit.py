"""The audit log shows every way of tampering with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from gradesync_tui.domain.clock import ManualClock
from gradesync_tui.domain.records import Actor
from gradesync_tui.store import Store


@pytest.fixture
async def log(tmp_path: Path, clock: ManualClock, ana: Actor) -> AsyncIterator[Store]:
    opened = await Store.open(str(tmp_path / "audited.db"), clock=clock)
    for number in range(6):
        await opened.audit.append(ana, "do", f"thing {number}", account_id=1, allowed=number != 3)
    assert await opened.audit.verify() is None
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    ("tampering", "where"),
    [
        ("UPDATE audit SET name = 'Ben' WHERE id = 4", 4),
        ("UPDATE audit SET allowed = 1 WHERE id = 4", 4),
        ("UPDATE audit SET at = at + 1 WHERE id = 1", 1),
        ("DELETE FROM audit WHERE id = 3", 3),
        ("DELETE FROM audit WHERE id = 6", 6),
        ("DELETE FROM audit", 1),
        ("INSERT INTO audit SELECT 7, at, login, name, origin, verb, target, account_id, allowed, before, after, hash"
         " FROM audit WHERE id = 6", 7),
        ("UPDATE audit SET id = 7 - id + 100 WHERE id IN (5, 6); UPDATE audit SET id = id - 96 WHERE id > 100", 5),
    ],
)  # fmt: skip
async def test_what_was_changed_taken_out_or_put_in_again_shows(log: Store, tampering: str, where: int) -> None:
    connection = apsw.Connection(log.path)
    connection.execute(tampering)
    connection.close()
    fault = await log.audit.verify()
    assert fault is not None
    assert fault.id == where


async def test_entries_are_found_by_account_and_text_newest_first(log: Store, ana: Actor) -> None:
    await log.audit.append(ana, "look", "elsewhere", account_id=2)
    assert [entry.target for entry in await log.audit.page(1, limit=2)] == ["thing 5", "thing 4"]
    assert [entry.target for entry in await log.audit.page(1, before=3)] == ["thing 1", "thing 0"]
    assert [entry.target for entry in await log.audit.page(text="ELSE")] == ["elsewhere"]
    (refused,) = [entry for entry in await log.audit.page() if not entry.allowed]
    assert refused.target == "thing 3"


async def test_every_change_tells_who_what_and_from_where(log: Store, ana: Actor) -> None:
    account = await log.accounts.create("Lakeside", "UTC", ana)
    entry = (await log.audit.page())[0]
    assert (entry.verb, entry.target, entry.account_id) == ("create account", "Lakeside", account.id)
    assert (entry.login, entry.name, entry.origin) == ("ana", "Ana Ruiz", "test")
    assert await log.audit.verify() is None
