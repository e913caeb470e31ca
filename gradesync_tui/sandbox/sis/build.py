"""The SIS of a planned district: rosters, categories and grading periods; its gradebook is empty."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from gradesync_tui.sandbox.names import GROUPS, LABS
from gradesync_tui.sandbox.plan import Person as Planned
from gradesync_tui.sandbox.plan import Plan
from gradesync_tui.sandbox.sis.state import Category, Course, Enrollment, Klass, Org, Person, Session, SisState

DISTRICT_ORG = "district"
SCHOOL_YEAR = "SY-1"


def build_sis(plan: Plan) -> SisState:
    """Fill an empty SIS from the plan."""
    state = SisState()
    state.orgs[DISTRICT_ORG] = Org(DISTRICT_ORG, plan.name, "district", None)
    for n, name in enumerate(plan.schools, start=1):
        state.orgs[f"SCH-{n}"] = Org(f"SCH-{n}", name, "school", DISTRICT_ORG)
    first, last = plan.year
    year = str(last.year)
    state.sessions[SCHOOL_YEAR] = Session(
        SCHOOL_YEAR, f"School Year {first.year}-{last.year}", "schoolYear", first, last, None, year
    )
    for quarter in plan.quarters:
        state.sessions[quarter.sourced_id] = Session(
            quarter.sourced_id,
            quarter.title,
            "gradingPeriod",
            quarter.start,
            quarter.end,
            SCHOOL_YEAR,
            year,
            quarter.closed,
        )
    for person in plan.teachers:
        state.people[person.sourced_id] = _person(person, "teacher")
    for person in plan.pupils:
        state.people[person.sourced_id] = _person(person, "student")
    _categories(state, plan)
    _classes(state, plan)
    return state


def _person(person: Planned, role: str) -> Person:
    return Person(
        person.sourced_id,
        person.given,
        person.family,
        person.login,
        role,
        f"SCH-{person.school + 1}",
        f"{person.grade:02d}" if person.grade else "",
    )


def _categories(state: SisState, plan: Plan) -> None:
    for name in GROUPS:
        category = Category(_id(f"category/{name}"), name, None, plan.made_at)
        state.categories[category.id] = category
    for one in plan.classes:
        if one.subject.code == "SCI":
            category = Category(_id(f"category/{one.sourced_id}/{LABS}"), LABS, one.sourced_id, plan.made_at)
            state.categories[category.id] = category


def _classes(state: SisState, plan: Plan) -> None:
    for one in plan.classes:
        org = f"SCH-{one.school + 1}"
        course_id = f"{one.school + 1}-{one.code}"
        state.courses[course_id] = Course(course_id, one.title.partition(" - ")[0], one.code, org, f"{one.grade:02d}")
        state.classes[one.sourced_id] = Klass(
            one.sourced_id,
            one.title,
            one.code,
            course_id,
            org,
            SCHOOL_YEAR,
            one.subject.code,
            f"{one.grade:02d}",
            str(one.period),
        )
        for person, role in ((one.teacher, "teacher"), *((pupil, "student") for pupil in one.pupils)):
            identifier = _id(f"enrollment/{one.sourced_id}/{person.sourced_id}")
            state.enroll(Enrollment(identifier, one.sourced_id, org, person.sourced_id, role))


def _id(text: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"district/{text}"))
