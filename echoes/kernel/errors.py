"""The one root of every error that Echoes raises on purpose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext

PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Sentence:
    """What is said, as the catalogues of words have it: in English, with {name} for what `values` hold. A
    process without settings, as those that read strangers' files, says it in English; whoever hears of it
    there says it again in the language of the person whom it is for (`echoes.kernel.sandbox`)."""

    english: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        text = gettext(self.english) if settings.configured else self.english
        return PLACE.sub(lambda place: str(self.values.get(place[1], place[0])), text)


def gettext_noop(text: str) -> str:
    """Marks what catalogues are to know, as Django's does, which asks settings that readers do not have."""
    return text


class EchoesError(Exception):
    """A fact that stopped the work: `code` is for machines, the text is a plain sentence for people."""

    code = "error"
    permanent = True
    """Whether trying the same again would meet the same fact."""

    def __init__(self, message: str | Sentence = "", *, code: str | None = None) -> None:
        """Without a message it says its docstring; a `str` is said as it is."""
        said = message or Sentence(" ".join((self.__doc__ or self.code).split()))
        self.sentence = said if isinstance(said, Sentence) else Sentence(said)
        super().__init__(str(said))
        if code is not None:
            self.code = code


class Cancelled(EchoesError):
    """The work was cancelled."""

    code = "cancelled"
