"""What is for sale, what was bought, and what Stripe told us."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from billing.models.ledger import Account


class PackQuerySet(models.QuerySet["Pack"]):
    def for_sale(self) -> PackQuerySet:
        """The smallest first."""
        return self.filter(is_active=True).order_by("credits", "pk")


class Pack(models.Model):
    """Credits at a price, edited by staff. A purchase keeps its own copy of both."""

    title = models.CharField(max_length=60)
    credits = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    amount = models.PositiveIntegerField(
        validators=[MinValueValidator(1)], help_text="In the currency's smallest unit: 500 is $5.00."
    )
    currency = models.CharField(
        max_length=3, validators=[RegexValidator("^[a-z]{3}$", "Three small letters.")]
    )
    badge = models.CharField(max_length=30, blank=True, help_text="A few words on it, such as “Most chosen”.")
    is_active = models.BooleanField(default=True, help_text="Whether it is for sale.")

    objects = PackQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(credits__gt=0, amount__gt=0), name="billing_pack_is_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.credits})"


class Purchase(models.Model):
    """Somebody's order of a pack, from the click to the money, and back if it comes to that."""

    class Status(models.TextChoices):
        OPEN = "open", gettext_lazy("not paid yet")
        PENDING = "pending", gettext_lazy("payment on its way")
        PAID = "paid", gettext_lazy("Paid")
        FAILED = "failed", gettext_lazy("payment failed")
        EXPIRED = "expired", gettext_lazy("never paid")
        UNFIT = "unfit", gettext_lazy("paid something else")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="purchases")
    pack = models.ForeignKey(Pack, null=True, on_delete=models.SET_NULL, related_name="purchases")
    title = models.CharField(max_length=60)
    credits = models.PositiveIntegerField()
    amount = models.PositiveIntegerField(help_text="The price, in the currency's smallest unit.")
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    back = models.CharField(max_length=300, blank=True, help_text="The page it was bought from.")
    session_id = models.CharField(max_length=200, blank=True, help_text="Stripe's checkout session.")
    checkout_url = models.TextField(blank=True)
    payment_intent = models.CharField(max_length=200, blank=True)
    total = models.PositiveIntegerField(default=0, help_text="What was paid, after a promotion code.")
    refunded = models.PositiveIntegerField(default=0, help_text="Of the money.")
    disputed = models.PositiveIntegerField(default=0, help_text="Of the money, by the bank.")
    refunded_credits = models.PositiveIntegerField(default=0)
    disputed_credits = models.PositiveIntegerField(default=0)
    receipt_url = models.TextField(blank=True)
    note = models.TextField(blank=True, help_text="For staff.")
    looks = models.PositiveIntegerField(default=0, help_text="Counts what was learned from Stripe.")
    looked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["session_id"], condition=~Q(session_id=""), name="billing_one_purchase_a_session"
            ),
            models.CheckConstraint(
                condition=Q(status="paid", paid_at__isnull=False)
                | (~Q(status="paid") & Q(paid_at__isnull=True)),
                name="billing_paid_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(credits__gte=models.F("refunded_credits") + models.F("disputed_credits")),
                name="billing_takes_back_no_more",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account", "created_at"], name="billing_purchases_of"),
            models.Index(
                fields=["looked_at"], name="billing_unpaid", condition=Q(status__in=["open", "pending"])
            ),
            models.Index(fields=["payment_intent"], name="billing_by_payment"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.status}"


class StripeEvent(models.Model):
    """A message of Stripe's as it came, kept before it is looked into. It says only that there is something
    to look at: what is true is asked of Stripe."""

    class Outcome(models.TextChoices):
        DONE = "done"
        IGNORED = "ignored"

    id = models.BigAutoField(primary_key=True)
    event_id = models.CharField(max_length=200, unique=True)
    type = models.CharField(max_length=80)
    api_version = models.CharField(max_length=40, blank=True)
    livemode = models.BooleanField()
    body = models.TextField(blank=True, help_text="Word for word; emptied after some months.")
    purchase = models.ForeignKey(Purchase, null=True, on_delete=models.SET_NULL, related_name="events")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    note = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(processed_at__isnull=True, outcome="")
                | (Q(processed_at__isnull=False) & ~Q(outcome="")),
                name="billing_event_outcome",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], name="billing_event_due", condition=Q(processed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
