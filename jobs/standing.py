"""How each provider's service stands, for staff: the breaker, the limit, and what is there or to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Value

from jobs import breaker, registry
from jobs.models import ServiceState
from jobs.reasons import Provider
from jobs.states import AT_PROVIDER, CLAIMABLE, LEASED, LIVE, Phase


@dataclass(frozen=True)
class ProviderLine:
    provider: Provider
    state: str  # off, resting, trying or working
    unsent: int  # jobs that are due, and that it must do


def provider_lines(*, now: datetime) -> list[ProviderLine]:
    """Every service that is connected, was once in trouble, or has jobs."""
    unsent = _by_service(Q(phase=Phase.NEW, state__in=CLAIMABLE, run_after__lte=now))
    return [
        ProviderLine(found, _word(found, now=now), unsent.get(name, 0))
        for name, found in sorted(_standings().items())
    ]


def shut(*, now: datetime) -> QuerySet[ServiceState, str]:
    """Names of the services to which nothing is sent now."""
    closed = ServiceState.objects.filter(Q(resting_until__gt=now) | Q(switched_off=True))
    return closed.values_list("name", flat=True)


def standing(name: str) -> Provider | None:
    return _standings().get(name)


def _standings() -> dict[str, Provider]:
    states = {state.name: state for state in ServiceState.objects.all()}
    there = Q(phase__in=AT_PROVIDER, state__in=LIVE) | Q(phase=Phase.NEW, state__in=LEASED)
    in_flight = _by_service(there)
    names = {*settings.REMOTE_SERVICES, *states, *in_flight}
    return {name: _provider(name, states.get(name), in_flight.get(name, 0)) for name in names}


def _provider(name: str, state: ServiceState | None, in_flight: int) -> Provider:
    state = state or ServiceState(name=name)
    own = registry.service(name).in_flight if name in settings.REMOTE_SERVICES else None
    return Provider(
        name=name,
        switched_off=state.switched_off,
        resting_until=state.resting_until,
        failures=state.failures,
        broken=state.failures >= breaker.OPENS_AT,
        in_flight=in_flight,
        limit=own if state.limit is None else state.limit,
        note=state.note,
    )


def _by_service(condition: Q) -> dict[str, int]:
    """How many jobs of all kinds, in one query."""
    parts = [
        model._base_manager.filter(condition)
        .exclude(service="")
        .annotate(label=Value(model.kind))
        .values("label", "service")
        .annotate(number=Count("pk"))
        .values_list("label", "service", "number")
        for model in registry.remote_models()
    ]
    found: dict[str, int] = {}
    for _, name, number in parts[0].union(*parts[1:], all=True) if parts else ():
        found[name] = found.get(name, 0) + number
    return found


def _word(provider: Provider, *, now: datetime) -> str:
    if provider.switched_off:
        return "off"
    if provider.rests(now=now):
        return "resting"
    return "trying" if provider.broken else "working"
