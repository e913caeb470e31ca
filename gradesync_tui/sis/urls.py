"""Which addresses may be asked: https, or this machine itself; and whether two are of one host."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from yarl import URL

from gradesync_tui.sis.errors import SisBadAnswer, SisCertificateError


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine itself, where TLS adds nothing."""
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_url(url: str) -> str:
    """The address without a slash at its end; SisError where it is none, or neither https nor loopback."""
    # Whatever stands before an @ may be a password.
    shown = repr(url) if "@" not in url else "what is given"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise SisBadAnswer("sis_bad_answer", f"{shown} is no address", details={"error": "no valid address"}) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SisBadAnswer(
            "sis_bad_answer", f"{shown} is no address: https://host/path is needed", details={"error": "no address"}
        )
    if parts.username or parts.password:
        raise SisBadAnswer(
            "sis_bad_answer",
            "the address holds a user name or password; name them as secrets instead",
            details={"error": "credentials inside the address"},
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise SisCertificateError(
            "certificate",
            f"{parts.hostname} would be reached without TLS: use https",
            details={"host": parts.hostname, "error": "the address is http, not https"},
        )
    return url.rstrip("/")


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses are of one scheme, host and port; false for what is no address."""
    try:
        return URL(one).origin() == URL(other).origin()
    except ValueError:
        return False


def proxy_for(url: str) -> str | None:
    """The proxy that the environment (`https_proxy`, `no_proxy`) names for an address; never one for this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host) or proxy_bypass(host):
        return None
    return getproxies().get(parts.scheme)
