"""The embedded district: a Canvas and a SIS over real HTTP on loopback, with teachers who keep grading."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from random import Random
from typing import Any

from gradesync_tui.domain.clock import Clock, SystemClock
from gradesync_tui.sandbox.admin import Admin
from gradesync_tui.sandbox.backdoor import Backdoor
from gradesync_tui.sandbox.canvas.access import Access
from gradesync_tui.sandbox.canvas.build import ROOT_ACCOUNT, build_canvas
from gradesync_tui.sandbox.canvas.context import CanvasSettings
from gradesync_tui.sandbox.canvas.server import CanvasServer
from gradesync_tui.sandbox.faults import parse_faults
from gradesync_tui.sandbox.plan import make_plan
from gradesync_tui.sandbox.service import Traffic
from gradesync_tui.sandbox.sis.access import SisAccess
from gradesync_tui.sandbox.sis.build import build_sis
from gradesync_tui.sandbox.sis.gradebook import SisSettings
from gradesync_tui.sandbox.sis.rules import PROFILES
from gradesync_tui.sandbox.sis.server import SisServer
from gradesync_tui.sandbox.teachers import Teachers

TEACHING_EVERY_S = 3.0


class District:
    """A whole outside world. The same seed makes the same district, and the same rounds of teaching the same grades.

    pupils: about 25 to a class and 7 classes to a pupil. teachers: whether they grade by themselves while it runs.
    assignments: how many each course has at the start. mistakes: how often teachers make each of the usual mistakes.
    faults: see `faults.py`. profile: whose rules the SIS follows. ports: 0 takes a free one.
    """

    def __init__(
        self,
        seed: int = 1,
        pupils: int = 500,
        teachers: bool = True,
        canvas_port: int = 0,
        sis_port: int = 0,
        latency_ms: float = 0,
        faults: str | None = None,
        clock: Clock | None = None,
        *,
        assignments: int = 2,
        mistakes: int = 0,
        profile: str = "progressbook",
        canvas: CanvasSettings | None = None,
        sis: SisSettings | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._seed = seed
        self._pupils = pupils
        self._assignments = assignments
        self._mistakes = mistakes
        self._teach_by_themselves = teachers
        self._ports = (canvas_port, sis_port)
        self._latency_ms = latency_ms
        self._faults = faults
        self.traffic = Traffic()
        self.admin_token = f"{Random(f'{seed}:admin').getrandbits(128):032x}"
        self.canvas_settings = canvas or CanvasSettings()
        self.sis_settings = sis or SisSettings(profile=profile, rules=PROFILES[profile])
        self._background: asyncio.Task[None] | None = None
        self._build()

    def _build(self) -> None:
        self.plan = make_plan(self._seed, self._pupils, self._clock.now())
        admin = Admin(self.admin_token)
        state = build_canvas(self.plan)
        self.teachers = Teachers(state, self.plan, self._clock)
        self.teachers.begin(self._assignments)
        faults = parse_faults(self._faults)
        self.traffic.faults[:] = [fault for fault in faults if fault.kind != "mistakes"]
        mistakes = self._mistakes + sum(int(fault.number("count", 1)) for fault in faults if fault.kind == "mistakes")
        if mistakes:
            self.teachers.make_mistakes(mistakes)
        canvas_access, sis_access = Access(self._seed, self._clock), SisAccess(self._seed, self._clock)
        self.canvas = CanvasServer(
            state, self.canvas_settings, canvas_access, self._clock, self.traffic, admin, self._latency_ms
        )
        self.sis = SisServer(
            build_sis(self.plan),
            self.sis_settings,
            sis_access,
            self._clock,
            self.traffic,
            admin,
            self._latency_ms,
            self.plan.made_at,
        )
        Backdoor(self).open(admin)

    async def __aenter__(self) -> District:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Serve, and let the teachers work if they should. OSError if a port is taken."""
        await self.canvas.start(self._ports[0])
        try:
            await self.sis.start(self._ports[1])
        except OSError:
            await self.canvas.stop()
            raise
        if self._teach_by_themselves:
            self._background = asyncio.create_task(self._keep_teaching(), name="teachers")

    async def stop(self) -> None:
        """Stop the teachers and both servers."""
        if self._background is not None:
            self._background.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._background
            self._background = None
        await self.canvas.stop()
        await self.sis.stop()

    async def _keep_teaching(self) -> None:
        while True:
            await asyncio.sleep(TEACHING_EVERY_S)
            self.teachers.teach_a_little()

    def teach(self, rounds: int = 1) -> dict[str, int]:
        """Rounds of school: new assignments, added scores, posted grades, changed grades. Answers how many of each."""
        done: Counter[str] = Counter()
        for _ in range(rounds):
            done.update(self.teachers.teach())
        return dict(done)

    def describe(self) -> dict[str, Any]:
        """Where everything is and the keys to it: what `gradesync sandbox` prints, and `admin` besides."""
        canvas, sis = self.canvas, self.sis
        return {
            "canvas": {"url": canvas.url, "token": canvas.access.personal, "account_id": str(ROOT_ACCOUNT)},
            "sis": {
                "url_v1p1": sis.url_v1p1,
                "url_v1p2": sis.url_v1p2,
                "token_url": sis.token_url,
                "client_id": sis.access.client_id,
                "client_secret": sis.access.client_secret,
                "oauth1_key": sis.access.oauth1_key,
                "oauth1_secret": sis.access.oauth1_secret,
            },
            "admin": {"url": f"{sis.url}/admin", "token": self.admin_token},
        }

    def reset(self) -> None:
        """The district as it was made, on the same ports."""
        listeners = self.canvas.listener, self.sis.listener
        self.traffic.log.clear()
        self._build()
        self.canvas.take_over(listeners[0])
        self.sis.take_over(listeners[1])
