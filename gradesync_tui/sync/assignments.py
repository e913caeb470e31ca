"""Get, Transform and Post Assignments: the SIS has a line item for every assignment that may go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from gradesync_tui.domain.causes import Blocked
from gradesync_tui.domain.clock import to_datetime
from gradesync_tui.domain.differences import line_item_fingerprint, same_line_item
from gradesync_tui.domain.grades import LineItem, Receipt, derived_line_item_id
from gradesync_tui.domain.preflight import TitleKey, repeated_titles
from gradesync_tui.domain.records import LedgerEntry
from gradesync_tui.domain.words import Action, RecordKind, Stage
from gradesync_tui.sync import rules
from gradesync_tui.sync.bulk import create_many
from gradesync_tui.sync.parallel import for_each
from gradesync_tui.sync.work import CoursePlan, Draft, Posted, Work

if TYPE_CHECKING:
    from gradesync_tui.sis.errors import SisError

Key = tuple[str, str]
"""(class_id, assignment_id)"""


class Assignments:
    """The assignments of one slice of courses, on their way to the SIS."""

    def __init__(self, work: Work, plans: Sequence[CoursePlan]) -> None:
        self._work = work
        self._drafts = [draft for plan in plans for draft in plan.drafts]
        self._ledger: dict[Key, LedgerEntry] = {}
        self._held: dict[str, list[LineItem]] = {}
        self._to_send: list[tuple[Draft, LineItem]] = []
        self.posted: dict[Key, Posted] = {}
        """What the SIS has now, by class and assignment; an assignment that was blocked or refused is missing."""

    @property
    def known_before(self) -> set[Key]:
        """Assignments whose line item was in the SIS before this run: their older scores have been looked at."""
        return {key for key, entry in self._ledger.items() if entry.state == "sent"}

    async def get(self, plans: Sequence[CoursePlan]) -> None:
        """Read what the ledger knows, and from the SIS the line items of every class with something unknown."""
        work = self._work
        for plan in plans:
            for entry in await work.store.ledger.entries(work.account.id, plan.course_id, RecordKind.LINE_ITEM):
                self._ledger[entry.class_id, entry.assignment_id] = entry
        await self._note_unmarked()
        classes = sorted(
            {draft.place.class_id for draft in self._drafts if work.full or not self._entry(draft).sourced_id}
        )
        await work.journal.begin(Stage.GET_ASSIGNMENTS, len(classes))

        async def read(class_id: str) -> None:
            self._held[class_id] = [item async for item in work.sis.line_items(class_id) if item.active]
            await work.journal.advance(Stage.GET_ASSIGNMENTS)

        await for_each(classes, read, limit=work.profile.rate.in_flight, claim=work.claim)
        await work.journal.finish(Stage.GET_ASSIGNMENTS)

    async def transform(self) -> None:
        """Give every assignment its category and its sourcedId, or the cause why it cannot go."""
        work = self._work
        await work.journal.begin(Stage.TRANSFORM_ASSIGNMENTS, len(self._drafts))
        repeated = self._repeated_titles()
        schools = await self._schools()
        for draft in self._drafts:
            blocked = rules.blocked_assignment(work, draft, repeated[draft.place.class_id])
            item = blocked or self._line_item(draft, schools.get(draft.place.class_id))
            if isinstance(item, Blocked):
                await self._block(draft, item)
            else:
                await self._decide(draft, item)
            await work.journal.advance(Stage.TRANSFORM_ASSIGNMENTS)
        await work.journal.finish(Stage.TRANSFORM_ASSIGNMENTS)

    async def post(self) -> None:
        """Send what is new or changed, and read back the classes that were written to."""
        work = self._work
        await work.journal.begin(Stage.POST_ASSIGNMENTS, len(self._to_send))
        if work.preview:
            for draft, item in self._to_send:
                await self._preview(draft, item)
        else:
            known = self._to_send
            if work.sis.bulk:
                new = [pair for pair in self._to_send if not self._exists(*pair)]
                known = [pair for pair in self._to_send if self._exists(*pair)]
                await create_many(
                    work,
                    new,
                    parent=lambda pair: pair[1].class_id,
                    post=lambda class_id, pairs: work.sis.post_line_items(class_id, [item for _, item in pairs]),
                    accepted=self._accepted,
                    refused=self._refused,
                    one=self._send,
                )
            await for_each(known, self._send, limit=work.profile.rate.in_flight, claim=work.claim)
        await work.journal.finish(Stage.POST_ASSIGNMENTS)

    async def _note_unmarked(self) -> None:
        """Assignments that Canvas lists no more: should they come back, their scores are all looked at again."""
        listed = {draft.key for draft in self._drafts}
        for key, entry in self._ledger.items():
            if key not in listed and entry.state == "sent":
                await self._work.journal.add(entry=msgspec.structs.replace(entry, state="waiting", cause="not_marked"))

    def _repeated_titles(self) -> dict[str, set[TitleKey]]:
        """By class, the titles that more than one of its assignments has."""
        classes: defaultdict[str, list[Draft]] = defaultdict(list)
        for draft in self._drafts:
            classes[draft.place.class_id].append(draft)
        work = self._work
        return {
            class_id: repeated_titles(map(rules.line_item_draft, drafts), work.profile, work.account.zone)
            for class_id, drafts in classes.items()
        }

    def _entry(self, draft: Draft) -> LedgerEntry:
        return self._ledger.get(draft.key) or LedgerEntry(
            kind=RecordKind.LINE_ITEM,
            course_id=draft.place.course_id,
            class_id=draft.place.class_id,
            assignment_id=draft.assignment_id,
            title=draft.title,
        )

    async def _schools(self) -> dict[str, str | None]:
        """Each class's school, asked for only where a category rule speaks of one."""
        if not any(rule.scope.startswith("school:") for rule in self._work.rules):
            return {}
        classes = sorted({draft.place.class_id for draft in self._drafts})
        return {class_id: await self._work.sis.school(class_id) for class_id in classes}

    def _line_item(self, draft: Draft, school_id: str | None) -> LineItem | Blocked:
        work = self._work
        category = rules.category_of(work, draft, school_id)
        if isinstance(category, Blocked):
            return category
        sourced_id = self._sourced_id(draft)
        if isinstance(sourced_id, Blocked):
            return sourced_id
        due_at = draft.due_at if draft.due_at is not None else draft.assigned_at
        period = rules.period_of(work, draft)
        return LineItem(
            sourced_id=sourced_id,
            title=draft.title,
            class_id=draft.place.class_id,
            category_id=category.sourced_id,
            assign_date=min(draft.assigned_at, due_at),
            due_date=due_at,
            points=draft.points or 0.0,
            grading_period_id=period.sourced_id if period else None,
        )

    def _sourced_id(self, draft: Draft) -> str | Blocked:
        """The stored id; else that of the one line item with the same name and due date; else a derived one."""
        stored = self._entry(draft).sourced_id
        if stored:
            return stored
        derived = derived_line_item_id(self._work.account.name, draft.place.class_id, draft.assignment_id)
        held = self._held.get(draft.place.class_id, [])
        if any(item.sourced_id == derived for item in held):
            return derived
        same = [item for item in held if item.title == draft.title and _same_day(self._work, item, draft)]
        if len(same) > 1:
            return Blocked(cause="ambiguous_match", details={"due": _day(draft), "matches": str(len(same))})
        if same:
            return same[0].sourced_id
        return derived if self._work.standard_ids else ""

    async def _decide(self, draft: Draft, item: LineItem) -> None:
        """Send a line item, or leave it: what the ledger (in a full compare, the SIS) has already is not sent again."""
        entry = self._entry(draft)
        known = entry.state == "sent" and entry.sent_hash == line_item_fingerprint(item)
        if known and self._work.full:
            held = next((one for one in self._held[item.class_id] if one.sourced_id == item.sourced_id), None)
            known = held is not None and same_line_item(item, held)
        if not known:
            self._to_send.append((draft, item))
            return
        self.posted[draft.key] = Posted(draft, item.sourced_id, fresh=False)
        await self._work.journal.unchanged()

    async def _block(self, draft: Draft, blocked: Blocked) -> None:
        entry = self._entry(draft)
        if entry.state != "waiting" or entry.cause != blocked.cause:
            entry = msgspec.structs.replace(entry, state="waiting", cause=blocked.cause, run_id=self._work.run.id)
            await self._work.journal.add(entry=entry)
        await self._work.journal.add(
            outcome=self._work.outcome(
                RecordKind.LINE_ITEM, Action.BLOCKED, draft, cause=blocked.cause, details=blocked.details
            )
        )

    async def _preview(self, draft: Draft, item: LineItem) -> None:
        action = Action.UPDATED if self._exists(draft, item) else Action.CREATED
        self.posted[draft.key] = Posted(draft, item.sourced_id, fresh=action is Action.CREATED)
        self._work.journal.count(assignments=1)
        await self._work.journal.add(
            outcome=self._work.outcome(
                RecordKind.LINE_ITEM,
                action,
                draft,
                sourced_id=item.sourced_id,
                sent=_words(item),
                before=self._entry(draft).sent,
            )
        )
        await self._work.journal.advance(Stage.POST_ASSIGNMENTS)

    def _exists(self, draft: Draft, item: LineItem) -> bool:
        held = self._held.get(item.class_id, [])
        return bool(self._entry(draft).sent_hash) or any(one.sourced_id == item.sourced_id for one in held)

    async def _send(self, pair: tuple[Draft, LineItem]) -> None:
        from gradesync_tui.sis.errors import SisError

        try:
            receipt = await self._work.sis.put_line_item(pair[1])
        except SisError as error:
            await self._refused(pair, error)
        else:
            await self._accepted(pair, receipt)

    async def _accepted(self, pair: tuple[Draft, LineItem], receipt: Receipt) -> None:
        draft, item = pair
        work, before = self._work, self._entry(draft)
        work.answered()
        existed = self._exists(draft, item)
        action = Action.UPDATED if existed else Action.CREATED
        self.posted[draft.key] = Posted(draft, receipt.sourced_id, fresh=not existed)
        work.journal.count(assignments=1, new_assignments=int(not existed))
        sent = _words(item)
        entry = msgspec.structs.replace(
            before,
            sourced_id=receipt.sourced_id,
            state="sent",
            sent_hash=line_item_fingerprint(item),
            sent=sent,
            sent_at=work.clock.now(),
            run_id=work.run.id,
            http_status=receipt.status,
            cause=None,
            title=draft.title,
        )
        outcome = work.outcome(
            RecordKind.LINE_ITEM,
            action,
            draft,
            sourced_id=receipt.sourced_id,
            sent=sent,
            before=before.sent,
            http_status=receipt.status,
        )
        await work.journal.add(entry=entry, outcome=outcome)
        await work.journal.advance(Stage.POST_ASSIGNMENTS)

    async def _refused(self, pair: tuple[Draft, LineItem], error: SisError) -> None:
        draft, item = pair
        work = self._work
        work.refused(error)
        entry = msgspec.structs.replace(
            self._entry(draft),
            # A record that somebody deleted in the SIS is looked up, and made, anew.
            sourced_id="" if error.cause == "record_missing" else self._entry(draft).sourced_id,
            state="waiting",
            cause=error.cause,
            run_id=work.run.id,
            http_status=error.http_status,
        )
        outcome = work.outcome(
            RecordKind.LINE_ITEM,
            Action.FAILED,
            draft,
            sourced_id=item.sourced_id,
            sent=_words(item),
            cause=error.cause,
            details=error.details,
            http_status=error.http_status,
            answer=error.answer,
        )
        await work.journal.add(entry=entry, outcome=outcome)
        await work.journal.advance(Stage.POST_ASSIGNMENTS)


def _words(item: LineItem) -> str:
    """What was sent, for people: title, due day and points."""
    return f"{item.title} · due {to_datetime(item.due_date).date().isoformat()} · {item.points:g} points"


def _day(draft: Draft) -> str:
    return to_datetime(draft.due_at).date().isoformat() if draft.due_at is not None else ""


def _same_day(work: Work, item: LineItem, draft: Draft) -> bool:
    """Whether due dates agree to the day, in UTC or in the account's zone: SISs keep days, not instants."""
    if draft.due_at is None:
        return False
    held = to_datetime(item.due_date).date()
    return held in (to_datetime(draft.due_at).date(), to_datetime(draft.due_at, work.account.zone).date())
