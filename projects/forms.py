from __future__ import annotations

from django import forms

from echoes.kernel import shapes


class ProjectForm(forms.Form):
    title = forms.CharField(max_length=100_000, required=False)
    aspect = forms.ChoiceField(choices=shapes.CHOICES, required=False)


class TitleForm(forms.Form):
    title = forms.CharField(max_length=100_000, required=False)
