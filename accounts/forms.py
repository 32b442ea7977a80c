from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms


class NameForm(forms.Form):
    name = forms.CharField(
        label="What shall we call you?",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class PasskeyForm(AddWebAuthnForm):
    """Allauth's, in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name, alone = self.fields["name"], self.fields["passwordless"]
        name.label = "What shall it be called?"
        name.help_text = "So that you know it again: my phone, the blue key."
        name.widget.attrs["maxlength"] = "60"
        name.max_length = 60
        alone.label = "It is enough alone, without the password"
        alone.initial = True
        alone.help_text = "It then asks for your finger, your face or its PIN."
