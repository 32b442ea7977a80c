"""AI motion for a budget: what is proposed, what the page shows, and what a click costs."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from billing import ledger, pricing, reconcile
from billing.models import Account, Hold, Pack, Price
from clips import budget, takes
from clips.models import Clip, Take
from echoes.kernel import clock
from jobs import lifecycle
from library.models import Asset
from projects.models import Project
from providers import registry
from tests import factories
from tests.billing import dream
from tests.billing.made import give
from tests.billing.test_ledger import together
from tests.contracts.stripe import fake

pytestmark = pytest.mark.django_db(transaction=True)
FRAGMENT = {"HX-Request": "true"}
TITLE = "Bring the best to life with AI"
SHARP = {"version": 1, "faces": 1, "face_share": 0.2, "sharpness": 12, "contrast": 55, "light": 1}


@pytest.fixture
def project(alice: User) -> Project:
    """A film of eight photos and a video; nobody will ever read their files."""
    made = factories.project(by=alice)
    for number in range(8):
        bare(made, number)
    bare(made, 8, kind="video")
    return made


@pytest.fixture
def account(alice: User) -> Account:
    return ledger.account_of(alice)


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch, db: None) -> registry.MotionModel:
    """A model that costs two credits a photo."""
    monkeypatch.setitem(registry.MOTION, "dream", dream.MODEL)
    Price.objects.create(model="dream", credits=2)
    return dream.MODEL


def bare(project: Project, number: int, *, kind: str = "photo", **facts: Any) -> Clip:
    asset = Asset.objects.create(
        owner=project.owner,
        kind=kind,
        name=f"{number}.jpg",
        sha256=uuid.uuid4().hex,
        size=1,
        original="x",
        width=2000,
        height=1500,
        **facts,
    )
    return Clip.objects.create(project=project, asset=asset, position=number)


def photos(project: Project) -> list[Clip]:
    return list(project.clips.filter(asset__kind="photo").in_order())  # type: ignore[attr-defined]


def page(client: Client, project: Project, **query: Any) -> str:
    answer = client.get(reverse("projects:show", args=[project.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def post(client: Client, project: Project, chosen: list[Clip], *, cost: int, **words: Any) -> Any:
    form = {"model": "dream", "cost": cost, "clip": [clip.pk for clip in chosen]}
    return client.post(reverse("clips:bring", args=[project.pk]), form, **words)


def balance(account: Account) -> int:
    account.refresh_from_db()
    return account.balance


class TestOffered:
    def test_is_nothing_where_nothing_costs_credits(self, db: None, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            assert budget.offered() == []

    def test_is_no_model_without_a_price(self, priced: registry.MotionModel) -> None:
        assert budget.offered() == [priced]
        Price.objects.all().delete()
        assert budget.offered() == []


class TestPropose:
    def test_never_costs_more_than_the_budget_or_the_balance(
        self, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 9)
        for credits in range(20):
            found = budget.propose(project=project, model=priced, credits=credits)
            assert found.cost == 2 * len(found.chosen) == min(credits, 9) // 2 * 2
            assert (found.each, found.left, found.most) == (2, 9 - found.cost, 16)

    def test_keeps_with_more_what_it_chose_with_less(
        self, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 100)
        before: frozenset[uuid.UUID] = frozenset()
        for credits in range(0, 18, 2):
            found = budget.propose(project=project, model=priced, credits=credits).chosen
            assert before <= found
            before = found
        assert before == {clip.pk for clip in photos(project)}

    def test_begins_with_faces_in_focus(
        self, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 2)
        best = bare(project, 9, look=SHARP)
        assert budget.propose(project=project, model=priced, credits=2).chosen == {best.pk}

    def test_takes_no_two_of_a_burst_while_there_are_others(
        self, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 100)
        noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
        twins = {bare(project, 9 + each, look=SHARP, taken_at=noon).pk for each in range(2)}
        found = budget.propose(project=project, model=priced, credits=18)
        assert (len(found.chosen), len(found.chosen & twins)) == (9, 1)

    def test_without_a_number_takes_the_best_third(
        self, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 100)
        assert len(budget.propose(project=project, model=priced).chosen) == 3

    def test_leaves_out_videos_and_what_has_such_a_take(
        self, alice: User, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 100)
        first, *others = photos(project)
        takes.request(clip=first, by=alice, now=clock.now(), model="dream")
        found = budget.propose(project=project, model=priced, credits=100)
        assert found.chosen == {clip.pk for clip in others}
        assert list(found.clips) == others

    def test_costs_what_is_held(
        self, alice: User, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        Project.objects.update(seconds=6)  # two started steps of five seconds
        project.refresh_from_db()
        give(account, 100)
        found = budget.propose(project=project, model=priced, credits=13)
        budget.bring(
            project=project,
            model=priced,
            chosen=found.chosen,
            agreed=found.cost,
            by=alice,
            now=clock.now(),
        )
        assert (found.each, found.cost, balance(account)) == (4, 12, found.left)


class TestThePage:
    def test_shows_nothing_without_a_model_that_costs_credits(self, alices: Client, project: Project) -> None:
        assert 'id="budget"' not in page(alices, project)

    def test_shows_nothing_of_a_model_without_a_price(
        self, alices: Client, project: Project, priced: registry.MotionModel
    ) -> None:
        Price.objects.all().delete()
        assert 'id="budget"' not in page(alices, project)

    def test_says_what_it_proposes_and_what_that_costs(
        self, alices: Client, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 10)
        text = page(alices, project, credits=6)
        assert TITLE in text
        assert "<b data-chosen>3</b> of 8 photos, <b data-cost>6 credits</b>; you have 10" in text
        assert text.count('data-rev="on"') == 3

    def test_is_the_same_fragment_for_the_slider(
        self, alices: Client, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 10)
        address = reverse("clips:budget", args=[project.pk])
        text = alices.get(address, {"credits": 2}, headers=FRAGMENT).content.decode()
        assert text.startswith('<section id="budget"')
        assert "<b data-chosen>1</b> of 8 photos" in text

    def test_leads_back_to_the_page_without_script(
        self, alices: Client, project: Project, priced: registry.MotionModel
    ) -> None:
        answer = alices.get(reverse("clips:budget", args=[project.pk]), {"credits": 4})
        assert answer["Location"] == f"{reverse('projects:show', args=[project.pk])}?credits=4#budget"

    @pytest.mark.parametrize("credits", ["", "-3", "many", "9" * 40, "\x00"])
    def test_takes_any_number(
        self, alices: Client, project: Project, priced: registry.MotionModel, credits: str
    ) -> None:
        assert TITLE in page(alices, project, credits=credits)

    def test_offers_credits_to_who_wants_more_than_there_are(
        self, alices: Client, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 4)
        assert "Get more credits" not in page(alices, project, credits=4)
        assert "Get more credits" in page(alices, project, credits=6)

    def test_lets_choose_among_models(
        self,
        alices: Client,
        project: Project,
        account: Account,
        priced: registry.MotionModel,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        give(account, 100)
        second = registry.MotionModel("vision", "Vision", "", "", priced.version, priced.render)
        monkeypatch.setitem(registry.MOTION, "vision", second)
        Price.objects.create(model="vision", credits=5)
        text = page(alices, project, model="vision", credits=10)
        assert '<option value="vision" selected>' in text
        assert "<b data-chosen>2</b> of 8 photos, <b data-cost>10 credits</b>" in text

    def test_asks_the_database_as_often_for_one_as_for_many(
        self, alice: User, alices: Client, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 100)
        single = factories.project(by=alice)
        bare(single, 1)
        counts = []
        for shown in (single, project):
            address = reverse("clips:budget", args=[shown.pk])
            alices.get(address, headers=FRAGMENT)
            with CaptureQueriesContext(connection) as captured:
                assert TITLE in alices.get(address, headers=FRAGMENT).content.decode()
            counts.append(len(captured))
        assert counts[0] == counts[1] <= 8


class TestBring:
    def test_charges_exactly_what_is_chosen(
        self, alices: Client, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 10)
        chosen = photos(project)[2:5]
        answer = post(alices, project, chosen, cost=6)
        assert answer.status_code == 302
        assert {take.clip_id for take in Take.objects.filter(model="dream")} == {clip.pk for clip in chosen}
        assert (balance(account), Hold.objects.count()) == (4, 3)
        assert "3 photos are being brought to life." in page(alices, project)
        assert reconcile.differences() == []

    def test_answers_a_fragment_with_what_is_left(
        self, alices: Client, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 10)
        text = post(alices, project, photos(project)[:1], cost=2, headers=FRAGMENT).content.decode()
        assert "1 photo is being brought to life." in text
        assert "<b data-chosen>0</b> of 7 photos" in text

    def test_twenty_times_at_one_moment_is_one_set_of_takes_and_one_charge(
        self, alice: User, alices: Client, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 100)
        chosen = photos(project)[:3]

        def again(_: int) -> Any:
            client = Client()
            client.force_login(alice)
            return post(client, project, chosen, cost=6)

        assert {answer.status_code for answer in together(20, again)} == {302}
        assert (Take.objects.filter(model="dream").count(), balance(account)) == (3, 94)
        answer = post(alices, project, chosen, cost=6, headers=FRAGMENT)
        assert "These are being brought to life already." in answer.content.decode()

    def test_may_be_asked_again_once_it_was_stopped(
        self, alice: User, alices: Client, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 10)
        chosen = photos(project)[:1]
        post(alices, project, chosen, cost=2)
        lifecycle.cancel(Take.objects.get(model="dream"), by=alice, now=clock.now())
        post(alices, project, chosen, cost=2)
        assert (Take.objects.filter(model="dream").count(), balance(account)) == (2, 8)

    def test_of_what_costs_more_than_was_agreed_asks_once_more(
        self, alices: Client, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        """The price has changed, or more was ticked in a page without script."""
        give(account, 10)
        text = post(alices, project, photos(project)[:3], cost=4, headers=FRAGMENT).content.decode()
        assert "That is 3 photos for 6 credits. Please look, and confirm once more." in text
        assert 'name="cost" value="6"' in text
        assert text.count('data-rev="on"') == 3
        assert (Take.objects.count(), balance(account)) == (0, 10)

    def test_leaves_out_what_was_removed_meanwhile(
        self, alices: Client, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 10)
        first, second = photos(project)[:2]
        Clip.objects.filter(pk=first.pk).update(removed_at=clock.now())
        post(alices, project, [first, second], cost=4)
        assert (Take.objects.get().clip_id, balance(account)) == (second.pk, 8)

    def test_never_films_a_video(
        self, alices: Client, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 10)
        post(alices, project, [project.clips.get(asset__kind="video")], cost=2)
        assert (Take.objects.count(), balance(account)) == (0, 10)

    def test_of_clips_of_another_project_is_not_found(
        self,
        alice: User,
        bob: User,
        alices: Client,
        bobs: Client,
        project: Project,
        account: Account,
        priced: registry.MotionModel,
    ) -> None:
        give(account, 10)
        bobs_own = bare(factories.project(by=bob), 1)
        alices_other = bare(factories.project(by=alice), 1)
        for stranger in (bobs_own, alices_other):
            assert post(alices, project, [photos(project)[0], stranger], cost=4).status_code == 404
        assert post(bobs, project, photos(project)[:1], cost=2).status_code == 404
        assert (Take.objects.count(), balance(account)) == (0, 10)

    @pytest.mark.parametrize(
        ("form", "status"),
        [
            ({"model": "dream", "cost": "2", "clip": "no id"}, 404),
            ({"model": "local", "cost": "0"}, 422),
            ({"model": "dream", "cost": "none"}, 422),
            ({}, 422),
        ],
    )
    def test_of_nonsense_is_refused(
        self, alices: Client, project: Project, priced: registry.MotionModel, form: Any, status: int
    ) -> None:
        answer = alices.post(reverse("clips:bring", args=[project.pk]), form, headers=FRAGMENT)
        assert answer.status_code == status

    def test_of_nothing_asks_for_a_photo(
        self, alices: Client, project: Project, priced: registry.MotionModel
    ) -> None:
        text = post(alices, project, [], cost=0, headers=FRAGMENT).content.decode()
        assert "Please choose at least one photo." in text


class TestAShortBalance:
    @pytest.fixture(autouse=True)
    def _shop(self, settings: Any, db: None) -> Any:
        with fake.running() as running:
            settings.STRIPE_SECRET_KEY = fake.KEY
            settings.STRIPE_WEBHOOK_SECRETS = [fake.SECRET]
            settings.STRIPE_API_BASE = running.url
            Pack.objects.all().delete()
            Pack.objects.create(title="Ten", credits=10, amount=500, currency="usd")
            yield

    def test_holds_nothing_offers_a_pack_and_keeps_the_choice(
        self, alices: Client, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        give(account, 3)
        chosen = photos(project)[3:6]
        answer = post(alices, project, chosen, cost=6, headers=FRAGMENT)
        text = answer.content.decode()
        assert answer.status_code == 200
        assert "This takes 6 credits, and you have 3." in text
        assert f'name="back" value="{reverse("projects:show", args=[project.pk])}#budget"' in text
        assert (Take.objects.count(), balance(account)) == (0, 3)
        give(account, 10)
        again = page(alices, project)
        for clip in photos(project):
            state = "on" if clip in chosen else "off"
            assert f'<li id="budget-{clip.pk}" data-rev="{state}">' in again
        post(alices, project, chosen, cost=6)
        assert balance(account) == 7

    def test_is_a_page_of_its_own_without_script(
        self, alices: Client, project: Project, priced: registry.MotionModel
    ) -> None:
        answer = post(alices, project, photos(project)[:1], cost=2)
        assert answer.status_code == 402
        assert "10 credits for $5.00" in answer.content.decode()

    def test_is_forgotten_when_another_budget_is_looked_at(
        self, alices: Client, project: Project, account: Account, priced: registry.MotionModel
    ) -> None:
        post(alices, project, photos(project)[:1], cost=2)
        assert "<b data-chosen>1</b>" in page(alices, project)
        alices.get(reverse("clips:budget", args=[project.pk]), {"credits": 0}, headers=FRAGMENT)
        assert "<b data-chosen>0</b>" in page(alices, project)


def test_a_price_is_asked_for_in_one_query(
    priced: registry.MotionModel, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert pricing.priced(["dream", "local", "unheard-of"]) == {"dream"}
