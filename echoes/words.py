"""What scripts say, in the language of the page."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation.trans_real import DjangoTranslation


@cache
def of_scripts(code: str) -> dict[str, Any]:
    """The words in English, and what they are in another language: a text, or [of one, of several]. Empty for
    English, which stands in the scripts."""
    if code == settings.LANGUAGE_CODE:
        return {}
    folders = [str(folder) for folder in settings.LOCALE_PATHS]
    catalogue = DjangoTranslation(code, domain="djangojs", localedirs=folders)._catalog  # type: ignore[attr-defined]
    found: dict[str, Any] = {}
    for key, text in catalogue.items():
        words, form = key if isinstance(key, tuple) else (key, None)
        if form is None:
            found[words] = text
        else:
            found.setdefault(words, ["", ""])[form] = text
    found.pop("", None)
    return found
