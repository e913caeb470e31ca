"""Which category of the SIS an assignment group of Canvas is sent as."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from gradesync_tui.domain.causes import Blocked
from gradesync_tui.domain.grades import Category
from gradesync_tui.domain.profiles import CategoryRules
from gradesync_tui.domain.records import CategoryRule
from gradesync_tui.domain.text import clean

_LISTED = 30


def match_category(
    group_name: str,
    class_id: str,
    categories: Sequence[Category],
    profile_rules: CategoryRules,
    rules: Iterable[CategoryRule] = (),
    *,
    group_id: str | None = None,
    course_id: str | None = None,
    school_id: str | None = None,
) -> Category | Blocked:
    """The category for an assignment group in a class, or why there is none.

    In this order: the account's own rules (for the course, then its school, then everywhere; a rule that knows the
    group's id holds on after the group is renamed); a category of exactly the group's title, of the class itself
    before a global one, the first of a name winning; the profile's map; the profile's default.

    categories: all of the SIS, in the SIS's order; inactive ones are not considered. group_id, course_id: Canvas's ids.
    school_id: the SIS's id of the class's school.
    """
    offered = [found for found in categories if found.active and found.class_id in (None, class_id)]
    rule = _rule_for(group_name, rules, group_id, course_id, school_id)
    if rule is not None:
        return _titled(rule.category, offered) or _blocked(rule.category, offered)
    exact = _titled(group_name, offered)
    if exact is not None:
        return exact
    wanted = _key(group_name)
    for group, title in profile_rules.map.items():
        if _key(group) == wanted and (mapped := _titled(title, offered)) is not None:
            return mapped
    if profile_rules.default is not None and (default := _titled(profile_rules.default, offered)) is not None:
        return default
    return _blocked(group_name, offered)


def _rule_for(
    group_name: str,
    rules: Iterable[CategoryRule],
    group_id: str | None,
    course_id: str | None,
    school_id: str | None,
) -> CategoryRule | None:
    """The narrowest rule that holds: by scope first, and within a scope by the group's id before its name."""
    scopes = [f"course:{course_id}" if course_id else "", f"school:{school_id}" if school_id else "", "account"]
    wanted = _key(group_name)
    best: tuple[int, int] | None = None
    chosen: CategoryRule | None = None
    for rule in rules:
        if rule.scope not in scopes or not rule.scope:
            continue
        by_id = group_id is not None and rule.group_id == group_id
        # A rule that names another group's id speaks of that group, also where the two share a name.
        by_name = _key(rule.group) == wanted and (rule.group_id is None or group_id is None)
        if not (by_id or by_name):
            continue
        rank = (scopes.index(rule.scope), 0 if by_id else 1)
        if best is None or rank < best:
            best, chosen = rank, rule
    return chosen


def _titled(title: str, offered: Sequence[Category]) -> Category | None:
    """The category of a title (or of that sourcedId, as a rule may name it): the class's own first, then global."""
    wanted = _key(title)
    matching = [found for found in offered if _key(found.title) == wanted]
    for own in (True, False):
        for found in matching:
            if (found.class_id is not None) is own:
                return found
    return next((found for found in offered if found.sourced_id == title), None)


def _key(title: str) -> str:
    """Titles are the same where a person sees the same: composed alike, blanks at the ends ignored; case counts."""
    return unicodedata.normalize("NFC", title).strip()


def _blocked(wanted: str, offered: Sequence[Category]) -> Blocked:
    titles = list(dict.fromkeys(clean(found.title, limit=60) for found in offered))
    listed = ", ".join(titles[:_LISTED]) + (f" and {len(titles) - _LISTED} more" if len(titles) > _LISTED else "")
    return Blocked(
        cause="category_unknown", details={"category": clean(wanted, limit=100), "available": listed or "no category"}
    )
