"""From a stored connection to a client that is ready to ask: the one place where secrets are put to use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gradesync_tui.domain.clock import Clock
from gradesync_tui.domain.profiles import Profile
from gradesync_tui.domain.records import CanvasConnection, SisConnection
from gradesync_tui.sync.secrets import SecretError, resolve

if TYPE_CHECKING:
    from gradesync_tui.lms.canvas import Canvas
    from gradesync_tui.sis import Sis
    from gradesync_tui.sis.auth import Auth

PROFILES_VARIABLE = "GRADESYNC_PROFILES"
"""Names the folder with a district's own SIS profiles."""


def profile_folder() -> Path | None:
    """The folder with the district's own SIS profiles, where one is named."""
    named = os.environ.get(PROFILES_VARIABLE)
    return Path(named) if named else None


def open_canvas(connection: CanvasConnection, *, clock: Clock, guard: Callable[[], None] | None = None) -> Canvas:
    """A Canvas client; SecretError where a secret cannot be read, CanvasError where the address cannot be used."""
    from gradesync_tui.lms.canvas import Canvas
    from gradesync_tui.lms.tokens import PersonalToken, RefreshedToken

    ca_file = connection.ca_file
    if connection.token is not None:
        token = PersonalToken(resolve(connection.token).reveal())
        return Canvas(connection.url, token, clock=clock, guard=guard, ca_file=ca_file)
    if connection.client_id and connection.client_secret and connection.refresh_token:
        refreshed = RefreshedToken(
            connection.url,
            resolve(connection.client_id).reveal(),
            resolve(connection.client_secret).reveal(),
            resolve(connection.refresh_token).reveal(),
            clock,
        )
        return Canvas(connection.url, refreshed, clock=clock, guard=guard, ca_file=ca_file)
    raise SecretError("the Canvas connection names no token. Connect Canvas again with a token or a developer key.")


def open_sis(
    connection: SisConnection, *, profile: Profile, clock: Clock, guard: Callable[[], None] | None = None
) -> Sis:
    """A SIS client; SecretError where a secret cannot be read, SisError where the address cannot be used."""
    if connection.version in ("csv-1.1", "csv-1.2"):
        from gradesync_tui.sis.csv import OneRosterCsv

        return OneRosterCsv(connection, profile=profile, clock=clock, guard=guard)
    from gradesync_tui.sis.rest import OneRosterRest

    return OneRosterRest(
        connection.url,
        "1.2" if connection.version == "1.2" else "1.1",
        connection.dialect,
        profile,
        _authentication(connection),
        {name: resolve(reference).reveal() for name, reference in connection.headers.items()},
        connection.ca_file,
        clock,
        guard,
    )


def _authentication(connection: SisConnection) -> Auth | None:
    from gradesync_tui.sis.auth import GRADEBOOK_SCOPES, OAuth1, OAuth2

    if connection.auth == "none":
        return None
    if not connection.client_id or not connection.client_secret:
        raise SecretError("the SIS connection names no client id and secret. Connect the SIS again with both.")
    client_id, client_secret = resolve(connection.client_id).reveal(), resolve(connection.client_secret).reveal()
    if connection.auth == "oauth2":
        if not connection.token_url:
            raise SecretError("the SIS connection names no token address. Connect the SIS again with one.")
        scopes = GRADEBOOK_SCOPES if connection.version == "1.2" else ()
        return OAuth2(connection.token_url, client_id, client_secret, scopes)
    return OAuth1(client_id, client_secret, "HMAC-SHA1" if connection.auth == "oauth1-sha1" else "HMAC-SHA256")
