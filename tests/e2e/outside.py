"""The outside world and engines as processes of their own, for tests that kill and stop them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from gradesync_tui.domain.clock import HOUR, MINUTE, Clock
from gradesync_tui.domain.records import Account, Actor, CanvasConnection, Run, Schedule, ScheduleDraft, SisConnection
from gradesync_tui.domain.recurrence import Every
from gradesync_tui.domain.words import SyncType
from gradesync_tui.store import Store

ANA = Actor(login="ana", name="Ana Ruiz", origin="test")
GRADESYNC = (sys.executable, "-m", "gradesync_tui")


class Outside:
    """`gradesync sandbox` as a process."""

    def __init__(self, *options: str) -> None:
        self._process = subprocess.Popen([*GRADESYNC, "sandbox", *options], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.told: dict[str, Any] = json.loads(self._process.stdout.readline())

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the district's back door."""
        request = urllib.request.Request(
            self.told["admin"]["url"] + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.told['admin']['token']}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def writes(self) -> list[dict[str, Any]]:
        """The SIS's request log: what was written, in the order of arrival."""
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["number"] if found else 0
            page = self.admin("GET", f"/requests?side=sis&after={after}&limit=5000")
            found += page["requests"]
            if not page["left"]:
                return [
                    one for one in found if one["method"] in ("PUT", "POST", "DELETE") and "token" not in one["path"]
                ]

    def environment(self, mark: str = "one") -> dict[str, str]:
        """What an engine needs to find its secrets; `mark` is how its requests are told apart."""
        return {
            **os.environ,
            "TEST_CANVAS_TOKEN": self.told["canvas"]["token"],
            "TEST_SIS_ID": self.told["sis"]["client_id"],
            "TEST_SIS_SECRET": self.told["sis"]["client_secret"],
            "TEST_MARK": mark,
        }

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)

    async def connected(self, store: Store) -> Account:
        """An account that is connected to this district."""
        account = await store.accounts.create("Lakeside", "America/New_York", ANA)
        canvas, sis = self.told["canvas"], self.told["sis"]
        await store.accounts.connect(
            account.id,
            CanvasConnection(url=canvas["url"], account=canvas["account_id"], token="env:TEST_CANVAS_TOKEN"),
            ANA,
        )
        await store.accounts.connect(
            account.id,
            SisConnection(
                url=sis["url_v1p1"],
                token_url=sis["token_url"],
                client_id="env:TEST_SIS_ID",
                client_secret="env:TEST_SIS_SECRET",
                headers={"X-Engine-Mark": "env:TEST_MARK"},
            ),
            ANA,
        )
        return account


class EngineProcess:
    """`gradesync engine` as a process."""

    def __init__(self, database: Path, environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                [*GRADESYNC, "engine", "--database", str(database)], env=environment, stdout=sink, stderr=sink
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def holds(self, run: Run | None) -> bool:
        """Whether this process is the one that performs the run."""
        return run is not None and f":{self._process.pid}:" in (run.engine or "")

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        return self._process.wait(timeout=30)

    def kill(self) -> None:
        """`kill -9`, and wait until it is gone."""
        self._process.kill()
        self._process.wait(timeout=20)


async def every_minute(store: Store, account: Account, clock: Clock) -> Schedule:
    """A schedule that comes due each minute, and has done so for a while."""
    draft = ScheduleDraft(
        account_id=account.id,
        type=SyncType.GRADE_PASSBACK,
        recurrence=Every(n=1, unit="minutes"),
        first_run=clock.now() // MINUTE * MINUTE - HOUR,
        zone="America/New_York",
        posted_by=ANA.name,
    )
    return await store.schedules.create(draft, ANA)
