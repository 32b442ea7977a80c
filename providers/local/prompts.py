"""Plain words to a move of the camera.

"Slowly zoom in on her face" asks for a slow push in, "no zoom" for anything else. A prompt is read clause
by clause: a camera's verb and the direction that follows it. Most of a prompt describes the scene, so words
that people in the picture also do ("she moves left") count only where a clause begins with them. English,
with the usual words of German and Spanish.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Move(StrEnum):
    PUSH_IN = "push_in"
    PULL_BACK = "pull_back"
    PAN_LEFT = "pan_left"
    PAN_RIGHT = "pan_right"
    PAN_UP = "pan_up"
    PAN_DOWN = "pan_down"
    STILL = "still"


Moves = tuple[Move, ...]

ZOOMS: Moves = (Move.PUSH_IN, Move.PULL_BACK)
SIDEWAYS: Moves = (Move.PAN_LEFT, Move.PAN_RIGHT)
UPRIGHT: Moves = (Move.PAN_UP, Move.PAN_DOWN)
SLOW, USUAL, FAST = 0.6, 1.0, 1.5
REACH = 5
"""A direction belongs to a verb that stands at most so many words before it."""


@dataclass(frozen=True)
class Wish:
    """`moves`: any of these will do; where there are none, any but those to `avoid`. `pace`: 1 is usual."""

    moves: Moves = ()
    avoid: Moves = ()
    pace: float = USUAL


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


def _table(**words: str) -> dict[str, str]:
    return {word: meaning for meaning, line in words.items() for word in line.split()}


DIRECTIONS = _table(
    near="in into closer forward forwards toward towards ran heran rein hinein näher adelante",
    far="out back backward backwards away raus heraus hinaus zurück weg atrás",
    left="left leftward leftwards links izquierda",
    right="right rightward rightwards rechts derecha",
    up="up upward upwards oben hoch arriba",
    down="down downward downwards unten runter abajo",
)
VERBS = _table(
    zoom="zoom zooms zooming zoomed zoomen zoome zoomt",
    pan="pan pans panning panned sweep sweeps sweeping schwenk schwenke schwenken schwenkt panorámica paneo",
    tilt="tilt tilts tilting tilted",
    push="push pushes pushing dolly dollies dollying",
    pull="pull pulls pulling",
    walk="move moves moving track tracks tracking drift drifts drifting slide slides sliding glide glides "
    "gliding travel travels creep creeps creeping go look scroll bewege bewegen fahre fahren mueve mover",
)
WHOLE = _table(
    near="heranzoomen ranzoomen hineinzoomen reinzoomen acercar acerca acércate",
    far="herauszoomen rauszoomen hinauszoomen alejar aleja aléjate",
    left="linksschwenk",
    right="rechtsschwenk",
)
"""Words that are a verb and its direction."""
FROM = _words("from von desde")
ANYWHERE = _words("zoom pan tilt")
"""Verbs that only a camera does."""
ALONE: dict[str, Moves] = {"zoom": (Move.PUSH_IN,), "pan": SIDEWAYS, "tilt": UPRIGHT}
BY_DIRECTION: dict[str, Move] = {
    "near": Move.PUSH_IN,
    "far": Move.PULL_BACK,
    "left": Move.PAN_LEFT,
    "right": Move.PAN_RIGHT,
    "up": Move.PAN_UP,
    "down": Move.PAN_DOWN,
}
NEGATIONS = _words(
    "no not never without avoid don't dont doesn't shouldn't nicht kein keine keinen ohne sin nunca"
)
SLOWLY = _words(
    "slow slowly slower gentle gently subtle subtly softly langsam sanft lento lenta lentamente suave"
)
QUICKLY = _words(
    "fast faster quick quickly rapid rapidly dynamic schnell schneller rápido rápida rápidamente"
)
OPENERS = SLOWLY | QUICKLY | NEGATIONS
OPENERS |= _words("the a camera shot please we let it do should smooth smoothly die kamera bitte la cámara")
"""What may stand before a verb that opens a clause."""
STILLNESS = _words("still static hold freeze motionless standbild unbewegt quieta quieto fija")
MOTION = _words("move moves moving movement motion bewegen bewegung mueve movimiento")
STILL_COMPANY = OPENERS | STILLNESS
STILL_COMPANY |= _words("keep stay stays stand frame image picture completely perfectly any imagen")
"""A clause of nothing but such words is about the camera: "hold still", not "a still lake"."""


def read(*, prompt: str) -> Wish:
    """What the words ask for: the first move that they name counts, whatever they say besides is ignored."""
    wanted: list[Moves] = []
    avoided: set[Move] = set()
    clauses = [clause.split() for clause in _clauses(prompt)]
    for clause in clauses:
        for moves, negated in _wishes(clause):
            if negated:
                avoided.update(moves)
            else:
                wanted.append(moves)
    return Wish(
        moves=wanted[0] if wanted else (),
        avoid=tuple(move for move in Move if move in avoided),
        pace=_pace({word for clause in clauses for word in clause}),
    )


def _clauses(prompt: str) -> list[str]:
    text = prompt.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("-", " ")
    return re.split(r"[^\w\s']+|\b(?:and|then|while|but|und|dann|aber|y|pero)\b", text)


def _wishes(clause: Sequence[str]) -> Iterator[tuple[Moves, bool]]:
    """Each move that the clause names, and whether it says not to."""
    if _is_still(clause):
        yield (Move.STILL,), False
        return
    for at in range(len(clause)):
        moves = _moves(clause, at)
        negated = not NEGATIONS.isdisjoint(clause[max(0, at - REACH) : at])
        if negated and moves == ALONE["zoom"] and len(clause) == at + 1:
            moves = ZOOMS
        if moves:
            yield moves, negated


def _is_still(clause: Sequence[str]) -> bool:
    words = set(clause)
    if words & MOTION:
        return bool(words & NEGATIONS) and words <= STILL_COMPANY | MOTION
    return bool(words & STILLNESS) and not words & NEGATIONS and words <= STILL_COMPANY


def _moves(clause: Sequence[str], at: int) -> Moves:
    """The moves of the verb at that place: none when it is no verb, or not the camera's."""
    if clause[at] in WHOLE:
        return (BY_DIRECTION[WHOLE[clause[at]]],)
    verb = VERBS.get(clause[at])
    opens = OPENERS.issuperset(clause[:at])
    if verb is None or not (opens or verb in ANYWHERE):
        return ()
    direction = _direction(clause, at)
    if direction:
        return (BY_DIRECTION[direction],)
    return ALONE.get(verb, ()) if opens else ()


def _direction(clause: Sequence[str], at: int) -> str | None:
    """The first direction after the verb that it does not come from ("from left to right" goes right), else
    one just before it ("left pan")."""
    for place in range(at + 1, min(at + 1 + REACH, len(clause))):
        if clause[place] in VERBS:
            break
        if clause[place] in DIRECTIONS and FROM.isdisjoint(clause[place - 2 : place]):
            return DIRECTIONS[clause[place]]
    return DIRECTIONS.get(clause[at - 1]) if at else None


def _pace(words: set[str]) -> float:
    if words & SLOWLY:
        return SLOW
    return FAST if words & QUICKLY else USUAL
