"""Get, Transform and Post Submissions: the SIS has every score that Canvas has, and says so when read back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from gradesync_tui.domain.causes import Blocked
from gradesync_tui.domain.clock import MINUTE, Instant
from gradesync_tui.domain.differences import result_fingerprint, same_result
from gradesync_tui.domain.grades import Receipt, Result, ScoreStatus
from gradesync_tui.domain.preflight import numeric
from gradesync_tui.domain.records import LedgerEntry, Outcome
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.words import Action, Level, RecordKind, Stage
from gradesync_tui.sync import rules
from gradesync_tui.sync.assignments import Assignments
from gradesync_tui.sync.bulk import create_many
from gradesync_tui.sync.parallel import for_each
from gradesync_tui.sync.work import CoursePlan, Draft, Posted, Work

if TYPE_CHECKING:
    from gradesync_tui.lms.records import PupilSubmissions, Submission
    from gradesync_tui.sis.errors import SisError

OVERLAP = 10 * MINUTE
"""How far before its watermark a course is read again: clocks differ, and Canvas's bulk lists lag a little."""

_COURSES_AT_ONCE = 4

Change = Literal["added", "posted", "changed"]
"""What Canvas's administrators know a score's change as."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A score on its way. `before` is what the ledger knew of it; `existed`: the SIS had one for it already."""

    posted: Posted
    pupil: str
    result: Result
    before: LedgerEntry
    change: Change
    existed: bool = False


