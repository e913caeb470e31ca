"""The verbs of the product: console and command line call only these, so neither can do what the other can't."""

from __future__ import annotations

from gradesync_tui.services.errors import Invalid, Refused, ServiceError, Unreachable
from gradesync_tui.services.roles import Verb
from gradesync_tui.services.ssh import SshVerbs
from gradesync_tui.services.support import SupportVerbs


class Services(SupportVerbs, SshVerbs):
    """Everything that a person can do, as the person that `actor.login` names.

    Each verb raises `Refused` where the person's role does not allow it (and the audit log says so), `Invalid` where
    what is asked for cannot be, `Unreachable` where a connection was tried in vain, and the store's own errors
    (`gradesync_tui.store.errors`); the message of each is one line that says what to do.
    """


__all__ = ["Invalid", "Refused", "ServiceError", "Services", "Unreachable", "Verb"]
