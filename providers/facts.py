"""What services say of themselves: what is left on our account, and which models they switch off.

Asked by the clock alone, now and then, and kept. A service that does not answer is asked again later, and
what it said before stands. What is left at Replicate and OpenAI their interfaces do not tell us.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from providers import connections
from providers.connections import Provider
from providers.models import Model, ServiceFact

log = logging.getLogger(__name__)

What = ServiceFact.What


def ask(*, now: datetime) -> None:
    """Ask every connected service what has not been asked for a while."""
    for provider, what, asked, pause in ASKED:
        if not connections.is_connected(provider):
            continue
        known = ServiceFact.objects.filter(provider=provider, what=what).first()
        if known is None or known.asked_at <= now - pause:
            _ask(provider, what, asked, now=now)


def balances() -> dict[str, Decimal]:
    """US dollars that were left at services when they last told. One query."""
    told = ServiceFact.objects.filter(what=What.BALANCE).exclude(at=None)
    found = {fact.provider: _usd(fact.said) for fact in told}
    return {provider: usd for provider, usd in found.items() if usd is not None}


def _ask(provider: Provider, what: str, asked: Callable[[], dict[str, str]], *, now: datetime) -> None:
    """The row is written whether there was an answer or not, so that a service in trouble is not asked every
    ten minutes."""
    fields: dict[str, Any] = {"asked_at": now}
    try:
        fields |= {"said": asked(), "at": now}
    except Exception as error:  # whatever goes wrong there must not keep the clock from its work
        log.warning("%s did not tell its %s: %s: %s", provider.label, what, type(error).__name__, error)
    fact, _ = ServiceFact.objects.update_or_create(provider=provider, what=what, defaults=fields)
    if what == What.RETIRING and "said" in fields:
        _write_dates(provider, fact.said)


def _write_dates(provider: Provider, dates: dict[str, str]) -> None:
    """What a service says of its own models is truer than what staff wrote."""
    for row in Model.objects.filter(provider=provider, wire__in=dates):
        day = date.fromisoformat(dates[row.wire])
        if row.retires_on != day:
            log.info("%s switches %s off on %s", provider.label, row.slug, day)
            Model.objects.filter(pk=row.pk).update(retires_on=day)


def _usd(said: dict[str, str]) -> Decimal | None:
    try:
        return Decimal(str(said["usd"]))
    except (KeyError, InvalidOperation):
        return None


def _left_at_runway() -> dict[str, str]:
    from providers.runway import RUNWAY

    return {"usd": str(RUNWAY.balance())}


def _retired_by_openai() -> dict[str, str]:
    from providers.openai import models_retiring

    return {wire: day.isoformat() for wire, day in models_retiring().items()}


# Who is asked what, how, and after what pause again.
ASKED: list[tuple[Provider, str, Callable[[], dict[str, str]], timedelta]] = [
    (Provider.RUNWAY, What.BALANCE, _left_at_runway, timedelta(hours=1)),
    (Provider.OPENAI, What.RETIRING, _retired_by_openai, timedelta(hours=12)),
]
