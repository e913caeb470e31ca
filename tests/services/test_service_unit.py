"""The unit that `gradesync service install` writes: what systemd accepts, with no more rights than an engine needs."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from gradesync_tui.services.errors import Invalid
from gradesync_tui.services.unit import Service, home_of, unit_text, write_unit

USUAL = Service("gradesync", Path("/opt/gradesync/bin/gradesync"), Path("/var/lib/gradesync"))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize(
    "service",
    [
        USUAL,
        Service("daemon", Path("/bin/true"), Path("/home/grades"), "sqlite:////srv/g.sqlite3", ("token:/etc/token",)),
    ],
    ids=["usual", "elsewhere"],
)
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path, service: Service) -> None:
    unit = tmp_path / "gradesync.service"
    # The program and the account need not be on the machine that runs the tests.
    unit.write_text(unit_text(service).replace("/opt/gradesync/bin/gradesync", "/bin/true"))
    checked = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=60)
    assert "gradesync.service" not in checked.stderr
    assert checked.returncode == 0


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_calls_its_exposure_ok(tmp_path: Path) -> None:
    unit = tmp_path / "gradesync.service"
    unit.write_text(unit_text(USUAL))
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if "not supported" in checked.stderr or "unrecognized option" in checked.stderr:
        pytest.skip("this systemd-analyze cannot judge a unit that is not installed")
    assert checked.returncode == 0, checked.stdout


def test_a_hung_or_crashed_engine_is_started_anew_and_wrong_settings_are_not() -> None:
    lines = unit_text(USUAL).splitlines()
    assert {"Type=notify", "WatchdogSec=60", "Restart=on-failure", "RestartPreventExitStatus=2"} <= set(lines)


def test_it_writes_to_its_own_folder_alone_and_gains_no_rights() -> None:
    lines = set(unit_text(USUAL).splitlines())
    assert {"User=gradesync", "NoNewPrivileges=yes", "ProtectSystem=strict", "StateDirectory=gradesync"} <= lines
    assert {"CapabilityBoundingSet=", "PrivateTmp=yes", "UMask=0077", "LimitCORE=0"} <= lines
    assert not any(line.startswith("ReadWritePaths") for line in lines)
    elsewhere = unit_text(Service("grades", Path("/usr/bin/gradesync"), Path("/srv/grades"))).splitlines()
    assert "ReadWritePaths=/srv/grades" in elsewhere
    assert not any(line.startswith("StateDirectory") for line in elsewhere)


def test_a_secret_is_named_as_a_credential_and_an_encrypted_one_as_such() -> None:
    service = Service("gradesync", USUAL.program, USUAL.home, credentials=("a:/etc/a", "b:/etc/b.cred"))
    lines = unit_text(service).splitlines()
    assert {"LoadCredential=a:/etc/a", "LoadCredentialEncrypted=b:/etc/b.cred"} <= set(lines)


@pytest.mark.parametrize(
    "service",
    [
        Service("gradesync", Path("/opt/my programs/gradesync"), USUAL.home),
        Service("gradesync", Path("gradesync"), USUAL.home),
        Service("gradesync", USUAL.program, Path("/var/lib/x\nExecStartPre=/bin/sh")),
        Service("gradesync", USUAL.program, USUAL.home, "sqlite:////a\nExecStartPre=/bin/sh"),
        Service("gradesync", USUAL.program, USUAL.home, credentials=("a:/etc/a\nExecStartPre=/bin/sh",)),
        Service("gradesync", USUAL.program, USUAL.home, credentials=("a:relative",)),
    ],
)
def test_nothing_that_is_given_can_add_a_line_or_a_word(service: Service) -> None:
    with pytest.raises(Invalid) as refused:
        unit_text(service)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("account", ["root", "", "-x", "a b", "Ana", "a" * 40])
def test_an_account_that_is_none_or_has_all_rights_is_refused(account: str) -> None:
    with pytest.raises(Invalid):
        home_of(account)


def test_a_unit_that_somebody_changed_is_not_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "gradesync.service"
    assert write_unit("one", path)
    assert not write_unit("one", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    with pytest.raises(Invalid, match="--replace"):
        write_unit("two", path)
    assert path.read_text() == "one"
    assert write_unit("two", path, replace=True)
    assert path.read_text() == "two"
    assert list(tmp_path.iterdir()) == [path]
