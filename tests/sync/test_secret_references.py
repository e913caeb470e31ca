"""Secrets are read from where a reference says, and never shown."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from gradesync_tui.sync.secrets import Secret, SecretError, resolve

VALUE = "canvas-token-7f3a"


def secret_file(folder: Path, text: str = VALUE, mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_secret_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIS_SECRET", VALUE)
    assert resolve("env:SIS_SECRET").reveal() == VALUE


def test_a_secret_is_read_from_a_private_file_without_its_last_line_break(tmp_path: Path) -> None:
    assert resolve(f"file:{secret_file(tmp_path, VALUE + chr(10))}").reveal() == VALUE


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666])
def test_a_file_that_others_can_use_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    path = secret_file(tmp_path, mode=mode)
    with pytest.raises(SecretError, match=f"can be read by others. Run: chmod 600 {path}"):
        resolve(f"file:{path}")


def test_a_systemd_credential_is_read_from_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret_file(tmp_path, mode=0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert resolve("systemd:secret").reveal() == VALUE
    with pytest.raises(SecretError, match="not a path"):
        resolve("systemd:../secret")


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("env:NOT_SET_ANYWHERE", "is not set"),
        ("file:/does/not/exist", "cannot be read"),
        ("file:relative/path", "not an absolute path"),
        ("systemd:name", "only there in a unit"),
        ("keyring:service", "must be keyring:service/name"),
        ("env:", "no reference"),
        ("", "no reference"),
    ],
)
def test_what_cannot_be_read_says_why(reference: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(SecretError, match=words):
        resolve(reference)


def test_a_secret_given_instead_of_a_reference_is_refused_and_not_repeated() -> None:
    for given in (VALUE, f"token:{VALUE}"):
        with pytest.raises(SecretError) as refused:
            resolve(given)
        assert VALUE not in str(refused.value)


def test_an_empty_or_broken_value_is_refused_and_not_repeated(tmp_path: Path) -> None:
    for text in ("", "\n", f"{VALUE}\nX-Injected: yes", f"{VALUE}\x00"):
        with pytest.raises(SecretError) as refused:
            resolve(f"file:{secret_file(tmp_path, text)}")
        assert VALUE not in str(refused.value)


def test_a_folder_or_a_pipe_is_no_secret_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(SecretError):
            resolve(f"file:{path}")


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret(VALUE)
    assert VALUE not in f"{secret} {secret!r} {[secret]} {secret!s:>20}"
    assert str(secret) == "***"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
