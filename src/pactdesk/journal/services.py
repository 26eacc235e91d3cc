"""Writing facts down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from psycopg.types.json import Jsonb

from pactdesk.journal.facts import Fact
from pactdesk.kernel.database import execute

Listener = Callable[[int], None]
_listeners: dict[str, tuple[Listener, ...]] = {}

# One job stands for the fact; the worker makes one of it for each listener. The submitting transaction so pays for one
# row, however many listen.
_RECORD = """
WITH fact AS (
  INSERT INTO journal_fact (code, subject_type, subject_id, at, actor_id, payload)
  VALUES (%s, %s, %s, %s, %s, %s) RETURNING id
)
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
  'facts', 'pactdesk.journal.tasks.fan_out', 0, NULL, NULL, jsonb_build_object('fact_id', fact.id), NULL
)]::procrastinate_job_to_defer_v1[])
FROM fact
"""


def record(fact: Fact, *, actor_id: int | None, at: datetime) -> None:
    """Write `fact` down and queue its delivery, in the caller's transaction (both or neither)."""
    execute(_RECORD, (fact.code, fact.subject_type, fact.subject_id, at, actor_id, Jsonb(fact.payload())))


_RECORD_ALL = """
WITH fact AS (
  INSERT INTO journal_fact (code, subject_type, subject_id, at, actor_id, payload)
  SELECT each_one.code, each_one.subject_type, each_one.subject_id, %s, %s, each_one.payload
  FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::jsonb[])
    AS each_one (code, subject_type, subject_id, payload)
  RETURNING id
)
SELECT procrastinate_defer_jobs_v1(array_agg(ROW(
  'facts', 'pactdesk.journal.tasks.fan_out', 0, NULL, NULL, jsonb_build_object('fact_id', fact.id), NULL
)::procrastinate_job_to_defer_v1))
FROM fact
"""


def record_all(facts: Sequence[Fact], *, actor_id: int | None, at: datetime) -> None:
    """Like `record`, for many facts of one moment in one statement. Nothing is done where there are none."""
    if facts:
        execute(
            _RECORD_ALL,
            (
                at,
                actor_id,
                [fact.code for fact in facts],
                [fact.subject_type for fact in facts],
                [fact.subject_id for fact in facts],
                [Jsonb(fact.payload()) for fact in facts],
            ),
        )


def listen(table: Mapping[str, Sequence[Listener]]) -> None:
    """Set who is told of which fact code. A listener takes the id of the fact and only queues work of its own."""
    _listeners.clear()
    _listeners.update({code: tuple(listeners) for code, listeners in table.items()})


def listeners_of(code: str) -> tuple[Listener, ...]:
    """Those who are told of facts with this code, in the order of the wiring."""
    return _listeners.get(code, ())
