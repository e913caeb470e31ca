"""Keys for SSH: one person, one command, one line; whatever is not plainly one public key is refused."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gradesync_tui.services.authorizedkeys import AuthorizedKeys
from gradesync_tui.services.errors import Invalid
from gradesync_tui.services.publickeys import parse_key, read_key_file

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43 + " ana@laptop"
OTHER = ED25519.replace("AAAAAAAA ana", "AAAAAAAQ ben")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "bin" / "gradesync"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def keys(tmp_path: Path, program: Path) -> AuthorizedKeys:
    return AuthorizedKeys(tmp_path / ".ssh" / "authorized_keys", program)


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "handed-in.pub"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_line_binds_a_key_to_one_command_without_forwarding(keys: AuthorizedKeys, program: Path) -> None:
    keys.add("ana", parse_key(ED25519))
    assert keys.path.read_text() == f'command="{program} console --as ana",restrict,pty {ED25519}\n'
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.path.parent.stat().st_mode) == 0o700
    assert [(one.login, one.key.comment) for one in keys.entries()] == [("ana", "ana@laptop")]


def test_lines_of_others_stay_as_they_are(keys: AuthorizedKeys) -> None:
    keys.path.parent.mkdir(mode=0o700)
    theirs = b"# the administrator's \xff\n\nssh-ed25519 AAAAforeign root@host\n"
    keys.path.write_bytes(theirs)
    keys.add("ana", parse_key(ED25519))
    assert keys.path.read_bytes().startswith(theirs)
    assert keys.foreign() == 1
    keys.remove("ana")
    assert keys.path.read_bytes() == theirs


def test_one_key_or_all_keys_of_a_person_are_revoked(keys: AuthorizedKeys) -> None:
    first, second = keys.add("ana", parse_key(ED25519)), keys.add("ana", parse_key(OTHER))
    assert keys.remove("ana", first.key.fingerprint) == [first]
    assert keys.entries() == [second]
    with pytest.raises(Invalid, match="has not the key"):
        keys.remove("ana", first.key.fingerprint)
    keys.remove("ana")
    with pytest.raises(Invalid, match="has not a key"):
        keys.remove("ana")


def test_a_key_is_one_persons(keys: AuthorizedKeys) -> None:
    keys.add("ana", parse_key(ED25519))
    for login in ("ana", "ben"):
        with pytest.raises(Invalid, match="of ana"):
            keys.add(login, parse_key(ED25519.replace("ana@laptop", "another comment")))


@pytest.mark.parametrize(
    "login",
    ["", "Ana", "a b", "a;id", "$(id)", "`id`", "-h", "--database", "../a", ".", "..", 'a"', "a\n", "á", "a" * 65],
)
def test_a_login_that_a_shell_could_read_otherwise_is_refused(keys: AuthorizedKeys, login: str) -> None:
    with pytest.raises(Invalid, match="small letters"):
        keys.add(login, parse_key(ED25519))
    assert not keys.path.exists()


@pytest.mark.parametrize("name", ['a"b', "a$b", "a`b", "a\nb", "a\\b"])
def test_a_program_whose_path_could_be_read_otherwise_is_refused(tmp_path: Path, name: str) -> None:
    program = tmp_path / name / "gradesync"
    program.parent.mkdir()
    program.write_text("")
    program.chmod(0o755)
    with pytest.raises(Invalid, match="cannot stand"):
        AuthorizedKeys(tmp_path / ".ssh" / "authorized_keys", program).add("ana", parse_key(ED25519))


def test_a_program_that_anybody_may_change_is_refused(keys: AuthorizedKeys, program: Path) -> None:
    program.chmod(0o757)
    with pytest.raises(Invalid, match="chmod o-w"):
        keys.add("ana", parse_key(ED25519))


def test_a_link_or_a_folder_that_others_may_change_is_refused(keys: AuthorizedKeys, tmp_path: Path) -> None:
    keys.path.parent.mkdir(mode=0o700)
    keys.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Invalid, match="is a link"):
        keys.add("ana", parse_key(ED25519))
    keys.path.unlink()
    keys.path.parent.chmod(0o777)
    with pytest.raises(Invalid, match="chmod 700"):
        keys.add("ana", parse_key(ED25519))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no key"),
        ("# only a comment\n", "holds no key"),
        (f"{ED25519}\n{OTHER}\n", "several lines"),
        (f'command="/bin/sh" {ED25519}', "options"),
        (f"pty,agent-forwarding {ED25519}", "options"),
        (f'environment="LD_PRELOAD=/x" {ED25519}', "options"),
        (f"cert-authority {ED25519}", "options"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n", "private key"),
        ("ssh-dss AAAAB3NzaC1kc3M= old", "weak"),
        ("ssh-ed25519-cert-v01@openssh.com AAAA x", "kind"),
        ("ssh-ed25519", "not a public key"),
        ("ssh-ed25519 !!!! x", "broken"),
        (ED25519.replace("ssh-ed25519", "ssh-rsa"), "another kind"),
        (ED25519.replace("AAAAAAAA ana", " ana"), "broken"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 x", "does not fit"),
        (b"\xff\xfe\x00k", "not text"),
        (b"x" * 20_000, "too large"),
    ],
)
def test_what_is_not_plainly_one_public_key_is_refused(tmp_path: Path, text: str | bytes, words: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(Invalid, match=words) as refused:
        read_key_file(path)
    assert "\n" not in str(refused.value)


def test_nothing_of_a_comment_can_begin_a_line_or_drive_a_terminal(tmp_path: Path) -> None:
    key = read_key_file(written(tmp_path, f"{ED25519}\rssh-ed25519 x\x1b[2J\x0b\x85\u2028y"))
    assert key.line.isascii()
    assert key.line.isprintable()


def test_a_folder_a_pipe_and_a_missing_file_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "missing"):
        with pytest.raises(Invalid):
            read_key_file(path)


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
@pytest.mark.parametrize(
    ("kind", "bits", "is_taken"),
    [
        ("ed25519", "", True),
        ("ecdsa", "256", True),
        ("ecdsa", "521", True),
        ("rsa", "2048", True),
        ("rsa", "1024", False),
    ],
)
def test_the_keys_that_openssh_makes_are_read_as_it_reads_them(
    tmp_path: Path, kind: str, bits: str, is_taken: bool
) -> None:
    path = tmp_path / "key"
    size = ["-b", bits] if bits else []
    subprocess.run(["ssh-keygen", "-q", "-t", kind, *size, "-N", "", "-C", "a 'b' \"c\"", "-f", path], check=True)
    public = path.with_suffix(".pub")
    if not is_taken:
        with pytest.raises(Invalid, match="1024 bits are too few"):
            read_key_file(public)
        return
    key = read_key_file(public)
    told = subprocess.run(["ssh-keygen", "-l", "-f", public], capture_output=True, text=True, check=True).stdout
    assert told.split()[1] == key.fingerprint
    assert key.line == public.read_text().strip()
    with pytest.raises(Invalid, match="private key"):
        read_key_file(path)


def test_two_at_once_lose_no_line(keys: AuthorizedKeys, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from gradesync_tui.services.authorizedkeys import AuthorizedKeys\n"
        "from gradesync_tui.services.publickeys import PublicKey\n"
        "path, program, who = sys.argv[1:]\n"
        "for number in range(20):\n"
        "    key = PublicKey('ssh-ed25519', f'AAAA{who}{number:03}=')\n"
        "    AuthorizedKeys(Path(path), Path(program)).add(who, key)\n"
    )
    # The fingerprint asks for valid base64 only when it is shown, so made-up keys do for counting lines.
    both = [
        subprocess.Popen([sys.executable, "-c", script, str(keys.path), str(keys.program), who])
        for who in ("anaa", "benn")
    ]
    assert [process.wait(60) for process in both] == [0, 0]
    assert len(keys.path.read_text().splitlines()) == 40
    assert [path.name for path in keys.path.parent.iterdir()] == ["authorized_keys"]
