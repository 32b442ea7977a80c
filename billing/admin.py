"""What the admin shows of credits: the shop and the prices are edited, the books are only read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from billing import access, labels, staff
from billing.models import (
    Account,
    Cost,
    Entry,
    Hold,
    Pack,
    Price,
    Purchase,
    Referral,
    Reward,
    StripeEvent,
)
from echoes.kernel import clock, naming

naming.give(labels.ROWS, labels.COLUMNS)


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """The books: looked at by whoever may, changed by nobody."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Account)
class AccountAdmin(ReadOnly):
    list_display = ("__str__", "balance", "debt", "created_at", "grant")
    list_select_related = ("user",)
    search_fields = ("user__email", "referral_code")
    ordering = ("-created_at",)
    fields = ("user", "balance", "debt", "referral_code", "created_at", "grant", "movements")
    readonly_fields = ("grant", "movements")

    @admin.display(description="")
    def grant(self, account: Account) -> str:
        words = gettext("Give or take credits")
        return format_html('<a href="{}">{}</a>', reverse("billing:grant", args=[account.pk]), words)

    @admin.display(description=gettext_lazy("movements"))
    def movements(self, account: Account) -> str:
        address = reverse("admin:billing_entry_changelist")
        words = gettext("All movements")
        return format_html('<a href="{}?account__id__exact={}">{}</a>', address, account.pk, words)


@admin.register(Entry)
class EntryAdmin(ReadOnly):
    list_display = ("created_at", "account", "kind", "amount", "debt", "balance_after", "note", "by")
    list_filter = ("kind",)
    list_select_related = ("account__user", "by")
    search_fields = ("account__user__email", "reference")
    ordering = ("-id",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "account__id__exact" or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]


@admin.register(Hold)
class HoldAdmin(ReadOnly):
    list_display = ("created_at", "account", "amount", "model", "status", "reference", "expires_at")
    list_filter = ("status",)
    list_select_related = ("account__user",)
    search_fields = ("account__user__email", "reference")
    ordering = ("-created_at",)


@admin.register(Purchase)
class PurchaseAdmin(ReadOnly):
    list_display = ("created_at", "account", "title", "credits", "total", "currency", "status", "refunded")
    list_filter = ("status", "currency")
    list_select_related = ("account__user",)
    search_fields = ("account__user__email", "session_id", "payment_intent")
    ordering = ("-created_at",)


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnly):
    list_display = ("received_at", "type", "event_id", "outcome", "attempts", "note")
    list_filter = ("outcome", "type")
    search_fields = ("event_id", "purchase__session_id")
    ordering = ("-id",)
    actions = ("replay",)

    @admin.action(description=gettext_lazy("Handle again"), permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[StripeEvent]) -> None:
        for event in queryset:
            moved = staff.replay(event=event, by=request.user, now=clock.now())
            outcome = str(moved.get_outcome_display()).lower() or gettext("not handled")
            messages.info(request, f"{event.event_id}: {outcome} {moved.note}")

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(access.REPLAY)


@admin.register(Referral)
class ReferralAdmin(ReadOnly):
    list_display = ("created_at", "referrer", "friend", "rewarded_at", "note")
    list_select_related = ("referrer__user", "friend__user")
    search_fields = ("referrer__user__email", "friend__user__email")
    ordering = ("-id",)


@admin.register(Cost)
class CostAdmin(ReadOnly):
    list_display = ("created_at", "model", "usd", "delivered", "reference")
    list_filter = ("delivered",)
    search_fields = ("reference", "charge")
    ordering = ("-id",)


class PackForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Pack
        fields = ("title", "credits", "amount", "currency", "badge", "is_active")


@admin.register(Pack)
class PackAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A change is for purchases to come: what was bought keeps its own copy."""

    form = PackForm
    list_display = ("title", "credits", "amount", "currency", "badge", "is_active")
    ordering = ("credits",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"currency": settings.CREDITS_CURRENCY, **super().get_changeform_initial_data(request)}


@admin.register(Price)
class PriceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A change is for what is asked from now on: a hold keeps the price at which it was taken."""

    list_display = ("model", "credits", "changed_at")
    ordering = ("model",)

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> tuple[str, ...]:
        return ("model",) if obj else ()


@admin.register(Reward)
class RewardAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("__str__", "signup", "referrer", "friend", "share", "shares_a_month")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Reward.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
