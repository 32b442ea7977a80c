"""The pages that are made of several apps, the dashboard and a project with its clips, and what reaches
across them."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from clips import answers, budget_views, highlights
from clips import queries as clip_queries
from clips import undo as undos
from clips.forms import BackForm
from compiler import queries as film_queries
from compiler import surprise as surprises
from compiler.surprise import Surprise
from echoes import dashboard as cards
from echoes.dashboard import Wanted
from echoes.kernel import clock, media_time, shapes
from projects import access
from projects.forms import ProjectForm
from projects.models import Project
from providers import consent, registry


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """Found, sorted and turned by its address alone, so that going back shows what was there."""
    asked = request.GET.get
    wanted = Wanted(
        search=cards.clean_search(asked("q", "")),
        shown=cards.known(asked("show", ""), cards.SHOWN),
        sort=cards.known(asked("sort", ""), cards.SORTED),
        after=asked("after", "")[:400],
        before=asked("before", "")[:400],
    )
    context = {
        "found": cards.page(request.user, wanted, now=clock.now()),
        "wanted": wanted,
        "states": cards.SHOWN.items(),
        "orders": cards.SORTED.items(),
        "aspects": shapes.CHOICES,
        "form": ProjectForm(),
    }
    response = render(request, "projects/dashboard.html", context | {"address": _address(wanted)})
    if getattr(request, "htmx", False):
        _write_history(request, response, wanted)
    return response


def _address(wanted: Wanted) -> str:
    """Of this page, without what goes without saying."""
    said = {
        "q": wanted.search,
        "show": wanted.shown,
        "sort": wanted.sort if wanted.sort != cards.CHANGED else "",
        "after": wanted.after,
        "before": wanted.before,
    }
    query = urlencode({name: value for name, value in said.items() if value})
    return reverse("projects:dashboard") + (f"?{query}" if query else "")


def _write_history(request: HttpRequest, response: HttpResponse, wanted: Wanted) -> None:
    """A word that is still being typed is no page to go back to, and neither is the same page again."""
    address = _address(wanted)
    here = QueryDict(urlsplit(request.headers.get("HX-Current-URL", "")).query)
    there = QueryDict(urlsplit(address).query)
    others = [{name: value for name, value in query.items() if name != "q"} for query in (here, there)]
    if here == there:
        response["HX-Push-Url"] = "false"
    elif here.get("q") and there.get("q") and others[0] == others[1]:
        response["HX-Replace-Url"] = address
    else:
        response["HX-Push-Url"] = address


@never_cache
@require_safe
def tray(request: HttpRequest) -> HttpResponse:
    """What is in the making, alone: every page asks for it whenever something of it moves."""
    return render(request, "ui/_work.html")


@require_safe
def project_films(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The films of a project alone: its page asks for them whenever one of them moves."""
    found = access.get_project_or_404(request.user, pk)
    if not getattr(request, "htmx", False):
        return redirect("projects:show", found.pk)
    context = {"project": found, "films": film_queries.films_of(found, now=clock.now())}
    return render(request, "projects/_films.html", context)


@require_safe
def project(request: HttpRequest, pk: UUID) -> HttpResponse:
    now = clock.now()
    found = access.get_project_or_404(request.user, pk)
    context = {
        **answers.page(found, now=now),
        **budget_views.page(request, found, now=now),
        "films": film_queries.films_of(found, now=now),
        "reading": clip_queries.reading(found),
        "undo": undos.kept(request, found),
        "uploads_url": reverse("clips:photos", args=[found.pk]),
        "aspects": shapes.CHOICES,
        **_privacy(found),
    }
    return render(request, "projects/show.html", context)


@require_POST
def surprise(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A film at once, of what is approved, or of the best that is ready; with `back`, what it was before."""
    found = access.get_project_or_404(request.user, pk)
    if "back" in request.POST:
        asked = answers.clean(BackForm(request.POST))
        highlights.put_back(project=found, order=asked["order"], approved=asked["approved"], now=clock.now())
        surprises.take_back(project=found, title=asked["title"], track=asked["track"])
        return answers.grid(request, found)
    made = surprises.make(project=found, by=request.user, now=clock.now())
    return answers.grid(request, found, undo=_of_surprise(found, made))


def _of_surprise(project: Project, made: Surprise) -> undos.Undo:
    best = made.highlights
    fields = (
        ("back", "1"),
        ("order", ",".join(map(str, best.order))),
        ("approved", ",".join(map(str, best.approved))),
        ("title", made.title),
        ("track", str(made.track.pk) if made.track else ""),
    )
    return undos.Undo(
        _surprise_words(made),
        action=reverse("projects:surprise", args=[project.pk]),
        fields=fields,
        link=reverse("compiler:finish", args=[project.pk]),
        link_words=gettext("Watch it"),
    )


def _surprise_words(made: Surprise) -> str:
    best = made.highlights
    length, track = media_time.label(best.seconds), made.track.title if made.track else ""
    words = _film_words(made).format(count=len(best.chosen), length=length, track=track)
    if not best.waiting:
        return words
    waiting = ngettext("{count} clip is not ready yet.", "{count} clips are not ready yet.", best.waiting)
    return f"{words} {waiting.format(count=best.waiting)}"


def _film_words(made: Surprise) -> str:
    best = made.highlights
    if best.kept and made.track:
        said = ngettext(
            "The {count} clip that was approved, about {length}, to “{track}”.",
            "The {count} clips that were approved, by time, about {length}, to “{track}”.",
            len(best.chosen),
        )
    elif best.kept:
        said = ngettext(
            "The {count} clip that was approved, about {length}.",
            "The {count} clips that were approved, by time, about {length}.",
            len(best.chosen),
        )
    elif made.track:
        said = ngettext(
            "A film of {count} clip, about {length}, to “{track}”.",
            "A film of {count} clips, about {length}, to “{track}”.",
            len(best.chosen),
        )
    else:
        said = ngettext(
            "A film of {count} clip, about {length}.",
            "A film of {count} clips, about {length}.",
            len(best.chosen),
        )
    return said


def _privacy(found: Project) -> dict[str, bool]:
    """Whether there are services to which something could be sent, and whether that is forbidden."""
    if not registry.services():
        return {"services": False, "project_withheld": False}
    never = consent.withheld(owner=found.owner_id, subjects=[found.pk])
    return {"services": True, "project_withheld": found.pk in never}
