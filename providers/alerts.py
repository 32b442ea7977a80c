"""What staff should know of services, in sentences: told on the page of jobs, and logged once.

Only the database and the settings are asked, so that a page can: what services say of themselves the clock
has written down (`providers.facts`). What each means and what to do is in docs/operations.md, "AI services".
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Max, Q, Value
from django.utils.dateformat import format as dated
from django.utils.translation import gettext, ngettext

from billing import pricing
from jobs import registry as jobs
from jobs.states import State
from providers import connections, facts, spending, staff
from providers.connections import Provider
from providers.models import Alert, Disclosure, Model

log = logging.getLogger(__name__)

SOON = timedelta(days=60)
REFUSED = timedelta(days=1)
USED = timedelta(days=30)
NEARLY = Decimal("0.8")
SERVICES = [provider for provider in Provider if provider != Provider.LOCAL]


@dataclass(frozen=True)
class Found:
    """`key` says what is so, and of what: the same is logged once."""

    key: str
    text: str


def sentences(*, now: datetime) -> list[str]:
    """For the staff's page (settings.STAFF_ALARMS)."""
    return [found.text for found in current(now=now)]


def current(*, now: datetime) -> list[Found]:
    """Everything that is so now, the worst first."""
    on = list(Model.objects.filter(is_on=True).exclude(provider=Provider.LOCAL).in_order())
    return [
        *_refused(now=now),
        *_low(),
        *_unconnected(on, now=now),
        *_retiring(on, today=now.date()),
        *_unpriced(on),
        *_nearly_spent(now=now),
    ]


def look(*, now: datetime) -> None:
    """Log what is new, forget what is over."""
    found = {alert.key: alert.text[:400] for alert in current(now=now)}
    Alert.objects.exclude(key__in=found).delete()
    for key, text in found.items():
        _, is_new = Alert.objects.update_or_create(
            key=key, defaults={"text": text}, create_defaults={"text": text, "since": now}
        )
        if is_new:
            log.error("services: %s", text)


def is_near(day: date | None, *, today: date) -> bool:
    """Whether a model's last day is so near that staff should act."""
    return day is not None and day <= today + SOON


# ---- the kinds ------------------------------------------------------------------------------


def _refused(*, now: datetime) -> Iterator[Found]:
    """A service takes nothing of our account: the key, or the money. Not if it has made something since."""
    last: dict[str, datetime] = {}
    made: dict[str, datetime] = {}
    for _, service, refused_at, made_at in _ends(since=now - REFUSED):
        for into, at in ((last, refused_at), (made, made_at)):
            if at:
                into[service] = max(at, into.get(service, at))
    for service, at in sorted(last.items()):
        if made.get(service, at - REFUSED) < at:
            text = gettext(
                "{service} took nothing of our account at {time} UTC on {day}: its key is not good, or "
                "nothing is left to pay with."
            )
            yield Found(
                f"refused:{service}",
                text.format(service=_name(service), time=f"{at:%H:%M}", day=_day(at.date())),
            )


def _ends(*, since: datetime) -> Iterable[tuple[str, str, datetime | None, datetime | None]]:
    """Of each kind of job and service: when it last refused our account, and when it last made something.
    One query for all kinds."""
    refused = Q(state=State.FAILED, error_code="service_account")
    parts = [
        kind._base_manager.filter(finished_at__gt=since)
        .exclude(service="")
        .order_by()
        .annotate(label=Value(kind.kind))
        .values("label", "service")
        .annotate(
            refused=Max("finished_at", filter=refused),
            made=Max("finished_at", filter=Q(state=State.SUCCEEDED)),
        )
        .values_list("label", "service", "refused", "made")
        for kind in jobs.remote_models()
    ]
    return parts[0].union(*parts[1:], all=True) if parts else ()


def _low() -> Iterator[Found]:
    left_at = facts.balances()
    for provider in SERVICES:
        left = left_at.get(provider) if connections.is_connected(provider) else None
        if left is not None and left < settings.SERVICE_BALANCE_LOW_USD:
            text = gettext("{service} has {usd} USD left of ours.")
            yield Found(f"balance:{provider}", text.format(service=provider.label, usd=f"{left:.2f}"))


def _unconnected(on: list[Model], *, now: datetime) -> Iterator[Found]:
    """Where no service was ever connected everything is made here, and that is no trouble."""
    lacking = Counter(model.provider for model in on if not connections.is_connected(model.provider))
    if not lacking:
        return
    some = any(connections.is_connected(provider) for provider in SERVICES)
    was = Disclosure.objects.filter(at__gt=now - USED, simulated=False).order_by()
    used = set() if some else set(was.values_list("provider", flat=True).distinct())
    for provider, count in sorted(lacking.items()):
        if some or provider in used:
            text = ngettext(
                "{service} is not connected, and a model of it is on.",
                "{service} is not connected, and {count} models of it are on.",
                count,
            )
            yield Found(f"unconnected:{provider}", text.format(service=_name(provider), count=count))


def _retiring(on: list[Model], *, today: date) -> Iterator[Found]:
    for model in on:
        if model.retires_on is None or not is_near(model.retires_on, today=today):
            continue
        text = _retirement(days := (model.retires_on - today).days).format(
            service=_name(model.provider),
            model=model,
            slug=model.slug,
            day=_day(model.retires_on),
            count=days,
        )
        yield Found(f"retires:{model.slug}:{model.retires_on}", text)


def _retirement(days: int) -> str:
    if days > 0:
        return ngettext(
            "{service} switches {model} ({slug}) off on {day}, in {count} day.",
            "{service} switches {model} ({slug}) off on {day}, in {count} days.",
            days,
        )
    if days == 0:
        return gettext("{service} switches {model} ({slug}) off on {day}, today.")
    return gettext("{service} switches {model} ({slug}) off on {day}, already.")


def _unpriced(on: list[Model]) -> Iterator[Found]:
    usable = connected(on)
    sold = [model for model in usable if model.capability in staff.SOLD]
    priced = pricing.priced([model.slug for model in sold])
    for model in sold:
        if model.slug not in priced:
            text = gettext("{model} ({slug}) is on and has no price in credits, so it is offered to nobody.")
            yield Found(f"unpriced:{model.slug}", text.format(model=model, slug=model.slug))


def _nearly_spent(*, now: datetime) -> Iterator[Found]:
    """By whom stands beside the limits, and not in the log."""
    for spent in spending.beside_caps(now=now):
        if spent.share > NEARLY:
            text = gettext("Limit of {whom}: {usd} of {limit} USD are spent in 30 days.")
            yield Found(
                f"cap:{spent.cap.pk}",
                text.format(whom=_limit(spent), usd=f"{spent.usd:.2f}", limit=spent.cap.usd),
            )


def connected(models: list[Model]) -> list[Model]:
    return [model for model in models if connections.is_connected(model.provider)]


def _limit(spent: spending.Spent) -> str:
    label = str(spent.cap.get_scope_display())
    return gettext("one person") if spent.cap.user_id else label[0].lower() + label[1:]


def _name(provider: str) -> str:
    return str(Provider(provider).label) if provider in Provider.values else provider


def _day(day: date) -> str:
    return dated(day, "j M Y")
