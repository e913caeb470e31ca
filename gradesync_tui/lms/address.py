"""Where Canvas is: which addresses may be used, and which belong to it."""

from __future__ import annotations

import ipaddress
import re
from typing import Literal
from urllib.parse import quote, urlencode

from yarl import URL

from gradesync_tui.domain.text import clean
from gradesync_tui.lms.errors import BadAddress, BadAnswer, UntrustedHost

Params = list[tuple[str, str]]

_EXAMPLE = "Give it like https://district.instructure.com."
# A name and password before the host, and whatever comes after the path, may hold what nobody should see.
_PRIVATE = re.compile(r"(?<=//)[^/]*@|[?#].*", re.DOTALL)


def canvas_origin(address: str) -> URL:
    """The scheme, host and port of Canvas; BadAddress says what is wrong with an address."""
    shown = clean(_PRIVATE.sub("", address.strip()), limit=120)
    try:
        url = URL(address.strip())
        port = url.port
    except ValueError:
        raise BadAddress(f"{shown!r} is no address", _EXAMPLE) from None
    if url.user is not None or url.password is not None:
        raise BadAddress("The Canvas address must not hold a name or password", _EXAMPLE)
    if url.scheme not in ("http", "https") or not url.host or port is None:
        raise BadAddress(f"{shown!r} is no address of a Canvas", _EXAMPLE)
    if url.path.rstrip("/") not in ("", "/api", "/api/v1") or url.query_string:
        raise BadAddress(f"{shown!r} holds more than Canvas's host", f"Give {url.origin()}.")
    if url.scheme == "http" and not is_loopback(url.host):
        raise BadAddress(f"{shown!r} would send the token unencrypted", "Give https:// instead of http://.")
    return url.origin()


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, so that nothing leaves it."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def api_path(*parts: str) -> str:
    """A path of Canvas's API; ids, also those of the form `sis_course_id:…`, are escaped as Canvas wants it."""
    return "/api/" + "/".join(quote(part, safe=":") for part in parts)


def api_url(origin: URL, path: str, params: Params) -> URL:
    """The address of a call; `path` is already escaped."""
    query = f"?{urlencode(params, quote_via=quote)}" if params else ""
    return URL(f"{origin}{path}{query}", encoded=True)


def same_host(target: str, current: URL, *, kind: Literal["page", "redirect"]) -> URL:
    """Where an answer leads to, which must be the same scheme, host and port; a page's address is left as it is.

    Raises UntrustedHost for another host: the token must not get there.
    """
    nowhere = BadAnswer(
        f"Canvas gave an address for the next {kind} that is none: {clean(target, limit=80)!r}",
        "Send the support bundle if it goes on.",
    )
    if not target or not target.isascii() or not target.isprintable() or " " in target:
        raise nowhere
    try:
        url = current.join(URL(target, encoded=True))
        trusted = url.origin() == current.origin() and url.user is None and url.password is None
        other = clean(f"{url.scheme}://{url.host}:{url.port}", limit=120)
    except ValueError:
        raise nowhere from None
    if not trusted:
        raise UntrustedHost(
            f"Canvas at {current.origin()} sent gradesync on to {other}; the token is not sent there",
            "If that is where Canvas is now, give it as the connection's address.",
        )
    return url
