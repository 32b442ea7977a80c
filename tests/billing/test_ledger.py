"""Nobody spends twice, goes below nothing, or pays for nothing."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from billing import ledger, reconcile
from billing.ledger import NotEnoughCredits, NotHeld
from billing.models import Account, Entry, Hold
from billing.movements import MOVEMENTS, Kind, Way
from echoes.kernel import clock
from tests.billing.made import MODEL, give, held, wanted

Balance = Callable[[Account], int]
THOROUGH = bool(os.environ.get("THOROUGH"))
"""Whether the goals' own numbers are wanted: `THOROUGH=1 make test ARGS=tests/billing`."""


def together(number: int, work: Callable[[int], Any]) -> list[Any]:
    """Do the work in so many threads at one moment; gives what each made of it, errors too."""
    barrier = threading.Barrier(number)

    def one(place: int) -> Any:
        try:
            barrier.wait()
            return work(place)
        except Exception as error:
            return error
        finally:
            close_old_connections()
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def spent(account: Account) -> int:
    return -(account.entries.filter(kind=Kind.GENERATION).aggregate(sum=Sum("amount"))["sum"] or 0)


@pytest.mark.django_db
class TestGrant:
    def test_adds_and_says_why(self, account: Account, balance: Balance) -> None:
        entry = ledger.grant(
            account=account, kind=Kind.SIGNUP, amount=1, reference="account:1", now=clock.now()
        )
        assert (balance(account), entry.amount, entry.balance_after) == (1, 1, 1)

    def test_happens_once_for_one_reference(self, account: Account, balance: Balance) -> None:
        words: dict[str, Any] = {"account": account, "kind": Kind.SHARE, "amount": 1, "reference": "film:1"}
        assert ledger.grant(**words, now=clock.now()) == ledger.grant(**words, now=clock.now())
        assert balance(account) == 1

    def test_settles_a_debt_first(self, account: Account, balance: Balance) -> None:
        ledger.take_back(account=account, kind=Kind.REFUND, amount=4, reference="x", now=clock.now())
        give(account, 3)
        assert (balance(account), account.debt) == (0, 1)
        give(account, 3)
        assert (balance(account), account.debt) == (2, 0)


@pytest.mark.django_db
class TestTakeBack:
    def test_takes_what_is_there_and_writes_the_rest_down_as_owed(
        self, account: Account, balance: Balance
    ) -> None:
        give(account, 3)
        ledger.take_back(account=account, kind=Kind.CHARGEBACK, amount=10, reference="x", now=clock.now())
        assert (balance(account), account.debt) == (0, 7)

    def test_happens_once(self, account: Account, balance: Balance) -> None:
        give(account, 3)
        for _ in range(2):
            ledger.take_back(account=account, kind=Kind.REFUND, amount=2, reference="x", now=clock.now())
        assert balance(account) == 1

    def test_blocks_spending_until_it_is_settled(self, account: Account) -> None:
        ledger.take_back(account=account, kind=Kind.REFUND, amount=1, reference="x", now=clock.now())
        with pytest.raises(NotEnoughCredits, match="You owe 1 credit"):
            held(account)


@pytest.mark.django_db
class TestAdjust:
    def test_needs_a_reason(self, account: Account, robin: User) -> None:
        words: dict[str, Any] = {"account": account, "reference": "staff:1", "by": robin, "now": clock.now()}
        with pytest.raises(IntegrityError), transaction.atomic():
            ledger.adjust(amount=5, reason="", **words)

    def test_takes_no_more_than_there_is(self, account: Account, robin: User, balance: Balance) -> None:
        give(account, 2)
        words: dict[str, Any] = {"account": account, "by": robin, "now": clock.now(), "reason": "A mistake."}
        with pytest.raises(NotEnoughCredits):
            ledger.adjust(amount=-3, reference="staff:1", **words)
        ledger.adjust(amount=-2, reference="staff:2", **words)
        assert balance(account) == 0


