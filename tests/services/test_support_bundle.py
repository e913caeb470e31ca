"""The report for SIS support: it says what they need, and neither a secret nor a pupil is in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gradesync_tui.domain.clock import DAY, SECOND
from gradesync_tui.domain.records import (
    Account,
    CanvasConnection,
    Counts,
    Grant,
    Outcome,
    ScheduleDraft,
    SisConnection,
)
from gradesync_tui.domain.recurrence import Every
from gradesync_tui.domain.words import Action, Level, RecordKind, Role, RunStatus, Stage, SyncType
from gradesync_tui.services import Refused
from gradesync_tui.services.exportfile import new_file
from gradesync_tui.services.settings import DatabaseSettings, Settings, SupportSettings
from gradesync_tui.services.support import without_tokens

TOKEN = "canvas~7qQk2c9ZbN4xTtR8mW1yLpS6vH3dF0aJ"
PUPIL, ASSIGNMENT, REASON = "Zebulon Quartermain", "Unit 3 Test on Zebras", "Zebulon's mother called"


@pytest.fixture
async def troubled(account: Account, store: Any, as_: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account with connections, a paused schedule, and a run in which a pupil's grade could not go."""
    monkeypatch.setenv("CANVAS_TOKEN_OF_LAKESIDE", TOKEN)
    ana = as_("ana")
    await ana.me()
    await store.accounts.connect(
        account.id,
        CanvasConnection(url="http://127.0.0.1:9/?access_token=x", token="env:CANVAS_TOKEN_OF_LAKESIDE"),
        ana.actor,
    )
    await store.accounts.connect(
        account.id,
        SisConnection(
            url="https://user:hunter2hunter2@sis.example.org/v1p1",
            client_id="env:SIS_ID",
            client_secret="file:/run/secrets/sis",
            headers={"X-Key": "env:SIS_KEY"},
        ),
        ana.actor,
    )
    schedule = await ana.add_schedule(
        ScheduleDraft(
            account_id=account.id,
            type=SyncType.GRADE_PASSBACK,
            recurrence=Every(4, "hours"),
            first_run=clock.now() - DAY,
            zone="America/New_York",
            posted_by="Ana",
        )
    )
    run = await store.runs.request(account.id, SyncType.GRADE_PASSBACK, ana.actor, schedule_id=schedule.id)
    claimed = await store.runs.claim("engine-1", 600 * SECOND)
    assert claimed is not None and claimed.fence is not None
    outcome = Outcome(
        run_id=run.id, at=clock.now(), kind=RecordKind.RESULT, action=Action.BLOCKED, course="Zoology",
        section="2", assignment=ASSIGNMENT, pupil=PUPIL, cause="category_unknown", details={"pupil": PUPIL},
    )  # fmt: skip
    counts = Counts(assignments=1, scores=7, blocked=1)
    await store.progress.record(run.id, claimed.fence, [], [outcome], counts)
    await store.progress.log(
        run.id, claimed.fence, Level.ERROR, f"{PUPIL} refused with {TOKEN}", Stage.POST_SUBMISSIONS
    )
    await store.runs.finish(run.id, claimed.fence, RunStatus.WARNING, counts, note=f"{PUPIL}: {TOKEN}")
    await ana.pause([schedule.id], reason=REASON)
    return account


def _services(as_: Any, login: str) -> Any:
    services = as_(login)
    services.settings = Settings(
        database=DatabaseSettings(url="postgresql://gs:dbpassword1@db/gs"), support=SupportSettings(contact="help@x")
    )
    return services


async def test_no_token_no_pupil_and_no_free_text_is_in_the_bundle(troubled: Account, as_: Any) -> None:
    text = json.dumps(await _services(as_, "vera").support_bundle(troubled.id), default=str)
    for secret in (TOKEN, "CANVAS_TOKEN_OF_LAKESIDE", "/run/secrets", "access_token", "hunter2", "dbpassword1"):
        assert secret not in text
    for name in (PUPIL, "Zebulon", ASSIGNMENT, "Zoology", REASON):
        assert name not in text


async def test_the_bundle_says_what_support_needs(troubled: Account, as_: Any) -> None:
    bundle = await _services(as_, "vera").support_bundle(troubled.id)
    shown = bundle["accounts"][0]
    assert bundle["versions"]["gradesync"] and bundle["made_by"]["login"] == "vera"
    assert bundle["settings"]["database"] == {"kind": "postgresql"}
    assert shown["sis"]["url"] == "https://sis.example.org/v1p1"
    assert shown["sis"]["client_secret"] == "by reference (file)"
    assert shown["sis"]["headers"] == {"X-Key": "by reference (env)"}
    assert shown["schedules"][0]["interval"] == "Every 4 hours" and shown["schedules"][0]["paused"]["by"] == "ana"
    assert shown["runs"][0]["status"] == RunStatus.WARNING and shown["causes"] == {"category_unknown": 1}
    findings = {one["name"]: one["ok"] for one in bundle["doctor"]}
    assert findings["Database"] and not findings["Lakeside: Canvas"]


async def test_whoever_may_watch_makes_one_and_it_is_on_record(troubled: Account, as_: Any, store: Any) -> None:
    await _services(as_, "vera").support_bundle(troubled.id, try_connections=False)
    entry = (await store.audit.page(troubled.id, limit=1))[0]
    assert (entry.login, entry.verb, entry.allowed) == ("vera", "make support bundle", True)


async def test_a_person_of_one_account_gets_nothing_of_another(troubled: Account, as_: Any) -> None:
    other = await as_("ana").create_account("Riverside", "UTC")
    await as_("ana").add_person("olga", "Olga", [Grant(role=Role.VIEWER, account_id=other.id)])
    with pytest.raises(Refused):
        await as_("olga").support_bundle(troubled.id)
    with pytest.raises(Refused):
        await as_("olga").support_bundle()
    bundle = await as_("olga").support_bundle(other.id, try_connections=False)
    assert "Lakeside" not in json.dumps(bundle, default=str)


def test_what_looks_like_a_token_is_taken_out_of_an_answer() -> None:
    said = f"Canvas answered 401: token {TOKEN} is expired."
    assert without_tokens(said) == "Canvas answered 401: token [removed] is expired."
    assert (
        without_tokens("Canvas at lakeside.example.org answered 401.") == "Canvas at lakeside.example.org answered 401."
    )


def test_an_exported_file_is_for_its_owner_and_never_replaces_another(tmp_path: Path) -> None:
    path, file = new_file("support", "json", tmp_path / "report.json")
    file.close()
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(Exception, match="is there already"):
        new_file("support", "json", tmp_path / "report.json")
