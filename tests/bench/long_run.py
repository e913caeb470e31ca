"""A database with a run of as many records as one likes: python tests/bench/long_run.py FILE [--records N] [--seed N]

Account, schedules and some runs before it are those of `long_history`; the records are those of a district of 20,000
pupils, told by one statement of SQL, a million in well under a minute. Four in a hundred are assignments, the others
their scores; some two in a hundred are problems, of eight causes, and the rest of the sync went well.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path

from long_history import make as make_history

from gradesync_tui.domain.words import Stage
from gradesync_tui.sandbox.names import FAMILY, GIVEN, SUBJECTS

RUNS = 24
PUPILS = 20_000
_SECTION = 25
_ASSIGNMENTS = 10
"""Scores of an assignment, and assignments of a section."""

# Of a thousand records of a kind: up to which hash each is a problem, and which; the rest went.
_CAUSES = (
    ("lineItem", 12, "blocked", "category_unknown", {"category": "Warm-ups", "available": "Homework, Tests"}, None),
    ("lineItem", 17, "blocked", "due_date_outside_period", {"due": "2026-12-23", "end": "2026-12-18"}, None),
    ("lineItem", 20, "failed", "sis_timeout", {}, 504),
    ("result", 8, "blocked", "score_above_maximum", {"score": "104", "limit": "100"}, None),
    ("result", 13, "blocked", "student_not_in_class", {}, None),
    ("result", 16, "failed", "sis_refused", {"answer": "grade is locked"}, 422),
    ("result", 18, "blocked", "assignment_blocked", {}, None),
    ("result", 19, "failed", "sis_timeout", {}, 504),
    ("result", 24, "waiting", "hidden_grade", {}, None),
)
_MIX = "((n.i * 2654435761 + :seed * 40503) >> 8) % {m}"
_RECORDS = f"""
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :records - 1),
counted AS (
  SELECT i, i >= :assignments AS is_score, {_MIX.format(m=1000)} AS luck, {_MIX.format(m=101)} AS points,
         CASE WHEN i < :assignments THEN i ELSE (i - :assignments) / {_SECTION} END AS work
  FROM n
),
part AS (
  SELECT n.*, work / {_ASSIGNMENTS} AS section,
         (work / {_ASSIGNMENTS} * 7919 + abs(i - :assignments) % {_SECTION} * 131) % {PUPILS} AS pupil
  FROM counted AS n
),
ruled AS (
  SELECT part.*, (SELECT min(rule.upto) FROM rule WHERE rule.is_score = part.is_score AND part.luck < rule.upto) AS upto
  FROM part
)
INSERT INTO outcome (run_id, at, kind, action, course, section, assignment, pupil, class_id, assignment_id, student_id,
                     sourced_id, sent, before, cause, details, http_status, answer)
SELECT :run, :began + ruled.i * (:ended - :began) / :records,
       CASE WHEN ruled.is_score THEN 'result' ELSE 'lineItem' END,
       coalesce(rule.action, CASE WHEN luck % 5 = 0 THEN 'updated' ELSE 'created' END),
       course.name, 'Period ' || (1 + section % 8), topic.name || ' ' || (1 + work % {_ASSIGNMENTS}),
       CASE WHEN ruled.is_score THEN given.name || ' ' || family.name ELSE '' END,
       printf('c-%06d', section), 700000 + work, CASE WHEN ruled.is_score THEN 1000000 + pupil ELSE '' END,
       CASE WHEN rule.cause IS NULL THEN printf('%08x-4a7d-%012d', ruled.i * 40503 % 4294967296, ruled.i) ELSE '' END,
       CASE WHEN ruled.is_score THEN points ELSE '' END,
       CASE WHEN ruled.is_score AND luck % 5 = 0 THEN points / 2 ELSE '' END,
       rule.cause, coalesce(rule.details, '{{}}'),
       CASE WHEN rule.cause IS NULL THEN 201 ELSE rule.http_status END,
       CASE WHEN rule.http_status IS NULL THEN '' ELSE '{{"imsx_codeMajor":"failure"}}' END
FROM ruled
LEFT JOIN rule ON rule.is_score = ruled.is_score AND rule.upto = ruled.upto
JOIN name AS given ON given.list = 'given' AND given.i = pupil % {len(GIVEN)}
JOIN name AS family ON family.list = 'family' AND family.i = pupil / {len(GIVEN)} * 31 % {len(FAMILY)}
JOIN name AS course ON course.list = 'course' AND course.i = section % :courses
JOIN name AS topic ON topic.list = 'topic' AND topic.i = work % :topics
ORDER BY ruled.i
"""


async def make(path: Path, records: int, seed: int = 1) -> int:
    """Make the database; answers with the run's id, which is the newest."""
    await make_history(path, RUNS, seed)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    run, began, ended = connection.execute(
        "SELECT id, started_at, finished_at FROM run ORDER BY id DESC LIMIT 1"
    ).fetchone()
    courses = [title for subject in SUBJECTS for title in subject.titles]
    topics = [topic for subject in SUBJECTS for topic in subject.topics]
    connection.execute("CREATE TEMP TABLE name (list, i, name, PRIMARY KEY (list, i)) WITHOUT ROWID")
    for name, words in (("given", GIVEN), ("family", FAMILY), ("course", courses), ("topic", topics)):
        connection.executemany("INSERT INTO name VALUES (?, ?, ?)", _numbered(name, words))
    connection.execute("CREATE TEMP TABLE rule (is_score, upto, action, cause, details, http_status)")
    connection.executemany(
        "INSERT INTO rule VALUES (? = 'result', ?, ?, ?, ?, ?)",
        [
            (kind, upto, action, cause, json.dumps(details), http)
            for kind, upto, action, cause, details, http in _CAUSES
        ],
    )
    connection.execute("BEGIN")
    connection.execute(
        _RECORDS,
        {
            "records": records,
            "assignments": records // (_SECTION + 1),
            "courses": len(courses),
            "topics": len(topics),
            "run": run,
            "began": began,
            "ended": ended,
            "seed": seed,
        },
    )
    _tell(connection, run)
    connection.execute("COMMIT")
    connection.close()
    return int(run)


def _numbered(name: str, words: Iterable[str]) -> list[tuple[str, int, str]]:
    return [(name, number, word) for number, word in enumerate(words)]


def _tell(connection: sqlite3.Connection, run: int) -> None:
    """Let the run and its stages say what its records say."""
    counts = dict(connection.execute("SELECT action, count(*) FROM outcome WHERE run_id = ? GROUP BY 1", (run,)))
    sent = dict(
        connection.execute("SELECT kind, count(*) FROM outcome WHERE run_id = ? AND cause IS NULL GROUP BY 1", (run,))
    )
    counts |= {"assignments": sent["lineItem"], "scores": sent["result"], "scores_added": sent["result"]}
    problems = counts["blocked"] + counts["failed"]
    connection.execute(
        "UPDATE run SET status = 'Warning', stage = NULL, cause = NULL, note = '', counts = ?, scores = ?, problems = ?"
        " WHERE id = ?",
        (json.dumps(counts), sent["result"], problems, run),
    )
    connection.executemany(
        "INSERT INTO run_stage SELECT id, ?, started_at, finished_at, ?, ? FROM run WHERE id = ?",
        [(stage, sent["result"], sent["result"], run) for stage in Stage],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.perf_counter()
    run = asyncio.run(make(options.file, options.records, options.seed))
    print(f"run {run} with {options.records:,} records in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
