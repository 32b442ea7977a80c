"""Credits move here and nowhere else.

An account's row is locked, entries are written, and the balance is saved, in one transaction. The balance is
what can be spent: a hold takes its amount out at once, a capture moves nothing, a release brings it back.
Credits that come in settle a debt first. The database itself refuses a balance below zero, a second entry of
one kind and reference, and a change of what was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext, ngettext

from billing.models import Account, Entry, Hold, Purchase
from billing.movements import Kind
from echoes.kernel import live
from echoes.kernel.errors import EchoesError

LONGEST = timedelta(days=2)
"""Longer than any job lives."""

_STANDING = (Hold.Status.OPEN, Hold.Status.CAPTURED)


class NotEnoughCredits(EchoesError):
    """You have not enough credits for this."""

    code = "not_enough_credits"

    def __init__(self, *, needed: int, balance: int, debt: int = 0) -> None:
        super().__init__(_short(needed, balance, debt))
        self.needed = needed
        self.balance = balance
        self.debt = debt

    @property
    def missing(self) -> int:
        """What would have to be bought."""
        return self.needed - self.balance + self.debt


class NotHeld(EchoesError):
    """These credits are not held any more."""

    code = "not_held"


@dataclass(frozen=True)
class Wanted:
    """What a job wants set aside. `redo_of` is the paid hold whose free redo it is, and then nothing is."""

    reference: str
    amount: int
    model: str
    title: str = ""
    link: str = ""
    redo_of: Hold | None = None


@dataclass(frozen=True)
class _Move:
    kind: Kind
    amount: int
    reference: str
    debt: int = 0
    note: str = ""
    hold: Hold | None = None
    purchase: Purchase | None = None
    by: Any = None


def account_of(user: Any) -> Account:
    """Somebody's account; it is made when it is first asked for."""
    account, _ = Account.objects.get_or_create(user=user)
    return account


@transaction.atomic
def grant(
    *,
    account: Account,
    kind: Kind,
    amount: int,
    reference: str,
    now: datetime,
    note: str = "",
    by: Any = None,
    purchase: Purchase | None = None,
) -> Entry:
    """Credits come in, and settle a debt first. The same reference again gives the first entry."""
    locked = _locked(account)
    if done := Entry.objects.filter(kind=kind, reference=reference).first():
        return done
    move = _Move(kind, amount, reference, note=note, by=by, purchase=purchase)
    return _write(locked, _into(locked, move), now=now)[0]


@transaction.atomic
def take_back(
    *,
    account: Account,
    kind: Kind,
    amount: int,
    reference: str,
    now: datetime,
    purchase: Purchase | None = None,
) -> Entry:
    """Credits go back whence they came; what has been spent of them already is owed."""
    locked = _locked(account)
    if done := Entry.objects.filter(kind=kind, reference=reference).first():
        return done
    there = min(locked.balance, amount)
    move = _Move(kind, -there, reference, debt=amount - there, purchase=purchase)
    return _write(locked, [move], now=now)[0]


@transaction.atomic
def adjust(*, account: Account, amount: int, reason: str, reference: str, by: Any, now: datetime) -> Entry:
    """Staff give or take, and say why. Raises NotEnoughCredits: staff take no more than there is."""
    if amount > 0:
        return grant(
            account=account,
            kind=Kind.ADJUSTMENT,
            amount=amount,
            reference=reference,
            note=reason,
            by=by,
            now=now,
        )
    locked = _locked(account)
    if done := Entry.objects.filter(kind=Kind.ADJUSTMENT, reference=reference).first():
        return done
    _check(locked, -amount)
    return _write(locked, [_Move(Kind.ADJUSTMENT, amount, reference, note=reason, by=by)], now=now)[0]


def hold(*, account: Account, wanted: Wanted, now: datetime) -> Hold:
    """Set credits aside for a job; raises NotEnoughCredits."""
    return hold_each(account=account, wanted=[wanted], now=now)[0]


@transaction.atomic
def hold_each(*, account: Account, wanted: Sequence[Wanted], now: datetime) -> list[Hold]:
    """Set credits aside for all of these jobs or for none; as many queries for many as for one."""
    locked = _locked(account)
    _check(locked, sum(each.amount for each in wanted))
    holds = Hold.objects.bulk_create(
        Hold(
            account=locked,
            amount=each.amount,
            reference=each.reference,
            model=each.model,
            title=each.title[:200],
            link=each.link,
            redo_of=each.redo_of,
            created_at=now,
            expires_at=now + LONGEST,
        )
        for each in wanted
    )
    _write(locked, [_held(made) for made in holds], now=now)
    return holds


@transaction.atomic
def capture(*, hold: Hold, now: datetime) -> Hold:
    """It was delivered: the credits are ours. Raises NotHeld for one that has ended."""
    _end(hold, Hold.Status.CAPTURED, since=Hold.Status.OPEN, now=now)
    _tell(hold.account)
    return hold


