"""What can go wrong with a SIS: every error carries a code of the failure catalogue (`domain.causes`)."""

from __future__ import annotations

from collections.abc import Mapping

from gradesync_tui.domain.text import clean, clean_block


class SisError(Exception):
    """A request that did not succeed, after all retries that make sense.

    cause: a code of the catalogue. details: fill the catalogue's words. answer: the raw answer, made safe to keep.
    retryable: it may pass in a later run although nobody does anything.
    uncertain: the SIS may have done it all the same (the connection broke before the answer came).
    """

    def __init__(
        self,
        cause: str,
        message: str,
        *,
        http_status: int | None = None,
        answer: str = "",
        details: Mapping[str, str] | None = None,
        retryable: bool = False,
        uncertain: bool = False,
        retry_after: float | None = None,
    ) -> None:
        self.cause = cause
        self.message = clean(message, limit=400)
        self.http_status = http_status
        self.answer = clean_block(answer, limit=4_000)
        self.details = dict(details or {})
        self.retryable = retryable
        self.uncertain = uncertain
        self.retry_after = retry_after
        super().__init__(self.message)


class SisRefused(SisError):
    """The SIS answered no to this record; others may go."""


class SisUnavailable(SisError):
    """The SIS cannot be reached, is too slow, or asks for a pause, and still did after several tries."""


class SisThrottled(SisUnavailable):
    """The SIS kept asking for a slower pace."""


class SisAuthError(SisError):
    """The SIS does not accept the credentials, or does not allow them this."""


class SisCertificateError(SisError):
    """The server's certificate is not trusted, or an address is not protected by TLS."""


class SisBadAnswer(SisError):
    """The SIS answered with something that is not OneRoster."""
