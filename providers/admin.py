"""What the admin shows of services: models, limits and instructions are edited, the rest is only read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from billing.admin import ReadOnly
from billing.models import Price
from echoes.kernel import clock
from echoes.kernel.errors import EchoesError
from echoes.kernel.storage import base as storages
from providers import access, alerts, connections, forms, instructions, spending, staff
from providers.connections import Provider
from providers.models import (
    Cap,
    Disclosure,
    Instruction,
    Judgement,
    Model,
    Trial,
    Withheld,
)

# ---- models ---------------------------------------------------------------------------------

IDENTITY = ("slug", "title", "note", "capability", "provider", "wire", "options")
ABILITIES = (
    *("lengths", "aspects", "prompt_limit", "prompt_unit", "prompt_needed", "languages"),
    *("expected_seconds", "at_once"),
)
MONEY = ("credits", "unit", "usd", "token_prices")
OFFER = ("is_on", "is_default", "position", "retires_on", "sample_link", "trials")


@admin.register(Model)
class ModelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A model that is not wanted any more is switched off: clips that it made name it."""

    form = forms.ModelForm
    change_form_template = "admin/providers/model.html"
    list_display = (
        *("name", "does", "service", "dollars", "credits", "usual_time"),
        *("retires", "is_on", "position"),
    )
    list_editable = ("position",)
    list_filter = ("capability", "provider", "is_on")
    list_per_page = 200
    search_fields = ("slug", "title", "wire")
    ordering = ("capability", "position", "slug")
    actions = ("switch_on", "switch_off", "make_default", "drop_default")
    readonly_fields = ("is_default", "sample_link", "trials")
    show_facets = admin.ShowFacets.NEVER
    fieldsets = (
        (None, {"fields": IDENTITY}),
        ("What it can do", {"fields": ABILITIES}),
        ("Money", {"fields": MONEY}),
        ("How it is offered", {"fields": OFFER}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        price = Price.objects.filter(model=OuterRef("pk")).values("credits")
        found: QuerySet[Model] = super().get_queryset(request)
        return found.annotate(in_credits=Subquery(price))

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> tuple[str, ...]:
        return ("slug", *self.readonly_fields) if obj else self.readonly_fields

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Who may not change prices sees them. The class is made for this request alone."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.may_price = request.user.has_perm(access.PRICE)
        return form

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "credits" in form.changed_data:
            staff.set_credits(model=obj, credits=form.cleaned_data["credits"], by=request.user)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        context["trial_form"] = forms.TrialForm()
        context["may_try"] = request.user.has_perm(access.TRY)
        obj = kwargs.get("obj")
        context["may_be_tried"] = obj is not None and connections.is_connected(obj.provider)
        return super().render_change_form(request, context, *args, **kwargs)

    # ---- columns --------------------------------------------------------------------------------

    @admin.display(description="capability", ordering="capability")
    def does(self, model: Model) -> str:
        return str(model.get_capability_display()).partition(":")[0]

    @admin.display(description="model", ordering="title")
    def name(self, model: Model) -> str:
        if not model.is_default:
            return model.title
        return format_html('{} <span class="staff-service">default</span>', model.title)

    @admin.display(description="service", ordering="provider")
    def service(self, model: Model) -> str:
        if model.provider in connections.simulated():
            state, sentence = "simulated", "simulated here"
        elif connections.is_connected(model.provider):
            state, sentence = "connected", "connected"
        else:
            state, sentence = "missing", "not connected"
        label = model.get_provider_display()
        if model.provider == Provider.LOCAL:
            return label
        return format_html('{} <span class="staff-service" data-state="{}">{}</span>', label, state, sentence)

    @admin.display(description="USD", ordering="usd")
    def dollars(self, model: Model) -> str:
        if staff.is_free(model):
            return "–"
        tokens = ", by tokens" if model.token_prices else ""
        return f"{model.usd.normalize():f} a {model.get_unit_display()}{tokens}"

    @admin.display(description="credits", ordering="in_credits")
    def credits(self, model: Any) -> str:
        if model.in_credits is not None:
            return str(model.in_credits)
        if staff.is_free(model):
            return "free"
        if model.capability in staff.SOLD and model.is_on:
            return _near("no price")
        return "–"

    @admin.display(description="time", ordering="expected_seconds")
    def usual_time(self, model: Model) -> str:
        return f"{model.expected_seconds} s" if model.expected_seconds else "–"

    @admin.display(description="retires on", ordering="retires_on")
    def retires(self, model: Model) -> str:
        if model.retires_on is None:
            return "–"
        day = f"{model.retires_on.day} {model.retires_on:%b %Y}"
        near = alerts.is_near(model.retires_on, today=clock.now().date())
        return _near(day) if near else day

    @admin.display(description="sample")
    def sample_link(self, model: Model) -> str:
        if not model.sample:
            return "None. Try the model, and use what comes as its sample."
        link = storages.get("photos").signed_url(model.sample, now=clock.now().timestamp())
        return format_html('<a href="{}">{}</a>', link, model.sample)

    @admin.display(description="trials")
    def trials(self, model: Model) -> str:
        address = reverse("admin:providers_trial_changelist")
        return format_html('<a href="{}?model__exact={}">All trials of this model</a>', address, model.pk)

    # ---- actions --------------------------------------------------------------------------------

    @admin.action(description="Switch on", permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        self._switch(request, queryset, on=True)

    @admin.action(description="Switch off", permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        self._switch(request, queryset, on=False)

    @admin.action(description="Make the default of its capability", permissions=["change"])
    def make_default(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        chosen = list(queryset)
        if len({model.capability for model in chosen}) < len(chosen):
            messages.error(request, "Choose one model of a capability: it can have one default.")
            return
        for model in chosen:
            with _refusals(request, model):
                staff.make_default(model=model, by=request.user)
                messages.success(request, f"{model} is the default now.")

    @admin.action(description="Have no default", permissions=["change"])
    def drop_default(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        dropped = [model for model in queryset if staff.drop_default(model=model, by=request.user)]
        for model in dropped:
            messages.success(request, f"{model} is no longer the default: the first in order is used.")

    def _switch(self, request: HttpRequest, queryset: QuerySet[Model], *, on: bool) -> None:
        changed = 0
        for model in queryset:
            with _refusals(request, model):
                changed += staff.switch(model=model, on=on, by=request.user)
        if changed:
            messages.success(request, f"Switched {'on' if on else 'off'}: {changed}.")


def _near(text: str) -> str:
    """Something that staff should do something about."""
    return format_html('<span class="staff-near">{}</span>', text)


@contextmanager
def _refusals(request: HttpRequest, model: Model) -> Iterator[None]:
    """What a verb refuses is told on the page."""
    try:
        yield
    except EchoesError as refusal:
        messages.error(request, f"{model}: {refusal}")


@admin.register(Trial)
class TrialAdmin(ReadOnly):
    list_display = ("created_at", "trial", "state", "error_code", "owner")
    list_filter = ("state",)
    list_select_related = ("owner",)
    list_display_links = None
    search_fields = ("model",)
    ordering = ("-created_at",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "model__exact" or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    @admin.display(description="model")
    def trial(self, trial: Trial) -> str:
        return format_html('<a href="{}">{}</a>', reverse("providers:trial", args=[trial.pk]), trial.model)


# ---- limits, instructions -------------------------------------------------------------------


@admin.register(Cap)
class CapAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A change counts for what is sent from now on."""

    form = forms.CapForm
    list_display = ("scope", "user", "usd", "spent", "changed_at")
    list_select_related = ("user",)
    autocomplete_fields = ("user",)
    ordering = ("scope", "user")
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cap]:
        """What is spent is looked up once for each page."""
        self._spent = {spent.cap.pk: spent for spent in spending.beside_caps(now=clock.now())}
        found: QuerySet[Cap] = super().get_queryset(request)
        return found

    @admin.display(description="spent in 30 days, USD")
    def spent(self, cap: Cap) -> str:
        spent = self._spent.get(cap.pk)
        if spent is None:
            return "–"
        text = f"{spent.usd:.2f}" + (f" ({spent.who})" if spent.who else "")
        return _near(text) if spent.share > alerts.NEARLY else text


@admin.register(Instruction)
class InstructionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """There is one for each key that the code asks for (`providers.housekeeping` makes them); an empty one
    stands for the default."""

    form = forms.InstructionForm
    list_display = ("key", "purpose", "told", "is_ours", "changed_at")
    fields = ("key", "purpose", "text", "default")
    readonly_fields = ("key", "purpose", "default")
    ordering = ("key",)
    actions = ("reset",)
    show_facets = admin.ShowFacets.NEVER

    def save_model(self, request: HttpRequest, obj: Instruction, form: Any, change: bool) -> None:
        """The default, saved as it is, stays the default when a new version betters it."""
        default = instructions.KEYS[obj.key].default if obj.key in instructions.KEYS else ""
        obj.text = "" if obj.text.strip() == default else obj.text.strip()
        super().save_model(request, obj, form, change)

    @admin.display(description="what it is for")
    def purpose(self, row: Instruction) -> str:
        return instructions.KEYS[row.key].purpose if row.key in instructions.KEYS else "Nothing asks for it."

    @admin.display(description="default")
    def default(self, row: Instruction) -> str:
        return instructions.KEYS[row.key].default if row.key in instructions.KEYS else "–"

    @admin.display(description="what is told")
    def told(self, row: Instruction) -> str:
        text = row.text or self.default(row)
        return text if len(text) <= 120 else f"{text[:117]}…"

    @admin.display(description="changed by us", boolean=True)
    def is_ours(self, row: Instruction) -> bool:
        return bool(row.text)

    @admin.action(description="Reset to the default", permissions=["change"])
    def reset(self, request: HttpRequest, queryset: QuerySet[Instruction]) -> None:
        for row in queryset.exclude(text=""):
            row.text = ""
            row.save(update_fields=["text", "changed_at"])
            self.log_change(request, row, "Reset to the default.")
        messages.success(request, "The defaults are told again.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


# ---- what went where ------------------------------------------------------------------------


@admin.register(Judgement)
class JudgementAdmin(ReadOnly):
    list_display = ("at", "model", "__str__", "unsure", "digest")
    list_filter = ("flagged", "unsure", "model")
    search_fields = ("digest",)
    ordering = ("-id",)


@admin.register(Disclosure)
class DisclosureAdmin(ReadOnly):
    """For support: what went where and when, never the picture itself."""

    list_display = ("at", "owner", "provider", "model", "asset", "project", "size", "simulated", "reference")
    list_filter = ("provider", "simulated")
    list_select_related = ("owner",)
    search_fields = ("owner__email", "reference", "asset")
    ordering = ("-id",)


@admin.register(Withheld)
class WithheldAdmin(ReadOnly):
    list_display = ("created_at", "owner", "what", "subject")
    list_filter = ("what",)
    list_select_related = ("owner",)
    search_fields = ("owner__email", "subject")
    ordering = ("-id",)
