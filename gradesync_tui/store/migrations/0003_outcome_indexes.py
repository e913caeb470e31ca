"""Find the few records of a run that somebody looks for among the many that went: a million are not walked for them.

Each index holds a few in a hundred of the records, so that those that went cost nothing more when they are written.
"""

from __future__ import annotations

from typing import Any

INDEXES = (
    "CREATE INDEX outcome_of_cause ON outcome (run_id, cause, id, action) WHERE cause IS NOT NULL",
    "CREATE INDEX outcome_of_assignment ON outcome (run_id, id) WHERE kind = 'lineItem'",
    "CREATE INDEX outcome_that_stayed ON outcome (run_id, kind, action, id) "
    "WHERE action = 'waiting' OR action = 'blocked' OR action = 'failed'",
)


def up(migrator: Any, db: Any) -> None:
    for statement in INDEXES:
        db.execute_sql(statement)
