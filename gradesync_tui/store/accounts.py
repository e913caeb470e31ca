"""Accounts and their connections."""

from __future__ import annotations

import msgspec
from peewee import fn

from gradesync_tui.domain.records import (
    Account,
    AccountSummary,
    Actor,
    CanvasConnection,
    Connection,
    Policies,
    SisConnection,
)
from gradesync_tui.store.audit import record
from gradesync_tui.store.db import Part, reads, writes
from gradesync_tui.store.errors import Duplicate, NotFound
from gradesync_tui.store.models import AccountRow, ConnectionRow, LedgerRow, RunRow, ScheduleRow
from gradesync_tui.store.rows import Row, changed, encode, run_of

_policies = msgspec.json.Decoder(Policies)
_canvas = msgspec.json.Decoder(CanvasConnection)
_sis = msgspec.json.Decoder(SisConnection)


PATIENT = ("hidden_grade", "grade_deleted", "not_marked", "sis_edited")
"""Causes of waiting that are somebody's decision, not a problem."""


class Accounts(Part):
    """The districts' accounts."""

    @reads
    def get(self, account_id: int) -> Account:
        """One account; NotFound."""
        return account_by_id(account_id)

    @reads
    def find(self, name: str) -> Account | None:
        """The account of a name, whatever its case."""
        row = AccountRow.select().where(AccountRow.name_key == _key(name)).dicts().first()
        return None if row is None else _account(row)

    @writes
    def create(self, name: str, zone: str, actor: Actor) -> Account:
        """A new account; Duplicate if one of that name is there. `zone` is an IANA name, checked by the caller."""
        name = " ".join(name.split())
        _refuse_duplicate(name)
        now = self._clock.now()
        account_id = AccountRow.insert(
            name=name, name_key=_key(name), zone=zone, policies=encode(Policies()), created_at=now
        ).execute()
        record(now, actor, "create account", name, account_id=account_id, after=encode({"zone": zone}))
        changed("account", account_id)
        return account_by_id(account_id)

    @writes
    def update(self, account: Account, actor: Actor) -> Account:
        """Keep an account's name, zone and policies as given; NotFound, Duplicate."""
        before = account_by_id(account.id)
        name = " ".join(account.name.split())
        if _key(name) != _key(before.name):
            _refuse_duplicate(name)
        AccountRow.update(name=name, name_key=_key(name), zone=account.zone, policies=encode(account.policies)).where(
            AccountRow.id == account.id
        ).execute()
        after = account_by_id(account.id)
        record(
            self._clock.now(),
            actor,
            "change account",
            name,
            account_id=account.id,
            before=encode(before),
            after=encode(after),
        )
        changed("account", account.id)
        return after

    @reads
    def connections(self, account_id: int) -> tuple[CanvasConnection | None, SisConnection | None]:
        """How Canvas and the SIS are reached, where that is set; NotFound for an account that is not there."""
        account_by_id(account_id)
        rows = {
            row["kind"]: row["value"]
            for row in ConnectionRow.select().where(ConnectionRow.account_id == account_id).dicts()
        }
        return (
            _canvas.decode(rows["canvas"]) if "canvas" in rows else None,
            _sis.decode(rows["sis"]) if "sis" in rows else None,
        )

    @writes
    def connect(self, account_id: int, connection: Connection, actor: Actor) -> None:
        """Set or replace the account's connection of that kind; it holds references to secrets, never a secret."""
        account = account_by_id(account_id)
        kind = "canvas" if isinstance(connection, CanvasConnection) else "sis"
        before = (
            ConnectionRow.select(ConnectionRow.value)
            .where((ConnectionRow.account_id == account_id) & (ConnectionRow.kind == kind))
            .scalar()
        )
        value = encode(connection)
        ConnectionRow.insert(account_id=account_id, kind=kind, value=value).on_conflict(
            conflict_target=[ConnectionRow.account_id, ConnectionRow.kind], preserve=[ConnectionRow.value]
        ).execute()
        record(
            self._clock.now(),
            actor,
            f"connect {kind}",
            account.name,
            account_id=account_id,
            before=before or "",
            after=value,
        )
        changed("account", account_id)

    @reads
    def summaries(self) -> list[AccountSummary]:
        """Every account at one glance, by name; `problems` counts the records that could not go yet."""
        accounts = [_account(row) for row in AccountRow.select().order_by(AccountRow.name_key).dicts()]
        schedules = {
            account_id: (active, total - active, next_run)
            for account_id, total, active, next_run in ScheduleRow.select(
                ScheduleRow.account_id,
                fn.COUNT(ScheduleRow.id),
                fn.SUM(_when_active()),
                fn.MIN(ScheduleRow.next_run),
            )
            .where(ScheduleRow.removed_at.is_null())
            .group_by(ScheduleRow.account_id)
            .tuples()
        }
        waiting = dict(
            LedgerRow.select(LedgerRow.account_id, fn.COUNT(LedgerRow.sourced_id))
            .where(LedgerRow.state == "waiting", LedgerRow.cause.not_in(PATIENT))
            .group_by(LedgerRow.account_id)
            .tuples()
        )
        profiles = {
            account_id: _sis.decode(value).profile
            for account_id, value in ConnectionRow.select(ConnectionRow.account_id, ConnectionRow.value)
            .where(ConnectionRow.kind == "sis")
            .tuples()
        }
        # Asked account by account, each answer is one step into an index, however long the history is.
        of_account = RunRow.select(RunRow.id).where(RunRow.account_id == AccountRow.id, RunRow.status != "Skipped")
        newest = AccountRow.select(of_account.order_by(RunRow.id.desc()).limit(1))
        last = {row["account_id"]: run_of(row) for row in RunRow.select().where(RunRow.id.in_(newest)).dicts()}
        summaries = []
        for account in accounts:
            active, paused, next_run = schedules.get(account.id, (0, 0, None))
            summaries.append(
                AccountSummary(
                    account=account,
                    sis=profiles.get(account.id, ""),
                    active=active,
                    paused=paused,
                    next_run=next_run,
                    last_run=last.get(account.id),
                    problems=waiting.get(account.id, 0),
                )
            )
        return summaries

    @reads
    def list(self) -> list[Account]:
        """Every account, by name."""
        return [_account(row) for row in AccountRow.select().order_by(AccountRow.name_key).dicts()]


def account_by_id(account_id: int) -> Account:
    """One account; NotFound."""
    row = AccountRow.select().where(AccountRow.id == account_id).dicts().first()
    if row is None:
        raise NotFound(f"There is no account {account_id}. `gradesync accounts` lists them.")
    return _account(row)


def _when_active() -> object:
    from peewee import Case

    return Case(None, [(ScheduleRow.paused_at.is_null(), 1)], 0)


def _refuse_duplicate(name: str) -> None:
    if AccountRow.select().where(AccountRow.name_key == _key(name)).exists():
        raise Duplicate(f"There is an account named {name} already. Choose another name.")


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _account(row: Row) -> Account:
    return Account(
        id=row["id"],
        name=row["name"],
        created_at=row["created_at"],
        zone=row["zone"],
        policies=_policies.decode(row["policies"]),
    )
