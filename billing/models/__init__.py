"""Credits: accounts and what moved on them, the shop, rewards, prices and costs."""

from __future__ import annotations

from billing.models.ledger import Account, Entry, Hold
from billing.models.prices import Cost, Price
from billing.models.rewards import Benefit, Referral, Reward
from billing.models.shop import Pack, Purchase, StripeEvent

__all__ = [
    "Account",
    "Benefit",
    "Cost",
    "Entry",
    "Hold",
    "Pack",
    "Price",
    "Purchase",
    "Referral",
    "Reward",
    "StripeEvent",
]
