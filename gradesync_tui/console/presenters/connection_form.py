"""What the fields of the connection forms mean: how Canvas and the SIS are reached."""

from __future__ import annotations

from collections.abc import Mapping

from gradesync_tui.console.presenters.forms import Wrong, reference_problem
from gradesync_tui.domain.profiles import Profile
from gradesync_tui.domain.records import CanvasConnection, Connection, SisConnection
from gradesync_tui.domain.text import clean

TOKEN, KEY = "token", "key"

CANVAS_SIGN_IN = (
    (TOKEN, "a personal access token", "made by a person in Canvas, Account › Settings"),
    (KEY, "a developer key", "with a refresh token, renewed every hour"),
)
VERSIONS = (
    ("1.1", "OneRoster 1.1", "REST; what most SISs have"),
    ("1.2", "OneRoster 1.2", "REST"),
    ("csv-1.1", "OneRoster CSV 1.1", "files in a folder or over SFTP"),
    ("csv-1.2", "OneRoster CSV 1.2", "files in a folder or over SFTP"),
)
DIALECTS = (
    ("standard", "gradesync gives the ids", "the standard says so"),
    ("modified", "the SIS gives the ids", "and answers with them"),
)
AUTHS = (
    ("oauth2", "OAuth 2 client credentials", "with an address for tokens"),
    ("oauth1-sha256", "OAuth 1.0a, HMAC-SHA256", "each request is signed"),
    ("oauth1-sha1", "OAuth 1.0a, HMAC-SHA1", "for an older SIS"),
    ("none", "nothing", "the network alone protects it"),
)

_KEY_FIELDS = ("client_id", "client_secret", "refresh_token")


def canvas_texts(connection: CanvasConnection | None) -> dict[str, str]:
    """What the fields of the Canvas form begin with."""
    if connection is None:
        return {"account": "self", "sign_in": TOKEN}
    known = {name: getattr(connection, name) or "" for name in _KEY_FIELDS}
    return {
        "url": connection.url,
        "account": connection.account,
        "sign_in": TOKEN if connection.token else KEY,
        "token": connection.token or "",
        "ca_file": connection.ca_file or "",
        **known,
    }


def canvas_hidden(values: Mapping[str, str]) -> frozenset[str]:
    """The fields that do not matter."""
    if values["sign_in"] == TOKEN:
        return frozenset(_KEY_FIELDS)
    return frozenset({"token"})


def read_canvas(values: Mapping[str, str]) -> CanvasConnection | Wrong:
    """The connection that the fields name, or the first that is wrong."""
    if problem := _address_problem(values["url"].strip(), "Canvas"):
        return Wrong("url", problem)
    given = ("token",) if values["sign_in"] == TOKEN else _KEY_FIELDS
    for name in given:
        if problem := reference_problem(values[name].strip()):
            return Wrong(name, problem)
    references = {name: values[name].strip() for name in given}
    return CanvasConnection(
        url=values["url"].strip().rstrip("/"),
        account=values["account"].strip() or "self",
        ca_file=values["ca_file"].strip() or None,
        **references,
    )


def sis_texts(connection: SisConnection | None) -> dict[str, str]:
    """What the fields of the SIS form begin with."""
    if connection is None:
        return {"profile": "progressbook", "version": "1.1", "dialect": "standard", "auth": "oauth2"}
    return {
        "profile": connection.profile,
        "url": connection.url,
        "version": connection.version,
        "dialect": connection.dialect,
        "auth": connection.auth,
        "token_url": connection.token_url or "",
        "client_id": connection.client_id or "",
        "client_secret": connection.client_secret or "",
        "headers": ", ".join(f"{name}={value}" for name, value in connection.headers.items()),
        "ca_file": connection.ca_file or "",
        "ssh_key": connection.ssh_key or "",
        "ssh_known_hosts": connection.ssh_known_hosts or "",
    }


def sis_defaults(profile: Profile) -> dict[str, str]:
    """What a SIS of a profile mostly needs."""
    starts = profile.defaults
    return {
        "version": starts.version,
        "dialect": starts.dialect,
        "auth": starts.auth,
        "headers": ", ".join(f"{name}=" for name in starts.headers),
    }


def sis_hidden(values: Mapping[str, str]) -> frozenset[str]:
    """The fields that do not matter."""
    files = {"ssh_key", "ssh_known_hosts"}
    if values["version"].startswith("csv"):
        over_sftp = frozenset() if values["url"].strip().startswith("sftp://") else files
        return frozenset({"auth", "token_url", "client_id", "client_secret", "headers", "ca_file"} | over_sftp)
    hidden = set(files)
    if values["auth"] != "oauth2":
        hidden.add("token_url")
    if values["auth"] == "none":
        hidden |= {"client_id", "client_secret"}
    return frozenset(hidden)


def read_sis(values: Mapping[str, str]) -> SisConnection | Wrong:
    """The connection that the fields name, or the first that is wrong."""
    import msgspec

    hidden = sis_hidden(values)
    shown = {name: "" if name in hidden else value.strip() for name, value in values.items()}
    if values["version"].startswith("csv"):
        if not shown["url"].startswith(("/", "sftp://")):
            return Wrong("url", "Give an absolute folder, or sftp://user@host/folder.")
    elif problem := _address_problem(shown["url"], "the SIS"):
        return Wrong("url", problem)
    if "token_url" not in hidden and (problem := _address_problem(shown["token_url"], "the SIS's tokens")):
        return Wrong("token_url", problem)
    for name in _KEY_FIELDS[:2]:
        if name not in hidden and (problem := reference_problem(shown[name])):
            return Wrong(name, problem)
    headers = read_headers(shown["headers"])
    if isinstance(headers, str):
        return Wrong("headers", headers)
    # What is hidden is not kept, except how one signs in, which files do not ask.
    auth = "none" if "auth" in hidden else shown["auth"]
    optional = ("token_url", "client_id", "client_secret", "ca_file", "ssh_key", "ssh_known_hosts")
    return msgspec.convert(
        {
            "kind": "sis",
            "url": shown["url"].rstrip("/") or "/",
            "version": shown["version"],
            "dialect": shown["dialect"],
            "profile": shown["profile"],
            "auth": auth,
            "headers": headers,
            **{name: shown[name] or None for name in optional},
        },
        SisConnection,
    )


def read_headers(text: str) -> dict[str, str] | str:
    """Additional headers as `name=reference, name=reference`, or what is wrong with them."""
    found: dict[str, str] = {}
    for part in text.split(","):
        if not part.strip():
            continue
        name, _, reference = part.partition("=")
        if not name.strip() or clean(name) != name:
            return "Write name=env:NAME, parted by commas."
        if problem := reference_problem(reference.strip()):
            return f"{clean(name.strip(), limit=40)}: {problem[0].lower()}{problem[1:]}"
        found[name.strip()] = reference.strip()
    return found


def _address_problem(url: str, of: str) -> str:
    from gradesync_tui.services.accounts import check_url
    from gradesync_tui.services.errors import Invalid

    if not url:
        return f"The address of {of} must look like https://host/path."
    try:
        check_url(url, of)
    except Invalid as problem:
        return str(problem)
    return ""


def effects(account: str, before: Connection | None, connection: Connection) -> list[str]:
    """What comes of keeping a connection."""
    what = "Canvas" if isinstance(connection, CanvasConnection) else "the SIS"
    moved = before is not None and before.url != connection.url
    listed = [f"From the next run on, {what} of {clean(account)} is", f"  {clean(connection.url, limit=66)}"]
    if moved and before is not None:
        listed += ["instead of", f"  {clean(before.url, limit=66)}"]
    return listed
