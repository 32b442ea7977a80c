"""What is done to many clips at once, and how it is taken back."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from billing import ledger
from billing.models import Price
from clips import choice, sequence
from clips.models import Clip, Take
from echoes.kernel import clock
from jobs.states import State
from library.models import Asset
from projects.models import Project
from providers import registry
from tests import factories
from tests.billing import dream
from tests.billing.made import give

pytestmark = pytest.mark.django_db(transaction=True)
LOOK = {
    "version": 2,
    "faces": 0,
    "face_share": 0,
    "sharpness": 1,
    "contrast": 50,
    "light": 1,
    "fingerprint": "f",
}
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def project(alice: User) -> Project:
    """Five photos that have a take, the later the older, and one that has none; nobody reads their files."""
    made = factories.project(by=alice)
    for number in range(1, 6):
        ready(bare(made, number))
    bare(made, 6)
    return made


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch, db: None) -> registry.MotionModel:
    """A model that costs two credits a photo."""
    monkeypatch.setitem(registry.MOTION, "dream", dream.MODEL)
    Price.objects.create(model="dream", credits=2)
    return dream.MODEL


def bare(project: Project, number: int, **facts: Any) -> Clip:
    asset = Asset.objects.create(
        owner=project.owner,
        kind="photo",
        name=f"{number}.jpg",
        sha256=uuid.uuid4().hex,
        size=1,
        original="x",
        width=2000,
        height=1500,
        **facts,
    )
    moment = clock.now() - timedelta(days=number)
    return Clip.objects.create(project=project, asset=asset, position=number, moment=moment)


def ready(clip: Clip) -> Clip:
    take = Take.objects.create(
        owner=clip.project.owner,
        clip=clip,
        project=clip.project,
        number=1,
        digest=uuid.uuid4().hex,
        model="local",
        seed=1,
        aspect="16:9",
        fps=24,
        seconds=2,
        key="x",
        state=State.SUCCEEDED,
        finished_at=clock.now(),
    )
    Clip.objects.filter(pk=clip.pk).update(chosen=take)
    return clip


def order(project: Project) -> str:
    found = Clip.objects.present().filter(project=project).in_order().select_related("asset")
    return "".join(clip.asset.name[0] for clip in found)


def named(project: Project, names: str) -> list[Clip]:
    return [Clip.objects.get(project=project, asset__name=f"{name}.jpg") for name in names]


def ids(project: Project, names: str) -> list[uuid.UUID]:
    return [clip.pk for clip in named(project, names)]


def approved(project: Project) -> str:
    found = Clip.objects.present().filter(project=project, approved=True).in_order()
    return "".join(clip.asset.name[0] for clip in found.select_related("asset"))


def post(client: Client, project: Project, act: str, names: str, **more: Any) -> Any:
    form = {"act": act, "clip": ids(project, names), **more}
    return client.post(reverse("clips:chosen", args=[project.pk]), form, headers=FRAGMENT)


def undo(client: Client, answer: Any) -> Any:
    """Press the button of the message that an answer brought."""
    toast = answer.content.decode().partition('id="toasts"')[2]
    (action,) = re.findall(r'<form method="post" action="([^"]+)"', toast)
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', toast):
        fields.setdefault(name, []).append(value)
    return client.post(action, fields, headers=FRAGMENT)


class TestApprove:
    def test_takes_those_that_are_ready_and_says_which_are_not(
        self, project: Project, alices: Client
    ) -> None:
        answer = post(alices, project, "approve", "126")
        assert approved(project) == "12"
        assert "2 clips are in the film now. 1 clip is not ready yet" in answer.content.decode()
        assert answer["HX-Trigger"] == "choice:done"

    def test_is_taken_back_for_those_alone_that_it_changed(self, project: Project, alices: Client) -> None:
        post(alices, project, "approve", "1")
        undo(alices, post(alices, project, "approve", "123"))
        assert approved(project) == "1"

    def test_leaves_the_film_and_comes_back(self, project: Project, alices: Client) -> None:
        post(alices, project, "approve", "12345")
        answer = post(alices, project, "leave", "2346")
        assert approved(project) == "15"
        undo(alices, answer)
        assert approved(project) == "12345"

    def test_of_nothing_says_so(self, project: Project, alices: Client) -> None:
        answer = post(alices, project, "approve", "")
        assert "Please choose at least one clip." in answer.content.decode()

    def test_of_what_is_not_there_changes_nothing_of_others(self, bob: User, alices: Client) -> None:
        others = factories.project(by=bob)
        ready(bare(others, 1))
        assert post(alices, others, "approve", "1").status_code == 404
        own = factories.project(by=User.objects.get(email="alice@example.org"))
        form = {"act": "approve", "clip": ids(others, "1")}
        assert alices.post(reverse("clips:chosen", args=[own.pk]), form).status_code == 404
        assert approved(others) == ""

    def test_asks_the_database_as_often_for_one_as_for_all(self, project: Project) -> None:
        counts = []
        for names in ("1", "2345"):
            with CaptureQueriesContext(connection) as captured:
                choice.approve(project=project, chosen=ids(project, names), approved=True, now=clock.now())
            counts.append(len(captured) - len(names))  # `ids` asks for each
        assert counts[0] == counts[1]


class TestRemove:
    def test_is_taken_back_as_one(self, project: Project, alices: Client) -> None:
        post(alices, project, "approve", "2")
        answer = post(alices, project, "remove", "245")
        assert order(project) == "136"
        assert "3 clips are removed." in answer.content.decode()
        undo(alices, answer)
        assert (order(project), approved(project)) == ("123456", "2")

    def test_stops_what_is_being_made_and_makes_it_again_on_return(
        self, alice: User, project: Project
    ) -> None:
        from clips import clips

        clips.animate_all(project=project, by=alice, now=clock.now())
        chosen = ids(project, "16")
        choice.remove(project=project, chosen=chosen, by=alice, now=clock.now())
        assert Take.objects.get(clip=chosen[1]).state == State.CANCELLED
        choice.restore(project=project, chosen=chosen, by=alice, now=clock.now())
        states = set(Take.objects.filter(clip=chosen[1]).values_list("state", flat=True))
        assert states == {State.CANCELLED, State.QUEUED}
        assert Take.objects.filter(clip=chosen[0]).count() == 1

    def test_without_script_leads_back_to_a_page_that_offers_to_take_it_back_once(
        self, project: Project, alices: Client
    ) -> None:
        form = {"act": "remove", "clip": ids(project, "12")}
        page = alices.post(reverse("clips:chosen", args=[project.pk]), form, follow=True).content.decode()
        assert "2 clips are removed." in page
        assert 'name="act" value="restore"' in page
        again = alices.get(reverse("projects:show", args=[project.pk])).content.decode()
        assert "2 clips are removed." not in again


class TestBring:
    def test_makes_for_nothing_what_has_no_take(self, project: Project, alices: Client) -> None:
        answer = post(alices, project, "bring", "126", model="local")
        assert "1 photo is being brought to life." in answer.content.decode()
        assert Take.objects.filter(state=State.QUEUED).count() == 1

    def test_costs_what_the_button_said(
        self, alice: User, project: Project, alices: Client, priced: registry.MotionModel
    ) -> None:
        account = ledger.account_of(alice)
        give(account, 10)
        answer = post(alices, project, "bring", "123", model="dream", cost=6)
        assert "3 photos are being brought to life." in answer.content.decode()
        account.refresh_from_db()
        assert account.balance == 4

    def test_asks_again_where_it_costs_more(
        self, alice: User, project: Project, alices: Client, priced: registry.MotionModel
    ) -> None:
        give(ledger.account_of(alice), 10)
        answer = post(alices, project, "bring", "123", model="dream", cost=2)
        page = answer.content.decode()
        assert "That is 3 photos for 6 credits." in page
        assert 'id="choice-bar"' in page
        assert "HX-Trigger" not in answer
        assert not Take.objects.filter(model="dream").exists()

    def test_refuses_politely_where_credits_are_short(
        self, alice: User, project: Project, alices: Client, priced: registry.MotionModel
    ) -> None:
        give(ledger.account_of(alice), 3)
        page = post(alices, project, "bring", "123", model="dream", cost=6).content.decode()
        assert "This takes 6 credits, and you have 3." in page
        assert '<option value="dream" data-each="2" data-maker="" selected>' in page

    def test_without_script_leads_to_the_section_that_says_the_price(
        self, alice: User, project: Project, alices: Client, priced: registry.MotionModel
    ) -> None:
        give(ledger.account_of(alice), 10)
        form = {"act": "bring", "clip": ids(project, "12"), "model": "dream"}
        answer = alices.post(reverse("clips:chosen", args=[project.pk]), form, follow=True)
        assert answer.redirect_chain[0][0].endswith("#budget")
        assert "<b data-chosen>2</b> of 6 photos" in answer.content.decode()

    def test_tells_the_page_what_each_has(
        self, alice: User, project: Project, alices: Client, priced: registry.MotionModel
    ) -> None:
        give(ledger.account_of(alice), 2)
        post(alices, project, "bring", "1", model="dream", cost=2)
        page = alices.get(reverse("projects:show", args=[project.pk])).content.decode()
        assert page.count('data-moves="dream local"') == 1
        assert page.count('data-moves="local"') == 4
        assert '<option value="dream" data-each="2" data-maker="">' in page


class TestOrder:
    def arrange(self, client: Client, project: Project, how: str) -> Any:
        address = reverse("clips:order", args=[project.pk])
        return client.post(address, {"how": how}, headers=FRAGMENT)

    def test_by_time_begins_with_the_oldest(self, project: Project, alices: Client) -> None:
        answer = self.arrange(alices, project, "taken")
        assert order(project) == "654321"
        undo(alices, answer)
        assert order(project) == "123456"

    def test_by_time_twice_says_that_it_is_so_already(self, project: Project, alices: Client) -> None:
        self.arrange(alices, project, "taken")
        page = self.arrange(alices, project, "taken").content.decode()
        assert "stand in that order already" in page
        assert ">Undo<" not in page

    def test_shuffled_is_another_one_and_can_be_taken_back(self, project: Project, alices: Client) -> None:
        answer = self.arrange(alices, project, "shuffle")
        assert order(project) != "123456"
        assert sorted(order(project)) == list("123456")
        undo(alices, answer)
        assert order(project) == "123456"

    def test_put_back_keeps_what_came_meanwhile_at_the_end(self, project: Project) -> None:
        before = sequence.shuffle(project=project, now=clock.now())
        bare(project, 7)
        sequence.put(project=project, order=before, now=clock.now())
        assert order(project) == "1234567"

    def test_of_a_single_clip_cannot_be_another(self, alice: User) -> None:
        single = factories.project(by=alice)
        clip = bare(single, 1)
        assert sequence.shuffle(project=single, now=clock.now()) == (clip.pk,)

    @pytest.mark.parametrize("form", [{"how": "upside down"}, {"how": "put", "order": "1,2"}, {}])
    def test_that_is_none_is_refused(self, project: Project, alices: Client, form: dict[str, str]) -> None:
        answer = alices.post(reverse("clips:order", args=[project.pk]), form, headers=FRAGMENT)
        assert answer.status_code == 422
        assert order(project) == "123456"


class TestFolds:
    def seen(self, project: Project, names: str, fingerprint: str) -> None:
        for clip in named(project, names):
            clip.asset.look = LOOK | {
                "sharpness": float(clip.asset.name[0]),
                "fingerprint": fingerprint,
            }
            clip.asset.save()

    def test_show_the_sharpest_and_hide_the_others(self, project: Project, alices: Client) -> None:
        self.seen(project, "234", "00000000ffffffff")
        page = alices.get(reverse("projects:show", args=[project.pk])).content.decode()
        (two, three, four) = ids(project, "234")
        assert page.count(f'data-under="clip-{four}"') == 2
        assert f'id="fold-{four}"' in page
        assert "3 alike" in page
        alone = alices.get(reverse("clips:card", args=[three]), headers=FRAGMENT).content.decode()
        assert f'data-under="clip-{four}"' in alone
        post(alices, project, "approve", "2")
        card = alices.get(reverse("clips:card", args=[two]), headers=FRAGMENT).content.decode()
        assert f'id="fold-{two}"' in card

    def test_are_approved_by_their_best_alone_when_all_are(self, project: Project, alices: Client) -> None:
        self.seen(project, "234", "00000000ffffffff")
        address = reverse("clips:approve_all", args=[project.pk])
        answer = alices.post(address, headers=FRAGMENT)
        assert approved(project) == "145"
        assert "Of those that look alike, only the best." in answer.content.decode()
        undo(alices, answer)
        assert approved(project) == ""

    def test_move_as_one(self, project: Project, alices: Client) -> None:
        self.seen(project, "234", "00000000ffffffff")
        (four,) = named(project, "4")
        along = ",".join(map(str, ids(project, "234")))
        address = reverse("clips:move", args=[four.pk])
        alices.post(address, {"position": 3, "along": along}, headers=FRAGMENT)
        assert order(project) == "152346"

    def test_take_no_query_more_for_many(self, project: Project, alices: Client) -> None:
        counts = []
        for number in (1, 20):
            for place in range(10 + number, 10 + 2 * number):
                bare(
                    project,
                    place,
                    look={
                        "faces": 0,
                        "face_share": 0,
                        "sharpness": 1,
                        "contrast": 1,
                        "light": 1,
                        "fingerprint": "f",
                    },
                )
            with CaptureQueriesContext(connection) as captured:
                assert alices.get(reverse("projects:show", args=[project.pk])).status_code == 200
            counts.append(len(captured))
        assert counts[0] == counts[1]
