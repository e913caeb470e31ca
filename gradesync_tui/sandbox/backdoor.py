"""What the doors of /admin/ do."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from gradesync_tui.sandbox.admin import Admin
from gradesync_tui.sandbox.canvas.access import RIGHTS
from gradesync_tui.sandbox.faults import parse_faults
from gradesync_tui.sandbox.sis.rules import PROFILES, Rules
from gradesync_tui.sandbox.web import Answer, Call, Json

if TYPE_CHECKING:
    from gradesync_tui.sandbox.district import District


class Backdoor:
    """Opens the doors of one district."""

    def __init__(self, district: District) -> None:
        self._district = district

    def open(self, admin: Admin) -> None:
        """Hang every door in."""
        admin.add("GET", "/admin/state", self.state)
        admin.add("POST", "/admin/state", self.reset)
        admin.add("POST", "/admin/teach", self.teach)
        admin.add("POST", "/admin/mistakes", self.mistakes)
        admin.add("GET", "/admin/faults", self.faults)
        admin.add("POST", "/admin/faults", self.add_faults)
        admin.add("PUT", "/admin/faults", self.set_faults)
        admin.add("DELETE", "/admin/faults", self.end_faults)
        admin.add("GET", "/admin/requests", self.requests)
        admin.add("DELETE", "/admin/requests", self.forget_requests)
        admin.add("PUT", "/admin/settings", self.settings)
        admin.add("POST", "/admin/tokens", self.issue_token)
        admin.add("DELETE", "/admin/tokens", self.revoke_tokens)

    def state(self, _: Call) -> Answer:
        district = self._district
        canvas, sis = district.canvas.state, district.sis.state
        rules = district.sis_settings.rules
        body: Json = {
            "seed": district.plan.seed,
            "rounds": district.teachers.rounds,
            "zone": district.plan.zone,
            "canvas": {
                "courses": len(canvas.courses),
                "users": len(canvas.users),
                "assignments": len(canvas.assignments),
                "grades": sum(row.is_graded for one in canvas.assignments.values() for row in one.submissions.values()),
                "settings": _values(district.canvas_settings),
            },
            "sis": {
                "classes": len(sis.classes),
                "line_items": len(sis.line_items),
                "results": len(sis.results),
                "settings": _values(district.sis_settings) | {"rules": _values(rules)},
            },
        }
        return Answer(200, body)

    def reset(self, call: Call) -> Answer:
        if call.json().get("reset") is not True:
            raise ValueError('say {"reset": true}')
        self._district.reset()
        return self.state(call)

    def teach(self, call: Call) -> Answer:
        return Answer(200, self._district.teach(int(_body(call).get("rounds", 1))))

    def mistakes(self, call: Call) -> Answer:
        return Answer(200, {"mistakes": self._district.teachers.make_mistakes(int(_body(call).get("count", 1)))})

    def faults(self, _: Call) -> Answer:
        return Answer(200, {"faults": [fault.as_json() for fault in self._district.traffic.faults]})

    def add_faults(self, call: Call) -> Answer:
        self._district.traffic.faults += parse_faults(_body(call).get("faults"))
        return self.faults(call)

    def set_faults(self, call: Call) -> Answer:
        self._district.traffic.faults[:] = parse_faults(_body(call).get("faults"))
        return self.faults(call)

    def end_faults(self, call: Call) -> Answer:
        self._district.traffic.faults.clear()
        return self.faults(call)

    def requests(self, call: Call) -> Answer:
        side, method, path = (call.one(name) for name in ("side", "method", "path"))
        after, limit = int(call.one("after") or 0), int(call.one("limit") or 1000)
        rows = [
            one.as_json()
            for one in self._district.traffic.log
            if one.number > after
            and (side is None or one.side == side)
            and (method is None or one.method == method)
            and (path is None or path in one.path)
        ]
        return Answer(200, {"requests": rows[:limit], "left": max(0, len(rows) - limit)})

    def forget_requests(self, _: Call) -> Answer:
        self._district.traffic.log.clear()
        return Answer(204)

    def settings(self, call: Call) -> Answer:
        body = _body(call)
        district = self._district
        _set(district.canvas_settings, body.get("canvas", {}))
        sis = dict(body.get("sis", {}))
        rules = sis.pop("rules", {})
        _set(district.sis_settings, sis)
        if "profile" in sis:
            district.sis_settings.rules = PROFILES[sis["profile"]]
        if rules:
            district.sis_settings.rules = _changed(district.sis_settings.rules, rules)
        if "closed_periods" in body:
            for session in district.sis.state.sessions.values():
                session.closed = session.id in body["closed_periods"]
        if "latency_ms" in body:
            district.canvas.latency_ms = district.sis.latency_ms = float(body["latency_ms"])
        return self.state(call)

    def issue_token(self, call: Call) -> Answer:
        body = _body(call)
        scopes = frozenset(body["scopes"]) if body.get("scopes") is not None else None
        rights = frozenset(body["rights"]) if body.get("rights") is not None else RIGHTS
        keeps, lifetime = bool(body.get("keeps_includes", True)), body.get("lifetime_s")
        access = self._district.canvas.access
        if body.get("key"):
            key = access.issue_key(rights=rights, scopes=scopes, keeps_includes=keeps, lifetime_s=int(lifetime or 3600))
            return Answer(
                200,
                {"client_id": key.client_id, "client_secret": key.client_secret, "refresh_token": key.refresh_token},
            )
        token = access.issue(rights=rights, scopes=scopes, keeps_includes=keeps, lifetime_s=lifetime)
        return Answer(200, {"token": token.value})

    def revoke_tokens(self, call: Call) -> Answer:
        value = _body(call).get("token")
        if value is None:
            self._district.sis.access.forget_tokens()
        else:
            self._district.canvas.access.tokens[value].revoked = True
        return Answer(204)


def _body(call: Call) -> Json:
    body = call.json() if call.body else {}
    if not isinstance(body, dict):
        raise TypeError("the body must be an object")
    return body


def _values(settings: Any) -> Json:
    return {one.name: getattr(settings, one.name) for one in fields(settings) if one.name != "rules"}


def _set(settings: Any, values: Json) -> None:
    names = {one.name for one in fields(settings)}
    for name, value in values.items():
        if name not in names:
            raise KeyError(f"there is no setting {name}; there are {', '.join(sorted(names))}")
        setattr(settings, name, tuple(value) if isinstance(value, list) else value)


def _changed(rules: Rules, values: Json) -> Rules:
    given: Any = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return replace(rules, **given)
