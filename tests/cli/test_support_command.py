"""`gradesync support`: the address, and the report as a file or on stdout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def test_the_bundle_is_a_private_file_and_the_address_is_said(home: Any) -> None:
    home.ok("init")
    home.ok("accounts", "add", "Lakeside [/b]", "--zone", "America/New_York")
    target = home.folder / "report.json"
    answer = home("support", "bundle", "--output", str(target), GRADESYNC_SUPPORT_CONTACT="help@sis.example.org")
    assert answer.code == 0, answer
    assert "Send it to help@sis.example.org" in answer.err
    report = json.loads(target.read_text("utf-8"))
    assert report["accounts"][0]["name"] == "Lakeside [/b]"
    assert target.stat().st_mode & 0o077 == 0
    again = home("support", "bundle", "--output", str(target))
    assert again.code == 2 and "is there already" in again.err


def test_the_bundle_of_one_account_goes_to_stdout(home: Any) -> None:
    home.ok("init")
    home.ok("accounts", "add", "Lakeside", "--zone", "UTC")
    home.ok("accounts", "add", "Riverside", "--zone", "UTC")
    report = home.ok("support", "bundle", "--account", "Riverside", "--no-trial", "--output", "-").json
    assert [one["name"] for one in report["accounts"]] == ["Riverside"]
    assert not list(Path.cwd().glob("gradesync-support-*"))


def test_no_address_says_where_it_belongs(home: Any) -> None:
    answer = home("support", "contact")
    assert answer.code == 2 and "[support] contact" in answer.err
