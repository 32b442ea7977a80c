from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext

from library.models import Kind

TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+", re.IGNORECASE | re.ASCII)
UNKNOWN = "application/octet-stream"


class UploadForm(forms.Form):
    """What a browser says of a file before it sends it."""

    name = forms.CharField(max_length=1000, strip=False)
    size = forms.IntegerField(min_value=0)
    type = forms.CharField(max_length=1000, required=False)
    kind = forms.ChoiceField(choices=Kind.choices, required=False)

    def clean_type(self) -> str:
        """Nothing depends on it, so what makes no sense is no error."""
        said = str(self.cleaned_data["type"])
        return said if TYPE.fullmatch(said) and len(said) <= 100 else UNKNOWN


class PartsForm(forms.Form):
    """Which parts of a file somebody wants to send next."""

    numbers = forms.JSONField()

    def clean_numbers(self) -> set[int]:
        said: Any = self.cleaned_data["numbers"]
        if not isinstance(said, list) or not all(type(number) is int for number in said):
            raise forms.ValidationError(gettext("“numbers” is a list of the numbers of parts."))
        return set(said)


class CompletionForm(forms.Form):
    """What may be said of a file that has arrived: the tags that storage gave for its parts."""

    tags = forms.JSONField(required=False)

    def clean_tags(self) -> dict[int, str]:
        said: Any = self.cleaned_data["tags"] or {}
        if not isinstance(said, dict) or not all(_is_tag(number, tag) for number, tag in said.items()):
            raise forms.ValidationError(gettext("“tags” gives the tag of each part by its number."))
        return {int(number): tag for number, tag in said.items()}


def _is_tag(number: str, tag: Any) -> bool:
    return number.isascii() and number.isdigit() and len(number) < 6 and isinstance(tag, str)
