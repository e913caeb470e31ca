"""What the fields of the category form mean, and what a problem already tells of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from gradesync_tui.console.presenters.cells import Cell, cell
from gradesync_tui.console.presenters.forms import Wrong, sentence
from gradesync_tui.domain.records import CategoryRule, Outcome
from gradesync_tui.domain.text import clean

CAUSES = ("category_unknown", "category_renamed")
"""Causes that a mapping does away with."""

SCOPES = (
    ("account", "the whole account", "every course"),
    ("school", "one school", "its id in the SIS"),
    ("course", "one course", "its id in Canvas"),
)

_MORE = re.compile(r" and [\d,]+ more$")


def texts(rule: CategoryRule | None, group: str = "") -> dict[str, str]:
    """What the fields begin with."""
    if rule is None:
        return {"group": group, "category": "", "scope": "account", "of": ""}
    kind, _, of = rule.scope.partition(":")
    return {"group": rule.group, "category": rule.category, "scope": kind, "of": of}


def scope(values: Mapping[str, str]) -> str:
    """Where the rule holds, as rules say it."""
    return "account" if values["scope"] == "account" else f"{values['scope']}:{values['of'].strip()}"


def wrong(values: Mapping[str, str]) -> Wrong | None:
    """The first field that is wrong; None if all is well."""
    for field, what in (("group", "the assignment group's name in Canvas"), ("category", "the category's name")):
        text = values[field]
        if not text.strip():
            return Wrong(field, f"Give {what}.")
        if clean(text) != text:
            return Wrong(field, f"Give {what} in one line of ordinary characters.")
    if values["scope"] != "account" and not values["of"].strip():
        return Wrong("of", f"Give the id of the {values['scope']}.")
    return None


def effect(
    values: Mapping[str, str], known: Sequence[str], rules: Iterable[CategoryRule], own: int | None
) -> list[Cell]:
    """What the rule will do, what it replaces, and whether the SIS is known to have the category."""
    group, category = clean(values["group"].strip()), clean(values["category"].strip())
    where = {"account": "every course", "school": "the courses of one school", "course": "one course"}[values["scope"]]
    said = [sentence("From the next run on, assignments of ", group, f" in {where} go as ", category, ".")]
    before = next((rule for rule in rules if rule.group == group and rule.scope == scope(values)), None)
    if before is not None and before.id != own:
        said.append(cell(f"It replaces the rule that sends them as {before.category}.", "warn"))
    if known and category not in known:
        said.append(cell(f"The SIS named no category {category}. It named: {', '.join(known)}.", "warn"))
    return said


def named_in(details: Mapping[str, str]) -> tuple[str, list[str]]:
    """The group that a problem is about, and the categories that the SIS has, as its details name them."""
    group = details.get("name") or details.get("category") or ""
    listed = _MORE.sub("", details.get("available", ""))
    if listed in ("", "no category"):
        return clean(group, limit=100), []
    return clean(group, limit=100), [each for part in listed.split(",") if (each := clean(part, limit=60).strip())]


def suggestions(outcomes: Iterable[Outcome], rules: Iterable[CategoryRule]) -> list[str]:
    """The SIS's categories that are known: from problems that listed them, and from rules."""
    found: dict[str, None] = {}
    for outcome in outcomes:
        found.update(dict.fromkeys(named_in(outcome.details)[1]))
    found.update(dict.fromkeys(rule.category for rule in rules))
    return list(found)
