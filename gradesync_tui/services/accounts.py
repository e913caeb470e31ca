"""Accounts and how their Canvas and SIS are reached."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from gradesync_tui.domain.records import (
    Account,
    AccountSummary,
    CanvasConnection,
    CategoryRule,
    Policies,
    SisConnection,
)
from gradesync_tui.domain.text import clean
from gradesync_tui.services.desk import Desk
from gradesync_tui.services.errors import Invalid
from gradesync_tui.services.roles import Verb, role_in


class AccountVerbs(Desk):
    """See, make and connect accounts."""

    async def accounts(self) -> list[AccountSummary]:
        """The accounts that the person has a role for, by name, each at one glance."""
        person = await self.me()
        return [
            msgspec.structs.replace(summary, sis_label=sis_label(summary.sis))
            for summary in await self.store.accounts.summaries()
            if role_in(person.grants, summary.account.id) is not None
        ]

    async def account(self, ref: str | int) -> Account:
        """An account by id or name; Invalid if there is none such."""
        found: Account | None = None
        if isinstance(ref, int) or ref.isdecimal():
            found = next((one for one in await self.store.accounts.list() if one.id == int(ref)), None)
        if found is None and isinstance(ref, str):
            found = await self.store.accounts.find(ref)
        if found is None:
            raise Invalid(f"There is no account {clean(str(ref))!r}. See: gradesync accounts list")
        await self._may_watch(found.id)
        return found

    async def create_account(self, name: str, zone: str = "UTC") -> Account:
        """A new account, without connections or schedules. Invalid zone or name: Invalid; a name taken: Duplicate."""
        actor = await self._may(Verb.CREATE_ACCOUNT, None, f"account {clean(name)}")
        check_name(name)
        check_zone(zone)
        return await self.store.accounts.create(name.strip(), zone, actor)

    async def update_account(
        self, account_id: int, *, name: str | None = None, zone: str | None = None, policies: Policies | None = None
    ) -> Account:
        """Change what is given, keep the rest."""
        actor = await self._may(Verb.EDIT_ACCOUNT, account_id, f"account {account_id}")
        account = await self.store.accounts.get(account_id)
        if name is not None:
            check_name(name)
        if zone is not None:
            check_zone(zone)
        changed = msgspec.structs.replace(
            account,
            name=account.name if name is None else name,
            zone=account.zone if zone is None else zone,
            policies=account.policies if policies is None else policies,
        )
        return await self.store.accounts.update(changed, actor)

    async def connections(self, account_id: int) -> tuple[CanvasConnection | None, SisConnection | None]:
        """How the account's Canvas and SIS are reached, each None until connected. Secrets are references in them."""
        await self._may_watch(account_id)
        return await self.store.accounts.connections(account_id)

    async def connect_canvas(self, account_id: int, connection: CanvasConnection, *, try_it: bool = True) -> list[str]:
        """Say where the account's Canvas is; the lines that the trial found, for the person.

        With `try_it` Canvas is asked first, over HTTP. Invalid (a wrong URL, token or secret reference) and
        Unreachable leave everything as it was.
        """
        actor = await self._may(Verb.CONNECT, account_id, f"Canvas connection of account {account_id}")
        check_connection(connection)
        found = await self.try_connection(account_id, connection) if try_it else []
        await self.store.accounts.connect(account_id, connection, actor)
        return found

    async def connect_sis(self, account_id: int, connection: SisConnection, *, try_it: bool = True) -> list[str]:
        """Say where the account's SIS is; otherwise as `connect_canvas`."""
        actor = await self._may(Verb.CONNECT, account_id, f"SIS connection of account {account_id}")
        check_connection(connection)
        found = await self.try_connection(account_id, connection) if try_it else []
        await self.store.accounts.connect(account_id, connection, actor)
        return found

    async def try_connection(self, account_id: int, connection: CanvasConnection | SisConnection) -> list[str]:
        """Ask Canvas or the SIS over HTTP whether the connection works; what it answered, one line each.

        Invalid: something in the connection is wrong. Unreachable: it may be right, but nobody answers as they should.
        """
        from gradesync_tui.services.trial import try_canvas, try_sis

        await self._may_watch(account_id)
        check_connection(connection)
        if isinstance(connection, CanvasConnection):
            return await try_canvas(connection, self.clock)
        return await try_sis(connection, self.clock)

    async def category_rules(self, account_id: int) -> list[CategoryRule]:
        """Which assignment groups are sent as which category."""
        await self._may_watch(account_id)
        return await self.store.category_rules.list(account_id)

    async def map_category(
        self, account_id: int, group: str, category: str, *, scope: str = "account", group_id: str | None = None
    ) -> CategoryRule:
        """Send an assignment group as a category from the next run on; `scope` as in `CategoryRule`."""
        actor = await self._may(Verb.MAP_CATEGORY, account_id, f"category rule {clean(group)}")
        kind, _, of = scope.partition(":")
        if scope != "account" and not (kind in ("school", "course") and of):
            raise Invalid(f"{clean(scope)!r} is no scope. Use account, school:ID or course:ID.")
        if not group.strip() or not category.strip():
            raise Invalid("A category rule needs the assignment group's name and the category's name.")
        return await self.store.category_rules.save(account_id, scope, group, category, group_id, actor)

    async def unmap_category(self, account_id: int, rule_id: int) -> None:
        """Forget a category rule; Invalid if the account has none of that id."""
        actor = await self._may(Verb.UNMAP_CATEGORY, account_id, f"category rule {rule_id}")
        if rule_id not in {rule.id for rule in await self.store.category_rules.list(account_id)}:
            raise Invalid(f"There is no category rule {rule_id}. See: gradesync categories list")
        await self.store.category_rules.remove(rule_id, actor)


