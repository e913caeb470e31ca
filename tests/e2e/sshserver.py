"""An OpenSSH server of the test's own on loopback, and a shared service of people who come in through it.

The server is as permissive as a careless administrator could make it: it offers forwarding of every kind and an SFTP
subsystem, and takes over whatever of the environment concerns us. What is shut is shut by gradesync.
"""

from __future__ import annotations

import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.outside import Outside
from tests.e2e.terminal import Terminal

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
ACCOUNT = "Lakeside"
PEOPLE = {"ana": ("Ana Ruiz", "support"), "ben": ("Ben Okoro", "admin"), "vera": ("Vera Lind", "viewer")}

# The program as the service account has it installed. The account is whoever runs the test, moved into a folder of
# the test's own: the system's record of accounts is all that differs from an installed gradesync.
_PROGRAM = """\
#!{python}
import os, pwd, sys
sys.path.insert(0, {source!r})
record = pwd.getpwuid(os.getuid())
moved = pwd.struct_passwd((*record[:5], {home!r}, record.pw_shell))
pwd.getpwuid = lambda number: moved
from gradesync_tui.cli import main
main()
"""

_CONFIGURATION = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {home}/.ssh/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
AllowTcpForwarding yes
AllowStreamLocalForwarding yes
AllowAgentForwarding yes
X11Forwarding yes
PermitTunnel yes
GatewayPorts yes
PermitUserRC yes
AcceptEnv LANG LC_* COLORTERM NO_COLOR GRADESYNC_* TEXTUAL_* XDG_* SSH_ORIGINAL_COMMAND EDITOR VISUAL PAGER BROWSER
Subsystem sftp internal-sftp
LogLevel VERBOSE
"""


class SharedService:
    """A service account with database, secrets, an engine, people, their keys, and an SSH server before it."""

    def __init__(self, folder: Path, outside: Outside) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.program = folder / "bin" / "gradesync"
        self.database = self.home / ".local" / "share" / "gradesync" / "gradesync.sqlite3"
        self.server_log = folder / "sshd.log"
        self.engine_log = folder / "engine.log"
        self.outside = outside
        self._engine: subprocess.Popen[bytes] | None = None
        self._make_account()
        self._fill_database()
        for login in PEOPLE:
            self.add_key(login)
        self._server, self.port = self._serve()

    # --- the account -------------------------------------------------------------------------------------------------

    def _make_account(self) -> None:
        source = str(Path(__file__).parents[2])
        self.program.parent.mkdir()
        self.program.write_text(_PROGRAM.format(python=sys.executable, source=source, home=str(self.home)))
        self.program.chmod(0o755)
        settings = self.home / ".config" / "gradesync" / "config.toml"
        settings.parent.mkdir(parents=True, mode=0o700)
        settings.write_text("[service]\nshared = true\n")
        settings.chmod(0o600)

    def run(self, *words: str | Path) -> Any:
        """Run gradesync as the service account; what it answered in JSON, None where it had nothing to say."""
        found = self.rows(*words)
        return found[0] if found else None

    def rows(self, *words: str | Path) -> list[Any]:
        """As `run`, for commands that answer with an object a line."""
        environment = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        command = [str(word) for word in (self.program, *words, "--json")]
        told = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert told.returncode == 0, told.stderr
        return [json.loads(line) for line in told.stdout.splitlines()]

    def _secret(self, name: str, value: str) -> str:
        path = self.home / "secrets" / name
        path.parent.mkdir(exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(value)
        return f"file:{path}"

    def _fill_database(self) -> None:
        self.run("init")
        self.run("accounts", "add", ACCOUNT, "--zone", "America/New_York")
        canvas, sis = self.outside.told["canvas"], self.outside.told["sis"]
        token = self._secret("canvas-token", canvas["token"])
        self.run(
            "connect", "canvas", "--url", canvas["url"], "--canvas-account", canvas["account_id"], "--token", token
        )
        client_id, secret = self._secret("sis-id", sis["client_id"]), self._secret("sis-secret", sis["client_secret"])
        self.run("connect", "sis", "--url", sis["url_v1p1"], "--token-url", sis["token_url"], "--client-id", client_id,
                 "--client-secret", secret)  # fmt: skip
        self.run("schedules", "add", "--every", "1d", "--first-run", "2099-01-01 06:00")
        for login, (name, role) in PEOPLE.items():
            self.run("people", "add", login, "--name", name, "--role", role)

    def history(self) -> list[dict[str, Any]]:
        """The runs, newest first."""
        return self.rows("history")

    def audit(self) -> list[dict[str, Any]]:
        """The audit log, newest first."""
        found: list[dict[str, Any]] = self.run("audit", "list", "--limit", "1000")
        return found

    # --- people ------------------------------------------------------------------------------------------------------

    def key(self, login: str) -> Path:
        """A person's private key."""
        return self.folder / f"{login}_key"

    def make_key(self, login: str) -> Path:
        """Make a person's key pair, as they would; the public key."""
        keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{login}@laptop", "-f", str(self.key(login))]
        subprocess.run(keygen, check=True)
        return self.key(login).with_suffix(".pub")

    def add_key(self, login: str) -> None:
        self.run("ssh", "authorize", login, self.make_key(login))

    # --- the server --------------------------------------------------------------------------------------------------

    def _serve(self) -> tuple[subprocess.Popen[bytes], int]:
        assert SSHD is not None
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / "host_key")]
        subprocess.run(keygen, check=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        configuration = self.folder / "sshd_config"
        configuration.write_text(_CONFIGURATION.format(folder=self.folder, home=self.home, port=port))
        host_key = (self.folder / "host_key.pub").read_text().split()
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key[0]} {host_key[1]}\n")
        with self.server_log.open("wb") as log:
            server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(configuration)], stderr=log)
        end = time.monotonic() + 20
        while b"Server listening" not in self.server_log.read_bytes():
            assert server.poll() is None, self.server_log.read_text()
            assert time.monotonic() < end, "sshd does not begin to listen"
            time.sleep(0.02)
        return server, port

    def ssh(self, login: str, *options: str, command: str | None = None) -> list[str]:
        """The words of an ssh command line with a person's key; `options` stand before the host."""
        fixed = ["-F", "/dev/null", "-p", str(self.port), "-i", str(self.key(login)), "-o", "IdentitiesOnly=yes"]
        fixed += ["-o", f"UserKnownHostsFile={self.folder / 'known_hosts'}", "-o", "BatchMode=yes"]
        words = ["ssh", *fixed, *options, f"{getpass.getuser()}@127.0.0.1"]
        return [*words, command] if command is not None else words

    def console(
        self, login: str, *options: str, columns: int = 80, rows: int = 24, environment: Mapping[str, str] | None = None
    ) -> Terminal:
        """A person's terminal with the console over SSH."""
        given = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **(environment or {})}
        return Terminal(self.ssh(login, "-tt", *options), columns=columns, rows=rows, environment=given)

    def attempt(self, login: str, *options: str, command: str | None = None) -> subprocess.CompletedProcess[str]:
        """What comes of an ssh command line without a terminal."""
        words = self.ssh(login, *options, command=command)
        return subprocess.run(words, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)

    def consoles(self, login: str) -> list[int]:
        """The numbers of the processes that are a console of this person."""
        found = []
        for folder in Path("/proc").iterdir():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if str(self.program).encode() in words and words[-3:] == [b"--as", login.encode(), b""]:
                found.append(int(folder.name))
        return found

    # --- the engine --------------------------------------------------------------------------------------------------

    def start_engine(self) -> None:
        with self.engine_log.open("ab") as log:
            environment = {"HOME": str(self.home), "PATH": os.environ["PATH"]}
            self._engine = subprocess.Popen([str(self.program), "engine"], env=environment, stderr=log)

    def stop(self) -> None:
        for process in (self._engine, self._server):
            if process is not None:
                process.terminate()
                process.wait(30)


@contextmanager
def shared_service(folder: Path, *, latency: float = 0, pupils: int = 25) -> Iterator[SharedService]:
    """A shared service on a small district, with its engine; everything is gone afterwards."""
    outside = Outside("--pupils", str(pupils), "--teachers", "off", "--latency", str(latency))
    try:
        service = SharedService(folder, outside)
        try:
            service.start_engine()
            yield service
        finally:
            service.stop()
    finally:
        outside.stop()
