"""The school that both sides are rostered from: who is where, drawn from a seed; it knows neither Canvas nor a SIS."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from gradesync_tui.domain.clock import Instant, to_datetime
from gradesync_tui.sandbox.names import DISTRICT, FAMILY, GIVEN, SCHOOLS, SUBJECTS, Subject

CLASS_SIZE = 25
SCHOOL_SIZE = 500
GRADES = (9, 10, 11, 12)


@dataclass(frozen=True, slots=True)
class Person:
    """A pupil (with a grade level) or a teacher (grade 0)."""

    sourced_id: str
    given: str
    family: str
    login: str
    school: int
    grade: int = 0

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """A class (a section of the timetable): 25 pupils or so, one teacher, one subject."""

    sourced_id: str
    title: str
    code: str
    subject: Subject
    grade: int
    school: int
    period: int
    teacher: Person
    pupils: list[Person] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Quarter:
    """A grading period, both dates included; a closed one takes no more grades."""

    sourced_id: str
    title: str
    start: date
    end: date
    closed: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole district. `made_at` is the instant that all dates lie around."""

    name: str
    zone: str
    seed: int
    made_at: Instant
    schools: list[str]
    teachers: list[Person]
    pupils: list[Person]
    classes: list[SchoolClass]
    quarters: list[Quarter]

    @property
    def year(self) -> tuple[date, date]:
        return self.quarters[0].start, self.quarters[-1].end


def make_plan(seed: int, pupils: int, made_at: Instant, zone: str = "America/New_York") -> Plan:
    """The district of a seed: about 25 pupils to a class, seven classes to a pupil, 500 pupils to a school."""
    rng = Random(f"{seed}:people")
    cohorts = _cohorts(pupils)
    logins: set[str] = set()
    people: list[Person] = []
    teachers: list[Person] = []
    classes: list[SchoolClass] = []
    for school, grade, size in cohorts:
        cohort = [_person(rng, logins, f"P{100001 + len(people) + n}", school=school, grade=grade) for n in range(size)]
        people += cohort
        classes += _classes_of(rng, logins, teachers, cohort, school, grade)
    return Plan(
        name=DISTRICT,
        zone=zone,
        seed=seed,
        made_at=made_at,
        schools=[_school_name(n) for n in range(cohorts[-1][0] + 1)],
        teachers=teachers,
        pupils=people,
        classes=classes,
        quarters=_quarters(to_datetime(made_at, zone).date()),
    )


def _cohorts(pupils: int) -> list[tuple[int, int, int]]:
    """(school, grade level, pupils) of every year group."""
    schools = max(1, round(pupils / SCHOOL_SIZE))
    cohorts = []
    for school in range(schools):
        size = pupils // schools + (school < pupils % schools)
        grades = GRADES[: min(len(GRADES), max(1, round(size / CLASS_SIZE)))]
        for place, grade in enumerate(grades):
            cohorts.append((school, grade, size // len(grades) + (place < size % len(grades))))
    return cohorts


def _classes_of(
    rng: Random, logins: set[str], teachers: list[Person], cohort: list[Person], school: int, grade: int
) -> list[SchoolClass]:
    parallel = max(1, round(len(cohort) / CLASS_SIZE))
    classes = []
    for period, subject in enumerate(SUBJECTS, start=1):
        # A teacher takes all the parallel classes of a year group in one subject, five of them at most.
        mixed = rng.sample(cohort, len(cohort))
        for n in range(parallel):
            if n % 5 == 0:
                teachers.append(_person(rng, logins, f"T{2001 + len(teachers)}", school=school))
            code = f"{subject.code}{grade:02d}"
            classes.append(
                SchoolClass(
                    sourced_id=f"{school + 1}-{code}-{n + 1:02d}",
                    title=f"{subject.titles[GRADES.index(grade)]} - {n + 1:02d}",
                    code=code,
                    subject=subject,
                    grade=grade,
                    school=school,
                    period=(period + n) % 7 + 1,
                    teacher=teachers[-1],
                    pupils=sorted(mixed[n::parallel], key=lambda pupil: (pupil.family, pupil.given, pupil.sourced_id)),
                )
            )
    return classes


def _person(rng: Random, logins: set[str], sourced_id: str, *, school: int, grade: int = 0) -> Person:
    given, family = rng.choice(GIVEN), rng.choice(FAMILY)
    plain = unicodedata.normalize("NFKD", f"{given[0]}{family}".replace("ł", "l").replace("Ł", "L").replace("ı", "i"))
    stem = "".join(letter for letter in plain.lower() if letter.isascii() and letter.isalpha())
    login, n = stem, 1
    while login in logins:
        n += 1
        login = f"{stem}{n}"
    logins.add(login)
    return Person(sourced_id=sourced_id, given=given, family=family, login=login, school=school, grade=grade)


def _school_name(n: int) -> str:
    return SCHOOLS[n] if n < len(SCHOOLS) else f"{SCHOOLS[n % len(SCHOOLS)]} {n // len(SCHOOLS) + 1}"


def _quarters(today: date) -> list[Quarter]:
    """Four periods of nine weeks around today, which lies in the second; the first is closed."""
    length = timedelta(weeks=9)
    first = today - timedelta(weeks=13)
    quarters = []
    for n in range(4):
        start = first + n * length
        end = start + length - timedelta(days=1)
        quarters.append(Quarter(f"GP-{n + 1}", f"Quarter {n + 1}", start, end, closed=n == 0))
    return quarters
