"""The list of what was sent: complete, whoever asks, however long it is."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from clips.models import Clip, Glance
from echoes.kernel import clock
from library import exports, sent
from library.models import Asset
from providers import consent
from providers.models import Disclosure
from tests import factories
from tests.clips.test_budget import bare
from tests.factories import services

pytestmark = pytest.mark.django_db(transaction=True)
FRAGMENT = {"HX-Request": "true"}


def told(clip: Clip, number: int = 0, **fields: Any) -> Disclosure:
    """A photo that went to Runway, some minutes ago."""
    known: dict[str, Any] = {
        "provider": "runway",
        "model": "runway-gen4-turbo",
        "asset": clip.asset_id,
        "project": clip.project_id,
        "reference": f"take:{uuid.uuid4()}",
        "at": clock.now() - timedelta(minutes=number),
    }
    return Disclosure.objects.create(owner=clip.project.owner, **(known | fields))


def page(client: Client, **query: str) -> str:
    answer = client.get(reverse("library:sent"), query)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


@pytest.fixture
def clip(alice: User) -> Clip:
    services.install()
    return bare(factories.project(by=alice, title="Summer"), 1)


class TestPage:
    def test_says_which_photo_went_to_whom_for_what_and_with_which_words(
        self, clip: Clip, alices: Client
    ) -> None:
        glance = Glance.objects.create(
            owner=clip.project.owner, asset=clip.asset, project=clip.project, model="gpt-eyes"
        )
        told(clip, words="waves <b>roll</b> in", simulated=True, reference=f"glance:{glance.pk}")
        found = page(alices)
        assert "1.jpg" in found
        assert "Runway" in found
        assert "Ideas for its motion by Runway Gen-4 Turbo" in found
        assert f"{reverse('projects:show', args=[clip.project_id])}#clip-{clip.pk}" in found
        assert "Summer" in found
        assert "waves &lt;b&gt;roll&lt;/b&gt; in" in found
        assert "simulated" in found

    def test_keeps_what_went_of_a_photo_that_was_removed(self, clip: Clip, alices: Client) -> None:
        told(clip, asset=uuid.uuid4())
        told(clip, asset=None, words="only these")
        found = page(alices)
        assert sent.REMOVED in found
        assert sent.WORDS in found
        assert "Never again" not in found

    def test_shows_nothing_of_others(self, bob: User, clip: Clip, bobs: Client) -> None:
        told(clip)
        assert "1.jpg" not in page(bobs)

    def test_of_somebody_of_whom_nothing_was_sent_explains_itself(
        self, alice: User, alices: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "No AI service is connected here" in page(alices)
        services.connect(monkeypatch, "runway")
        assert "only when you ask for AI motion" in page(alices)

    def test_goes_on_where_it_stopped_though_more_comes_and_many_went_at_one_moment(
        self, alice: User, clip: Clip
    ) -> None:
        at = clock.now()
        ids = {told(clip, at=at).pk for _ in range(sent.PAGE + 5)}
        first = sent.page(alice, now=clock.now())
        told(clip)
        rest = sent.page(alice, before=first.older, now=clock.now())
        assert {line.id for line in first.lines} | {line.id for line in rest.lines} == ids
        assert (len(first.lines), len(rest.lines), rest.older) == (sent.PAGE, 5, "")

    @pytest.mark.parametrize(
        "before", ["x", "1", "-1", "99999999999999999999999-1", "1-x", "٣-٣", "1-" + "9" * 30]
    )
    def test_begins_at_the_start_or_is_empty_where_the_cursor_makes_no_sense(
        self, clip: Clip, alices: Client, before: str
    ) -> None:
        told(clip)
        assert page(alices, before=before)

    def test_takes_no_more_queries_for_a_full_page(self, clip: Clip, alices: Client) -> None:
        counts = []
        for numbers in (range(1), range(1, 40)):
            for number in numbers:
                glance = Glance.objects.create(
                    owner=clip.project.owner,
                    asset=bare(clip.project, 100 + number).asset,
                    project=clip.project,
                    model="gpt-eyes",
                )
                told(clip, number, asset=glance.asset_id, reference=f"glance:{glance.pk}")
            with CaptureQueriesContext(connection) as captured:
                page(alices)
            counts.append(len(captured))
        assert counts[0] == counts[1]


class TestNeverAgain:
    def test_is_one_click_and_can_be_taken_back(self, alice: User, clip: Clip, alices: Client) -> None:
        told(clip)
        address = reverse("library:withhold", args=[clip.asset_id])
        answer = alices.post(address, {"never": "1", "before": ""})
        assert answer["Location"] == reverse("library:sent")
        assert consent.withheld(owner=alice, subjects=[clip.asset_id]) == {clip.asset_id}
        assert "Never sent again" in page(alices)
        alices.post(address, {"never": "0", "before": "1-1"})
        assert consent.withheld(owner=alice, subjects=[clip.asset_id]) == set()

    def test_is_for_ones_own_photos(self, clip: Clip, bobs: Client) -> None:
        address = reverse("library:withhold", args=[clip.asset_id])
        assert bobs.post(address, {"never": "1"}).status_code == 404


def test_a_part_of_the_settings_counts_photos_by_service(clip: Clip, alices: Client) -> None:
    address = reverse("library:sent_summary")
    assert alices.get(address)["Location"] == reverse("library:sent")
    assert "No AI service is connected" in alices.get(address, headers=FRAGMENT).text
    told(clip)
    told(clip, asset=Asset.objects.get().pk)
    assert "1 photo<" in alices.get(address, headers=FRAGMENT).text
    assert address in alices.get(reverse("accounts:settings")).text


def test_it_is_taken_along(alice: User, clip: Clip) -> None:
    told(clip, words="waves")
    consent.withhold(owner=alice, what=consent.ASSET, subject=clip.asset_id, now=clock.now())
    found = {item.name: item.text for item in exports.items(alice)}
    (row,) = json.loads(found["sent.json"])
    assert (row["photo"], row["to"], row["words"]) == ("1.jpg", "Runway", "waves")
    assert json.loads(found["never_sent.json"])[0]["id"] == str(clip.asset_id)


def test_pages_say_which_services_are_simulated(
    alices: Client, charlies: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Simulated AI services" not in alices.get(reverse("accounts:settings")).text
    services.connect(monkeypatch, "runway", "openai", url="http://127.0.0.1:1")
    for found in (alices.get(reverse("accounts:settings")), charlies.get(reverse("landing"))):
        assert "Simulated AI services:</b> Runway, OpenAI. Their results are stand-ins." in found.text
    services.connect(monkeypatch, "runway", url="https://runway.example")
    assert "Simulated AI services" not in alices.get(reverse("accounts:settings")).text
