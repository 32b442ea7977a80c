"""What is paid is granted once, and what goes back is taken back, whatever comes in which order."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from billing import housekeeping, ledger, purchases
from billing.models import Account, Entry, Pack, Purchase, StripeEvent
from billing.movements import Kind
from billing.stripe import gateway, inbox
from echoes.kernel import clock
from tests.billing.made import bought, give, held, ordered, play, post, signed
from tests.billing.test_ledger import THOROUGH, together
from tests.contracts.stripe import fake
from tests.contracts.stripe.fake import Fake

Balance = Callable[[Account], int]
Status = Purchase.Status


def look(purchase: Purchase) -> Purchase:
    return purchases.look_again(purchase=purchase, now=clock.now())


@pytest.mark.django_db
class TestOrder:
    def test_keeps_the_price_of_its_moment(self, stripe: Fake, account: Account, pack: Pack) -> None:
        order = ordered(account, pack)
        Pack.objects.update(credits=1, amount=9900)
        stripe.pay(order.session_id)
        assert (look(order).status, order.credits, order.total) == (Status.PAID, 10, 500)

    def test_asked_for_twice_is_one_page(self, stripe: Fake, account: Account, pack: Pack) -> None:
        order = ordered(account, pack)
        Purchase.objects.update(session_id="", checkout_url="")  # a crash before it was written down
        order.refresh_from_db()
        purchases.checkout(purchase=order, email="somebody@example.org")
        assert len([thing for thing in stripe.things.values() if thing.get("mode")]) == 1

    def test_names_the_order_where_refunds_and_disputes_can_find_it(
        self, stripe: Fake, account: Account, pack: Pack
    ) -> None:
        order = ordered(account, pack)
        _, _, asked = stripe.requests[0]
        assert asked["metadata"] == asked["payment_intent_data"]["metadata"] == {"order": str(order.pk)}
        assert asked["client_reference_id"] == str(order.pk)

    def test_is_refused_while_buying_is_off(self, account: Account, pack: Pack, settings: Any) -> None:
        with pytest.raises(gateway.BuyingIsOff):
            ordered(account, pack)

    def test_of_somebody_else_is_not_ones_own(
        self, stripe: Fake, account: Account, pack: Pack, bob: User
    ) -> None:
        order = ordered(account, pack)
        words: dict[str, Any] = {"order": order.pk, "pack": pack, "back": "", "now": clock.now()}
        with pytest.raises(purchases.NotYours):
            purchases.begin(account=ledger.account_of(bob), **words)

    def test_waits_out_a_broken_line(self, stripe: Fake, account: Account, pack: Pack) -> None:
        stripe.faults = [500]
        assert ordered(account, pack).session_id

    def test_says_that_nothing_was_charged_when_stripe_does_not_answer(
        self, stripe: Fake, account: Account, pack: Pack
    ) -> None:
        stripe.faults = [429]
        with pytest.raises(gateway.Unreachable, match="Nothing was charged"):
            ordered(account, pack)


@pytest.mark.django_db
class TestFulfilment:
    def test_grants_what_was_ordered_once(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance
    ) -> None:
        order = bought(stripe, account, pack)
        assert (look(order).status, balance(account), order.receipt_url) == (
            Status.PAID,
            10,
            f"{stripe.url}/receipts/{order.payment_intent}",
        )

    @pytest.mark.parametrize(("code", "total"), [("HALF", 250), ("FREE", 0)])
    def test_grants_the_same_with_a_promotion_code(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance, code: str, total: int
    ) -> None:
        order = bought(stripe, account, pack, promotion=code)
        assert (order.status, order.total, balance(account)) == (Status.PAID, total, 10)

    def test_waits_for_money_that_is_on_its_way(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance
    ) -> None:
        order = bought(stripe, account, pack, card=fake.BANK)
        assert (order.status, balance(account)) == (Status.PENDING, 0)
        stripe.bank_pays(order.session_id)
        assert (look(order).status, balance(account)) == (Status.PAID, 10)

    def test_grants_nothing_when_the_bank_refuses(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance
    ) -> None:
        order = bought(stripe, account, pack, card=fake.BANK)
        stripe.bank_refuses(order.session_id)
        assert (look(order).status, balance(account)) == (Status.FAILED, 0)

    def test_closes_an_order_that_was_never_paid(self, stripe: Fake, account: Account, pack: Pack) -> None:
        order = ordered(account, pack)
        stripe.expire(order.session_id)
        assert look(order).status == Status.EXPIRED
        with pytest.raises(purchases.Over):
            purchases.checkout(purchase=order, email="somebody@example.org")

    @pytest.mark.parametrize(
        "wrong", [{"currency": "eur"}, {"amount_subtotal": 1}, {"livemode": True}, {"metadata": {}}]
    )
    def test_grants_nothing_for_a_payment_that_does_not_fit(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance, wrong: dict[str, Any]
    ) -> None:
        order = ordered(account, pack)
        stripe.pay(order.session_id)
        stripe.things[order.session_id].update(wrong)
        assert (look(order).status, balance(account)) == (Status.UNFIT, 0)


@pytest.mark.django_db
class TestMoneyThatGoesBack:
    def test_takes_the_same_share_of_the_credits(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance
    ) -> None:
        order = bought(stripe, account, pack)
        stripe.refund(order.payment_intent, 120)
        look(order)
        assert balance(account) == 8  # 2.4 of 10, in the customer's favour
        stripe.refund(order.payment_intent)
        look(order)
        assert balance(account) == 0

    def test_gives_them_again_when_the_refund_fails(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance
    ) -> None:
        order = bought(stripe, account, pack)
        refund = stripe.refund(order.payment_intent)
        look(order)
        stripe.refund_fails(refund["id"])
        look(order)
        assert (balance(account), order.refunded) == (10, 0)

    def test_is_owed_where_it_was_spent(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance
    ) -> None:
        order = bought(stripe, account, pack)
        ledger.capture(hold=held(account, 7), now=clock.now())
        stripe.refund(order.payment_intent)
        look(order)
        assert (balance(account), account.debt) == (0, 7)

    @pytest.mark.parametrize(("won", "left"), [(True, 10), (False, 0)])
    def test_by_a_dispute_comes_again_when_it_is_won(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance, won: bool, left: int
    ) -> None:
        order = bought(stripe, account, pack, card=fake.DISPUTED)
        assert balance(account) == 0
        [dispute] = [thing for thing in stripe.things.values() if thing.get("object") == "dispute"]
        stripe.close_dispute(dispute["id"], won=won)
        look(order)
        assert balance(account) == left

    def test_is_not_gone_while_the_bank_only_asks(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance
    ) -> None:
        order = bought(stripe, account, pack)
        stripe.dispute(order.payment_intent, inquiry=True)
        look(order)
        assert balance(account) == 10

    def test_both_ways_is_taken_once(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance
    ) -> None:
        order = bought(stripe, account, pack, card=fake.DISPUTED)
        stripe.refund(order.payment_intent)
        look(order)
        assert (balance(account), account.debt, order.refunded_credits, order.disputed_credits) == (
            0,
            0,
            10,
            0,
        )


@pytest.mark.django_db
class TestInbox:
    def test_handles_a_message_once(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance
    ) -> None:
        order = ordered(account, pack)
        stripe.pay(order.session_id)
        for event in stripe.events * 2:
            assert play(event).status_code == 200
        assert balance(account) == 10
        assert {event.attempts for event in StripeEvent.objects.all()} == {1}

    def test_understands_a_refund_that_comes_before_the_payment(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance
    ) -> None:
        order = ordered(account, pack)
        stripe.pay(order.session_id)
        stripe.refund(next(iter(stripe.events))["data"]["object"]["id"])
        play(stripe.events[-1])
        order.refresh_from_db()
        assert (order.status, balance(account), order.refunded_credits) == (Status.PAID, 0, 10)

    def test_does_not_mind_another_version(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance
    ) -> None:
        order = ordered(account, pack)
        stripe.pay(order.session_id)
        about = {"object": "checkout.session", "id": order.session_id}
        old = stripe.events[-1] | {"api_version": "2020-08-27", "data": {"object": about}}
        play(old)
        assert balance(account) == 10

    def test_leaves_alone_what_is_of_another_shop_or_mode(
        self, stripe: Fake, account: Account, pack: Pack
    ) -> None:
        order = ordered(account, pack)
        live = stripe.tell("checkout.session.completed", stripe.things[order.session_id]) | {"livemode": True}
        other = stripe.tell("charge.refunded", {"object": "charge", "id": "ch_1", "payment_intent": None})
        unknown = stripe.tell("invoice.paid", {"object": "invoice", "id": "in_1"})
        for event in (live, other, unknown):
            assert play(event).status_code == 200
        assert {event.outcome for event in StripeEvent.objects.all()} == {"ignored"}

    def test_believes_both_secrets_while_one_is_exchanged(
        self, stripe: Fake, account: Account, settings: Any
    ) -> None:
        event = stripe.tell("invoice.paid", {"object": "invoice", "id": "in_1"})
        assert play(event, secret="whsec_new").status_code == 400
        settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", fake.SECRET]
        assert {play(event, secret="whsec_new").status_code, play(event).status_code} == {200}

    def test_keeps_what_could_not_be_handled_and_tries_again(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance
    ) -> None:
        order = ordered(account, pack)
        stripe.pay(order.session_id)
        stripe.faults = [429]
        assert play(stripe.events[-1]).status_code == 200
        kept = StripeEvent.objects.get()
        assert (kept.processed_at, balance(account)) == (None, 0)
        assert kept.note.startswith("Unreachable")
        housekeeping.sweep(now=clock.now())
        kept.refresh_from_db()
        assert (kept.outcome, balance(account)) == ("done", 10)

    def test_can_be_replayed_by_staff(
        self, stripe: Fake, account: Account, pack: Pack, robins: Client, balance: Balance
    ) -> None:
        order = ordered(account, pack)
        stripe.pay(order.session_id)
        play(stripe.events[-1])
        kept = StripeEvent.objects.get()
        address = reverse("admin:billing_stripeevent_changelist")
        robins.post(address, {"action": "replay", "_selected_action": [kept.pk]})
        kept.refresh_from_db()
        assert (kept.attempts, kept.outcome, balance(account)) == (2, "done", 10)

    def test_forgets_in_time_what_people_wrote(self, stripe: Fake, account: Account) -> None:
        play(stripe.tell("invoice.paid", {"object": "invoice", "id": "in_1"}))
        housekeeping.forget_bodies(now=clock.now() + timedelta(days=89))
        assert StripeEvent.objects.get().body
        housekeeping.forget_bodies(now=clock.now() + timedelta(days=91))
        assert not StripeEvent.objects.get().body


@pytest.mark.django_db
class TestTheClock:
    def test_looks_at_orders_of_which_no_message_came(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance
    ) -> None:
        order = ordered(account, pack)
        stripe.pay(order.session_id)
        housekeeping.sweep(now=clock.now())
        assert balance(account) == 0
        housekeeping.sweep(now=clock.now() + timedelta(hours=1))
        assert balance(account) == 10


def forgeries(stripe: Fake, order: Purchase, number: int) -> list[tuple[bytes, str]]:
    """Messages that are not Stripe's: unsigned, signed by another, too old, altered, or nonsense."""
    event = stripe.events[-1] | {"id": "evt_forged"}
    body, header = signed(event)
    made = [
        (body, ""),
        (body, "t=1,v1=abc"),
        (body, header.replace("v1=", "v0=")),
        signed(event, secret="whsec_of_a_thief"),
        signed(event, timestamp=int(time.time()) - 3_600),
        (body.replace(b"evt_forged", b"evt_forget"), header),
        (body[:-1], header),
        (b"", header),
        (body + b" ", header),
        signed(b'{"id": "evt_1"}'),
    ]
    return [made[place % len(made)] for place in range(number)]


