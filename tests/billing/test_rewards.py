"""Each reward is given once to each person, under whatever name they come."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.models import User
from billing import ledger, people, purchases, rewards
from billing.models import Account, Pack, Referral, Reward
from echoes.kernel import clock
from tests.billing.made import bought, ordered
from tests.billing.test_ledger import together
from tests.contracts.stripe.fake import Fake

Balance = Callable[[Account], int]


def person(email: str) -> User:
    return User.objects.create_user(email)


def brought(friend: User, *, by: Account) -> Account:
    rewards.came_by(user=friend, code=by.referral_code, now=clock.now())
    return ledger.account_of(friend)


class TestAName:
    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("Ann.Lee+films@GMail.com", "annlee@gmail.com"),
            ("annlee@googlemail.com", "annlee@gmail.com"),
            ("ann.lee+x@example.org", "ann.lee@example.org"),
        ],
    )
    def test_has_one_spelling(self, written: str, meant: str) -> None:
        assert people.normalised(written) == meant


@pytest.mark.django_db
class TestWelcome:
    def test_gives_the_first_credit_once(self, alice: User, account: Account, balance: Balance) -> None:
        for _ in range(3):
            rewards.welcome(user=alice, now=clock.now())
        assert balance(account) == 1

    def test_gives_nothing_to_the_same_person_under_another_spelling(self, balance: Balance) -> None:
        rewards.welcome(user=person("ann.lee@gmail.com"), now=clock.now())
        second = rewards.welcome(user=person("annlee+2@gmail.com"), now=clock.now())
        assert balance(second) == 0

    def test_gives_nothing_to_who_left_and_came_back(self, balance: Balance) -> None:
        first = person("ann@example.org")
        rewards.welcome(user=first, now=clock.now())
        first.delete()
        assert balance(rewards.welcome(user=person("ann@example.org"), now=clock.now())) == 0

    def test_comes_when_the_address_is_confirmed(self, client: Client, mailoutbox: Any) -> None:
        client.post(
            reverse("account_signup"), {"email": "ann@example.org", "password1": "correct horse battery"}
        )
        user = User.objects.get(email="ann@example.org")
        address = EmailAddress.objects.get(user=user)
        assert ledger.account_of(user).balance == 0
        from allauth.account.internal.flows import email_verification

        request = client.get("/accounts/login/").wsgi_request
        email_verification.verify_email(request, address)
        assert ledger.account_of(user).balance == 1

    def test_is_as_much_as_staff_say(self, alice: User, account: Account, balance: Balance) -> None:
        Reward.objects.create(signup=3)
        rewards.welcome(user=alice, now=clock.now())
        assert balance(account) == 3


@pytest.mark.django_db
class TestAFriend:
    def test_thanks_both_when_they_first_buy_and_never_again(
        self, stripe: Fake, account: Account, pack: Pack, bob: User, balance: Balance
    ) -> None:
        friend = brought(bob, by=account)
        assert balance(account) == 0
        for times in (1, 2):
            bought(stripe, friend, pack)
            assert (balance(account), balance(friend)) == (2, 10 * times + 1)

    def test_who_pays_nothing_brings_nothing(
        self, stripe: Fake, account: Account, pack: Pack, bob: User, balance: Balance
    ) -> None:
        bought(stripe, brought(bob, by=account), pack, promotion="FREE")
        assert balance(account) == 0

    def test_who_is_oneself_brings_nothing(self, stripe: Fake, pack: Pack, balance: Balance) -> None:
        me = ledger.account_of(person("ann.lee@gmail.com"))
        assert rewards.came_by(user=me.user, code=me.referral_code, now=clock.now()) is None
        bought(stripe, brought(person("annlee+1@gmail.com"), by=me), pack)
        assert balance(me) == 0
        assert Referral.objects.get().note == "both are the same person"

    def test_who_comes_again_under_another_spelling_brings_nothing(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance
    ) -> None:
        for email in ("bob@gmail.com", "b.o.b+2@gmail.com"):
            bought(stripe, brought(person(email), by=account), pack)
        assert balance(account) == 2

    def test_whose_purchase_is_undone_takes_the_thanks_along(
        self, stripe: Fake, account: Account, pack: Pack, bob: User, balance: Balance
    ) -> None:
        friend = brought(bob, by=account)
        order = bought(stripe, friend, pack)
        stripe.refund(order.payment_intent)
        purchases.look_again(purchase=order, now=clock.now())
        assert (balance(account), balance(friend)) == (0, 0)

    def test_comes_by_a_link_that_survives_the_way_to_signing_up(
        self, client: Client, account: Account, mailoutbox: Any
    ) -> None:
        assert client.get(reverse("billing:invited", args=[account.referral_code])).status_code == 302
        client.post(
            reverse("account_signup"), {"email": "ann@example.org", "password1": "correct horse battery"}
        )
        assert Referral.objects.get().referrer == account

    def test_comes_by_nobodys_link_as_well(self, client: Client, db: None, mailoutbox: Any) -> None:
        client.get(reverse("billing:invited", args=["nobody"]))
        client.post(
            reverse("account_signup"), {"email": "ann@example.org", "password1": "correct horse battery"}
        )
        assert User.objects.filter(email="ann@example.org").exists()
        assert not Referral.objects.exists()


@pytest.mark.django_db
class TestASharedFilm:
    def test_brings_a_credit_once_and_five_a_month(
        self, alice: User, account: Account, balance: Balance
    ) -> None:
        july, august = datetime(2026, 7, 20, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)
        films = [uuid.uuid4() for _ in range(7)]
        for film in films:
            for _ in range(2):
                rewards.shared_film_played(owner=alice, film=film, now=july)
        assert balance(account) == 5
        assert rewards.shared_film_played(owner=alice, film=films[6], now=august)
        assert balance(account) == 6


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    def test_are_welcomed_once(self, alice: User, account: Account, balance: Balance) -> None:
        together(12, lambda _: rewards.welcome(user=alice, now=clock.now()))
        assert balance(account) == 1

    def test_play_a_film_once(self, alice: User, account: Account, balance: Balance) -> None:
        film = uuid.uuid4()
        together(12, lambda _: rewards.shared_film_played(owner=alice, film=film, now=clock.now()))
        assert balance(account) == 1

    def test_buy_for_the_first_time_once(
        self, stripe: Fake, account: Account, pack: Pack, bob: User, balance: Balance
    ) -> None:
        friend = brought(bob, by=account)
        orders = [ordered(friend, pack) for _ in range(4)]
        for order in orders:
            stripe.pay(order.session_id)
        together(4, lambda place: purchases.look_again(purchase=orders[place], now=clock.now()))
        assert (balance(account), balance(friend)) == (2, 41)
