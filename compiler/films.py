"""From a project's approved clips and its finish to a film."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from clips.models import Clip
from compiler import presets
from compiler.models import Film, Finish
from compiler.timeline import Item, Music, Timeline, Title, Transition
from echoes.kernel import digests, media_time
from echoes.kernel.errors import EchoesError
from jobs import lifecycle
from jobs.states import WANTED, State
from library.models import Track
from projects import projects
from projects.models import Project


class NothingApproved(EchoesError):
    """No clip is approved yet. Approve the ones that belong in the film."""

    code = "nothing_approved"


class TooManyClips(EchoesError):
    code = "too_many_clips"


def finish_of(project: Project) -> Finish:
    """The project's finish; the start values until somebody saves another."""
    found = Finish.objects.select_related("track").filter(project=project).first()
    return found or Finish(project=project)


def save_finish(
    *,
    project: Project,
    title: str,
    subtitle: str,
    transition: str,
    transition_frames: int,
    track: Track | None,
    volume: int,
    now: datetime,
) -> Finish:
    finish, _ = Finish.objects.update_or_create(
        project=project,
        defaults={
            "title": _line(title),
            "subtitle": _line(subtitle),
            "transition": transition,
            "transition_frames": transition_frames,
            "track": track,
            "volume": volume,
        },
    )
    projects.touch(project_id=project.pk, now=now)
    return finish


def approved_clips(project: Project) -> list[Clip]:
    """In the order of the film."""
    approved = Clip.objects.present().filter(project=project, approved=True).in_order()
    return list(approved.select_related("chosen", "asset"))


def timeline_of(*, project: Project, finish: Finish, clips: list[Clip]) -> Timeline:
    """The document that the preview plays and the compiler makes."""
    return Timeline(
        aspect=project.aspect,
        fps=project.fps,
        items=tuple(_item(clip) for clip in clips),
        transition=Transition(kind=finish.transition, frames=finish.transition_frames),
        music=_music(finish),
        title=_title(finish, fps=project.fps),
    )


@transaction.atomic
def make(*, project: Project, by: Any, now: datetime) -> Film:
    """Start the film of what is approved now. The same film is not made twice: pressing the button again,
    or in another tab, gives the one that is there. Raises NothingApproved, TooManyClips."""
    clips = approved_clips(project)
    if not clips:
        raise NothingApproved
    if len(clips) > presets.MAX_CLIPS:
        raise TooManyClips(f"A film can have {presets.MAX_CLIPS} clips at most; this one has {len(clips)}.")
    finish = finish_of(project)
    timeline = timeline_of(project=project, finish=finish, clips=clips)
    film = Film(
        owner=by,
        project=project,
        title=finish.title or project.title,
        timeline=timeline.to_json(),
        digest=timeline.digest(),
        takes={clip.chosen.digest: clip.chosen.key for clip in clips if clip.chosen},
        track=finish.track,
        music_key=finish.track.key if finish.track else "",
    )
    projects.touch(project_id=project.pk, now=now)
    return lifecycle.enqueue_once(film, same=_same(film), by=by)


def retry(*, film: Film, by: Any, now: datetime) -> Film:
    """Make a failed film again; where the same one is there or in the making already, that one is given."""
    try:
        with transaction.atomic():
            return lifecycle.retry(film, by=by, now=now)
    except IntegrityError:
        return Film.objects.get(_same(film))


def remove(*, film: Film, by: Any, now: datetime) -> Film:
    lifecycle.cancel(film, by=by, now=now)
    Film.objects.filter(pk=film.pk).update(removed_at=now)
    return film


def _same(film: Film) -> Q:
    """The film of the same timeline that holds the place."""
    return Q(project=film.project, digest=film.digest, removed_at=None, state__in=WANTED | {State.SUCCEEDED})


def _item(clip: Clip) -> Item:
    assert clip.chosen is not None  # held by the constraint clips_approved_needs_take
    return Item(
        source=clip.chosen.digest,
        frames=clip.chosen.frames,
        trim_start=clip.trim_start,
        trim_end=clip.trim_end,
    )


def _music(finish: Finish) -> Music | None:
    track = finish.track
    if track is None:
        return None
    return Music(
        source=digests.of_recipe({"track": track.key}),
        duration=track.duration,
        volume=finish.volume,
        fade_out=media_time.seconds_to_ticks(Fraction(presets.MUSIC_FADE_SECONDS)),
    )


def _title(finish: Finish, *, fps: int) -> Title | None:
    if not finish.title:
        return None
    return Title(text=finish.title, subtitle=finish.subtitle, frames=presets.TITLE_SECONDS * fps)


def _line(text: str) -> str:
    line = " ".join("".join(sign for sign in text if sign.isprintable() or sign.isspace()).split())
    limit = presets.MAX_TITLE
    return line[: limit - 1] + "…" if len(line) > limit else line
