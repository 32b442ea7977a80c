"""From a project's approved clips and its finish to a film."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from clips import takes
from clips.models import Clip
from compiler import beat, presets
from compiler.models import ClipFinish, Film, Finish
from compiler.timeline import (
    Caption,
    Filmed,
    Focus,
    Item,
    ItemSound,
    Music,
    Timeline,
    Title,
    Transition,
)
from echoes.kernel import digests, media_time, shapes
from echoes.kernel.errors import EchoesError
from jobs import lifecycle
from jobs.states import WANTED, State
from library.models import Asset, Kind, Track
from projects import projects
from projects.models import Project
from providers import registry


class NothingApproved(EchoesError):
    """No clip is approved yet. Approve the ones that belong in the film."""

    code = "nothing_approved"


class TooManyClips(EchoesError):
    code = "too_many_clips"


class PhotosTooSmall(EchoesError):
    """Not every photo is large enough for a film of this size. Please choose a smaller one."""

    code = "photos_too_small"


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
    end_title: str = "",
    end_subtitle: str = "",
    made_in: Sequence[str] = (),
    quality: str = shapes.STANDARD,
    typeface: str = "storybook",
    on_beat: bool = False,
) -> Finish:
    """`made_in` are the shapes that the film is made in; none means the project's own."""
    finish, _ = Finish.objects.update_or_create(
        project=project,
        defaults={
            "title": _line(title),
            "subtitle": _line(subtitle),
            "end_title": _line(end_title),
            "end_subtitle": _line(end_subtitle),
            "transition": transition,
            "transition_frames": transition_frames,
            "track": track,
            "volume": volume,
            "shapes": [shape for shape in shapes.LABELS if shape in made_in],
            "quality": quality,
            "typeface": typeface,
            "on_beat": on_beat,
        },
    )
    projects.touch(project_id=project.pk, now=now)
    return finish


def save_clip_finish(*, clip: Clip, now: datetime, **chosen: Any) -> ClipFinish:
    """What is chosen for one clip: any of `ClipFinish`'s fields; the others stay as they are."""
    if "caption" in chosen:
        chosen["caption"] = _line(chosen["caption"], limit=presets.MAX_CAPTION)
    finish, _ = ClipFinish.objects.update_or_create(clip=clip, defaults=chosen)
    projects.touch(project_id=clip.project_id, now=now)
    return finish


def approved_clips(project: Project) -> list[Clip]:
    """In the order of the film."""
    approved = Clip.objects.present().filter(project=project, approved=True).in_order()
    return list(approved.select_related("chosen", "asset", "finish"))


def timeline_of(*, project: Project, finish: Finish, clips: list[Clip], aspect: str = "") -> Timeline:
    """The document that the preview plays and the compiler makes; in the project's shape, or another."""
    seconds = presets.TITLE_SECONDS * project.fps
    captions = (_caption(clip, index, fps=project.fps) for index, clip in enumerate(clips))
    film = Timeline(
        aspect=aspect or project.aspect,
        fps=project.fps,
        items=tuple(_item(clip) for clip in clips),
        transition=Transition(kind=finish.transition, frames=finish.transition_frames),
        music=_music(finish),
        title=_title(finish.title, finish.subtitle, frames=seconds, face=finish.typeface),
        captions=tuple(filter(None, captions)),
        end=_title(finish.end_title, finish.end_subtitle, frames=seconds, face=finish.typeface),
        quality=finish.quality,
    )
    return beat.cut(film, finish.track.beats) if finish.on_beat and finish.track else film


def timelines_of(
    *, project: Project, finish: Finish, clips: list[Clip], including: str = ""
) -> tuple[Timeline, ...]:
    """One for every shape that the film is made in; of `including` alone where that is none of them."""
    first = timeline_of(project=project, finish=finish, clips=clips)
    chosen = made_in(project, finish)
    wanted = chosen if not including or including in chosen else (including,)
    return tuple(first.in_shape(shape, finish.quality) for shape in wanted)


def made_in(project: Project, finish: Finish) -> tuple[str, ...]:
    """The shapes of the film, the project's own first."""
    chosen = [shape for shape in finish.shapes if shape in shapes.LABELS] or [project.aspect]
    return tuple(sorted(chosen, key=lambda shape: (shape != project.aspect, chosen.index(shape))))


def allows(quality: str, clips: Sequence[Clip]) -> bool:
    """Whether the clips' photos hold what a film of this quality shows."""
    longest = presets.LONGEST_SIDE.get(quality, 0)
    return all(max(clip.asset.width, clip.asset.height) >= longest for clip in clips)


def stored(clips: list[Clip], *, quality: str) -> dict[str, str]:
    """Where the files are that a timeline of these clips names. A film that is larger than the working
    copies of its photos is filmed from the photos themselves."""
    found = {}
    for clip in clips:
        if clip.chosen:
            found[clip.chosen.digest] = clip.chosen.key
            asset = clip.asset
            original = asset.kind == Kind.VIDEO or quality in presets.FROM_ORIGINALS
            found[asset.sha256] = asset.original if original else asset.working
            if asset.sound:
                found[_sound_of(asset)] = asset.sound
    return found


