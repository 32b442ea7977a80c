"""Composition: chords, form and tunes, for the whole catalogue, without a sound."""

from __future__ import annotations

import itertools

import pytest

from providers.local import music
from providers.local.sound import events, form, harmony, score
from providers.local.sound.score import Score
from providers.local.sound.styles import STYLES


def composed(recipe: music.Recipe, **changes: int) -> Score:
    wanted = {"bpm": recipe.bpm, "seconds": recipe.seconds, "seed": recipe.seed} | changes
    return score.compose(style=STYLES[recipe.mood], **wanted)


every_recipe = pytest.mark.parametrize("recipe", music.CATALOGUE, ids=lambda recipe: recipe.slug)


class TestChord:
    @pytest.mark.parametrize(
        ("symbol", "tones", "bass"),
        [
            ("I", (0, 4, 7), 0),
            ("vi7", (9, 0, 4, 7), 9),
            ("V/7", (7, 11, 2), 11),
            ("bVII", (10, 2, 5), 10),
            ("Vsus4", (7, 0, 2), 7),
            ("iv6", (5, 8, 0, 2), 5),
        ],
    )
    def test_reads_roman_numerals(self, symbol, tones, bass):
        chord = harmony.chord(symbol=symbol, tonic=0)
        assert (chord.tones, chord.bass) == (tones, bass)

    def test_refuses_what_is_no_chord(self):
        with pytest.raises(ValueError, match="is not a chord"):
            harmony.chord(symbol="H7", tonic=0)


class TestHands:
    @every_recipe
    def test_move_little_from_chord_to_chord(self, recipe):
        style = STYLES[recipe.mood]
        chords = [bar.chord for bar in composed(recipe).bars]
        hands = harmony.hands(chords, centre=style.hand_centre)
        for before, after in itertools.pairwise(hands):
            assert sum(abs(a - b) for a, b in zip(before, after, strict=True)) / len(before) <= 4

    def test_hold_only_tones_of_the_chord(self):
        chord = harmony.chord(symbol="IVmaj7", tonic=5)
        assert {pitch % 12 for pitch in harmony.hands([chord], centre=62)[0]} == set(chord.tones)


class TestPhrases:
    @pytest.mark.parametrize("bars", range(4, 120))
    def test_fill_the_bars_begin_quietly_and_close(self, bars):
        phrases = form.phrases(style=STYLES["uplifting"], bars=bars)
        assert sum(len(phrase.symbols) for phrase in phrases) == bars
        assert phrases[-1].letter == "C"
        assert len(phrases) == 1 or max(phrase.level for phrase in phrases) > phrases[0].level


class TestCells:
    @pytest.mark.parametrize("mood", STYLES)
    def test_fill_their_bar_exactly(self, mood):
        style = STYLES[mood]
        cells = [*style.motifs, *style.replies, *style.endings]
        cells += [part.rhythm for part in style.parts if part.rhythm and part.figure != "grid"]
        for cell in cells:
            assert sum(float(word.lstrip("r")) / 2 for word in cell.split()) == style.meter

    @pytest.mark.parametrize("mood", STYLES)
    def test_of_drums_have_four_steps_to_the_beat(self, mood):
        style = STYLES[mood]
        grids = [grid for part in style.parts if part.figure == "grid" for grid in (part.rhythm, part.fill)]
        assert {len(grid) for grid in grids if grid} <= {4 * style.meter}

    def test_rest_where_they_say_so(self):
        assert events.rhythm("2 r1 1") == [(0.0, 1.0), (1.5, 0.5)]


class TestCompose:
    @every_recipe
    def test_puts_tones_of_the_chord_on_strong_beats(self, recipe):
        made = composed(recipe)
        for note in made.tune[:-1]:
            bar = made.bars[int(note.start // made.bars[0].meter)]
            strong = note.start % bar.meter == 0 or (bar.meter == 4 and note.start % bar.meter == 2)
            assert not strong or note.pitch % 12 in bar.chord.tones

    @every_recipe
    def test_leaves_most_dissonances_by_step(self, recipe):
        made = composed(recipe)
        dissonant = resolved = 0
        for note, after in itertools.pairwise(made.tune):
            chord = made.bars[int(note.start // made.bars[0].meter)].chord
            if note.pitch % 12 not in chord.tones:
                dissonant += 1
                resolved += abs(after.pitch - note.pitch) in (1, 2)
        assert resolved >= 0.8 * dissonant

    @every_recipe
    def test_ends_the_tune_on_the_tonic_over_a_chord_that_rings(self, recipe):
        made = composed(recipe)
        assert made.tune[-1].pitch % 12 == STYLES[recipe.mood].tonic
        assert made.tune[-1].start == made.last_beat
        assert recipe.seconds - made.beats[-1] >= 5

    @every_recipe
    def test_stands_on_the_last_chords_own_bass(self, recipe):
        made = composed(recipe)
        low = [line for line in made.lines if line.part.figure in score.LOW_FIGURES]
        assert low
        assert all(line.notes[-1].pitch % 12 == made.final.bass for line in low)

    @every_recipe
    def test_brings_the_theme_back_note_for_note(self, recipe):
        made = composed(recipe)
        style = STYLES[recipe.mood]
        themes = [phrase for phrase in form.phrases(style=style, bars=len(made.bars)) if phrase.letter == "T"]
        sung = {
            tuple(
                (note.start - phrase.first_bar * style.meter, note.pitch)
                for note in made.tune
                if phrase.first_bar <= note.start // style.meter < phrase.first_bar + 4
            )
            for phrase in themes
        }
        assert len(themes) >= 2
        assert len(sung) == 1

    def test_gives_the_same_notes_for_the_same_seed_and_others_for_another(self):
        recipe = music.CATALOGUE[0]
        assert composed(recipe) == composed(recipe)
        assert composed(recipe, seed=recipe.seed + 1).tune != composed(recipe).tune
