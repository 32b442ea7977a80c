from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from jobs.models import JobEvent


@admin.register(JobEvent)
class JobEventAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("at", "kind", "job_id", "old", "new", "fence", "note", "by")
    list_filter = ("kind", "new")
    search_fields = ("job_id",)
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
