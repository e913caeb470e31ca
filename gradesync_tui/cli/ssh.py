"""`gradesync ssh`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradesync_tui.cli.shell import Shell, shared

if TYPE_CHECKING:
    from gradesync_tui.services.authorizedkeys import AuthorizedKeys
    from gradesync_tui.services.ssh import Entry

_file_option = click.option(
    "--file",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="The authorized_keys file.  [default: the one of the account that runs this]",
)


@click.group()
def command() -> None:
    """Who may come in over SSH, by key: under their own name, into the console, and nowhere else.

    Run it as the service account (sudo -u gradesync gradesync ssh …), whose settings say [service] shared = true.
    """


@command.command("authorize")
@click.argument("login", metavar="NAME")
@click.argument("keyfile", type=click.Path(path_type=Path))
@_file_option
@shared
async def authorize(shell: Shell, login: str, keyfile: Path, file: Path | None) -> None:
    """Let the key in KEYFILE (a .pub file) open the console as NAME, who is in `gradesync people` already."""
    from gradesync_tui.cli.output import emit, line, note
    from gradesync_tui.services.publickeys import read_key_file

    _need_shared_service()
    keys = _keys(file)
    async with shell.services() as services:
        one = await services.authorize_key(keys, login, read_key_file(keyfile))
    if shell.json:
        emit(_as_json(one))
        return
    line(f"{one.key.fingerprint} opens the console as {login}.")
    if foreign := keys.foreign():
        note(
            f"{keys.path} also holds {foreign} {'line' if foreign == 1 else 'lines'} that gradesync did not write; "
            "each may open a shell that reads every secret."
        )


@command.command("list")
@_file_option
@shared
async def list_keys(shell: Shell, file: Path | None) -> None:
    """Every key that opens the console, and whom it lets in."""
    from gradesync_tui.cli.output import emit, table

    async with shell.services(read_only=True) as services:
        found = await services.ssh_keys(_keys(file))
    if shell.json:
        emit([_as_json(one) for one in found])
        return
    table(
        ("Login", "Name", "Key", "Fingerprint", "Comment"),
        [
            (
                one.login,
                one.person.name if one.person else "not known: refused",
                one.key.kind,
                one.key.fingerprint,
                one.key.comment,
            )
            for one in found
        ],
        empty="Nobody.",
    )


@command.command("revoke")
@click.argument("login", metavar="NAME")
@click.argument("fingerprint", required=False)
@_file_option
@shared
async def revoke(shell: Shell, login: str, fingerprint: str | None, file: Path | None) -> None:
    """Take out every key of NAME, or only the one with FINGERPRINT. A console that is open stays open.

    To end what an open console may do at once: gradesync people remove NAME
    """
    from gradesync_tui.cli.output import emit, line
    from gradesync_tui.domain.text import count

    async with shell.services() as services:
        gone = await services.revoke_keys(_keys(file), login, fingerprint)
    if shell.json:
        emit({"login": login, "revoked": gone})
    else:
        line(f"Revoked {count(gone, 'key')} of {login}.")


_SERVER = """\
# For sshd, such as /etc/ssh/sshd_config.d/gradesync.conf. Each key's own line in authorized_keys shuts the same doors;
# this shuts them for the whole account, whatever its files say.
Match User {account}
    AuthenticationMethods publickey
    PasswordAuthentication no
    KbdInteractiveAuthentication no
    DisableForwarding yes
    PermitTunnel no
    PermitUserRC no
    # A line that went dead without a word: the console behind it ends after two minutes.
    ClientAliveInterval 30
    ClientAliveCountMax 4
# Elsewhere in the configuration: no more than AcceptEnv LANG LC_*, and PermitUserEnvironment no (both are usual).
"""


@command.command("server-config")
def server_config() -> None:
    """Print what belongs into the SSH server's configuration for this account."""
    import os
    import pwd

    click.echo(_SERVER.format(account=pwd.getpwuid(os.geteuid()).pw_name), nl=False)


def _keys(file: Path | None) -> AuthorizedKeys:
    from gradesync_tui.services.authorizedkeys import AuthorizedKeys, installed_program
    from gradesync_tui.services.entrance import account_home

    path = file.absolute() if file is not None else account_home() / ".ssh" / "authorized_keys"
    return AuthorizedKeys(path, installed_program())


def _need_shared_service() -> None:
    """Wrong usage where nobody could come in anyway, since the account is no shared service."""
    from gradesync_tui.services.entrance import account_home, service_settings

    path, settings = service_settings(account_home())
    if not settings.service.shared:
        raise click.UsageError(f"This account is no shared service. Write [service] shared = true into {path} first.")


def _as_json(one: Entry) -> dict[str, object]:
    return {
        "login": one.login,
        "name": one.person.name if one.person else None,
        "kind": one.key.kind,
        "fingerprint": one.key.fingerprint,
        "comment": one.key.comment,
    }
