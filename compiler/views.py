"""The finish page, and the preview's document."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clips import access as clip_access
from clips.models import Clip
from compiler import films, making, presets, queries
from compiler import plan as plans
from compiler import shelf as shelves
from compiler.forms import CAPTION_SECONDS, LENGTHS, TOO_SMALL, ClipFinishForm, FinishForm, OrderForm
from compiler.models import Finish
from compiler.presets import FACES, LONGEST_SIDE, LOOKS, PLACES, QUALITIES, SHAPES, TRANSITIONS
from echoes.kernel import clock
from echoes.kernel.errors import EchoesError
from library import tracks
from projects import access as project_access
from projects.models import Project


class NotUnderstood(EchoesError):
    """That was not understood. Please try again."""

    code = "not_understood"


class NotInTheFilm(EchoesError):
    """This clip is not in the film any more. Reload the page to see what is."""

    code = "not_in_the_film"


@require_http_methods(["GET", "HEAD", "POST"])
def finish(request: HttpRequest, pk: UUID) -> HttpResponse:
    project = project_access.get_project_or_404(request.user, pk)
    if request.method == "POST":
        return _save_finish(request, project)
    clips, chosen = films.approved_clips(project), films.finish_of(project)
    form = FinishForm(
        initial=_initial(project, chosen), shelf=tracks.visible_to(request.user), large=queries.large(clips)
    )
    return _finish_page(request, project, form, clips=clips, finish=chosen)


@require_http_methods(["GET", "HEAD", "POST"])
def clip_finish(request: HttpRequest, pk: UUID) -> HttpResponse:
    clip = clip_access.get_clip_or_404(request.user, pk)
    return _save_clip(request, clip) if request.method == "POST" else _opened(request, clip)


@require_GET
def preview(request: HttpRequest, pk: UUID) -> JsonResponse:
    project = project_access.get_project_or_404(request.user, pk)
    document = queries.preview(project=project, finish=films.finish_of(project), now=clock.now())
    response = JsonResponse(document)
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
def shelf(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The shelf of music again, for a page on which a track has just become ready."""
    return _shelf(request, project_access.get_project_or_404(request.user, pk))


@require_POST
def order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A track of the person's own, composed to order."""
    project = project_access.get_project_or_404(request.user, pk)
    form = OrderForm(request.POST)
    if not form.is_valid():
        raise NotUnderstood
    mood = form.cleaned_data["mood"]
    tracks.order(
        mood=mood,
        seconds=form.seconds(film=_duration(project)),
        title=f"{mood.capitalize()}, for {project.title}",
        by=request.user,
    )
    return _shelf(request, project)


@require_POST
def cancel_order(request: HttpRequest, pk: UUID, recording: UUID) -> HttpResponse:
    project = project_access.get_project_or_404(request.user, pk)
    found = tracks.get_order_or_404(request.user, recording)
    tracks.cancel(recording=found, by=request.user, now=clock.now())
    return _shelf(request, project)


def _save_finish(request: HttpRequest, project: Project) -> HttpResponse:
    clips = films.approved_clips(project)
    form = FinishForm(request.POST, shelf=tracks.visible_to(request.user), large=queries.large(clips))
    if not form.is_valid():
        return _finish_page(request, project, form, clips=clips, finish=films.finish_of(project), status=422)
    chosen = form.cleaned_data
    now = clock.now()
    films.save_finish(
        project=project,
        title=chosen["title"],
        subtitle=chosen["subtitle"],
        end_title=chosen["end_title"],
        end_subtitle=chosen["end_subtitle"],
        transition=chosen["transition"],
        transition_frames=form.transition_frames(fps=project.fps),
        track=chosen["music"],
        volume=chosen["volume"],
        made_in=chosen["shapes"],
        quality=chosen["quality"],
        typeface=chosen["typeface"],
        on_beat=chosen["on_beat"],
        now=now,
    )
    if "make" in request.POST:
        made = films.make(project=project, by=request.user, now=now)
        return redirect("compiler:film", made[0].pk)
    if getattr(request, "htmx", False):
        return _saved(request, project, clip=clips[-1] if clips else None)
    return redirect("compiler:finish", project.pk)


def _saved(request: HttpRequest, project: Project, *, clip: Clip | None) -> HttpResponse:
    """What the page shows anew when something was saved: the estimate, and a clip of the strip."""
    now = clock.now()
    clips, finish = films.approved_clips(project), films.finish_of(project)
    places = {place.id: place for place in queries.strip(clips, finish=finish, now=now)}
    context = _estimate(project, clips=clips, finish=finish, now=now)
    return render(
        request, "compiler/_saved.html", context | {"project": project, "place": clip and places.get(clip.pk)}
    )


def _save_clip(request: HttpRequest, clip: Clip) -> HttpResponse:
    form = ClipFinishForm(request.POST)
    if not form.is_valid():
        return _refused(request, clip, " ".join(str(error[0]) for error in form.errors.values()))
    chosen = form.chosen(films.clip_finish(clip), fps=clip.project.fps)
    films.save_clip_finish(clip=clip, now=clock.now(), **chosen)
    if getattr(request, "htmx", False):
        return _saved(request, clip.project, clip=clip)
    return redirect("compiler:finish", clip.project_id)


