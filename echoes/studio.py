"""A film without a browser: the very same jobs, asked for by a command and carried in its process."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from clips import clips, takes
from clips.models import Clip, Placement
from compiler import films, presets
from compiler.models import Film
from echoes.kernel import clock, shapes
from echoes.kernel.errors import EchoesError
from echoes.kernel.storage import base as storages
from jobs.models import Job
from jobs.states import TERMINAL, State
from library import tracks, uploads
from library.models import Ingest, Kind, Recording, Track
from projects import projects
from projects.models import Project
from providers.local import catalogue

LOCAL_OWNER = "local@echoes.invalid"
LOOK = 0.2  # seconds between looks at the work

Report = Callable[[str, float], None]  # what is being done, and how much of it (0 to 1)


class NoPhotos(EchoesError):
    """None of these files is a photo that Echoes can use."""

    code = "no_photos"


class UnknownMusic(EchoesError):
    code = "unknown_music"


class NotMade(EchoesError):
    code = "not_made"


@dataclass(frozen=True)
class Skipped:
    file: str
    reason: str


@dataclass
class Brought:
    """Photos in a project, and the files that could not be used."""

    project: Project
    skipped: list[Skipped] = field(default_factory=list)


def prepare() -> None:
    """Bring the database up to date, for a command that is the first thing that ever runs here."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def local_owner() -> User:
    """The person whose films are made by commands on this machine; nobody can sign in as them."""
    found = User.objects.filter(email=LOCAL_OWNER).first()
    owner = found or User.objects.create_user(LOCAL_OWNER, name="This machine")
    if owner.has_usable_password():
        raise NotMade(f"Somebody signed up as {LOCAL_OWNER}, which belongs to this machine.")
    return owner


def bring(
    *, photos: Iterable[Path], title: str, aspect: str, seconds: int, by: Any, report: Report
) -> Brought:
    """A project with a clip of each photo, in the given order; raises NoPhotos when none is left."""
    project = projects.create(title=title, aspect=aspect, by=by, now=clock.now(), seconds=seconds)
    brought = Brought(project)
    placements = _place(brought, photos, by=by)
    _wait(placements, lambda share: report("Reading photos", share))
    _skip_failed(brought, placements)
    _bring_to_life(brought, report=report)
    if not Clip.objects.present().filter(project=project).exists():
        raise NoPhotos("\n".join(f"{each.file}: {each.reason}" for each in brought.skipped))
    clips.approve_all(project=project, now=clock.now())
    return brought


def check_music(name: str) -> None:
    """Raises UnknownMusic for a name that `choose_music` would refuse, before anything is made."""
    if name == "none" or _recipe(name) or Path(name).is_file():
        return
    known = ", ".join(recipe.slug for recipe in catalogue.CATALOGUE)
    raise UnknownMusic(f"“{name}” is neither a file nor music of Echoes ({known}, none).")


def check_out(out: Path) -> None:
    """Raises NotMade for a path that `save` could not write, before anything is made."""
    folder = out.resolve().parent
    if not folder.is_dir():
        raise NotMade(f"There is no folder {folder}.")
    if out.is_dir() or not os.access(out if out.exists() else folder, os.W_OK):
        raise NotMade(f"{out} cannot be written.")


def choose_music(name: str, *, by: Any, report: Report) -> Track | None:
    """`none`, the name of a track of Echoes, or a file; raises UnknownMusic."""
    if name == "none":
        return None
    if recipe := _recipe(name):
        found = tracks.ensure(slug=recipe.slug, by=by)
        return _recorded(found, report=report)
    return _uploaded(Path(name), by=by, report=report)


