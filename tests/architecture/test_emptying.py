"""What stands between a test and what the one before it left: see tests/lab/management/commands/flush.py."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from billing import ledger
from billing.models import Entry
from billing.movements import Kind
from echoes.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = {Permission, ContentType}


def empty() -> None:
    call_command("flush", verbosity=0, interactive=False, reset_sequences=False)


def test_leaves_no_row_even_of_the_ledger(alice: User) -> None:
    account = ledger.account_of(alice)
    ledger.grant(account=account, kind=Kind.SHARE, amount=3, reference="x", now=clock.now())
    assert Entry.objects.exists()
    for _ in range(2):
        empty()
        models = set(apps.get_models(include_auto_created=True)) - KEPT
        assert [model for model in models if model._base_manager.exists()] == []


def test_keeps_all_permissions_as_they_are() -> None:
    before = set(Permission.objects.values_list("pk", "codename", "content_type__model"))
    empty()
    assert set(Permission.objects.values_list("pk", "codename", "content_type__model")) == before


def test_brings_back_a_permission_that_is_gone() -> None:
    names = set(Permission.objects.values_list("codename", "content_type__model"))
    empty()
    Permission.objects.first().delete()  # type: ignore[union-attr]
    empty()
    assert set(Permission.objects.values_list("codename", "content_type__model")) == names


def test_still_guards_the_ledger_afterwards() -> None:
    empty()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('session_replication_role')")
        assert cursor.fetchone() == ("origin",)
