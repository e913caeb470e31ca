"""Remember by which version of the world's time zones the next runs were worked out."""

from __future__ import annotations

from typing import Any

from peewee import TextField


def up(migrator: Any, db: Any) -> None:
    migrator.migrate(migrator.add_column("dispatcher", "zone_rules", TextField(default="")))
