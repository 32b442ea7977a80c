"""The one root of every error that Echoes raises on purpose."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext


def gettext_noop(text: str) -> str:
    """Marks what catalogues are to know, as Django's does, which asks settings that readers do not have."""
    return text


class EchoesError(Exception):
    """A fact that stopped the work: `code` is for machines, the text is a plain sentence for people."""

    code = "error"
    permanent = True
    """Whether trying the same again would meet the same fact."""

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(message or self._sentence())
        if code is not None:
            self.code = code

    def _sentence(self) -> str:
        """Its docstring, in the language that is spoken now. A process without settings, as those that read
        strangers' files, speaks English."""
        text = " ".join((self.__doc__ or self.code).split())
        return gettext(text) if settings.configured else text


class Cancelled(EchoesError):
    """The work was cancelled."""

    code = "cancelled"
