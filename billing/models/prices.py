"""What a model costs whom: the customer, in credits; us, in US dollars."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy


class Price(models.Model):
    """What a model takes, edited by staff. A hold keeps what was asked when it was taken."""

    model = models.SlugField(max_length=60, primary_key=True)
    credits = models.PositiveIntegerField(
        validators=[MinValueValidator(1)], help_text=gettext_lazy("For each started five seconds.")
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(credits__gt=0), name="billing_price_is_something"),
            models.CheckConstraint(condition=~Q(model="local"), name="billing_local_is_free"),
        ]

    def __str__(self) -> str:
        return f"{self.model}: {self.credits}"


class Cost(models.Model):
    """What a provider asked of us for a job, delivered or not."""

    reference = models.CharField(max_length=80, help_text=gettext_lazy("The job, as kind:id."))
    charge = models.CharField(
        max_length=120, help_text=gettext_lazy("What it was for, such as the provider's id there.")
    )
    model = models.CharField(max_length=60)
    usd = models.DecimalField(max_digits=12, decimal_places=6)
    delivered = models.BooleanField(help_text=gettext_lazy("Whether it came to something."))
    estimated = models.BooleanField(
        default=False,
        db_default=False,
        help_text=gettext_lazy("The most that it may be; the provider has not said yet."),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=gettext_lazy("For whom; empty where they have left."),
    )
    project = models.UUIDField(null=True, help_text=gettext_lazy("For which project."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["reference", "charge"], name="billing_cost_once"),
            models.CheckConstraint(condition=Q(usd__gte=0), name="billing_cost_not_negative"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], name="billing_cost_when"),
            models.Index(fields=["user", "created_at"], name="billing_cost_whose"),
            models.Index(fields=["project", "created_at"], name="billing_cost_where"),
        ]

    def __str__(self) -> str:
        return gettext("{usd} USD for {reference}").format(usd=self.usd, reference=self.reference)
