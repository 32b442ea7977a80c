"""Forms of our own, and allauth's in our words."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.utils.translation import gettext, gettext_lazy

OLD = gettext_lazy("Your password now")
NEW = gettext_lazy("A new password")
AGAIN = gettext_lazy("Once more")
RULE = gettext_lazy("At least 8 characters.")


class NameForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("What shall we call you?"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class Plain(forms.Form):
    """The label says it; a second one inside the field says nothing more. What a new password must be is
    said in one line: which of the other rules it broke is said when it did."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        if "password1" in self.fields:
            self.fields["password1"].help_text = RULE


class CodeForm(Plain):
    """The code is the only thing to do on its page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["autofocus"] = True


class SignUpForm(Plain, allauth.SignupForm):
    pass


class SignInForm(Plain, allauth.LoginForm):
    pass


class ForgotForm(Plain, allauth.ResetPasswordForm):
    pass


class NewAddressForm(Plain, allauth.ChangeEmailForm):
    pass


class MailedCodeForm(CodeForm, allauth.ConfirmEmailVerificationCodeForm):
    pass


class StillYouForm(Plain, allauth.ReauthenticateForm):
    pass


class SecondFactorForm(CodeForm, AuthenticateForm):
    pass


class SecondFactorAgainForm(CodeForm, ReauthenticateForm):
    pass


class ChangePasswordForm(Plain, allauth.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(self, oldpassword=OLD, password1=NEW, password2=AGAIN)


class SetPasswordForm(Plain, allauth.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(self, password1=NEW, password2=AGAIN)


class ForgottenPasswordForm(Plain, allauth.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(self, password1=NEW, password2=AGAIN)


class AppForm(Plain, ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(self, code=gettext("The code that the app shows"))


class PasskeyForm(Plain, AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(
            self,
            name=gettext("What shall it be called?"),
            passwordless=gettext("It is enough alone, without the password"),
        )
        name: Any = self.fields["name"]
        name.max_length = 60
        name.widget.attrs["maxlength"] = "60"
        name.help_text = gettext("So that you know it again: my phone, the blue key.")
        self.fields["passwordless"].initial = True


def _label(form: forms.Form, **labels: Any) -> None:
    for name, label in labels.items():
        form.fields[name].label = label
