"""SIS profiles are strict data: what is shipped loads, what a district changes holds, and a mistake names its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradesync_tui.domain.profiles import ProfileError, load_profile, profile_names

SHIPPED = ["progressbook", "aeries", "blackbaud", "infinite_campus", "powerschool", "skyward", "synergy", "plain"]


def test_progressbook_comes_first_and_the_plain_one_last() -> None:
    assert profile_names() == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_profile_loads(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert profile.label
    assert profile.rate.in_flight >= 1


def test_the_vendors_known_limits_are_in_their_profiles() -> None:
    assert load_profile("progressbook").titles.max_length == 50
    assert load_profile("progressbook").defaults.version == "1.1"
    assert load_profile("infinite_campus").titles.max_length == 30
    assert load_profile("infinite_campus").defaults.headers == ("x-vendor-authorization",)
    assert load_profile("powerschool").titles.max_length == 30
    assert load_profile("blackbaud").scores.statuses == ("fully graded",)
    assert not load_profile("blackbaud").deletes


def test_a_district_changes_single_keys_of_a_shipped_profile(tmp_path: Path) -> None:
    (tmp_path / "progressbook.toml").write_text('[titles]\nmax_length = 80\n[categories.map]\n"HW" = "Homework"\n')
    changed = load_profile("progressbook", tmp_path)
    assert changed.titles.max_length == 80
    assert changed.titles.unique == load_profile("progressbook").titles.unique
    assert changed.categories.map == {"HW": "Homework"}
    assert load_profile("progressbook").titles.max_length == 50


def test_a_district_may_add_a_profile_that_starts_from_another(tmp_path: Path) -> None:
    (tmp_path / "riverbend.toml").write_text('extends = "powerschool"\nlabel = "Riverbend"\n')
    profile = load_profile("riverbend", tmp_path)
    assert (profile.name, profile.label, profile.titles.max_length) == ("riverbend", "Riverbend", 30)
    assert profile_names(tmp_path) == [*SHIPPED, "riverbend"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[titles]\nmax_length = 'long'", "titles.max_length"),
        ("[titles]\nmax_length = 0", "titles.max_length"),
        ("[titles]\nmaximum = 3", "maximum"),
        ("[rate]\nin_flight = 1000", "rate.in_flight"),
        ("[rate]\nper_second = 0.0", "rate.per_second"),
        ("[scores]\nexcused = 'maybe'", "scores.excused"),
        ("[titles\n", "line 1"),
        ("extends = 'nothing'", "nothing"),
        ("extends = 3", "extends"),
    ],
)
def test_a_mistake_names_the_file_and_the_key(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "plain.toml"
    path.write_text(text)
    with pytest.raises(ProfileError) as caught:
        load_profile("plain", tmp_path)
    assert str(path) in str(caught.value)
    assert place in str(caught.value)


@pytest.mark.parametrize("name", ["", "../secrets", "no_such", "a/b", "Progressbook", "x" * 100, "plain.toml"])
def test_a_name_is_never_a_path(name: str, tmp_path: Path) -> None:
    with pytest.raises(ProfileError):
        load_profile(name, tmp_path)
