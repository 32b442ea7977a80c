"""What people and staff see of credits."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from billing import access, costs, leaving, ledger, margin, money, reconcile
from billing.models import Account, Entry, Pack, Price, Purchase, StripeEvent
from billing.movements import Kind
from echoes.kernel import clock
from tests import cast
from tests.architecture.test_house import PACKAGES
from tests.billing.made import bought, give, held, ordered, play
from tests.contracts.stripe import fake
from tests.contracts.stripe.fake import Fake

Balance = Callable[[Account], int]
pytestmark = pytest.mark.django_db


def said(response: Any) -> str:
    """What a page says to its reader, without marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def robin(db: Any) -> User:
    return cast.robin()


class TestMoney:
    @pytest.mark.parametrize(
        ("amount", "currency", "label"),
        [
            (500, "usd", "$5.00"),
            (123456, "eur", "€1,234.56"),
            (500, "jpy", "¥500"),
            (1250, "chf", "12.50 CHF"),
        ],
    )
    def test_is_written_as_its_country_does(self, amount: int, currency: str, label: str) -> None:
        assert money.label(amount, currency) == label


class TestTheCreditsPage:
    def test_teaches_when_there_is_nothing(self, alices: Client) -> None:
        page = said(alices.get(reverse("billing:credits")))
        assert "0 credits to spend" in page
        assert "Nothing has moved yet" in page
        assert "Credits are not sold here" in page
        assert "admin" not in page

    def test_tells_staff_how_to_give_credits_and_to_sell_them(self, robins: Client) -> None:
        page = said(robins.get(reverse("billing:credits")))
        assert "STRIPE_SECRET_KEY" in page

    def test_shows_every_movement_what_is_held_and_what_is_owed(
        self, alices: Client, account: Account
    ) -> None:
        give(account, 5)
        held(account, 2)
        ledger.take_back(account=account, kind=Kind.CHARGEBACK, amount=9, reference="x", now=clock.now())
        page = said(alices.get(reverse("billing:credits")))
        for words in ("A film you shared was watched", "+5", "A clip made with AI beach.jpg", "-2"):
            assert words in page
        assert "Your bank took a payment back" in page
        assert "-3 , 6 owed" in page
        assert "You owe 6 credits" in page
        assert "Set aside for what is being made beach.jpg 2" in page

    def test_has_packs_receipts_and_the_link_for_friends(
        self, alices: Client, account: Account, stripe: Fake, pack: Pack
    ) -> None:
        order = bought(stripe, account, pack)
        stripe.refund(order.payment_intent, 100)
        play(stripe.events[-1])
        answer = alices.get(reverse("billing:credits"))
        page = said(answer)
        assert "Buy for $5.00" in page
        assert "Buy for $12.00" in page
        assert "10 credits · $1.00 refunded" in page
        assert f'href="{stripe.url}/receipts/' in answer.content.decode()
        assert f"/r/{account.referral_code}/" in answer.content.decode()

    def test_asks_as_much_for_a_hundred_movements_as_for_one(self, alices: Client, account: Account) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                alices.get(reverse("billing:credits"))
            return len(captured)

        give(account, 1)
        queries()
        before = queries()
        for _ in range(20):
            give(account, 2)
            held(account)
        assert queries() == before

    def test_shows_nothing_of_anybody_else(self, bobs: Client, account: Account) -> None:
        give(account, 77)
        assert "77" not in said(bobs.get(reverse("billing:credits")))

    def test_is_a_click_away_from_everywhere(self, alices: Client, account: Account) -> None:
        give(account, 12)
        assert "Credits: 12" in said(alices.get(reverse("projects:dashboard")))

    def test_is_no_number_beside_a_coin_while_there_is_no_use_for_it(
        self, alices: Client, account: Account, settings: Any
    ) -> None:
        def shown() -> bool:
            return "header-credits" in alices.get(reverse("projects:dashboard")).content.decode()

        settings.STRIPE_SECRET_KEY = ""
        unconnected = dict.fromkeys(settings.PROVIDERS, ("", ""))
        settings.PROVIDERS = unconnected
        give(account, 1, kind=Kind.SIGNUP)
        assert not shown()
        settings.PROVIDERS = unconnected | {"runway": ("key", "")}
        assert shown()
        settings.PROVIDERS = unconnected
        held(account)
        assert shown()


