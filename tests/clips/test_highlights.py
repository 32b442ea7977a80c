"""A film out of a heap of photos, and how it is taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from clips import clips, highlights
from clips.models import Clip, Take
from compiler import films, queries
from compiler.models import Finish
from echoes.kernel import clock
from library.models import Track
from projects.models import Project
from tests import factories
from tests.clips.test_choice import FRAGMENT, LOOK, approved, bare, ids, order, ready, undo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project(alice: User) -> Project:
    """Six ready clips, the later the older; of 2, 3 and 4, which look alike, 3 is the sharpest."""
    made = factories.project(by=alice, title="The lake")
    for number in range(1, 7):
        alike = {"fingerprint": "00000000ffffffff", "sharpness": 9 if number == 3 else 2}
        look = LOOK | (alike if number in (2, 3, 4) else {"fingerprint": "0"})
        ready(bare(made, number, look=look))
    return made


@pytest.fixture
def song(db: None) -> Track:
    return Track.objects.create(slug="x", title="Slow Orbit", mood="dreamy", duration=24_000, key="x")


def surprise(client: Client, project: Project) -> Any:
    return client.post(reverse("projects:surprise", args=[project.pk]), headers=FRAGMENT)


class TestChoose:
    def test_takes_the_best_of_those_that_look_alike_in_the_order_of_time(self, project: Project) -> None:
        found = highlights.choose(project=project, now=clock.now())
        assert order(project) == "654321"
        assert approved(project) == "6531"
        assert (found.waiting, found.seconds, len(found.chosen)) == (0, 8, 4)

    def test_keeps_exactly_what_somebody_approved_and_orders_it(self, project: Project) -> None:
        Clip.objects.filter(pk__in=ids(project, "24")).update(approved=True)
        found = highlights.choose(project=project, now=clock.now())
        assert (order(project), approved(project)) == ("654321", "42")
        assert set(found.chosen) == set(found.approved) == set(ids(project, "24"))
        assert (found.kept, found.seconds) == (True, 4)

    def test_ends_at_a_good_length_with_the_best(self, alice: User) -> None:
        made = factories.project(by=alice)
        for number in range(1, 9):
            ready(bare(made, number, look=LOOK | {"fingerprint": "0", "sharpness": number}))
        Take.objects.filter(project=made).update(seconds=30)
        found = highlights.choose(project=made, now=clock.now())
        assert found.seconds == 90
        assert "8" in approved(made)
        assert len(approved(made)) == 3

    def test_takes_one_that_is_too_long_where_there_is_nothing_else(self, alice: User) -> None:
        made = factories.project(by=alice)
        ready(bare(made, 1))
        Take.objects.filter(project=made).update(seconds=200)
        assert len(highlights.choose(project=made, now=clock.now()).chosen) == 1

    def test_refuses_before_anything_is_ready(self, alice: User) -> None:
        made = factories.project(by=alice)
        bare(made, 1)
        with pytest.raises(highlights.NothingReady):
            highlights.choose(project=made, now=clock.now())

    def test_leaves_a_film_that_can_be_changed_by_hand(self, project: Project) -> None:
        highlights.choose(project=project, now=clock.now())
        clip = Clip.objects.get(pk=ids(project, "5")[0])
        clips.approve(clip=clip, approved=False, now=clock.now())
        assert approved(project) == "631"


class TestSurprise:
    def test_is_a_film_at_once(self, project: Project, alices: Client, song: Track) -> None:
        page = surprise(alices, project).content.decode()
        assert "A film of 4 clips, about 0:08, to “Slow Orbit”." in page
        assert reverse("compiler:finish", args=[project.pk]) in page
        finish = films.finish_of(project)
        assert (finish.title, finish.track) == ("The lake", song)
        shown = queries.preview(project=project, finish=finish, now=clock.now())
        assert len(shown["items"]) == 4
        assert shown["title"]["text"] == "The lake"
        assert shown["music_url"]

    def test_says_that_it_is_of_what_was_approved(
        self, project: Project, alices: Client, song: Track
    ) -> None:
        Clip.objects.filter(pk__in=ids(project, "24")).update(approved=True)
        page = surprise(alices, project).content.decode()
        assert "The 2 clips that were approved, by time, about 0:04, to “Slow Orbit”." in page

    def test_is_taken_back_whole(self, project: Project, alices: Client, song: Track) -> None:
        Clip.objects.filter(pk__in=ids(project, "24")).update(approved=True)
        undo(alices, surprise(alices, project))
        assert (order(project), approved(project)) == ("123456", "24")
        finish = films.finish_of(project)
        assert (finish.title, finish.track) == ("", None)

    def test_that_chose_leaves_nothing_chosen_when_it_is_taken_back(
        self, project: Project, alices: Client, song: Track
    ) -> None:
        undo(alices, surprise(alices, project))
        assert (order(project), approved(project)) == ("123456", "")
        finish = films.finish_of(project)
        assert (finish.title, finish.track) == ("", None)

    def test_keeps_the_title_and_the_music_that_somebody_chose(
        self, project: Project, alices: Client, song: Track
    ) -> None:
        own = Track.objects.create(owner=project.owner, title="Mine", duration=24_000, key="y")
        Finish.objects.create(project=project, title="Our lake", track=own)
        undo(alices, surprise(alices, project))
        finish = films.finish_of(project)
        assert (finish.title, finish.track) == ("Our lake", own)

    def test_needs_no_music(self, project: Project, alices: Client) -> None:
        assert "A film of 4 clips, about 0:08." in surprise(alices, project).content.decode()

    def test_says_so_where_nothing_is_ready(self, alice: User, alices: Client) -> None:
        made = factories.project(by=alice)
        answer = surprise(alices, made)
        assert answer.status_code == 422
        assert "No clip is ready yet." in answer.content.decode()

    def test_does_not_take_back_what_is_no_list_of_clips(self, project: Project, alices: Client) -> None:
        address = reverse("projects:surprise", args=[project.pk])
        form = {"back": "1", "order": "x", "approved": ""}
        assert alices.post(address, form, headers=FRAGMENT).status_code == 422
        assert order(project) == "123456"
