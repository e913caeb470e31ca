"""Saying as which category of the SIS an assignment group is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.widgets import Input

from gradesync_tui.console.presenters import category_form as presenter
from gradesync_tui.console.screens.form import Field, FormScreen, Outlook
from gradesync_tui.console.screens.menu import Choice
from gradesync_tui.console.widgets.fields import PickButton
from gradesync_tui.domain.records import Account, CategoryRule
from gradesync_tui.domain.text import clean

_TYPED = ""
"""The choice that leaves the category as it is typed."""


class CategoryForm(FormScreen[CategoryRule]):
    """A rule for a group. known: the SIS's categories as far as they are known, to choose from."""

    def __init__(
        self,
        account: Account,
        rules: Sequence[CategoryRule],
        known: Sequence[str],
        rule: CategoryRule | None = None,
        *,
        group: str = "",
    ) -> None:
        start = presenter.texts(rule, group)
        offered = [Choice(_TYPED, "choose one", "or type another below")]
        fields = [
            Field("group", "Group", "the assignment group's name in Canvas"),
            *(
                (Field("known", "The SIS has", choices=[*offered, *(Choice(each, each) for each in known)]),)
                * bool(known)
            ),
            Field("category", "Category", "the category's name in the SIS", suggestions=known),
            Field("scope", "Where", choices=[Choice(*scope) for scope in presenter.SCOPES]),
            Field("of", "Its id", "as Canvas or the SIS has it"),
        ]
        super().__init__(
            f"Map an assignment group of {clean(account.name)}" if rule is None else "Change the mapping",
            fields,
            {**start, "known": start["category"] if start["category"] in known else _TYPED},
        )
        self._account = account
        self._rules = tuple(rules)
        self._known = tuple(known)
        self._rule = rule

    def first_field(self) -> str:
        if not self._start["group"]:
            return "group"
        return "known" if self._known else "category"

    def understand(self, values: Mapping[str, str]) -> Outlook:
        hidden = frozenset({"of"}) if values["scope"] == "account" else frozenset[str]()
        wrong = presenter.wrong(values)
        own = self._rule.id if self._rule is not None else None
        said = [] if wrong else presenter.effect(values, self._known, self._rules, own)
        return Outlook(said, wrong, hidden)

    def on_pick_button_picked(self, event: PickButton.Picked) -> None:
        if event.button.id == "known" and event.button.value:
            self.put("category", event.button.value)

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "category" and self._known:
            self.put("known", event.value if event.value in self._known else _TYPED)

    async def keep(self, values: Mapping[str, str]) -> CategoryRule:
        group, before = values["group"].strip(), self._rule
        same_group = before is not None and before.group == group
        saved = await self.services.map_category(
            self._account.id,
            group,
            values["category"].strip(),
            scope=presenter.scope(values),
            # A rule that knows Canvas's id of its group keeps it, unless it is about another group now.
            group_id=before.group_id if before is not None and same_group else None,
        )
        if before is not None and saved.id != before.id:
            await self.services.unmap_category(self._account.id, before.id)
        self.program.tell(f"{saved.group} goes as {saved.category} from the next run on.")
        return saved
