from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests import cast

CODE = re.compile(r"^([A-Z0-9]{4}-[A-Z0-9]{4})$", re.MULTILINE)


@pytest.fixture(autouse=True)
def nothing_counted() -> Callable[[], None]:
    """What earlier tests tried too often is not held against this one."""
    _forget()
    return _forget


def _forget() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        for key in client.scan_iter("*allauth:rl:*"):
            client.delete(key)


@pytest.fixture
def robin(db: Any) -> User:
    return cast.robin()


@pytest.fixture
def robins(robin: User) -> Client:
    client = Client()
    client.force_login(robin)
    return client


def mailed_code() -> str:
    """The code in the last mail."""
    found = CODE.search(str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]


def prove(client: Client) -> None:
    """Give the password once more, as before whatever only its owner should do."""
    answer = client.post(reverse("account_reauthenticate"), {"password": cast.PASSWORD})
    assert answer.status_code == 302
