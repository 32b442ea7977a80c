"""What something costs: asked here by the button that shows it and by the verb that takes the hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from billing import ledger
from billing.models import Account, Pack, Price
from echoes.kernel.errors import EchoesError

STEP = 5
"""Seconds: every started step is paid."""
FREE = frozenset({"local"})
"""Made on this machine: that is a promise, so no row can change it."""


class NoPrice(EchoesError):
    """This way of making a clip is not offered at the moment. Please choose another."""

    code = "no_price"


@dataclass(frozen=True)
class Quote:
    """A price before the click. `offer` is the smallest pack that makes up what is missing, or the largest
    there is; nothing while there is enough, or nothing is for sale."""

    cost: int
    balance: int
    missing: int
    offer: Pack | None

    @property
    def enough(self) -> bool:
        return self.missing == 0


def price(*, model: str, seconds: int) -> int:
    """Whole credits for a clip of that length; raises NoPrice for a model that nobody has priced."""
    return prices(model=model, lengths=[seconds])[0]


def prices(*, model: str, lengths: Sequence[int]) -> list[int]:
    """The same for many, in one query."""
    if model in FREE:
        return [0 for _ in lengths]
    row = Price.objects.filter(model=model).first()
    if row is None:
        raise NoPrice
    return [row.credits * -(-seconds // STEP) for seconds in lengths]


def price_list(*, models: Sequence[str], seconds: int) -> dict[str, int]:
    """What a clip of that length costs by each of these models; those that nobody has priced are left out.
    One query."""
    rows = Price.objects.filter(model__in=set(models) - FREE)
    bought = {row.model: row.credits * -(-seconds // STEP) for row in rows}
    return dict.fromkeys(FREE & set(models), 0) | bought


def priced(models: Sequence[str]) -> set[str]:
    """Of these, those that can be bought, and are not free."""
    return set(Price.objects.filter(model__in=models).values_list("model", flat=True))


def quote(*, user: Any, cost: int) -> Quote:
    """What it costs and what that person has for it."""
    account = Account.objects.filter(user=user).first() or Account()
    missing = max(0, cost - account.balance + account.debt) if cost else 0
    return Quote(cost, account.balance, missing, smallest_pack(missing) if missing else None)


def smallest_pack(credits: int) -> Pack | None:
    """The smallest pack for sale that holds so many credits, or the largest there is."""
    packs = list(Pack.objects.for_sale())
    return next((pack for pack in packs if pack.credits >= credits), packs[-1] if packs else None)


def label(cost: int) -> str:
    """What stands on a button."""
    return ledger.credits(cost) if cost else gettext("free")
