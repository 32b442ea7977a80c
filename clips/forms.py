from __future__ import annotations

from django import forms


class PromptForm(forms.Form):
    prompt = forms.CharField(
        max_length=500,
        required=False,
        error_messages={"max_length": "Please describe the move in at most 500 characters."},
    )


class TakeForm(PromptForm):
    """Who makes the take, and the seed that makes the same form sent twice one take."""

    model = forms.SlugField(max_length=60, required=False)
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class PositionForm(forms.Form):
    position = forms.IntegerField(min_value=1, max_value=100_000)


class ApprovalForm(forms.Form):
    approved = forms.TypedChoiceField(choices=[("1", "yes"), ("0", "no")], coerce=lambda value: value == "1")


class BudgetForm(forms.Form):
    """What somebody would spend, and on which model."""

    credits = forms.IntegerField(min_value=0, max_value=1_000_000, required=False)
    model = forms.SlugField(max_length=60, required=False)


class ChoiceForm(forms.Form):
    """Which model brings the chosen photos to life, and what the button said that it costs."""

    model = forms.SlugField(max_length=60)
    cost = forms.IntegerField(min_value=0)
