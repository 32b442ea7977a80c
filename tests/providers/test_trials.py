"""Staff try a model: on this machine for real, at services over real HTTP to the simulated ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import User
from billing.models import Cost
from echoes.kernel import clock
from echoes.kernel.storage import base as storages
from jobs import lifecycle
from jobs.states import State
from library import inventory, reconciling
from providers import access, trials
from providers.models import Model, Trial
from tests import factories
from tests.contracts.openai import fake as openai
from tests.contracts.replicate import fake as replicate
from tests.factories import services
from tests.jobs.made import HOSTILE, said, text
from tests.providers.conftest import browser, staff_with

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_models")]

Wait = Callable[[float], None]
Make = Callable[[], Trial]


def ask(client: Client, slug: str, words: str = "") -> Trial:
    """By the button on the model's page."""
    answer = client.post(reverse("providers:try_out", args=[slug]), {"words": words})
    found = Trial.objects.order_by("-created_at").first()
    assert found
    assert answer["Location"] == address(found)
    return found


def address(trial: Trial) -> str:
    return reverse("providers:trial", args=[trial.pk])


def seen(trial: Trial) -> Trial:
    return Trial.objects.get(pk=trial.pk)


@pytest.fixture
def goes_on(wait: Wait) -> Callable[..., None]:
    """Called with the service that it is for."""
    return lambda fake, *times, **how: services.goes_on(fake, wait, *times, **how)


@pytest.fixture
def service(settings: Any) -> Iterator[Any]:
    with services.connected_runway(settings, seconds=10) as fake:
        yield fake


class TestATrialOnThisMachine:
    def test_shows_a_film(self, robins: Client) -> None:
        services.install("local")
        trial = ask(robins, "local")
        factories.drain()
        page = robins.get(address(trial))
        assert (seen(trial).state, seen(trial).error_detail) == (State.SUCCEEDED, "")
        assert "<video src=" in text(page)
        assert storages.get("photos").exists(seen(trial).key)
        assert "Nothing: it is made on this machine." in said(page)

    def test_shows_a_picture_and_what_was_said(self, robins: Client) -> None:
        services.install("local-cutout")
        trial = ask(robins, "local-cutout")
        factories.drain()
        page = robins.get(address(trial))
        assert seen(trial).state == State.SUCCEEDED
        assert "<img src=" in text(page)
        assert "sure" in said(page)

    @pytest.mark.parametrize("slug", ["local-writer", "local-eyes", "local-moderation"])
    def test_shows_words(self, robins: Client, slug: str) -> None:
        services.install(slug)
        trial = ask(robins, slug)
        factories.drain()
        found = seen(trial)
        assert (found.state, found.error_detail) == (State.SUCCEEDED, "")
        assert found.said
        assert next(iter(found.said)) in said(robins.get(address(trial)))

    def test_is_followed_while_it_goes_on(self, robins: Client) -> None:
        services.install("local-eyes")
        trial = ask(robins, "local-eyes")
        page = robins.get(address(trial))
        assert 'hx-trigger="every 2s"' in text(page)
        factories.drain()
        part = robins.get(address(trial), headers={"HX-Request": "true"})
        assert text(part).lstrip().startswith('<div id="trial"')
        assert "hx-trigger" not in text(part)
        assert "<html" not in text(part)

    def test_may_be_of_a_model_that_people_do_not_see(self, robins: Client) -> None:
        services.install("local-eyes", is_on=False)
        trial = ask(robins, "local-eyes")
        factories.drain()
        assert seen(trial).state == State.SUCCEEDED