@pytest.mark.django_db
class TestHold:
    def test_leaves_the_balance_at_once(self, account: Account, balance: Balance) -> None:
        give(account, 5)
        held(account, 3)
        assert balance(account) == 2

    def test_is_refused_when_there_is_not_enough(self, account: Account, balance: Balance) -> None:
        give(account, 2)
        with pytest.raises(NotEnoughCredits, match="This takes 3 credits, and you have 2") as refused:
            held(account, 3)
        assert (refused.value.missing, balance(account)) == (1, 2)

    def test_of_one_job_is_taken_once(self, account: Account) -> None:
        give(account, 5)
        held(account, reference="lab:1")
        with pytest.raises(IntegrityError), transaction.atomic():
            held(account, reference="lab:1")
        account.holds.filter(status="open").get()

    def test_of_many_is_taken_for_all_or_for_none(self, account: Account, balance: Balance) -> None:
        give(account, 2)
        with pytest.raises(NotEnoughCredits):
            ledger.hold_each(account=account, wanted=[wanted(), wanted(), wanted()], now=clock.now())
        assert (balance(account), account.holds.count()) == (2, 0)

    def test_of_many_takes_as_many_queries_as_of_one(
        self, account: Account, django_assert_num_queries: Any
    ) -> None:
        give(account, 50)
        for number in (1, 20):
            with django_assert_num_queries(6):
                asked = [wanted() for _ in range(number)]
                ledger.hold_each(account=account, wanted=asked, now=clock.now())

    def test_ends_only_once(self, account: Account, balance: Balance) -> None:
        give(account, 5)
        first, second = held(account), held(account)
        ledger.capture(hold=first, now=clock.now())
        ledger.release(hold=second, now=clock.now())
        for hold in (first, second):
            for end in (ledger.capture, ledger.release):
                with pytest.raises(NotHeld):
                    end(hold=hold, now=clock.now())
        assert balance(account) == 4

    def test_that_is_released_settles_a_debt_first(self, account: Account, balance: Balance) -> None:
        give(account, 2)
        hold = held(account, 2)
        ledger.take_back(account=account, kind=Kind.CHARGEBACK, amount=1, reference="x", now=clock.now())
        ledger.release(hold=hold, now=clock.now())
        assert (balance(account), account.debt) == (1, 0)


@pytest.mark.django_db
class TestFreeRedo:
    def redo(self, hold: Hold) -> Hold | None:
        return ledger.free_redo(holds=[hold.pk], model=MODEL)

    def test_comes_with_what_was_paid_and_delivered(self, account: Account, balance: Balance) -> None:
        give(account, 3)
        paid = held(account, 3)
        assert self.redo(paid) is None
        ledger.capture(hold=paid, now=clock.now())
        again = held(account, 0, redo_of=self.redo(paid))
        assert balance(account) == 0
        assert again.entries.get().kind == Kind.REDO
        assert self.redo(paid) is None

    def test_comes_once_and_not_with_a_redo(self, account: Account) -> None:
        give(account, 1)
        paid = ledger.capture(hold=held(account), now=clock.now())
        again = ledger.capture(hold=held(account, 0, redo_of=paid), now=clock.now())
        assert (self.redo(paid), self.redo(again)) == (None, None)
        with pytest.raises(IntegrityError), transaction.atomic():
            held(account, 0, redo_of=paid)

    def test_comes_back_when_it_was_not_delivered(self, account: Account, balance: Balance) -> None:
        give(account, 1)
        paid = ledger.capture(hold=held(account), now=clock.now())
        ledger.release(hold=held(account, 0, redo_of=paid), now=clock.now())
        assert (self.redo(paid), balance(account)) == (paid, 0)

    def test_is_the_only_thing_that_costs_nothing(self, account: Account) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            held(account, 0)


@pytest.mark.django_db
class TestHoldAgain:
    def test_takes_the_same_price_once_more(self, account: Account, balance: Balance) -> None:
        give(account, 4)
        first = ledger.release(hold=held(account, 3, reference="lab:1"), now=clock.now())
        second = ledger.hold_again(hold=first, now=clock.now())
        assert (second.reference, second.amount, balance(account)) == ("lab:1", 3, 1)

    def test_is_refused_when_it_was_spent_meanwhile(self, account: Account) -> None:
        give(account, 3)
        first = ledger.release(hold=held(account, 3), now=clock.now())
        held(account, 1)
        with pytest.raises(NotEnoughCredits):
            ledger.hold_again(hold=first, now=clock.now())

    def test_costs_what_its_first_cost_where_the_free_redo_was_used_meanwhile(
        self, account: Account, balance: Balance
    ) -> None:
        give(account, 4)
        paid = ledger.capture(hold=held(account, 2), now=clock.now())
        given_back = ledger.release(hold=held(account, 0, redo_of=paid), now=clock.now())
        held(account, 0, redo_of=paid)
        assert (ledger.hold_again(hold=given_back, now=clock.now()).amount, balance(account)) == (2, 0)


