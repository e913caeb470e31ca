"""What several parts of the tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from gradesync_tui.sandbox.district import District
from tests.oneroster_fields import faults_written

_LONG = ("test_killed_engines", "test_soak")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests begin first, so that no worker is left alone with one of them in the end."""
    items.sort(key=lambda item: not any(name in item.nodeid for name in _LONG))


StartDistrict = Callable[..., Awaitable[District]]


@pytest_asyncio.fixture
async def district() -> AsyncIterator[StartDistrict]:
    """Starts districts: `d = await district(pupils=50)` takes what District takes; all of them stop after the test.

    Small and quiet unless asked: 25 pupils (seven classes), no teachers who work by themselves. Whatever gradesync
    wrote to their SIS is held to OneRoster's field rules in the end.
    """
    started: list[District] = []

    async def start(**options: Any) -> District:
        one = District(**{"pupils": 25, "teachers": False, **options})
        await one.start()
        started.append(one)
        return one

    yield start
    for one in started:
        await one.stop()
        assert faults_written(one.traffic.log)[:5] == []
