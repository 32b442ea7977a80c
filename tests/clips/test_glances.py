"""Ideas from a closer look: asked for by a person, once, seen live; never of a photo that is never sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from clips import clips, exports, glances, leaving
from clips.models import Clip, Glance
from echoes.kernel import clock
from jobs.states import State
from providers import consent
from providers.models import Disclosure, Model
from tests import factories
from tests.contracts.openai import fake
from tests.contracts.openai.fake import OpenAI
from tests.factories import services

pytestmark = pytest.mark.django_db(transaction=True)
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def openai(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[OpenAI]:
    services.install("gpt-eyes", "local-eyes")
    with fake.running() as running:
        services.connect(monkeypatch, "openai", url=running.url, key=fake.KEY)
        yield running


@pytest.fixture
def clip(alice: User, tmp_path: Path) -> Clip:
    """A clip whose photo can be read; its first take is not made."""
    project = factories.project(by=alice)
    asset = factories.photo(tmp_path, by=alice)
    return clips.add(project=project, asset=asset, by=alice, now=clock.now())


def address(clip: Clip) -> str:
    return reverse("clips:ideas", args=[clip.pk])


def test_offers_a_look_and_says_to_whom_the_photo_goes(clip: Clip, openai: OpenAI, alices: Client) -> None:
    page = " ".join(alices.get(address(clip), headers=FRAGMENT).text.split())
    assert "Ideas from a closer look" in page
    assert "goes to OpenAI for it" in page
    assert "Zoom" in page
    assert not Glance.objects.exists()


def test_shows_what_was_seen_when_it_has_been_seen(
    alice: User, clip: Clip, openai: OpenAI, alices: Client
) -> None:
    waiting = alices.post(address(clip), headers=FRAGMENT).text
    glance = Glance.objects.get()
    assert f'data-live="glance:{glance.pk}"' in waiting
    assert "Looking at the photo" in waiting
    alices.post(address(clip), headers=FRAGMENT)
    factories.drain()
    glance.refresh_from_db()
    assert (glance.state, glance.seen_by) == (State.SUCCEEDED, "gpt-eyes"), glance.error_detail
    page = alices.get(address(clip), headers=FRAGMENT).text
    assert all(idea in page for idea in glance.ideas)
    assert glance.description in page
    assert "OpenAI sees:" in page
    assert "data-live" not in page
    sent = Disclosure.objects.get(provider="openai")
    assert (sent.reference, sent.asset, sent.project) == (
        f"glance:{glance.pk}",
        clip.asset_id,
        clip.project_id,
    )
    assert alices.post(address(clip), headers=FRAGMENT).status_code == 200
    assert Glance.objects.count() == 1
    took = {item.name: item.text for item in exports.owned(user=alice)}
    assert glance.ideas[0] in took["ideas.json"]
    leaving.forget(user=alice, now=clock.now())
    assert not Glance.objects.exists()


def test_looks_by_itself_once_somebody_knows_to_whom_the_photo_goes(
    alice: User, clip: Clip, openai: OpenAI, alices: Client
) -> None:
    assert "toggle once" not in alices.get(address(clip), headers=FRAGMENT).text
    Disclosure.objects.create(owner=alice, provider="openai", model="gpt-eyes", reference="glance:x")
    page = alices.get(address(clip), headers=FRAGMENT).text
    assert 'hx-trigger="toggle once from:closest .sheet"' in page
    assert "closer look" not in page


def test_without_script_leads_back_to_the_project(clip: Clip, openai: OpenAI, alices: Client) -> None:
    answer = alices.post(address(clip))
    assert answer["Location"] == reverse("projects:show", args=[clip.project_id])
    assert Glance.objects.count() == 1


def test_a_photo_that_is_never_sent_is_not_looked_at(
    alice: User, clip: Clip, openai: OpenAI, alices: Client
) -> None:
    consent.withhold(owner=alice, what=consent.ASSET, subject=clip.asset_id, now=clock.now())
    page = alices.post(address(clip), headers=FRAGMENT).text
    assert "closer look" not in page
    assert not Glance.objects.exists()


def test_what_is_forbidden_while_it_waits_is_not_sent(
    alice: User, clip: Clip, openai: OpenAI, alices: Client
) -> None:
    alices.post(address(clip), headers=FRAGMENT)
    consent.withhold(owner=alice, what=consent.ASSET, subject=clip.asset_id, now=clock.now())
    factories.drain()
    assert openai.calls == []
    assert Glance.objects.get().seen_by == "local-eyes"


def test_one_that_this_machine_did_instead_may_be_asked_for_again_later(
    alice: User, clip: Clip, openai: OpenAI, wait: Callable[[float], None]
) -> None:
    openai.fault("responses", "rate_limit")
    first = glances.ask(clip=clip, by=alice, now=clock.now())
    assert first
    factories.drain()
    first.refresh_from_db()
    assert first.seen_by == "local-eyes", first.error_detail
    assert glances.ask(clip=clip, by=alice, now=clock.now()) == first
    wait(4_000)
    again = glances.ask(clip=clip, by=alice, now=clock.now())
    assert again
    assert again.pk != first.pk
    factories.drain()
    again.refresh_from_db()
    assert again.seen_by == "gpt-eyes"


def test_one_that_nobody_could_do_is_told(
    alice: User, clip: Clip, openai: OpenAI, alices: Client, wait: Callable[[float], None]
) -> None:
    Model.objects.filter(slug="local-eyes").delete()
    openai.fault("responses", "quota", times=9)
    alices.post(address(clip), headers=FRAGMENT)
    factories.drain()
    assert Glance.objects.get().state == State.FAILED
    page = alices.get(address(clip), headers=FRAGMENT).text
    assert "Nobody could look closer just now." in page
    assert "Ideas from a closer look" not in page
    wait(4_000)
    assert "toggle once" in alices.get(address(clip), headers=FRAGMENT).text


def test_there_is_none_where_no_service_has_eyes(alice: User, clip: Clip, alices: Client) -> None:
    assert glances.ask(clip=clip, by=alice, now=clock.now()) is None
    assert "closer look" not in alices.get(address(clip), headers=FRAGMENT).text