def check_name(name: str) -> None:
    """Invalid unless it can be an account's name."""
    if not name.strip() or clean(name, limit=200) != name:
        raise Invalid("An account needs a name: one line of at most 200 ordinary characters.")


def check_zone(zone: str) -> None:
    """Invalid unless the zone is an IANA name."""
    from gradesync_tui.domain import zones

    try:
        zones.check_zone(zone)
    except zones.UnknownZoneError as problem:
        raise Invalid(str(problem)) from None


def check_connection(connection: CanvasConnection | SisConnection) -> None:
    """Invalid for what can be told to be wrong with a connection without asking anybody."""
    if isinstance(connection, CanvasConnection):
        check_url(connection.url, "Canvas")
        check_files(connection.ca_file)
        check_references(canvas_references(connection))
        return
    if not connection.version.startswith("csv"):
        check_url(connection.url, "the SIS")
    elif not connection.url.startswith(("/", "sftp://")):
        raise Invalid(f"{clean(connection.url)!r} must be an absolute folder, or sftp://user@host/folder.")
    elif connection.url.startswith("sftp://") and ":" in connection.url.rpartition("@")[0].removeprefix("sftp:"):
        raise Invalid("The SIS's folder must be sftp://user@host/folder, without a password. Use --ssh-key.")
    check_files(connection.ca_file, connection.ssh_key, connection.ssh_known_hosts)
    if connection.token_url:
        check_url(connection.token_url, "the SIS's tokens")
    check_profile(connection.profile)
    check_references(sis_references(connection))


def check_url(url: str, of: str) -> None:
    """Invalid unless it is an absolute https address without credentials, or http on this machine."""
    hint = f"The address of {of} must look like https://host/path"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise Invalid(f"{clean(url)!r} is no web address. {hint}.") from None
    if parts.scheme not in ("http", "https") or not host or clean(url) != url or " " in url:
        raise Invalid(f"{clean(url)!r} is no web address. {hint}.")
    if parts.username or parts.password:
        raise Invalid(f"{hint}, without a user name or password in it: secrets are given by reference.")
    if parts.scheme == "http" and not _is_loopback(host):
        raise Invalid(f"{clean(url)!r} would send secrets and grades unencrypted. {hint}.")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_files(*paths: str | None) -> None:
    """Invalid unless every file that is named is there, by a path that means the same to the engine."""
    for path in paths:
        if path is not None and not (Path(path).is_absolute() and Path(path).is_file()):
            raise Invalid(f"{clean(path)!r} is no file. Give its absolute path.")


def sis_label(profile: str) -> str:
    """A SIS profile's name for people, such as ProgressBook; its own name where it cannot be read."""
    from gradesync_tui.domain.profiles import ProfileError, load_profile
    from gradesync_tui.sync.connections import profile_folder

    try:
        return load_profile(profile, profile_folder()).label if profile else ""
    except ProfileError:
        return profile


def check_profile(name: str) -> None:
    """Invalid unless a SIS profile of that name exists."""
    from gradesync_tui.domain.profiles import profile_names
    from gradesync_tui.sync.connections import profile_folder

    names = profile_names(profile_folder())
    if name not in names:
        raise Invalid(f"There is no SIS profile {clean(name)!r}. There are: {', '.join(names)}.")


def canvas_references(connection: CanvasConnection) -> dict[str, str | None]:
    """The references to secrets in a Canvas connection, by the name of what they hold."""
    return {
        "token": connection.token,
        "client id": connection.client_id,
        "client secret": connection.client_secret,
        "refresh token": connection.refresh_token,
    }


def sis_references(connection: SisConnection) -> dict[str, str | None]:
    """The references to secrets in a SIS connection, by the name of what they hold."""
    return {
        "client id": connection.client_id,
        "client secret": connection.client_secret,
        **{f"header {name}": value for name, value in connection.headers.items()},
    }


def check_references(references: dict[str, str | None]) -> None:
    """Invalid with all that are no references (perhaps the secret itself, which is not repeated), or cannot be read."""
    from gradesync_tui.sync.secrets import SecretError, resolve

    problems = []
    for name, reference in _given(references.items()):
        try:
            resolve(reference)
        except SecretError as problem:
            problems.append(f"The {name}: {problem}")
    if problems:
        raise Invalid(*problems)


def _given(items: Iterable[tuple[str, str | None]]) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in items if value is not None)
