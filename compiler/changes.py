"""What is different between two versions of a film, in words for the people who made it.

Pure: reads two timelines. A clip is known by the photo that it was filmed from, or by its file, so that
another take of a photo is a change of that clip and not another clip. Names of music come from outside, since
a timeline knows files by their digests alone.
"""

from __future__ import annotations

import bisect
import collections
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from compiler.timeline import TRANSITIONS, Caption, Focus, Item, Timeline, Title, Transition
from echoes.kernel import shapes

NO_NAMES: Mapping[str, str] = MappingProxyType({})
# Two versions that are not the same document and yet tell nothing of the below.
SOMETHING = "Something small changed"

Key = tuple[str, int]
"""What a clip is known by, and which of several such it is."""


def between(before: Timeline, after: Timeline, *, names: Mapping[str, str] = NO_NAMES) -> list[str]:
    """Sentences without a full stop, the most telling first; none for films that are the same. `names` are
    those of music, by the digest that a timeline has for it."""
    if before == after:
        return []
    said = [
        *_clips(before, after),
        *_title("Title", "line below the title", before.title, after.title),
        *_title("Closing words", "line below the closing words", before.end, after.end),
        *_music(before, after, names),
        *_transitions(before, after),
        *_captions(before, after),
        *_size(before, after),
    ]
    return said or [SOMETHING]


# ---- clips ----------------------------------------------------------------------------------


def _clips(before: Timeline, after: Timeline) -> Iterator[str]:
    old, new = _keyed(before.items), _keyed(after.items)
    counted = {"added": len(new.keys() - old.keys()), "removed": len(old.keys() - new.keys())}
    counted["moved"] = _moved([key for key in old if key in new], list(new))
    some = [(how, number) for how, number in counted.items() if number]
    if some:
        (how, number), *rest = some
        yield ", ".join([f"{_number(number)} {how}", *(f"{number} {how}" for how, number in rest)])
    both = [(old[key], new[key]) for key in new if key in old]
    for is_changed, what in CLIP_CHANGES:
        if number := sum(is_changed(one, other, after.aspect) for one, other in both):
            yield f"{_number(number)} {what}"


def _keyed(items: Sequence[Item]) -> dict[Key, Item]:
    """In the order of the film."""
    seen: collections.Counter[str] = collections.Counter()
    keyed = {}
    for item in items:
        name = item.filmed.photo if item.filmed else item.source
        keyed[name, seen[name]] = item
        seen[name] += 1
    return keyed


def _moved(old: Sequence[Key], new: Sequence[Key]) -> int:
    """How many have to be picked up so that the others are in the new order as they stand: all but the
    longest run of places that goes up."""
    place = {key: number for number, key in enumerate(new)}
    ends: list[int] = []
    for key in old:
        at = bisect.bisect_left(ends, place[key])
        ends[at : at + 1] = [place[key]]
    return len(old) - len(ends)


def _is_another_take(one: Item, other: Item, _: str = "") -> bool:
    return one.source != other.source


def _is_trimmed(one: Item, other: Item, _: str) -> bool:
    trims = (one.trim_start, one.trim_end) != (other.trim_start, other.trim_end)
    return trims and not _is_another_take(one, other)


def _is_framed(one: Item, other: Item, aspect: str) -> bool:
    return one.fit != other.fit or _focus(one, aspect) != _focus(other, aspect)


def _is_framed_elsewhere(one: Item, other: Item, aspect: str) -> bool:
    return one.focus != other.focus and not _is_framed(one, other, aspect)


def _is_heard(one: Item, other: Item, _: str) -> bool:
    return one.sound != other.sound and not _is_another_take(one, other)


def _focus(item: Item, aspect: str) -> Focus | None:
    return next((point for point in item.focus if point.aspect == aspect), None)


CLIP_CHANGES: tuple[tuple[Callable[[Item, Item, str], bool], str], ...] = (
    (_is_another_take, "with another take"),
    (_is_trimmed, "trimmed"),
    (_is_framed, "framed anew"),
    (_is_framed_elsewhere, "framed anew in other shapes"),
    (_is_heard, "with another sound"),
)


def _number(number: int, what: str = "clip") -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


# ---- words ----------------------------------------------------------------------------------


def _title(what: str, line: str, before: Title | None, after: Title | None) -> Iterator[str]:
    if before is None or after is None:
        if after:
            yield f"{what} “{after.text}” added"
        elif before:
            yield f"{what} “{before.text}” removed"
        return
    if before.text != after.text:
        yield f"{what} changed to “{after.text}”"
    if before.subtitle != after.subtitle:
        yield f"The {line} changed"


def _captions(before: Timeline, after: Timeline) -> Iterator[str]:
    """Words over clips that are in both films; those of other clips came and went with them."""
    old, new = _said(before), _said(after)
    both = _keyed(before.items).keys() & _keyed(after.items).keys()
    changed = sum(old.get(key) != new.get(key) for key in both)
    if changed:
        yield f"Words on {_number(changed)} changed"


def _said(film: Timeline) -> dict[Key, list[tuple[object, ...]]]:
    keys = list(_keyed(film.items))
    said: dict[Key, list[tuple[object, ...]]] = {}
    for caption in film.captions:
        said.setdefault(keys[caption.item], []).append(_words(caption))
    return said


def _words(caption: Caption) -> tuple[object, ...]:
    return caption.text, caption.place, caption.look, caption.start, caption.frames


# ---- sound ----------------------------------------------------------------------------------


def _music(before: Timeline, after: Timeline, names: Mapping[str, str]) -> Iterator[str]:
    old, new = before.music, after.music
    if new is None:
        if old:
            yield "Music taken out"
    elif old is None:
        yield f"Music added{_named(new.source, names, ': ')}"
    elif old.source != new.source:
        yield f"Music changed{_named(new.source, names, ' to ')}"
    elif old.volume != new.volume:
        louder = "louder" if new.volume > old.volume else "softer"
        yield f"Music {louder}: {new.volume} instead of {old.volume}"
    elif old != new:
        yield "Music begins or ends otherwise"
    if before.narration != after.narration:
        yield "Voice changed" if after.narration else "Voice taken out"


def _named(source: str, names: Mapping[str, str], lead: str) -> str:
    return f"{lead}“{names[source]}”" if source in names else ""


# ---- from one to the next -------------------------------------------------------------------


def _transitions(before: Timeline, after: Timeline) -> Iterator[str]:
    old, new = before.transition, after.transition
    if old.kind != new.kind:
        yield f"Transition changed to {TRANSITIONS[new.kind]}"
    elif _seconds(old, before) != _seconds(new, after) and new.kind != "none":
        yield f"Transitions take {_seconds(new, after):g} s"
    keyed = _keyed(before.items), _keyed(after.items)
    own = sum(_way(keyed[0][key]) != _way(keyed[1][key]) for key in keyed[1] if key in keyed[0])
    if own:
        yield f"{_number(own, 'way')} from a clip to the next changed"


def _way(item: Item) -> Transition | None:
    return item.transition


def _seconds(transition: Transition, film: Timeline) -> float:
    return transition.frames / film.fps


def _size(before: Timeline, after: Timeline) -> Iterator[str]:
    if before.quality != after.quality:
        yield f"Size changed to {shapes.QUALITY_LABELS[after.quality]}"
    if before.fps != after.fps:
        yield f"{after.fps} pictures a second"
