from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests import cast


@pytest.fixture
def robin(db: Any) -> User:
    return cast.robin()


@pytest.fixture
def robins(robin: User) -> Client:
    client = Client()
    client.force_login(robin)
    return client
