"""Django's `flush`, as it is called after each test with transactions of its own, a hundred times faster.

Django truncates every table, which makes a file for each of them and their indexes, and then makes all
permissions anew. Most tests leave rows in a handful of tables: here only those are emptied, and what the
migrations said of models and permissions stays. As TRUNCATE does, it waits for whoever still has a
transaction open, and asks no trigger (an entry of the ledger may never be deleted).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.management.commands import flush
from django.db import connection, transaction

KEPT = ("django_content_type", "auth_permission")


class Command(flush.Command):
    def handle(self, **options: Any) -> None:
        """Whose role may not switch triggers off, or who finds other permissions, gets Django's own."""
        if _may_switch_triggers_off() and _kept() == _kept_at_first():
            _empty()
            ContentType.objects.clear_cache()
        else:
            super().handle(**options)
            _kept_at_first.cache_clear()


def _empty() -> None:
    tables = _tables()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
        looks = (f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables)  # noqa: S608
        cursor.execute(" UNION ALL ".join(looks))
        filled = [table for (table,) in cursor.fetchall()]
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(";".join(f"DELETE FROM {table}" for table in filled))  # noqa: S608


@cache
def _tables() -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return [connection.ops.quote_name(name) for name in sorted(names) if name not in KEPT]


@cache
def _may_switch_triggers_off() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


@cache
def _kept_at_first() -> list[tuple[int, int]]:
    return _kept()


def _kept() -> list[tuple[int, int]]:
    """How many rows, and which is the last: none was added, none is gone."""
    counts = " UNION ALL ".join(f"SELECT count(*), max(id) FROM {table}" for table in KEPT)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(counts)
        return list(cursor.fetchall())
