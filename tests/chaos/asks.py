"""What the rig may ask for, by the verbs of the product. Runs in the asker, which has Django and the apps."""

from __future__ import annotations

import itertools
import os
import tempfile
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from billing import ledger
from billing.movements import Kind as Movement
from clips import clips, takes
from clips.models import Clip, Take
from compiler import films
from compiler.models import Piece
from echoes.kernel import clock
from jobs import doorbell, lifecycle, registry, remote
from library import housekeeping as housekeepers
from library.models import Kind
from projects.models import Project
from tests import factories, pictures
from tests.lab.models import Chore, Errand

_seeds = itertools.count(os.getpid() * 1000)

Ref = tuple[str, str]


def person() -> str:
    """Somebody new."""
    return str(User.objects.create_user(f"{uuid.uuid4().hex}@example.org").pk)


def project(*, owner: str, seconds: int = 1) -> str:
    return str(factories.project(by=_user(owner), seconds=seconds).pk)


def photos(*, number: int = 1, owner: str = "", project: str = "", same: bool = False) -> list[Ref]:
    """Bring photos into a project: a job that reads each, and one that places it (and asks for a take)."""
    by = _user(owner or person())
    film = Project.objects.get(pk=project) if project else factories.project(by=by, seconds=1)
    asked: list[Ref] = []
    with tempfile.TemporaryDirectory() as folder:
        seed = next(_seeds)
        for _ in range(number):
            seed = seed if same else next(_seeds)
            path = pictures.jpeg(Path(folder) / "photo.jpg", seed=seed, size=(640, 480))
            ingest = factories.arrived(path, by=by, kind=Kind.PHOTO)
            placement = clips.await_photo(project=film, ingest=ingest, by=by)
            asked += [("ingest", str(ingest.pk)), ("placement", str(placement.pk))]
    return asked


def takes_by(*, project: str, model: str) -> list[Ref]:
    """A take of every clip by a service's model, paid with credits from nowhere."""
    found = Project.objects.get(pk=project)
    account = ledger.account_of(found.owner)
    ledger.grant(
        account=account, kind=Movement.SHARE, amount=1_000, reference=uuid.uuid4().hex, now=clock.now()
    )
    with transaction.atomic():
        asked = list(Clip.objects.filter(project=found).select_related("project", "asset"))
        made = takes.request_each(clips=asked, by=found.owner, now=clock.now(), model=model)
    return [("take", str(take.pk)) for take in made]


def film(*, project: str) -> Ref:
    found = Project.objects.get(pk=project)
    clips.approve_all(project=found, now=clock.now())
    return "film", str(films.make(project=found, by=found.owner, now=clock.now())[0].pk)


def chores(*, number: int = 1, task: str = "nothing", owner: str = "", queue: str = "") -> list[Ref]:
    by = _user(owner or person())
    made = [lifecycle.enqueue(Chore(owner=by, task=task), by=by) for _ in range(number)]
    if queue:
        Chore.objects.filter(pk__in=[job.pk for job in made]).update(queue=queue)
        doorbell.ring_queue(queue)
    return [("chore", str(job.pk)) for job in made]


def errands(*, number: int = 1, owner: str = "", wish: dict[str, Any] | None = None) -> list[Ref]:
    by = _user(owner or person())
    return [("errand", str(_errand(by, dict(wish or {})).pk)) for _ in range(number)]


def housekeeping(*, hours: int) -> None:
    """What the clock does now and then, as if so many hours had passed."""
    housekeepers.sweep(now=clock.now() + timedelta(hours=hours))


def nudge(*, id: str) -> bool:
    """What a webhook's view does when the provider has called."""
    job = Errand.objects.get(pk=id)
    return remote.nudge(service="lab", remote_id=job.remote_id, now=clock.now())


def poll_later(*, id: str, seconds: float) -> None:
    Errand.objects.filter(pk=id).update(poll_at=clock.now() + timedelta(seconds=seconds))


def addresses(*, project: str) -> dict[str, Any]:
    """Pages to look at, and the address that starts work."""
    pages = [reverse("projects:dashboard"), reverse("projects:show", args=[project])]
    return {"pages": pages, "start": reverse("clips:animate", args=[clip_of(project=project)])}


def cancel(*, kind: str, id: str) -> str:
    job = registry.model(kind)._base_manager.get(pk=id)
    return str(lifecycle.cancel(job, by=job.owner, now=clock.now()).state)


def message(*, queue: str, actor: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """A message as another version of Echoes would send it."""
    import dramatiq
    from dramatiq import Message

    dramatiq.get_broker().enqueue(
        Message(queue_name=queue, actor_name=actor, args=tuple(args), kwargs=kwargs, options={})
    )


def expected_files(*, owner: str) -> list[str]:
    """Every file that the rows of a person speak of."""
    by = _user(owner)
    keys = [key for asset in by.assets.all() for key in _files_of(asset)]
    keys += Take.objects.filter(owner=by, state="succeeded").values_list("key", flat=True)
    for made in registry.model("film")._base_manager.filter(owner=by, state="succeeded"):
        keys += [made.key, made.poster]
    keys += Piece.objects.filter(owner=by, state="succeeded").values_list("key", flat=True)
    keys += Errand.objects.filter(owner=by, state="succeeded").values_list("key", flat=True)
    return sorted({key for key in keys if key})


def _files_of(asset: Any) -> tuple[str, ...]:
    shown = (asset.original, asset.working, asset.thumbnail)
    return (*shown, asset.proxy, asset.sprite, asset.sound)


def browser(*, owner: str) -> str:
    """The Cookie header of somebody who is signed in; the CSRF token is its own proof."""
    client = Client()
    client.force_login(_user(owner))
    client.cookies["csrftoken"] = "c" * 32
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def clip_of(*, project: str) -> str:
    return str(Clip.objects.filter(project=project).latest("created_at").pk)


def counts(*, owner: str) -> dict[str, int]:
    by = _user(owner)
    return {
        "assets": by.assets.count(),
        "clips": Clip.objects.filter(project__owner=by).count(),
        "takes": Take.objects.filter(owner=by).count(),
    }


def _errand(by: User, wish: dict[str, Any]) -> Errand:
    """The provider is told which job it works for, so that what it made can be counted by job."""
    job = Errand(owner=by, service="lab", expected_seconds=int(wish.get("expected", 0)))
    job.wish = wish | {"job": str(job.pk)}
    return lifecycle.enqueue(job, by=by)


def _user(pk: str) -> User:
    return User.objects.get(pk=pk)
