"""Accounts, the entries that moved their balance, and what is held. `billing.ledger` is their only writer."""

from __future__ import annotations

import secrets
import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from billing import movements
from billing.movements import Kind

CODE_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another
CODE_LENGTH = 10


def new_code() -> str:
    return "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))


class Account(models.Model):
    """Somebody's credits. It outlives the person: what was moved stays written, for nobody in particular."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="account"
    )
    balance = models.IntegerField(
        default=0, help_text=gettext_lazy("Whole credits that can be spent; what is held is not.")
    )
    debt = models.IntegerField(
        default=0, help_text=gettext_lazy("Credits taken back that were spent already.")
    )
    referral_code = models.SlugField(max_length=20, unique=True, default=new_code, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(balance__gte=0), name="billing_balance_not_negative"),
            models.CheckConstraint(condition=Q(debt__gte=0), name="billing_debt_not_negative"),
            # Whoever owes has nothing left to spend: what comes in settles the debt first.
            models.CheckConstraint(condition=Q(debt=0) | Q(balance=0), name="billing_owes_or_has"),
        ]

    def __str__(self) -> str:
        if self.user_id:
            return str(self.user)
        return gettext("nobody's account {id}").format(id=str(self.pk)[:8])


class Hold(models.Model):
    """Credits set aside for a job until it has ended. The amount has left the balance already."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("of a hold", "Open")
        CAPTURED = "captured", pgettext_lazy("of a hold", "Captured")
        RELEASED = "released", pgettext_lazy("of a hold", "Released")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="holds")
    amount = models.PositiveIntegerField(help_text=gettext_lazy("0 for a free redo."))
    reference = models.CharField(max_length=80, help_text=gettext_lazy("The job, as kind:id."))
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    redo_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="redos",
        help_text=gettext_lazy("The paid one whose free redo this is."),
    )
    model = models.CharField(max_length=60, blank=True, help_text=gettext_lazy("What it pays for."))
    title = models.CharField(
        max_length=200, blank=True, help_text=gettext_lazy("For the person; emptied when they leave.")
    )
    link = models.CharField(max_length=300, blank=True, help_text=gettext_lazy("A path to what it paid for."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(
        help_text=gettext_lazy("After this it is given back if its job has ended.")
    )
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["reference"],
                condition=Q(status__in=["open", "captured"]),
                name="billing_held_once",
            ),
            models.UniqueConstraint(
                fields=["redo_of"], condition=Q(status__in=["open", "captured"]), name="billing_one_redo"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, redo_of__isnull=True) | Q(amount=0, redo_of__isnull=False),
                name="billing_only_a_redo_is_free",
            ),
            models.CheckConstraint(
                condition=Q(status="open", ended_at__isnull=True)
                | (~Q(status="open") & Q(ended_at__isnull=False)),
                name="billing_hold_ended",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["expires_at"], name="billing_hold_open", condition=Q(status="open")),
        ]

    def __str__(self) -> str:
        return gettext("{amount} for {reference}").format(amount=self.amount, reference=self.reference)


class Entry(models.Model):
    """One movement of credits. Written once: a trigger refuses to change or remove it."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    amount = models.IntegerField(help_text=gettext_lazy("Credits; less than nothing when they leave."))
    debt = models.IntegerField(default=0, help_text=gettext_lazy("By how much the debt grew."))
    balance_after = models.IntegerField()
    reference = models.CharField(
        max_length=120, help_text=gettext_lazy("With the kind, it names what happened, once.")
    )
    note = models.CharField(
        max_length=300, blank=True, help_text=gettext_lazy("The reason, where staff gave one.")
    )
    hold = models.ForeignKey(Hold, null=True, on_delete=models.PROTECT, related_name="entries")
    purchase = models.ForeignKey(
        "billing.Purchase", null=True, on_delete=models.PROTECT, related_name="entries"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = gettext_lazy("entries")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "reference"], name="billing_entry_once"),
            models.CheckConstraint(condition=movements.signs(), name="billing_entry_sign"),
            models.CheckConstraint(
                condition=~Q(kind=Kind.ADJUSTMENT) | ~Q(note=""), name="billing_entry_has_reason"
            ),
            models.CheckConstraint(condition=Q(balance_after__gte=0), name="billing_entry_balance"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(F("account"), F("id").desc(), name="billing_entry_newest"),
        ]

    def __str__(self) -> str:
        return f"{str(self.get_kind_display()).lower()} {self.amount:+d}"
