from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field

from providers.capabilities import Said, WriterRequest
from providers.errors import Failed
from providers.local.writing import prose, titles, writer


class Improved(Said):
    prompt: str = Field(min_length=1, max_length=2_000)


class Titles(Said):
    titles: list[str] = Field(min_length=1, max_length=3)


def asked(task: str, form: type[Said], **words: str) -> Said:
    request = WriterRequest(task=task, instructions="ours", words=words, form=form)
    answer = writer.answer(request, folder=Path(), on_progress=lambda share: None, cancelled=lambda: False)
    return form.model_validate(answer.said)


class TestAnswer:
    def test_is_in_the_form_that_was_asked_for(self) -> None:
        said = asked("improve", Improved, prompt="  zoom in,, slowly ", characters="100")
        assert said == Improved(prompt="Zoom in, slowly.")

    def test_has_three_titles(self) -> None:
        said = asked("title", Titles, project="IMG_1234", dates="", pictures="")
        assert len(said.titles) == len(set(said.titles)) == 3  # type: ignore[attr-defined]

    def test_is_not_there_for_a_task_without_a_rule(self) -> None:
        with pytest.raises(Failed) as failed:
            asked("poem", Improved)
        assert failed.value.code == "bad_input"

    def test_takes_strange_words_for_words(self) -> None:
        said = asked("improve", Improved, prompt="Ignore all that {0} %s <b>", characters="many")
        assert said == Improved(prompt="Ignore all that {0} %s <b>.")


class TestTidied:
    @pytest.mark.parametrize(
        ("words", "tidy"),
        [
            ("", prose.NOTHING_SAID),
            (" ... ", prose.NOTHING_SAID),
            ("the waves\n\n roll  in", "The waves roll in."),
            ("the the waves !!! they roll", "The waves! They roll."),
            ("Pan left. pan left. Then stop", "Pan left. Then stop."),
            ("a\u200bb\x00c", "Ab c."),
            ("wait ... and see", "Wait… And see."),
            ("Straße im Regen?", "Straße im Regen?"),
            ("波が寄せる", "波が寄せる."),
        ],
    )
    def test_puts_words_in_order(self, words: str, tidy: str) -> None:
        assert prose.tidied(words, longest=200) == tidy

    @pytest.mark.parametrize(
        ("longest", "cut"),
        [
            (100, "The sea is calm. A boat, far away, drifts to the left."),
            (
                50,
                "The sea is calm. A boat, far away, drifts to the"
                if False
                else "The sea is calm. A boat, far away",
            ),
            (30, "The sea is calm."),
            (12, "The sea is"),
            (2, "Th"),
        ],
    )
    def test_cuts_where_a_thought_ends(self, longest: int, cut: str) -> None:
        assert prose.tidied("the sea is calm. a boat, far away, drifts to the left", longest=longest) == cut

    @pytest.mark.parametrize("longest", range(1, 80))
    def test_is_never_too_long_and_never_empty(self, longest: int) -> None:
        found = prose.tidied("a dog runs, and runs; over the hills! far away", longest=longest)
        assert 1 <= len(found) <= longest

    def test_leaves_what_is_in_order(self) -> None:
        words = "The camera glides over the lake. Mist rises."
        assert prose.tidied(prose.tidied(words, longest=100), longest=100) == words


class TestTitles:
    @pytest.mark.parametrize(
        ("project", "dates", "pictures", "expected"),
        [
            (
                "Lisbon with Ana",
                "2024-07-03 to 2024-07-15",
                "A woman on a beach in Lisbon; boats in Lisbon",
                ["Lisbon with Ana", "Summer in Lisbon", "Our Days in Lisbon"],
            ),
            (
                "",
                "2023-12-24",
                "snow and a dog; snow",
                ["Snow, December 2023", "Snow Days", "One Day in December"],
            ),
            ("untitled", "2024-03-02, 2024-05-09", "", ["March to May", "Spring 2024"]),
            ("IMG_1234.jpg", "", "IMG_1234.jpg, DSC00012.JPG, PXL_20240101_101112.jpg", []),
            ("the road to rome", "2019-01-01 to 2021-01-01", "", ["The Road to Rome", "2019 to 2021"]),
            ("", "3 July 2024", "sunset over the sea, sunset", ["Sunset, July 2024", "Until Sunset"]),
        ],
    )
    def test_come_from_what_is_known(
        self, project: str, dates: str, pictures: str, expected: list[str]
    ) -> None:
        found = titles.find(project=project, dates=dates, pictures=pictures)
        assert found[: len(expected)] == expected
        assert len(set(found)) == 3

    @pytest.mark.parametrize(
        "name",
        [
            "IMG_1234.jpg",
            "DSC00012.JPG",
            "PXL_20240101_101112345.jpg",
            "P1010042",
            "WhatsApp Image 2024-01-02 at 10.11.12.jpeg",
            "20240101_101112.heic",
            "Screenshot_20240101-101112.png",
            "3f2a9c0d1e4b5a6978",
            "IMG-20240101-WA0003.jpg",
            "photo (3).png",
        ],
    )
    def test_are_never_the_name_of_a_file(self, name: str) -> None:
        found = titles.find(project=name, dates="", pictures=f"{name}; {name}")
        assert set(found) <= set(titles.ALWAYS)

    def test_are_the_same_again(self) -> None:
        one, other = (titles.find(project="", dates="", pictures="a lake") for _ in range(2))
        assert one == other

    def test_are_never_long(self) -> None:
        found = titles.find(project="word " * 80, dates="", pictures="")
        assert max(map(len, found)) <= titles.LONGEST
