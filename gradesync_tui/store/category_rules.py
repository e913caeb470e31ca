"""Which assignment group goes as which category of the SIS."""

from __future__ import annotations

from gradesync_tui.domain.records import Actor, CategoryRule
from gradesync_tui.store.accounts import account_by_id
from gradesync_tui.store.audit import record
from gradesync_tui.store.db import Part, reads, writes
from gradesync_tui.store.errors import NotFound
from gradesync_tui.store.models import CategoryRuleRow
from gradesync_tui.store.rows import Row, changed, encode


class CategoryRules(Part):
    """The rules of an account, for the account, a school or a course."""

    @reads
    def list(self, account_id: int) -> list[CategoryRule]:
        """Every rule of an account, by scope and group."""
        query = CategoryRuleRow.select().where(CategoryRuleRow.account_id == account_id)
        return [_rule(row) for row in query.order_by(CategoryRuleRow.scope, CategoryRuleRow.group_name).dicts()]

    @writes
    def save(
        self, account_id: int, scope: str, group: str, category: str, group_id: str | None, actor: Actor
    ) -> CategoryRule:
        """Set what a group goes as within a scope; replaces an earlier rule for it."""
        account_by_id(account_id)
        same = (
            (CategoryRuleRow.account_id == account_id)
            & (CategoryRuleRow.scope == scope)
            & (CategoryRuleRow.group_name == group)
        )
        before = CategoryRuleRow.select().where(same).dicts().first()
        if before is None:
            CategoryRuleRow.insert(
                account_id=account_id, scope=scope, group_name=group, category=category, group_id=group_id
            ).execute()
        else:
            CategoryRuleRow.update(category=category, group_id=group_id).where(same).execute()
        rule = _rule(CategoryRuleRow.select().where(same).dicts().get())
        record(
            self._clock.now(),
            actor,
            "set category",
            f"{scope} {group}",
            account_id=account_id,
            before="" if before is None else encode(_rule(before)),
            after=encode(rule),
        )
        changed("category", rule.id)
        return rule

    @writes
    def remove(self, rule_id: int, actor: Actor) -> None:
        """Take a rule out; NotFound."""
        row = CategoryRuleRow.select().where(CategoryRuleRow.id == rule_id).dicts().first()
        if row is None:
            raise NotFound(f"There is no category rule {rule_id}.")
        rule = _rule(row)
        CategoryRuleRow.delete().where(CategoryRuleRow.id == rule_id).execute()
        record(
            self._clock.now(),
            actor,
            "remove category",
            f"{rule.scope} {rule.group}",
            account_id=row["account_id"],
            before=encode(rule),
        )
        changed("category", rule_id)


def _rule(row: Row) -> CategoryRule:
    return CategoryRule(
        id=row["id"],
        scope=row["scope"],
        group=row["group_name"],
        category=row["category"],
        group_id=row["group_id"],
    )
