from __future__ import annotations

from django import forms

from library.models import Kind


class UploadForm(forms.Form):
    """What a browser says of a file before it sends it."""

    name = forms.CharField(max_length=1000, strip=False)
    size = forms.IntegerField(min_value=0)
    type = forms.CharField(max_length=100, required=False)
    kind = forms.ChoiceField(choices=Kind.choices, required=False)
