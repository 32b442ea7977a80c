from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from billing.models import Price
from providers.models import Model
from tests import cast


@pytest.fixture
def robin(db: Any) -> User:
    return cast.robin()


@pytest.fixture
def robins(robin: User) -> Client:
    return browser(robin)


@pytest.fixture
def no_models(db: Any) -> None:
    """The first test of a run finds the rows that migrations wrote; all others find none."""
    Model.objects.all().delete()
    Price.objects.all().delete()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def staff_with(*permissions: str) -> User:
    """A member of staff who has these permissions and no other."""
    user = User.objects.create_user(f"{uuid4().hex[:8]}@example.org", cast.PASSWORD, is_staff=True)
    names = [permission.split(".")[1] for permission in permissions]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user
