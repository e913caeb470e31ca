"""The console's first picture waits for no module that it does not need."""

from __future__ import annotations

import subprocess
import sys

LATER = {"aiohttp", "asyncssh", "oauthlib", "stamina", "pendulum", "croniter", "importlib.metadata", "unittest"}
"""What costs tens of milliseconds to import and serves only what comes after the first picture."""


def test_the_first_picture_needs_nothing_that_serves_only_what_comes_after_it() -> None:
    program = """
import sys
sys.modules["psycopg"] = None  # Peewee loads it where it happens to be installed, and it loads what we do not
import gradesync_tui.cli.console
from gradesync_tui import console, services, store
from gradesync_tui.console import app, lifecycle
from gradesync_tui.console.screens import sis
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert not LATER & set(done.stdout.split())
