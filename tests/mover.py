"""A process that makes people and films and moves jobs, as it is told on its input, one JSON line at a time.

Whoever drives a browser or a thousand sockets against another database does it through this one.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Mapping
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "echoes.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from accounts.models import User  # noqa: E402
from compiler.models import Film  # noqa: E402
from echoes.kernel import clock, live  # noqa: E402
from echoes.kernel.storage import base as storages  # noqa: E402
from jobs import lifecycle  # noqa: E402
from library import uploads  # noqa: E402
from library.models import Ingest  # noqa: E402
from projects import projects  # noqa: E402


def person(email: str) -> dict[str, Any]:
    """Somebody who is signed in, and the cookie that shows it."""
    user = User.objects.filter(email=email).first() or User.objects.create_user(email)
    client = Client()
    client.force_login(user)
    return {"id": user.pk, "cookie": client.cookies[settings.SESSION_COOKIE_NAME].value}


def people(number: int) -> list[dict[str, Any]]:
    return [person(f"person-{place}@example.org") for place in range(number)]


def film(user: int) -> str:
    """A film that waits for a worker."""
    owner = User.objects.get(pk=user)
    project = projects.create(title="Moved", aspect="16:9", by=owner, now=clock.now())
    made = Film(
        owner=owner,
        project=project,
        title="Moved",
        timeline={"fps": 24, "aspect": "16:9"},
        digest=uuid.uuid4().hex,
    )
    return str(lifecycle.enqueue(made, by=owner).pk)


def project(user: int, title: str) -> str:
    return str(projects.create(title=title, aspect="16:9", by=User.objects.get(pk=user), now=clock.now()).pk)


def finish(film: str) -> str:
    """What a worker does at the end, but for the file."""
    now = clock.now()
    found = lifecycle.claim(Film.objects.get(pk=film), now=now)
    key = f"{found.owner_id}/films/{found.pk}/film.mp4"
    return str(lifecycle.succeed(found, now=now, key=key, frames=240).state)


def cancel(film: str) -> str:
    found = Film.objects.get(pk=film)
    return str(lifecycle.cancel(found, by=found.owner, now=clock.now()).state)


def retry(film: str) -> str:
    found = Film.objects.get(pk=film)
    return str(lifecycle.retry(found, by=found.owner, now=clock.now()).state)


def progress(user: int, film: str, percent: int, left: int) -> None:
    live.poke(user_id=user, topic="film", id=uuid.UUID(film), state="running", progress=percent, left=left)


def burst(users: list[int], each: int, spread: float = 0.0) -> float:
    """Pokes of which each says when it was sent; gives how many seconds they took."""
    began = time.monotonic()
    for number in range(each):
        for user in users:
            topic = f"{number} {time.time()!r}"
            live.poke(user_id=user, topic=topic, id=uuid.UUID(int=number), state="running")
            if spread:
                time.sleep(spread)
    return time.monotonic() - began


def swell(user: int, number: int, size: int) -> None:
    """Large pokes, to fill the way to somebody who does not read."""
    for _ in range(number):
        live.poke(user_id=user, topic="x" * size, id=uuid.uuid4(), state="running")


def assemble(ticket: str) -> None:
    """What a worker does first with an upload that came in parts."""
    uploads.assemble(Ingest.objects.get(pk=ticket))


def read_arrived(ticket: str) -> int:
    """What a worker does next: it has the whole file to itself. Then it is thrown away."""
    job = Ingest.objects.get(pk=ticket)
    with storages.get("photos").local_copy(job.key) as path:
        size = path.stat().st_size
    job.discard_arrived()
    return size


def library(user: int, clips: int, films: int, files: bool = False) -> dict[str, Any]:
    """A large library; gives the addresses of its pages."""
    from tests.benchmarks import large

    return {"pages": large.make(owner=User.objects.get(pk=user), clips=clips, films=films, files=files)}


def look(user: int, address: str, times: int) -> dict[str, Any]:
    """What a page costs."""
    from tests.benchmarks import large

    return large.look(owner=User.objects.get(pk=user), address=address, times=times)


def world() -> dict[str, Any]:
    """Something to show on every page; gives their addresses, and the cookies of the people."""
    from tests import world as worlds

    return worlds.make()


DEEDS: Mapping[str, Any] = {
    verb.__name__: verb
    for verb in (
        person,
        people,
        film,
        project,
        finish,
        cancel,
        retry,
        progress,
        burst,
        swell,
        assemble,
        read_arrived,
        library,
        look,
        world,
    )
}


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        answer = DEEDS[asked.pop("do")](**asked)
        print(json.dumps(answer), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
