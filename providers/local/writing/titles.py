"""Three titles for a film, from what is known of it: what people called it, where, when, and what it shows.

Names that a camera or a phone gives to files say nothing, and never become a title.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date


def _set(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


LONGEST = 60
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
SEASONS = (
    *("Winter", "Winter", "Spring", "Spring", "Spring", "Summer"),
    *("Summer", "Summer", "Autumn", "Autumn", "Autumn", "Winter"),
)
"""Of each month, north of the equator, as nobody says where it was."""
ALWAYS = (
    "Little Moments",
    "The Days We Kept",
    "Everything We Saw",
    "What We Remember",
    "Light and Time",
    "A Story in Pictures",
)
CAMERAS = _set(
    "img imgp dsc dscn dscf dcim pxl mvimg vid mov gopr gp cimg sam p wp pict picture pictures pic photo",
    "photos image images screenshot screen shot scan whatsapp signal telegram facebook instagram fb received",
    "download edited edit copy final new untitled unnamed film project album video portrait wa burst hdr",
    "pano",
    "raw export jpg jpeg png heic webp gif tif tiff avif",
)
"""What stands in names that nobody gave."""
SMALL = _set(
    "a an and at by for from in into near of on or our the their to with my his her is are was were as it",
    "its some this that these those there here we they he she i one two three four five very mostly",
)
SEEN = _set(
    "beach sea ocean lake river mountain mountains forest garden park city street market island castle",
    "church bridge snow rain sunset sunrise sky boat train wedding birthday party picnic dinner family",
    "friends",
    "children kids baby dog cat horse birds flowers harbour village desert waterfall museum concert school",
    "graduation christmas easter carnival camping road trip winter summer",
)
"""Things after which a film may be called, where they are seen."""
DAYS = {
    "sunset": "Until Sunset",
    "sunrise": "Before Sunrise",
    "wedding": "The Wedding",
    "birthday": "The Birthday",
}
PLACED = re.compile(r"\b(?:in|at|near|from|to|around|over)\s+((?:[A-Z][\w'’-]+)(?:\s[A-Z][\w'’-]+){0,2})")
WRITTEN = re.compile(r"\b(\d{4})[-:/.](\d{1,2})(?:[-:/.](\d{1,2}))?\b")
SAID = re.compile(
    rf"\b(?:(\d{{1,2}})\s+)?({'|'.join(MONTHS)})\b(?:\s+(\d{{1,2}}),)?(?:\s+(\d{{4}}))?", re.IGNORECASE
)


@dataclass(frozen=True)
class Known:
    """What a title can be made from; what is not known is empty."""

    name: str
    place: str
    thing: str
    dates: tuple[date, ...]


def find(*, project: str, dates: str, pictures: str) -> list[str]:
    """Three titles, the best first; the same words, the same titles."""
    known = Known(
        named(project), place(f"{project}. {pictures}"), thing(pictures), tuple(sorted(_dates(dates)))
    )
    made = dict.fromkeys(
        title[:LONGEST].strip() for title in (*_candidates(known), *_always(project + pictures))
    )
    return list(made)[:3]


def named(project: str) -> str:
    """What people called it, as a title; empty where no person did."""
    words = [word for word in _words(project) if not _is_machines(word)]
    if not words or all(word.lower() in SMALL or word.isdigit() for word in words):
        return ""
    return _as_title(" ".join(words))


def place(text: str) -> str:
    """The place that is named most often after a word such as "in"."""
    found = Counter(match.strip() for match in PLACED.findall(text) if not _is_no_place(match))
    return min(found, key=lambda each: (-found[each], text.index(each))) if found else ""


def thing(text: str) -> str:
    """What is seen most often of what a film may be called after."""
    found = Counter(word.lower() for word in _words(text) if word.lower() in SEEN)
    return min(found, key=lambda each: (-found[each], each)) if found else ""


def _candidates(known: Known) -> Iterator[str]:
    if known.name:
        yield known.name
    if known.place and known.dates:
        yield f"{_season(known.dates)} in {known.place}"
    if known.place:
        yield f"Our Days in {known.place}"
    if known.thing and known.dates and known.thing.capitalize() not in SEASONS:
        yield f"{known.thing.capitalize()}, {_month(known.dates[-1])}"
    if known.thing:
        yield DAYS.get(known.thing, f"{known.thing.capitalize()} Days")
    if known.dates:
        yield from (_when(known.dates), f"{_season(known.dates)} {known.dates[0].year}")


def _always(text: str) -> tuple[str, ...]:
    """In an order that another film has differently."""
    first = hashlib.sha256(text.encode()).digest()[0] % len(ALWAYS)
    return ALWAYS[first:] + ALWAYS[:first]


def _season(dates: tuple[date, ...]) -> str:
    return SEASONS[dates[len(dates) // 2].month - 1]


def _when(dates: tuple[date, ...]) -> str:
    first, last = dates[0], dates[-1]
    if first.year != last.year:
        return f"{first.year} to {last.year}"
    if first.month != last.month:
        return f"{MONTHS[first.month - 1]} to {MONTHS[last.month - 1]}"
    return f"One Day in {MONTHS[first.month - 1]}" if first == last and first.day > 1 else _month(first)


def _month(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}"


def _dates(text: str) -> Iterator[date]:
    """Those that are there; a month without a day is its first."""
    for year, month, day in WRITTEN.findall(text):
        yield from _if_real(int(year), int(month), int(day or 1))
    years = re.findall(r"\b(?:19|20)\d{2}\b", text)
    for before, month, after, year in SAID.findall(text):
        if year or years:
            number = [each.lower() for each in MONTHS].index(month.lower()) + 1
            yield from _if_real(int(year or years[-1]), number, int(before or after or 1))


def _if_real(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_][\w'’&]*", text.replace("_", " ").replace("-", " "))


def _is_machines(word: str) -> bool:
    """A camera's prefix, a counter, a time, or a digest."""
    lower = word.lower()
    letters = lower.rstrip("0123456789")
    counted = letters != lower and (
        letters in CAMERAS or (len(lower) - len(letters) >= 3 and len(letters) <= 4)
    )
    digest = bool(re.fullmatch(r"[0-9a-f]{8,}", lower)) and any(char.isdigit() for char in lower)
    number = lower.isdigit() and not re.fullmatch(r"(?:19|20)\d{2}", lower)
    return (
        lower in CAMERAS
        or counted
        or digest
        or number
        or bool(re.fullmatch(r"\d[\dtx]*", lower) and len(lower) > 4)
    )


def _is_no_place(match: str) -> bool:
    first = match.split()[0]
    return first in (*MONTHS, *SEASONS) or _is_machines(first) or first.lower() in SMALL


def _as_title(text: str) -> str:
    """Each word large but small ones after the first; capitals that are there stay."""
    first, *others = text.split()
    return " ".join([_large(first), *(word if word in SMALL else _large(word) for word in others)])


def _large(word: str) -> str:
    return word[0].upper() + word[1:]
