"""What the admin shows of services: models, limits and instructions are edited, the rest is only read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.dateformat import format as dated
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from billing.admin import ReadOnly
from billing.models import Price
from echoes.kernel import clock, naming
from echoes.kernel.errors import EchoesError
from echoes.kernel.storage import base as storages
from providers import access, alerts, connections, forms, instructions, labels, spending, staff
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

naming.give(labels.ROWS, labels.COLUMNS)

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
        (gettext_lazy("What it can do"), {"fields": ABILITIES}),
        (gettext_lazy("Money"), {"fields": MONEY}),
        (gettext_lazy("How it is offered"), {"fields": OFFER}),
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

    @admin.display(description=gettext_lazy("capability"), ordering="capability")
    def does(self, model: Model) -> str:
        return str(model.get_capability_display()).partition(":")[0]

    @admin.display(description=gettext_lazy("model"), ordering="title")
    def name(self, model: Model) -> str:
        if not model.is_default:
            return model.title
        return format_html('{} <span class="staff-service">{}</span>', model.title, gettext("default"))

    @admin.display(description=gettext_lazy("service"), ordering="provider")
    def service(self, model: Model) -> str:
        if model.provider in connections.simulated():
            state, sentence = "simulated", gettext("simulated here")
        elif connections.is_connected(model.provider):
            state, sentence = "connected", gettext("connected")
        else:
            state, sentence = "missing", gettext("not connected")
        label = str(model.get_provider_display())
        if model.provider == Provider.LOCAL:
            return label
        return format_html('{} <span class="staff-service" data-state="{}">{}</span>', label, state, sentence)

    @admin.display(description=gettext_lazy("USD"), ordering="usd")
    def dollars(self, model: Model) -> str:
        if staff.is_free(model):
            return "–"
        text = gettext("{usd} a {unit}, by tokens") if model.token_prices else gettext("{usd} a {unit}")
        return text.format(usd=f"{model.usd.normalize():f}", unit=model.get_unit_display())

    @admin.display(description=gettext_lazy("credits"), ordering="in_credits")
    def credits(self, model: Any) -> str:
        if model.in_credits is not None:
            return str(model.in_credits)
        if staff.is_free(model):
            return gettext("free")
        if model.capability in staff.SOLD and model.is_on:
            return _near(gettext("no price"))
        return "–"

    @admin.display(description=gettext_lazy("time"), ordering="expected_seconds")
    def usual_time(self, model: Model) -> str:
        text = gettext("{count} s").format(count=model.expected_seconds)
        return text if model.expected_seconds else "–"

    @admin.display(description=gettext_lazy("retires on"), ordering="retires_on")
    def retires(self, model: Model) -> str:
        if model.retires_on is None:
            return "–"
        day = dated(model.retires_on, "j M Y")
        near = alerts.is_near(model.retires_on, today=clock.now().date())
        return _near(day) if near else day

    @admin.display(description=gettext_lazy("sample"))
    def sample_link(self, model: Model) -> str:
        if not model.sample:
            return gettext("None. Try the model, and use what comes as its sample.")
        link = storages.get("photos").signed_url(model.sample, now=clock.now().timestamp())
        return format_html('<a href="{}">{}</a>', link, model.sample)

    @admin.display(description=gettext_lazy("trials"))
    def trials(self, model: Model) -> str:
        address = reverse("admin:providers_trial_changelist")
        words = gettext("All trials of this model")
        return format_html('<a href="{}?model__exact={}">{}</a>', address, model.pk, words)

    # ---- actions --------------------------------------------------------------------------------

    @admin.action(description=gettext_lazy("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        self._switch(request, queryset, on=True)

    @admin.action(description=gettext_lazy("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        self._switch(request, queryset, on=False)

    @admin.action(description=gettext_lazy("Make the default of its capability"), permissions=["change"])
    def make_default(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        chosen = list(queryset)
        if len({model.capability for model in chosen}) < len(chosen):
            messages.error(request, gettext("Choose one model of a capability: it can have one default."))
            return
        for model in chosen:
            with _refusals(request, model):
                staff.make_default(model=model, by=request.user)
                messages.success(request, gettext("{model} is the default now.").format(model=model))

    @admin.action(description=gettext_lazy("Have no default"), permissions=["change"])
    def drop_default(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        dropped = [model for model in queryset if staff.drop_default(model=model, by=request.user)]
        for model in dropped:
            text = gettext("{model} is no longer the default: the first in order is used.")
            messages.success(request, text.format(model=model))

    def _switch(self, request: HttpRequest, queryset: QuerySet[Model], *, on: bool) -> None:
        changed = 0
        for model in queryset:
            with _refusals(request, model):
                changed += staff.switch(model=model, on=on, by=request.user)
        if changed:
            text = gettext("Switched on: {count}.") if on else gettext("Switched off: {count}.")
            messages.success(request, text.format(count=changed))


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

    @admin.display(description=gettext_lazy("model"))
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

    @admin.display(description=gettext_lazy("spent in 30 days, USD"))
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

    @admin.display(description=gettext_lazy("what it is for"))
    def purpose(self, row: Instruction) -> str:
        known = instructions.KEYS.get(row.key)
        return str(known.purpose) if known else gettext("Nothing asks for it.")

    @admin.display(description=gettext_lazy("default"))
    def default(self, row: Instruction) -> str:
        return instructions.KEYS[row.key].default if row.key in instructions.KEYS else "–"

    @admin.display(description=gettext_lazy("what is told"))
    def told(self, row: Instruction) -> str:
        text = row.text or self.default(row)
        return text if len(text) <= 120 else f"{text[:117]}…"

    @admin.display(description=gettext_lazy("changed by us"), boolean=True)
    def is_ours(self, row: Instruction) -> bool:
        return bool(row.text)

    @admin.action(description=gettext_lazy("Reset to the default"), permissions=["change"])
    def reset(self, request: HttpRequest, queryset: QuerySet[Instruction]) -> None:
        for row in queryset.exclude(text=""):
            row.text = ""
            row.save(update_fields=["text", "changed_at"])
            self.log_change(request, row, gettext("Reset to the default."))
        messages.success(request, gettext("The defaults are told again."))

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
