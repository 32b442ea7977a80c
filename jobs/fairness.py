"""Who is next: paid before free, then the owner with fewer jobs running, then the older job.

The tens of a priority count among all owners: what is paid for, what is not, what nobody waits for. Its ones
count only where owners have as much running: something short goes before something long, and takes no other
owner's turn.

Claims of one queue stand in line (an advisory lock that ends with the transaction), so that the limits hold
exactly however many workers there are. Of each kind the first row of owners who are not busy is read, and the
first row of each owner who is; only what an owner at the limit has in front of all others is passed over.

A job that a provider has counts as its owner's, though it holds no worker: otherwise each place that becomes
free would go to whoever asked for most. There may be many more of those, since nobody here waits for them.
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
from jobs.states import AT_PROVIDER, CLAIMABLE, LEASED, LIVE, Phase

SOON = 1  # the priority of what is short, and shows that something happens: it goes before long work
LINE = 0x_EC_40_E5  # the advisory lock's first number: ours among all users of the database

CLAIMABLE_STATES = ", ".join(f"'{state}'" for state in sorted(CLAIMABLE))
LIVE_STATES = ", ".join(f"'{state}'" for state in sorted(LIVE))
AWAY_PHASES = ", ".join(f"'{phase}'" for phase in sorted(AT_PROVIDER))
LEASED_STATES = ", ".join(f"'{state}'" for state in sorted(LEASED))


def stand_in_line(queue: str) -> None:
    """Hold until the transaction ends what only one claim of a queue may hold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LINE, queue])


def next_due(queue: str, *, now: datetime, full: Iterable[str] = ()) -> tuple[str, UUID] | None:
    """Kind and id of the job that should be carried next.

    What has to be sent to a service is not due while that rests, is switched off or is named as full, it or
    the lane ("service/lane"); nor is anything of a service that this process does not know.
    """
    values: dict[str, Any] = {"queue": queue, "now": now, "full": list(full)}
    values |= {"known": list(settings.REMOTE_SERVICES)}
    values |= {"busy_limit": settings.RUNNING_PER_OWNER, "away_limit": settings.AWAY_PER_OWNER}
    with connection.cursor() as cursor:
        cursor.execute(_query(), values)
        found: Any = cursor.fetchone()
    return (found[0], found[1]) if found else None


def _query() -> str:
    """`busy` counts the workers of this queue that an owner's jobs hold; `away` adds what providers have."""
    held = _owners(registry.models(), f"queue = %(queue)s AND state IN ({LEASED_STATES})")
    there = _owners(registry.remote_models(), f"phase IN ({AWAY_PHASES}) AND state IN ({LIVE_STATES})")
    firsts = " UNION ALL ".join(_firsts(model) for model in registry.models())
    count = "SELECT owner_id, count(*) AS running FROM"
    return f"""
        WITH held AS ({held}),
            there AS ({there}),
            busy AS ({count} held GROUP BY owner_id),
            away AS ({count} (TABLE held UNION ALL TABLE there) AS whole GROUP BY owner_id),
            shut AS (SELECT name FROM {_table(ServiceState)} WHERE resting_until > %(now)s OR switched_off)
        SELECT kind, id FROM ({firsts}) AS first
        ORDER BY floor(priority / 10.0) DESC, running, priority DESC, created_at, id LIMIT 1
        """  # noqa: S608 (names of tables and states; every value is a parameter)


def _owners(models: Iterable[type[Job]], where: str) -> str:
    """The owner of every such row; nothing of no kinds."""
    rows = [f"SELECT owner_id FROM {_table(model)} WHERE {where}" for model in models]  # noqa: S608
    return " UNION ALL ".join(rows) or "SELECT NULL::bigint AS owner_id WHERE false"


def _firsts(model: type[Job]) -> str:
    due = f"queue = %(queue)s AND state IN ({CLAIMABLE_STATES}) AND run_after <= %(now)s"
    if not issubclass(model, RemoteJob):
        return _first(model, due, among="busy")
    known = f"{due} AND (service = '' OR service = ANY(%(known)s))"
    unsent = f"(phase = '{Phase.NEW}' AND service <> '')"
    unclear = f"(phase = '{Phase.SUBMITTING}' AND service IN (SELECT name FROM shut))"  # noqa: S608
    packed = "service = ANY(%(full)s) OR service || '/' || lane = ANY(%(full)s)"
    takes = f"NOT ({packed} OR service IN (SELECT name FROM shut))"  # noqa: S608
    here = _first(model, f"{known} AND NOT {unsent} AND NOT {unclear}", among="busy")
    there = _first(model, f"{known} AND {unsent} AND {takes}", among="away")
    return f"{here} UNION ALL {there}"


def _first(model: type[Job], due: str, *, among: str) -> str:
    """Of what is due: the first row of owners with nothing running, and of each who is below the limit."""
    columns = f"'{model.kind}' AS kind, job.id, job.priority, job.created_at"
    order = "ORDER BY priority DESC, created_at LIMIT 1"
    return f"""
        (SELECT {columns}, 0 AS running FROM {_table(model)} AS job
         WHERE {due} AND NOT EXISTS (SELECT FROM {among} WHERE {among}.owner_id = job.owner_id) {order})
        UNION ALL
        (SELECT {columns}, {among}.running FROM {among} CROSS JOIN LATERAL
            (SELECT id, priority, created_at FROM {_table(model)}
             WHERE {due} AND owner_id = {among}.owner_id {order}) AS job
         WHERE {among}.running < %({among}_limit)s)
        """  # noqa: S608


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)