class TestBuying:
    def form(self, pack: Pack, **words: str) -> dict[str, str]:
        return {"pack": str(pack.pk), "order": str(uuid.uuid4()), **words}

    def test_leads_to_stripe_and_back_to_where_one_was(
        self, alices: Client, stripe: Fake, pack: Pack
    ) -> None:
        asked = alices.post(reverse("billing:buy"), self.form(pack, back="/projects/?page=2"))
        order = Purchase.objects.get()
        assert asked["Location"] == f"{stripe.url}/pay/{order.session_id}"
        onward = stripe.pay(order.session_id)
        assert onward == f"{django_settings.PUBLIC_URL}{reverse('billing:bought', args=[order.pk])}"
        answer = alices.get(reverse("billing:bought", args=[order.pk]), follow=True)
        assert answer.redirect_chain == [("/projects/?page=2", 302)]
        assert "10 credits came in, and you have 10 now." in said(answer)

    def test_of_one_form_twice_is_one_order(self, alices: Client, stripe: Fake, pack: Pack) -> None:
        form = self.form(pack)
        pages = {alices.post(reverse("billing:buy"), form)["Location"] for _ in range(3)}
        assert (len(pages), Purchase.objects.count()) == (1, 1)

    @pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "x"])
    def test_never_leads_away(self, alices: Client, stripe: Fake, pack: Pack, back: str) -> None:
        alices.post(reverse("billing:buy"), self.form(pack, back=back))
        assert Purchase.objects.get().back == ""

    def test_says_so_when_nothing_was_bought(
        self, alices: Client, account: Account, stripe: Fake, pack: Pack
    ) -> None:
        order = ordered(account, pack)
        answer = alices.get(reverse("billing:left", args=[order.pk]), follow=True)
        assert "Nothing was bought, and nothing was charged." in said(answer)

    def test_says_that_money_is_on_its_way(
        self, alices: Client, account: Account, stripe: Fake, pack: Pack
    ) -> None:
        order = ordered(account, pack)
        stripe.pay(order.session_id, card=fake.BANK)
        answer = alices.get(reverse("billing:bought", args=[order.pk]), follow=True)
        assert "Your payment is on its way." in said(answer)

    def test_goes_on_when_stripe_does_not_answer_on_the_way_back(
        self, alices: Client, account: Account, stripe: Fake, pack: Pack
    ) -> None:
        order = ordered(account, pack)
        stripe.faults = [429]
        answer = alices.get(reverse("billing:bought", args=[order.pk]), follow=True)
        assert "Your credits come by themselves." in said(answer)

    def test_is_refused_in_words(self, alices: Client, stripe: Fake, pack: Pack, settings: Any) -> None:
        pack.delete()
        gone = alices.post(reverse("billing:buy"), self.form(Pack(pk=10_000)), follow=True)
        assert "not for sale any more" in said(gone)
        settings.STRIPE_SECRET_KEY = ""
        off = alices.post(reverse("billing:buy"), {}, follow=True)
        assert "Credits cannot be bought here" in said(off)

    def test_may_lead_to_the_page_of_stripe_by_the_policy_of_our_pages(self) -> None:
        """A form that leads away is stopped by browsers unless the policy names where to."""
        allowed = django_settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"]
        assert bool(django_settings.STRIPE_SECRET_KEY) == ("https://checkout.stripe.com" in allowed)


class TestOneFile:
    def test_knows_stripes_library(self) -> None:
        found = [
            path.relative_to(django_settings.ROOT).as_posix()
            for package in PACKAGES
            for path in (django_settings.ROOT / package).rglob("*.py")
            if re.search(r"^\s*(import stripe|from stripe)", path.read_text(), re.MULTILINE)
        ]
        assert found == [Path("billing/stripe/gateway.py").as_posix()]