class Submissions:
    """The scores of one slice of courses, on their way to the SIS."""

    def __init__(self, work: Work, plans: Sequence[CoursePlan], assignments: Assignments) -> None:
        self._work = work
        self._plans = plans
        self._assignments = assignments
        self._graded: dict[str, list[PupilSubmissions]] = {}
        self._held: dict[str, dict[tuple[str, str], Result]] = {}
        self._to_send: list[Sending] = []
        self._to_clear: list[Sending] = []
        self._written: defaultdict[str, list[Sending]] = defaultdict(list)
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
        await self._match_held()
        await work.journal.finish(Stage.TRANSFORM_SUBMISSIONS)

    async def post(self) -> None:
        """Send the scores, those that waited first, and read back the classes that were written to."""
        work = self._work
        self._to_send.sort(key=lambda sending: sending.before.state != "waiting")
        limit = work.profile.rate.in_flight
        await work.journal.begin(Stage.POST_SUBMISSIONS, len(self._to_send) + len(self._to_clear))
        if work.preview:
            for sending in self._to_send:
                await self._preview(sending)
        else:
            known = self._to_send
            if work.sis.bulk:
                known = [sending for sending in self._to_send if _action(sending) is Action.UPDATED]
                await create_many(
                    work,
                    [sending for sending in self._to_send if _action(sending) is Action.CREATED],
                    parent=lambda sending: sending.result.line_item_id,
                    post=lambda line_item, some: work.sis.post_results(line_item, [one.result for one in some]),
                    accepted=self._accepted,
                    refused=self._refused,
                    one=self._send,
                )
            await for_each(known, self._send, limit=limit, claim=work.claim)
            await for_each(self._to_clear, self._clear, limit=limit, claim=work.claim)
            if work.sis.reads_back:
                await for_each(sorted(self._written), self._read_back, limit=limit, claim=work.claim)
        await work.journal.finish(Stage.POST_SUBMISSIONS)

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

    async def _read_held(self, class_id: str) -> None:
        """The results that the SIS has for a class, by line item and pupil."""
        self._held[class_id] = {
            (held.line_item_id, held.student_id): held async for held in self._work.sis.results(class_id) if held.active
        }

    async def _read_all_held(self, classes: Sequence[str]) -> dict[str, SisError]:
        """Read the results of some classes; those that the SIS will not show, with its reason: the others go on."""
        from gradesync_tui.sis.errors import SisBadAnswer, SisRefused

        unreadable: dict[str, SisError] = {}

        async def read(class_id: str) -> None:
            try:
                await self._read_held(class_id)
            except (SisBadAnswer, SisRefused) as error:
                unreadable[class_id] = error

        await for_each(classes, read, limit=self._work.profile.rate.in_flight, claim=self._work.claim)
        return unreadable

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
        self._to_send.append(Sending(posted, rules.pupil_name(row), result, entry, change))

    async def _match_held(self) -> None:
        """Meet what the SIS has: take over its ids, leave what is right there, respect what people changed there."""
        work = self._work
        careful = work.account.policies.sis_edits != "overwrite"
        classes = sorted(
            {
                sending.result.class_id
                for sending in self._to_send
                if not sending.posted.fresh and (work.compares or careful or not sending.before.sourced_id)
            }
        )
        unreadable = await self._read_all_held(classes)
        candidates, self._to_send = self._to_send, []
        for sending in candidates:
            if sending.result.class_id in unreadable:
                await self._fail(sending, unreadable[sending.result.class_id])
                continue
            held = self._held.get(sending.result.class_id, {}).get(
                (sending.result.line_item_id, sending.result.student_id)
            )
            if held is None:
                self._to_send.append(sending)
                continue
            result = msgspec.structs.replace(sending.result, sourced_id=held.sourced_id)
            matched = Sending(sending.posted, sending.pupil, result, sending.before, sending.change, existed=True)
            unsent = sending.before.sent_hash == result_fingerprint(result)
            if work.compares and unsent and same_result(result, held):
                await self._confirm(matched)
            elif careful and sending.before.sent and sending.before.sent != rules.score_words(held):
                await self._keep_edit(matched, held)
            else:
                self._to_send.append(matched)
        self._held.clear()

    async def _confirm(self, sending: Sending) -> None:
        """A full compare found the record as it should be."""
        entry = msgspec.structs.replace(
            sending.before, sourced_id=sending.result.sourced_id, state="sent", cause=None, verified_at=self._now()
        )
        await self._work.journal.add(entry=entry)
        await self._work.journal.unchanged()

    async def _keep_edit(self, sending: Sending, held: Result) -> None:
        """Somebody changed the score in the SIS, and the account's policy is not to overwrite that."""
        flagged = self._work.account.policies.sis_edits == "flag"
        details = {"score": sending.before.sent, "value": rules.score_words(held)}
        entry = msgspec.structs.replace(sending.before, state="waiting", cause="sis_edited", run_id=self._work.run.id)
        await self._work.journal.add(
            entry=entry,
            outcome=self._outcome(
                sending, Action.BLOCKED if flagged else Action.WAITING, cause="sis_edited", details=details
            ),
        )

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
            self._to_clear.append(Sending(posted, rules.pupil_name(row), result, entry, "changed", existed=True))
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

    # --- sending -----------------------------------------------------------------------------------------------------

    async def _preview(self, sending: Sending) -> None:
        self._count(sending)
        await self._work.journal.add(outcome=self._outcome(sending, _action(sending)))
        await self._work.journal.advance(Stage.POST_SUBMISSIONS)

    async def _send(self, sending: Sending) -> None:
        from gradesync_tui.sis.errors import SisError

        try:
            receipt = await self._work.sis.put_result(sending.result)
        except SisError as error:
            await self._refused(sending, error)
        else:
            await self._accepted(sending, receipt)

    async def _accepted(self, sending: Sending, receipt: Receipt) -> None:
        work = self._work
        work.answered()
        self._count(sending)
        result = msgspec.structs.replace(sending.result, sourced_id=receipt.sourced_id)
        sent = Sending(sending.posted, sending.pupil, result, sending.before, sending.change, sending.existed)
        self._written[result.class_id].append(sent)
        entry = msgspec.structs.replace(
            sending.before,
            sourced_id=receipt.sourced_id,
            state="sent",
            sent_hash=result_fingerprint(result),
            sent=rules.score_words(result),
            sent_at=self._now(),
            run_id=work.run.id,
            http_status=receipt.status,
            verified_at=None,
            cause=None,
            title=sending.posted.draft.title,
        )
        outcome = self._outcome(sent, _action(sending), http_status=receipt.status)
        await work.journal.add(entry=entry, outcome=outcome)
        await work.journal.advance(Stage.POST_SUBMISSIONS)

    async def _refused(self, sending: Sending, error: SisError) -> None:
        self._work.refused(error)
        await self._fail(sending, error)
        await self._work.journal.advance(Stage.POST_SUBMISSIONS)

    async def _fail(self, sending: Sending, error: SisError) -> None:
        work = self._work
        entry = msgspec.structs.replace(
            sending.before,
            # A record that somebody deleted in the SIS is looked up, and made, anew.
            sourced_id="" if error.cause == "record_missing" else sending.before.sourced_id,
            state="waiting",
            cause=error.cause,
            run_id=work.run.id,
            http_status=error.http_status,
        )
        outcome = self._outcome(
            sending,
            Action.FAILED,
            cause=error.cause,
            details=error.details,
            http_status=error.http_status,
            answer=error.answer,
        )
        await work.journal.add(entry=entry, outcome=outcome)

    async def _clear(self, sending: Sending) -> None:
        from gradesync_tui.sis.errors import SisError

        work = self._work
        try:
            if work.sis.reads_back:
                await work.sis.delete_result(sending.result.sourced_id)
            else:  # a file deletes a record by repeating it
                await work.sis.put_result(_repeated(sending))
        except SisError as error:
            await self._refused(sending, error)
        else:
            work.answered()
            entry = msgspec.structs.replace(
                sending.before, sourced_id="", state="sent", sent_hash="", sent="", sent_at=self._now(), cause=None
            )
            await work.journal.add(entry=entry, outcome=self._outcome(sending, Action.DELETED))
            await work.journal.advance(Stage.POST_SUBMISSIONS)

    async def _read_back(self, class_id: str) -> None:
        """Compare what the SIS holds now with what it said it took: a 200 is no proof."""
        from gradesync_tui.sis.errors import SisError

        work = self._work
        try:
            await self._read_held(class_id)
        except SisError as error:
            await work.journal.log(Level.ERROR, f"Class {clean(class_id)} cannot be read back: {error.message}")
            for sending in self._written[class_id]:
                # Unproven is not done: it is sent again, under the same id, and read back again.
                await self._unproven(sending, error.cause, sending.result.sourced_id, error.details, error.answer)
            work.refused(error)
            return
        held = self._held.pop(class_id)
        for sending in self._written[class_id]:
            found = held.get((sending.result.line_item_id, sending.result.student_id))
            if found is not None and same_result(sending.result, found):
                continue
            shown = rules.score_words(found) if found is not None else "nothing"
            details = {"score": rules.score_words(sending.result), "value": shown}
            await self._unproven(sending, "no_change", sending.before.sourced_id, details)

    async def _unproven(
        self, sending: Sending, cause: str, sourced_id: str, details: dict[str, str], answer: str = ""
    ) -> None:
        work = self._work
        work.journal.count(scores=-1, **{_action(sending).value: -1, f"scores_{sending.change}": -1})
        entry = msgspec.structs.replace(
            sending.before, sourced_id=sourced_id, state="waiting", sent_hash="", cause=cause, run_id=work.run.id
        )
        outcome = self._outcome(sending, Action.FAILED, cause=cause, details=details, answer=answer)
        await work.journal.add(entry=entry, outcome=outcome)

    # --- counting and naming -----------------------------------------------------------------------------------------

    def _count(self, sending: Sending) -> None:
        self._work.journal.count(scores=1, **{f"scores_{sending.change}": 1})

    def _outcome(
        self,
        sending: Sending,
        action: Action,
        *,
        cause: str | None = None,
        details: dict[str, str] | None = None,
        http_status: int | None = None,
        answer: str = "",
    ) -> Outcome:
        return self._work.outcome(
            RecordKind.RESULT,
            action,
            sending.posted.draft,
            student_id=sending.result.student_id,
            pupil=sending.pupil,
            sourced_id=sending.result.sourced_id,
            sent=rules.score_words(sending.result),
            before=sending.before.sent,
            cause=cause,
            details={"score": rules.score_words(sending.result), "status": sending.result.status, **(details or {})},
            http_status=http_status,
            answer=answer,
        )

    def _now(self) -> Instant:
        return self._work.clock.now()


def _repeated(sending: Sending) -> Result:
    """What was last sent, marked as deleted."""
    score = numeric(sending.before.sent)
    status: ScoreStatus = "exempt" if score is None else "fully graded"
    return msgspec.structs.replace(sending.result, active=False, score=score, status=status)


def _action(sending: Sending) -> Action:
    return Action.UPDATED if sending.existed or sending.before.sent_hash else Action.CREATED
