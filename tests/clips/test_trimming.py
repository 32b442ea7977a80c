from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from clips import trimming
from clips.models import Clip, Take
from compiler import films, queries
from echoes.kernel import clock
from tests import factories
from tests.clips.test_choice import FRAGMENT, bare, ready

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clip(alice: User) -> Clip:
    """Of two seconds at 24 frames each."""
    made = ready(bare(factories.project(by=alice), 1))
    Clip.objects.filter(pk=made.pk).update(approved=True)
    return made


def frames(clip: Clip) -> tuple[int, int]:
    clip.refresh_from_db()
    return clip.trim_start, clip.trim_end


def post(client: Client, clip: Clip, **form: Any) -> Any:
    return client.post(reverse("clips:trim", args=[clip.pk]), form, headers=FRAGMENT)


class TestTrim:
    @pytest.mark.parametrize(
        ("begins", "ends", "expected"),
        [(0, 20, (0, 0)), (5, 20, (12, 0)), (0, 15, (0, 12)), (3, 18, (7, 5)), (0, 900, (0, 0))],
    )
    def test_keeps_what_lies_between(
        self, clip: Clip, begins: int, ends: int, expected: tuple[int, int]
    ) -> None:
        trimming.trim(clip=clip, begins=begins, ends=ends, now=clock.now())
        assert frames(clip) == expected

    @pytest.mark.parametrize(("begins", "ends"), [(11, 20), (0, 9), (15, 5), (30, 50)])
    def test_leaves_a_second_at_least(self, clip: Clip, begins: int, ends: int) -> None:
        with pytest.raises(trimming.TooShort):
            trimming.trim(clip=clip, begins=begins, ends=ends, now=clock.now())
        assert frames(clip) == (0, 0)

    def test_needs_a_take(self, alice: User) -> None:
        with pytest.raises(trimming.NothingToTrim):
            trimming.trim(clip=bare(factories.project(by=alice), 1), begins=0, ends=9, now=clock.now())

    def test_is_in_the_preview_at_once(self, clip: Clip) -> None:
        trimming.trim(clip=clip, begins=5, ends=18, now=clock.now())
        project = clip.project
        shown = queries.preview(project=project, finish=films.finish_of(project), now=clock.now())
        assert (shown["items"][0]["trim_start"], shown["items"][0]["trim_end"]) == (12, 5)
        assert shown["total_frames"] == 31


class TestSheet:
    def test_saves_and_says_how_long_it_is(self, clip: Clip, alices: Client) -> None:
        answer = post(alices, clip, begins=5, ends=18)
        page = answer.content.decode()
        assert "1.3 s of 2.0 s" in page
        assert 'data-from="0.5" data-to="1.8"' in page
        assert answer["HX-Trigger"] == "project:changed"

    def test_gives_the_whole_clip_back(self, clip: Clip, alices: Client) -> None:
        post(alices, clip, begins=5, ends=18)
        page = post(alices, clip, begins=5, ends=18, whole=1).content.decode()
        assert frames(clip) == (0, 0)
        assert "data-from" not in page

    def test_refuses_what_is_too_short_with_a_sentence(self, clip: Clip, alices: Client) -> None:
        answer = post(alices, clip, begins=5, ends=8)
        assert answer.status_code == 422
        assert "At least one second" in answer.content.decode()

    def test_offers_no_trim_before_there_is_a_take(self, alice: User, alices: Client) -> None:
        still = bare(factories.project(by=alice), 1)
        page = alices.get(reverse("clips:takes", args=[still.pk])).content.decode()
        assert "<clip-trim" not in page


class TestCompare:
    def other(self, clip: Clip) -> Take:
        take = Take.objects.get(clip=clip)
        take.pk, take.number, take.digest, take.key = None, 2, "other", "y"
        take._state.adding = True
        take.save()
        return take

    def test_shows_a_take_beside_the_one_that_is_used(self, clip: Clip, alices: Client) -> None:
        other = self.other(clip)
        address = reverse("clips:takes", args=[clip.pk])
        assert "<take-compare" not in alices.get(address).content.decode()
        page = alices.get(address, {"with": other.pk}).content.decode()
        pair = page.partition("<take-compare")[2].partition("</take-compare>")[0]
        assert pair.count("<video") == 2
        assert pair.index("Take 1") < pair.index("This one is used") < pair.index("Take 2")
        assert reverse("clips:choose_take", args=[clip.pk, other.pk]) in pair

    @pytest.mark.parametrize("other", ["", "x", "6a1f6a6e-6f6b-4f0e-9d7e-6d2f6b6a0c11"])
    def test_of_nothing_is_none(self, clip: Clip, alices: Client, other: str) -> None:
        page = alices.get(reverse("clips:takes", args=[clip.pk]), {"with": other})
        assert page.status_code == 200
        assert "<take-compare" not in page.content.decode()
