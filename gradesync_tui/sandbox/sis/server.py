"""The SIS of the district as a server: keys and vendor headers around the handlers, errors in the chosen style."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from gradesync_tui.domain.clock import Clock, Instant
from gradesync_tui.sandbox.admin import Admin
from gradesync_tui.sandbox.service import Service, Traffic
from gradesync_tui.sandbox.sis.access import SCOPES, Denied, SisAccess
from gradesync_tui.sandbox.sis.errors import failure
from gradesync_tui.sandbox.sis.gradebook import Gradebook, SisSettings
from gradesync_tui.sandbox.sis.rosters import Rosters
from gradesync_tui.sandbox.sis.rules import Broken
from gradesync_tui.sandbox.sis.show import GRADEBOOK, ROSTERING, Show
from gradesync_tui.sandbox.sis.state import SisState
from gradesync_tui.sandbox.web import Answer, Call, Json

_SCOPES = {
    "GET": (f"{SCOPES}gradebook.readonly", f"{SCOPES}gradebook-core.readonly"),
    "PUT": (f"{SCOPES}gradebook.createput",),
    "POST": (f"{SCOPES}gradebook.createpost",),
    "DELETE": (f"{SCOPES}gradebook.delete",),
}
_ONLY_IN_1_2 = frozenset(("server_busy", "internal_server_error"))
_ROSTER_SCOPES = (f"{SCOPES}roster.readonly", f"{SCOPES}roster-core.readonly")
_GRADEBOOK_PARTS = ("/categories", "/lineItems", "/results", "/scoreScales")


class SisServer(Service):
    """OneRoster 1.1 and 1.2 over HTTP, on one state."""

    side = "sis"

    def __init__(
        self,
        state: SisState,
        settings: SisSettings,
        access: SisAccess,
        clock: Clock,
        traffic: Traffic,
        admin: Admin,
        latency_ms: float,
        made_at: Instant,
    ) -> None:
        super().__init__(clock, traffic, admin, latency_ms)
        self.state = state
        self.settings = settings
        self.access = access
        self._shows = {version: Show(state, version, made_at) for version in GRADEBOOK}
        for version, show in self._shows.items():
            Rosters(state, show, version).add_to(self.router)
            Gradebook(state, show, settings, version, clock).add_to(self.router)

    @property
    def url_v1p1(self) -> str:
        return self.url + GRADEBOOK["1.1"]

    @property
    def url_v1p2(self) -> str:
        return self.url + GRADEBOOK["1.2"]

    @property
    def token_url(self) -> str:
        return self.url + "/oauth/token"

    def answer(self, call: Call) -> Answer:
        if call.path == "/oauth/token":
            return self.access.grant(call)
        version = self._version(call)
        try:
            self._check_access(call, version)
            route, params = self.router.find(call.method, call.path)
            if route is None:
                raise Broken(f"There is no {call.method} {call.path}.", 404, "unknownobject")
            call.params = params
            self._shows[version].base = call.base
            return route.handler(call)
        except Denied as denied:
            code = "forbidden" if denied.status == 403 and version == "1.2" else "unauthorisedrequest"
            return failure(self.settings.errors, version, denied.status, code, str(denied))
        except Broken as broken:
            return failure(self.settings.errors, version, broken.status, self._code(broken.code, version), str(broken))

    @staticmethod
    def _version(call: Call) -> str:
        return "1.2" if "/v1p2" in call.path else "1.1"

    @staticmethod
    def _code(code: str, version: str) -> str:
        # OneRoster 1.1 has no word for a refusal of this kind.
        return "unauthorisedrequest" if code == "forbidden" and version == "1.1" else code

    def _check_access(self, call: Call, version: str) -> None:
        scopes: tuple[str, ...] = ()
        if version == "1.2":
            scopes = _ROSTER_SCOPES if call.path.startswith(ROSTERING["1.2"]) else _SCOPES.get(call.method, ())
        self.access.check(call, scopes)
        wanted = self.settings.vendor_header
        if (
            wanted is not None
            and any(part in call.path for part in _GRADEBOOK_PARTS)
            and call.headers.get(wanted[0]) != wanted[1]
        ):
            raise Denied(f"The header {wanted[0]} is missing or wrong.")

    # --- faults -----------------------------------------------------------------------------------------------------

    def error(self, call: Call, kind: str, status: int, message: str) -> Answer:
        texts = {
            "refuse": (status or 422, "invaliddata", "The record was refused."),
            "429": (status, "server_busy", "Too many requests; try again later."),
            "401": (status, "unauthorisedrequest", "The access token is invalid."),
            "5xx": (status, "internal_server_error", "Internal Server Error"),
        }
        answer_status, code, text = texts[kind]
        version = self._version(call)
        if answer_status == 403:
            code = self._code("forbidden", version)
        if version == "1.1" and code in _ONLY_IN_1_2:
            code = "targetreadfailure"
        return failure(self.settings.errors, version, answer_status, code, message or text)

    def facts(self, call: Call) -> Mapping[str, str]:
        about: dict[str, str] = {}
        route, params = self.router.find(call.method, call.path)
        if route is not None:
            names = [segment[1:] for segment in route.pattern.split("/") if segment.startswith(":")]
            about = dict(zip(names, params, strict=True))
        item = self.state.line_items.get(about.get("item", ""))
        if call.body:
            record = self._first_record(call)
            about |= {key: _target(record[key]) for key in ("class", "student") if key in record}
            about["title"] = str(record.get("title", ""))
            item = self.state.line_items.get(_target(record.get("lineItem"))) or item
        if item is not None:
            about["class"], about["title"] = item.klass, item.title
        about["assignment"] = item.id if item is not None else about.get("id", "")
        return about

    @staticmethod
    def _first_record(call: Call) -> Mapping[str, Any]:
        try:
            body = msgspec.json.decode(call.body)
        except ValueError:
            return {}
        value: Any = next(iter(body.values()), {}) if isinstance(body, dict) else {}
        value = value[0] if isinstance(value, list) and value else value
        return value if isinstance(value, dict) else {}

    def repeat_page(self, call: Call, answer: Answer) -> None:
        query = f"?{call.query_string}" if call.query_string else ""
        answer.headers["Link"] = f'<{call.base}{call.path}{query}>; rel="next"'
        answer.headers["X-Total-Count"] = "100000000"

    def whole_list(self, call: Call) -> Call:
        return replace(call, unlimited=True)

    def skip_write(self, call: Call) -> Answer:
        if call.method == "DELETE":
            return Answer(204)
        if call.method == "POST":
            rows: list[Json] = next(iter(msgspec.json.decode(call.body).values()), [])
            pairs = [(row.get("sourcedId", ""), self.state.allocate("nothing")) for row in rows]
            return Gradebook.allocated(pairs)
        return Answer(200, None if self.settings.dialect == "standard" else msgspec.json.decode(call.body))


def _target(reference: Any) -> str:
    return str(reference.get("sourcedId", "")) if isinstance(reference, dict) else ""
