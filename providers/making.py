"""Carries a job that a service does, from its order to what was made: `jobs.remote` with money and files.

What the provider asks is written down when it answers, delivered or not. What it made is fetched at once and
handed to the app that wanted it, on a worker for media.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync

from billing import costs
from echoes.kernel import http, workplace
from echoes.kernel.storage import base as storages
from jobs import registry, remote
from jobs.execution import Work
from jobs.models import RemoteJob
from jobs.outcomes import Again, Done, Outcome
from jobs.remote import Answered
from jobs.states import Phase
from providers import downloads, errors
from providers.capabilities import Capability


@dataclass(frozen=True)
class Made:
    """What came of an order: files on this machine, as long as it is adopted, and what was said. `keys` are
    of files that are in the store of photos already, for good; they come first among the files."""

    files: tuple[Path, ...]
    said: Mapping[str, Any]
    folder: Path
    keys: tuple[str, ...] = ()


Adopt = Callable[[Any, Work, Made], Outcome]


def carry(job: RemoteJob, work: Work, *, capability: Capability, adopt: Adopt) -> Outcome:
    """The handler of a job that a service does. `adopt` gets what was made."""
    if job.phase == Phase.ANSWERED:
        _write_cost(job)

    def fetch(job: Any, work: Work, data: dict[str, Any]) -> Outcome:
        return _fetch(job, work, data, capability=capability, adopt=adopt)

    return remote.carry(job, work, fetch=fetch)


def _fetch(
    job: RemoteJob, work: Work, data: dict[str, Any], *, capability: Capability, adopt: Adopt
) -> Outcome:
    if job.queue != "media":
        return Again(queue="media")
    store = storages.get("photos")
    with workplace.directory("made") as folder, ExitStack() as stack:
        keys = tuple(data.get("keys", []))
        kept = [stack.enter_context(store.local_copy(key)) for key in keys]
        fetched = _download(job, work, data.get("urls", []), capability=capability, folder=folder)
        outcome = adopt(job, work, Made((*kept, *fetched), data.get("said", {}), folder, keys))
    if isinstance(outcome, Done):
        costs.deliver(reference=_reference(job), charge=str(job.submit_key))
    return outcome


def _download(
    job: RemoteJob, work: Work, urls: list[str], *, capability: Capability, folder: Path
) -> tuple[Path, ...]:
    """What lies behind the links; where they have ended, behind new ones that the service gives. Raises
    errors.Failed when it has none, and what downloads.fetch raises."""

    def fetch(links: list[str]) -> tuple[Path, ...]:
        return downloads.fetch(
            links,
            provider=job.service,
            capability=capability,
            folder=folder,
            on_progress=lambda share: work.progress(share * 0.5),
            cancelled=work.cancelled,
        )

    try:
        return fetch(urls)
    except http.Gone:
        fresh = async_to_sync(registry.service(job.service).ask)(job.remote_id)
        if not isinstance(fresh, Answered) or fresh.status != "succeeded":
            raise errors.Failed("result_gone") from None
        try:
            return fetch(fresh.data["urls"])
        except http.Gone as error:
            raise errors.Failed("result_gone") from error


def _write_cost(job: RemoteJob) -> None:
    """A failure of which the service says no price costs nothing; a success costs what was expected."""
    data = job.answer.get("data", {})
    said = _usd(data.get("usd"))
    if said is None and job.answer.get("status") == "failed":
        said = Decimal(0)
    costs.settle(reference=_reference(job), charge=str(job.submit_key), usd=said)


def _usd(said: Any) -> Decimal | None:
    try:
        found = Decimal(str(said)) if said is not None else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() and found >= 0 else None


def _reference(job: RemoteJob) -> str:
    return f"{job.kind}:{job.pk}"
