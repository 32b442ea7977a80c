"""What a person can send from the finish page. Forms check; `compiler.films` keeps."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from compiler import presets
from compiler.models import ClipFinish
from echoes.kernel import shapes
from library import tracks
from library.models import Track

LENGTHS = (("0.25", gettext_lazy("Quick")), ("0.5", gettext_lazy("Normal")), ("1", gettext_lazy("Slow")))
CAPTION_SECONDS = (
    ("2", gettext_lazy("2 seconds")),
    ("3", gettext_lazy("3 seconds")),
    ("5", gettext_lazy("5 seconds")),
    ("0", gettext_lazy("The whole clip")),
)
THOUSANDTHS = 1_000
MAY_BE_EMPTY = ("transition", "caption")
NEVER_EMPTY = ("caption_place", "caption_look", "caption_seconds")
# Nobody who clicks through the page meets these: what it offers was there when it was sent.
GONE = gettext_lazy("That choice is not there any more. Reload the page to see what is.")
OUTSIDE = gettext_lazy("The point to keep in view has to lie inside the picture.")
TOO_SMALL = gettext_lazy(
    "4K needs photos with at least 3840 pixels on the longer side. Some of these are smaller."
)


class FinishForm(forms.Form):
    """The choices of the finish page."""

    title = forms.CharField(max_length=100_000, required=False)
    subtitle = forms.CharField(max_length=100_000, required=False)
    end_title = forms.CharField(max_length=100_000, required=False)
    end_subtitle = forms.CharField(max_length=100_000, required=False)
    typeface = forms.ChoiceField(
        choices=presets.FACES, required=False, error_messages={"invalid_choice": GONE}
    )
    transition = forms.ChoiceField(choices=presets.TRANSITIONS, error_messages={"invalid_choice": GONE})
    transition_seconds = forms.ChoiceField(choices=LENGTHS, error_messages={"invalid_choice": GONE})
    music = forms.ModelChoiceField(
        queryset=Track.objects.none(),
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("This music is not there any more. Please choose another.")
        },
    )
    on_beat = forms.BooleanField(required=False)
    volume = forms.IntegerField(min_value=0, max_value=100)
    shapes = forms.MultipleChoiceField(
        choices=presets.SHAPES, required=False, error_messages={"invalid_choice": GONE}
    )
    quality = forms.ChoiceField(
        choices=presets.QUALITIES, required=False, error_messages={"invalid_choice": GONE}
    )

    def __init__(self, *args: Any, shelf: Any, large: bool = True, **kwargs: Any) -> None:
        """`large` says whether the film's photos are large enough for every size."""
        super().__init__(*args, **kwargs)
        self.large = large
        if not large and self.initial.get("quality") in presets.LONGEST_SIDE:
            self.initial["quality"] = presets.STANDARD
        self.fields["music"].queryset = shelf  # type: ignore[attr-defined]

    def clean_quality(self) -> str:
        """A browser does not send what it may not offer; then, or without a choice, it is the standard."""
        quality: str = self.cleaned_data["quality"] or presets.STANDARD
        if quality in presets.LONGEST_SIDE and not self.large:
            raise ValidationError(TOO_SMALL)
        return quality

    def clean_typeface(self) -> str:
        return self.cleaned_data["typeface"] or next(iter(presets.FACES))[0]

    def transition_frames(self, *, fps: int) -> int:
        return _frames(self.cleaned_data["transition_seconds"], fps=fps)


class OrderForm(forms.Form):
    """A track to order, by mood and length."""

    mood = forms.ChoiceField(
        choices=[(mood, mood) for mood in tracks.MOODS], error_messages={"invalid_choice": GONE}
    )
    length = forms.ChoiceField(choices=presets.MUSIC_LENGTHS, error_messages={"invalid_choice": GONE})

    def seconds(self, *, film: Fraction) -> int:
        """`film` is how long that is."""
        length = self.cleaned_data["length"]
        wanted = math.ceil(film) if length == "film" else int(length)
        return min(tracks.LONGEST, max(tracks.SHORTEST, wanted))


class ClipFinishForm(forms.Form):
    """The choices for one clip. Only what was sent is chosen anew; the rest stays as it is."""

    transition = forms.ChoiceField(
        choices=(("", gettext_lazy("As the film")), *presets.TRANSITIONS),
        required=False,
        error_messages={"invalid_choice": GONE},
    )
    transition_seconds = forms.ChoiceField(
        choices=LENGTHS, required=False, error_messages={"invalid_choice": GONE}
    )
    caption = forms.CharField(max_length=100_000, required=False)
    caption_place = forms.ChoiceField(
        choices=presets.PLACES, required=False, error_messages={"invalid_choice": GONE}
    )
    caption_look = forms.ChoiceField(
        choices=presets.LOOKS, required=False, error_messages={"invalid_choice": GONE}
    )
    caption_seconds = forms.TypedChoiceField(
        choices=CAPTION_SECONDS, coerce=int, required=False, error_messages={"invalid_choice": GONE}
    )
    automatic = forms.MultipleChoiceField(
        choices=presets.SHAPES, required=False, error_messages={"invalid_choice": GONE}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for shape in shapes.LABELS:
            for axis in ("x", "y"):
                self.fields[f"{axis}-{shape}"] = _share()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for shape in shapes.LABELS:
            sent = {name for name in (f"x-{shape}", f"y-{shape}") if name in self.data}
            if sent and not (len(sent) == 2 and all(cleaned.get(name, 0) is not None for name in sent)):
                raise ValidationError(OUTSIDE)
        return cleaned

    def chosen(self, clip: ClipFinish, *, fps: int) -> dict[str, Any]:
        """What was sent, as fields of `ClipFinish`."""
        found = {name: self.cleaned_data[name] for name in MAY_BE_EMPTY if name in self.data}
        found |= {name: value for name in NEVER_EMPTY if (value := self.cleaned_data[name]) != ""}
        if seconds := self.cleaned_data["transition_seconds"]:
            found["transition_frames"] = _frames(seconds, fps=fps)
        if focus := self._focus():
            kept = clip.focus | focus
            found["focus"] = {shape: point for shape, point in kept.items() if point}
        return found

    def _focus(self) -> dict[str, list[int] | None]:
        """The point for each shape that was sent; None for one that is framed by itself."""
        cleaned = self.cleaned_data
        sent = [shape for shape in shapes.LABELS if f"x-{shape}" in self.data]
        return {
            shape: None if shape in cleaned["automatic"] else [cleaned[f"x-{shape}"], cleaned[f"y-{shape}"]]
            for shape in sent
        }


def _share() -> forms.IntegerField:
    return forms.IntegerField(
        min_value=0,
        max_value=THOUSANDTHS,
        required=False,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), OUTSIDE),
    )


def _frames(seconds: str, *, fps: int) -> int:
    return round(Fraction(seconds) * fps)
