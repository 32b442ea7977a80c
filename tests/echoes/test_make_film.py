from __future__ import annotations

import io
import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from clips.models import Clip
from compiler.models import Film
from echoes import studio
from echoes.kernel.ffmpeg import probe
from projects.models import Project
from tests import pictures

pytestmark = pytest.mark.django_db(transaction=True)

KEYS = {"film", "duration", "width", "height", "clips", "seconds_taken", "skipped"}


def run(*photos: Path, out: Path, **options: Any) -> str:
    """What the command says on standard output; clips of two seconds without music unless told otherwise."""
    said = io.StringIO()
    chosen = {"music": "none", "seconds": 2, **options}
    arguments = [f"--{name}={value}" for name, value in chosen.items() if value is not True]
    arguments += [f"--{name}" for name, value in chosen.items() if value is True]
    call_command("make_film", *map(str, photos), f"--out={out}", *arguments, stdout=said)
    return said.getvalue()


def refused(*photos: Path, out: Path, **options: Any) -> tuple[dict[str, str], str]:
    """The error that the command told as JSON and as a sentence, after checking that it ended with 2."""
    said, told = io.StringIO(), io.StringIO()
    arguments = [f"--{name}={value}" for name, value in {"music": "none", "seconds": 2, **options}.items()]
    with pytest.raises(SystemExit) as ended:
        call_command(
            "make_film", *map(str, photos), f"--out={out}", "--json", *arguments, stdout=said, stderr=told
        )
    assert ended.value.code == 2
    assert not out.exists()
    return json.loads(said.getvalue())["error"], told.getvalue()


def song(path: Path) -> Path:
    tone = (np.sin(np.arange(48_000 * 3) * 440 * 2 * np.pi / 48_000) * 12_000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(tone.tobytes())
    return path


def taken(moment: str) -> Image.Exif:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = moment
    return exif


class TestMakeFilm:
    def test_skips_bad_files_with_reasons_and_tells_one_json_object(self, tmp_path: Path) -> None:
        good = [
            pictures.jpeg(tmp_path / "later.jpg", seed=1, exif=taken("2026:05:02 10:00:00")),
            pictures.jpeg(tmp_path / "earlier.jpg", seed=2, exif=taken("2026:05:01 10:00:00")),
        ]
        letter, missing = tmp_path / "letter.jpg", tmp_path / "missing.jpg"
        letter.write_bytes(b"Dear grandma, " * 100)
        out = tmp_path / "film.mp4"

        told = json.loads(run(good[0], letter, missing, good[1], out=out, json=True))

        assert set(told) == KEYS
        assert told["film"] == str(out)
        assert (told["width"], told["height"], told["clips"]) == (1280, 720, 2)
        assert told["duration"] == pytest.approx(2 + 2 - 0.5)
        assert told["seconds_taken"] > 0
        reasons = {each["file"]: each["reason"] for each in told["skipped"]}
        assert set(reasons) == {str(letter), str(missing)}
        assert all(set(each) == {"file", "reason"} for each in told["skipped"])
        assert "document" in reasons[str(letter)]
        assert reasons[str(missing)] == "There is no such file."
        kept = Clip.objects.present().in_order()
        assert [clip.asset.name for clip in kept] == ["later.jpg", "earlier.jpg"]  # as given, not by time
        assert all(clip.approved for clip in kept)

    def test_makes_a_silent_upright_film_with_a_title(self, tmp_path: Path) -> None:
        out = tmp_path / "film.mp4"
        photo = pictures.jpeg(tmp_path / "1.jpg")
        said = run(photo, out=out, aspect="9:16", transition="none", title="By the sea")
        found = probe.probe(out)
        assert found.video is not None
        assert (found.video.width, found.video.height) == (720, 1280)
        assert float(found.duration) == pytest.approx(3 + 2, abs=0.1)
        assert Film.objects.get().timeline["music"] is None
        assert Film.objects.get().title == "By the sea"
        assert said.startswith(f"{out}: ")
        assert "from 1 photo," in said

    def test_lays_a_file_of_ones_own_under_the_film(self, tmp_path: Path) -> None:
        out = tmp_path / "film.mp4"
        run(pictures.jpeg(tmp_path / "1.jpg"), out=out, music=song(tmp_path / "song.wav"))
        assert probe.probe(out).audio is not None
        assert Film.objects.get().track is not None

    def test_belongs_to_somebody_who_cannot_sign_in(self) -> None:
        owner = studio.local_owner()
        assert not owner.has_usable_password()
        assert studio.local_owner() == owner


class TestRefusals:
    def test_end_with_2_when_no_photo_is_left(self, tmp_path: Path) -> None:
        letter = tmp_path / "letter.jpg"
        letter.write_bytes(b"Dear grandma, " * 100)
        error, told = refused(letter, tmp_path / "missing.jpg", out=tmp_path / "film.mp4")
        assert error["code"] == "no_photos"
        for name in ("letter.jpg", "missing.jpg"):
            assert name in error["message"]
            assert name in told

    def test_name_the_music_that_there_is(self, tmp_path: Path) -> None:
        photo = pictures.jpeg(tmp_path / "1.jpg")
        error, told = refused(photo, out=tmp_path / "film.mp4", music="polka")
        assert error["code"] == "unknown_music"
        assert "“polka”" in told
        assert "morning-kites" in told

    def test_say_that_a_song_is_none(self, tmp_path: Path) -> None:
        photo = pictures.jpeg(tmp_path / "1.jpg")
        error, _ = refused(photo, out=tmp_path / "film.mp4", music=photo)
        assert error["code"] == "unknown_music"
        assert str(photo) in error["message"]

    def test_come_before_any_work_when_the_folder_is_missing(self, tmp_path: Path) -> None:
        photo = pictures.jpeg(tmp_path / "1.jpg")
        out = tmp_path / "nowhere" / "film.mp4"
        error, _ = refused(photo, out=out)
        assert error["message"] == f"There is no folder {out.parent}."
        assert not Project.objects.exists()

    @pytest.mark.parametrize("seconds", ["1", "21", "2.5", "many"])
    def test_name_the_lengths_that_a_clip_can_have(self, tmp_path: Path, seconds: str) -> None:
        with pytest.raises(CommandError, match="a whole number from 2 to 20"):
            run(pictures.jpeg(tmp_path / "1.jpg"), out=tmp_path / "film.mp4", seconds=seconds)
