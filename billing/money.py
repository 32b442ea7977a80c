"""Money in words. Amounts are whole numbers of a currency's smallest unit, as Stripe counts them."""

from __future__ import annotations

from decimal import Decimal

SIGNS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}
# As Stripe lists them.
WITHOUT_CENTS = {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv"}
WITHOUT_CENTS |= {"xaf", "xof", "xpf"}


def label(amount: int, currency: str) -> str:
    """`$5.00`, `¥500`, `12.50 CHF`."""
    number = f"{amount:,}" if currency in WITHOUT_CENTS else f"{Decimal(amount) / 100:,.2f}"
    sign = SIGNS.get(currency)
    return f"{sign}{number}" if sign else f"{number} {currency.upper()}"
