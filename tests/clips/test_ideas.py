from __future__ import annotations

import pytest
from django.utils import translation

from clips import ideas
from providers.local import prompts

EVERY = (*ideas.USUAL, *ideas.FACE, *ideas.FACES, *ideas.ALONG, *ideas.UPWARDS)


@pytest.mark.parametrize("code", ["de", "es"])
@pytest.mark.parametrize("idea", EVERY)
def test_the_local_studio_carries_out_an_idea_in_every_language(idea: str, code: str) -> None:
    with translation.override(code):
        said = translation.gettext(idea)
    assert said != idea
    assert prompts.read(prompt=said) == prompts.read(prompt=idea)
