from __future__ import annotations

from uuid import UUID

from django import forms
from django.utils.translation import gettext, gettext_lazy

from clips.trimming import LONGEST

ACTS = ("approve", "leave", "bring", "remove", "restore")


class PromptForm(forms.Form):
    prompt = forms.CharField(
        max_length=500,
        required=False,
        error_messages={
            "max_length": gettext_lazy("Please describe the move in at most 500 characters."),
        },
    )


class TakeForm(PromptForm):
    """Who makes the take, and the seed that makes the same form sent twice one take."""

    model = forms.SlugField(max_length=60, required=False)
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class PositionForm(forms.Form):
    """Where a clip goes, and which others go along: those that are folded under it."""

    position = forms.IntegerField(min_value=0, max_value=100_000)
    along = forms.CharField(max_length=20_000, required=False)

    def clean_along(self) -> list[UUID]:
        return ids(self.cleaned_data["along"])


class TrimForm(forms.Form):
    """Between which moments of the take, in tenths of a second; or all of it."""

    whole = forms.BooleanField(required=False)
    begins = forms.IntegerField(min_value=0, max_value=LONGEST)
    ends = forms.IntegerField(min_value=0, max_value=LONGEST)


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


class ActForm(forms.Form):
    """What is to be done to the chosen clips; for motion, by which model, and what the button said that it
    costs. A browser without script could not say. What takes something back is `quiet` about it."""

    act = forms.ChoiceField(
        choices=[(act, act) for act in ("approve", "leave", "bring", "remove", "restore")]
    )
    model = forms.SlugField(max_length=60, required=False)
    cost = forms.IntegerField(min_value=0, required=False)
    quiet = forms.BooleanField(required=False)


class OrderForm(forms.Form):
    how = forms.ChoiceField(choices=[(how, how) for how in ("taken", "shuffle", "put")])
    order = forms.CharField(max_length=100_000, required=False)

    def clean_order(self) -> list[UUID]:
        return ids(self.cleaned_data["order"])


class BackForm(forms.Form):
    """What a surprise has changed, to take it back: the order and the clips of the film as they were, and the
    title and the track that it chose."""

    back = forms.BooleanField()
    order = forms.CharField(max_length=100_000, required=False)
    approved = forms.CharField(max_length=100_000, required=False)
    title = forms.CharField(max_length=200, required=False)
    track = forms.UUIDField(required=False)

    def clean_order(self) -> list[UUID]:
        return ids(self.cleaned_data["order"])

    def clean_approved(self) -> list[UUID]:
        return ids(self.cleaned_data["approved"])


def ids(line: str) -> list[UUID]:
    """Ids of clips; those that are not of the project do no harm."""
    try:
        return [UUID(each) for each in line.split(",") if each]
    except ValueError:
        raise forms.ValidationError(gettext("These are no clips.")) from None
