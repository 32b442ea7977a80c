"""What staff see of the library: how much space each person's things take."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy

from jobs.states import State
from library.models import Space
from library.usage import LABELS


def _size_of(kind: str) -> Callable[[Any], str]:
    @admin.display(description=LABELS[kind], ordering=kind)
    def show(space: Space) -> str:
        return filesizeformat(getattr(space, kind))

    return show


@admin.register(Space)
class SpaceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What was counted last of each person, the largest first. Pages have it counted; nobody changes it."""

    list_display = ("owner", "total", *map(_size_of, LABELS), "finished_at")
    list_display_links = None
    list_select_related = ("owner",)
    search_fields = ("owner__email",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Space]:
        counted = Space.objects.filter(state=State.SUCCEEDED)
        return counted.annotate(everything=reduce(operator.add, map(F, LABELS)))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-everything",)

    @admin.display(description=gettext_lazy("all"), ordering="everything")
    def total(self, space: Any) -> str:
        return filesizeformat(space.everything)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
