from __future__ import annotations

import pytest

from providers import instructions, models, prompts

pytestmark = pytest.mark.django_db


class TestText:
    def test_is_the_default_until_staff_write(self) -> None:
        assert instructions.text("motion") == instructions.KEYS["motion"].default

    def test_is_what_staff_wrote(self) -> None:
        models.Instruction.objects.create(key="motion", text=" Quietly. ")
        assert instructions.text("motion") == "Quietly."

    def test_is_the_default_again_when_staff_empty_it(self) -> None:
        models.Instruction.objects.create(key="eyes", text=" \n")
        assert instructions.text("eyes") == instructions.KEYS["eyes"].default

    def test_knows_no_other_key(self) -> None:
        with pytest.raises(KeyError):
            instructions.text("dance")


@pytest.mark.parametrize("key", instructions.KEYS)
def test_every_default_fits_its_row_and_is_clean(key: str) -> None:
    default = instructions.KEYS[key].default
    column = models.Instruction._meta.get_field("text")
    assert 0 < len(default) <= column.max_length
    assert prompts.clean(default) == default


def test_what_stands_before_a_prompt_leaves_most_of_the_room() -> None:
    assert len(instructions.KEYS["motion"].default) < 250  # the shortest limit that we know is 1,000
