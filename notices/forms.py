from __future__ import annotations

from django import forms


class WishForm(forms.Form):
    mail = forms.BooleanField(required=False)


class IdsField(forms.Field):
    """Ids, separated by spaces; what is none is left out."""

    def clean(self, value: object) -> list[object]:
        field = forms.UUIDField()
        return [found for word in str(value or "").split()[:100] if (found := _uuid(field, word))]


class ToldForm(forms.Form):
    shown = IdsField(required=False)
    seen = IdsField(required=False)


def _uuid(field: forms.UUIDField, word: str) -> object:
    try:
        return field.clean(word)
    except forms.ValidationError:
        return None
