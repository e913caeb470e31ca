"""What SIS support needs to know, gathered so that nobody has to describe it: without secrets, pupils or grades."""

from __future__ import annotations

import platform
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from gradesync_tui import __version__
from gradesync_tui.domain.clock import iso
from gradesync_tui.domain.records import Account, CanvasConnection, Run, Schedule, SisConnection
from gradesync_tui.domain.text import clean
from gradesync_tui.services.doctor import DoctorVerbs
from gradesync_tui.services.roles import greatest_role

_RUNS = 30
_PACKAGES = ("textual", "aiohttp", "peewee", "apsw", "msgspec")
_SECRETS = frozenset({"token", "client_id", "client_secret", "refresh_token"})
# What could be a token that a system has put into its answer: long, of one piece, with letters and digits.
_TOKEN = re.compile(r"(?=[A-Za-z0-9_~+/.=-]*[0-9])(?=[A-Za-z0-9_~+/.=-]*[A-Za-z])[A-Za-z0-9_~+=-]{20,}")

LEFT_OUT = (
    "secrets (only what kind of reference names them)",
    "pupils, teachers and courses, their assignments and grades",
    "the log and the notes of runs, and the reasons of pauses: people and systems write names into them",
)
"""What a bundle never holds, as it says itself."""


class SupportVerbs(DoctorVerbs):
    """The bundle for SIS support."""

    async def support_bundle(self, account_id: int | None = None, *, try_connections: bool = True) -> dict[str, Any]:
        """Versions, settings, the accounts (or one of them), their schedules, last runs and causes, and the findings
        of the doctor, ready for JSON. Whoever may watch may make one; that they did is in the audit log.

        try_connections: whether the doctor asks Canvas and the SIS over HTTP.
        """
        await self._may_watch(account_id)
        person = await self.me()
        listed = [one.account for one in await self.accounts()]
        chosen = [one for one in listed if account_id is None or one.id == account_id]
        bundle = {
            "what": "gradesync support bundle",
            "made_at": iso(self.clock.now()),
            "made_by": {"login": person.login, "name": person.name, "role": greatest_role(person.grants)},
            "left_out": LEFT_OUT,
            "versions": _versions(),
            "settings": self._settings_shown(),
            "engines": [msgspec.to_builtins(engine) for engine in await self.engines()],
            "accounts": [await self._account_shown(one) for one in chosen],
            "doctor": [
                {"name": check.name, "ok": check.ok, "found": without_tokens(check.found), "do": check.do}
                async for check in self.findings(chosen, try_connections=try_connections)
            ],
        }
        await self.store.audit.append(self.actor, "make support bundle", "support bundle", account_id=account_id)
        return bundle

    def _settings_shown(self) -> dict[str, Any]:
        shown: dict[str, Any] = msgspec.to_builtins(self.settings)
        url = self.settings.database.url
        # An address may hold a password; where the database is does not matter from afar.
        shown["database"] = {"kind": url.partition(":")[0] if "://" in url else "sqlite"}
        return shown

    async def _account_shown(self, account: Account) -> dict[str, Any]:
        canvas, sis = await self.connections(account.id)
        runs = await self.history(account.id, limit=_RUNS)
        causes: Counter[str] = Counter()
        for run in runs:
            if run.counts.problems:
                causes.update({one.cause: one.records for one in await self.causes(run.id)})
        return {
            "id": account.id,
            "name": account.name,
            "zone": account.zone,
            "policies": msgspec.to_builtins(account.policies),
            "canvas": _connection(canvas),
            "sis": _connection(sis),
            "schedules": [_schedule(one) for one in await self.schedules(account.id)],
            "category_rules": len(await self.category_rules(account.id)),
            "runs": [_run(run) for run in runs],
            "causes": dict(causes.most_common()),
        }


def without_tokens(text: str) -> str:
    """The text without anything that might be a token: a system may repeat in its answer what it was sent."""
    return _TOKEN.sub("[removed]", clean(text))


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version  # too slow for the start of every console

    found = {"gradesync": __version__, "python": platform.python_version(), "system": platform.platform(terse=True)}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "missing"
    return found


def _connection(connection: CanvasConnection | SisConnection | None) -> dict[str, Any] | None:
    if connection is None:
        return None
    shown: dict[str, Any] = {}
    for key, value in msgspec.to_builtins(connection).items():
        if value is None or value == {}:
            continue
        if key in _SECRETS:
            shown[key] = _reference(value)
        elif key == "headers":
            shown[key] = {clean(name, limit=60): _reference(each) for name, each in value.items()}
        elif key.endswith("url"):
            shown[key] = _address(value)
        else:
            shown[key] = value
    return shown


def _reference(reference: str) -> str:
    """How a secret is named, without its name."""
    return f"by reference ({clean(reference.partition(':')[0], limit=12)})" if ":" in reference else "set"


def _address(url: str) -> str:
    """An address without user, password and query."""
    parts = urlsplit(url)
    if not parts.scheme:
        return "a folder on this machine"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _schedule(schedule: Schedule) -> Mapping[str, Any]:
    from gradesync_tui.domain.recurrence import describe

    pause = schedule.pause
    return {
        "id": schedule.id,
        "type": schedule.type,
        "interval": describe(schedule.recurrence),
        "zone": schedule.zone,
        "first_run": iso(schedule.first_run),
        "next_run": None if schedule.next_run is None else iso(schedule.next_run),
        "paused": None if pause is None else {"at": iso(pause.at), "by": pause.by},
        "failures_in_a_row": schedule.failures,
        "time_limit_s": schedule.time_limit // 1_000_000,
    }


def _run(run: Run) -> Mapping[str, Any]:
    def at(instant: int | None) -> str | None:
        return None if instant is None else iso(instant)

    return {
        "id": run.id,
        "schedule_id": run.schedule_id,
        "type": run.type,
        "mode": run.mode,
        "status": run.status,
        "requested_by": run.requested_by,
        "requested_at": iso(run.requested_at),
        "due_at": at(run.due_at),
        "started_at": at(run.started_at),
        "finished_at": at(run.finished_at),
        "stage": run.stage,
        "cause": run.cause,
        "missed": run.missed,
        "continues": run.continues,
        "merged_into": run.merged_into,
        "counts": msgspec.to_builtins(run.counts),
    }