@pytest.mark.django_db
class TestTheDatabase:
    def test_refuses_a_balance_below_nothing(self, account: Account) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.filter(pk=account.pk).update(balance=-1)

    def test_refuses_to_change_or_remove_an_entry(self, account: Account) -> None:
        give(account, 1)
        for act in (
            lambda: Entry.objects.update(amount=100),
            lambda: Entry.objects.update(note="it was nothing"),
            lambda: Entry.objects.all()._raw_delete("default"),
        ):
            with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
                act()

    def test_lets_it_forget_who_of_the_staff_it_was(self, account: Account, robin: User) -> None:
        ledger.adjust(account=account, amount=1, reason="Hello", reference="s:1", by=robin, now=clock.now())
        robin.delete()
        assert Entry.objects.get().by is None

    @pytest.mark.parametrize(
        ("kind", "amount", "debt"),
        [
            *((kind, -1, 0) for kind, movement in MOVEMENTS.items() if movement.way == Way.IN),
            *((kind, 1, 0) for kind, movement in MOVEMENTS.items() if movement.way in {Way.OUT, Way.BACK}),
            *((kind, 0, 0) for kind in Kind if kind not in {Kind.REDO, Kind.RELEASE}),
            (Kind.REDO, 1, 0),
            (Kind.REPAYMENT, -1, 1),
            (Kind.PURCHASE, 1, 1),
            ("gift", 1, 0),
        ],
    )
    def test_refuses_an_entry_with_another_sign_than_its_kinds(
        self, account: Account, kind: str, amount: int, debt: int
    ) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Entry.objects.create(
                account=account,
                kind=kind,
                amount=amount,
                debt=debt,
                balance_after=0,
                reference="x",
                note="why",
            )


@pytest.mark.django_db(transaction=True)
class TestFiftyAtOnce:
    """Goal G9: a hundred rounds when asked to be thorough."""

    ROUNDS = 100 if THOROUGH else 10

    def test_spend_what_is_there_and_no_more(self, account: Account, balance: Balance) -> None:
        for number in range(self.ROUNDS):
            give(account, 10)
            ends = together(50, lambda _: held(account))
            won = [end for end in ends if isinstance(end, Hold)]
            assert len(won) == 10, ends
            assert {type(end) for end in ends if end not in won} == {NotEnoughCredits}
            assert (balance(account), spent(account)) == (0, 10 * (number + 1))

    def test_that_want_the_same_take_it_once(self, account: Account, balance: Balance) -> None:
        give(account, 50)
        ends = together(50, lambda _: held(account, reference="lab:1"))
        assert (len([end for end in ends if isinstance(end, Hold)]), balance(account)) == (1, 49)

    def test_that_end_the_same_end_it_once(self, account: Account, balance: Balance) -> None:
        give(account, 1)
        hold = held(account)
        acts = (ledger.capture, ledger.release)
        ends = together(50, lambda place: acts[place % 2](hold=Hold.objects.get(pk=hold.pk), now=clock.now()))
        assert len([end for end in ends if isinstance(end, Hold)]) == 1
        hold.refresh_from_db()
        assert balance(account) == (1 if hold.status == Hold.Status.RELEASED else 0)

    def test_that_give_the_same_give_it_once(self, account: Account, balance: Balance) -> None:
        words: dict[str, Any] = {"account": account, "kind": Kind.SHARE, "amount": 2, "reference": "film:1"}
        together(50, lambda _: ledger.grant(**words, now=clock.now()))
        assert balance(account) == 2

    @pytest.mark.spoils_the_books
    def test_would_spend_more_if_they_did_not_wait_for_each_other(
        self, account: Account, monkeypatch: Any
    ) -> None:
        """The twin of the first: what the lock is for. All read before the first one writes."""
        give(account, 5)
        everybody = threading.Barrier(12, timeout=30)

        def unlocked(account: Account) -> Account:
            found = Account.objects.get(pk=account.pk)
            everybody.wait()
            return found

        monkeypatch.setattr(ledger, "_locked", unlocked)
        ends = together(12, lambda _: held(account))
        assert len([end for end in ends if isinstance(end, Hold)]) > 5
        assert reconcile.differences() != []


