"""The shape of a track: an introduction, a theme that returns stronger, a bridge that breathes, an ending."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from providers.local.sound import harmony
from providers.local.sound.events import Bar
from providers.local.sound.styles import Style

BARS_PER_PHRASE = 4
RING_SECONDS = 5
# What stands between the first phrase and the last, by how many there are: letter and energy.
MIDDLES = (
    "",
    "T3",
    "T2 A3",
    "T2 A3 T4",
    "T2 A3 B2 T4",
    "T2 A3 B2 T4 A4",
    "T2 A2 B3 B2 T4 A4",
    "T2 A2 T3 B2 B3 T4 A4",
    "T2 A2 T3 A3 B2 B3 T4 A4",
)


@dataclass(frozen=True)
class Phrase:
    """Bars with one thought: `letter` is P(relude), I(ntro), T(heme), A(nswer), B(ridge) or C(losing)."""

    letter: str
    level: int
    first_bar: int
    symbols: tuple[str, ...]


def bars_that_fit(*, seconds: int, bpm: int, meter: int) -> int:
    """Whole bars before the last chord, which must have RING_SECONDS to die away; at least one phrase."""
    bar_seconds = Fraction(60 * meter, bpm)
    return max(BARS_PER_PHRASE, int((seconds - RING_SECONDS) // bar_seconds))


def phrases(*, style: Style, bars: int) -> list[Phrase]:
    """The phrases of a track; bars that make no whole phrase become a prelude on the first chord."""
    count, spare = divmod(bars, BARS_PER_PHRASE)
    plan = ([("P", 0)] if spare else []) + _plan(count)
    placed, first = [], 0
    for letter, level in plan:
        symbols = style.progressions["T"][:1] * spare if letter == "P" else _symbols(style, letter)
        placed.append(Phrase(letter=letter, level=level, first_bar=first, symbols=symbols))
        first += len(symbols)
    return placed


def bars(*, style: Style, phrases: list[Phrase]) -> list[Bar]:
    """Every bar of the phrases in order."""
    levels = [phrase.level for phrase in phrases[1:]] + [0]
    return [
        bar
        for phrase, next_level in zip(phrases, levels, strict=True)
        for bar in _bars_of(phrase, style, lifts=next_level > max(phrase.level, 2))
    ]


def _plan(count: int) -> list[tuple[str, int]]:
    if count <= 2:
        return [("I", 1), ("C", 3)][-count:]
    middle = count - 2
    returns = "T3 A3 " * max(0, (middle - len(MIDDLES) + 2) // 2)
    written = returns + MIDDLES[middle - len(returns.split())]
    return [("I", 1), *((word[0], int(word[1])) for word in written.split()), ("C", 1)]


def _symbols(style: Style, letter: str) -> tuple[str, ...]:
    return style.progressions["T" if letter == "I" else letter]


def _bars_of(phrase: Phrase, style: Style, *, lifts: bool) -> list[Bar]:
    last = len(phrase.symbols) - 1
    return [
        Bar(
            index=phrase.first_bar + place,
            meter=style.meter,
            chord=harmony.chord(symbol=symbol, tonic=style.tonic),
            level=phrase.level,
            place=place,
            is_phrase_end=place == last,
            is_before_lift=place == last and lifts,
        )
        for place, symbol in enumerate(phrase.symbols)
    ]
