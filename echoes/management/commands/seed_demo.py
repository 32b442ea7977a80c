from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.urls import reverse

from clips import clips
from clips.models import Clip
from compiler import showcases
from compiler.models import Film
from echoes import studio
from echoes.bar import Bar
from echoes.demo import scenes, visitor
from echoes.kernel import clock
from echoes.kernel.errors import EchoesError
from jobs import crew
from jobs.states import State
from projects import projects
from projects.models import Project

TITLE = "A week outdoors"
MUSIC = "morning-kites"
TRANSITION = "dissolve"
ASPECT = "16:9"
NO_FILM = 2


class Command(BaseCommand):
    help = "Fills this place with a sample film and somebody to show it; says how to sign in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--seconds", type=int, choices=range(2, 21), default=5, metavar="2-20", help="of each clip"
        )
        parser.add_argument(
            "--edge", type=int, default=scenes.LONG_SIDE, help="longer side of a photo in pixels"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """1. the person; 2. what is there already stays; 3. what an interrupted run left is made anew;
        4. the film, by the same jobs as everywhere; the landing page shows it from then on; 5. the way in."""
        shown = visitor.welcome(data_dir=settings.DATA_DIR)
        project = Project.objects.visible_to(shown.user).filter(title=TITLE).first()
        if project and _has_film(project):
            _show_our_own(project)
            self._tell(shown, "is there already")
            return
        try:
            self._make(project, shown, options)
        except EchoesError as error:
            self.stderr.write(str(error))
            sys.exit(NO_FILM)
        self._tell(shown, "is ready")

    def _make(self, project: Project | None, shown: visitor.Visitor, options: dict[str, Any]) -> None:
        with Bar() as bar, crew.at_work():
            if project is None or not _is_whole(project):
                project = _anew(project, by=shown.user, options=options, report=bar.report)
            clips.approve_all(project=project, now=clock.now())
            film = studio.make(
                project=project,
                track=studio.choose_music(MUSIC, by=shown.user, report=bar.report),
                transition=TRANSITION,
                title=TITLE,
                by=shown.user,
                report=bar.report,
            )
            showcases.show(film)

    def _tell(self, shown: visitor.Visitor, what: str) -> None:
        address = settings.PUBLIC_URL + reverse("account_login")
        self.stdout.write(
            f"“{TITLE}” {what}: sign in at {address} as {shown.user.email} with the password {shown.password}"
        )


def _has_film(project: Project) -> bool:
    return Film.objects.filter(project=project, removed_at=None, state=State.SUCCEEDED).exists()


def _show_our_own(project: Project) -> None:
    """The first film is of our pictures, whatever somebody has made of the demo since."""
    first = Film.objects.filter(project=project).order_by("created_at").first()
    if first and first.state == State.SUCCEEDED:
        showcases.show(first)


def _is_whole(project: Project) -> bool:
    present = Clip.objects.present().filter(project=project, chosen__isnull=False)
    return present.count() >= len(scenes.SCENES)


def _anew(old: Project | None, *, by: Any, options: dict[str, Any], report: studio.Report) -> Project:
    """A project with a clip of each scene, instead of the one that was not finished."""
    if old:
        _put_away(old, by=by)
    with tempfile.TemporaryDirectory(prefix="echoes-demo-") as folder:
        photos = _draw(Path(folder), long_side=options["edge"], report=report)
        brought = studio.bring(
            photos=photos, title=TITLE, aspect=ASPECT, seconds=options["seconds"], by=by, report=report
        )
    if brought.skipped:
        raise studio.NotMade("\n".join(f"{each.file}: {each.reason}" for each in brought.skipped))
    return brought.project


def _put_away(project: Project, *, by: Any) -> None:
    for clip in Clip.objects.present().filter(project=project):
        clips.remove(clip=clip, by=by, now=clock.now())
    projects.remove(project=project, now=clock.now())


def _draw(folder: Path, *, long_side: int, report: studio.Report) -> list[Path]:
    photos = []
    for number, scene in enumerate(scenes.SCENES):
        report("Drawing the photos", number / len(scenes.SCENES))
        photos.append(scenes.save(scene, folder=folder, long_side=long_side))
    return photos
