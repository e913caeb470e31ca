"""Where /proc hides what other users run, a living engine is not taken for one that is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gradesync_tui.engine import process


@pytest.fixture
def hiding_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A /proc that shows the machine and no process, as `hidepid` and systemd's ProtectProc= do for those of others."""
    boot = tmp_path / "sys" / "kernel" / "random" / "boot_id"
    boot.parent.mkdir(parents=True)
    boot.write_text(Path("/proc/sys/kernel/random/boot_id").read_text())
    space = tmp_path / "self" / "ns" / "pid"
    space.parent.mkdir(parents=True)
    space.symlink_to(Path("/proc/self/ns/pid").readlink())
    monkeypatch.setattr(process, "_PROC", tmp_path)
    return tmp_path


def test_a_living_process_that_cannot_be_seen_is_not_gone(hiding_proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as seen:
        seen.setattr(process, "_PROC", Path("/proc"))
        mine = process.engine_name()
    assert not process.is_gone(mine)


def test_a_process_that_has_ended_is_gone_all_the_same(hiding_proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as seen:
        seen.setattr(process, "_PROC", Path("/proc"))
        mine = process.engine_name()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert process.is_gone(mine.replace(f":{os.getpid()}:", f":{ended.pid}:"))
