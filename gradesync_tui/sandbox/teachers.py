"""The teachers: they set assignments, score them, show hidden grades and change their minds, by the seed."""

from __future__ import annotations

from datetime import date, time, timedelta
from random import Random

from gradesync_tui.domain.clock import DAY, HOUR, MINUTE, Clock, Instant, to_datetime
from gradesync_tui.sandbox.canvas.build import local_instant
from gradesync_tui.sandbox.canvas.grading import give, grade_text, post_grades
from gradesync_tui.sandbox.canvas.state import Assignment, CanvasState, Course, Override, Submission
from gradesync_tui.sandbox.mistakes import MISTAKES, pupil_without_sis_id
from gradesync_tui.sandbox.names import KINDS, POINTS
from gradesync_tui.sandbox.plan import Plan

EXCUSED = 0.015
MISSING = 0.02
EXTRA_CREDIT = 0.02
HIDDEN = 0.08
PRACTICE = 0.1
DRAFT = 0.07
OWN_DATES = 0.3
END_OF_DAY = time(23, 59, 59)


class Teachers:
    """Everybody who grades. `teach` does one round of school; `begin` is the work before the district was looked at."""

    def __init__(self, state: CanvasState, plan: Plan, clock: Clock) -> None:
        self._state = state
        self._plan = plan
        self._clock = clock
        self._subjects = {one.sourced_id: one.subject for one in plan.classes}
        self.rounds = 0
        self.moments = 0

    def begin(self, assignments: int) -> None:
        """Give every course its first assignments: older ones scored for nearly all, the newest for about half."""
        rng = Random(f"{self._plan.seed}:begin")
        for course in self._courses():
            for n in range(assignments):
                age = assignments - n
                at = self._plan.made_at - age * 3 * DAY + rng.randrange(8) * HOUR
                due = self._school_day(at, rng.randrange(1, 5))
                assignment = self.set_assignment(course, rng, at, due, hidden=rng.random() < HIDDEN)
                self._score_some(rng, assignment, 0.95 if age > 1 else 0.5, at + DAY)
            self._keep_out_of_the_sis(rng, course)

    def _keep_out_of_the_sis(self, rng: Random, course: Course) -> None:
        """What teachers also have in Canvas: scored practice that is not for the SIS, and drafts."""
        at = self._plan.made_at - 2 * DAY
        if rng.random() < PRACTICE:
            practice = self.set_assignment(course, rng, at, self._school_day(at, 4), title="Practice: warm-up")
            practice.post_to_sis = False
            self._score_some(rng, practice, 0.5, at)
        if rng.random() < DRAFT:
            draft = self.set_assignment(course, rng, at, self._school_day(at, 9), title="Draft: review for the test")
            draft.state = "unpublished"

    def teach(self) -> dict[str, int]:
        """One round: new assignments, added scores, posted grades, changed grades. Answers how many of each."""
        self.rounds += 1
        return self._work(Random(f"{self._plan.seed}:round:{self.rounds}"), share=0.1)

    def teach_a_little(self) -> dict[str, int]:
        """What happens in a few seconds of a school day: a course or two."""
        self.moments += 1
        courses = max(1, len(self._state.courses))
        return self._work(Random(f"{self._plan.seed}:moment:{self.moments}"), share=min(1.0, 1.5 / courses))

    def make_mistakes(self, count: int) -> list[str]:
        """Make each of the usual mistakes so often, each in another course; answers them in words."""
        now = self._clock.now()
        made = []
        for n in range(count):
            rng = Random(f"{self._plan.seed}:mistakes:{len(self._state.assignments)}:{n}")
            courses = rng.sample(self._courses(), min(len(self._courses()), len(MISTAKES) + 1))
            for course, (name, make) in zip(courses, MISTAKES.items(), strict=False):
                assignment = self.set_assignment(course, rng, now, self._school_day(now, rng.randrange(1, 8)))
                self._score_some(rng, assignment, 0.9, now)
                make(self._state, course, assignment, now)
                made.append(f"{course.name}: {assignment.name}: {name}")
            pupil = pupil_without_sis_id(self._state, rng, courses[-1])
            made.append(f"{courses[-1].name}: {pupil}: no SIS id")
        return made

    def set_assignment(
        self, course: Course, rng: Random, at: Instant, due: Instant | None, *, hidden: bool = False, title: str = ""
    ) -> Assignment:
        """A published assignment of a course, in one of its groups, marked for the SIS.

        Where a course has two sections, the second sometimes has a day more.
        """
        state = self._state
        groups = [group for group in course.groups if group.name in KINDS]
        group = rng.choice(groups)
        topics = self._subjects[course.sis_id].topics if course.sis_id in self._subjects else ("Review",)
        points = POINTS[group.name]
        assignment = state.add_assignment(
            Assignment(
                id=state.next_id("assignment", 4001),
                course_id=course.id,
                name=title or f"{KINDS[group.name]} {len(course.assignments) + 1}: {rng.choice(topics)}",
                group_id=group.id,
                due_at=due,
                points=points,
                created_at=at,
                updated_at=at,
                post_manually=hidden,
            )
        )
        if len(course.sections) > 1 and due is not None and rng.random() < OWN_DATES:
            section = course.sections[-1]
            later, number = self._school_day(due, 1), state.next_id("override", 801)
            assignment.overrides.append(Override(number, assignment.id, section.name, later, section_id=section.id))
        return assignment

    def _work(self, rng: Random, share: float) -> dict[str, int]:
        now = self._clock.now()
        done = {"assignments": 0, "added": 0, "posted": 0, "changed": 0}
        for course in self._some(rng, self._courses(), share):
            assignment = self.set_assignment(
                course, rng, now, self._school_day(now, rng.randrange(1, 8)), hidden=rng.random() < HIDDEN
            )
            done["assignments"] += 1
            done["added"] += self._score_some(rng, assignment, 0.6, now)
        for course in self._some(rng, self._courses(), share):
            for assignment in self._live(course)[-2:]:
                done["added"] += self._score_some(rng, assignment, 0.5, now)
        for course in self._some(rng, self._courses(), share):
            for assignment in self._live(course):
                done["posted"] += post_grades(assignment, now)
        for course in self._some(rng, self._courses(), share):
            done["changed"] += self._change_some(rng, course, now)
        return done

    def _courses(self) -> list[Course]:
        return [course for course in self._state.courses.values() if course.sections and course.state == "available"]

    @staticmethod
    def _live(course: Course) -> list[Assignment]:
        return [one for one in course.assignments.values() if one.state == "published"]

    @staticmethod
    def _some(rng: Random, courses: list[Course], share: float) -> list[Course]:
        """A share of the courses; a share of less than one course is the chance of one."""
        wanted = len(courses) * share
        number = int(wanted) + (rng.random() < wanted % 1)
        return rng.sample(courses, min(number, len(courses)))

    def _score_some(self, rng: Random, assignment: Assignment, share: float, at: Instant) -> int:
        """Score about a share of the pupils who have no score; the Test Student is tried out too."""
        scored = 0
        for submission in assignment.submissions.values():
            if not submission.is_graded and rng.random() < share:
                self._score(rng, assignment, submission, at)
                scored += 1
        return scored

    def _score(self, rng: Random, assignment: Assignment, submission: Submission, at: Instant) -> None:
        chance = rng.random()
        points = assignment.points or 0.0
        teacher = self._teacher(assignment)
        if chance < EXCUSED:
            give(self._state, assignment, submission, at, teacher, score=None, grade=None, excused=True)
            return
        if chance < EXCUSED + MISSING:
            submission.late_policy_status = "missing"
            give(self._state, assignment, submission, at, teacher, score=0.0, grade="0")
            return
        submission.submitted_at = self._handed_in(rng, assignment, at)
        submission.attempt = 1
        share = min(1.0, max(0.2, rng.gauss(0.84, 0.12)))
        score = round(points * share * 2) / 2
        if chance > 1 - EXTRA_CREDIT:
            score = points + 1
        give(self._state, assignment, submission, at, teacher, score=score, grade=grade_text(assignment, score))

    @staticmethod
    def _handed_in(rng: Random, assignment: Assignment, at: Instant) -> Instant:
        latest = at - MINUTE
        if assignment.due_at is None or rng.random() < 0.1:
            return latest
        return min(latest, assignment.due_at - rng.randrange(1, 20) * HOUR)

    def _change_some(self, rng: Random, course: Course, now: Instant) -> int:
        scored = [
            (assignment, submission)
            for assignment in self._live(course)
            for submission in assignment.submissions.values()
            if submission.score is not None
        ]
        chosen = rng.sample(scored, min(len(scored), rng.randrange(1, 6)))
        changed = 0
        for assignment, submission in chosen:
            score = max(0.0, (submission.score or 0.0) + rng.choice((-2.0, -1.0, 0.5, 1.0, 1.5)))
            if score != submission.score:
                grade = grade_text(assignment, score)
                give(self._state, assignment, submission, now, self._teacher(assignment), score=score, grade=grade)
                changed += 1
        return changed

    def _teacher(self, assignment: Assignment) -> int | None:
        enrollments = self._state.courses[assignment.course_id].enrollments
        return next((one.user_id for one in enrollments if one.type == "TeacherEnrollment"), None)

    def _school_day(self, at: Instant, days: int) -> Instant:
        """The end of a school day so many days on, in a grading period that is open."""
        day: date = to_datetime(at, self._plan.zone).date() + timedelta(days=days)
        while day.weekday() >= 5:
            day += timedelta(days=1)
        open_quarters = [quarter for quarter in self._plan.quarters if not quarter.closed]
        day = min(max(day, open_quarters[0].start), open_quarters[-1].end)
        return local_instant(day, END_OF_DAY, self._plan.zone)
