"""What the clock asks of services, and what staff are warned of."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from billing import costs
from billing.models import Price
from echoes.kernel import clock
from jobs import lifecycle
from providers import alerts, facts, housekeeping
from providers.models import Alert, Cap, Disclosure, Model, ServiceFact, Trial
from tests.contracts.openai import fake as openai
from tests.contracts.runway import fake as runway
from tests.factories import services
from tests.jobs.made import said

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_models")]

Wait = Callable[[float], None]


def told() -> list[str]:
    return alerts.sentences(now=clock.now())


def spend(usd: str, *, user: Any = None, project: Any = None, days_ago: int = 0) -> None:
    costs.expect(
        reference=f"take:{uuid4()}",
        charge="1",
        model="m",
        usd=Decimal(usd),
        user=user,
        project=project,
        now=clock.now() - timedelta(days=days_ago),
    )


@pytest.fixture
def service(settings: Any) -> Iterator[Any]:
    with runway.running() as fake:
        settings.PROVIDERS = {**settings.PROVIDERS, "runway": (runway.KEY, fake.url)}
        yield fake


class TestWhatServicesSay:
    def test_is_asked_and_kept(self, service: Any) -> None:
        facts.ask(now=clock.now())
        assert facts.balances().get("runway") == Decimal(service.credits) / 100
        assert facts.balances().get("openai") is None

    def test_is_not_asked_again_at_once(self, service: Any, wait: Wait) -> None:
        for seconds, asked in ((0, 1), (600, 1), (3_000, 2)):
            wait(seconds)
            facts.ask(now=clock.now())
            assert service.asked["organization"] == asked

    def test_stands_while_a_service_does_not_answer(
        self, service: Any, wait: Wait, caplog: pytest.LogCaptureFixture
    ) -> None:
        facts.ask(now=clock.now())
        known = facts.balances().get("runway")
        wait(7_200)
        service.fault("organization", "status", status=503, times=9)
        with caplog.at_level(logging.WARNING):
            housekeeping.sweep(now=clock.now())
        assert "Runway did not tell its balance" in caplog.text
        assert facts.balances().get("runway") == known
        fact = ServiceFact.objects.get()
        assert fact.at is not None
        assert fact.asked_at > fact.at

    def test_is_nothing_while_it_never_answered(self, service: Any) -> None:
        service.fault("organization", "html", times=9)
        housekeeping.sweep(now=clock.now())
        assert facts.balances().get("runway") is None
        assert ServiceFact.objects.get().at is None

    def test_is_not_asked_where_nothing_is_connected(self) -> None:
        housekeeping.sweep(now=clock.now())
        assert not ServiceFact.objects.exists()

    def test_dates_the_models_that_are_switched_off(self, settings: Any) -> None:
        services.install("gpt-writer", "gpt-ears", "wan-22-fast")
        ends = openai.MODELS["gpt-4o-mini"]["ends"]
        Model.objects.exclude(pk="gpt-ears").update(wire="gpt-4o-mini")
        with openai.running() as fake:
            settings.PROVIDERS = {**settings.PROVIDERS, "openai": (openai.KEY, fake.url)}
            facts.ask(now=clock.now())
        assert Model.objects.get(pk="gpt-writer").retires_on == date.fromisoformat(ends)
        assert Model.objects.get(pk="gpt-ears").retires_on is None
        assert Model.objects.get(pk="wan-22-fast").retires_on is None


class TestStaffAreWarned:
    @pytest.mark.parametrize(
        ("days", "words"),
        [(61, ""), (60, "in 60 days."), (1, "in 1 day."), (0, "today."), (-3, "already.")],
    )
    def test_of_a_model_that_goes(self, monkeypatch: pytest.MonkeyPatch, days: int, words: str) -> None:
        services.connect(monkeypatch, "openai")
        day = clock.now().date() + timedelta(days=days)
        services.install("gpt-writer", retires_on=day)
        assert told() == (
            [f"OpenAI switches GPT-6 Luna (gpt-writer) off on {day.day} {day:%b %Y}, {words}"]
            if words
            else []
        )

    def test_not_of_one_that_is_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        services.connect(monkeypatch, "openai")
        services.install("gpt-writer", retires_on=clock.now().date(), is_on=False)
        assert told() == []

    @pytest.mark.parametrize(("left", "warned"), [("9.99", True), ("10", False)])
    def test_of_a_balance_that_is_low(self, monkeypatch: pytest.MonkeyPatch, left: str, warned: bool) -> None:
        services.connect(monkeypatch, "runway")
        now = clock.now()
        ServiceFact.objects.create(
            provider="runway", what="balance", said={"usd": left}, at=now, asked_at=now
        )
        assert told() == (["Runway has 9.99 USD left of ours."] if warned else [])

    def test_of_a_model_that_nobody_can_buy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        services.connect(monkeypatch, "runway", "openai")
        services.install("runway-gen4-turbo", "gpt-writer", "local")
        assert told() == []
        Price.objects.all().delete()
        assert told() == [
            "Runway Gen-4 Turbo (runway-gen4-turbo) is on and has no price in credits, so it is offered to "
            "nobody."
        ]

    def test_of_a_service_without_a_key_beside_one_that_has_one(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        services.install("runway-gen4-turbo", "runway-gen45", "gpt-writer")
        assert told() == []
        services.connect(monkeypatch, "runway")
        assert told() == ["OpenAI is not connected, and a model of it is on."]

    def test_of_a_service_that_has_lost_its_key(self, alice: User) -> None:
        services.install("runway-gen4-turbo", "runway-gen45")
        sent = Disclosure.objects.create(
            owner=alice, provider="runway", model="m", reference="take:1", simulated=True
        )
        assert told() == []
        Disclosure.objects.filter(pk=sent.pk).update(simulated=False)
        assert told() == ["Runway is not connected, and 2 models of it are on."]

    def test_of_a_service_that_takes_nothing_of_us(self, robin: User, wait: Wait) -> None:
        self.refused(robin)
        (sentence,) = told()
        assert sentence.startswith("Runway took nothing of our account at ")
        wait(86_401)
        assert told() == []

    def test_no_more_when_it_has_made_something_since(self, robin: User, wait: Wait) -> None:
        self.refused(robin)
        wait(60)
        trial = lifecycle.enqueue(Trial(owner=robin, model="m", service="runway"), by=robin)
        claimed = lifecycle.claim(trial, now=clock.now())
        lifecycle.succeed(claimed, now=clock.now(), said={"a": 1})
        assert told() == []

    def refused(self, robin: User) -> None:
        trial = lifecycle.enqueue(Trial(owner=robin, model="m", service="runway"), by=robin)
        claimed = lifecycle.claim(trial, now=clock.now())
        lifecycle.fail(claimed, code="service_account", message="No.", detail="401", now=clock.now())

    def test_of_limits_that_are_nearly_reached(self, alice: User, bob: User) -> None:
        project = uuid4()
        spend("8.00", user=alice, project=project)
        spend("8.01", user=bob)
        spend("500", user=bob, days_ago=31)
        Cap.objects.create(scope="all", usd=100)
        each = Cap.objects.create(scope="person", usd=10)
        own = Cap.objects.create(scope="person", usd=9, user=alice)
        Cap.objects.create(scope="project", usd=10)
        assert told() == [
            "Limit of one person: 8.00 of 9.00 USD are spent in 30 days.",
            "Limit of each person: 8.01 of 10.00 USD are spent in 30 days.",
        ]
        each.delete()
        own.delete()
        Cap.objects.filter(scope="project").update(usd=Decimal("9.99"))
        Cap.objects.filter(scope="all").update(usd=Decimal("20"))
        assert told() == [
            "Limit of the whole installation: 16.01 of 20.00 USD are spent in 30 days.",
            "Limit of each project: 8.00 of 9.99 USD are spent in 30 days.",
        ]


class TestAnAlert:
    def test_is_logged_once(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, wait: Wait
    ) -> None:
        services.connect(monkeypatch, "runway")
        services.install("runway-gen4-turbo", retires_on=clock.now().date() + timedelta(days=10))
        alerts.look(now=clock.now())
        since = Alert.objects.get().since
        wait(86_400)
        alerts.look(now=clock.now())
        logged = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
        assert len(logged) == 1
        assert "in 10 days" in logged[0]
        assert (Alert.objects.get().since, "in 9 days" in Alert.objects.get().text) == (since, True)

    def test_is_forgotten_when_it_is_over_and_logged_again_when_it_comes_back(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        services.connect(monkeypatch, "runway")
        services.install("runway-gen4-turbo")
        for exists in (False, True, False):
            Price.objects.all().delete()
            if exists:
                Price.objects.create(model="runway-gen4-turbo", credits=2)
            alerts.look(now=clock.now())
            assert Alert.objects.count() == (0 if exists else 1)
        assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 2

    def test_stands_on_the_page_of_jobs(self, robins: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        services.connect(monkeypatch, "runway")
        services.install("runway-gen4-turbo")
        assert "Nothing is overdue." in said(robins.get(reverse("jobs:overview")))
        Price.objects.all().delete()
        assert "has no price in credits" in said(robins.get(reverse("jobs:overview")))

    def test_costs_no_more_questions_with_many_models(
        self, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
    ) -> None:
        services.connect(monkeypatch, "runway", "replicate", "openai")
        services.install()
        Cap.objects.create(scope="all", usd=1)
        with django_assert_max_num_queries(20):
            told()
