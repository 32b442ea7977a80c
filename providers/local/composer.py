"""Music for a mood and a length, composed and played on this machine: the same styles as the catalogue's.

The same mood, length and seed give the same file. A tempo belongs to its mood; a length for which the mood's
tempo has no room (four bars and a last chord) is faded out. Words that name no mood of ours get the nearest.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

from echoes.kernel.errors import Cancelled
from providers.capabilities import Answer, MusicRequest, Said
from providers.errors import Failed
from providers.local import music
from providers.local.catalogue import CATALOGUE, Recipe

SHORTEST, LONGEST = 5, 180
"""Seconds."""
TEMPO_VARIES = 4
"""Beats a minute around the tempo that the catalogue has for a mood."""
USUAL = "uplifting"
TEMPOS = {recipe.mood: recipe.bpm for recipe in CATALOGUE}
MEANT = {
    "uplifting": "happy joyful joy upbeat energetic optimistic inspiring hopeful celebration party dance pop "
    "wedding birthday triumph positive bright",
    "calm": "sad melancholy melancholic quiet peaceful peace ambient relaxing relaxed meditation slow soft "
    "sea water sleep gentle serene still lonely",
    "cinematic": "epic dramatic drama orchestral orchestra film movie trailer heroic dark tension grand "
    "majestic strings mountains",
    "playful": "funny fun comic quirky children kids baby silly cute bouncy toy",
    "nostalgic": "memories memory old vintage retro past childhood waltz grandparents remember",
    "tender": "love romantic romance intimate emotional warm heart mother sweet lullaby",
    "adventure": "travel journey road action fast driving sport outdoor hiking rock exciting",
    "night": "city lofi jazz chill rain urban electronic lounge late evening neon hiphop",
    "sunny": "summer beach holiday vacation tropical ukulele garden spring reggae island morning",
    "dreamy": "space dream ethereal floating magic magical fantasy stars sky snow winter atmospheric",
}
"""Words of a mood, by the mood of ours that is nearest."""
NEAREST = {word: mood for mood, words in MEANT.items() for word in words.split()}


class Composed(Said):
    """`beats` in ticks (`echoes.kernel.media_time`) from the start, up to the last chord; `peaks` are 120
    numbers 0 to 100, the outline of the sound."""

    mood: str
    bpm: int
    beats: list[int]
    peaks: list[int]


def answer(
    request: MusicRequest,
    *,
    folder: Path,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Answer:
    if not SHORTEST <= request.seconds <= LONGEST:
        raise Failed("bad_input", detail=f"{request.seconds} s is not between {SHORTEST} and {LONGEST}")
    if cancelled():
        raise Cancelled
    chosen = recipe(
        mood=mood(named=request.mood, words=request.prompt), seconds=request.seconds, seed=request.seed
    )
    out = folder / "track.m4a"
    made = music.make(recipe=chosen, out=out, seconds=request.seconds)
    on_progress(1.0)
    said = Composed(mood=chosen.mood, bpm=chosen.bpm, beats=list(made.beats), peaks=list(made.peaks))
    return Answer(files=(out,), said=said.model_dump())


def mood(*, named: str, words: str = "") -> str:
    """The mood of ours that is meant: the one that is named, else what most words come nearest to."""
    if named in TEMPOS:
        return named
    said = re.findall(
        r"[a-z]+", f"{named} {words}".lower().replace("lo-fi", "lofi").replace("hip-hop", "hiphop")
    )
    meant = [word if word in TEMPOS else NEAREST[word] for word in said if word in TEMPOS or word in NEAREST]
    return max(meant, key=meant.count) if meant else USUAL


def recipe(*, mood: str, seconds: int, seed: int) -> Recipe:
    """What is composed: at least as long as four bars and a last chord of that mood."""
    varied = random.Random(f"{mood}:{seed}").randint(-TEMPO_VARIES, TEMPO_VARIES)
    bpm = TEMPOS[mood] + varied
    whole = max(seconds, music.shortest(mood=mood, bpm=bpm))
    return Recipe(f"{mood}-{seconds}-{seed}", mood.capitalize(), mood, bpm, whole, seed, "")
