from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pillow_heif import from_pillow

from accounts.models import User
from echoes.kernel import digests
from echoes.kernel.errors import Cancelled
from echoes.kernel.ffmpeg import probe, run
from echoes.kernel.storage import base as storages
from jobs import fairness
from jobs.execution import Work
from jobs.states import State
from library import execution, media_types, tracks
from library.models import Asset, Ingest, Kind, Recording, Track
from providers.local import music
from tests import factories, pictures

pytestmark = pytest.mark.django_db(transaction=True)


def ingested(path: Path, *, by: User, kind: str = Kind.PHOTO) -> Ingest:
    job = factories.arrived(path, by=by, kind=kind)
    factories.drain()
    job.refresh_from_db()
    return job


def stored(key: str) -> Image.Image:
    with storages.get("photos").open(key) as file:
        return Image.open(io.BytesIO(file.read()))


class TestPhotos:
    @pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
    def test_are_read_in_each_format(self, alice: User, tmp_path: Path, format: str) -> None:
        path = tmp_path / "wrong name.dat"
        pictures.draw().save(path, format)
        asset = ingested(path, by=alice).asset
        assert asset is not None
        assert (asset.width, asset.height) == (960, 640)
        assert stored(asset.working).size == (960, 640)
        assert max(stored(asset.thumbnail).size) == 640

    def test_are_read_from_heic(self, alice: User, tmp_path: Path) -> None:
        from_pillow(pictures.draw()).save(tmp_path / "phone.heic")
        asset = ingested(tmp_path / "phone.heic", by=alice).asset
        assert asset is not None
        assert (asset.width, asset.height) == (960, 640)

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_are_turned_upright(self, alice: User, tmp_path: Path, orientation: int) -> None:
        upright = pictures.draw(size=(320, 480))
        turned = _as_stored(upright, orientation)
        exif = Image.Exif()
        exif[0x0112] = orientation
        turned.save(tmp_path / "a.jpg", quality=95, exif=exif)
        asset = ingested(tmp_path / "a.jpg", by=alice).asset
        assert asset is not None
        assert (asset.width, asset.height) == (320, 480)
        difference = np.abs(np.asarray(stored(asset.working), int) - np.asarray(upright, int)).mean()
        assert difference < 6

    def test_lose_everything_but_their_pixels(self, alice: User, tmp_path: Path) -> None:
        exif = Image.Exif()
        exif[0x0110] = "SECRETCAMERA"
        exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
        path = pictures.jpeg(tmp_path / "a.jpg", exif=exif)
        path.write_bytes(path.read_bytes() + b"TRAILINGMOVIE")
        asset = ingested(tmp_path / "a.jpg", by=alice).asset
        assert asset is not None
        for key in (asset.working, asset.thumbnail):
            assert not stored(key).getexif()
            with storages.get("photos").open(key) as file:
                bytes_ = file.read()
            assert b"SECRETCAMERA" not in bytes_
            assert b"TRAILINGMOVIE" not in bytes_

    def test_are_dated_by_their_camera(self, alice: User, tmp_path: Path) -> None:
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = "2024:07:06 12:30:00"
        pictures.jpeg(tmp_path / "a.jpg", exif=exif)
        asset = ingested(tmp_path / "a.jpg", by=alice).asset
        assert asset is not None
        assert asset.taken_at is not None
        assert asset.taken_at.isoformat() == "2024-07-06T12:30:00+00:00"

    def test_are_measured_once_they_are_read(self, alice: User, tmp_path: Path) -> None:
        asset = ingested(pictures.jpeg(tmp_path / "a.jpg"), by=alice).asset
        assert asset is not None
        assert set(asset.look) == {
            *("version", "faces", "face_share", "sharpness", "contrast", "light", "fingerprint")
        }
        assert asset.look["sharpness"] > 0

    def test_that_come_twice_are_one(self, alice: User, tmp_path: Path) -> None:
        path = pictures.jpeg(tmp_path / "a.jpg")
        assert ingested(path, by=alice).asset == ingested(path, by=alice).asset
        assert Asset.objects.count() == 1

    def test_of_two_people_stay_apart(self, alice: User, bob: User, tmp_path: Path) -> None:
        path = pictures.jpeg(tmp_path / "a.jpg")
        assert ingested(path, by=alice).asset != ingested(path, by=bob).asset

    def test_of_many_megapixels_are_worked_on_in_a_smaller_copy(self, alice: User, tmp_path: Path) -> None:
        pictures.jpeg(tmp_path / "a.jpg", size=(4032, 3024))
        asset = ingested(tmp_path / "a.jpg", by=alice).asset
        assert asset is not None
        assert (asset.width, asset.height) == (4032, 3024)
        assert max(stored(asset.working).size) == 2048

    @pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK", "I;16", "P", "1", "LA"])
    def test_of_every_colour_mode_become_rgb(self, alice: User, tmp_path: Path, mode: str) -> None:
        image = pictures.draw(size=(200, 160))
        made = (
            Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 256)
            if mode == "I;16"
            else (image.convert(mode))
        )
        made.save(
            tmp_path / "a.png" if mode != "CMYK" else tmp_path / "a.jpg", "JPEG" if mode == "CMYK" else "PNG"
        )
        path = next(tmp_path.glob("a.*"))
        asset = ingested(path, by=alice).asset
        assert asset is not None
        assert stored(asset.working).mode == "RGB"
        assert (
            abs(
                np.asarray(stored(asset.working).convert("L"), int).mean()
                - np.asarray(image.convert("L")).mean()
            )
            < 12
        )


