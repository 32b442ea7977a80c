"""What is different between two versions of a film, in words for the people who made it.

Pure: reads two timelines. A clip is known by the photo that it was filmed from, or by its file, so that
another take of a photo is a change of that clip and not another clip. Names of music come from outside, since
a timeline knows files by their digests alone.
"""

from __future__ import annotations

import bisect
import collections
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext, ngettext, ngettext_lazy

from compiler.timeline import TRANSITIONS, Caption, Focus, Item, Timeline, Title, Transition
from echoes.kernel import shapes
from echoes.kernel.errors import gettext_noop

NO_NAMES: Mapping[str, str] = MappingProxyType({})
# Two versions that are not the same document and yet tell nothing of the below.
SOMETHING = gettext_noop("Something small changed")

Key = tuple[str, int]
"""What a clip is known by, and which of several such it is."""


def between(before: Timeline, after: Timeline, *, names: Mapping[str, str] = NO_NAMES) -> list[str]:
    """Sentences without a full stop, the most telling first; none for films that are the same. `names` are
    those of music, by the digest that a timeline has for it."""
    if before == after:
        return []
    said = [
        *_clips(before, after),
        *_title(TITLE, before.title, after.title),
        *_title(END, before.end, after.end),
        *_music(before, after, names),
        *_transitions(before, after),
        *_captions(before, after),
        *_size(before, after),
    ]
    return said or [gettext(SOMETHING)]


# ---- clips ----------------------------------------------------------------------------------


def _clips(before: Timeline, after: Timeline) -> Iterator[str]:
    old, new = _keyed(before.items), _keyed(after.items)
    counts = (
        len(new.keys() - old.keys()),
        len(old.keys() - new.keys()),
        _moved([key for key in old if key in new], list(new)),
    )
    some = [(how, number) for how, number in zip(COMINGS_AND_GOINGS, counts, strict=True) if number]
    if some:
        ((first, _), number), *rest = some
        said = [first.format(count=number), *(other.format(count=number) for (_, other), number in rest)]
        yield ", ".join(said)
    both = [(old[key], new[key]) for key in new if key in old]
    for is_changed, what in CLIP_CHANGES:
        if number := sum(is_changed(one, other, after.aspect) for one, other in both):
            yield what.format(count=number)


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


# Of clips: as the first thing that is said, and after another.
COMINGS_AND_GOINGS: tuple[tuple[Any, Any], ...] = (
    (
        ngettext_lazy("{count} clip added", "{count} clips added", "count"),
        ngettext_lazy("{count} added", "{count} added", "count"),
    ),
    (
        ngettext_lazy("{count} clip removed", "{count} clips removed", "count"),
        ngettext_lazy("{count} removed", "{count} removed", "count"),
    ),
    (
        ngettext_lazy("{count} clip moved", "{count} clips moved", "count"),
        ngettext_lazy("{count} moved", "{count} moved", "count"),
    ),
)
CLIP_CHANGES: tuple[tuple[Callable[[Item, Item, str], bool], Any], ...] = (
    (
        _is_another_take,
        ngettext_lazy("{count} clip with another take", "{count} clips with another take", "count"),
    ),
    (_is_trimmed, ngettext_lazy("{count} clip trimmed", "{count} clips trimmed", "count")),
    (_is_framed, ngettext_lazy("{count} clip framed anew", "{count} clips framed anew", "count")),
    (
        _is_framed_elsewhere,
        ngettext_lazy(
            "{count} clip framed anew in other shapes", "{count} clips framed anew in other shapes", "count"
        ),
    ),
    (
        _is_heard,
        ngettext_lazy("{count} clip with another sound", "{count} clips with another sound", "count"),
    ),
)


# ---- words ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Card:
    """What is said of a card's words."""

    added: str
    removed: str
    changed: str
    line_changed: str


TITLE = _Card(
    added=gettext_noop("Title “{words}” added"),
    removed=gettext_noop("Title “{words}” removed"),
    changed=gettext_noop("Title changed to “{words}”"),
    line_changed=gettext_noop("The line below the title changed"),
)
END = _Card(
    added=gettext_noop("Closing words “{words}” added"),
    removed=gettext_noop("Closing words “{words}” removed"),
    changed=gettext_noop("Closing words changed to “{words}”"),
    line_changed=gettext_noop("The line below the closing words changed"),
)


def _title(card: _Card, before: Title | None, after: Title | None) -> Iterator[str]:
    if before is None or after is None:
        if after:
            yield gettext(card.added).format(words=after.text)
        elif before:
            yield gettext(card.removed).format(words=before.text)
        return
    if before.text != after.text:
        yield gettext(card.changed).format(words=after.text)
    if before.subtitle != after.subtitle:
        yield gettext(card.line_changed)


def _captions(before: Timeline, after: Timeline) -> Iterator[str]:
    """Words over clips that are in both films; those of other clips came and went with them."""
    old, new = _said(before), _said(after)
    both = _keyed(before.items).keys() & _keyed(after.items).keys()
    changed = sum(old.get(key) != new.get(key) for key in both)
    if changed:
        said = ngettext("Words on {count} clip changed", "Words on {count} clips changed", changed)
        yield said.format(count=changed)


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
            yield gettext("Music taken out")
    elif old is None:
        yield _named(new.source, names, gettext("Music added: “{name}”"), gettext("Music added"))
    elif old.source != new.source:
        yield _named(new.source, names, gettext("Music changed to “{name}”"), gettext("Music changed"))
    elif old.volume != new.volume:
        louder = gettext("Music louder: {now} instead of {before}")
        softer = gettext("Music softer: {now} instead of {before}")
        said = louder if new.volume > old.volume else softer
        yield said.format(now=new.volume, before=old.volume)
    elif old != new:
        yield gettext("Music begins or ends otherwise")
    if before.narration != after.narration:
        yield gettext("Voice changed") if after.narration else gettext("Voice taken out")


def _named(source: str, names: Mapping[str, str], named: str, otherwise: str) -> str:
    return named.format(name=names[source]) if source in names else otherwise


# ---- from one to the next -------------------------------------------------------------------


def _transitions(before: Timeline, after: Timeline) -> Iterator[str]:
    old, new = before.transition, after.transition
    if old.kind != new.kind:
        yield gettext("Transition changed to {kind}").format(kind=TRANSITIONS[new.kind])
    elif _seconds(old, before) != _seconds(new, after) and new.kind != "none":
        seconds = format(_seconds(new, after), "g")
        yield gettext("Transitions take {seconds} s").format(seconds=seconds)
    keyed = _keyed(before.items), _keyed(after.items)
    own = sum(_way(keyed[0][key]) != _way(keyed[1][key]) for key in keyed[1] if key in keyed[0])
    if own:
        said = ngettext(
            "{count} way from a clip to the next changed", "{count} ways from a clip to the next changed", own
        )
        yield said.format(count=own)


def _way(item: Item) -> Transition | None:
    return item.transition


def _seconds(transition: Transition, film: Timeline) -> float:
    return transition.frames / film.fps


def _size(before: Timeline, after: Timeline) -> Iterator[str]:
    if before.quality != after.quality:
        size = shapes.QUALITY_LABELS[after.quality]
        yield gettext("Size changed to {size}").format(size=size)
    if before.fps != after.fps:
        yield gettext("{count} pictures a second").format(count=after.fps)
