"""`gradesync connect`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gradesync_tui.cli.shell import Shell, account_option, chosen_account, shared

if TYPE_CHECKING:
    from gradesync_tui.domain.records import CanvasConnection, SisConnection

_test_option = click.option(
    "--test/--no-test", "try_it", default=True, help="Try the connection over HTTP first.  [default: --test]"
)


@click.group()
def command() -> None:
    """Say where an account's Canvas and SIS are.

    Secrets are given by reference: env:NAME, file:/path (readable by its owner alone), systemd:NAME or
    keyring:service/name. Without --no-test the connection is tried first, and nothing is kept if it does not work.
    """


@command.command("canvas")
@click.option("--url", required=True, help="Canvas's address, such as https://district.instructure.com")
@click.option("--token", metavar="REF", help="A personal access token.")
@click.option("--client-id", metavar="REF", help="A developer key's id, instead of a token.")
@click.option("--client-secret", metavar="REF", help="The developer key's secret.")
@click.option("--refresh-token", metavar="REF", help="The developer key's refresh token.")
@click.option("--canvas-account", default="self", show_default=True, help="The Canvas account's id.")
@click.option("--ca-file", metavar="PATH", help="A private certificate authority.")
@account_option
@_test_option
@shared
async def connect_canvas(
    shell: Shell,
    account: str | None,
    try_it: bool,
    url: str,
    token: str | None,
    client_id: str | None,
    client_secret: str | None,
    refresh_token: str | None,
    canvas_account: str,
    ca_file: str | None,
) -> None:
    """Say where Canvas is."""
    from gradesync_tui.domain.records import CanvasConnection

    key = [one for one in (client_id, client_secret, refresh_token) if one is not None]
    if (token is not None and key) or (token is None and len(key) < 3):
        raise click.UsageError("Give --token, or all of --client-id, --client-secret and --refresh-token.")
    connection = CanvasConnection(
        url=url.rstrip("/"),
        account=canvas_account,
        token=token,
        client_id=client_id,
        client_secret=client_secret,
        refresh_token=refresh_token,
        ca_file=ca_file,
    )
    await _connect(shell, account, connection, try_it)


@command.command("sis")
@click.option("--url", required=True, help="The OneRoster address with its version path; for CSV, the folder.")
@click.option(
    "--version",
    type=click.Choice(["1.1", "1.2", "csv-1.1", "csv-1.2"]),
    default="1.1",
    show_default=True,
    help="The OneRoster version.",
)
@click.option(
    "--dialect",
    type=click.Choice(["standard", "modified"]),
    default="standard",
    show_default=True,
    help="Who gives records their ids: gradesync, or (modified) the SIS.",
)
@click.option("--profile", default="progressbook", show_default=True, help="The SIS's rules.")
@click.option(
    "--auth",
    type=click.Choice(["oauth2", "oauth1-sha1", "oauth1-sha256", "none"]),
    default="oauth2",
    show_default=True,
    help="How gradesync proves who it is.",
)
@click.option("--token-url", help="Where OAuth 2 tokens come from.")
@click.option("--client-id", metavar="REF", help="The client's id (OAuth 1: the key).")
@click.option("--client-secret", metavar="REF", help="The client's secret.")
@click.option("--header", "headers", metavar="NAME=REF", multiple=True, help="A further header that the SIS asks for.")
@click.option("--ca-file", metavar="PATH", help="A private certificate authority.")
@click.option("--ssh-key", metavar="PATH", help="For CSV over SFTP: the private key.")
@click.option("--ssh-known-hosts", metavar="PATH", help="For CSV over SFTP: the hosts to trust.")
@account_option
@_test_option
@shared
async def connect_sis(
    shell: Shell,
    account: str | None,
    try_it: bool,
    url: str,
    version: str,
    dialect: str,
    profile: str,
    auth: str,
    token_url: str | None,
    client_id: str | None,
    client_secret: str | None,
    headers: tuple[str, ...],
    ca_file: str | None,
    ssh_key: str | None,
    ssh_known_hosts: str | None,
) -> None:
    """Say where the SIS is."""
    import msgspec

    from gradesync_tui.domain.records import SisConnection

    if not version.startswith("csv") and auth != "none":
        if client_id is None or client_secret is None:
            raise click.UsageError(f"--auth {auth} needs --client-id and --client-secret.")
        if auth == "oauth2" and token_url is None:
            raise click.UsageError("--auth oauth2 needs --token-url.")
    connection = msgspec.convert(
        {
            "kind": "sis",
            "url": url.rstrip("/"),
            "version": version,
            "dialect": dialect,
            "profile": profile,
            "auth": auth,
            "token_url": token_url,
            "client_id": client_id,
            "client_secret": client_secret,
            "headers": dict(_header(one) for one in headers),
            "ca_file": ca_file,
            "ssh_key": ssh_key,
            "ssh_known_hosts": ssh_known_hosts,
        },
        SisConnection,
    )
    await _connect(shell, account, connection, try_it)


def _header(text: str) -> tuple[str, str]:
    name, equals, reference = text.partition("=")
    if not equals or not name.strip():
        raise click.UsageError("--header must be NAME=REF, such as x-api-key=env:SIS_API_KEY.")
    return name.strip(), reference.strip()


async def _connect(shell: Shell, ref: str | None, connection: CanvasConnection | SisConnection, try_it: bool) -> None:
    from gradesync_tui.cli.output import emit, line, note
    from gradesync_tui.domain.records import CanvasConnection

    is_canvas = isinstance(connection, CanvasConnection)
    what = "Canvas" if is_canvas else "the SIS"
    async with shell.services() as services:
        account = await chosen_account(services, ref)
        if try_it:
            note(f"Asking {what} at {connection.url} …")
        if isinstance(connection, CanvasConnection):
            found = await services.connect_canvas(account.id, connection, try_it=try_it)
        else:
            found = await services.connect_sis(account.id, connection, try_it=try_it)
    if shell.json:
        emit({"account_id": account.id, "kind": "canvas" if is_canvas else "sis", "tried": try_it, "found": found})
        return
    for one in found:
        note(one)
    line(f"{account.name}: {what} is at {connection.url}" + ("." if try_it else " (not tried)."))