class TestVideos:
    def test_are_read_and_shown(self, alice: User, tmp_path: Path) -> None:
        asset = factories.video(tmp_path, by=alice)
        assert (asset.kind, asset.width, asset.height, asset.fps) == (Kind.VIDEO, 320, 180, "30")
        assert asset.duration == 2 * 24_000
        assert asset.has_sound
        assert len(asset.peaks) == 120
        assert stored(asset.thumbnail).size == (320, 180)
        assert stored(asset.sprite).size == (320, 90)
        with storages.get("photos").local_copy(asset.proxy) as path:
            found = probe.probe(path)
        assert found.video is not None
        assert (found.video.codec, found.video.pix_fmt, found.video.frames) == ("h264", "yuv420p", 60)
        assert found.audio is not None

    def test_without_sound_have_none(self, alice: User, tmp_path: Path) -> None:
        asset = factories.video(tmp_path, by=alice, sound=False)
        assert (asset.has_sound, asset.sound, asset.peaks) == (False, "", [])

    def test_among_photos_are_videos(self, alice: User, tmp_path: Path) -> None:
        path = factories.footage(tmp_path / "photo.jpg.mp4", seconds=1)
        asset = ingested(path, by=alice, kind=Kind.PHOTO).asset
        assert asset is not None
        assert asset.kind == Kind.VIDEO

    def test_that_are_photos_are_photos(self, alice: User, tmp_path: Path) -> None:
        asset = ingested(pictures.jpeg(tmp_path / "a.jpg"), by=alice, kind=Kind.VIDEO).asset
        assert asset is not None
        assert asset.kind == Kind.PHOTO

    def test_that_come_twice_are_one(self, alice: User, tmp_path: Path) -> None:
        path = factories.footage(tmp_path / "a.mp4", seconds=1)
        first, second = (ingested(path, by=alice, kind=Kind.VIDEO).asset for _ in range(2))
        assert first == second

    def test_are_given_up_soon_after_they_are_cancelled(
        self, alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job = factories.arrived(factories.footage(tmp_path / "a.mp4"), by=alice, kind=Kind.VIDEO)
        monkeypatch.setattr(Work, "cancelled", lambda _: True)
        with pytest.raises(Cancelled):
            execution.ingest(job, Work(job))
        assert not Asset.objects.exists()

    def test_in_pieces_leave_nothing_in_memory(
        self, alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The file is never read but in pieces of this size."""
        path = factories.footage(tmp_path / "a.mp4", seconds=1)
        monkeypatch.setattr(execution, "CHUNK", 1000)
        job = factories.arrived(path, by=alice, kind=Kind.VIDEO)
        (tmp_path / "place").mkdir()
        arrived = execution._copied(job, Work(job), tmp_path / "place")
        assert arrived.source.read_bytes() == path.read_bytes()
        assert (arrived.size, arrived.sha256) == (path.stat().st_size, digests.of_file(path))
        assert len(arrived.head) == media_types.HEAD_BYTES


class TestSongs:
    def test_are_measured_once(self, alice: User, tmp_path: Path) -> None:
        song = tmp_path / "song.flac"
        run.run(["-f", "lavfi", "-i", "sine=frequency=997:duration=4", "-ac", "2", str(song)], timeout=30)
        asset = ingested(song, by=alice, kind=Kind.AUDIO).asset
        assert asset is not None
        assert asset.track.duration == 4 * 24_000
        assert asset.track.loudness == pytest.approx(-21.1, abs=0.3)

    def test_that_are_silent_have_no_loudness(self, alice: User, tmp_path: Path) -> None:
        silence = tmp_path / "silence.wav"
        run.run(["-f", "lavfi", "-i", "anullsrc", "-t", "2", str(silence)], timeout=30)
        asset = ingested(silence, by=alice, kind=Kind.AUDIO).asset
        assert asset is not None
        assert asset.track.loudness is None


class TestCatalogue:
    def test_is_recorded_before_long_work(self, alice: User) -> None:
        recording = tracks.ensure(slug=music.CATALOGUE[0].slug, by=alice)
        assert isinstance(recording, Recording)
        assert recording.priority == fairness.SOON

    def test_tells_how_loud_its_tracks_are(self, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
        recipe = dataclasses.replace(music.CATALOGUE[0], seconds=24)
        monkeypatch.setattr(music, "CATALOGUE", (recipe,))
        tracks.ensure(slug=recipe.slug, by=alice)
        factories.drain()
        loudness = Track.objects.get(slug=recipe.slug).loudness
        assert loudness == pytest.approx(-16, abs=0.5)


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("letter.jpg", b"Dear grandma, " * 100, "text"),
            ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "svg"),
            ("noise.jpg", bytes(range(256)) * 8, "unknown"),
            ("film.png", b"\x00\x00\x00\x20ftypisom" + b"\x00" * 600, "damaged"),
            ("short.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 40, "damaged"),
            ("paper.jpg", b"%PDF-1.7 " + b"\x00" * 600, "pdf"),
        ],
    )
    def test_say_what_the_file_is(
        self, alice: User, tmp_path: Path, name: str, content: bytes, code: str
    ) -> None:
        (tmp_path / name).write_bytes(content)
        job = ingested(tmp_path / name, by=alice)
        assert (job.state, job.error_code) == (State.FAILED, code)
        assert job.error_message.endswith(".")
        assert not storages.get("photos").exists(f"{alice.pk}/incoming/{job.pk}")

    def test_name_an_animation(self, alice: User, tmp_path: Path) -> None:
        frames = [pictures.draw(seed=seed, size=(64, 64)) for seed in (1, 2)]
        frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
        assert ingested(tmp_path / "a.gif", by=alice).error_code == "gif"

    def test_name_a_truncated_photo(self, alice: User, tmp_path: Path) -> None:
        whole = pictures.jpeg(tmp_path / "a.jpg").read_bytes()
        (tmp_path / "b.jpg").write_bytes(whole[: len(whole) // 2])
        assert ingested(tmp_path / "b.jpg", by=alice).error_code == "damaged"

    def test_name_a_flood_of_pixels(self, alice: User, tmp_path: Path) -> None:
        Image.new("L", (12_000, 9_000)).save(tmp_path / "a.png")
        assert ingested(tmp_path / "a.png", by=alice).error_code == "too_many_pixels"

    def test_name_a_picture_that_is_too_small(self, alice: User, tmp_path: Path) -> None:
        pictures.draw(size=(16, 16)).save(tmp_path / "a.png")
        assert ingested(tmp_path / "a.png", by=alice).error_code == "too_small"

    def test_name_a_song_that_is_none(self, alice: User, tmp_path: Path) -> None:
        path = pictures.jpeg(tmp_path / "song.mp3")
        assert ingested(path, by=alice, kind=Kind.AUDIO).error_code == "not_audio"


def _as_stored(upright: Image.Image, orientation: int) -> Image.Image:
    """The pixels as a camera stores them when viewers must apply `orientation` to see `upright`."""
    undo = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    for step in undo[orientation]:
        upright = upright.transpose(step)
    return upright
