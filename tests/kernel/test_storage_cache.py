from __future__ import annotations

import multiprocessing
import os
import random
from pathlib import Path

import pytest

from echoes.kernel.storage import cache as caches
from echoes.kernel.storage.cache import Cache

LIMIT = 1000
NAMES = [f"films/1/{number}.mp4" for number in range(12)]


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(folder=tmp_path / "cache", limit=LIMIT)


def keep(cache: Cache, name: str, content: bytes = b"x" * 300, tag: str = '"1"') -> None:
    with cache.place(name) as path:
        path.write_bytes(content)
        cache.keep(name, tag, path)


def lent(cache: Cache, name: str) -> bytes | None:
    with cache.place(name) as path:
        return path.read_bytes() if cache.lend(name, to=path) else None


def entries(cache: Cache) -> int:
    return sum(path.stat().st_size for path in cache.folder.glob("entries/*/*"))


def age(cache: Cache, seconds: float) -> None:
    """Everything was used so much longer ago."""
    for path in cache.folder.glob("*/*"):
        for file in [path, *path.glob("*")]:
            stat = file.stat()
            os.utime(file, (stat.st_atime - seconds, stat.st_mtime - seconds))


class TestLend:
    def test_gives_back_what_was_kept_with_its_tag(self, cache: Cache) -> None:
        keep(cache, "a.mp4", b"one", '"a/b-3"')
        with cache.place("a.mp4") as path:
            assert cache.lend("a.mp4", to=path) == '"a/b-3"'
            assert (path.read_bytes(), path.suffix) == (b"one", ".mp4")

    def test_gives_nothing_for_another_name(self, cache: Cache) -> None:
        keep(cache, "a.mp4")
        assert lent(cache, "b.mp4") is None

    def test_leaves_nothing_of_a_reader(self, cache: Cache) -> None:
        keep(cache, "a.mp4")
        lent(cache, "a.mp4")
        assert list((cache.folder / "use").iterdir()) == []

    def test_what_is_read_stays_whole_when_the_entry_goes(self, cache: Cache) -> None:
        keep(cache, "a.mp4", b"one")
        with cache.place("a.mp4") as path:
            cache.lend("a.mp4", to=path)
            cache.forget("a.mp4")
            assert path.read_bytes() == b"one"
        assert lent(cache, "a.mp4") is None


class TestKeep:
    def test_has_one_version_of_each(self, cache: Cache) -> None:
        keep(cache, "a.mp4", b"old", '"1"')
        keep(cache, "a.mp4", b"new", '"2"')
        assert lent(cache, "a.mp4") == b"new"
        assert entries(cache) == 3

    def test_twice_the_same_is_no_error(self, cache: Cache) -> None:
        keep(cache, "a.mp4")
        keep(cache, "a.mp4")
        assert entries(cache) == 300

    def test_throws_away_what_was_used_longest_ago(self, cache: Cache) -> None:
        for name in ("a", "b", "c"):
            keep(cache, name)
            age(cache, 10)
        lent(cache, "a")
        keep(cache, "d")
        assert [name for name in "abcd" if lent(cache, name)] == ["a", "c", "d"]

    def test_leaves_out_what_is_larger_than_all(self, cache: Cache) -> None:
        keep(cache, "a")
        keep(cache, "b", b"x" * (LIMIT + 1))
        assert (lent(cache, "a"), lent(cache, "b")) == (b"x" * 300, None)

    def test_with_no_room_keeps_nothing(self, tmp_path: Path) -> None:
        cache = Cache(folder=tmp_path, limit=0)
        keep(cache, "a")
        assert lent(cache, "a") is None


class TestTrim:
    def test_throws_away_what_killed_readers_left(self, cache: Cache) -> None:
        keep(cache, "a")
        left = cache.folder / "use" / "left.mp4"
        left.write_bytes(b"x")
        cache.trim()
        assert left.exists()
        age(cache, caches.LEFT_BEHIND_SECONDS + 1)
        cache.trim()
        assert not left.exists()


def _work(folder: Path, seed: int) -> None:
    """Read and keep at random; every file must be one object's bytes, whole, for as long as it is read."""
    dice = random.Random(seed)
    cache = Cache(folder=folder, limit=LIMIT)
    for _ in range(150):
        number = dice.randrange(len(NAMES))
        content = bytes([number]) * (100 + 20 * number)
        with cache.place(NAMES[number]) as path:
            if not cache.lend(NAMES[number], to=path):
                path.write_bytes(content)
                cache.keep(NAMES[number], '"1"', path)
            os.sched_yield()
            assert path.read_bytes() == content
        if dice.random() < 0.1:
            cache.forget(NAMES[number])


class TestProcesses:
    def test_never_take_a_file_from_under_a_reader(self, cache: Cache) -> None:
        context = multiprocessing.get_context("spawn")
        workers = [context.Process(target=_work, args=(cache.folder, seed)) for seed in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
        assert entries(cache) <= LIMIT
        assert list((cache.folder / "use").iterdir()) == []


class TestUnused:
    def test_goes_after_a_week_even_if_there_is_room(self, cache: Cache) -> None:
        keep(cache, "left.mp4")
        age(cache, caches.UNUSED_SECONDS + 60)
        keep(cache, "here.mp4")
        assert lent(cache, "left.mp4") is None
        assert lent(cache, "here.mp4")
