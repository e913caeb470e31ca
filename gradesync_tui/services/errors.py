"""What the services answer instead of acting: one line that says what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Sequence


class ServiceError(Exception):
    """The action was not done; the message is one line for people, of several `parts` where there is more to say."""

    def __init__(self, *parts: str) -> None:
        super().__init__(" ".join(parts))
        self.parts = parts


class Refused(ServiceError):
    """The person's role (or a read-only session) does not allow it. It stands in the audit log."""


class Invalid(ServiceError):
    """What was asked for cannot be: a value is wrong, or a named thing does not exist. Nothing was changed."""


class Unreachable(ServiceError):
    """Canvas or the SIS did not answer as it should when a connection was tried. Nothing was changed.

    worth_retrying: the same attempt may succeed later (a time-out, a 503), so nothing needs to be corrected.
    worked: what was found to be well all the same, a line each.
    """

    def __init__(self, *parts: str, worth_retrying: bool = False, worked: Sequence[str] = ()) -> None:
        super().__init__(*parts)
        self.worth_retrying = worth_retrying
        self.worked = tuple(worked)
