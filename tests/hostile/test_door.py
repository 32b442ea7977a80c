"""A small, fixed part of `make hostile`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from echoes.kernel import sandbox
from library import media_types
from tests.hostile import __main__ as hostile
from tests.hostile import door, footage, mutations, photos

KNOWN = set(map(str, media_types.SENTENCES.values()))


def outcomes(files: list[tuple[str, bytes]], brought_as: str) -> dict[str, str]:
    """What becomes of each; no file may crash, or be refused in other words than those that are known."""

    def judged(file: tuple[str, bytes]) -> door.Verdict:
        return door.bring(file[1], name=file[0], brought_as=brought_as)

    with ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(judged, files))
    assert [verdict for verdict in verdicts if verdict.crash] == []
    assert {verdict.words for verdict in verdicts if verdict.words} <= KNOWN
    return {verdict.name: verdict.outcome for verdict in verdicts}


class TestSentences:
    def test_are_twelve_at_most(self) -> None:
        assert len(KNOWN) <= 12

    def test_are_plain(self) -> None:
        assert [words for words in KNOWN if not words.endswith(".") or len(words) > 100] == []

    @pytest.mark.parametrize("code", ["unreadable", "too_slow"])
    def test_of_a_lost_reader_is_the_sandboxs_own(self, code: str) -> None:
        assert str(media_types.SENTENCES[code]) == str(sandbox.ReaderLost())


class TestPhotos:
    def test_in_every_form_are_accepted(self) -> None:
        files = [(name, content) for name, content in photos.originals().items() if "other." not in name]
        refused = {name: code for name, code in outcomes(files, "photo").items() if code != door.ACCEPTED}
        assert refused == {}

    def test_that_lie_or_blow_up_are_refused_or_read(self) -> None:
        found = outcomes(list(photos.crafted().items()), "photo")
        assert found["flood-1bit.png"] == "too_many_pixels"
        assert found["lies-65535x65535.jpg"] == "too_many_pixels"
        assert found["entity.svg"] == "svg"
        assert found["raw.cr2"] == found["raw.dng"] == "raw"
        assert found["jpeg-zip.jpg"] == door.ACCEPTED

    def test_that_are_damaged_are_refused_or_read(self) -> None:
        originals = {name: content for name, content in photos.originals().items() if len(content) < 100_000}
        outcomes(mutations.mutated(originals, count=150, seed=7), "photo")


class TestVideos:
    def test_in_every_form_are_accepted(self) -> None:
        chosen = ("h264.mp4", "silent.mp4", "hevc10.mp4", "prores.mov", "vp9.webm", "h264.mkv", "mjpeg.avi")
        made = footage.originals({name: footage.VIDEOS[name] for name in chosen})
        assert set(outcomes(list(made.items()), "video").values()) == {door.ACCEPTED}

    def test_that_lie_are_refused_or_read(self) -> None:
        made = footage.originals({name: footage.VIDEOS[name] for name in ("silent.mp4", "long.mp4")})
        found = outcomes([*made.items(), *list(footage.crafted(made).items())[:12]], "video")
        assert found["long.mp4"] == "too_long"
        assert found["empty.mp4"] == "empty"
        assert found["unknown.mp4"] == "damaged"


class TestSongs:
    def test_in_every_form_are_accepted(self) -> None:
        made = footage.originals({name: footage.SONGS[name] for name in ("tone.mp3", "aac.m4a", "opus.ogg")})
        assert set(outcomes(list(made.items()), "audio").values()) == {door.ACCEPTED}


class TestMutations:
    def test_are_the_same_for_the_same_seed(self) -> None:
        originals = {"a.jpg": photos.saved("JPEG"), "b.png": photos.saved("PNG")}
        made = [mutations.mutated(originals, count=40, seed=seed) for seed in (1, 1, 2)]
        assert made[0] == made[1] != made[2]


class TestTheCommand:
    def test_brings_a_folder_of_ones_own(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
        (tmp_path / "b.jpg").write_text("hello")
        monkeypatch.setattr("sys.argv", ["hostile", str(tmp_path)])
        assert hostile.main() == 0
        out = capsys.readouterr().out
        assert "photo: 2 files" in out
        assert str(media_types.SENTENCES["text"]) in out

    def test_ends_badly_after_a_crash(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def break_down(**_: object) -> None:
            raise KeyError("MPO")

        broken: Callable[..., None] = break_down
        Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
        monkeypatch.setattr(door.reading, "photo", broken)
        monkeypatch.setattr("sys.argv", ["hostile", str(tmp_path)])
        assert hostile.main() == 1
        assert "CRASH a.png: KeyError: 'MPO'" in capsys.readouterr().out
