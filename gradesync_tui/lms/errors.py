"""What can go wrong between gradesync and Canvas. Every message is one line that says what to do."""

from __future__ import annotations

from typing import ClassVar

from gradesync_tui.domain.text import clean, clean_block

_ANSWER_LIMIT = 2_000
_LINE_LIMIT = 400


class CanvasError(Exception):
    """Canvas could not be asked, or said no.

    what, do: what happened and what to do next, which together are `message`: one line, safe to show. code: an entry of
    the failure catalogue. status: the HTTP status, None where there was no answer. answer: what Canvas said, made safe
    and cut short, for support. Secrets are never in any of them.
    """

    default_code: ClassVar[str] = "canvas_bad_answer"

    def __init__(self, what: str, do: str, *, status: int | None = None, answer: str = "") -> None:
        self.code = self.default_code
        self.what = clean(what, limit=_LINE_LIMIT)
        self.do = clean(do, limit=_LINE_LIMIT)
        self.message = f"{self.what}. {self.do}"
        super().__init__(self.message)
        self.status = status
        self.answer = clean_block(answer, limit=_ANSWER_LIMIT)

    @property
    def passing(self) -> bool:
        """Whether the same request may well succeed later although nobody does anything."""
        return False


class BadAddress(CanvasError):
    """The address of Canvas, or of its token service, cannot be used."""

    default_code = "canvas_unavailable"


class TokenInvalid(CanvasError):
    """Canvas does not know the token: mistyped, revoked, or of another Canvas."""

    default_code = "canvas_token_invalid"


class TokenExpired(CanvasError):
    """The token's time is over, and nothing here can renew it."""

    default_code = "canvas_token_expired"


class ScopeMissing(CanvasError):
    """The developer key does not allow the call, whoever the user is. `scope` is the one to tick in the key."""

    default_code = "canvas_permission"

    def __init__(self, what: str, do: str, *, scope: str, status: int | None = None, answer: str = "") -> None:
        super().__init__(what, do, status=status, answer=answer)
        self.scope = scope


class PermissionMissing(CanvasError):
    """The token is good, but its user may not do this. `permission` is Canvas's name for what is needed."""

    default_code = "canvas_permission"

    def __init__(self, what: str, do: str, *, permission: str, status: int | None = None, answer: str = "") -> None:
        super().__init__(what, do, status=status, answer=answer)
        self.permission = permission


class NotFound(CanvasError):
    """There is no such account, course or assignment (any more), or the token's user is not shown it."""

    default_code = "canvas_permission"


class Refused(CanvasError):
    """Canvas refused the request as it was put."""


class CourseUnpublished(Refused):
    """Canvas shows no grade data of a course that is not published."""

    default_code = "course_unpublished"


class SisExportNotEnabled(Refused):
    """The account's "Bulk SIS Grade Export" is off and no SIS integration is set up; courses are read one by one."""

    default_code = "canvas_export_off"


class Throttled(CanvasError):
    """Canvas kept refusing because the token's requests came too fast, or asked for a very long wait."""

    default_code = "canvas_throttled"

    @property
    def passing(self) -> bool:
        return True


class Unavailable(CanvasError):
    """No answer, or a failure of Canvas itself, also after several tries."""

    default_code = "canvas_unavailable"

    @property
    def passing(self) -> bool:
        return True


class BadAnswer(CanvasError):
    """Canvas answered with something that cannot be understood; `answer` holds an excerpt."""


class UntrustedHost(CanvasError):
    """An answer pointed to another host; the token is not sent there."""


class CertificateError(CanvasError):
    """The server cannot prove that it is Canvas."""

    default_code = "certificate"


def excerpt(body: bytes, *, limit: int = 160) -> str:
    """The start of an answer as one safe line, for a message."""
    return clean(" ".join(body[: limit * 4].decode("utf-8", "replace").split()), limit=limit)