def heard(clips: Sequence[Clip]) -> dict[str, str]:
    """Where the sounds are that clips bring with them, by the names that a timeline has for them."""
    return {_sound_of(clip.asset): clip.asset.sound for clip in clips if _is_heard(clip)}


@transaction.atomic
def make(*, project: Project, by: Any, now: datetime, including: str = "") -> list[Film]:
    """Start the film of what is approved now, in every shape that is chosen; the project's own comes first.
    Where the shape `including` is not among them, it is made in that one alone. The same film is not made
    twice: pressing the button again, or in another tab, gives the one that is there. Raises NothingApproved,
    TooManyClips, PhotosTooSmall."""
    clips = approved_clips(project)
    if not clips:
        raise NothingApproved
    if len(clips) > presets.MAX_CLIPS:
        raise TooManyClips(
            gettext("A film can have {most} clips at most; this one has {count}.").format(
                most=presets.MAX_CLIPS, count=len(clips)
            )
        )
    finish = finish_of(project)
    if not allows(finish.quality, clips):
        raise PhotosTooSmall
    projects.touch(project_id=project.pk, now=now)
    made = [
        Film(
            owner=by,
            project=project,
            title=finish.title or project.title,
            timeline=timeline.to_json(),
            digest=timeline.digest(),
            edit=timeline.in_shape(project.aspect).digest(),
            takes=stored(clips, quality=finish.quality),
            track=finish.track,
            music_key=finish.track.key if finish.track else "",
        )
        for timeline in timelines_of(project=project, finish=finish, clips=clips, including=including)
    ]
    return [lifecycle.enqueue_once(film, same=_same(film), by=by) for film in made]


def retry(*, film: Film, by: Any, now: datetime) -> Film:
    """Make a failed film again; where the same one is there or in the making already, that one is given."""
    try:
        with transaction.atomic():
            return lifecycle.retry(film, by=by, now=now)
    except IntegrityError:
        return Film.objects.get(_same(film))


def remove(*, film: Film, by: Any, now: datetime) -> Film:
    """Out of sight; `restore` brings it back."""
    lifecycle.cancel(film, by=by, now=now)
    Film.objects.filter(pk=film.pk).update(removed_at=now)
    return film


def restore(*, film: Film) -> Film:
    """Back where it was; the one that has taken its place where the same film was made meanwhile."""
    try:
        with transaction.atomic():
            Film.objects.filter(pk=film.pk).update(removed_at=None)
    except IntegrityError:
        return Film.objects.get(_same(film))
    film.removed_at = None
    return film


def same(*, project: Project, digest: str) -> QuerySet[Film]:
    """The film of that timeline that holds the place: it is there, or being made."""
    return Film.objects.filter(_holds(project.pk, digest))


def _same(film: Film) -> Q:
    return _holds(film.project_id, film.digest)


def _holds(project_id: UUID, digest: str) -> Q:
    return Q(project=project_id, digest=digest, removed_at=None, state__in=WANTED | {State.SUCCEEDED})


def _item(clip: Clip) -> Item:
    take = clip.chosen
    assert take is not None  # held by the constraint clips_approved_needs_take
    chosen = clip_finish(clip)
    filmed = Filmed(
        photo=clip.asset.sha256, model=take.model, prompt=take.prompt, seed=take.seed, seconds=take.seconds
    )
    return Item(
        source=take.digest,
        frames=take.frames,
        trim_start=clip.trim_start,
        trim_end=clip.trim_end,
        transition=Transition(chosen.transition, chosen.transition_frames) if chosen.transition else None,
        form=take.form,
        filmed=filmed if takes.as_filmed(take, asset=clip.asset) else None,
        sound=ItemSound(_sound_of(clip.asset)) if _is_heard(clip) else None,
        focus=tuple(Focus(shape, *chosen.focus[shape]) for shape in shapes.LABELS if shape in chosen.focus),
    )


def _is_heard(clip: Clip) -> bool:
    """A video is heard in the film as it was filmed: beside its pictures, from the first on."""
    take = clip.chosen
    return bool(clip.asset.sound) and take is not None and take.model == registry.FOOTAGE


def _sound_of(asset: Asset) -> str:
    return digests.of_recipe({"sound": asset.sound, "of": asset.sha256})


def clip_finish(clip: Clip) -> ClipFinish:
    """What is chosen for this clip; the start values until somebody chooses."""
    try:
        return clip.finish
    except ClipFinish.DoesNotExist:
        return ClipFinish(clip=clip)


def _caption(clip: Clip, index: int, *, fps: int) -> Caption | None:
    """Its words come up with the clip, for so long as was chosen, or to its end."""
    chosen = clip_finish(clip)
    if not chosen.caption or clip.chosen is None:
        return None
    whole = clip.chosen.frames
    return Caption(
        item=index,
        text=chosen.caption,
        frames=chosen.caption_seconds * fps or whole,
        place=chosen.caption_place,
        look=chosen.caption_look,
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


def _title(text: str, subtitle: str, *, frames: int, face: str) -> Title | None:
    return Title(text=text, subtitle=subtitle, frames=frames, face=face) if text else None


def _line(text: str, *, limit: int = presets.MAX_TITLE) -> str:
    line = " ".join("".join(sign for sign in text if sign.isprintable() or sign.isspace()).split())
    return line[: limit - 1] + "…" if len(line) > limit else line
