"""What staff may ask the list of jobs for."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.conf import settings

from jobs import registry
from jobs.states import State

ENDED = {
    "hour": ("in the last hour", timedelta(hours=1)),
    "day": ("in the last 24 hours", timedelta(hours=24)),
    "week": ("in the last 7 days", timedelta(days=7)),
}
ANY = [("", "any")]


def _kinds() -> list[tuple[str, str]]:
    return ANY + [(kind, kind) for kind in sorted(settings.JOB_KINDS)]


def _queues() -> list[tuple[str, str]]:
    return ANY + [(queue, queue) for queue in registry.QUEUES]


class OneOf(forms.ChoiceField):
    """One of a few words, or none."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid_choice": "There is no “%(value)s”."}

    def __init__(self, choices: Any) -> None:
        super().__init__(required=False, choices=choices)


class FilterForm(forms.Form):
    """Every field may be left out. One that is not understood is marked, and filters nothing."""

    state = OneOf([*ANY, *((state, state) for state in State)])
    kind = OneOf(_kinds)
    queue = OneOf(_queues)
    ended = OneOf([*ANY, *((name, label) for name, (label, _) in ENDED.items())])
    code = forms.CharField(required=False, max_length=40, label="Error code")
    service = forms.CharField(required=False, max_length=40, label="Provider")
    owner = forms.CharField(required=False, max_length=254, label="Owner's e-mail")
    id = forms.CharField(required=False, max_length=40, label="Id")

    def clean_id(self) -> str:
        digits: str = self.cleaned_data["id"].lower().replace("-", "")
        if not re.fullmatch(r"[0-9a-f]{0,32}", digits):
            raise forms.ValidationError("An id has digits and the letters a to f.")
        return digits

    def wanted(self) -> dict[str, Any]:
        """What was understood, without what was left empty."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
