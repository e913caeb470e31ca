"""The systemd unit that runs the engine as a service."""

from __future__ import annotations

import os
import pwd
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gradesync_tui.domain.text import clean
from gradesync_tui.services.errors import Invalid

UNIT_FOLDER = Path("/etc/systemd/system")
NAME = "gradesync.service"

_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_CREDENTIAL = re.compile(r"(?P<name>[A-Za-z0-9_.-]{1,64}):(?P<path>/[^\x00-\x1f\x7f\"'\\%:]+)")
_PATH = re.compile(r"/[^\x00-\x20\x7f\"'\\%:]*")
_STATE_ROOT = Path("/var/lib")

# What a program that reads a database and speaks HTTP has no use for, each with systemd's own word.
_HARDENING = """\
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome={protect_home}
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
LimitCORE=0
UMask=0077"""


@dataclass(frozen=True, slots=True)
class Service:
    """What the unit is about. account: who runs it. program: gradesync. credentials: NAME:PATH, for `systemd:NAME`."""

    account: str
    program: Path
    home: Path
    database: str = ""
    credentials: Sequence[str] = field(default_factory=tuple)


def home_of(account: str) -> Path:
    """The account's home folder; where it will be, if there is no such account yet. Invalid for a name that is none."""
    if not _ACCOUNT.fullmatch(account):
        raise Invalid(f"{clean(account)!r} is no name for a system account: small letters, digits, _ and - only.")
    if account == "root":
        raise Invalid("The engine does not run as root: it needs none of root's rights. Name an account of its own.")
    try:
        return Path(pwd.getpwnam(account).pw_dir)
    except KeyError:
        return _STATE_ROOT / account


def unit_text(service: Service) -> str:
    """The unit, whole. Invalid for a path or a credential that cannot stand in one."""
    for path in (service.program, service.home):
        if not _PATH.fullmatch(str(path)):
            raise Invalid(f"{clean(str(path))} cannot stand in a unit: an absolute path without blanks or quotes can.")
    has_state_folder = service.home == _STATE_ROOT / service.account
    lines = [
        "[Unit]",
        "Description=gradesync: carries grades from Canvas to the student information system",
        "Wants=network-online.target",
        "After=network-online.target time-sync.target",
        "# A fault that comes back at once is not helped by starting again for ever.",
        "StartLimitIntervalSec=10min",
        "StartLimitBurst=10",
        "",
        "[Service]",
        "Type=notify",
        "NotifyAccess=main",
        f"ExecStart={service.program} engine --log json",
        f"User={service.account}",
        f"Group={service.account}",
        f"WorkingDirectory={service.home}",
        # HOME decides where settings and database are: the same place for the engine and for consoles over SSH.
        f"Environment=HOME={service.home}",
    ]
    if service.database:
        if not re.fullmatch(r"[^\x00-\x20\x7f\"'\\%]+", service.database):
            raise Invalid("The database's address cannot stand in a unit: one without blanks or quotes can.")
        lines.append(f"Environment=GRADESYNC_DATABASE={service.database}")
    lines += [
        "Restart=on-failure",
        "RestartSec=5",
        "# 2 says that the settings are wrong: starting again would find them so.",
        "RestartPreventExitStatus=2",
        "# No round of the engine for this long: start it anew. A run that this cuts off is taken up again.",
        "WatchdogSec=60",
        "# Long enough to end what is being sent and to hand the run on.",
        "TimeoutStopSec=60",
        "KillMode=mixed",
        "",
        "# Secrets: name them in the connection as systemd:NAME; only root and this service can read them.",
    ]
    lines += _credential_lines(service.credentials)
    lines.append("")
    if has_state_folder:
        lines += [f"StateDirectory={service.account}", "StateDirectoryMode=0700"]
    else:
        lines.append(f"ReadWritePaths={service.home}")
    is_under_home = any(path.parts[:2] in (("/", "home"), ("/", "root")) for path in (service.home, service.program))
    lines += [_HARDENING.format(protect_home="read-only" if is_under_home else "yes")]
    lines += ["", "[Install]", "WantedBy=multi-user.target", ""]
    return "\n".join(lines)


def _credential_lines(credentials: Sequence[str]) -> list[str]:
    if not credentials:
        return [
            "#LoadCredential=canvas-token:/etc/gradesync/credentials/canvas-token",
            "#LoadCredentialEncrypted=sis-client-secret:/etc/gradesync/credentials/sis-client-secret.cred",
        ]
    lines = []
    for one in credentials:
        if not _CREDENTIAL.fullmatch(one):
            raise Invalid(f"--credential {clean(one)}: write NAME:/absolute/path, the file that root keeps it in.")
        kind = "LoadCredentialEncrypted" if one.endswith(".cred") else "LoadCredential"
        lines.append(f"{kind}={one}")
    return lines


def write_unit(text: str, path: Path, *, replace: bool = False) -> bool:
    """Put the unit in place, whole or not at all; False if it stands there already, word for word.

    Invalid if another text stands there and `replace` does not allow it, or if the folder cannot be written.
    """
    name = clean(str(path))
    try:
        known = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        known = None
    except OSError as problem:
        raise Invalid(f"{name} cannot be read: {problem.strerror}.") from None
    if known == text:
        return False
    if known is not None and not replace:
        raise Invalid(f"{name} is there already and differs. Look at the difference, then add --replace.")
    try:
        handle, fresh = tempfile.mkstemp(prefix=".gradesync-", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(fresh).replace(path)
    except OSError as problem:
        raise Invalid(f"{name} cannot be written: {problem.strerror}. Run this as root, or use --print.") from None
    return True