@transaction.atomic
def release(*, hold: Hold, now: datetime) -> Hold:
    """It was not delivered: the credits go back, and a free redo is free again. Raises NotHeld for one that
    has ended."""
    return _give_back(hold, since=Hold.Status.OPEN, now=now)


@transaction.atomic
def undo(*, hold: Hold, now: datetime) -> Hold:
    """What was delivered has been lost by us: as if it had never been. Raises NotHeld for one that was not
    captured."""
    return _give_back(hold, since=Hold.Status.CAPTURED, now=now)


@transaction.atomic
def hold_again(*, hold: Hold, now: datetime) -> Hold:
    """What was given back is set aside once more, at the same price, since its job is tried again. Raises
    NotEnoughCredits. A free redo that was used meanwhile has to be paid like its first."""
    first = hold.redo_of
    is_free = bool(first) and not first.redos.filter(status__in=_STANDING).exists()  # type: ignore[union-attr]
    amount = hold.amount or (0 if is_free or first is None else first.amount)
    wanted = Wanted(
        reference=hold.reference,
        amount=amount,
        model=hold.model,
        title=hold.title,
        link=hold.link,
        redo_of=first if is_free else None,
    )
    return hold_each(account=hold.account, wanted=[wanted], now=now)[0]


def free_redo(*, holds: Sequence[UUID], model: str) -> Hold | None:
    """The first of these that was paid, delivered, and not redone for free."""
    return _redoable(holds).filter(model=model).order_by("created_at", "pk").first()


def redoable(*, holds: Sequence[UUID]) -> set[UUID]:
    """Of these, those of which one more would cost nothing. One query."""
    return set(_redoable(holds).values_list("pk", flat=True))


def _redoable(holds: Sequence[UUID]) -> QuerySet[Hold]:
    redone = Hold.objects.filter(redo_of=OuterRef("pk"), status__in=_STANDING)
    return Hold.objects.filter(~Exists(redone), pk__in=holds, status=Hold.Status.CAPTURED, amount__gt=0)


def _locked(account: Account) -> Account:
    """Everybody who moves these credits waits here for the one before."""
    return Account.objects.select_for_update(of=("self",)).get(pk=account.pk)


def _check(account: Account, needed: int) -> None:
    if needed > account.balance:
        raise NotEnoughCredits(needed=needed, balance=account.balance, debt=account.debt)


def _into(account: Account, move: _Move) -> list[_Move]:
    """What comes in settles a debt first."""
    settled = min(account.debt, move.amount)
    if not settled:
        return [move]
    return [move, _Move(Kind.REPAYMENT, -settled, f"{move.kind}:{move.reference}", debt=-settled)]


def _held(hold: Hold) -> _Move:
    kind = Kind.REDO if hold.redo_of_id else Kind.GENERATION
    return _Move(kind, -hold.amount, str(hold.pk), hold=hold)


def _give_back(hold: Hold, *, since: str, now: datetime) -> Hold:
    _end(hold, Hold.Status.RELEASED, since=since, now=now)
    locked = _locked(hold.account)
    _write(locked, _into(locked, _Move(Kind.RELEASE, hold.amount, str(hold.pk), hold=hold)), now=now)
    return hold


def _end(hold: Hold, status: str, *, since: str, now: datetime) -> None:
    if not Hold.objects.filter(pk=hold.pk, status=since).update(status=status, ended_at=now):
        raise NotHeld
    hold.status, hold.ended_at = status, now


def _write(locked: Account, moves: Sequence[_Move], *, now: datetime) -> list[Entry]:
    """Entries, and the balance that they make; the account's row is locked by this transaction."""
    entries = []
    for move in moves:
        locked.balance += move.amount
        locked.debt += move.debt
        entries.append(
            Entry(
                account=locked,
                kind=move.kind,
                amount=move.amount,
                debt=move.debt,
                balance_after=locked.balance,
                reference=move.reference,
                note=move.note,
                hold=move.hold,
                purchase=move.purchase,
                by=move.by,
                created_at=now,
            )
        )
    Entry.objects.bulk_create(entries)
    locked.save(update_fields=["balance", "debt"])
    _tell(locked)
    return entries


def _tell(account: Account) -> None:
    """Its owner's pages look again."""
    if account.user_id:
        live.poke(user_id=account.user_id, topic="credits", id=account.pk, state="changed")


def _short(needed: int, balance: int, debt: int) -> str:
    if debt:
        words = gettext(
            "You owe {credits}, since a payment was taken back. Until that is settled nothing can be spent."
        )
        return words.format(credits=credits(debt))
    return gettext("This takes {credits}, and you have {balance}.").format(
        credits=credits(needed), balance=balance
    )


def credits(amount: int) -> str:
    """In words."""
    return ngettext("{count} credit", "{count} credits", amount).format(count=amount)
