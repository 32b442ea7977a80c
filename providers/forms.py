"""What staff may write about models, limits and instructions, and what is wrong with it, in sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from billing.models import Price
from echoes.kernel import shapes
from providers import instructions, staff
from providers.models import Cap, Instruction, Model

LONGEST = 120  # seconds of one clip or track
LANGUAGE = re.compile(r"[a-z]{2}")
TOKENS = ("input", "cached", "cache_write", "image_input", "output", "image_output")
"""Names of prices that an adapter knows (`providers.openai.usage`)."""


class ModelForm(forms.ModelForm):  # type: ignore[type-arg]
    """A model, and its price in credits, which is a row of `billing`. The admin says who `may_price`."""

    may_price = True
    credits = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=100_000,
        label=gettext_lazy("Price in credits"),
        help_text=gettext_lazy(
            "For each started five seconds of a clip. Empty: not for sale, so it is offered to nobody."
        ),
    )

    class Meta:
        model = Model
        fields = (
            *("slug", "capability", "provider", "wire", "options", "title", "note", "lengths", "aspects"),
            *("prompt_limit", "prompt_unit", "prompt_needed", "languages", "unit", "usd", "token_prices"),
            *("expected_seconds", "at_once", "position", "is_on", "retires_on"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Price.objects.filter(model=self.instance.pk).first() if self.instance.pk else None
        self.initial.setdefault("credits", found.credits if found else None)
        if "credits" in self.fields:
            self.fields["credits"].disabled = not self.may_price
        for name in ("options", "token_prices", "lengths", "aspects", "languages"):
            if name in self.fields:
                self.fields[name].widget = forms.Textarea(attrs={"rows": 2, "spellcheck": "false"})

    def clean_wire(self) -> str:
        wire: str = self.cleaned_data["wire"].strip()
        if not wire:
            raise forms.ValidationError(gettext("Without the service's own name nothing can be asked of it."))
        return wire

    def clean_lengths(self) -> list[int]:
        found = _list(self.cleaned_data["lengths"], "[5, 10]")
        if not all(type(length) is int and 0 < length <= LONGEST for length in found):
            text = gettext("Lengths are whole seconds from 1 to {longest}, such as [5, 10].")
            raise forms.ValidationError(text.format(longest=LONGEST))
        return sorted(set(found))

    def clean_aspects(self) -> list[str]:
        found = _list(self.cleaned_data["aspects"], '["16:9"]')
        if strange := [str(aspect) for aspect in found if aspect not in list(shapes.SIZES)]:
            text = gettext("{strange}: no film has that shape. There are {known}.")
            raise forms.ValidationError(
                text.format(strange=", ".join(strange), known=", ".join(shapes.SIZES))
            )
        return list(dict.fromkeys(found))

    def clean_languages(self) -> list[str]:
        found = _list(self.cleaned_data["languages"], '["en"]')
        if not all(isinstance(code, str) and LANGUAGE.fullmatch(code) for code in found):
            text = gettext('Languages are codes of two small letters, such as ["en", "de"].')
            raise forms.ValidationError(text)
        return list(dict.fromkeys(found))

    def clean_options(self) -> dict[str, Any]:
        return _object(self.cleaned_data["options"], '{"resolution": "720p"}')

    def clean_token_prices(self) -> dict[str, Any]:
        found = _object(self.cleaned_data["token_prices"], '{"input": 0.1, "output": 0.5}')
        if strange := [name for name in found if name not in TOKENS]:
            text = gettext("{strange}: there is no such price. There are {known}.")
            raise forms.ValidationError(text.format(strange=", ".join(strange), known=", ".join(TOKENS)))
        if not all(_is_price(price) for price in found.values()):
            text = gettext("Prices are dollars for a million tokens: numbers, 0 or more.")
            raise forms.ValidationError(text)
        return found

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if self.instance.is_default and found.get("is_on") is False:
            self.add_error("is_on", str(staff.IsDefault()))
        if self.instance.is_default and found.get("capability", self.instance.capability) != self._was():
            self.add_error("capability", str(staff.IsDefault()))
        if found.get("credits") and not may_be_sold(found, self.instance):
            self.add_error("credits", gettext("Only models of services that make clips are sold."))
        return found

    def _was(self) -> Any:
        return self.initial.get("capability", self.instance.capability)


def may_be_sold(found: Mapping[str, Any], instance: Model) -> bool:
    """Whether people pay for such a model."""
    provider = found.get("provider", instance.provider)
    return found.get("capability", instance.capability) in staff.SOLD and not staff.is_free(
        Model(provider=provider)
    )


class InstructionForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Instruction
        fields = ("text",)
        widgets = {"text": forms.Textarea(attrs={"rows": 10, "cols": 80})}  # noqa: RUF012  (Django's form)
        help_texts = {"text": gettext_lazy("Empty: the default is told.")}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = False
        if self.instance.pk in instructions.KEYS and not self.instance.text:
            self.initial["text"] = instructions.KEYS[self.instance.pk].default


class CapForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Cap
        fields = ("scope", "user", "usd")

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("user") and found.get("scope") != Cap.Scope.PERSON:
            self.add_error("user", gettext("Only the limit of each person can be one person's own."))
        return found


class TrialForm(forms.Form):
    words = forms.CharField(
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
        label=gettext_lazy("Words"),
        help_text=gettext_lazy("What to make of our own example picture. Empty: our own example words."),
    )


def _list(found: Any, such_as: str) -> list[Any]:
    if found in (None, ""):
        return []
    if not isinstance(found, list):
        text = gettext("This is a list in square brackets, such as {such_as}; [] is none.")
        raise forms.ValidationError(text.format(such_as=such_as))
    return found


def _object(found: Any, such_as: str) -> dict[str, Any]:
    if found in (None, ""):
        return {}
    if not isinstance(found, dict):
        text = gettext("This is an object in braces, such as {such_as}; {{}} is none.")
        raise forms.ValidationError(text.format(such_as=such_as))
    return found


def _is_price(found: Any) -> bool:
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return False
    try:
        price = Decimal(str(found))
    except InvalidOperation:
        return False
    return price.is_finite() and price >= 0
