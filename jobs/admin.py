"""What the admin itself shows of jobs: their events, and the switch and the limit of each provider.

Jobs have pages of their own (`jobs.views`): one list for all kinds, and buttons that go through `lifecycle`.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from echoes.kernel import clock, naming
from jobs import labels
from jobs.models import JobEvent, ServiceState
from jobs.states import State, word

naming.give(labels.ROWS, labels.COLUMNS)
admin.site.site_header = admin.site.site_title = gettext_lazy("Echoes staff")
admin.site.index_title = gettext_lazy("Everything")


class KindFilter(admin.SimpleListFilter):
    """The kinds as the settings name them: asking the table for them would read all of it."""

    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, kind) for kind in sorted(settings.JOB_KINDS)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("new state")
    parameter_name = "new"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, word(state)) for state in State]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(new=self.value()) if self.value() else queryset


@admin.register(JobEvent)
class JobEventAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What happened is read, and never changed."""

    list_display = ("at", "job", "was", "became", "note", "by")
    fields = ("kind", "job_id", "at", "was", "became", "fence", "note", "by")
    list_filter = (KindFilter, StateFilter)
    list_select_related = ("by",)
    search_fields = ("job_id",)
    ordering = ("-id",)
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    @admin.display(description=gettext_lazy("old"), ordering="old")
    def was(self, event: JobEvent) -> str:
        return word(event.old)

    @admin.display(description=gettext_lazy("new"), ordering="new")
    def became(self, event: JobEvent) -> str:
        return word(event.new)

    @admin.display(description=gettext_lazy("job"))
    def job(self, event: JobEvent) -> str:
        name = f"{event.kind} {str(event.job_id)[:8]}"
        if event.kind not in settings.JOB_KINDS:
            return name
        return format_html('<a href="{}">{}</a>', reverse("jobs:show", args=[event.kind, event.job_id]), name)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ServiceStateForm(forms.ModelForm):  # type: ignore[type-arg]
    """A service that never had trouble has no row; staff may make one to limit it or switch it off."""

    class Meta:
        model = ServiceState
        fields = ("name", "switched_off", "limit")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name not in settings.REMOTE_SERVICES:
            known = ", ".join(sorted(settings.REMOTE_SERVICES)) or gettext("none")
            text = gettext("There is no such provider. There are: {known}.")
            raise forms.ValidationError(text.format(known=known))
        return name


@admin.register(ServiceState)
class ServiceStateAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Staff decide on the switch and the limit. The rest is written by the breaker while they look."""

    form = ServiceStateForm
    list_display = ("name", "switched_off", "limit", "failures", "resting_until", "changed_at")
    readonly_fields = ("failures", "resting_until", "note", "changed_at")
    ordering = ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> tuple[str, ...]:
        return ("name", *self.readonly_fields) if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: ServiceState, form: Any, change: bool) -> None:
        obj.changed_at = clock.now()
        obj.save(update_fields=["switched_off", "limit", "changed_at"] if change else None)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
