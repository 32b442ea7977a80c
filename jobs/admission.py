"""Which providers' services take work now: the breaker's state and the limits, shared by all processes."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from jobs import breaker, registry
from jobs.breaker import Health
from jobs.models import ServiceState
from jobs.states import AT_PROVIDER, LEASED, LIVE, Phase


def resting(*, now: datetime) -> set[str]:
    """Services that are left alone now."""
    return set(ServiceState.objects.filter(resting_until__gt=now).values_list("name", flat=True))


def has_room(name: str) -> bool:
    """Whether one more job may go there. Call it in the transaction that takes the job: the service's row is
    locked, so that two workers cannot both take the last place."""
    ServiceState.objects.get_or_create(name=name)
    state = ServiceState.objects.select_for_update().get(name=name)
    limit = registry.service(name).in_flight if state.limit is None else state.limit
    if _health(state).broken:
        return _underway(name, Q(phase=Phase.NEW, state__in=LEASED) | Q(phase=Phase.SUBMITTING)) == 0
    return in_flight(name) < limit


def in_flight(name: str) -> int:
    """Jobs that the service has, or that a worker is about to give it."""
    there = Q(phase__in=AT_PROVIDER, state__in=LIVE)
    return _underway(name, there | Q(phase=Phase.NEW, state__in=LEASED))


def failed(name: str, *, now: datetime, note: str, retry_after: float | None = None, refused: bool) -> None:
    """Write trouble down; may open the breaker."""
    with transaction.atomic():
        ServiceState.objects.get_or_create(name=name)
        state = ServiceState.objects.select_for_update().get(name=name)
        health = breaker.after_failure(
            _health(state), now=now, chance=random.random(), retry_after=retry_after, refused=refused
        )
        _save(name, health, now=now, note=note[:2_000])


def succeeded(name: str, *, now: datetime) -> None:
    """The service answered as it should: it is well."""
    if ServiceState.objects.filter(name=name, failures__gt=0).exists():
        _save(name, breaker.after_success(), now=now)


def _underway(name: str, condition: Q) -> int:
    return sum(
        model._base_manager.filter(condition, service=name).count() for model in registry.remote_models()
    )


def _health(state: ServiceState) -> Health:
    return Health(state.failures, state.resting_until)


def _save(name: str, health: Health, *, now: datetime, **fields: Any) -> None:
    ServiceState.objects.filter(name=name).update(
        failures=health.failures, resting_until=health.resting_until, changed_at=now, **fields
    )