def _refused(request: HttpRequest, clip: Clip, sentence: str) -> HttpResponse:
    """With script the page stays as it is and shows the sentence; without it, the page of the clip does."""
    if getattr(request, "htmx", False):
        raise NotUnderstood(sentence)
    return _opened(request, clip, refusal=sentence)


def _finish_page(
    request: HttpRequest,
    project: Project,
    form: FinishForm,
    *,
    clips: list[Clip],
    finish: Finish,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    context = {
        "project": project,
        "form": form,
        **_shelf_context(request, now=now),
        "typefaces": FACES,
        "transitions": TRANSITIONS,
        "lengths": LENGTHS,
        "shapes": sorted(SHAPES, key=lambda shape: shape[0] != project.aspect),
        "qualities": QUALITIES,
        "too_small": "" if form.large else TOO_SMALL,
        "for_large_photos": LONGEST_SIDE,
        "places": queries.strip(clips, finish=finish, now=now),
        "preview_url": reverse("compiler:preview", args=[project.pk]),
        "uploads_url": reverse("library:uploads"),
        "films": queries.films_of(project, now=now),
        **_estimate(project, clips=clips, finish=finish, now=now),
    }
    return render(request, "compiler/finish.html", context, status=status)


def _shelf(request: HttpRequest, project: Project) -> HttpResponse:
    """With script the shelf alone; without it, the page."""
    if request.method == "POST" and not getattr(request, "htmx", False):
        return redirect("compiler:finish", project.pk)
    chosen = films.finish_of(project)
    form = FinishForm(initial=_initial(project, chosen), shelf=tracks.visible_to(request.user))
    context = {"project": project, "form": form, **_shelf_context(request, now=clock.now())}
    return render(request, "compiler/_shelf.html", context)


def _shelf_context(request: HttpRequest, *, now: datetime) -> dict[str, Any]:
    found = shelves.shelf(request.user, now=now)
    return {
        "tracks": found.cards,
        "composer": found.composer,
        "music_kinds": [(kind, label) for kind, (label, _) in presets.MUSIC_KINDS.items()],
        "moods": tracks.MOODS,
        "music_lengths": presets.MUSIC_LENGTHS,
    }


def _duration(project: Project) -> Fraction:
    """Seconds of the film as it is chosen now; none of one without a clip."""
    clips = films.approved_clips(project)
    if not clips:
        return Fraction(0)
    finish = films.finish_of(project)
    return plans.plan(films.timeline_of(project=project, finish=finish, clips=clips)).duration


def _opened(request: HttpRequest, clip: Clip, *, refusal: str = "") -> HttpResponse:
    """What can be chosen for one clip, or for the way into the next: a part of the finish page, or a page."""
    now = clock.now()
    project = clip.project
    clips, finish = films.approved_clips(project), films.finish_of(project)
    places = {place.id: place for place in queries.strip(clips, finish=finish, now=now)}
    found = next((other for other in clips if other.pk == clip.pk), None)
    if found is None:
        raise NotInTheFilm
    chosen = films.clip_finish(found)
    place, follows = (
        places[clip.pk],
        {one.number: one for one in places.values()}.get(places[clip.pk].number + 1),
    )
    made_in = films.made_in(project, finish)
    context = {
        "project": project,
        "refusal": refusal,
        "film_transition": finish.transition,
        "as_the_film": gettext("As the film ({way})").format(way=dict(TRANSITIONS)[finish.transition]),
        "opened": queries.opened(found, place=place, made_in=made_in, now=now),
        "part": "join" if request.GET.get("part") == "join" else "clip",
        "chosen": chosen,
        "before_url": place.poster_url,
        "after_url": follows.poster_url if follows else "",
        "transition_seconds": _length(chosen.transition_frames, fps=project.fps),
        "transitions": TRANSITIONS,
        "lengths": LENGTHS,
        "caption_places": PLACES,
        "looks": LOOKS,
        "spans": CAPTION_SECONDS,
    }
    if getattr(request, "htmx", False):
        return render(request, "compiler/_clip.html", context)
    return render(request, "compiler/clip.html", context, status=422 if refusal else 200)


def _estimate(project: Project, *, clips: list[Clip], finish: Finish, now: datetime) -> dict[str, Any]:
    """What the film would be. Its pieces are begun meanwhile, so that `Make film` has little left to do."""
    if not clips:
        return {"estimate_label": ""}
    timelines = films.timelines_of(project=project, finish=finish, clips=clips)
    making.ahead(project=project, finish=finish, clips=clips, now=now)
    return {
        "estimate_label": queries.estimate(timelines),
        "shape_times": queries.shape_times(timelines[0]),
        "beat_word": queries.beat_word(timelines[0], finish=finish),
    }


def _initial(project: Project, chosen: Finish) -> dict[str, Any]:
    return {
        "title": chosen.title,
        "subtitle": chosen.subtitle,
        "end_title": chosen.end_title,
        "end_subtitle": chosen.end_subtitle,
        "transition": chosen.transition,
        "transition_seconds": _length(chosen.transition_frames, fps=project.fps),
        "music": chosen.track_id,
        "volume": chosen.volume,
        "shapes": list(films.made_in(project, chosen)),
        "quality": chosen.quality,
        "typeface": chosen.typeface,
        "on_beat": chosen.on_beat,
    }


def _length(frames: int, *, fps: int) -> str:
    """As one of the lengths that are offered."""
    seconds = f"{frames / fps:g}"
    return seconds if seconds in dict(LENGTHS) else "0.5"
