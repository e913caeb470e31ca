"""Which category an assignment group goes to: the account's rules, then its own name, then the profile."""

from __future__ import annotations

from typing import Any

from gradesync_tui.domain.categories import match_category
from gradesync_tui.domain.causes import Blocked
from gradesync_tui.domain.grades import Category
from gradesync_tui.domain.profiles import CategoryRules
from gradesync_tui.domain.records import CategoryRule

HOMEWORK = Category(sourced_id="hw", title="Homework")
TESTS = Category(sourced_id="t", title="Tests")
TESTS_AGAIN = Category(sourced_id="t2", title="Tests")
CLASS_TESTS = Category(sourced_id="ct", title="Tests", class_id="c1")
OTHER_LABS = Category(sourced_id="ol", title="Labs", class_id="c2")
GONE = Category(sourced_id="g", title="Old", active=False)
ALL = [HOMEWORK, TESTS, TESTS_AGAIN, CLASS_TESTS, OTHER_LABS, GONE]


def rule(scope: str, group: str, category: str, group_id: str | None = None) -> CategoryRule:
    return CategoryRule(id=1, scope=scope, group=group, category=category, group_id=group_id)


def match(group: str, class_id: str = "c1", profile: CategoryRules | None = None, **rest: Any) -> str:
    found = match_category(group, class_id, ALL, profile or CategoryRules(), **rest)
    return found.cause if isinstance(found, Blocked) else found.sourced_id


def test_a_category_of_the_class_goes_before_a_global_one_and_the_first_of_a_name_wins() -> None:
    assert match("Tests") == "ct"
    assert match("Tests", "c9") == "t"
    assert match("Homework") == "hw"


def test_a_category_of_another_class_or_an_inactive_one_is_none() -> None:
    assert match("Labs") == "category_unknown"
    assert match("Labs", "c2") == "ol"
    assert match("Old") == "category_unknown"


def test_names_match_exactly_but_for_blanks_at_the_ends_and_how_accents_are_composed() -> None:
    assert match(" Homework ") == "hw"
    assert match("homework") == "category_unknown"
    cafe = [Category(sourced_id="c", title="Café")]
    found = match_category("Cafe\u0301", "c1", cafe, CategoryRules())
    assert found == cafe[0]


def test_the_accounts_rules_go_first_and_the_narrowest_wins() -> None:
    rules = [
        rule("account", "Quizzes", "Homework"),
        rule("school:s1", "Quizzes", "Tests"),
        rule("course:7", "Quizzes", "hw"),
    ]
    assert match("Quizzes", rules=rules) == "hw"
    assert match("Quizzes", rules=rules[:2], school_id="s1") == "ct"
    assert match("Quizzes", rules=rules[:2], school_id="s2") == "hw"
    assert match("Quizzes", rules=rules, course_id="7", school_id="s1") == "hw"
    assert match("Homework", rules=[rule("account", "Homework", "Tests")]) == "ct"


def test_a_renamed_group_keeps_its_rule_by_its_id() -> None:
    rules = [rule("account", "Quizzes", "Homework", "55")]
    assert match("Checks for understanding", rules=rules, group_id="55") == "hw"
    assert match("Quizzes", rules=rules, group_id="56") == "category_unknown"
    assert match("Quizzes", rules=rules) == "hw"


def test_a_rule_for_a_category_that_is_gone_blocks_instead_of_guessing() -> None:
    found = match_category("Homework", "c1", ALL, CategoryRules(), [rule("account", "Homework", "Projects")])
    assert isinstance(found, Blocked)
    assert found.details["category"] == "Projects"


def test_the_profiles_map_and_default_come_last() -> None:
    profile = CategoryRules(map={"Quizzes": "Tests", "Homework": "Tests"}, default="Homework")
    assert match("Quizzes", profile=profile) == "ct"
    assert match("Homework", profile=profile) == "hw"
    assert match("Anything", profile=profile) == "hw"
    assert match("Anything", profile=CategoryRules(default="Nothing")) == "category_unknown"


def test_what_is_blocked_names_what_there_is_without_letting_names_do_harm() -> None:
    hostile = [Category(sourced_id=str(n), title=f"\x1b[31m{n}" + "x" * 5000) for n in range(200)]
    found = match_category("\x00" * 3000, "c1", hostile, CategoryRules())
    assert isinstance(found, Blocked)
    assert "\x1b" not in found.details["available"]
    assert len(found.details["available"]) < 3_000
    assert "170 more" in found.details["available"]
    none = match_category("Tests", "c1", [], CategoryRules())
    assert isinstance(none, Blocked)
    assert none.details["available"] == "no category"
