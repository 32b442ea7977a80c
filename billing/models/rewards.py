"""Credits that are given: how many, to whom, and what keeps anybody from having them twice."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from billing.models.ledger import Account
from billing.models.shop import Purchase


class Reward(models.Model):
    """How many credits are given for what, edited by staff: one row, or none, and then these defaults."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    signup = models.PositiveIntegerField(
        default=1, help_text=gettext_lazy("Once the email address is confirmed.")
    )
    referrer = models.PositiveIntegerField(default=2, help_text=gettext_lazy("When the friend first buys."))
    friend = models.PositiveIntegerField(default=1, help_text=gettext_lazy("When they first buy."))
    share = models.PositiveIntegerField(
        default=1, help_text=gettext_lazy("When a stranger first plays a shared film.")
    )
    shares_a_month = models.PositiveIntegerField(default=5)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(id=1), name="billing_one_row_of_rewards"),
        ]

    def __str__(self) -> str:
        return gettext("Rewards")


class Referral(models.Model):
    """Somebody came by somebody else's link."""

    referrer = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="referrals")
    friend = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="referral")
    purchase = models.ForeignKey(
        Purchase,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=gettext_lazy("The friend's first."),
    )
    note = models.CharField(max_length=200, blank=True, help_text=gettext_lazy("Why nothing was given."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    rewarded_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(referrer=F("friend")), name="billing_not_by_oneself"),
        ]

    def __str__(self) -> str:
        return gettext("{referrer} brought {friend}").format(referrer=self.referrer, friend=self.friend)


class Benefit(models.Model):
    """A person, known by a keyed digest alone, has had this. The digest outlives the account, so leaving and
    coming back brings nothing; the address cannot be read from it."""

    kind = models.CharField(max_length=20)
    person = models.CharField(max_length=64)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="benefits")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "person"], name="billing_benefit_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.person[:8]}"