class Books(RuleBasedStateMachine):
    """Everything that can be done to an account, in any order, beside a model of three numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.account = ledger.account_of(User.objects.create_user(f"{id(self)}@example.org"))
        self.balance = self.debt = self.number = 0
        self.open: list[Hold] = []
        self.paid: list[Hold] = []

    def teardown(self) -> None:
        try:
            assert reconcile.differences() == []
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def reference(self) -> str:
        self.number += 1
        return f"lab:{self.number}"

    def comes_in(self, amount: int) -> None:
        settled = min(self.debt, amount)
        self.debt -= settled
        self.balance += amount - settled

    @rule(amount=strategies.integers(1, 20), kind=strategies.sampled_from([Kind.PURCHASE, Kind.SHARE]))
    def grant(self, amount: int, kind: Kind) -> None:
        reference = self.reference()
        for _ in range(2):
            ledger.grant(account=self.account, kind=kind, amount=amount, reference=reference, now=clock.now())
        self.comes_in(amount)

    @rule(amount=strategies.integers(1, 20), kind=strategies.sampled_from([Kind.REFUND, Kind.CHARGEBACK]))
    def take_back(self, amount: int, kind: Kind) -> None:
        reference = self.reference()
        for _ in range(2):
            ledger.take_back(
                account=self.account, kind=kind, amount=amount, reference=reference, now=clock.now()
            )
        there = min(self.balance, amount)
        self.balance -= there
        self.debt += amount - there

    @rule(amounts=strategies.lists(strategies.integers(1, 8), min_size=1, max_size=4))
    def hold(self, amounts: list[int]) -> None:
        asked = [wanted(amount, reference=self.reference()) for amount in amounts]
        try:
            self.open += ledger.hold_each(account=self.account, wanted=asked, now=clock.now())
        except NotEnoughCredits:
            assert sum(amounts) > self.balance
        else:
            self.balance -= sum(amounts)

    @precondition(lambda self: self.open)
    @rule(data=strategies.data(), delivered=strategies.booleans())
    def end(self, data: Any, delivered: bool) -> None:
        hold = self.open.pop(data.draw(strategies.integers(0, len(self.open) - 1)))
        if delivered:
            ledger.capture(hold=hold, now=clock.now())
            self.paid.append(hold)
        else:
            ledger.release(hold=hold, now=clock.now())
            self.comes_in(hold.amount)

    @precondition(lambda self: self.paid)
    @rule()
    def redo(self) -> None:
        found = ledger.free_redo(holds=[hold.pk for hold in self.paid], model=MODEL)
        if found:
            asked = wanted(0, reference=self.reference(), redo_of=found)
            self.open.append(ledger.hold(account=self.account, wanted=asked, now=clock.now()))

    @rule(amount=strategies.integers(-10, 10).filter(bool))
    def adjust(self, amount: int) -> None:
        words: dict[str, Any] = {"reason": "because", "reference": self.reference(), "by": None}
        try:
            ledger.adjust(account=self.account, amount=amount, now=clock.now(), **words)
        except NotEnoughCredits:
            assert -amount > self.balance
            return
        if amount > 0:
            self.comes_in(amount)
        else:
            self.balance += amount

    @invariant()
    def agrees(self) -> None:
        self.account.refresh_from_db()
        sums = self.account.entries.aggregate(balance=Sum("amount", default=0), debt=Sum("debt", default=0))
        assert sums == {"balance": self.balance, "debt": self.debt}
        assert (self.account.balance, self.account.debt) == (self.balance, self.debt)
        assert self.balance >= 0


@pytest.mark.django_db
class TestAnyOrderOfThings:
    """Goal G9: 100 runs of 50 operations when asked to be thorough."""

    def test_leaves_books_that_agree(self) -> None:
        run_state_machine_as_test(
            Books,
            settings=settings(
                max_examples=100 if THOROUGH else 15,
                stateful_step_count=50,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
