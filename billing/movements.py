"""Why credits move: the whole list, from which the database's own rule about signs is made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from django.db.models import F, Q, TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy


class Kind(TextChoices):
    SIGNUP = "signup", pgettext_lazy("of a movement", "Signup")
    PURCHASE = "purchase", pgettext_lazy("of a movement", "Purchase")
    REFERRAL = "referral", pgettext_lazy("of a movement", "Referral")
    SHARE = "share", pgettext_lazy("of a movement", "Share")
    GENERATION = "generation", pgettext_lazy("of a movement", "Generation")
    RELEASE = "release", pgettext_lazy("of a movement", "Release")
    REDO = "redo", pgettext_lazy("of a movement", "Redo")
    REFUND = "refund", pgettext_lazy("of a movement", "Refund")
    CHARGEBACK = "chargeback", pgettext_lazy("of a movement", "Chargeback")
    RESTORED = "restored", pgettext_lazy("of a movement", "Restored")
    REPAYMENT = "repayment", pgettext_lazy("of a movement", "Repayment")
    FORFEIT = "forfeit", pgettext_lazy("of a movement", "Forfeit")
    ADJUSTMENT = "adjustment", pgettext_lazy("of a movement", "Adjustment")


class Way(Enum):
    """Which way credits go: in, out, back where they came from (as debt where none are left), in settlement
    of a debt, either way by staff, or not at all."""

    IN = "in"
    OUT = "out"
    BACK = "back"
    SETTLED = "settled"
    EITHER = "either"
    NONE = "none"


@dataclass(frozen=True)
class Movement:
    way: Way
    words: Promise  # for the person whose credits they are


MOVEMENTS: dict[Kind, Movement] = {
    Kind.SIGNUP: Movement(Way.IN, gettext_lazy("Welcome to Echoes")),
    Kind.PURCHASE: Movement(Way.IN, gettext_lazy("Bought")),
    Kind.REFERRAL: Movement(Way.IN, gettext_lazy("A friend's first purchase")),
    Kind.SHARE: Movement(Way.IN, gettext_lazy("A film you shared was watched")),
    Kind.GENERATION: Movement(Way.OUT, gettext_lazy("A clip made with AI")),
    Kind.RELEASE: Movement(Way.IN, gettext_lazy("Given back: nothing was delivered")),
    Kind.REDO: Movement(Way.NONE, gettext_lazy("A free redo")),
    Kind.REFUND: Movement(Way.BACK, gettext_lazy("Your money was refunded")),
    Kind.CHARGEBACK: Movement(Way.BACK, gettext_lazy("Your bank took a payment back")),
    Kind.RESTORED: Movement(Way.IN, gettext_lazy("Yours again: the money stayed with us")),
    Kind.REPAYMENT: Movement(Way.SETTLED, gettext_lazy("Set against what was owed")),
    Kind.FORFEIT: Movement(Way.BACK, gettext_lazy("A reward for a purchase that was undone")),
    Kind.ADJUSTMENT: Movement(Way.EITHER, gettext_lazy("Changed by our staff")),
}


def kinds(*ways: Way) -> list[Kind]:
    return [kind for kind, movement in MOVEMENTS.items() if movement.way in ways]


def signs() -> Q:
    """What the database holds every entry to. What is given back may be nothing: a free redo held nothing."""
    return (
        Q(kind__in=[kind for kind in kinds(Way.IN) if kind != Kind.RELEASE], amount__gt=0, debt=0)
        | Q(kind=Kind.RELEASE, amount__gte=0, debt=0)
        | Q(kind__in=kinds(Way.OUT), amount__lt=0, debt=0)
        | Q(kind__in=kinds(Way.BACK), amount__lte=0, debt__gte=0, amount__lt=F("debt"))
        | Q(kind__in=kinds(Way.SETTLED), amount__lt=0, debt=F("amount"))
        | (Q(kind__in=kinds(Way.EITHER), debt=0) & ~Q(amount=0))
        | Q(kind__in=kinds(Way.NONE), amount=0, debt=0)
    )
