"""Rows and columns that staff see have names in their language, and none of those is in a migration."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import camel_case_to_spaces

from accounts.models import User
from billing.models import Entry
from echoes.kernel import naming
from providers.models import Model

OURS = ("accounts", "billing", "jobs", "library", "providers")


def shown() -> list[Any]:
    return [model for model in admin.site._registry if model._meta.app_label in OURS]


@pytest.mark.parametrize("model", shown(), ids=lambda model: model.__name__)
class TestARow:
    def test_has_a_name_that_can_be_translated(self, model: Any) -> None:
        assert isinstance(model._meta.verbose_name, Promise)
        assert isinstance(model._meta.verbose_name_plural, Promise)

    def test_has_columns_with_names_that_can_be_translated(self, model: Any) -> None:
        own = [field for field in model._meta.fields if not naming.is_named(field)]
        assert [field.name for field in own if not isinstance(field.verbose_name, Promise)] == []

    def test_is_called_in_english_what_django_would_call_it(self, model: Any) -> None:
        for field in model._meta.fields:
            if not naming.is_named(field):
                assert str(field.verbose_name) == field.name.replace("_", " ")
        if "verbose_name" not in model._meta.original_attrs and model is not User:
            assert str(model._meta.verbose_name) == camel_case_to_spaces(model.__name__)


def test_names_are_in_the_language_that_is_spoken() -> None:
    with translation.override("de"):
        assert str(Model._meta.verbose_name_plural) == "Modelle"
        assert str(Entry._meta.get_field("note").verbose_name) == "Notiz"
    with translation.override("es"):
        assert str(Model._meta.verbose_name_plural) == "modelos"


def test_a_column_without_a_name_is_not_overlooked() -> None:
    with pytest.raises(KeyError, match="slug"):
        naming.give({Model: (Model._meta.verbose_name, Model._meta.verbose_name_plural)}, {})  # type: ignore[dict-item]
