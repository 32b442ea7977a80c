"""Damage, by a seed: the same seed makes the same file of the same one."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Mapping

Damage = Callable[[bytes, random.Random, bytes], bytes]


def mutated(originals: Mapping[str, bytes], *, count: int, seed: int = 1) -> list[tuple[str, bytes]]:
    """So many files, of each original about as many, each damaged in one to three ways."""
    names, made = sorted(originals), []
    for number in range(count):
        name = names[number % len(names)]
        chance = random.Random(f"{seed} {number} {name}")
        other = originals[chance.choice(names)]
        content = originals[name]
        ways = [chance.choice(WAYS) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
        for way in ways:
            content = way(content, chance, other)
        made.append((f"{number:05} {name} {'+'.join(way.__name__ for way in ways)}", content))
    return made


def truncate(content: bytes, chance: random.Random, other: bytes) -> bytes:
    return content[: chance.randrange(len(content) or 1)]


def flip_bits(content: bytes, chance: random.Random, other: bytes) -> bytes:
    found = bytearray(content)
    for _ in range(chance.choice((1, 4, 40)) if found else 0):
        found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    return bytes(found)


def flip_head(content: bytes, chance: random.Random, other: bytes) -> bytes:
    """Where sizes and kinds stand."""
    head = min(len(content), 256)
    return flip_bits(content[:head], chance, other) + content[head:]


def blank(content: bytes, chance: random.Random, other: bytes) -> bytes:
    start, length = _stretch(content, chance)
    return content[:start] + bytes([chance.choice((0, 255))]) * length + content[start + length :]


def drop(content: bytes, chance: random.Random, other: bytes) -> bytes:
    start, length = _stretch(content, chance)
    return content[:start] + content[start + length :]


def repeat(content: bytes, chance: random.Random, other: bytes) -> bytes:
    start, length = _stretch(content, chance)
    return (
        content[: start + length]
        + content[start : start + length] * chance.randrange(1, 5)
        + content[start + length :]
    )


def shuffle(content: bytes, chance: random.Random, other: bytes) -> bytes:
    """Its parts in another order, behind a head that stays."""
    size = max(16, len(content) // chance.randrange(4, 20))
    parts = [content[at : at + size] for at in range(64, len(content), size)]
    chance.shuffle(parts)
    return content[:64] + b"".join(parts)


def lie_of_length(content: bytes, chance: random.Random, other: bytes) -> bytes:
    """A number of two, four or eight bytes says something else."""
    if len(content) < 24:
        return content
    form = chance.choice((">H", "<H", ">I", "<I", ">Q", "<Q"))
    most = 256 ** struct.calcsize(form) - 1
    value = chance.choice((0, 1, most, most // 2, most // 2 + 1, len(content) % most, chance.randrange(most)))
    at = chance.randrange(4, min(len(content), chance.choice((64, 600, 10**9))) - 8)
    return content[:at] + struct.pack(form, value) + content[at + struct.calcsize(form) :]


def insert_noise(content: bytes, chance: random.Random, other: bytes) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.randbytes(chance.choice((1, 7, 300))) + content[at:]


def graft(content: bytes, chance: random.Random, other: bytes) -> bytes:
    """The beginning of one and the end of another."""
    return content[: chance.randrange(len(content) + 1)] + other[chance.randrange(len(other) + 1) :]


def trail(content: bytes, chance: random.Random, other: bytes) -> bytes:
    return content + other


WAYS: tuple[Damage, ...] = (
    truncate,
    flip_bits,
    flip_bits,
    flip_head,
    flip_head,
    blank,
    drop,
    repeat,
    shuffle,
    lie_of_length,
    lie_of_length,
    insert_noise,
    graft,
    trail,
)


def _stretch(content: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(content) + 1)
    return start, min(len(content) - start, chance.choice((1, 4, 32, 1_000)))
