from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from providers.capabilities import Verdict
from providers.errors import Failed
from providers.openai import OPENAI, moderation
from tests.contracts.openai import fake
from tests.providers import openai_orders as orders


@pytest.fixture
def service() -> Iterator[fake.OpenAI]:
    with orders.serving() as running:
        yield running
        assert running.violations == []


def judged(words: str, folder: Path) -> Verdict:
    return Verdict.model_validate(OPENAI.answer(orders.moderation(words), folder=folder).said)


class TestTheBody:
    def test_is_exactly_this(self, service: fake.OpenAI, tmp_path: Path) -> None:
        shown = orders.picture(tmp_path)
        OPENAI.answer(orders.moderation("A lake", shown), folder=tmp_path)
        data = base64.b64encode(shown.path.read_bytes()).decode()
        assert orders.bodies(service, "moderations") == [
            {
                "model": "omni-moderation-latest",
                "input": [
                    {"type": "text", "text": "A lake"},
                    {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{data}"}},
                ],
            }
        ]

    def test_holds_only_what_there_is(self, tmp_path: Path) -> None:
        kinds = [
            [part["type"] for part in moderation.moderation_body(order)["input"]]
            for order in (orders.moderation("a"), orders.moderation(shown=orders.picture(tmp_path)))
        ]
        assert kinds == [["text"], ["image_url"]]

    def test_is_not_sent_with_nothing_to_judge(self, service: fake.OpenAI, tmp_path: Path) -> None:
        with pytest.raises(Failed) as caught:
            OPENAI.answer(orders.moderation(" "), folder=tmp_path)
        assert caught.value.code == "bad_input"
        assert service.calls == []


class TestTheVerdict:
    @pytest.mark.parametrize(
        ("words", "flagged", "unsure"),
        [("a lake", False, False), ("a knife", False, True), ("gore", True, False)],
    )
    def test_is_what_the_service_says(
        self, service: fake.OpenAI, tmp_path: Path, words: str, flagged: bool, unsure: bool
    ) -> None:
        verdict = judged(words, tmp_path)
        assert (verdict.flagged, verdict.unsure) == (flagged, unsure)
        assert len(verdict.scores) == 13
        assert "sexual/minors" in verdict.scores

    @pytest.mark.parametrize(
        ("turn", "flagged", "unsure"), [("flagged", True, False), ("unsure", False, True)]
    )
    def test_of_a_picture_is_too(
        self, service: fake.OpenAI, tmp_path: Path, turn: str, flagged: bool, unsure: bool
    ) -> None:
        service.fault("moderations", turn, category="sexual")
        order = orders.moderation(shown=orders.picture(tmp_path))
        verdict = Verdict.model_validate(OPENAI.answer(order, folder=tmp_path).said)
        assert (verdict.flagged, verdict.unsure) == (flagged, unsure)
        assert verdict.scores["sexual"] > 0.4

    def test_is_unsure_of_children_long_before_anything_else(self) -> None:
        assert moderation.verdict(_found({"sexual/minors": 0.06})).unsure
        assert not moderation.verdict(_found({"violence": 0.06})).unsure

    def test_costs_nothing(self, service: fake.OpenAI, tmp_path: Path) -> None:
        assert OPENAI.answer(orders.moderation("a lake"), folder=tmp_path).usd == 0


def _found(scores: dict[str, float]) -> Any:
    said = fake.answers.moderation({}, "words", False, turn={})["results"][0]
    said["category_scores"] |= scores
    return moderation.Moderation.model_validate(said)