class TestATrialOfAService:
    def test_shows_the_film_and_what_was_asked_for_it(
        self, robins: Client, service: Any, goes_on: Callable[..., None]
    ) -> None:
        services.install("runway-gen4-turbo")
        trial = ask(robins, "runway-gen4-turbo", "the boat turns")
        goes_on(service)
        page = robins.get(address(trial))
        assert (seen(trial).state, seen(trial).error_detail) == (State.SUCCEEDED, "")
        assert "<video src=" in text(page)
        cost = Cost.objects.get(reference=f"trial:{trial.pk}")
        assert (cost.usd, cost.estimated, cost.delivered) == (Decimal("0.1"), False, True)
        assert "0.100000 asked by the service yes" in said(page)
        assert "the boat turns" in said(page)
        assert [call.json()["duration"] for route, call in service.calls if route == "create"] == [2]

    def test_says_what_is_expected_before_it_is_known(self, robins: Client, service: Any) -> None:
        services.install("runway-gen4-turbo")
        trial = ask(robins, "runway-gen4-turbo")
        factories.drain()
        assert "expected, at the most" in said(robins.get(address(trial)))

    def test_shows_what_went_wrong_in_the_words_of_the_service(
        self, robins: Client, service: Any, goes_on: Callable[..., None]
    ) -> None:
        services.install("runway-gen4-turbo")
        service.fault("create", "status", status=401)
        trial = ask(robins, "runway-gen4-turbo")
        goes_on(service, 10)
        page = robins.get(address(trial))
        assert seen(trial).error_code == "service_account"
        assert "Error: service_account" in said(page)
        assert seen(trial).error_detail
        assert not Cost.objects.exists()

    def test_answers_at_once_where_the_service_does(self, robins: Client, settings: Any) -> None:
        services.install("gpt-writer")
        with openai.running() as fake:
            settings.PROVIDERS = {**settings.PROVIDERS, "openai": (openai.KEY, fake.url)}
            trial = ask(robins, "gpt-writer")
            factories.drain()
        found = seen(trial)
        assert (found.state, found.error_detail) == (State.SUCCEEDED, "")
        assert found.said
        assert Cost.objects.get(reference=f"trial:{trial.pk}").usd > 0

    def test_shows_a_picture_of_replicates(
        self, robins: Client, settings: Any, goes_on: Callable[..., None]
    ) -> None:
        services.install("flux-schnell")
        with replicate.running(seconds=5) as fake:
            settings.PROVIDERS = {**settings.PROVIDERS, "replicate": (replicate.KEY, fake.url)}
            trial = ask(robins, "flux-schnell")
            goes_on(fake, 30)
        assert (seen(trial).state, seen(trial).error_detail) == (State.SUCCEEDED, "")
        assert "<img src=" in text(robins.get(address(trial)))

    def test_is_refused_where_the_service_is_not_connected(self, robins: Client) -> None:
        services.install("runway-gen4-turbo")
        page = robins.post(reverse("providers:try_out", args=["runway-gen4-turbo"]), follow=True)
        assert "Runway is not connected, so this model cannot be tried." in said(page)
        assert not Trial.objects.exists()


@pytest.fixture
def made(robin: User, tmp_path: Path) -> Callable[[], Trial]:
    """Trials that have made a film."""
    film = factories.footage(tmp_path / "film.mp4")

    def make() -> Trial:
        trial = lifecycle.enqueue(Trial(owner=robin, model="runway-gen4-turbo"), by=robin)
        key = f"{robin.pk}/trials/{trial.pk}.mp4"
        storages.get("photos").put(key, film)
        claimed = lifecycle.claim(trial, now=clock.now())
        return lifecycle.succeed(claimed, now=clock.now(), key=key)

    return make


