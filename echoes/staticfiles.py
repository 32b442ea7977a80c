"""Static files with hashed names, compressed once at release, and all styles of the pages in one of them.

What browsers fetch under a hashed name they keep for ever. While Echoes is developed, and wherever nothing
was collected, files have their plain names, and each style is a file of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

from echoes import webfonts

ALL_STYLES = "css/echoes.css"
FIRST = "css/layers.css"


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
            self.delete(ALL_STYLES)
            self._save(ALL_STYLES, ContentFile(all_styles().encode()))
            paths = {**paths, ALL_STYLES: (self, ALL_STYLES)}
        yield from super().post_process(paths, dry_run, **options)


def stylesheet() -> str:
    """The address of all styles in one file; empty where nothing was collected."""
    collected = getattr(staticfiles_storage, "hashed_files", {})
    is_there = not settings.DEBUG and ALL_STYLES in collected
    return str(staticfiles_storage.url(ALL_STYLES)) if is_there else ""


def all_styles() -> str:
    """The faces, and every file of templates/ui/_styles.html in its order, below the order of the layers."""
    listed = Path(settings.ROOT, "templates", "ui", "_styles.html").read_text()
    names = [FIRST, *re.findall(r"\{% static '([^']+)' %\}", listed)]
    home = Path(settings.ROOT, "static")
    first, *others = [(home / name).read_text() for name in names]
    return "\n".join([first, webfonts.css(), *others])
