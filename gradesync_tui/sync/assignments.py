"""Get, Transform and Post Assignments: the SIS has a line item for every assignment that may go."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from gradesync_tui.domain.causes import Blocked
from gradesync_tui.domain.differences import line_item_fingerprint, same_line_item
from gradesync_tui.domain.grades import LineItem, Receipt, derived_line_item_id
from gradesync_tui.domain.preflight import TitleKey, repeated_titles
from gradesync_tui.domain.records import LedgerEntry
from gradesync_tui.domain.text import clean
from gradesync_tui.domain.words import Action, Level, RecordKind, Stage
from gradesync_tui.sync import rules
from gradesync_tui.sync.bulk import create_many
from gradesync_tui.sync.parallel import for_each
from gradesync_tui.sync.unlisted import note_unlisted
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
        self._unreadable: dict[str, SisError] = {}
        self._to_send: list[tuple[Draft, LineItem]] = []
        self._written: defaultdict[str, list[tuple[Draft, LineItem]]] = defaultdict(list)
        self.posted: dict[Key, Posted] = {}
        """What the SIS has now, by class and assignment; an assignment that was blocked or refused is missing."""

    @property
    def known_before(self) -> set[Key]:
        """Assignments whose line item was in the SIS before this run: their older scores have been looked at."""
        return {key for key, entry in self._ledger.items() if entry.state == "sent" and entry.sent_hash}

    async def get(self, plans: Sequence[CoursePlan]) -> None:
        """Read what the ledger knows, and from the SIS the line items of every class with something unknown."""
        from gradesync_tui.sis.errors import SisBadAnswer, SisRefused

        work = self._work
        for plan in plans:
            for entry in await work.store.ledger.entries(work.account.id, plan.course_id, RecordKind.LINE_ITEM):
                self._ledger[entry.class_id, entry.assignment_id] = entry
        listed = {draft.key for draft in self._drafts}
        await note_unlisted(work, [entry for key, entry in self._ledger.items() if key not in listed])
        classes = sorted(
            {draft.place.class_id for draft in self._drafts if work.compares or not self._entry(draft).sourced_id}
        )
        await work.journal.begin(Stage.GET_ASSIGNMENTS, len(classes))

        async def read(class_id: str) -> None:
            try:
                self._held[class_id] = await self._read(class_id)
            except (SisBadAnswer, SisRefused) as error:
                # One class that the SIS will not show is that class's problem; the others go on.
                self._unreadable[class_id] = error
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
            class_id = draft.place.class_id
            blocked = rules.blocked_assignment(work, draft, repeated[class_id])
            if blocked is not None:
                await self._block(draft, blocked)
            elif class_id in self._unreadable:
                await self._fail(draft, self._unreadable[class_id])
            else:
                item = await self._line_item(draft, schools.get(class_id))
                await (self._block(draft, item) if isinstance(item, Blocked) else self._decide(draft, item))
            await work.journal.advance(Stage.TRANSFORM_ASSIGNMENTS)
            await asyncio.sleep(0)  # a console in this process answers its keys between two of thousands
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
            limit = work.profile.rate.in_flight
            await for_each(known, self._send, limit=limit, claim=work.claim)
            if work.sis.reads_back:
                await for_each(sorted(self._written), self._read_back, limit=limit, claim=work.claim)
        await work.journal.finish(Stage.POST_ASSIGNMENTS)

    async def _read(self, class_id: str) -> list[LineItem]:
        return [item async for item in self._work.sis.line_items(class_id) if item.active]

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

    async def _line_item(self, draft: Draft, school_id: str | None) -> LineItem | Blocked:
        work = self._work
        category = rules.category_of(work, draft, school_id)
        if isinstance(category, Blocked):
            return await self._renamed(draft, category)
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

    async def _renamed(self, draft: Draft, unknown: Blocked) -> Blocked:
        """An unknown category of an assignment that went before: what the SIS keeps it under is the old name."""
        from gradesync_tui.sis.errors import SisError

        entry, class_id = self._entry(draft), draft.place.class_id
        if not entry.sent_hash or unknown.details.get("category") != clean(draft.group, limit=100):
            return unknown
        if class_id not in self._held:
            try:
                self._held[class_id] = await self._read(class_id)
            except SisError:
                return unknown
        held = next((one for one in self._held[class_id] if one.sourced_id == entry.sourced_id), None)
        before = self._category_title(held.category_id) if held is not None else ""
        if not before or before == draft.group:
            return unknown
        return Blocked(cause="category_renamed", details={**unknown.details, "group": before, "name": draft.group})

    def _category_title(self, category_id: str) -> str:
        return next((one.title for one in self._work.categories if one.sourced_id == category_id), "")

    def _sourced_id(self, draft: Draft) -> str | Blocked:
        """The stored id; else that of the one line item with the same name and due date; else a derived one."""
        stored = self._entry(draft).sourced_id
        if stored:
            return stored
        derived = derived_line_item_id(self._work.account.name, draft.place.class_id, draft.assignment_id)
        held = self._held.get(draft.place.class_id, [])
        if any(item.sourced_id == derived for item in held):
            return derived
        same = [item for item in held if item.title == draft.title and rules.same_day(self._work, item, draft)]
        if len(same) > 1:
            return Blocked(cause="ambiguous_match", details={"due": rules.due_day(draft), "matches": str(len(same))})
        if same:
            return same[0].sourced_id
        return derived if self._work.standard_ids else ""

    async def _decide(self, draft: Draft, item: LineItem) -> None:
        """Send a line item, or leave it: what the ledger (in a full compare, the SIS) has already is not sent again."""
        entry = self._entry(draft)
        known = entry.state == "sent" and entry.sent_hash == line_item_fingerprint(item)
        if known and self._work.compares:
            held = next((one for one in self._held[item.class_id] if one.sourced_id == item.sourced_id), None)
            known = held is not None and same_line_item(item, held, self._work.account.zone)
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
                sent=rules.item_words(item),
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
        self._written[item.class_id].append((draft, msgspec.structs.replace(item, sourced_id=receipt.sourced_id)))
        work.journal.count(assignments=1, new_assignments=int(not existed))
        sent = rules.item_words(item)
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
        self._work.refused(error)
        await self._fail(pair[0], error, pair[1])
        await self._work.journal.advance(Stage.POST_ASSIGNMENTS)

    async def _fail(self, draft: Draft, error: SisError, item: LineItem | None = None) -> None:
        work = self._work
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
            sourced_id=item.sourced_id if item is not None else "",
            sent=rules.item_words(item) if item is not None else "",
            cause=error.cause,
            details=error.details,
            http_status=error.http_status,
            answer=error.answer,
        )
        await work.journal.add(entry=entry, outcome=outcome)

    async def _read_back(self, class_id: str) -> None:
        """Compare what the SIS holds now with what it said it took: a 200 is no proof."""
        from gradesync_tui.sis.errors import SisError

        work, written = self._work, self._written[class_id]
        try:
            held = {item.sourced_id: item for item in await self._read(class_id)}
        except SisError as error:
            await work.journal.log(Level.ERROR, f"Class {clean(class_id)} cannot be read back: {error.message}")
            for draft, item in written:
                # Unproven is not done: it is sent again, under the same id, and read back again.
                await self._unproven(draft, item, error.cause, error.details, error.answer)
            work.refused(error)
            return
        for draft, item in written:
            found = held.get(item.sourced_id)
            if found is None or not same_line_item(item, found, work.account.zone):
                details = {
                    "score": rules.item_words(item),
                    "value": rules.item_words(found) if found is not None else "nothing",
                }
                await self._unproven(draft, item, "no_change", details)
                if found is None:
                    del self.posted[draft.key]
            elif found.category_id != item.category_id and (other := self._category_title(found.category_id)):
                details = {"category": self._category_title(item.category_id), "other": clean(other, limit=100)}
                await self._unproven(draft, item, "category_replaced", details, stays=True)

    async def _unproven(
        self,
        draft: Draft,
        item: LineItem,
        cause: str,
        details: dict[str, str],
        answer: str = "",
        *,
        stays: bool = False,
    ) -> None:
        """The SIS does not hold what it took. stays: sending it again would not help, only a person can."""
        work, before = self._work, self._entry(draft)
        existed = self._exists(draft, item)
        action = Action.UPDATED if existed else Action.CREATED
        work.journal.count(assignments=-1, new_assignments=-int(not existed), **{action.value: -1})
        entry = msgspec.structs.replace(
            before,
            sourced_id=item.sourced_id if stays else before.sourced_id,
            state="sent" if stays else "waiting",
            sent_hash=line_item_fingerprint(item) if stays else "",
            sent=rules.item_words(item) if stays else before.sent,
            cause=cause,
            run_id=work.run.id,
            title=draft.title,
        )
        outcome = work.outcome(
            RecordKind.LINE_ITEM,
            Action.FAILED,
            draft,
            sourced_id=item.sourced_id,
            sent=rules.item_words(item),
            before=before.sent,
            cause=cause,
            details=details,
            answer=answer,
        )
        await work.journal.add(entry=entry, outcome=outcome)
