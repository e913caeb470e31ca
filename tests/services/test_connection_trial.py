"""Trying a connection refuses what a sync cannot do without, and only warns of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from gradesync_tui.domain.clock import SystemClock
from gradesync_tui.domain.records import CanvasConnection
from gradesync_tui.services.errors import Unreachable
from gradesync_tui.services.trial import try_canvas


def connection(district: Any) -> CanvasConnection:
    told = district.describe()["canvas"]
    return CanvasConnection(url=told["url"], account=told["account_id"], token="env:TEST_TRIAL_TOKEN")


async def test_a_key_that_drops_include_parameters_is_a_warning(district: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    here = await district()
    monkeypatch.setenv("TEST_TRIAL_TOKEN", here.canvas.access.issue(keeps_includes=False).value)
    lines = await try_canvas(connection(here), SystemClock())
    [warning] = [line for line in lines if line.startswith("Warning: ")]
    assert "Allow Include Parameters" in warning


async def test_a_missing_permission_is_a_refusal(district: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    here = await district()
    rights = frozenset({"read_course_list", "read_sis"})
    monkeypatch.setenv("TEST_TRIAL_TOKEN", here.canvas.access.issue(rights=rights).value)
    with pytest.raises(Unreachable, match="view all grades") as refusal:
        await try_canvas(connection(here), SystemClock())
    failed, worked = refusal.value.parts, refusal.value.worked
    assert [part.split(":")[0] for part in failed] == ["SIS export", "view all grades"]
    assert any(line.startswith("token: ") for line in worked)
