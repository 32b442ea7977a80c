"""The models that can be used, what they may cost, what may not be sent to them, and what was."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from jobs.models import RemoteJob
from jobs.states import State
from providers.capabilities import Capability, Spec
from providers.connections import Provider


class Unit(models.TextChoices):
    """What a model's price is for."""

    SECOND = "second", gettext_lazy("second made")
    IMAGE = "image", gettext_lazy("picture")
    MINUTE = "minute", gettext_lazy("minute heard")
    RUN = "run", gettext_lazy("run")


class PromptUnit(models.TextChoices):
    """How a service counts the length of words."""

    CHARACTER = "character", gettext_lazy("characters")
    UTF16 = "utf16", gettext_lazy("UTF-16 units (most emoji count twice)")


def _no_options() -> dict[str, Any]:
    return {}


def _nothing() -> list[Any]:
    return []


class ModelQuerySet(models.QuerySet["Model"]):
    def in_order(self) -> ModelQuerySet:
        return self.order_by("capability", "position", "slug")


class Model(models.Model):
    """A model of a service, as staff offer it. What it costs people is `billing.models.Price`, of the same
    name; without a price a model that is not made here is offered to staff alone, for a trial."""

    slug = models.SlugField(
        max_length=60, primary_key=True, help_text=gettext_lazy("Our name for it; it never changes.")
    )
    capability = models.CharField(max_length=12, choices=Capability.choices)
    provider = models.CharField(max_length=12, choices=Provider.choices)
    wire = models.CharField(max_length=140, help_text=gettext_lazy("The service's own name for it."))
    options = models.JSONField(
        default=_no_options,
        blank=True,
        help_text=gettext_lazy("Fields that go into every request as they are."),
    )
    title = models.CharField(max_length=60, help_text=gettext_lazy("What people read."))
    note = models.CharField(
        max_length=120, blank=True, help_text=gettext_lazy("What it is good at, in a few words.")
    )
    lengths = models.JSONField(
        default=_nothing, blank=True, help_text=gettext_lazy("Seconds that it can make, such as [5, 10].")
    )
    aspects = models.JSONField(
        default=_nothing,
        blank=True,
        help_text=gettext_lazy('Shapes that it can make, such as ["16:9", "9:16"]; [] is any.'),
    )
    prompt_limit = models.PositiveIntegerField(
        default=1_000, help_text=gettext_lazy("The longest words that it takes.")
    )
    prompt_unit = models.CharField(max_length=10, choices=PromptUnit.choices, default=PromptUnit.CHARACTER)
    prompt_needed = models.BooleanField(
        default=False, help_text=gettext_lazy("It takes no order without words.")
    )
    languages = models.JSONField(
        default=_nothing,
        blank=True,
        help_text=gettext_lazy('Languages that it understands, such as ["en"]; [] is any.'),
    )
    unit = models.CharField(max_length=8, choices=Unit.choices, default=Unit.RUN)
    usd = models.DecimalField(
        max_digits=10,
        decimal_places=6,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
        help_text=gettext_lazy("What the service asks of us for one unit, where it does not say so itself."),
    )
    token_prices = models.JSONField(
        default=_no_options,
        blank=True,
        help_text=gettext_lazy(
            'Where it is paid by tokens: dollars for a million, such as {"input": 0.1, "output": 0.5}.'
        ),
    )
    expected_seconds = models.PositiveIntegerField(
        default=0, help_text=gettext_lazy("How long it usually takes.")
    )
    at_once = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text=gettext_lazy("Jobs that it may have at once; empty: what the service allows."),
    )
    sample = models.CharField(
        max_length=400, blank=True, help_text=gettext_lazy("Key of a film or picture that it made.")
    )
    position = models.PositiveSmallIntegerField(default=100, help_text=gettext_lazy("Smaller comes first."))
    is_on = models.BooleanField(default=True, help_text=gettext_lazy("Whether it is offered."))
    is_default = models.BooleanField(
        default=False, help_text=gettext_lazy("The one that is used where nobody chooses.")
    )
    retires_on = models.DateField(
        null=True, blank=True, help_text=gettext_lazy("When the service switches it off.")
    )
    changed_at = models.DateTimeField(auto_now=True)

    objects = ModelQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["capability"], condition=Q(is_default=True), name="providers_one_default"
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(is_on=True), name="providers_default_is_on"
            ),
            models.CheckConstraint(condition=Q(usd__gte=0), name="providers_usd_not_negative"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def spec(self) -> Spec:
        """What its adapter needs to know."""
        return Spec(self.slug, Capability(self.capability), self.wire, self.options, prices=self.token_prices)


class Instruction(models.Model):
    """What we tell a model before somebody's own words, edited by staff. `key` is one of
    `providers.instructions.KEYS`."""

    key = models.SlugField(max_length=40, primary_key=True)
    text = models.TextField(max_length=4_000)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.key


class Withheld(models.Model):
    """Something of a person's that is never sent to a service: a photo, or all that is in a project."""

    class What(models.TextChoices):
        ASSET = "asset", gettext_lazy("Photo")
        PROJECT = "project", gettext_lazy("Project")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=7, choices=What.choices)
    subject = models.UUIDField(help_text=gettext_lazy("The asset's or the project's id."))
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = gettext_lazy("thing never sent")
        verbose_name_plural = gettext_lazy("things never sent")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "what", "subject"], name="providers_withheld_once"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.subject}"


