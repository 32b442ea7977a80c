"""What a make would have to do, given what is there already: for the words beside its button.

Pure: reads timelines and the digests of the pieces that are there.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext

from compiler import cut, recipes
from compiler import plan as plans
from compiler.recipes import Recipe
from compiler.timeline import Timeline
from echoes.kernel import shapes

# Measured where two are made at a time: a second of a clip at 24 frames is half a second of work, and `COST`
# says what everything else is beside that.
SECONDS_PER_COST = Fraction(1, 2) / Fraction(24 * 9, 10)
# Joining, looking through what was joined, and its pictures.
JOINING = 2
SECONDS_PER_FILM_SECOND = Fraction(1, 30)


@dataclass(frozen=True)
class Redoing:
    """`anew` of `clips` have frames that are made again; `films` are the shapes."""

    anew: int
    clips: int
    films: int
    sound: bool
    seconds: int

    @property
    def words(self) -> str:
        """Such as `3 of 25 clips anew, about 12 s`."""
        return f"{self._what}, {about(self.seconds)}"

    @property
    def _what(self) -> str:
        counts = {"anew": self.anew, "clips": self.clips, "shapes": self.films}
        if self.films > 1:
            return self._in_shapes.format(**counts)
        if self.anew:
            return gettext("{anew} of {clips} clips anew").format(**counts)
        return gettext("Only the sound anew") if self.sound else gettext("Only joined anew")

    @property
    def _in_shapes(self) -> str:
        if self.anew:
            return gettext("{anew} of {clips} clips anew in {shapes} shapes")
        if self.sound:
            return gettext("Only the sound anew in {shapes} shapes")
        return gettext("Only joined anew in {shapes} shapes")


def of(timelines: Sequence[Timeline], *, there: Set[str]) -> Redoing:
    """`there` are the digests of pieces that need not be made; a piece that two films share is made once."""
    planned = [(timeline, plans.plan(timeline)) for timeline in timelines]
    touched: set[int] = set()
    missing: dict[str, tuple[Recipe, Fraction]] = {}
    seconds = Fraction(JOINING)
    for timeline, plan in planned:
        wanted = {each.digest: each for each in recipes.of(timeline, plan) if each.digest not in there}
        touched |= _touched(timeline, wanted)
        weight = shapes.QUALITIES[timeline.quality] ** 2
        missing |= {digest: (each, weight) for digest, each in wanted.items()}
        seconds += plan.duration * SECONDS_PER_FILM_SECOND * weight
    made = sum(
        Fraction(str(recipes.COST[each.what])) * each.frames * weight for each, weight in missing.values()
    )
    return Redoing(
        anew=len(touched),
        clips=len(timelines[0].items),
        films=len(timelines),
        sound=any(each.what == recipes.SOUND for each, _ in missing.values()),
        seconds=round(seconds + made * SECONDS_PER_COST),
    )


def wanted(timelines: Sequence[Timeline]) -> list[Recipe]:
    """Every piece of these films, each once."""
    found = (recipe for timeline in timelines for recipe in recipes.of(timeline, plans.plan(timeline)))
    return list({recipe.digest: recipe for recipe in found}.values())


def about(seconds: int) -> str:
    if seconds < 60:
        return gettext("about {seconds} s").format(seconds=seconds)
    return gettext("about {minutes} min").format(minutes=-(-seconds // 60))


def _touched(timeline: Timeline, missing: dict[str, Recipe]) -> set[int]:
    """The places of the clips of which a frame is made anew: cut, joined to the next or written over."""
    made_from = {
        need for recipe in missing.values() if recipe.what == recipes.WINDOW for need in recipe.needs
    }
    cuts = {digest for digest, recipe in missing.items() if recipe.what == recipes.CUT}
    sources = (cut.source(timeline, item) for item in timeline.items)
    return {place for place, source in enumerate(sources) if source in made_from | cuts}