class TestASample:
    def test_is_a_copy_that_people_see(self, made: Make, robins: Client) -> None:
        services.install("runway-gen4-turbo")
        trial = made()
        robins.post(reverse("providers:use_as_sample", args=[trial.pk]))
        sample = Model.objects.get().sample
        assert sample == f"samples/runway-gen4-turbo-{trial.pk.hex[:8]}.mp4"
        link = storages.get("photos").signed_url(sample, now=clock.now().timestamp())
        assert Client().get(link).status_code == 200
        assert sample in text(robins.get(reverse("admin:providers_model_change", args=["runway-gen4-turbo"])))
        assert LogEntry.objects.filter(change_message__startswith="Sample:").count() == 1

    def test_takes_the_place_of_the_one_before(self, made: Make, robins: Client) -> None:
        services.install("runway-gen4-turbo")
        kept = []
        for _ in range(2):
            robins.post(reverse("providers:use_as_sample", args=[made().pk]))
            kept.append(Model.objects.get().sample)
        store = storages.get("photos")
        assert [store.exists(key) for key in kept] == [False, True]

    def test_is_never_of_a_trial_that_made_none(self, robin: User, robins: Client) -> None:
        services.install("runway-gen4-turbo")
        trial = lifecycle.enqueue(Trial(owner=robin, model="runway-gen4-turbo"), by=robin)
        page = robins.post(reverse("providers:use_as_sample", args=[trial.pk]), follow=True)
        assert "has made no file" in said(page)
        assert Model.objects.get().sample == ""

    def test_stays_when_stores_and_rows_are_compared(
        self, made: Make, robin: User, robins: Client, wait: Wait, tmp_path: Path
    ) -> None:
        services.install("runway-gen4-turbo")
        trial = made()
        robins.post(reverse("providers:use_as_sample", args=[trial.pk]))
        store = storages.get("photos")
        store.put(f"{robin.pk}/trials/{uuid4()}.mp4", tmp_path / "film.mp4")
        wait(3 * 86_400)
        found = list(reconciling.everybody(now=clock.now()))
        assert [stored.key for one in found for _, stored in one.orphans] != []
        assert trial.key not in [stored.key for one in found for _, stored in one.orphans]
        for one in found:
            reconciling.mend(one, now=clock.now())
        assert store.exists(trial.key)
        assert store.exists(Model.objects.get().sample)


class TestTheInventory:
    def test_knows_what_a_trial_will_put_down(self, robin: User) -> None:
        trial = lifecycle.enqueue(Trial(owner=robin, model="local"), by=robin)
        kept = {(entry.key, entry.open) for entry in inventory.kept(robin.pk)}
        assert {(f"{robin.pk}/trials/{trial.pk}", True), (f"{robin.pk}/made/{trial.pk}", True)} <= kept

    def test_lets_a_trial_go_whose_file_is_gone(self, made: Make, robin: User) -> None:
        trial = made()
        entry = next(entry for entry in inventory.kept(robin.pk) if entry.key == trial.key)
        inventory.lost(entry, now=clock.now())
        assert not Trial.objects.exists()

    def test_follows_a_file_to_its_new_key(self, made: Make) -> None:
        trial = made()
        assert inventory.renamed("photos", old=trial.key, new="1/trials/new.mp4") == 1
        assert seen(trial).key == "1/trials/new.mp4"


class TestTheDoor:
    def test_is_shut_to_whoever_may_not(self, alice: User, robin: User) -> None:
        services.install("local")
        trial = trials.start(model="local", words="", by=robin, now=clock.now())
        paths = [
            reverse("providers:try_out", args=["local"]),
            reverse("providers:use_as_sample", args=[trial.pk]),
        ]
        for user in (alice, staff_with(access.VIEW)):
            client = browser(user)
            assert client.get(address(trial)).status_code == 403
            assert [client.post(path).status_code for path in paths] == [403, 403]
        assert Trial.objects.count() == 1

    def test_lets_those_look_who_may_look(self, robin: User) -> None:
        services.install("local")
        trial = trials.start(model="local", words="", by=robin, now=clock.now())
        client = browser(staff_with(access.SEE_TRIAL))
        assert client.get(address(trial)).status_code == 200
        assert client.post(reverse("providers:try_out", args=["local"])).status_code == 403

    def test_takes_no_act_that_is_only_looked_at(self, robins: Client) -> None:
        services.install("local")
        assert robins.get(reverse("providers:try_out", args=["local"])).status_code == 405

    def test_shows_what_a_service_said_as_words(self, robin: User, robins: Client) -> None:
        services.install("local-eyes")
        trial = lifecycle.enqueue(Trial(owner=robin, model="local-eyes", words=HOSTILE), by=robin)
        claimed = lifecycle.claim(trial, now=clock.now())
        lifecycle.succeed(claimed, now=clock.now(), said={"description": HOSTILE})
        page = text(robins.get(address(trial)))
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
