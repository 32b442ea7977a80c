"""What takes back what somebody has just done: a sentence, and a form that says all that it needs.

Nothing is remembered here, so an old message in another tab takes back what it names and nothing else. Only
a browser without script, which is led back to the page, finds it kept in its session, once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from clips.models import Clip
from projects.models import Project

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Undo:
    """`action` is empty where there is nothing to take back; `link` leads to what came of it."""

    words: str
    action: str = ""
    fields: Fields = ()
    link: str = ""
    link_words: str = ""


def of_removal(clip: Clip) -> Undo:
    words = gettext("“{name}” is out of the film.").format(name=clip.asset.name)
    return Undo(words, reverse("clips:restore", args=[clip.pk]))


def of_choice(words: str, *, project: Project, act: str, chosen: Iterable[UUID]) -> Undo:
    """`act` is what takes it back (see `choice_views.ACTS`); without a clip there is nothing to take back."""
    fields = tuple(("clip", str(pk)) for pk in chosen)
    if not fields:
        return Undo(words)
    return Undo(words, reverse("clips:chosen", args=[project.pk]), (("act", act), ("quiet", "1"), *fields))


def of_order(words: str, *, project: Project, before: Iterable[UUID]) -> Undo:
    fields = (("how", "put"), ("order", ",".join(map(str, before))))
    return Undo(words, reverse("clips:order", args=[project.pk]), fields)


def keep(request: HttpRequest, project: Project, undo: Undo) -> None:
    request.session[_key(project)] = asdict(undo)


def kept(request: HttpRequest, project: Project) -> Undo | None:
    """What was kept, for one page."""
    found: dict[str, Any] | None = request.session.pop(_key(project), None)
    if found is None:
        return None
    fields = tuple((name, value) for name, value in found.pop("fields"))
    return Undo(**found, fields=fields)


def _key(project: Project) -> str:
    return f"undo:{project.pk}"
