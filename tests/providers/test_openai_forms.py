from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, Field

from providers import tasks
from providers.capabilities import Cut, Heard, Said, Seen, Verdict
from providers.openai import forms
from tests.contracts.openai import forms as rules


class Part(BaseModel):
    name: str | None
    sizes: list[float] = Field(max_length=2)


class Whole(BaseModel):
    parts: list[Part] = Field(description="What it is made of.")
    best: Part
    kind: str = Field(default="plain", max_length=9)


def schema(form: type[BaseModel]) -> dict[str, Any]:
    found: dict[str, Any] = forms.text_format(form)["schema"]
    return found


class TestTextFormat:
    @pytest.mark.parametrize("form", [Seen, Heard, Cut, Whole, *(task.form for task in tasks.TASKS.values())])
    def test_keeps_to_the_rules_of_strict_schemas(self, form: type[BaseModel]) -> None:
        assert list(rules.problems(schema(form))) == []

    def test_asks_for_everything_whatever_has_a_default(self) -> None:
        assert schema(Whole)["required"] == ["parts", "best", "kind"]
        assert schema(Whole)["$defs"]["Part"]["required"] == ["name", "sizes"]

    def test_says_lengths_of_words_in_words(self) -> None:
        assert schema(Whole)["properties"]["kind"] == {
            "type": "string",
            "description": "At most 9 characters.",
        }

    def test_says_lengths_of_lists_as_they_are(self) -> None:
        assert schema(Seen)["properties"]["ideas"] == {
            "type": "array",
            "items": {"type": "string"},
            "maxItems": 3,
        }

    @pytest.mark.parametrize("form", [Seen, Whole])
    def test_what_fits_it_fits_the_form(self, form: type[BaseModel]) -> None:
        assert form.model_validate(rules.instance(schema(form), {"kind": "x"}))

    def test_knows_no_open_mapping(self) -> None:
        with pytest.raises(TypeError):
            forms.text_format(Verdict)

    def test_names_it_as_the_service_allows(self) -> None:
        class Größe(Said):
            size: int

        assert forms.text_format(Größe)["name"] == "Gr__e"
