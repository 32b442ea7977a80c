"""Brings thousands of odd and malicious files to the door, and prints what became of them.

Each is read exactly as an upload is: by a reader of its own, forked for it alone, with the limits and the
walls of the product; none shares a process with another. `--photos N`, `--videos N` and `--songs N` say how
many are made, `--seed N` which. Where paths of files or folders are given, those are brought instead.
"""

from __future__ import annotations

import argparse
import collections
import os
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from library import media_types
from tests.hostile import door, footage, mutations, photos
from tests.hostile.door import Verdict

Named = list[tuple[str, bytes]]
SENTENCES_ALLOWED = 12
# Of each kind: how many files, in how many seconds each, with how much memory, in how many minutes all.
GOALS = {
    media_types.PHOTO: (7_500, 10, 1_024),
    media_types.VIDEO: (1_100, 20, 2_048),
    media_types.AUDIO: (400, 20, 1_024),
}


def main() -> int:
    asked = _arguments()
    sets: dict[str, Iterable[tuple[str, bytes]]] = {}
    if asked.paths:
        sets = {kind: _brought(asked.paths, kind) for kind in GOALS}
    else:
        sets = {
            media_types.PHOTO: _photos(asked.photos, asked.seed),
            media_types.VIDEO: _videos(asked.videos, asked.seed),
            media_types.AUDIO: _songs(asked.songs, asked.seed),
        }
    fine = [_report(kind, found, asked.verbose) for kind, files in sets.items() if (found := list(files))]
    return 0 if all(fine) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--photos", type=int, default=GOALS[media_types.PHOTO][0])
    parser.add_argument("--videos", type=int, default=GOALS[media_types.VIDEO][0])
    parser.add_argument("--songs", type=int, default=GOALS[media_types.AUDIO][0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true", help="name the slowest, and all that were ended")
    return parser.parse_args()


def _photos(count: int, seed: int) -> Named:
    if not count:
        return []
    originals, crafted = photos.originals(), photos.crafted() | photos.floods()
    small = {name: content for name, content in (originals | crafted).items() if len(content) < 300_000}
    fixed = [*originals.items(), *crafted.items()]
    return [*fixed, *mutations.mutated(small, count=max(0, count - len(fixed)), seed=seed)]


def _videos(count: int, seed: int) -> Named:
    if not count:
        return []
    originals = footage.originals(footage.VIDEOS)
    fixed = [*originals.items(), *footage.crafted(originals).items()]
    return [*fixed, *mutations.mutated(originals, count=max(0, count - len(fixed)), seed=seed)]


def _songs(count: int, seed: int) -> Named:
    if not count:
        return []
    originals = footage.originals(footage.SONGS)
    return [
        *originals.items(),
        *mutations.mutated(originals, count=max(0, count - len(originals)), seed=seed),
    ]


def _brought(paths: Sequence[Path], kind: str) -> Iterable[tuple[str, bytes]]:
    """By their names alone: what they are is for the door to say."""
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and _meant_as(file) == kind:
                yield file.name, file.read_bytes()


def _meant_as(file: Path) -> str:
    suffix = file.suffix.lower()
    if suffix in {".mp3", ".wav", ".flac", ".ogg", ".oga", ".opus", ".m4a", ".aac"}:
        return media_types.AUDIO
    if suffix in {".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".3gp", ".ts", ".flv", ".mpg"}:
        return media_types.VIDEO
    return media_types.PHOTO


def _report(kind: str, files: Named, verbose: bool) -> bool:
    """Prints the table of one kind; whether every promise was kept."""
    began = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = list(pool.map(lambda file: door.bring(file[1], name=file[0], brought_as=kind), files))
    _say(f"\n{kind}: {len(verdicts)} files in {time.monotonic() - began:.0f} s")
    for outcome, count in collections.Counter(verdict.outcome for verdict in verdicts).most_common():
        words = next((verdict.words for verdict in verdicts if verdict.outcome == outcome), "")
        _say(f"  {count:6}  {outcome:16} {words}")
    crashed = [verdict for verdict in verdicts if verdict.crash]
    limited = [verdict for verdict in verdicts if verdict.outcome in door.LIMITS]
    for verdict in crashed:
        _say(f"  CRASH {verdict.name}: {verdict.crash}")
    for verdict in [*limited, *sorted(verdicts, key=lambda one: -one.seconds)[:8]] if verbose else ():
        took = f"{verdict.seconds:5.1f} s {verdict.cpu:5.1f} s {verdict.memory_mb:5} MB"
        _say(f"  {took}  {verdict.outcome:16} {verdict.name}")
    return _judged(kind, verdicts, crashed=len(crashed), limited=len(limited))


def _judged(kind: str, verdicts: Sequence[Verdict], *, crashed: int, limited: int) -> bool:
    _, most_seconds, most_memory = GOALS[kind]
    said = {verdict.words for verdict in verdicts if verdict.words}
    known = set(map(str, media_types.SENTENCES.values()))
    signals = collections.Counter(signal for verdict in verdicts for signal in verdict.signals)
    slowest = max(verdict.seconds for verdict in verdicts)
    busiest = max(verdict.cpu for verdict in verdicts)
    hungriest = max(verdict.memory_mb for verdict in verdicts)
    _say(f"  {len(said)} sentences; {limited} ended by limits or lost; by signals: {dict(signals) or 'none'}")
    _say(f"  {crashed} crashes; worst {slowest:.1f} s, {busiest:.1f} s of a processor, {hungriest} MB")
    fine = not crashed and said <= known and len(known) <= SENTENCES_ALLOWED
    return fine and slowest <= most_seconds and hungriest <= most_memory


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
