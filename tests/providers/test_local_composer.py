from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from echoes.kernel import media_time
from echoes.kernel.errors import Cancelled
from echoes.kernel.ffmpeg.probe import probe
from providers.capabilities import Answer, MusicRequest
from providers.errors import Failed
from providers.local import composer, music
from providers.local.sound.styles import STYLES


def composed(folder: Path, request: MusicRequest) -> Answer:
    folder.mkdir()
    return composer.answer(request, folder=folder, on_progress=lambda share: None, cancelled=lambda: False)


class TestAnswer:
    @pytest.mark.parametrize(("mood", "seconds"), [("calm", 10), ("uplifting", 23), ("nostalgic", 47)])
    def test_makes_a_track_of_that_length_with_its_beats(
        self, tmp_path: Path, mood: str, seconds: int
    ) -> None:
        answer = composed(tmp_path / "a", MusicRequest(mood, seconds, seed=3))
        (file,) = answer.files
        found = probe(file)
        assert found.audio is not None
        assert float(found.duration) == pytest.approx(seconds, abs=0.1)
        beats = [media_time.ticks_to_seconds(beat) for beat in answer.said["beats"]]
        assert beats[0] == 0
        assert beats == sorted(beats)
        assert seconds - 8 < beats[-1] < seconds
        gaps = [float(later - beat) for beat, later in pairwise(beats)]
        assert gaps == pytest.approx([60 / answer.said["bpm"]] * len(gaps), abs=0.001)
        assert len(answer.said["peaks"]) == 120

    def test_makes_the_same_file_again_and_another_of_another_seed(self, tmp_path: Path) -> None:
        one, same, other = (
            composed(tmp_path / name, MusicRequest("tender", 12, seed)).files[0].read_bytes()
            for name, seed in (("one", 1), ("same", 1), ("other", 2))
        )
        assert one == same
        assert one != other

    def test_fades_out_what_has_no_room_for_its_end(self, tmp_path: Path) -> None:
        answer = composed(tmp_path / "a", MusicRequest("calm", 10, seed=1))
        assert music.shortest(mood="calm", bpm=answer.said["bpm"]) > 10
        assert answer.said["peaks"][-1] < max(answer.said["peaks"]) / 4

    @pytest.mark.parametrize("seconds", [0, 4, 181])
    def test_makes_no_other_lengths(self, tmp_path: Path, seconds: int) -> None:
        with pytest.raises(Failed) as failed:
            composed(tmp_path / "a", MusicRequest("calm", seconds, seed=1))
        assert failed.value.code == "bad_input"

    def test_does_not_begin_what_is_cancelled(self, tmp_path: Path) -> None:
        request = MusicRequest("calm", 30, seed=1)
        with pytest.raises(Cancelled):
            composer.answer(request, folder=tmp_path, on_progress=lambda share: None, cancelled=lambda: True)
        assert list(tmp_path.iterdir()) == []


class TestMood:
    @pytest.mark.parametrize("named", STYLES)
    def test_is_the_one_that_is_named(self, named: str) -> None:
        assert composer.mood(named=named, words="something epic and sad") == named

    @pytest.mark.parametrize(
        ("named", "words", "meant"),
        [
            ("", "sad piano", "calm"),
            ("epic", "", "cinematic"),
            ("Happy", "", "uplifting"),
            ("", "Lo-fi beats for a rainy city", "night"),
            ("", "a lullaby for our baby, with love", "tender"),
            ("unheard of", "", composer.USUAL),
            ("", "", composer.USUAL),
            ("", "très joyeux", composer.USUAL),
        ],
    )
    def test_is_the_nearest_to_the_words(self, named: str, words: str, meant: str) -> None:
        assert composer.mood(named=named, words=words) == meant

    def test_has_a_style_and_a_tempo_for_all_that_can_be_meant(self) -> None:
        assert set(composer.MEANT) == set(composer.TEMPOS) == set(STYLES)
        words = [word for line in composer.MEANT.values() for word in line.split()]
        assert len(words) == len(set(words)), "a word means one mood"


class TestRecipe:
    @pytest.mark.parametrize("mood", STYLES)
    def test_stays_near_the_tempo_of_its_mood(self, mood: str) -> None:
        tempos = {composer.recipe(mood=mood, seconds=30, seed=seed).bpm for seed in range(40)}
        assert len(tempos) > 3
        assert all(abs(tempo - composer.TEMPOS[mood]) <= composer.TEMPO_VARIES for tempo in tempos)
