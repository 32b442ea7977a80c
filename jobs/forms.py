"""What staff may ask the list of jobs for."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from jobs import registry
from jobs.states import State, word

ENDED = {
    "hour": (gettext_lazy("in the last hour"), timedelta(hours=1)),
    "day": (gettext_lazy("in the last 24 hours"), timedelta(hours=24)),
    "week": (gettext_lazy("in the last 7 days"), timedelta(days=7)),
}
ANY: list[tuple[str, Any]] = [("", gettext_lazy("any"))]


def _states() -> list[tuple[str, Any]]:
    return ANY + [(state.value, word(state)) for state in State]


def _kinds() -> list[tuple[str, Any]]:
    return ANY + [(kind, kind) for kind in sorted(settings.JOB_KINDS)]


def _queues() -> list[tuple[str, Any]]:
    return ANY + [(queue, queue) for queue in registry.QUEUES]


class OneOf(forms.ChoiceField):
    """One of a few words, or none."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid_choice": gettext_lazy("There is no “%(value)s”.")
    }

    def __init__(self, choices: Any, *, label: Any) -> None:
        super().__init__(required=False, choices=choices, label=label)


class FilterForm(forms.Form):
    """Every field may be left out. One that is not understood is marked, and filters nothing."""

    state = OneOf(_states, label=gettext_lazy("State"))
    kind = OneOf(_kinds, label=gettext_lazy("Kind"))
    queue = OneOf(_queues, label=gettext_lazy("Queue"))
    ended = OneOf(
        [*ANY, *((name, label) for name, (label, _) in ENDED.items())], label=pgettext_lazy("when", "Ended")
    )
    code = forms.CharField(required=False, max_length=40, label=gettext_lazy("Error code"))
    service = forms.CharField(required=False, max_length=40, label=gettext_lazy("Provider"))
    owner = forms.CharField(required=False, max_length=254, label=gettext_lazy("Owner's e-mail"))
    id = forms.CharField(required=False, max_length=40, label=gettext_lazy("Id"))

    def clean_id(self) -> str:
        digits: str = self.cleaned_data["id"].lower().replace("-", "")
        if not re.fullmatch(r"[0-9a-f]{0,32}", digits):
            raise forms.ValidationError(gettext("An id has digits and the letters a to f."))
        return digits

    def wanted(self) -> dict[str, Any]:
        """What was understood, without what was left empty."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
