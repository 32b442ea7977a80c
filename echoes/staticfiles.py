"""Static files with hashed names, compressed once at release."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):
    """A page that names a file nobody collected is a defect of the page, not an error page for its reader."""

    manifest_strict = False
