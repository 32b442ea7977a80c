from __future__ import annotations

from typing import Any

from django import forms
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy

from billing.models import Pack

MOST = 100_000


class BuyForm(forms.Form):
    pack = forms.ModelChoiceField(
        Pack.objects.none(),
        error_messages={
            "invalid_choice": gettext_lazy("This pack is not for sale any more. Please choose another.")
        },
    )
    order = forms.UUIDField()
    back = forms.CharField(required=False, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pack"].queryset = Pack.objects.for_sale()  # type: ignore[attr-defined]

    def clean_back(self) -> str:
        """A path of ours, or nothing."""
        path: str = self.cleaned_data["back"]
        ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
        return path if ours else ""


class GrantForm(forms.Form):
    """Staff give or take credits, and say why."""

    amount = forms.IntegerField(
        min_value=-MOST, max_value=MOST, help_text="Whole credits; with a minus they are taken."
    )
    reason = forms.CharField(
        max_length=300,
        help_text="The person reads this. It is kept for ever: no names, no addresses.",
        widget=forms.TextInput(attrs={"size": 60}),
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def clean_amount(self) -> int:
        amount: int = self.cleaned_data["amount"]
        if not amount:
            raise forms.ValidationError("Nothing would change.")
        return amount
