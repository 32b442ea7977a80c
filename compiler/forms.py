from __future__ import annotations

from fractions import Fraction
from typing import Any

from django import forms

from compiler import presets
from library.models import Track

LENGTHS = (("0.25", "Quick"), ("0.5", "Normal"), ("1", "Slow"))


class FinishForm(forms.Form):
    """The choices of the finish page."""

    title = forms.CharField(max_length=100_000, required=False)
    subtitle = forms.CharField(max_length=100_000, required=False)
    transition = forms.ChoiceField(choices=presets.TRANSITIONS)
    transition_seconds = forms.ChoiceField(choices=LENGTHS)
    music = forms.ModelChoiceField(
        queryset=Track.objects.none(),
        required=False,
        error_messages={"invalid_choice": "This music is not there any more. Please choose another."},
    )
    volume = forms.IntegerField(min_value=0, max_value=100)

    def __init__(self, *args: Any, shelf: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["music"].queryset = shelf  # type: ignore[attr-defined]

    def transition_frames(self, *, fps: int) -> int:
        return round(Fraction(self.cleaned_data["transition_seconds"]) * fps)
