"""Credits that are given: for coming, for bringing friends, for films that strangers watch.

Each is given once, whoever asks however often: the entry's reference names the occasion, and a `Benefit` the
person, who stays the same person with another spelling of their address or after leaving and coming back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from billing import ledger, people
from billing.models import Account, Benefit, Entry, Purchase, Referral, Reward
from billing.movements import Kind

WELCOME = "welcome"
REFERRED = "referred"


def current() -> Reward:
    """The amounts as staff have set them."""
    return Reward.objects.filter(pk=1).first() or Reward()


@transaction.atomic
def welcome(*, user: Any, now: datetime) -> Account:
    """Called when an address of theirs is confirmed; gives the first credits, once a person."""
    account = ledger.account_of(user)
    amount = current().signup
    if amount and _first_time(WELCOME, user, account):
        ledger.grant(
            account=account, kind=Kind.SIGNUP, amount=amount, reference=f"account:{account.pk}", now=now
        )
    return account


@transaction.atomic
def came_by(*, user: Any, code: str, now: datetime) -> Referral | None:
    """Remember by whose link somebody signed up; nobody's link, one's own, or a second one is nothing."""
    referrer = Account.objects.filter(referral_code=code, user__isnull=False).first()
    account = ledger.account_of(user)
    if referrer is None or referrer.pk == account.pk or account.purchases.exists():
        return None
    made, _ = Referral.objects.get_or_create(
        friend=account, defaults={"referrer": referrer, "created_at": now}
    )
    return made


@transaction.atomic
def bought_first(*, purchase: Purchase, now: datetime) -> None:
    """Somebody has paid: if a friend brought them and this is their first time, both are thanked."""
    referral = (
        Referral.objects.select_for_update(of=("self",))
        .select_related("referrer__user", "friend__user")
        .filter(friend=purchase.account, purchase=None)
        .first()
    )
    if referral is None:
        return
    referral.purchase = purchase
    referral.note = _objection(referral)
    if not referral.note:
        referral.rewarded_at = now
        _thank(referral, now=now)
    referral.save(update_fields=["purchase", "note", "rewarded_at"])


@transaction.atomic
def undone(*, purchase: Purchase, now: datetime) -> None:
    """A purchase was taken back altogether: so is what was given for it."""
    referral = Referral.objects.filter(purchase=purchase, rewarded_at__isnull=False).first()
    if referral is None:
        return
    for entry in Entry.objects.filter(kind=Kind.REFERRAL, reference__startswith=f"referral:{referral.pk}:"):
        ledger.take_back(
            account=entry.account, kind=Kind.FORFEIT, amount=entry.amount, reference=entry.reference, now=now
        )


@transaction.atomic
def shared_film_played(*, owner: Any, film: UUID, now: datetime) -> bool:
    """A stranger has played a shared film; true when that was rewarded: once a film, some times a month."""
    account = Account.objects.select_for_update(of=("self",)).get(pk=ledger.account_of(owner).pk)
    rules, reference = current(), f"film:{film}"
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    given = account.entries.filter(kind=Kind.SHARE)
    if not rules.share or given.filter(reference=reference).exists():
        return False
    if given.filter(created_at__gte=month).count() >= rules.shares_a_month:
        return False
    ledger.grant(account=account, kind=Kind.SHARE, amount=rules.share, reference=reference, now=now)
    return True


def _first_time(kind: str, user: Any, account: Account) -> bool:
    """Whether nobody who goes by one of this person's names has had it; from now on they have."""
    wanted = people.keys(user)
    Benefit.objects.bulk_create(
        (Benefit(kind=kind, person=key, account=account) for key in sorted(wanted)), ignore_conflicts=True
    )
    return not Benefit.objects.filter(kind=kind, person__in=wanted).exclude(account=account).exists()


def _objection(referral: Referral) -> str:
    """Why nothing is given, or nothing."""
    referrer, friend = referral.referrer.user, referral.friend.user
    if referrer is None or friend is None:
        return "one of the two has left"
    if people.keys(referrer) & people.keys(friend):
        return "both are the same person"
    if not _first_time(REFERRED, friend, referral.friend):
        return "this person has been brought before"
    return ""


def _thank(referral: Referral, *, now: datetime) -> None:
    rules = current()
    for account, amount, whose in (
        (referral.friend, rules.friend, "friend"),
        (referral.referrer, rules.referrer, "referrer"),
    ):
        if amount:
            ledger.grant(
                account=account,
                kind=Kind.REFERRAL,
                amount=amount,
                reference=f"referral:{referral.pk}:{whose}",
                now=now,
            )
