"""What staff's pages call rows and their columns, in the reader's language.

The names stand beside the models: a migration holds every name that a model declares for itself, and no table
changes with a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise

Names = tuple[Promise, Promise]  # of one row, and of several


def give(rows: Mapping[Any, Names], columns: Mapping[str, Promise]) -> None:
    """Name these rows, and each of their columns that has no name of its own. Raises KeyError for a column
    that `columns` does not know."""
    for model, (one, several) in rows.items():
        meta: Any = model._meta
        meta.verbose_name, meta.verbose_name_plural = one, several
        for field in meta.fields:
            if not is_named(field):
                field.verbose_name = columns[field.name]


def is_named(field: Any) -> bool:
    """Whether its model, or whoever wrote that, says what a column is called."""
    return field._verbose_name is not None or field.auto_created
