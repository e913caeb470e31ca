"""The district's back door for demonstrations and tests: /admin/ on both ports, for whoever has the admin token.

GET    /admin/state                   counts, settings, rounds taught
POST   /admin/state {"reset": true}   the district as it was made: new state, no faults, empty log
POST   /admin/teach {"rounds": 1}     teachers work; answers what they did
POST   /admin/mistakes {"count": 1}   teachers make each of the usual mistakes so often; answers them
GET    /admin/faults                  the faults with how often each struck
POST   /admin/faults {"faults": TEXT} add faults (the grammar of --faults); PUT replaces them; DELETE ends them
GET    /admin/requests                the request log: ?side=canvas|sis &method= &path= &after=NUMBER &limit=1000
DELETE /admin/requests                forget the log
PUT    /admin/settings {...}          "canvas" and "sis": settings by name ("sis" also takes "rules"); "latency_ms";
                                      "closed_periods": the sourcedIds of the grading periods that take no grades
POST   /admin/tokens {...}            a Canvas token: rights, scopes, keeps_includes, lifetime_s; with "key": true
                                      a developer key
DELETE /admin/tokens                  every SIS token is unknown from now on; {"token": T} revokes one of Canvas
"""

from __future__ import annotations

from collections.abc import Callable

from gradesync_tui.sandbox.web import Answer, Call


class Admin:
    """Answers /admin/ once the district has hung its doors in."""

    def __init__(self, token: str) -> None:
        self.token = token
        self._doors: dict[tuple[str, str], Callable[[Call], Answer]] = {}

    def add(self, method: str, path: str, door: Callable[[Call], Answer]) -> None:
        self._doors[method, path] = door

    async def answer(self, call: Call) -> Answer:
        if call.headers.get("Authorization") != f"Bearer {self.token}":
            return Answer(401, {"error": "the admin token is missing or wrong"})
        door = self._doors.get((call.method, call.path.rstrip("/")))
        if door is None:
            return Answer(404, {"error": f"there is no {call.method} {call.path}"})
        try:
            return door(call)
        except (ValueError, TypeError, KeyError) as error:
            return Answer(400, {"error": str(error)})
