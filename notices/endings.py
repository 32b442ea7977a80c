"""What is worth telling when work ends.

`hear` is called once the end of a job is committed (settings.ENDINGS), and looks at what belongs together:
the shapes of one film, the clips that were brought to life in one go. While a part of it is still being made
there is nothing to tell. Whoever commits last sees all of it; two who commit at one moment both do, and the
key of the notice lets one of them tell it. What a process that dies could not tell, `catch_up` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext, ngettext

from accounts import languages
from clips.models import Clip, Placement, Take
from compiler.models import Film
from jobs.models import Job
from jobs.states import LIVE, State
from library.models import Export
from notices import notices
from notices.models import Topic
from projects.models import Project

MANY = 3  # clips in one go, from which on their end is news
LONG = timedelta(minutes=1)  # that took so long that somebody may have turned away, however few
LOST = "file_missing"  # nobody waited for this
LOOKED_AT = 500
MISSED = timedelta(hours=1)
LASTED = timedelta(days=2)


def hear(*, job: Job) -> None:
    """A job has ended."""
    if tell := TELLERS.get(job.kind):
        tell(job)


def catch_up(*, now: datetime) -> None:
    """Tell what ended lately and was not told."""
    lately = {"finished_at__gt": now - MISSED, "created_at__gt": now - LASTED}
    for film in Film.objects.filter(**lately).defer("timeline", "takes")[:LOOKED_AT]:
        _tell_late(film)
    takes = Take.objects.filter(**lately).order_by("project").distinct("project").select_related("project")
    for take in takes[:LOOKED_AT]:
        _tell_late(take)
    for export in Export.objects.filter(**lately)[:LOOKED_AT]:
        _tell_late(export)


def _tell_late(job: Any) -> None:
    """To its owner, in whose language `hear` is called already."""
    with languages.speaking(languages.of(job.owner_id)):
        hear(job=job)


# ---- films ----------------------------------------------------------------------------------


def of_film(film: Any) -> None:
    """Its shapes are one film to whoever waits for it."""
    shapes = _shapes(film)
    ready = [each for each in shapes if each.state == State.SUCCEEDED]
    failed = [each for each in shapes if each.state == State.FAILED and each.error_code != LOST]
    if not (ready or failed) or any(each.state in LIVE for each in shapes):
        return
    shown = (ready or failed)[0]
    notices.give(
        owner_id=shown.owner_id,
        key=f"film {shown.project_id} {shown.edit or shown.pk} {_last(ready + failed).isoformat()}",
        topic=Topic.FILM,
        failed=bool(failed),
        words=_film_words(shown.title, ready=len(ready), failed=len(failed)),
        detail=failed[0].error_message if failed else "",
        project_id=shown.project_id,
        film=shown,
    )


def _shapes(film: Film) -> list[Any]:
    """Each that is wanted, once: the one that was asked for last. That of the project's shape comes first."""
    same = Q(edit=film.edit) if film.edit else Q(pk=film.pk)
    found = Film.objects.filter(same, project=film.project_id, removed_at=None, project__removed_at=None)
    rows = found.defer("timeline", "takes", "pieces").order_by("created_at")
    return list({each.digest: each for each in rows}.values())


def _film_words(title: str, *, ready: int, failed: int) -> str:
    if not ready:
        words = gettext("“{title}” could not be made.")
    elif failed:
        words = gettext("“{title}” is ready in {ready} of {all} shapes.")
    elif ready == 1:
        words = gettext("“{title}” is ready to watch.")
    else:
        words = gettext("“{title}” is ready in {ready} shapes.")
    return words.format(title=title, ready=ready, all=ready + failed)


# ---- clips ----------------------------------------------------------------------------------


def of_clips(job: Any) -> None:
    """The clips of its project, when the last of those that were under way is there."""
    project = _idle(job.project_id)
    takes = _last_stretch(_ended(job.project_id)) if project else []
    if project is None or not _is_news(takes):
        return
    ready = {take.clip_id for take in takes if take.state == State.SUCCEEDED}
    failed = [take for take in takes if take.clip_id not in ready]
    notices.give(
        owner_id=project.owner_id,
        key=f"clips {project.pk} {_last(takes).isoformat()}",
        topic=Topic.CLIPS,
        failed=bool(failed),
        words=_clip_words(project, ready=len(ready), failed=len({take.clip_id for take in failed})),
        detail=failed[0].error_message if failed else "",
        project=project,
    )


def _idle(project_id: UUID) -> Project | None:
    """The project, unless something is still on its way to it."""
    makings = (Take, Placement)
    busy = [Exists(kind.objects.filter(project=OuterRef("pk"), state__in=LIVE)) for kind in makings]
    idle = Project.objects.filter(~busy[0], ~busy[1], pk=project_id, removed_at=None)
    return idle.first()


def _ended(project_id: UUID) -> Iterable[Take]:
    """What was made and what could not be, the last first."""
    ended = Take.objects.filter(project=project_id, state__in=[State.SUCCEEDED, State.FAILED])
    present = ended.filter(clip__removed_at=None).exclude(error_code=LOST)
    columns = ("clip_id", "state", "error_message", "created_at", "finished_at")
    return present.order_by("-finished_at").only(*columns)[:LOOKED_AT]


def _last_stretch(takes: Iterable[Any]) -> list[Any]:
    """Those that were under way together, without a pause between them."""
    found: list[Any] = []
    began: datetime | None = None
    for take in takes:
        if began is not None and take.finished_at < began:
            break
        found.append(take)
        began = min(began or take.created_at, take.created_at)
    return found


def _is_news(takes: list[Any]) -> bool:
    """One quick clip comes to life under the eyes of whoever asked for it."""
    if not takes:
        return False
    lasted = _last(takes) - min(take.created_at for take in takes)
    return len(takes) >= MANY or lasted >= LONG


def _clip_words(project: Project, *, ready: int, failed: int) -> str:
    if failed:
        words = gettext("{failed} of {all} clips of “{title}” could not be made.")
        return words.format(failed=failed, all=ready + failed, title=project.title)
    present = Clip.objects.present().filter(project=project)
    whole = present.aggregate(all=Count("pk"), ready=Count("chosen"))
    if whole["all"] == whole["ready"] > 1:
        return gettext("All {all} clips of “{title}” are ready.").format(
            all=whole["all"], title=project.title
        )
    words = ngettext("A clip of “{title}” is ready.", "{count} clips of “{title}” are ready.", ready)
    return words.format(count=ready, title=project.title)


# ---- everything in one file -----------------------------------------------------------------


def of_export(export: Any) -> None:
    if export.state not in {State.SUCCEEDED, State.FAILED}:
        return
    failed = export.state == State.FAILED
    if failed:
        words = gettext("Your things could not be put together.")
    else:
        words = gettext("Everything of yours is ready, in one file.")
    notices.give(
        owner_id=export.owner_id,
        key=f"export {export.pk} {export.finished_at.isoformat()}",
        topic=Topic.EXPORT,
        failed=failed,
        words=words,
        detail=export.error_message,
    )


def _last(jobs: Iterable[Any]) -> datetime:
    moment: datetime = max(job.finished_at for job in jobs)
    return moment


TELLERS: Mapping[str, Callable[[Any], None]] = MappingProxyType(
    {"film": of_film, "take": of_clips, "placement": of_clips, "export": of_export}
)