@pytest.mark.django_db
class TestForgeries:
    """Goal G11: 200 of them."""

    def test_are_refused_and_change_nothing(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance
    ) -> None:
        order = ordered(account, pack)
        give(account, 3)
        stripe.pay(order.session_id)
        before = list(Entry.objects.values_list())
        answers = [post(body, header).status_code for body, header in forgeries(stripe, order, 200)]
        assert set(answers) == {400}
        assert list(Entry.objects.values_list()) == before
        assert not StripeEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestAThousandMessages:
    """Goal G11: 1,000 deliveries when asked to be thorough; shuffled, one to five times, eight at a time."""

    def test_leave_each_payment_granted_once(self, stripe: Fake, account: Account, pack: Pack) -> None:
        orders = [ordered(account, pack) for _ in range(100 if THOROUGH else 8)]
        expected = [self._happens(stripe, order, place) for place, order in enumerate(orders)]
        chance = random.Random(7)
        deliveries = [event for event in stripe.events for _ in range(chance.randint(1, 5))]
        chance.shuffle(deliveries)
        assert len(deliveries) >= (1_000 if THOROUGH else 50)
        lanes = [deliveries[place::8] for place in range(8)]
        answers = together(8, lambda place: {play(event).status_code for event in lanes[place]})
        assert answers == [{200}] * 8
        inbox.handle_left(now=clock.now() + timedelta(hours=1), limit=10_000)
        account.refresh_from_db()
        assert account.balance - account.debt == sum(expected)
        for order, credits in zip(orders, expected, strict=True):
            order.refresh_from_db()
            kept = order.credits - order.refunded_credits - order.disputed_credits
            assert (kept if order.status == Status.PAID else 0) == credits

    def _happens(self, stripe: Fake, order: Purchase, place: int) -> int:
        """One of the ways in which an order may go; gives what is left of its ten credits."""
        match place % 8:
            case 0:
                stripe.expire(order.session_id)
                return 0
            case 1:
                stripe.pay(order.session_id, card=fake.BANK)
                return 0
            case 2:
                stripe.pay(order.session_id, card=fake.BANK)
                stripe.bank_pays(order.session_id)
                return 10
            case 3:
                stripe.pay(order.session_id)
                stripe.refund(self._intent(stripe, order), 250)
                return 5
            case 4:
                stripe.pay(order.session_id, card=fake.DISPUTED)
                return 0
            case 5:
                stripe.pay(order.session_id)
                dispute = stripe.dispute(self._intent(stripe, order))
                stripe.close_dispute(dispute["id"], won=True)
                return 10
            case 6:
                stripe.pay(order.session_id)
                refund = stripe.refund(self._intent(stripe, order))
                stripe.refund_fails(refund["id"])
                return 10
        stripe.pay(order.session_id, promotion="FREE")
        return 10

    def _intent(self, stripe: Fake, order: Purchase) -> str:
        return str(stripe.things[order.session_id]["payment_intent"])

    def test_at_one_moment_with_the_way_back_are_one_grant(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance
    ) -> None:
        order = ordered(account, pack)
        stripe.pay(order.session_id)
        together(16, lambda _: look(Purchase.objects.get(pk=order.pk)))
        assert balance(account) == 10
        assert Entry.objects.filter(kind=Kind.PURCHASE).count() == 1

    @pytest.mark.spoils_the_books
    def test_would_undo_a_refund_if_an_older_look_could_write_last(
        self, stripe: Fake, account: Account, pack: Pack, balance: Balance, monkeypatch: Any
    ) -> None:
        """The twin of the count of looks: somebody asks, is slow, and writes what was true before."""
        order = bought(stripe, account, pack)
        refund = stripe.refund(order.payment_intent)
        look(order)
        write, slow = purchases._write, Purchase.objects.get(pk=order.pk)
        found = gateway.session(order.session_id)
        stale = purchases._money_back(slow, found)
        stripe.refund_fails(refund["id"])
        look(order)
        assert balance(account) == 10
        assert write(slow, found, stale, now=clock.now()) is False
        slow.looks = Purchase.objects.get(pk=order.pk).looks  # without the guard
        assert write(slow, found, stale, now=clock.now()) is True
        assert balance(account) == 0


@pytest.mark.django_db
class TestAPageOfAnotherOrder:
    def test_is_not_known_to_others(self, stripe: Fake, bobs: Client, account: Account, pack: Pack) -> None:
        order = ordered(account, pack)
        for name in ("billing:bought", "billing:left"):
            assert bobs.get(reverse(name, args=[order.pk])).status_code == 404
            assert bobs.get(reverse(name, args=[uuid.uuid4()])).status_code == 404
