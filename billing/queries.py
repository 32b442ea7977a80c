"""What the credits page shows: frozen rows, in a number of queries that does not grow with them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext

from billing import ledger, money, pricing, rewards
from billing.models import Account, Entry, Hold, Pack, Purchase, Reward
from billing.movements import MOVEMENTS, Kind
from billing.stripe import gateway

PAGE = 25


@dataclass(frozen=True)
class Purse:
    """What can be spent, and whether more than the welcome ever moved there, or can."""

    balance: int
    is_of_use: bool


@dataclass(frozen=True)
class Line:
    """A movement, as its owner reads it."""

    at: datetime
    words: str
    detail: str
    link: str
    amount: int
    debt: int
    balance: int


@dataclass(frozen=True)
class Held:
    title: str
    link: str
    amount: int
    since: datetime


@dataclass(frozen=True)
class Offer:
    """A pack as it is shown; `order` makes the form one order however often it is sent."""

    id: int
    title: str
    credits: str
    price: str
    each: str
    badge: str
    order: uuid.UUID


@dataclass(frozen=True)
class Receipt:
    """A purchase that came to something, or may yet."""

    at: datetime
    title: str
    credits: str
    paid: str
    status: str
    status_words: str
    note: str
    url: str


@dataclass(frozen=True)
class Friends:
    url: str
    brought: int
    rewarded: int
    rules: Reward


@dataclass(frozen=True)
class CreditsPage:
    account: Account
    held: list[Held]
    lines: Page[Any]
    offers: list[Offer]
    receipts: list[Receipt]
    friends: Friends
    buying: bool


def page(user: Any, *, number: str, origin: str) -> CreditsPage:
    """Everything on somebody's credits page; `origin` begins the link for friends."""
    account = ledger.account_of(user)
    return CreditsPage(
        account=account,
        held=_held(account),
        lines=_lines(account, number),
        offers=offers() if gateway.is_on() else [],
        receipts=_receipts(account),
        friends=_friends(account, origin),
        buying=gateway.is_on(),
    )


def balance(user: Any) -> int:
    """What somebody can spend. One query."""
    found = Account.objects.filter(user=user).values_list("balance", flat=True).first()
    return found or 0


def purse(user: Any) -> Purse:
    """What the frame of every page shows. One query."""
    others = Entry.objects.filter(account=OuterRef("pk")).exclude(kind=Kind.SIGNUP)
    accounts = Account.objects.filter(user=user).values_list("balance", Exists(others))
    balance, moved = accounts.first() or (0, False)
    return Purse(balance, is_of_use=moved or gateway.is_on())


def movements(user: Any) -> Iterator[dict[str, Any]]:
    """Every movement of somebody's credits, the first one first, as facts to take along."""
    for entry in Entry.objects.filter(account__user=user).select_related("hold", "purchase").order_by("id"):
        yield {
            "at": entry.created_at,
            "kind": entry.kind,
            "credits": entry.amount,
            "owed": entry.debt,
            "balance": entry.balance_after,
            "what": _detail(entry),
        }


def purchases(user: Any) -> Iterator[dict[str, Any]]:
    """Everything that somebody has bought, or begun to; money in the smallest unit of its currency."""
    for bought in Purchase.objects.filter(account__user=user).order_by("created_at"):
        yield {
            "at": bought.created_at,
            "paid_at": bought.paid_at,
            "what": bought.title,
            "credits": bought.credits,
            "status": bought.status,
            "paid": bought.total,
            "refunded": bought.refunded,
            "currency": bought.currency,
            "receipt": bought.receipt_url,
        }


def offers() -> list[Offer]:
    """What is for sale, the smallest first."""
    return [offer(pack) for pack in Pack.objects.for_sale()]


def offer(pack: Pack) -> Offer:
    return Offer(
        id=pack.pk,
        title=pack.title,
        credits=ledger.credits(pack.credits),
        price=money.label(pack.amount, pack.currency),
        each=money.label(round(pack.amount / pack.credits), pack.currency),
        badge=pack.badge,
        order=uuid.uuid4(),
    )


@dataclass(frozen=True)
class Short:
    """Not enough, said where it was needed, with the smallest pack that makes up for it."""

    message: str
    missing: int
    offer: Offer | None
    back: str


def short(error: ledger.NotEnoughCredits, *, back: str) -> Short:
    """What the fragment of a short balance shows; `back` is the page to return to."""
    pack = pricing.smallest_pack(error.missing) if gateway.is_on() else None
    return Short(str(error), error.missing, offer(pack) if pack else None, back)


def _held(account: Account) -> list[Held]:
    found = account.holds.filter(status=Hold.Status.OPEN, amount__gt=0).order_by("-created_at")
    return [
        Held(hold.title or gettext("A clip"), hold.link, hold.amount, hold.created_at)
        for hold in found[:PAGE]
    ]


def _lines(account: Account, number: str) -> Page[Any]:
    entries = account.entries.select_related("hold", "purchase").order_by("-id")
    shown: Page[Any] = Paginator(entries, PAGE).get_page(number)
    shown.object_list = [_line(entry) for entry in shown.object_list]
    return shown


def _line(entry: Entry) -> Line:
    return Line(
        at=entry.created_at,
        words=str(MOVEMENTS[Kind(entry.kind)].words),
        detail=_detail(entry),
        link=_link(entry),
        amount=entry.amount,
        debt=entry.debt,
        balance=entry.balance_after,
    )


def _detail(entry: Entry) -> str:
    if entry.note:
        return entry.note
    if entry.hold:
        return entry.hold.title
    if entry.purchase:
        return f"{entry.purchase.title}, {money.label(entry.purchase.total, entry.purchase.currency)}"
    return ""


def _link(entry: Entry) -> str:
    if entry.hold:
        return entry.hold.link
    return f"{reverse('billing:credits')}#receipts" if entry.purchase else ""


def _receipts(account: Account) -> list[Receipt]:
    shown = account.purchases.exclude(status__in=[Purchase.Status.OPEN, Purchase.Status.EXPIRED])
    return [_receipt(purchase) for purchase in shown.order_by("-created_at")[:PAGE]]


def _receipt(purchase: Purchase) -> Receipt:
    is_paid = purchase.status == Purchase.Status.PAID
    return Receipt(
        at=purchase.paid_at or purchase.created_at,
        title=purchase.title,
        credits=ledger.credits(purchase.credits),
        paid=money.label(purchase.total if is_paid else purchase.amount, purchase.currency),
        status=purchase.status,
        status_words=str(purchase.get_status_display()),
        note=_money_back(purchase),
        url=purchase.receipt_url,
    )


def _money_back(purchase: Purchase) -> str:
    parts = []
    if purchase.refunded:
        amount = money.label(purchase.refunded, purchase.currency)
        parts.append(gettext("{amount} refunded").format(amount=amount))
    if purchase.disputed:
        amount = money.label(purchase.disputed, purchase.currency)
        parts.append(gettext("{amount} taken back by your bank").format(amount=amount))
    return ", ".join(parts)


def _friends(account: Account, origin: str) -> Friends:
    return Friends(
        url=f"{origin}{reverse('billing:invited', args=[account.referral_code])}",
        brought=account.referrals.count(),
        rewarded=account.referrals.exclude(rewarded_at=None).count(),
        rules=rewards.current(),
    )
