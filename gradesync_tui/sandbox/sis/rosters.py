"""OneRoster's rostering collections, in both versions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from gradesync_tui.sandbox.sis.query import collection, only_fields
from gradesync_tui.sandbox.sis.rules import Broken
from gradesync_tui.sandbox.sis.show import ROSTERING, Show
from gradesync_tui.sandbox.sis.state import Klass, Person, SisState
from gradesync_tui.sandbox.web import Answer, Call, Json, Router

T = TypeVar("T")


class Rosters:
    """Handlers of the rostering paths of one version."""

    def __init__(self, state: SisState, show: Show, version: str) -> None:
        self._state = state
        self._show = show
        self._version = version

    def add_to(self, router: Router) -> None:
        state, show = self._state, self._show
        root = ROSTERING[self._version]
        people, sessions = state.people, state.sessions

        def add(
            path: str,
            key: str,
            single: str,
            rows: Callable[[], dict[str, T]],
            one: Callable[[T], Json],
            keep: Callable[[T], bool],
        ) -> None:
            router.add(
                "GET",
                f"{root}/{path}",
                lambda call: collection(call, key, [row for row in rows().values() if keep(row)], one),
            )
            router.add("GET", f"{root}/{path}/:id", lambda call: self._one(call, single, rows(), one, keep))

        add("orgs", "orgs", "org", lambda: state.orgs, show.org, lambda _: True)
        add("schools", "orgs", "org", lambda: state.orgs, show.org, lambda one: one.type == "school")
        add("academicSessions", "academicSessions", "academicSession", lambda: sessions, show.session, lambda _: True)
        add(
            "terms",
            "academicSessions",
            "academicSession",
            lambda: sessions,
            show.session,
            lambda one: one.type in ("term", "semester", "schoolYear"),
        )
        add(
            "gradingPeriods",
            "academicSessions",
            "academicSession",
            lambda: sessions,
            show.session,
            lambda one: one.type == "gradingPeriod",
        )
        add("courses", "courses", "course", lambda: state.courses, show.course, lambda _: True)
        add("classes", "classes", "class", lambda: state.classes, show.klass, lambda _: True)
        add("users", "users", "user", lambda: people, show.person, lambda _: True)
        add("students", "users", "user", lambda: people, show.person, lambda one: one.role == "student")
        add("teachers", "users", "user", lambda: people, show.person, lambda one: one.role == "teacher")
        add("enrollments", "enrollments", "enrollment", lambda: state.enrollments, show.enrollment, lambda _: True)
        self._add_nested(router, root)

    def _add_nested(self, router: Router, root: str) -> None:
        def nested(path: str, key: str, rows: Callable[[Call], Sequence[Any]], one: Callable[[Any], Json]) -> None:
            router.add("GET", root + path, lambda call: collection(call, key, rows(call), one))

        state, show = self._state, self._show
        nested(
            "/classes/:class/students",
            "users",
            lambda call: self._people_of(call, call.params[0], "student"),
            show.person,
        )
        nested(
            "/classes/:class/teachers",
            "users",
            lambda call: self._people_of(call, call.params[0], "teacher"),
            show.person,
        )
        nested(
            "/courses/:course/classes",
            "classes",
            lambda call: self._classes(lambda one: one.course == call.params[0]),
            show.klass,
        )
        nested(
            "/terms/:term/classes",
            "classes",
            lambda call: self._classes(lambda one: one.session == call.params[0]),
            show.klass,
        )
        nested(
            "/terms/:term/gradingPeriods",
            "academicSessions",
            lambda call: [one for one in state.sessions.values() if one.parent == call.params[0]],
            show.session,
        )
        for kind in ("students", "teachers", "users"):
            nested(f"/{kind}/:user/classes", "classes", lambda call: self._classes_of(call.params[0]), show.klass)
        school = "/schools/:school"
        nested(
            f"{school}/classes",
            "classes",
            lambda call: self._classes(lambda one: one.org == call.params[0]),
            show.klass,
        )
        nested(f"{school}/courses", "courses", lambda call: self._of_school(call, state.courses), show.course)
        nested(
            f"{school}/enrollments",
            "enrollments",
            lambda call: self._of_school(call, state.enrollments),
            show.enrollment,
        )
        nested(f"{school}/students", "users", lambda call: self._at_school(call, "student"), show.person)
        nested(f"{school}/teachers", "users", lambda call: self._at_school(call, "teacher"), show.person)
        nested(
            f"{school}/terms",
            "academicSessions",
            lambda _: [one for one in state.sessions.values() if not one.parent],
            show.session,
        )
        within = f"{school}/classes/:class"
        nested(
            f"{within}/students", "users", lambda call: self._people_of(call, call.params[1], "student"), show.person
        )
        nested(
            f"{within}/teachers", "users", lambda call: self._people_of(call, call.params[1], "teacher"), show.person
        )
        nested(
            f"{within}/enrollments",
            "enrollments",
            lambda call: [one for one in state.enrollments.values() if one.klass == call.params[1]],
            show.enrollment,
        )

    @staticmethod
    def _one(call: Call, key: str, rows: dict[str, T], show: Callable[[T], Json], keep: Callable[[T], bool]) -> Answer:
        found = rows.get(call.params[0])
        if found is None or not keep(found):
            raise unknown(call.params[0])
        return Answer(200, {key: only_fields(call, show(found))})

    def _people_of(self, call: Call, class_id: str, role: str) -> list[Person]:
        if class_id not in self._state.classes:
            raise unknown(class_id)
        return [
            self._state.people[one.user]
            for one in self._state.enrollments.values()
            if one.klass == class_id and one.role == role and one.active
        ]

    def _classes(self, keep: Callable[[Klass], bool]) -> list[Klass]:
        return [one for one in self._state.classes.values() if keep(one)]

    def _classes_of(self, user_id: str) -> list[Klass]:
        if user_id not in self._state.people:
            raise unknown(user_id)
        return [
            self._state.classes[one.klass]
            for one in self._state.enrollments.values()
            if one.user == user_id and one.active
        ]

    @staticmethod
    def _of_school(call: Call, rows: dict[str, Any]) -> list[Any]:
        return [one for one in rows.values() if one.org == call.params[0]]

    def _at_school(self, call: Call, role: str) -> list[Person]:
        return [one for one in self._state.people.values() if one.org == call.params[0] and one.role == role]


def unknown(sourced_id: str) -> Broken:
    return Broken(f"{sourced_id} is unknown.", 404, "unknownobject")
