"""The one root of every error that Echoes raises on purpose."""

from __future__ import annotations


class EchoesError(Exception):
    """A fact that stopped the work: `code` is for machines, the text is a plain sentence for people."""

    code = "error"
    permanent = True
    """Whether trying the same again would meet the same fact."""

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(message or self.__doc__ or self.code)
        if code is not None:
            self.code = code


class Cancelled(EchoesError):
    """The work was cancelled."""

    code = "cancelled"
