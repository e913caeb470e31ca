"""Every profile of the package carries a school's days to a SIS of its kind, and sends nothing that it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stamina

from gradesync_tui.domain.profiles import load_profile, profile_names
from gradesync_tui.domain.words import RunMode, RunStatus
from gradesync_tui.sandbox.sis.rules import PROFILES

VENDOR = "vendor-key:vendor-secret-value"


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    stamina.set_testing(True, attempts=3, cap=True)
    yield
    stamina.set_testing(False)


async def connected(office: Any, name: str, monkeypatch: pytest.MonkeyPatch, **options: Any) -> Any:
    """An office whose SIS follows the profile's rules, connected with what a new connection of it starts with."""
    here = await office(profile=name, **options)
    start = load_profile(name).defaults
    told = here.district.describe()["sis"]
    keys = {"client_id": "env:TEST_SIS_ID", "client_secret": "env:TEST_SIS_SECRET"}
    if start.auth.startswith("oauth1"):
        keys = {"client_id": "env:TEST_SIS_KEY1", "client_secret": "env:TEST_SIS_SECRET1"}
    for header in start.headers:
        monkeypatch.setenv("TEST_VENDOR", VENDOR)
        here.district.sis_settings.vendor_header = (header, VENDOR)
    here.district.sis_settings.dialect = start.dialect
    await here.connect_sis(
        profile=name,
        version=start.version,
        dialect=start.dialect,
        auth=start.auth,
        url=told["url_v1p2"] if start.version == "1.2" else told["url_v1p1"],
        headers=dict.fromkeys(start.headers, "env:TEST_VENDOR"),
        **keys,
    )
    return here


def refused(here: Any) -> list[tuple[str, str, int]]:
    """The writes that the SIS did not take."""
    return [
        (one.method, one.path, one.status)
        for one in here.district.traffic.log
        if one.side == "sis" and one.method != "GET" and one.status >= 400
    ]


def test_the_district_knows_the_rules_of_every_profile() -> None:
    assert set(profile_names()) <= PROFILES.keys()


@pytest.mark.parametrize("name", profile_names())
async def test_school_days_arrive_and_what_the_rules_forbid_is_never_sent(
    office: Any, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # As the package has it, but for the pace, which would only make the test wait.
    (tmp_path / f"{name}.toml").write_text("[rate]\nper_second = 10000.0\n")
    monkeypatch.setenv("GRADESYNC_PROFILES", str(tmp_path))
    # Where names need not be unique, nobody but gradesync could tell two of one name apart.
    here = await connected(office, name, monkeypatch, mistakes=int(load_profile(name).titles.unique != "no"))
    first = await here.sync()
    assert first.status in (RunStatus.COMPLETED, RunStatus.WARNING), (first.note, await here.causes(first))
    assert first.counts.scores > 0
    here.district.teach(rounds=3)
    second = await here.sync()
    assert second.counts.scores > 0
    third = await here.sync()
    assert (third.counts.assignments, third.counts.scores) == (0, 0)
    full = await here.sync(RunMode.FULL)
    assert (full.counts.assignments, full.counts.scores) == (0, 0)
    # The judge brings no vendor's header, and is to count what we block so that it is not filed under a default.
    settings = here.district.sis_settings
    settings.vendor_header = None
    settings.rules = replace(settings.rules, category="known")
    found = await here.difference()
    assert (found.total, found.doubled) == (0, 0), found
    assert found.compared > 50
    # Only which grading periods are closed does OneRoster not say: the one mistake of that kind is the SIS's to refuse.
    for run in (first, second, third, full):
        problems = await here.problems(run)
        assert {one.cause for one in problems if one.action == "failed"} <= {"period_closed"}, await here.causes(run)
        assert run.counts.failed <= 1
    assert len({path for _, path, _ in refused(here)}) <= 1, refused(here)
