"""From an answer that is no success to an error with its cause."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import msgspec

from gradesync_tui.domain.causes import cause as cause_of
from gradesync_tui.domain.causes import recognised, said
from gradesync_tui.sis.errors import SisAuthError, SisBadAnswer, SisError, SisRefused, SisThrottled, SisUnavailable
from gradesync_tui.sis.exchange import Answer

SAFE_METHODS = frozenset({"GET", "HEAD"})


def error_of(answer: Answer, method: str = "GET") -> SisError:
    """The error that an answer stands for, whatever shape it has."""
    text = answer.text()
    found = recognised(answer.status, text)
    words = said(text)
    details = {"answer": words, "host": urlsplit(answer.url).hostname or "", "error": f"it answered {answer.status}"}
    details = {name: value for name, value in details.items() if value} | found.details
    message = f"the SIS answered {answer.status}" + (f": {words}" if words else "")
    wait = retry_after(answer)
    if answer.status == 429 or found.cause == "sis_throttled":
        kind: type[SisError] = SisThrottled
    elif answer.status in (502, 503, 504):
        kind = SisUnavailable
    elif found.cause in ("sis_auth", "sis_forbidden") and answer.status in (401, 403):
        kind = SisAuthError
    elif answer.status < 400:
        kind = SisBadAnswer
        found = found._replace(cause="sis_bad_answer")
    else:
        kind = SisRefused
    return kind(
        found.cause,
        message,
        http_status=answer.status,
        answer=text,
        details=details,
        retryable=kind in (SisThrottled, SisUnavailable) or cause_of(found.cause).retried or answer.status >= 500,
        # A gateway that gave up waiting, or a server that fell over, may have passed the write on before.
        uncertain=method not in SAFE_METHODS and answer.status in (500, 502, 504),
        retry_after=wait,
    )


def decoded(answer: Answer) -> object:
    """The JSON of an answer; None where it has no body. SisBadAnswer where it is something else."""
    if not answer.body.strip():
        return None
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        kind = answer.headers.get("content-type", "").split(";")[0]
        what = "a web page" if answer.body.lstrip()[:1] == b"<" else f"no JSON ({kind or 'of no type'})"
        raise SisBadAnswer(
            "sis_bad_answer",
            f"the SIS answered with {what}",
            http_status=answer.status,
            answer=answer.text()[:4_000],
            details={"error": f"it is {what}"},
        ) from problem


def retry_after(answer: Answer) -> float | None:
    """Seconds that the SIS asks to wait, where it says so in seconds or as a date."""
    text = answer.headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
        told = parsedate_to_datetime(answer.headers["date"])
        # Measured by the server's own clock, which may differ from ours.
        return max((until - told).total_seconds(), 0.0)
    except (ValueError, TypeError, KeyError, IndexError):
        return None
