"""Whether the books agree: every rule of the ledger, asked of all rows at once.

`manage.py reconcile` prints what differs, and so does the staff's page; there should never be anything.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Set
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from billing import ledger
from billing.models import Account, Entry, Hold, Purchase
from billing.movements import Kind

Live = Callable[[Set[str]], set[str]]
"""Of these ids of jobs, those that have not ended."""


def differences() -> list[str]:
    """A sentence for each thing that does not agree."""
    return [sentence for check in CHECKS for sentence in check()]


def release_abandoned(*, now: datetime) -> int:
    """Give back what is held for jobs that have ended or are gone without a word, once it has expired."""
    abandoned = _without_job(Hold.objects.filter(status=Hold.Status.OPEN, expires_at__lt=now))
    for hold in Hold.objects.filter(pk__in=abandoned).select_related("account"):
        with contextlib.suppress(ledger.NotHeld):  # another clock was first
            ledger.release(hold=hold, now=now)
    return len(abandoned)


def _balances() -> Iterator[str]:
    sums = Account.objects.annotate(
        moved=Sum("entries__amount", default=0), owing=Sum("entries__debt", default=0)
    )
    for account in sums.exclude(balance=F("moved"), debt=F("owing")):
        text = gettext(
            "account {id}: has {balance} and owes {debt}, but its entries make {moved} and {owing}"
        )
        yield text.format(
            id=account.pk,
            balance=account.balance,
            debt=account.debt,
            moved=account.moved,
            owing=account.owing,
        )


def _last_entries() -> Iterator[str]:
    newest = Entry.objects.filter(account=OuterRef("pk")).order_by("-id").values("balance_after")[:1]
    stated = Account.objects.annotate(last=Subquery(newest)).exclude(last=None)
    for account in stated.exclude(balance=F("last")):
        text = gettext("account {id}: has {balance}, but its last entry says {last}")
        yield text.format(id=account.pk, balance=account.balance, last=account.last)


def _holds() -> Iterator[str]:
    """A hold took its amount out once, and gave it back once if it was released, and else never."""
    out = Q(entries__kind__in=[Kind.GENERATION, Kind.REDO])
    back = Q(entries__kind=Kind.RELEASE)
    counted = Hold.objects.annotate(
        outs=Count("entries", filter=out),
        backs=Count("entries", filter=back),
        out=Sum("entries__amount", filter=out, default=0),
        back=Sum("entries__amount", filter=back, default=0),
    )
    released = Q(status=Hold.Status.RELEASED, backs=1, back=F("amount"))
    standing = Q(status__in=[Hold.Status.OPEN, Hold.Status.CAPTURED], backs=0)
    for hold in counted.exclude(Q(outs=1, out=-F("amount")) & (released | standing)):
        text = gettext("hold {id}: {status}, {amount}, but its entries took {taken} and gave {back} back")
        yield text.format(
            id=hold.pk,
            status=str(hold.get_status_display()).lower(),
            amount=hold.amount,
            taken=-hold.out,
            back=hold.back,
        )


def _jobs() -> Iterator[str]:
    lost = _without_job(Hold.objects.filter(status=Hold.Status.OPEN))
    text = gettext("hold {id}: its job has ended")
    yield from (text.format(id=pk) for pk in sorted(lost, key=str))


def _purchases() -> Iterator[str]:
    """What was paid was granted once, and what went back was taken once."""
    bought = Q(entries__kind=Kind.PURCHASE)
    taken = Q(entries__kind__in=[Kind.REFUND, Kind.CHARGEBACK])
    counted = Purchase.objects.annotate(
        grants=Count("entries", filter=bought),
        granted=Sum("entries__amount", filter=bought, default=0),
        taken=Sum(F("entries__debt") - F("entries__amount"), filter=taken, default=0),
        restored=Sum("entries__amount", filter=Q(entries__kind=Kind.RESTORED), default=0),
    )
    back = F("refunded_credits") + F("disputed_credits")
    paid = Q(status=Purchase.Status.PAID, grants=1, granted=F("credits"), taken=back + F("restored"))
    unpaid = ~Q(status=Purchase.Status.PAID) & Q(grants=0, taken=0)
    for purchase in counted.exclude(paid | unpaid):
        text = gettext(
            "purchase {id}: {status}, {credits} credits, granted {granted}, taken back {taken}, "
            "restored {restored}"
        )
        yield text.format(
            id=purchase.pk,
            status=purchase.status,
            credits=purchase.credits,
            granted=purchase.granted,
            taken=purchase.taken,
            restored=purchase.restored,
        )


def _without_job(holds: QuerySet[Hold]) -> set[UUID]:
    """Open holds of these whose job lives no more; settings.HOLDERS knows whom to ask about each kind."""
    asked: dict[str, dict[str, UUID]] = defaultdict(dict)
    for pk, reference in holds.values_list("pk", "reference"):
        kind, _, job = reference.partition(":")
        asked[kind][job] = pk
    lost: set[UUID] = set()
    for kind, jobs in asked.items():
        live = _live(kind, jobs.keys())
        lost |= {pk for job, pk in jobs.items() if job not in live}
    # A job that ended since the first look has ended its hold in the same transaction.
    return set(Hold.objects.filter(pk__in=lost, status=Hold.Status.OPEN).values_list("pk", flat=True))


def _live(kind: str, jobs: Set[str]) -> set[str]:
    holder: Live | None = import_string(settings.HOLDERS[kind]) if kind in settings.HOLDERS else None
    return holder(jobs) if holder else set()


CHECKS = (_balances, _last_entries, _holds, _jobs, _purchases)
