"""Get and Transform Submissions: which scores of Canvas the SIS does not have yet, and why some of them wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from gradesync_tui.domain.causes import Blocked
from gradesync_tui.domain.clock import MINUTE, Instant
from gradesync_tui.domain.differences import result_fingerprint
from gradesync_tui.domain.grades import Result
from gradesync_tui.domain.records import LedgerEntry
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.words import Action, Level, RecordKind, Stage
from gradesync_tui.sync import rules
from gradesync_tui.sync.assignments import Assignments
from gradesync_tui.sync.outbox import Change, Outbox, Sending
from gradesync_tui.sync.parallel import for_each
from gradesync_tui.sync.work import CoursePlan, Draft, Posted, Work

if TYPE_CHECKING:
    from gradesync_tui.lms.records import PupilSubmissions, Submission

OVERLAP = 10 * MINUTE
"""How far before its watermark a course is read again: clocks differ, and Canvas's bulk lists lag a little."""

_COURSES_AT_ONCE = 4


class Submissions:
    """The scores of one slice of courses, on their way to the SIS."""

    def __init__(self, work: Work, plans: Sequence[CoursePlan], assignments: Assignments) -> None:
        self._work = work
        self._plans = plans
        self._assignments = assignments
        self._graded: dict[str, list[PupilSubmissions]] = {}
        self._outbox = Outbox(work)
        self.unread: set[str] = set()
        """Courses that Canvas would not show: their watermarks stay where they are."""

    async def get(self, watermarks: dict[str, Instant], waiting: dict[str, set[str]]) -> None:
        """Read from Canvas what changed since each course's watermark, and all scores of what was never looked at."""
        from gradesync_tui.lms.errors import BadAnswer, NotFound, PermissionMissing, Refused

        work = self._work
        known = self._assignments.known_before
        await work.journal.begin(Stage.GET_SUBMISSIONS, len(self._plans))

        async def read(plan: CoursePlan) -> None:
            since = None if work.full else watermarks.get(plan.course_id)
            ids = {draft.assignment_id for draft in plan.drafts}
            unseen = {draft.assignment_id for draft in plan.drafts if draft.key not in known}
            unseen |= waiting.get(plan.course_id, set()) & ids
            try:
                if since is not None:
                    unseen |= await self._changed_unseen(plan.course_id, since) & ids
                self._graded[plan.course_id] = await self._read(plan.course_id, since, sorted(unseen))
            except (BadAnswer, NotFound, PermissionMissing, Refused) as error:
                # One course that Canvas will not show is that course's problem; the others go on.
                self.unread.add(plan.course_id)
                await work.journal.log(Level.ERROR, f"{plan.name}: {error.message}", Stage.GET_SUBMISSIONS)
                await work.journal.add(
                    outcome=work.outcome(
                        RecordKind.RESULT,
                        Action.FAILED,
                        plan.drafts[0],
                        cause=error.code,
                        details={"error": error.what},
                        http_status=error.status,
                        answer=error.answer,
                    )
                )
            await work.journal.advance(Stage.GET_SUBMISSIONS)

        await for_each(self._plans, read, limit=_COURSES_AT_ONCE, claim=work.claim)
        await work.journal.finish(Stage.GET_SUBMISSIONS)

    async def transform(self) -> None:
        """Compare every score with the ledger, and turn what differs into a result, or into the cause why it waits."""
        work = self._work
        total = sum(len(row.submissions) for rows in self._graded.values() for row in rows)
        await work.journal.begin(Stage.TRANSFORM_SUBMISSIONS, total)
        for plan in self._plans:
            # What was read twice (changed, and never looked at) counts once; the later reading holds.
            rows = self._graded.pop(plan.course_id, [])
            latest = {
                (row.user_id, row.section_id, one.assignment_id): (row, one) for row in rows for one in row.submissions
            }
            drafts = {(draft.place.section_id, draft.assignment_id): draft for draft in plan.drafts}
            ledger = await self._ledger(drafts, {key[2] for key in latest})
            for row, submission in latest.values():
                draft = drafts.get((row.section_id or "", submission.assignment_id))
                if draft is not None:  # else a section that is not the SIS's, or that the assignment was not given to
                    await self._transform(draft, row, submission, ledger)
            await work.journal.advance(Stage.TRANSFORM_SUBMISSIONS, sum(len(row.submissions) for row in rows))
        await self._outbox.match()
        await work.journal.finish(Stage.TRANSFORM_SUBMISSIONS)

    async def post(self) -> None:
        """Send what was found to differ."""
        await self._outbox.post()

    # --- reading -----------------------------------------------------------------------------------------------------

    async def _read(self, course_id: str, since: Instant | None, unseen: list[str]) -> list[PupilSubmissions]:
        canvas = self._work.canvas
        if since is None:
            return [row async for row in canvas.submissions(course_id)]
        rows = [row async for row in canvas.submissions(course_id, graded_since=since - OVERLAP)]
        if unseen:
            rows += [row async for row in canvas.submissions(course_id, assignment_ids=unseen)]
        return rows

    async def _changed_unseen(self, course_id: str, since: Instant) -> set[str]:
        """Assignments whose grades Canvas's grade-change log names: it knows excuses and deleted grades, too.

        Not every account keeps that log; who has none is not asked again in this run.
        """
        from gradesync_tui.lms.errors import PermissionMissing

        work = self._work
        if not work.change_log:
            return set()
        try:
            changes = await work.canvas.grade_changes(course_id, since - OVERLAP)
        except PermissionMissing:
            changes = None
        if changes is None:
            work.change_log = False
            return set()
        return {
            one.assignment_id for one in changes if one.assignment_id and (one.excused_after or not one.grade_after)
        }

    async def _ledger(
        self, drafts: dict[tuple[str, str], Draft], seen: set[str]
    ) -> dict[tuple[str, str, str], LedgerEntry]:
        """What was sent for the assignments seen, by class, assignment and pupil; one course at a time in memory."""
        wanted: defaultdict[str, set[str]] = defaultdict(set)
        for draft in drafts.values():
            if draft.assignment_id in seen:
                wanted[draft.place.class_id].add(draft.assignment_id)
        found: dict[tuple[str, str, str], LedgerEntry] = {}
        for class_id, assignment_ids in wanted.items():
            for entry in await self._work.store.ledger.results(self._work.account.id, class_id, sorted(assignment_ids)):
                found[class_id, entry.assignment_id, entry.student_id] = entry
        return found

    # --- deciding ----------------------------------------------------------------------------------------------------

    async def _transform(
        self,
        draft: Draft,
        row: PupilSubmissions,
        submission: Submission,
        ledger: dict[tuple[str, str, str], LedgerEntry],
    ) -> None:
        work = self._work
        posted = self._assignments.posted.get(draft.key)
        if posted is None:  # its assignment is blocked or was refused: the cause stands there, the score waits for it
            work.journal.count(waiting=int(rules.is_graded(submission)))
            return
        nameless = f"canvas:{row.user_id}"  # how the ledger knows a pupil whom the SIS does not
        student_id = row.sis_user_id or nameless
        entry = ledger.get((draft.place.class_id, draft.assignment_id, student_id)) or LedgerEntry(
            kind=RecordKind.RESULT,
            course_id=draft.place.course_id,
            class_id=draft.place.class_id,
            assignment_id=draft.assignment_id,
            student_id=student_id,
            title=draft.title,
        )
        waited = ledger.get((draft.place.class_id, draft.assignment_id, nameless))
        if row.sis_user_id and waited is not None and waited.state == "waiting":
            await work.journal.add(entry=msgspec.structs.replace(waited, state="sent", cause=None))
        if not rules.is_graded(submission):
            if entry.sent_hash:
                await self._deleted(posted, row, entry)
            elif entry.state == "waiting":  # what waited to go has been taken away again
                await work.journal.add(entry=msgspec.structs.replace(entry, state="sent", cause=None))
            return
        if rules.is_hidden(submission, work.account.policies):
            await self._wait(posted, row, entry, Blocked(cause="hidden_grade", details={}))
            return
        blocked = rules.blocked_score(work, draft, row, submission)
        if blocked is not None:
            await self._block(posted, row, entry, blocked, submission)
            return
        result = rules.result_of(work, posted, student_id, submission, entry.sourced_id)
        known = entry.state == "sent" and entry.sent_hash == result_fingerprint(result)
        if known and not work.compares:
            await work.journal.unchanged()
            return
        change: Change = "changed" if entry.sent_hash else "posted" if entry.cause == "hidden_grade" else "added"
        self._outbox.send(Sending(posted, rules.pupil_name(row), result, entry, change))

    async def _deleted(self, posted: Posted, row: PupilSubmissions, entry: LedgerEntry) -> None:
        """Canvas has no grade any more where one was sent: removed in the SIS only where policy and SIS allow it."""
        work = self._work
        if work.account.policies.deletes == "clear" and work.profile.deletes and entry.sourced_id:
            result = Result(
                sourced_id=entry.sourced_id,
                line_item_id=posted.line_item_id,
                student_id=entry.student_id,
                class_id=entry.class_id,
                score=None,
                status="not submitted",
                score_date=rules.today(work),
            )
            self._outbox.clear(Sending(posted, rules.pupil_name(row), result, entry, "changed", existed=True))
            return
        await self._wait(posted, row, entry, Blocked(cause="grade_deleted", details={"score": entry.sent}))

    async def _wait(self, posted: Posted, row: PupilSubmissions, entry: LedgerEntry, why: Blocked) -> None:
        """A record that waits for somebody, and is no problem: it is looked at again in every run."""
        work = self._work
        if entry.state != "waiting" or entry.cause != why.cause:
            outcome = work.outcome(
                RecordKind.RESULT,
                Action.WAITING,
                posted.draft,
                student_id=entry.student_id,
                pupil=rules.pupil_name(row),
                before=entry.sent,
                cause=why.cause,
                details=why.details,
            )
            entry = msgspec.structs.replace(entry, state="waiting", cause=why.cause, run_id=work.run.id)
            await work.journal.add(entry=entry, outcome=outcome)
        else:
            work.journal.count(waiting=1)

    async def _block(
        self, posted: Posted, row: PupilSubmissions, entry: LedgerEntry, why: Blocked, submission: Submission
    ) -> None:
        """A record that cannot go until somebody mends it."""
        work = self._work
        if entry.state != "waiting" or entry.cause != why.cause:
            entry = msgspec.structs.replace(entry, state="waiting", cause=why.cause, run_id=work.run.id)
            await work.journal.add(entry=entry)
        await work.journal.add(
            outcome=work.outcome(
                RecordKind.RESULT,
                Action.BLOCKED,
                posted.draft,
                student_id=entry.student_id,
                pupil=rules.pupil_name(row),
                sent=clean(submission.grade, limit=60),
                before=entry.sent,
                cause=why.cause,
                details=why.details,
            )
        )
