"""The landing page and the page of prices, as somebody sees them who is not signed in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from billing.models import Pack, Price, Reward
from billing.stripe import gateway
from compiler import films, showcases
from echoes.kernel import clock
from providers.models import Model
from tests import factories
from tests.factories import services


def said(client: Client, name: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", client.get(reverse(name)).text).split())


@pytest.mark.django_db
class TestPricing:
    def test_says_that_everything_is_free_where_no_service_is_connected(
        self, charlies: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        services.connect(monkeypatch)
        page = said(charlies, "pricing")
        assert "there is nothing to pay for" in page
        assert "What credits buy" not in page

    def test_tells_the_price_of_every_model_that_is_offered(
        self, charlies: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        services.install()
        services.connect(monkeypatch, "runway")
        Model.objects.filter(slug="runway-gen4-turbo").update(lengths=[2, 5, 10])
        Price.objects.update_or_create(model="runway-gen4-turbo", defaults={"credits": 3})
        page = said(charlies, "pricing")
        assert re.search(r"Gen-4 Turbo [^.]*?by Runway(?:; [^3]*)? 3 credits 6 credits about 45 s", page), (
            page
        )
        assert "Hailuo" not in page  # of a service that is not connected
        Price.objects.filter(model="runway-gen4-turbo").delete()
        assert "Gen-4 Turbo" not in said(charlies, "pricing")

    def test_says_no_where_a_model_makes_no_clip_as_long(
        self, charlies: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        services.install("runway-gen4-turbo", lengths=[5])
        Model.objects.exclude(slug="runway-gen4-turbo").delete()
        services.connect(monkeypatch, "runway")
        Price.objects.update_or_create(model="runway-gen4-turbo", defaults={"credits": 1})
        assert re.search(r"1 credit no about 45 s", said(charlies, "pricing"))

    def test_says_that_failures_give_credits_back(
        self, charlies: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        services.install()
        services.connect(monkeypatch, "replicate")
        page = said(charlies, "pricing")
        assert "they come back by themselves" in page
        assert "one redo of each AI clip for nothing" in page

    def test_shows_packs_only_where_they_can_be_bought(
        self, charlies: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        services.install()
        services.connect(monkeypatch, "replicate")
        Pack.objects.create(title="A good start", credits=10, amount=500, currency="usd")
        Reward.objects.update_or_create(pk=1, defaults={"signup": 4})
        page = said(charlies, "pricing")
        assert "Credits are not sold on this Echoes." in page
        assert "Everybody begins with 4 credits." in page
        monkeypatch.setattr(gateway, "is_on", lambda: True)
        page = said(charlies, "pricing")
        assert "A good start 10 credits" in page
        assert "$5.00" in page

    def test_takes_as_many_queries_for_all_models_as_for_one(
        self, charlies: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        services.connect(monkeypatch, "replicate", "runway")
        counts = []
        for only in (True, False):
            services.install()
            if only:
                Model.objects.exclude(slug="runway-gen4-turbo").delete()
            with CaptureQueriesContext(connection) as captured:
                charlies.get(reverse("pricing"))
            counts.append(len(captured))
        assert counts[0] == counts[1] <= 4

    def test_leads_whoever_is_signed_in_to_their_films(self, alices: Client) -> None:
        assert f'href="{reverse("projects:dashboard")}">To your films' in alices.get(reverse("pricing")).text


@pytest.mark.django_db(transaction=True)
class TestLanding:
    def test_shows_a_still_until_a_film_was_made_here(self, charlies: Client) -> None:
        page = charlies.get(reverse("landing")).text
        assert '<img class="showcase__still"' in page
        assert "<video" not in page
        assert 'rel="preload"' in page
        assert reverse("pricing") in page

    def test_shows_the_film_and_plays_nothing_by_itself(
        self, alice: User, charlies: Client, tmp_path: Path
    ) -> None:
        film = factories.film(tmp_path, project=factories.project(by=alice, title="A week outdoors"))
        showcases.show(film)
        answer = charlies.get(reverse("landing"))
        video = re.search(r"<video[^>]*>", answer.text)
        assert video
        assert 'preload="none"' in video[0]
        assert "autoplay" not in video[0]
        url = re.search(r'src="([^"]+)"', video[0])
        assert url
        assert charlies.get(url[1].replace("&amp;", "&")).status_code == 200
        assert "“A week outdoors”: 2 pictures, 0:03 with music." in said(charlies, "landing")

    def test_does_not_show_a_film_that_was_removed(
        self, alice: User, charlies: Client, tmp_path: Path
    ) -> None:
        film = factories.film(tmp_path, project=factories.project(by=alice))
        showcases.show(film)
        films.remove(film=film, by=alice, now=clock.now())
        assert showcases.current(now=clock.now()) is None
        assert "<video" not in charlies.get(reverse("landing")).text

    def test_tells_of_services_where_there_are_some(
        self, charlies: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        services.connect(monkeypatch)
        assert "they never leave this machine" in said(charlies, "landing")
        services.connect(monkeypatch, "runway")
        assert "they never leave this machine" not in said(charlies, "landing")


def test_the_still_is_small() -> None:
    assert (settings.ROOT / "static" / "pictures" / "dusk-kite.webp").stat().st_size < 40_000
