from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.template.defaultfilters import pluralize

from compiler.models import Film
from echoes import studio
from echoes.bar import Bar
from echoes.kernel import media_time, shapes
from echoes.kernel.errors import EchoesError
from jobs import crew
from providers.local import catalogue

NO_FILM = 2


def _seconds(text: str) -> int:
    if not text.isdigit() or not 2 <= int(text) <= 20:
        raise ArgumentTypeError("a whole number from 2 to 20")
    return int(text)


class Command(BaseCommand):
    help = "Makes a film from photos, by the same jobs as the web pages."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
        parser.add_argument("--out", type=Path, required=True, help="where the MP4 goes")
        parser.add_argument(
            "--music",
            default=catalogue.CATALOGUE[0].slug,
            help="none, a file, or one of: " + ", ".join(recipe.slug for recipe in catalogue.CATALOGUE),
        )
        parser.add_argument("--transition", choices=studio.TRANSITIONS, default="fade")
        parser.add_argument("--seconds", type=_seconds, default=5, help="of each clip, 2 to 20")
        parser.add_argument("--aspect", choices=list(shapes.SIZES), default="16:9")
        parser.add_argument(
            "--quality", choices=list(shapes.QUALITIES), default=shapes.STANDARD, help="how large the film is"
        )
        parser.add_argument("--title", default="", help="a title card before the first clip")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            film, skipped = self._make(options)
        except EchoesError as error:
            self._fail(error, as_json=options["json"])
        self._tell(film, skipped, options, taken=time.monotonic() - started)

    def _make(self, options: dict[str, Any]) -> tuple[Film, list[studio.Skipped]]:
        studio.check_music(options["music"])
        studio.prepare()
        owner = studio.local_owner()
        out: Path = options["out"]
        studio.check_out(out)
        with Bar() as bar, crew.at_work():
            brought = studio.bring(
                photos=options["photos"],
                title=options["title"] or out.stem,
                aspect=options["aspect"],
                seconds=options["seconds"],
                by=owner,
                report=bar.report,
            )
            track = studio.choose_music(options["music"], by=owner, report=bar.report)
            film = studio.make(
                project=brought.project,
                track=track,
                transition=options["transition"],
                title=options["title"],
                by=owner,
                report=bar.report,
                quality=options["quality"],
            )
            studio.save(film, out)
        return film, brought.skipped

    def _tell(
        self, film: Film, skipped: list[studio.Skipped], options: dict[str, Any], *, taken: float
    ) -> None:
        duration = media_time.frames_to_seconds(film.frames, fps=film.timeline["fps"])
        if options["json"]:
            told = {
                "film": str(options["out"]),
                "duration": float(duration),
                "width": film.width,
                "height": film.height,
                "clips": len(film.timeline["items"]),
                "seconds_taken": round(taken, 1),
                "skipped": [vars(each) for each in skipped],
            }
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for each in skipped:
            self.stderr.write(f"Skipped {each.file}: {each.reason}")
        clips = len(film.timeline["items"])
        photos = f"{clips} photo{pluralize(clips)}"
        length = media_time.label(duration)
        self.stdout.write(f"{options['out']}: {length} from {photos}, made in {taken:.0f} s")

    def _fail(self, error: EchoesError, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"error": {"code": error.code, "message": str(error)}}))
        self.stderr.write(str(error))
        sys.exit(NO_FILM)