class TestStaff:
    """Goal G29, where credits are concerned."""

    PAGES = ("account", "entry", "hold", "purchase", "stripeevent", "referral", "cost", "pack", "price")

    def test_see_nothing_without_the_permission(self, account: Account, subtests: Any) -> None:
        nobody = User.objects.create_user("nobody@example.org", cast.PASSWORD, is_staff=True)
        client = Client()
        client.force_login(nobody)
        addresses = [reverse(f"admin:billing_{name}_changelist") for name in self.PAGES]
        addresses += [reverse("billing:overview"), reverse("billing:grant", args=[account.pk])]
        for address in addresses:
            with subtests.test(address):
                assert {client.get(address).status_code, client.post(address, {}).status_code} == {403}

    def test_cannot_change_or_remove_what_is_written(
        self, robins: Client, account: Account, stripe: Fake, pack: Pack, subtests: Any
    ) -> None:
        order = bought(stripe, account, pack)
        hold = held(account)
        play(stripe.events[-1])
        rows = {
            "account": account.pk,
            "entry": Entry.objects.filter(account=account).first().pk,  # type: ignore[union-attr]
            "hold": hold.pk,
            "purchase": order.pk,
            "stripeevent": StripeEvent.objects.get().pk,
        }
        for name, pk in rows.items():
            with subtests.test(name):
                assert robins.get(reverse(f"admin:billing_{name}_add")).status_code == 403
                assert robins.get(reverse(f"admin:billing_{name}_change", args=[pk])).status_code == 200
                for act in ("change", "delete"):
                    address = reverse(f"admin:billing_{name}_{act}", args=[pk])
                    assert robins.post(address, {"post": "yes", "amount": "99"}).status_code == 403
                assert robins.get(reverse(f"admin:billing_{name}_changelist")).status_code == 200

    def test_give_credits_with_a_reason_and_their_name(
        self, robins: Client, robin: User, account: Account, balance: Balance
    ) -> None:
        form = {"amount": "5", "reason": "A film was lost.", "token": str(uuid.uuid4())}
        for _ in range(3):
            robins.post(reverse("billing:grant", args=[account.pk]), form)
        entry = Entry.objects.get()
        assert (balance(account), entry.by, entry.note) == (5, robin, "A film was lost.")
        assert LogEntry.objects.get().change_message == "+5 credits: A film was lost."

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"reason": ""}, "required"),
            ({"amount": "0"}, "Nothing would change."),
            ({"amount": "-1"}, "This takes 1 credit, and you have 0."),
            ({"amount": "many"}, "whole number"),
        ],
    )
    def test_are_told_what_is_wrong(
        self, robins: Client, account: Account, wrong: dict[str, str], words: str
    ) -> None:
        form = {"amount": "5", "reason": "Because.", "token": str(uuid.uuid4()), **wrong}
        assert words in said(robins.post(reverse("billing:grant", args=[account.pk]), form))
        assert not Entry.objects.exists()

    def test_may_look_without_giving(self, account: Account) -> None:
        looker = User.objects.create_user("looker@example.org", cast.PASSWORD, is_staff=True)
        looker.user_permissions.set(Permission.objects.filter(codename=access.VIEW.removeprefix("billing.")))
        client = Client()
        client.force_login(looker)
        assert client.get(reverse("billing:overview")).status_code == 200
        assert client.post(reverse("billing:grant", args=[account.pk]), {}).status_code == 403

    def test_see_what_was_earned_against_what_it_cost(self, robins: Client, account: Account) -> None:
        give(account, 10)
        ledger.capture(hold=held(account, 4), now=clock.now())
        words: dict[str, Any] = {"model": "dream", "now": clock.now()}
        for charge, usd, delivered in (("a", "0.50", True), ("b", "0.30", False), ("b", "0.30", False)):
            costs.record(reference="lab:1", charge=charge, usd=Decimal(usd), delivered=delivered, **words)
        [row] = margin.by_month(now=clock.now())
        assert (row.earned, row.cost, row.wasted, row.per_credit) == (
            4,
            Decimal("0.80"),
            Decimal("0.30"),
            Decimal("0.20"),
        )
        page = said(robins.get(reverse("billing:overview")))
        assert "dream" in page
        assert "The books agree" in page

    def test_set_packs_and_prices(self, robins: Client) -> None:
        pack = {"title": "Five", "credits": "5", "amount": "300", "currency": "eur", "badge": "New"}
        robins.post(reverse("admin:billing_pack_add"), {**pack, "is_active": "on"})
        robins.post(reverse("admin:billing_price_add"), {"model": "dream", "credits": "3"})
        assert Pack.objects.filter(title="Five", amount=300).exists()
        assert Price.objects.get(model="dream").credits == 3
        refused = robins.post(reverse("admin:billing_price_add"), {"model": "local", "credits": "3"})
        assert refused.status_code == 200

    def test_see_no_markup_that_somebody_else_wrote(self, robins: Client, account: Account) -> None:
        hostile = "<script>alert(1)</script>"
        give(account, 1)
        ledger.hold(
            account=account,
            wanted=ledger.Wanted(reference="lab:2", amount=1, model=hostile, title=hostile),
            now=clock.now(),
        )
        for address in (reverse("admin:billing_hold_changelist"), reverse("billing:overview")):
            assert hostile not in robins.get(address).content.decode()


class TestReconcile:
    @pytest.mark.spoils_the_books
    def test_finds_whatever_does_not_agree(
        self, account: Account, stripe: Fake, pack: Pack, capsys: Any
    ) -> None:
        bought(stripe, account, pack)
        held(account)
        call_command("reconcile")
        assert "0 differences." in capsys.readouterr().out
        Account.objects.update(balance=3)
        Purchase.objects.update(credits=11)
        account.holds.update(amount=2, reference="gone:1")
        assert len(reconcile.differences()) == 5
        with pytest.raises(SystemExit):
            call_command("reconcile")


class TestLeaving:
    """Goal G27, where credits are concerned."""

    def test_leaves_books_that_name_nobody(
        self, alice: User, account: Account, stripe: Fake, pack: Pack
    ) -> None:
        order = bought(stripe, account, pack)
        give(account, 2)
        held(account)
        play(stripe.events[-1])
        leaving.forget(user=alice, now=clock.now())
        alice.delete()
        account.refresh_from_db()
        assert account.user is None
        assert account.entries.count() == 3
        written = [str(row) for model in (Entry, Purchase, StripeEvent) for row in model.objects.values()]
        written += [str(row) for row in account.holds.values()]
        assert not [row for row in written if "alice" in row or "example.org" in row or "beach" in row]
        order.refresh_from_db()
        assert order.receipt_url == ""
