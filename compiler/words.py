"""What may be drawn of what somebody typed, and where it may be cut. Pure; knows nothing of fonts."""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"
# Nothing longer was ever readable on a card; what is laid out is cut to this before it is measured.
LONGEST = 1_200
ISOLATE, RIGHT_TO_LEFT_ISOLATE, POP_ISOLATE = "\u2066", "\u2067", "\u2069"
# Embeddings, overrides and isolates of the writer's would reach across our own.
DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# No script puts more on a letter; a tower of hundreds would reach across the whole picture.
MARKS = 4
JOINER = "\u200d"


def clean(text: str) -> str:
    """Composed characters, single spaces, no controls and no halves of characters; at most `LONGEST` long."""
    text = text[: LONGEST * 4].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = DIRECTIONS.sub("", LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text)))
    lines = (" ".join(_printable(line).split()) for line in text.split("\n"))
    return cut("\n".join(line for line in lines if line), LONGEST)


def cut(text: str, length: int) -> str:
    """The first `length` characters and an ellipsis, or less where that would part a letter from its
    marks or an emoji from its tone; the text itself where it is short enough."""
    if len(text) <= length:
        return text
    while length and _joined(text, length):
        length -= 1
    return text[:length].rstrip() + ELLIPSIS


def directed(text: str) -> str:
    """Each line wrapped so that its punctuation falls where its own script wants it."""
    return "\n".join(
        f"{RIGHT_TO_LEFT_ISOLATE if _right_to_left(line) else ISOLATE}{line}{POP_ISOLATE}"
        for line in text.split("\n")
    )


def _printable(line: str) -> str:
    letters: list[str] = []
    marks = 0
    for letter in line:
        category = unicodedata.category(letter)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks <= MARKS:
            letters.append(" " if category == "Cc" else letter)
    return "".join(letters)


def _joined(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    return (
        before == JOINER
        or after == JOINER
        or unicodedata.category(after).startswith("M")
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or ("\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff")
    )


def _right_to_left(line: str) -> bool:
    """Decided by the first letter that has a direction, as Unicode says."""
    for letter in line:
        direction = unicodedata.bidirectional(letter)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False
