from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from billing import ledger, reconcile
from billing.models import Account, Pack
from tests import cast
from tests.contracts.stripe import fake
from tests.contracts.stripe.fake import Fake


@pytest.fixture(autouse=True)
def _jobs_of_the_lab_live(settings: Any) -> None:
    settings.HOLDERS = {**settings.HOLDERS, "lab": "tests.billing.made.all_live"}


@pytest.fixture(autouse=True)
def _books_agree(request: pytest.FixtureRequest, _jobs_of_the_lab_live: None) -> Iterator[None]:
    """After every test the books agree; one that spoils them on purpose says so."""
    if not request.node.get_closest_marker("django_db"):
        yield
        return
    request.getfixturevalue("db")
    yield
    if not request.node.get_closest_marker("spoils_the_books"):
        assert reconcile.differences() == []


@pytest.fixture
def robin(db: Any) -> User:
    return cast.robin()


@pytest.fixture
def robins(robin: User) -> Client:
    client = Client()
    client.force_login(robin)
    return client


@pytest.fixture
def account(alice: User) -> Account:
    return ledger.account_of(alice)


@pytest.fixture
def stripe(settings: Any) -> Iterator[Fake]:
    """A Stripe of ours, and buying switched on."""
    with fake.running() as running:
        settings.STRIPE_SECRET_KEY = fake.KEY
        settings.STRIPE_WEBHOOK_SECRETS = [fake.SECRET]
        settings.STRIPE_API_BASE = running.url
        yield running
        assert running.complaints == []


@pytest.fixture
def pack(db: Any) -> Pack:
    """The packs that a new Echoes has are gone where tables are emptied between tests."""
    Pack.objects.all().delete()
    Pack.objects.create(title="Thirty", credits=30, amount=1200, currency="usd")
    return Pack.objects.create(title="Ten", credits=10, amount=500, currency="usd")


@pytest.fixture
def balance() -> Callable[[Account], int]:
    def now(account: Account) -> int:
        account.refresh_from_db()
        return account.balance

    return now
