"""What helps after a take came to nothing, by the code of the failure. Pure. The codes are those of
`providers.errors`, `jobs.remote`, and what takes raise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Remedy:
    """`again`: the same may come out well now. `words`: other words may, with the same model."""

    again: bool = True
    words: bool = False


REMEDIES = {
    "unsafe_words": Remedy(again=False, words=True),
    "unsafe_input": Remedy(again=False, words=True),
    "unsafe_result": Remedy(words=True),
    "unsafe_picture": Remedy(again=False),
    "bad_input": Remedy(again=False),
    "model_gone": Remedy(again=False),
    "unknown_model": Remedy(again=False),
    "no_price": Remedy(again=False),
    "wrong_shape": Remedy(again=False),
    "too_long": Remedy(again=False),
    "service_account": Remedy(again=False),
    "cap_reached": Remedy(again=False),
    "withheld": Remedy(again=False),
}
"""After whatever else the same may be tried again: the service was busy, timed out, or made something that
was not usable."""
AGAIN = Remedy()


def of(code: str) -> Remedy:
    return REMEDIES.get(code, AGAIN)
