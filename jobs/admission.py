"""Which providers' services take work now: the breaker's state and the limits, shared by all processes."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from jobs import breaker, registry, storable
from jobs.breaker import Health
from jobs.models import ServiceState
from jobs.states import AT_PROVIDER, LEASED, LIVE, Phase

FORGOTTEN = timedelta(minutes=10)


def resting(*, now: datetime) -> set[str]:
    """Services that are left alone now."""
    return set(ServiceState.objects.filter(resting_until__gt=now).values_list("name", flat=True))


def closed(*, now: datetime) -> set[str]:
    """Services that get nothing now: left alone for a while, or switched off by staff."""
    shut = Q(resting_until__gt=now) | Q(switched_off=True)
    return set(ServiceState.objects.filter(shut).values_list("name", flat=True))


def full(name: str, lane: str = "") -> str:
    """What has no room for one more job of this lane: the service, "service/lane", or nothing.

    Call it in the transaction that takes the job: where there is room, the service's row stays locked, so
    that two workers cannot both take the last place. One that is full is not locked, so that two workers who
    look at several cannot wait for each other.
    """
    state, _ = ServiceState.objects.get_or_create(name=name)
    if found := _full(state, lane):
        return found
    with transaction.atomic():
        if found := _full(ServiceState.objects.select_for_update().get(name=name), lane):
            transaction.set_rollback(True)
    return found


def in_flight(name: str, lane: str = "") -> int:
    """Jobs that the service has, or that a worker is about to give it; of one lane if that is named."""
    there = Q(phase__in=AT_PROVIDER, state__in=LIVE) | Q(phase=Phase.NEW, state__in=LEASED)
    return _underway(name, there & Q(lane=lane) if lane else there)


def failed(name: str, *, now: datetime, note: str, retry_after: float | None = None, refused: bool) -> None:
    """Write trouble down; may open the breaker. Trouble long ago counts for nothing."""
    with transaction.atomic():
        ServiceState.objects.get_or_create(name=name)
        state = ServiceState.objects.select_for_update().get(name=name)
        health = _health(state) if now - state.changed_at < FORGOTTEN else Health()
        health = breaker.after_failure(
            health, now=now, chance=random.random(), retry_after=retry_after, refused=refused
        )
        _save(name, health, now=now, note=storable.text(note)[:2_000])


def succeeded(name: str, *, now: datetime) -> None:
    """The service took a job: it is well. That it answers questions proves nothing about taking jobs."""
    if ServiceState.objects.filter(name=name, failures__gt=0).exists():
        _save(name, breaker.after_success(), now=now)


def _full(state: ServiceState, lane: str) -> str:
    service = registry.service(state.name)
    limit = service.in_flight if state.limit is None else state.limit
    if _health(state).broken:
        sending = Q(phase=Phase.NEW, state__in=LEASED) | Q(phase=Phase.SUBMITTING, state__in=LIVE)
        return state.name if _underway(state.name, sending) else ""
    if in_flight(state.name) >= limit:
        return state.name
    of_lane = service.lane_limit(lane) if lane else None
    return f"{state.name}/{lane}" if of_lane is not None and in_flight(state.name, lane) >= of_lane else ""


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
