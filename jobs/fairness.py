"""Who is next: paid before free, then the owner with fewer jobs running, then the older job.

Claims of one queue stand in line (an advisory lock that ends with the transaction), so that the limits hold
exactly however many workers there are. Looking costs much the same whether ten jobs wait or ten thousand: of
each kind, the first row of owners who are not busy is read, and the first row of each owner who is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Model

from jobs import registry
from jobs.models import Job, RemoteJob, ServiceState
from jobs.states import CLAIMABLE, LEASED, Phase

LINE = 0x_EC_40_E5  # the advisory lock's first number: ours among all users of the database

CLAIMABLE_STATES = ", ".join(f"'{state}'" for state in sorted(CLAIMABLE))
LEASED_STATES = ", ".join(f"'{state}'" for state in sorted(LEASED))


def stand_in_line(queue: str) -> None:
    """Hold until the transaction ends what only one claim of a queue may hold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LINE, queue])


def next_due(queue: str, *, now: datetime, full: Iterable[str] = ()) -> tuple[str, UUID] | None:
    """Kind and id of the job that should be carried next. What has to be sent to a service is not due while
    that rests, is switched off or is named as full."""
    values: dict[str, Any] = {"queue": queue, "now": now, "full": list(full)}
    values["limit"] = settings.RUNNING_PER_OWNER
    with connection.cursor() as cursor:
        cursor.execute(_query(), values)
        found: Any = cursor.fetchone()
    return (found[0], found[1]) if found else None


def _query() -> str:
    models = registry.models()
    running = " UNION ALL ".join(
        f"SELECT owner_id FROM {_table(model)} WHERE queue = %(queue)s AND state IN ({LEASED_STATES})"  # noqa: S608
        for model in models
    )
    firsts = " UNION ALL ".join(_firsts(model) for model in models)
    return f"""
        WITH busy AS (SELECT owner_id, count(*) AS running FROM ({running}) AS held GROUP BY owner_id),
            shut AS (SELECT name FROM {_table(ServiceState)} WHERE resting_until > %(now)s OR switched_off)
        SELECT kind, id FROM ({firsts}) AS first
        ORDER BY priority DESC, running, created_at, id LIMIT 1
        """  # noqa: S608 (names of tables and states; every value is a parameter)


def _firsts(model: type[Job]) -> str:
    """Of one kind: the first row of owners who have nothing running, and of each who has, below the limit."""
    due = f"queue = %(queue)s AND state IN ({CLAIMABLE_STATES}) AND run_after <= %(now)s"
    if issubclass(model, RemoteJob):
        closed = "service = ANY(%(full)s) OR service IN (SELECT name FROM shut)"
        due += f" AND NOT (phase = '{Phase.NEW}' AND ({closed}))"
    columns = f"'{model.kind}' AS kind, job.id, job.priority, job.created_at"
    order = "ORDER BY priority DESC, created_at LIMIT 1"
    return f"""
        (SELECT {columns}, 0 AS running FROM {_table(model)} AS job
         WHERE {due} AND NOT EXISTS (SELECT FROM busy WHERE busy.owner_id = job.owner_id) {order})
        UNION ALL
        (SELECT {columns}, busy.running FROM busy CROSS JOIN LATERAL
            (SELECT id, priority, created_at FROM {_table(model)}
             WHERE {due} AND owner_id = busy.owner_id {order}) AS job
         WHERE busy.running < %(limit)s)
        """  # noqa: S608


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)
