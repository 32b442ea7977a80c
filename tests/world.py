"""A small world in which every page has something to show: people, projects, clips and films in every state,
made by the verbs of the product. `make` gives the addresses of its pages, and the cookie of each person.

It runs in a process of its own, beside a site without workers (`tests.site`): what waits, waits on.
"""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.test import Client
from django.urls import reverse

from accounts import people
from accounts.models import User
from billing import ledger
from clips import clips as clip_verbs
from clips import takes
from clips.models import Clip, Take
from compiler import films
from compiler.models import Film
from echoes.demo import scenes
from echoes.kernel import clock
from jobs import lifecycle
from jobs.models import Job
from library import uploads
from library.models import Asset, Kind, Track
from projects import projects
from projects.models import Project
from tests import cast, factories

EDGE = 960  # of a photo: enough to look at, quick to film
SECONDS = 2
PHOTOS = 6
FULL = ("Anna's wedding", "Grandpa turns eighty", "The garden through the year", "Sledging")


def make() -> dict[str, Any]:
    user_logged_in.connect(cast.show_second_factor)
    owner, newcomer, robin = cast.alice(), _person("newcomer@example.org"), cast.robin()
    with tempfile.TemporaryDirectory() as folder:
        photos = _photos(owner, Path(folder))
    outdoors = _project(owner, "A week outdoors", photos)
    lake = _project(owner, "At the lake, with everybody who could come", photos[:5])
    factories.drain()
    ready = _film(outdoors)
    for title in FULL:
        _project(owner, title, [])
    ledger.adjust(
        account=ledger.account_of(owner),
        amount=12,
        reason="A present",
        reference="world",
        by=robin,
        now=clock.now(),
    )
    _stir(lake)
    making, failed, stopped = _films_in_trouble(outdoors)
    return {
        "cookies": {user.email.partition("@")[0]: _cookie(user) for user in (owner, newcomer, robin)},
        "pages": {
            "outdoors": reverse("projects:show", args=[outdoors.pk]),
            "lake": reverse("projects:show", args=[lake.pk]),
            "empty": reverse("projects:show", args=[_project(newcomer, "Nothing yet", []).pk]),
            "finish": reverse("compiler:finish", args=[outdoors.pk]),
            "finish-empty": reverse("compiler:finish", args=[_project(owner, "No clip yet", []).pk]),
            "film": reverse("compiler:film", args=[ready.pk]),
            "film-making": reverse("compiler:film", args=[making.pk]),
            "film-failed": reverse("compiler:film", args=[failed.pk]),
            "film-stopped": reverse("compiler:film", args=[stopped.pk]),
            "job": reverse("jobs:show", args=["film", failed.pk]),
            "user": reverse("admin:accounts_user_change", args=[owner.pk]),
        },
    }


def _person(email: str) -> User:
    made = User.objects.create_user(email, cast.PASSWORD)
    people.vouch(user=made)
    return made


def _cookie(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _photos(owner: User, folder: Path) -> list[Asset]:
    drawn = [scenes.save(scene, folder=folder, long_side=EDGE) for scene in scenes.SCENES[:PHOTOS]]
    tickets = [uploads.bring(path=path, kind=Kind.PHOTO, by=owner, now=clock.now()) for path in drawn]
    factories.drain()
    for ticket in tickets:
        ticket.refresh_from_db()
    return [ticket.asset for ticket in tickets if ticket.asset]


def _project(owner: User, title: str, photos: list[Asset]) -> Project:
    made = projects.create(title=title, aspect="16:9", by=owner, now=clock.now(), seconds=SECONDS)
    for photo in photos:
        clip_verbs.add(project=made, asset=photo, by=owner, now=clock.now())
    return made


def _film(project: Project) -> Film:
    clip_verbs.approve_all(project=project, now=clock.now())
    _finish(project, title="A week outdoors")
    made = films.make(project=project, by=project.owner, now=clock.now())[0]
    factories.drain()
    made.refresh_from_db()
    assert made.key, made.error_message
    return made


def _finish(project: Project, *, title: str, end: str = "") -> None:
    films.save_finish(
        project=project,
        title=title,
        subtitle="October",
        end_title=end,
        transition="dissolve",
        transition_frames=12,
        track=Track.objects.filter(owner=None).order_by("title").first(),
        volume=60,
        now=clock.now(),
    )


def _stir(project: Project) -> None:
    """One clip in the film, one ready, one whose redo failed, one in the making, one that did not work."""
    kept, _, redone, waking, broken = project.clips.order_by("position")
    clip_verbs.approve(clip=kept, approved=True, now=clock.now())
    takes.request(clip=kept, by=project.owner, now=clock.now(), prompt="Pull back slowly")
    lifecycle.cancel(_latest(kept), by=project.owner, now=clock.now())
    _fail(takes.request(clip=redone, by=project.owner, now=clock.now(), prompt="Towards the light"))
    running = takes.request(clip=waking, by=project.owner, now=clock.now(), prompt="Hold still")
    lifecycle.report(lifecycle.claim(running, now=clock.now()), percent=42)
    _fail(takes.request(clip=_again(project, broken), by=project.owner, now=clock.now()))


def _again(project: Project, clip: Clip) -> Clip:
    """The same photo once more, with nothing made of it yet."""
    clip_verbs.remove(clip=clip, by=project.owner, now=clock.now())
    made = clip_verbs.add(project=project, asset=clip.asset, by=project.owner, now=clock.now())
    takes.cancel_live(clip=made, by=project.owner, now=clock.now())
    return made


def _latest(clip: Clip) -> Take:
    found = takes.latest(clip)
    assert found
    return found


def _films_in_trouble(project: Project) -> tuple[Film, Film, Film]:
    made = []
    for title in ("With other words", "With a larger title", "For grandmother"):
        _finish(project, title=title, end="The end")
        made.append(films.make(project=project, by=project.owner, now=clock.now())[0])
    making, failed, stopped = made
    lifecycle.report(_claimed(making), percent=61)
    _fail(failed)
    lifecycle.cancel(stopped, by=project.owner, now=clock.now())
    return making, failed, stopped


def _claimed(job: Any) -> Any:
    job.refresh_from_db()
    return lifecycle.claim(job, now=clock.now())


def _fail(job: Job) -> None:
    told = "The machine ran out of room while it worked. Nothing was lost; please try again."
    lifecycle.fail(_claimed(job), code="no_room", message=told, detail=f"Run {uuid.uuid4()}", now=clock.now())
