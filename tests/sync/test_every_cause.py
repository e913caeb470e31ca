"""Each cause that a district can provoke is seen in a real run over HTTP, and explained in full."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import re
import ssl
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pytest
import stamina
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gradesync_tui.domain.causes import catalogue, explain
from gradesync_tui.domain.clock import DAY
from gradesync_tui.domain.records import CanvasConnection, Outcome
from gradesync_tui.domain.words import Action, RecordKind, RunMode, RunStatus
from gradesync_tui.sandbox.canvas.build import cross_list
from gradesync_tui.sandbox.canvas.grading import give, grade_text
from gradesync_tui.sandbox.canvas.state import Assignment, Course, Group, Override, Section, Submission
from gradesync_tui.sandbox.faults import parse_faults


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    stamina.set_testing(True, attempts=3, cap=True)
    yield
    stamina.set_testing(False)


class Scene:
    """A district with one course, one assignment and one pupil's grade in it, to be spoilt."""

    def __init__(self, here: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.here = here
        self.folder = folder
        self.env = monkeypatch
        self.mode = RunMode.SYNC
        state = here.district.canvas.state
        self.course: Course = next(
            one for one in state.courses.values() if len(one.sections) == 1 and one.sections[0].sis_id
        )
        self.section: Section = self.course.sections[0]
        self.assignment: Assignment = next(
            one
            for one in self.course.assignments.values()
            if one.post_to_sis and one.state == "published" and _scored(one) is not None
        )
        scored = _scored(self.assignment)
        assert scored is not None
        self.submission: Submission = scored
        self.pupil = state.users[scored.user_id]

    @property
    def sis(self) -> Any:
        return self.here.district.sis.state

    @property
    def points(self) -> float:
        return self.assignment.points or 0.0

    @property
    def result(self) -> Any:
        """The pupil's result in the SIS."""
        return next(
            one
            for one in self.sis.results_of_class[self.section.sis_id].values()
            if one.student == self.pupil.sis_id and self.sis.line_items[one.line_item].title == self.assignment.name
        )

    @property
    def item(self) -> Any:
        """The assignment's line item in the SIS."""
        return next(
            one for one in self.sis.items_of_class[self.section.sis_id].values() if one.title == self.assignment.name
        )

    def other_course(self) -> Course:
        courses = self.here.district.canvas.state.courses.values()
        return next(one for one in courses if one is not self.course and len(one.sections) == 1)

    def strike(self, text: str) -> None:
        self.here.district.traffic.faults[:] = parse_faults(text)

    def refuse(self, status: int, body: str) -> None:
        """The SIS refuses the assignment itself, in a vendor's words."""
        title = self.assignment.name.replace('"', "")
        self.strike(f'sis:refuse(path=/lineItems, method=PUT, title="{title}", status={status}, body="{body}")')

    def refuse_score(self, status: int, body: str, kind: str = "refuse") -> None:
        """The SIS refuses the pupil's score, in a vendor's words; kind: or fails at it (`5xx`)."""
        self.strike(
            f"sis:{kind}(path=/results, method=PUT, class={self.section.sis_id}, student={self.pupil.sis_id}, "
            f'title="{self.assignment.name}", status={status}, body="{body}")'
        )

    def grade(self, score: float | None, *, grade: str | None = None, excused: bool = False) -> None:
        words = grade if grade is not None or score is None else grade_text(self.assignment, score)
        state, now = self.here.district.canvas.state, self.here.clock.now()
        give(state, self.assignment, self.submission, now, 1, score=score, grade=words, excused=excused)

    def regrade(self) -> None:
        """Another score than before, that no rule speaks against."""
        self.grade(0.0 if self.submission.score else 1.0)

    async def profile(self, text: str, **connection: Any) -> None:
        """Connect the SIS with a profile of the district's own."""
        (self.folder / "ours.toml").write_text(text)
        self.env.setenv("GRADESYNC_PROFILES", str(self.folder))
        await self.here.connect_sis(profile="ours", **connection)

    def rules(self, **changes: Any) -> None:
        settings = self.here.district.sis_settings
        settings.rules = replace(settings.rules, **changes)

    async def canvas(self, **changes: Any) -> None:
        """Connect Canvas anew."""
        told = self.here.district.describe()["canvas"]
        connection = {"url": told["url"], "account": told["account_id"], "token": "env:TEST_CANVAS_TOKEN"}
        await self.here.store.accounts.connect(
            self.here.account.id, CanvasConnection(**connection | changes), self.here.actor
        )

    def canvas_token(self, **options: Any) -> None:
        self.env.setenv("TEST_CANVAS_TOKEN", self.here.district.canvas.access.issue(**options).value)


def _scored(assignment: Assignment) -> Submission | None:
    """A numeric score of a pupil with a SIS id that is not hidden."""
    return next(
        (one for one in assignment.submissions.values() if one.score is not None and one.posted_at is not None), None
    )


Provoke = Callable[[Scene], Awaitable[None] | None]


@dataclass(frozen=True)
class Case:
    """How a cause is provoked: `first` before the first run, `then` after it (then a second run is looked at).

    on: whose record it stands at; `run`: the run as a whole fails of it. action: what became of the record.
    """

    first: Provoke | None = None
    then: Provoke | None = None
    on: RecordKind | Literal["run"] = RecordKind.LINE_ITEM
    action: Action = Action.BLOCKED


ITEM, SCORE = RecordKind.LINE_ITEM, RecordKind.RESULT


# --- how each is provoked ---------------------------------------------------------------------------------------------


def unknown_group(scene: Scene) -> None:
    state = scene.here.district.canvas.state
    group = Group(state.next_id("group"), scene.course.id, "Imported Assignments", 99, 0.0)
    scene.course.groups.append(group)
    state.groups[group.id] = group
    scene.assignment.group_id = group.id


def rename_group(scene: Scene) -> None:
    scene.here.district.canvas.state.groups[scene.assignment.group_id].name = "Hausaufgaben"


def same_name(scene: Scene) -> None:
    other = next(one for one in scene.course.assignments.values() if one is not scene.assignment and one.post_to_sis)
    other.name, other.due_at, other.state = scene.assignment.name, scene.assignment.due_at, "published"


async def two_candidates(scene: Scene) -> None:
    item, state = scene.item, scene.sis
    for number in (1, 2):
        state.put_item(replace(item, id=f"made-by-hand-{number}"))
    state.delete_item(item)
    scene.here.lose_ledger()
    scene.mode = RunMode.FULL


def own_due_date(scene: Scene) -> None:
    due = (scene.assignment.due_at or 0) + DAY
    scene.assignment.overrides.append(
        Override(901, scene.assignment.id, "One pupil", due, student_ids=[scene.pupil.id])
    )


def for_one_pupil(scene: Scene) -> None:
    own_due_date(scene)
    scene.assignment.only_visible_to_overrides = True


def into_the_closed_quarter(scene: Scene) -> None:
    closed = next(iter(scene.here.district.canvas.state.periods.values()))
    scene.assignment.due_at = closed.end_at - 3 * DAY


def among_two_sections(scene: Scene) -> None:
    state, other = scene.here.district.canvas.state, scene.other_course()
    cross_list(state, other.sections[0], scene.course)
    for assignment in other.assignments.values():
        assignment.post_to_sis = False
    for assignment in scene.course.assignments.values():
        state.assign(assignment)


def for_the_other_section(scene: Scene) -> None:
    assignment, section = scene.assignment, scene.course.sections[-1]
    assignment.overrides.append(Override(902, assignment.id, section.name, assignment.due_at, section_id=section.id))
    assignment.only_visible_to_overrides = True


def all_under_the_first_category(scene: Scene) -> None:
    scene.assignment.group_id = next(one.id for one in scene.course.groups if one.name == "Tests")
    scene.rules(category="first")


def manual_section(scene: Scene) -> None:
    scene.section.sis_id = None


def class_vanished(scene: Scene) -> None:
    del scene.sis.classes[scene.section.sis_id]


def pupil_moved(scene: Scene) -> None:
    scene.sis.pupils_of_class[scene.section.sis_id].discard(scene.pupil.sis_id)


async def never_synced_elsewhere(scene: Scene) -> None:
    scene.sis.delete_item(scene.item)
    scene.regrade()


async def allocated_and_removed(scene: Scene) -> None:
    scene.sis.delete_result(scene.result)
    scene.regrade()


async def modified(scene: Scene) -> None:
    scene.here.district.sis_settings.dialect = "modified"
    await scene.here.connect_sis(dialect="modified")


async def clears(scene: Scene) -> None:
    await scene.here.policies(deletes="clear")


async def flags_edits(scene: Scene) -> None:
    await scene.here.policies(sis_edits="flag")


def edited_in_the_sis(scene: Scene) -> None:
    scene.result.score += 1
    scene.regrade()


def taken_away(scene: Scene) -> None:
    scene.grade(None)
    scene.mode = RunMode.FULL


def hidden(scene: Scene) -> None:
    scene.submission.posted_at = None


def exempt(scene: Scene) -> None:
    scene.grade(None, excused=True)


async def certificate_of_somebody_else(scene: Scene) -> None:
    """A Canvas over TLS that shows a certificate which the connection's authority has not signed."""
    shown, trusted = (_certificate(scene.folder / f"{name}.pem") for name in ("shown", "trusted"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    scene.here.servers.append(server)
    await scene.canvas(url=f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", ca_file=str(trusted))


def _certificate(path: Path) -> Path:
    """A key and a certificate of this machine's address that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, path.stem)])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *form) + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


CASES: dict[str, Case] = {
    # categories
    "category_unknown": Case(unknown_group),
    "category_renamed": Case(then=rename_group),
    "category_replaced": Case(all_under_the_first_category, action=Action.FAILED),
    # titles
    "title_too_long": Case(lambda s: setattr(s.assignment, "name", "x" * 51)),
    "title_empty": Case(lambda s: setattr(s.assignment, "name", " \t ")),
    "ambiguous_match": Case(then=two_candidates),
    "title_not_unique": Case(same_name),
    # dates
    "due_date_missing": Case(lambda s: setattr(s.assignment, "due_at", None)),
    "due_dates_differ": Case(own_due_date),
    "assigned_to_individuals": Case(for_one_pupil),
    "period_closed": Case(into_the_closed_quarter, action=Action.FAILED),
    "due_date_outside_period": Case(lambda s: setattr(s.assignment, "due_at", s.assignment.due_at + 900 * DAY)),
    "wrong_term": Case(lambda s: s.refuse(409, "Term does not match the section"), action=Action.FAILED),
    # the assignment in Canvas
    "course_unpublished": Case(then=lambda s: setattr(s.course, "state", "claimed"), action=Action.WAITING),
    "assignment_unpublished": Case(then=lambda s: setattr(s.assignment, "state", "unpublished"), action=Action.WAITING),
    "not_marked": Case(then=lambda s: setattr(s.assignment, "post_to_sis", False), action=Action.WAITING),
    "assignment_deleted": Case(then=lambda s: setattr(s.assignment, "state", "deleted"), action=Action.WAITING),
    "section_not_assigned": Case(among_two_sections, for_the_other_section, action=Action.WAITING),
    "section_not_from_sis": Case(manual_section),
    "points_invalid": Case(lambda s: setattr(s.assignment, "points", 0.0)),
    "points_not_whole": Case(
        lambda s: (setattr(s.assignment, "points", 12.5), s.profile('extends = "infinite_campus"'))[1]
    ),
    "assignment_locked": Case(lambda s: s.refuse(409, "Assignment is Locked"), action=Action.FAILED),
    "assignment_refused": Case(lambda s: s.refuse(400, "Unable to Create Assignment"), action=Action.FAILED),
    # pupils and teachers
    "student_without_sis_id": Case(lambda s: setattr(s.pupil, "sis_id", None), on=SCORE),
    "student_not_in_class": Case(pupil_moved, on=SCORE, action=Action.FAILED),
    "teacher_not_of_class": Case(lambda s: s.refuse(403, "User Does Not Teach Section"), action=Action.FAILED),
    "class_unknown": Case(class_vanished, action=Action.FAILED),
    "gradebook_unlinked": Case(then=never_synced_elsewhere, on=SCORE, action=Action.FAILED),
    # scores
    "score_above_maximum": Case(
        lambda s: (s.grade(s.points + 5), s.profile('extends = "progressbook"\nscores = { extra_credit = false }'))[1],
        on=SCORE,
    ),
    "score_below_minimum": Case(lambda s: s.grade(-2.0), on=SCORE),
    "score_not_whole": Case(
        lambda s: (s.grade(1.5), s.profile('extends = "progressbook"\nscores = { whole_numbers = true }'))[1], on=SCORE
    ),
    "score_not_numeric": Case(lambda s: s.grade(None, grade="A-"), on=SCORE),
    "score_too_large": Case(lambda s: s.grade(1e308), on=SCORE),
    "no_score": Case(
        lambda s: s.refuse_score(422, "Assignments without grades in Canvas cannot be generated"),
        on=SCORE,
        action=Action.FAILED,
    ),
    "hidden_grade": Case(hidden, on=SCORE, action=Action.WAITING),
    "grade_deleted": Case(then=taken_away, on=SCORE, action=Action.WAITING),
    "excused_not_sent": Case(
        lambda s: (exempt(s), s.profile('extends = "progressbook"\nscores = { excused = "skip" }'))[1], on=SCORE
    ),
    "status_not_allowed": Case(
        lambda s: (exempt(s), s.rules(statuses=("fully graded",)))[1], on=SCORE, action=Action.FAILED
    ),
    "comment_too_long": Case(
        lambda s: (
            s.rules(comment_limit=3),
            setattr(s.submission, "late_policy_status", "missing"),
            s.profile('extends = "progressbook"\nscores = { missing = "comment" }'),
        )[2],
        on=SCORE,
        action=Action.FAILED,
    ),
    "delete_not_allowed": Case(clears, taken_away, on=SCORE, action=Action.FAILED),
    "sis_edited": Case(flags_edits, edited_in_the_sis, on=SCORE),
    "no_change": Case(
        then=lambda s: (s.regrade(), s.strike("sis:noop(path=/results/, method=PUT)"))[1],
        on=SCORE,
        action=Action.FAILED,
    ),
    # records in the SIS
    "record_missing": Case(modified, allocated_and_removed, on=SCORE, action=Action.FAILED),
    "sis_refused": Case(lambda s: s.refuse_score(422, ""), on=SCORE, action=Action.FAILED),
    # the SIS as a whole, at one record
    "sis_timeout": Case(lambda s: s.refuse_score(504, "Gateway Time-out", "5xx"), on=SCORE, action=Action.FAILED),
    "sis_exchange_error": Case(lambda s: s.refuse_score(500, "Exchange Error", "5xx"), on=SCORE, action=Action.FAILED),
    "sis_internal_error": Case(lambda s: s.refuse_score(500, "", "5xx"), on=SCORE, action=Action.FAILED),
    # the run as a whole
    "sis_throttled": Case(lambda s: s.strike("sis:429(path=/categories)"), on="run"),
    "sis_unsupported": Case(lambda s: s.here.connect_sis(url=s.here.district.sis.url + "/nothing/here"), on="run"),
    "sis_forbidden": Case(lambda s: s.strike("sis:refuse(status=403, path=/categories)"), on="run"),
    "sis_auth": Case(lambda s: s.env.setenv("TEST_SIS_SECRET", "not-the-secret"), on="run"),
    "sis_unavailable": Case(lambda s: s.strike("sis:down"), on="run"),
    "sis_bad_answer": Case(lambda s: s.strike("sis:wrongtype(path=/categories)"), on="run"),
    "canvas_token_invalid": Case(lambda s: s.env.setenv("TEST_CANVAS_TOKEN", "not-the-secret"), on="run"),
    "canvas_token_expired": Case(lambda s: s.canvas_token(lifetime_s=0), on="run"),
    "canvas_permission": Case(lambda s: s.canvas_token(rights=frozenset({"view_all_grades"})), on="run"),
    "canvas_unavailable": Case(lambda s: s.strike("canvas:down"), on="run"),
    "canvas_throttled": Case(lambda s: s.strike("canvas:429"), on="run"),
    "canvas_bad_answer": Case(lambda s: s.strike("canvas:garbage"), on="run"),
    "certificate": Case(certificate_of_somebody_else, on="run"),
    "secret_missing": Case(lambda s: s.env.delenv("TEST_SIS_SECRET"), on="run"),
    "connection_missing": Case(lambda s: s.here.disconnect_sis(), on="run"),
}

ELSEWHERE = {
    "assignment_blocked": "the assignment's own cause stands in the run; a grade's trace leads from there to its score",
    "standards_not_carried": "Canvas's export says nothing of rubrics: such an assignment has no points or no score",
    "test_student": "Canvas lists only pupils who came from the SIS, so a sync never sees the Test Student",
    "student_left": "Canvas lists only active pupils, so a sync never sees who has left",
    "sis_read_only": "told in the log of a run that writes files; nothing has failed",
    "canvas_export_off": "told in the run's log; nothing fails, the courses are read one by one",
    "time_limit": "set by the engine that watches the run's time",
    "cancelled": "set by a person",
    "interrupted": "set by the engine that finds a run whose process is gone",
    "lease_lost": "set by the engine that lost its claim",
    "disk_full": "the machine's, not the district's",
    "internal": "an error in gradesync itself",
    "unknown": "what the catalogue does not know",
}


def test_every_cause_is_provoked_or_has_a_reason_why_not() -> None:
    assert CASES.keys() | ELSEWHERE.keys() == set(catalogue())
    assert not CASES.keys() & ELSEWHERE.keys()


@pytest.mark.parametrize("code", CASES)
async def test_a_cause_is_seen_where_it_strikes_and_explained(
    office: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    case = CASES[code]
    here = await office()
    scene = Scene(here, tmp_path, monkeypatch)
    await _do(case.first, scene)
    run = await here.sync(scene.mode)
    if case.then is not None:
        assert run.status is RunStatus.COMPLETED, (run.note, await here.causes(run))
        await _do(case.then, scene)
        run = await here.sync(scene.mode)
    if case.on == "run":
        assert (run.status, run.cause) == (RunStatus.FAILED, code), run
        assert run.note and "not-the-secret" not in run.note
        _assert_told(code, {})
        return
    assert run.status in (RunStatus.COMPLETED, RunStatus.WARNING), run
    found = [one for one in await here.store.runs.outcomes(run.id, limit=10_000) if one.cause is not None]
    assert {one.cause for one in found} == {code}, {one.cause for one in found}
    assert run.counts.scores > 0 or case.then is not None, "the others still went"
    assert (run.status is RunStatus.WARNING) is (case.action is not Action.WAITING)
    mine = [
        one
        for one in found
        if one.kind is case.on
        and one.assignment_id == str(scene.assignment.id)
        and (case.on is ITEM or one.student_id in (scene.pupil.sis_id, f"canvas:{scene.pupil.id}"))
    ]
    assert mine and {one.action for one in mine} == {case.action}, found[:3]
    for one in mine:
        _assert_named(one, scene)
        _assert_told(code, one.details)


async def _do(provoke: Provoke | None, scene: Scene) -> None:
    waiting = provoke(scene) if provoke is not None else None
    if waiting is not None:
        await waiting


def _assert_named(one: Outcome, scene: Scene) -> None:
    """The record is named as a person knows it."""
    assert one.course == scene.course.name
    if one.cause != "assigned_to_individuals":
        assert one.section == scene.section.name
    assert one.assignment == scene.assignment.name.strip()
    if one.kind is RecordKind.RESULT:
        assert one.pupil == scene.pupil.name
    if one.action is Action.FAILED and one.http_status:
        assert one.answer, "what the SIS said is kept for support"


def _assert_told(code: str, details: dict[str, str]) -> None:
    """The explanation says what and what to do, every place filled with what is known of this record."""
    told = explain(code, details)
    assert told.title and told.what and told.do and told.who
    assert not re.search(r"\{[a-z_]+\}", told.what + told.do)
    if details:
        wanted = set(re.findall(r"\{([a-z_]+)\}", catalogue()[code].what + catalogue()[code].do))
        unsaid = wanted - {name for name, value in details.items() if value}
        # How long a comment was, or how long it was waited for, only the SIS knows.
        assert unsaid <= {"length", "limit"}, (code, unsaid, details)
