"""From what somebody typed to what a model is told: clean, and no longer than the model takes.

Nothing here reads what the words mean. Ours stand before theirs. Where there is not room for both, a person's
own words stay and ours go; where not even theirs have room, they end at a sentence, else at a word, and the
person can be told.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from providers.models import PromptUnit

JOINER = "\u200d"
KEPT = frozenset({JOINER, "\u200c"})  # without them some emoji, and Persian, fall apart
ENDS = frozenset(".!?…。！？")
CLOSERS = frozenset("\"'’”»)]」』")
WIDE_ENDS = frozenset("。！？")
"""After these no space follows, and a sentence ends all the same."""
LEAST = 0.5
"""A cut at a sentence keeps at least this share of the room; else it is at a word."""
LATIN = frozenset({"LATIN"})
SCRIPTS = {
    "ar": {"ARABIC"},
    "be": {"CYRILLIC"},
    "bg": {"CYRILLIC"},
    "bn": {"BENGALI"},
    "el": {"GREEK"},
    "fa": {"ARABIC"},
    "he": {"HEBREW"},
    "hi": {"DEVANAGARI"},
    "hy": {"ARMENIAN"},
    "ja": {"CJK", "HIRAGANA", "KATAKANA"},
    "ka": {"GEORGIAN"},
    "kk": {"CYRILLIC"},
    "ko": {"HANGUL", "CJK"},
    "mk": {"CYRILLIC"},
    "mr": {"DEVANAGARI"},
    "ru": {"CYRILLIC"},
    "sr": {"CYRILLIC", "LATIN"},
    "ta": {"TAMIL"},
    "th": {"THAI"},
    "uk": {"CYRILLIC"},
    "ur": {"ARABIC"},
    "zh": {"CJK", "BOPOMOFO"},
}
"""In which scripts a language is written, as Unicode names its letters; any other language in LATIN."""


@dataclass(frozen=True)
class Composed:
    """`text` is what a model is told. `shortened`: some of the person's own words did not fit.
    `needs_translation`: they are clearly in none of the model's languages, so a writer should see them
    first."""

    text: str
    shortened: bool = False
    needs_translation: bool = False


def compose(
    prompt: str, instruction: str, *, limit: int, unit: str, needed: bool, languages: Sequence[str]
) -> Composed:
    """`{instruction} {prompt}`, in at most `limit` of the service's units. Of an empty prompt comes
    nothing, or our instruction where the model takes no order without words (`needed`)."""
    theirs, ours = clean(prompt), clean(instruction)
    size = SIZES[unit]
    if not theirs:
        return Composed(_cut(ours, limit, size) if needed else "")
    kept = _cut(theirs, limit, size)
    before = _whole_sentences(ours, limit - size(kept) - 1, size) if kept == theirs else ""
    return Composed(
        f"{before} {kept}".strip(),
        shortened=kept != theirs,
        needs_translation=is_foreign(theirs, languages=languages),
    )


def clean(text: str) -> str:
    """The same words on one line, without what cannot be seen: control characters, marks that turn the
    direction of writing, halves of characters, and the tags and selectors in which words can be hidden."""
    visible = "".join(sign if _is_visible(sign) else " " if sign.isspace() else "" for sign in text)
    return " ".join(visible.split()).strip(" " + "".join(KEPT))


def length(text: str, *, unit: str) -> int:
    """How long a service says that it is."""
    return SIZES[unit](text)


def is_foreign(text: str, *, languages: Iterable[str]) -> bool:
    """Whether most letters are of a script in which none of the languages is written. No languages: any."""
    scripts = {script for code in languages for script in SCRIPTS.get(code[:2].lower(), LATIN)}
    letters = Counter(_script(sign) in scripts for sign in text if sign.isalpha())
    return bool(scripts) and letters[False] > letters[True]


# ---- signs ----------------------------------------------------------------------------------


def _is_visible(sign: str) -> bool:
    code = ord(sign)
    if 0xE0000 <= code <= 0xE0FFF:  # tags and further selectors: text for machines that nobody sees
        return False
    category = unicodedata.category(sign)
    return sign in KEPT or category not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _script(sign: str) -> str:
    return unicodedata.name(sign, "?").split()[0].removesuffix("-COMPATIBILITY")


def _utf16(text: str) -> int:
    return len(text) + sum(sign > "\uffff" for sign in text)


SIZES: dict[str, Callable[[str], int]] = {PromptUnit.CHARACTER: len, PromptUnit.UTF16: _utf16}


# ---- cutting --------------------------------------------------------------------------------


def _cut(text: str, limit: int, size: Callable[[str], int]) -> str:
    """The beginning that has room, ending at a sentence, else at a word, else between two whole signs."""
    if size(text) <= limit:
        return text
    room = _fits(text, limit, size)
    for places in (_sentence_ends(text, room), _word_ends(text, room)):
        good = [place for place in places if place >= room * LEAST]
        if good:
            return text[: good[-1]].rstrip()
    return text[: _sign_end(text, room)].rstrip()


def _whole_sentences(text: str, limit: int, size: Callable[[str], int]) -> str:
    """The first sentences that have room: half a sentence of ours helps nobody."""
    if size(text) <= limit:
        return text
    room = _fits(text, max(limit, 0), size)
    ends = _sentence_ends(text, room)
    return text[: ends[-1]] if ends else ""


def _fits(text: str, limit: int, size: Callable[[str], int]) -> int:
    """How many characters, whole ones, have room."""
    used = 0
    for at, sign in enumerate(text):
        used += size(sign)
        if used > limit:
            return at
    return len(text)


def _sentence_ends(text: str, room: int) -> list[int]:
    """Places up to `room` at which a sentence has ended, with its quotation marks."""
    found, last = [], ""
    for at in range(1, room + 1):
        if text[at - 1] not in CLOSERS:
            last = text[at - 1]
        if last in ENDS and (at == len(text) or text[at] == " " or last in WIDE_ENDS):
            found.append(at)
    return [at for at in found if not _joins(text, at)]


def _word_ends(text: str, room: int) -> list[int]:
    return [at for at in range(1, min(room + 1, len(text))) if text[at] == " "]


def _sign_end(text: str, room: int) -> int:
    """The last place up to `room` that lies between two signs as a reader sees them; `room` where a single
    sign is longer than that."""
    for at in range(room, 0, -1):
        if not _joins(text, at):
            return at
    return room


def _joins(text: str, at: int) -> bool:
    """Whether what stands after that place belongs to what stands before it."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if JOINER in (before, after) or unicodedata.category(after) in ("Mn", "Mc", "Me"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff":  # the colour of a skin
        return True
    return _is_flag(before) and _is_flag(after) and _flags_before(text, at) % 2 == 1


def _is_flag(sign: str) -> bool:
    """A regional indicator: two of them are a flag."""
    return "\U0001f1e6" <= sign <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    count = 0
    while count < at and _is_flag(text[at - 1 - count]):
        count += 1
    return count
