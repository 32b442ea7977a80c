"""A prompt put in order: no stray signs, no word twice, sentences that begin and end, and not too long."""

from __future__ import annotations

import re
import unicodedata

NOTHING_SAID = "A slow, gentle move of the camera."
ENDS = ".!?…"
"""What a sentence may end with."""


def tidied(words: str, *, longest: int) -> str:
    """At most so many characters, at least one; what was said, in the same order."""
    text = _plain(words)
    if not re.search(r"\w", text):
        return NOTHING_SAID[:longest]
    sentences = [_sentence(found) for found in re.findall(rf"[^{ENDS}]+[{ENDS}]*", text)]
    said = list(dict.fromkeys(sentence for sentence in sentences if sentence))
    return shortened(" ".join(said), longest=longest)


def shortened(text: str, *, longest: int) -> str:
    """Cut after the last sentence that fits, else after the last clause, else after the last word."""
    if len(text) <= longest:
        return text
    room = text[:longest]
    for ends, least in ((f"[{ENDS}](?= )", 0.4), (r"[,;:](?= )", 0.5), (r"(?= )", 0.0)):
        places = [found.end() for found in re.finditer(ends, text[: longest + 1])]
        if places and places[-1] >= least * longest:
            return room[: places[-1]].rstrip(" ,;:-")
    return room


def _plain(words: str) -> str:
    """One line, one space between words, no signs that only machines see."""
    text = "".join(
        " " if char.isspace() or unicodedata.category(char) == "Cc" else char
        for char in unicodedata.normalize("NFC", words)
        if unicodedata.category(char) != "Cf" or char == "\u200d"  # it joins emoji
    )
    text = re.sub(r"\.{3,}", "…", text)
    text = re.sub(r"([!?.,;:])\1+", r"\1", text)
    text = re.sub(r"\s+([!?.,;:…])", r"\1", text)
    text = re.sub(r"\b(\w+)(?: \1\b)+", r"\1", text, flags=re.IGNORECASE)
    return re.sub(r"\s+", " ", text).strip(" ,;:-")


def _sentence(found: str) -> str:
    text = found.strip(" ,;:-")
    if not re.search(r"\w", text):
        return ""
    text = text[0].upper() + text[1:]
    return text if text[-1] in ENDS else f"{text}."
