"""Post Submissions: scores on their way to the SIS, met with what it has, and read back when they are there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from gradesync_tui.domain.clock import Instant
from gradesync_tui.domain.differences import result_fingerprint, same_result
from gradesync_tui.domain.grades import Receipt, Result, ScoreStatus
from gradesync_tui.domain.preflight import numeric
from gradesync_tui.domain.records import LedgerEntry, Outcome
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.words import Action, Level, RecordKind, Stage
from gradesync_tui.sync import rules
from gradesync_tui.sync.bulk import create_many
from gradesync_tui.sync.parallel import for_each
from gradesync_tui.sync.work import Posted, Work

if TYPE_CHECKING:
    from gradesync_tui.sis.errors import SisError

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


class Outbox:
    """The scores of one slice of courses that differ from what the SIS was last sent."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._to_send: list[Sending] = []
        self._to_clear: list[Sending] = []
        self._held: dict[str, dict[tuple[str, str], Result]] = {}
        self._written: defaultdict[str, list[Sending]] = defaultdict(list)

    def send(self, sending: Sending) -> None:
        """Put a score to those that go."""
        self._to_send.append(sending)

    def clear(self, sending: Sending) -> None:
        """Put a score to those that the SIS shall forget."""
        self._to_clear.append(sending)

    async def match(self) -> None:
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

    # --- what the SIS has --------------------------------------------------------------------------------------------

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
