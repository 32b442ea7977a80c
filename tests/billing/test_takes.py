"""Credits follow the job: held when it is asked for, spent when it is delivered, and else given back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import close_old_connections, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from billing import housekeeping, ledger, pricing, reconcile
from billing.ledger import NotEnoughCredits
from billing.models import Account, Cost, Hold, Pack, Price
from clips import clips as clip_verbs
from clips import takes
from clips.models import Clip, Take
from echoes.kernel import clock
from jobs import execution, lifecycle, staff
from jobs.states import State
from providers import registry
from tests import factories
from tests.billing import dream
from tests.billing.made import give
from tests.billing.test_ledger import THOROUGH, together
from tests.contracts.stripe.fake import Fake

Balance = Callable[[Account], int]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _dream(monkeypatch: Any, db: None) -> Iterator[None]:
    """A model that costs two credits for each started five seconds."""
    monkeypatch.setitem(registry.MOTION, "dream", dream.MODEL)
    monkeypatch.setitem(dream.MOOD, "does", "deliver")
    Price.objects.create(model="dream", credits=2)
    yield


@pytest.fixture
def clip(alice: User, tmp_path: Path) -> Clip:
    """A clip of two seconds with a free take."""
    return factories.clip(tmp_path, project=factories.project(by=alice))


def ask(clip: Clip, **words: Any) -> Take:
    return takes.request(clip=clip, by=clip.project.owner, now=clock.now(), model="dream", **words)


def holds(account: Account) -> list[tuple[str, int]]:
    return list(account.holds.order_by("created_at").values_list("status", "amount"))


class TestPrice:
    @pytest.mark.parametrize(("seconds", "credits"), [(1, 2), (5, 2), (6, 4), (10, 4), (11, 6)])
    def test_is_paid_for_each_started_five_seconds(self, seconds: int, credits: int) -> None:
        assert pricing.price(model="dream", seconds=seconds) == credits

    def test_of_what_is_made_here_is_nothing_whatever_staff_write(self) -> None:
        assert pricing.price(model="local", seconds=60) == 0
        with pytest.raises(Exception, match="billing_local_is_free"), transaction.atomic():
            Price.objects.create(model="local", credits=1)

    def test_that_nobody_has_set_is_not_nothing(self) -> None:
        with pytest.raises(pricing.NoPrice):
            pricing.price(model="unheard-of", seconds=5)

    def test_offers_the_smallest_pack_that_makes_up_for_what_is_missing(
        self, alice: User, account: Account, pack: Pack
    ) -> None:
        give(account, 3)
        assert pricing.quote(user=alice, cost=3).enough
        for cost, title in ((4, "Ten"), (13, "Ten"), (14, "Thirty"), (400, "Thirty")):
            offer = pricing.quote(user=alice, cost=cost).offer
            assert offer is not None
            assert offer.title == title


class TestATake:
    def test_that_is_delivered_is_paid(self, clip: Clip, account: Account, balance: Balance) -> None:
        give(account, 5)
        take = ask(clip)
        assert (balance(account), holds(account)) == (3, [("open", 2)])
        factories.drain()
        take.refresh_from_db()
        assert (take.state, balance(account), holds(account)) == (State.SUCCEEDED, 3, [("captured", 2)])

    def test_that_fails_is_not_paid_and_its_cost_is_written_down(
        self, clip: Clip, account: Account, balance: Balance
    ) -> None:
        give(account, 5)
        dream.MOOD["does"] = "refuse"
        take = ask(clip)
        factories.drain()
        take.refresh_from_db()
        assert (take.state, balance(account), holds(account)) == (State.FAILED, 5, [("released", 2)])
        assert [(cost.usd, cost.delivered) for cost in Cost.objects.all()] == [(dream.Decimal("0.25"), False)]

    def test_that_is_cancelled_in_the_queue_is_not_paid(
        self, clip: Clip, account: Account, balance: Balance
    ) -> None:
        give(account, 2)
        takes_before = ask(clip)
        takes.cancel_live(clip=clip, by=clip.project.owner, now=clock.now())
        takes_before.refresh_from_db()
        assert (takes_before.state, balance(account)) == (State.CANCELLED, 2)

    def test_that_is_cancelled_at_work_is_not_paid(
        self, clip: Clip, account: Account, balance: Balance
    ) -> None:
        give(account, 2)
        dream.MOOD["does"] = "hold"
        take = ask(clip)
        worker = threading.Thread(target=self._work)
        worker.start()
        while "waiting" not in dream.MOOD:
            worker.join(0.05)
        takes.cancel_live(clip=clip, by=clip.project.owner, now=clock.now())
        worker.join()
        dream.MOOD.pop("waiting")
        take.refresh_from_db()
        assert (take.state, balance(account)) == (State.CANCELLED, 2)

    def _work(self) -> None:
        execution.work_next("media")
        close_old_connections()

    def test_whose_worker_dies_is_held_until_it_ends_and_paid_once(
        self, clip: Clip, account: Account, balance: Balance, wait: Callable[[float], None]
    ) -> None:
        give(account, 5)
        take = ask(clip)
        dead = lifecycle.claim(Take.objects.get(pk=take.pk), now=clock.now())
        wait(31)
        lifecycle.rescue(Take.objects.get(pk=take.pk), now=clock.now())
        assert holds(account) == [("open", 2)]
        factories.drain()
        with pytest.raises(lifecycle.Lost):
            lifecycle.fail(dead, code="late", message="Too late.", now=clock.now())
        assert (balance(account), holds(account)) == (3, [("captured", 2)])

    def test_that_ends_in_a_transaction_that_dies_is_as_it_was(
        self, clip: Clip, account: Account, balance: Balance, monkeypatch: Any
    ) -> None:
        """Settled, not committed: neither the job nor the credits have moved."""
        give(account, 5)
        take = lifecycle.claim(ask(clip), now=clock.now())
        settle = Take.settle

        def dies(self: Take) -> None:
            settle(self)
            raise SystemExit

        monkeypatch.setattr(Take, "settle", dies)
        with pytest.raises(SystemExit):
            lifecycle.fail(take, code="x", message="No.", now=clock.now())
        take.refresh_from_db()
        assert (take.state, balance(account), holds(account)) == (State.RUNNING, 3, [("open", 2)])
        monkeypatch.undo()
        lifecycle.cancel(take, by=None, now=clock.now())
        lifecycle.stop(take, now=clock.now())

    def test_that_cannot_be_paid_is_not_asked_for(self, clip: Clip, account: Account) -> None:
        give(account, 1)
        with pytest.raises(NotEnoughCredits):
            ask(clip)
        assert clip.takes.count() == 1

    def test_that_was_made_already_is_not_paid_again(
        self, clip: Clip, account: Account, balance: Balance
    ) -> None:
        give(account, 5)
        ask(clip, seed=7)
        factories.drain()
        ask(clip, seed=7)
        assert (balance(account), account.holds.count()) == (3, 1)

    def test_may_be_redone_once_for_nothing(self, clip: Clip, account: Account, balance: Balance) -> None:
        give(account, 5)
        for left in (3, 3, 1):
            ask(clip)
            factories.drain()
            assert balance(account) == left
        kinds = list(account.entries.order_by("id").values_list("kind", flat=True))
        assert kinds == ["share", "generation", "redo", "generation"]

    def test_says_in_the_movements_what_it_was_and_where(
        self, clip: Clip, account: Account, alices: Client
    ) -> None:
        give(account, 5)
        ask(clip)
        page = alices.get(reverse("billing:credits")).content.decode()
        assert f"{clip.asset.name}, 2 s, Dream" in page
        assert f'href="{reverse("projects:show", args=[clip.project_id])}#clip-{clip.pk}"' in page


class TestARetry:
    def test_holds_the_price_again(self, clip: Clip, account: Account, balance: Balance, robin: User) -> None:
        give(account, 2)
        dream.MOOD["does"] = "refuse"
        take = ask(clip)
        factories.drain()
        dream.MOOD["does"] = "deliver"
        staff.retry(job=Take.objects.get(pk=take.pk), by=robin, now=clock.now())
        assert balance(account) == 0
        factories.drain()
        assert (balance(account), holds(account)) == (0, [("released", 2), ("captured", 2)])

    def test_is_refused_when_the_credits_are_gone(self, clip: Clip, account: Account, robin: User) -> None:
        give(account, 2)
        dream.MOOD["does"] = "refuse"
        take = ask(clip)
        factories.drain()
        ledger.adjust(
            account=account, amount=-1, reason="A mistake.", reference="s", by=robin, now=clock.now()
        )
        with pytest.raises(NotEnoughCredits):
            staff.retry(job=Take.objects.get(pk=take.pk), by=robin, now=clock.now())
        take.refresh_from_db()
        assert take.state == State.FAILED


class TestAHold:
    def test_outlives_its_time_while_its_job_lives(
        self, clip: Clip, account: Account, balance: Balance
    ) -> None:
        give(account, 2)
        ask(clip)
        housekeeping.sweep(now=clock.now() + timedelta(days=3))
        assert (balance(account), reconcile.differences()) == (0, [])
        factories.drain()

    def test_of_a_job_that_is_gone_is_given_back_in_time(
        self, clip: Clip, account: Account, balance: Balance
    ) -> None:
        give(account, 2)
        take = ask(clip)
        Take.objects.filter(pk=take.pk).delete()
        assert [told.endswith("its job has ended") for told in reconcile.differences()] == [True]
        housekeeping.sweep(now=clock.now())
        assert balance(account) == 0
        housekeeping.sweep(now=clock.now() + timedelta(days=3))
        assert balance(account) == 2


class TestAllAtOnce:
    def test_are_all_held_or_none(self, alice: User, account: Account, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        made = [factories.clip(tmp_path, project=project, seed=seed) for seed in (1, 2)]
        give(account, 3)
        with pytest.raises(NotEnoughCredits), transaction.atomic():
            takes.request_each(clips=made, by=alice, now=clock.now(), model="dream")
        assert not Hold.objects.exists()
        give(account, 1)
        asked = takes.request_each(clips=made, by=alice, now=clock.now(), model="dream")
        assert [take.priority for take in asked] == [takes.PAID, takes.PAID]
        factories.drain()
        assert holds(account) == [("captured", 2)] * 2


class TestTheSameFormTwentyTimes:
    """Goal G10: at one moment, and again from the back button: one job, one charge, the same page."""

    def test_is_one_job_and_one_charge(
        self, clip: Clip, alice: User, account: Account, balance: Balance
    ) -> None:
        address = reverse("clips:animate", args=[clip.pk])
        for seed in range(50 if THOROUGH else 5):
            give(account, 40)
            before, jobs = balance(account), clip.takes.count()
            form = {"model": "dream", "seed": seed, "prompt": "slowly"}
            answers = together(20, lambda _, form=form: self._post(alice, address, form))
            assert {answer.status_code for answer in answers} == {302}, answers
            assert len({answer["Location"] for answer in answers}) == 1
            live = clip.takes.get(number=jobs + 1)
            lifecycle.succeed(lifecycle.claim(live, now=clock.now()), now=clock.now(), key=f"made-{seed}")
            self._post(alice, address, form)  # the back button
            assert (clip.takes.count(), before - balance(account)) == (jobs + 1, 2 if seed % 2 == 0 else 0)

    def _post(self, user: User, address: str, form: dict[str, Any]) -> Any:
        client = Client()
        client.force_login(user)
        return client.post(address, form)


class TestAShortBalance:
    def test_offers_a_pack_in_the_same_place_and_keeps_what_was_written(
        self, clip: Clip, alices: Client, stripe: Fake, pack: Pack
    ) -> None:
        answer = alices.post(
            reverse("clips:animate", args=[clip.pk]),
            {"model": "dream", "prompt": "very slowly"},
            headers={"HX-Request": "true"},
        )
        text = answer.content.decode()
        back = f"{reverse('projects:show', args=[clip.project_id])}#clip-{clip.pk}"
        assert answer.status_code == 200
        assert f'id="clip-{clip.pk}"' in text
        assert "This takes 2 credits, and you have 0." in text
        assert "10 credits for $5.00" in text
        assert f'name="back" value="{back}"' in text
        clip.refresh_from_db()
        assert clip.prompt == "very slowly"

    def test_leads_to_a_page_without_script(self, clip: Clip, alices: Client) -> None:
        answer = alices.post(reverse("clips:animate", args=[clip.pk]), {"model": "dream"})
        assert answer.status_code == 402
        assert "The free camera move needs none." in answer.content.decode()

    def test_is_not_met_by_what_is_free(self, clip: Clip, alices: Client) -> None:
        answer = alices.post(reverse("clips:animate", args=[clip.pk]), {"prompt": "pan left"})
        assert answer.status_code == 302
        clip_verbs.remove(clip=clip, by=clip.project.owner, now=clock.now())