def make(
    *,
    project: Project,
    track: Track | None,
    transition: str,
    title: str,
    by: Any,
    report: Report,
    quality: str = shapes.STANDARD,
) -> Film:
    """The finished film; raises NotMade with the reason."""
    films.save_finish(
        project=project,
        title=title,
        subtitle="",
        transition=transition,
        transition_frames=project.fps // 2,
        track=track,
        volume=50,
        quality=quality,
        now=clock.now(),
    )
    film = films.make(project=project, by=by, now=clock.now())[0]
    _wait([film], lambda share: report("Making the film", share))
    if film.state != State.SUCCEEDED:
        raise NotMade(film.error_message or "The film was stopped.")
    return film


def save(film: Film, out: Path) -> None:
    """Copy the film's file to a path of this machine."""
    with storages.get("films").local_copy(film.key) as source:
        shutil.copyfile(source, out)


def _place(brought: Brought, photos: Iterable[Path], *, by: Any) -> list[Placement]:
    placements = []
    for position, path in enumerate(photos, start=1):
        try:
            ingest = _bring_file(path, kind=Kind.PHOTO, by=by)
        except EchoesError as error:
            brought.skipped.append(Skipped(str(path), str(error)))
            continue
        placement = clips.await_photo(project=brought.project, ingest=ingest, by=by, position=position)
        placement.source = str(path)  # type: ignore[attr-defined]  # only for the report below
        placements.append(placement)
    return placements


def _bring_file(path: Path, *, kind: str, by: Any) -> Ingest:
    if not path.is_file():
        raise uploads.Refused("There is no such file.", code="missing")
    try:
        return uploads.bring(path=path, kind=kind, by=by, now=clock.now())
    except OSError as error:
        raise uploads.Refused(f"It cannot be opened: {error.strerror}.", code="missing") from error


def _skip_failed(brought: Brought, placements: list[Placement]) -> None:
    for placement in placements:
        if placement.state != State.SUCCEEDED:
            source = getattr(placement, "source", placement.ingest.name)
            brought.skipped.append(Skipped(source, placement.error_message))


def _bring_to_life(brought: Brought, *, report: Report) -> None:
    present = Clip.objects.present().filter(project=brought.project).in_order()
    asked = [(clip, takes.latest(clip)) for clip in present.select_related("asset")]
    made = [take for _, take in asked if take]
    _wait(made, lambda share: report("Bringing photos to life", share))
    for clip, take in asked:
        if take is None or take.state != State.SUCCEEDED:
            brought.skipped.append(Skipped(clip.asset.name, take.error_message if take else ""))
            clips.remove(clip=clip, by=take.owner if take else None, now=clock.now())


def _recipe(name: str) -> catalogue.Recipe | None:
    """By slug or by title."""
    known = (found for found in catalogue.CATALOGUE if name.lower() in (found.slug, found.title.lower()))
    return next(known, None)


def _recorded(found: Track | Recording, *, report: Report) -> Track:
    if isinstance(found, Track):
        return found
    _wait([found], lambda share: report("Playing the music", share))
    if found.track is None:
        raise NotMade(found.error_message or "The music could not be made.")
    return found.track


def _uploaded(path: Path, *, by: Any, report: Report) -> Track:
    ingest = uploads.bring(path=path, kind=Kind.AUDIO, by=by, now=clock.now())
    _wait([ingest], lambda share: report("Reading the music", share))
    if ingest.asset is None:
        raise UnknownMusic(f"{path}: {ingest.error_message}")
    return ingest.asset.track


def _wait(jobs: list[Any], tell: Callable[[float], None]) -> None:
    """Until all of them have ended, whoever carries them."""
    while True:
        share = sum(map(_share, jobs)) / max(len(jobs), 1)
        tell(share)
        if all(job.state in TERMINAL for job in jobs):
            return
        time.sleep(LOOK)
        for job in jobs:
            if job.state not in TERMINAL:
                job.refresh_from_db()


def _share(job: Job) -> float:
    return 1.0 if job.state in TERMINAL else job.progress / 100


TRANSITIONS = tuple(kind for kind, _ in presets.TRANSITIONS)