class Disclosure(models.Model):
    """A photo, or words, went to a service. Written before it goes, and never changed."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=12, choices=Provider.choices)
    model = models.CharField(max_length=60, help_text=gettext_lazy("Our name for it."))
    asset = models.UUIDField(null=True, help_text=gettext_lazy("Empty where only words went."))
    project = models.UUIDField(null=True)
    reference = models.CharField(max_length=80, help_text=gettext_lazy("What for, as kind:id of the job."))
    words = models.TextField(blank=True, help_text=gettext_lazy("The words that went along."))
    size = models.PositiveBigIntegerField(default=0, help_text=gettext_lazy("Bytes of the copy that went."))
    simulated = models.BooleanField(default=False, help_text=gettext_lazy("The service was a simulated one."))
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["owner", "-at"], name="providers_sent_to"),
            models.Index(fields=["asset"], name="providers_sent_of"),
        ]

    def __str__(self) -> str:
        return gettext("{what} to {service}").format(
            what=self.asset or gettext("words"), service=self.provider
        )


class Cap(models.Model):
    """The most that may be spent at services in thirty days, in US dollars. A limit for everybody stands for
    each person; one for a person overrules it."""

    class Scope(models.TextChoices):
        ALL = "all", gettext_lazy("The whole installation")
        PERSON = "person", gettext_lazy("Each person")
        PROJECT = "project", gettext_lazy("Each project")

    scope = models.CharField(max_length=8, choices=Scope.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=gettext_lazy("Of a person's own limit."),
    )
    usd = models.DecimalField(max_digits=10, decimal_places=2, validators=[MinValueValidator(Decimal(0))])
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["scope", "user"], name="providers_cap_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(user=None) | Q(scope="person"), name="providers_cap_of_person"
            ),
            models.CheckConstraint(condition=Q(usd__gte=0), name="providers_cap_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()}: {self.usd} USD"


class Judgement(models.Model):
    """What moderation said of words or of a picture; the same is not asked twice."""

    digest = models.CharField(max_length=64, help_text=gettext_lazy("Of the words, or the picture's bytes."))
    model = models.CharField(max_length=60)
    flagged = models.BooleanField()
    unsure = models.BooleanField()
    scores = models.JSONField(default=_no_options)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["digest", "model"], name="providers_judged_once"),
        ]

    def __str__(self) -> str:
        return gettext("flagged") if self.flagged else gettext("passed")


class Trial(RemoteJob):
    """Staff try a model: one order with our own example, and what came of it. The installation pays."""

    kind: ClassVar[str] = "trial"

    model = models.SlugField(max_length=60)
    words = models.CharField(max_length=1_000, blank=True)
    seed = models.PositiveIntegerField(default=1)
    key = models.CharField(
        max_length=400, blank=True, help_text=gettext_lazy("Of what was made, in the store of photos.")
    )
    said = models.JSONField(default=_no_options, help_text=gettext_lazy("What it answered in words."))

    class Meta(RemoteJob.Meta):
        abstract = False
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *RemoteJob.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(state=State.SUCCEEDED) | ~Q(key="") | ~Q(said={}),
                name="providers_trial_has_result",
            ),
        ]

    def __str__(self) -> str:
        text = gettext("trial of {model} {id}")
        return text.format(model=self.model, id=uuid.UUID(str(self.pk)).hex[:8])


class ServiceFact(models.Model):
    """What a service has said of itself when the clock last asked: what is left on our account, and which
    models it switches off."""

    class What(models.TextChoices):
        BALANCE = "balance", gettext_lazy("Balance, in US dollars")
        RETIRING = "retiring", gettext_lazy("Models that it switches off")

    provider = models.CharField(max_length=12, choices=Provider.choices)
    what = models.CharField(max_length=10, choices=What.choices)
    said = models.JSONField(default=_no_options)
    asked_at = models.DateTimeField(help_text=gettext_lazy("When it was asked, answered or not."))
    at = models.DateTimeField(null=True, help_text=gettext_lazy("When it said so."))

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["provider", "what"], name="providers_fact_once"),
        ]

    def __str__(self) -> str:
        text = gettext("{what} of {service}")
        return text.format(what=self.get_what_display(), service=self.get_provider_display())


class Alert(models.Model):
    """Something that staff should know of services, since when. It goes when it is not so any more."""

    key = models.CharField(
        max_length=120, primary_key=True, help_text=gettext_lazy("What is so, and of what.")
    )
    text = models.CharField(max_length=400)
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.text
