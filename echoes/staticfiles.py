"""Static files with hashed names, compressed once at release: all styles of the pages in one of them, faces
packed, and scripts without their comments, which are a quarter of what is left of them on the line.

What browsers fetch under a hashed name they keep for ever. While Echoes is developed, and wherever nothing
was collected, files have their plain names, each style is a file of its own, and faces are as they came.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from django.urls import reverse
from whitenoise.storage import CompressedManifestStaticFilesStorage

from echoes import webfonts

VERSION = 2  # of what is made here of what was written
ALL_STYLES = "css/echoes.css"
FACES = {name: f"fonts/{name}.woff2" for name in webfonts.FACES}
FIRST = "css/layers.css"
OURS = re.compile(r"js/.+\.js")
COMMENTS = re.compile(r"^[ \t]*(/\*\*(?:(?!\*/).)*\*/[ \t]*|//[^\n]*)\n", re.MULTILINE | re.DOTALL)


class Storage(CompressedManifestStaticFilesStorage):
    """A file that nobody collected keeps its plain name: a missing picture, not an error page."""

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:
            paths = {**paths, **self._made(paths)}
        yield from super().post_process(paths, dry_run, **options)

    def _made(self, paths: dict[str, Any]) -> dict[str, Any]:
        """What is served in place of what was written, and where it is."""
        scripts = {name: without_comments(_read(*paths[name])) for name in paths if OURS.fullmatch(name)}
        made = {name: text.encode() for name, text in (scripts | {ALL_STYLES: all_styles()}).items()}
        made |= {FACES[name]: webfonts.packed(name) for name in webfonts.FACES}
        for name, content in made.items():
            self.delete(name)
            self._save(name, ContentFile(content))
        return {name: (self, name) for name in made}


def frame() -> dict[str, Any]:
    """What the frame of every page names: the address of all styles in one file, empty where nothing was
    collected, and those of the faces."""
    collected = getattr(staticfiles_storage, "hashed_files", {})
    if settings.DEBUG or ALL_STYLES not in collected:
        return {"stylesheet": "", "faces": [plain_face(name) for name in webfonts.FACES]}
    return {
        "stylesheet": staticfiles_storage.url(ALL_STYLES),
        "faces": [staticfiles_storage.url(name) for name in FACES.values()],
    }


def plain_face(name: str) -> str:
    """The address of a face as it came; changes with its package, so that it may be kept for ever."""
    return f"{reverse('font', args=[name])}?v={webfonts.version(name)}"


def without_comments(script: str) -> str:
    """Only those that have lines of their own go, so that what is left needs no understanding."""
    return COMMENTS.sub("", script)


def all_styles() -> str:
    """The faces, and every file of templates/ui/_styles.html in its order, below the order of the layers."""
    listed = Path(settings.ROOT, "templates", "ui", "_styles.html").read_text()
    names = [FIRST, *re.findall(r"\{% static '([^']+)' %\}", listed)]
    home = Path(settings.ROOT, "static")
    first, *others = [(home / name).read_text() for name in names]
    return "\n".join([first, webfonts.css(lambda name: f"../{FACES[name]}"), *others])


def sources() -> str:
    """Changes with everything that is made here of what is not a static file."""
    faces = " ".join(f"{name} {webfonts.version(name)}" for name in webfonts.FACES)
    return f"{VERSION} {faces} {all_styles()}"


def _read(storage: Any, path: str) -> str:
    with storage.open(path) as file:
        return str(file.read().decode())
