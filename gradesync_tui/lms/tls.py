"""Proof that the server is Canvas: certificates, and what is wrong with one that proves nothing."""

from __future__ import annotations

import ssl
from pathlib import Path

from yarl import URL

from gradesync_tui.domain.text import clean
from gradesync_tui.lms.address import is_loopback
from gradesync_tui.lms.errors import CertificateError


def verification(origin: URL, ca_file: str | None) -> ssl.SSLContext | bool:
    """What aiohttp verifies the server with: always, but for this machine itself unless a CA file is named.

    Reads files: not for the event loop. Raises CertificateError for a CA file that will not do.
    """
    if origin.scheme == "http" or (ca_file is None and is_loopback(origin.host or "")):
        return False
    context = ssl.create_default_context()
    if ca_file is not None:
        name = clean(ca_file, limit=200)
        try:
            context.load_verify_locations(cafile=Path(ca_file).expanduser())
        except ssl.SSLError:
            raise CertificateError(
                f"The CA file {name} holds no certificate in PEM form", "Name the right file."
            ) from None
        except OSError as error:
            raise CertificateError(
                f"The CA file {name} cannot be read: {error.strerror}", "Correct the path."
            ) from None
    return context


def not_trusted(host: str, error: Exception) -> CertificateError:
    """The error for a certificate that failed verification, with what to do about that kind of failure."""
    reason = clean(getattr(error, "verify_message", "") or "it cannot be verified", limit=120)
    lower = reason.lower()
    if "expired" in lower or "not yet valid" in lower:
        todo = "Have the server's certificate renewed, and check this machine's clock."
    elif "mismatch" in lower or "not valid for" in lower:
        todo = "Check the connection's address: the certificate is another host's."
    else:
        todo = "For a private authority, name its file as the connection's CA file; else somebody may stand between."
    return CertificateError(f"The certificate of {host} is not trusted: {reason}", todo)
