"""The credits page, the way to the money and back, and the link for friends."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from billing import access, arrivals, ledger, purchases, queries
from billing.forms import BuyForm
from billing.models import Purchase
from billing.stripe import gateway
from echoes.kernel import clock
from echoes.kernel.errors import EchoesError


class NotUnderstood(EchoesError):
    """That was not understood. Please try again."""

    code = "not_understood"


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    page = queries.page(request.user, number=request.GET.get("page", "1"), origin=settings.PUBLIC_URL)
    return render(request, "billing/credits.html", {"page": page, "page_obj": page.lines})


@never_cache
@require_safe
def balance(request: HttpRequest) -> HttpResponse:
    """The number in the header of every page."""
    return render(request, "billing/_header.html")


@require_POST
def buy(request: HttpRequest) -> HttpResponse:
    """Write the order down, and send the person to the page on which it is paid."""
    if not gateway.is_on():
        raise gateway.BuyingIsOff
    asked = _clean(BuyForm(request.POST))
    account = ledger.account_of(request.user)
    purchase = purchases.begin(
        order=asked["order"], account=account, pack=asked["pack"], back=asked["back"], now=clock.now()
    )
    return redirect(purchases.checkout(purchase=purchase, email=request.user.get_username()))


@never_cache
@require_GET
def bought(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where Stripe sends people who have paid, often before its message comes: look, and go back to where
    they were."""
    purchase = access.get_purchase_or_404(request.user, pk)
    try:
        purchases.look_again(purchase=purchase, now=clock.now())
    except (gateway.Unreachable, purchases.Overtaken):
        messages.info(
            request, gettext("We are waiting to hear of your payment. Your credits come by themselves.")
        )
        return _back(purchase)
    _say(request, purchase)
    return _back(purchase)


@never_cache
@require_GET
def left(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where Stripe sends people who turned back."""
    purchase = access.get_purchase_or_404(request.user, pk)
    if purchase.status == Purchase.Status.OPEN:
        messages.info(request, gettext("Nothing was bought, and nothing was charged."))
    return _back(purchase)


@login_not_required
@never_cache
@require_safe
def invited(request: HttpRequest, code: str) -> HttpResponse:
    """A friend's link: remember whose, and show what Echoes is."""
    if not request.user.is_authenticated:
        arrivals.remember(request, code)
    return redirect("landing")


def _say(request: HttpRequest, purchase: Purchase) -> None:
    match purchase.status:
        case Purchase.Status.PAID:
            balance = queries.balance(request.user)
            gained = ledger.credits(purchase.credits)
            words = gettext("Thank you. {credits} came in, and you have {balance} now.")
            messages.success(request, words.format(credits=gained, balance=balance))
        case Purchase.Status.PENDING:
            words = gettext("Your payment is on its way. Your credits come when it arrives.")
            messages.info(request, words)
        case Purchase.Status.FAILED:
            messages.error(
                request, gettext("Your bank did not pay, so nothing was bought. Please try another way.")
            )
        case Purchase.Status.UNFIT:
            messages.error(
                request, gettext("Your payment does not fit your order. Our staff will look at it.")
            )
        case _:
            messages.info(request, gettext("Nothing was bought, and nothing was charged."))


def _back(purchase: Purchase) -> HttpResponse:
    return redirect(purchase.back or "billing:credits")


def _clean(form: Any) -> dict[str, Any]:
    if not form.is_valid():
        raise NotUnderstood(" ".join(str(error[0]) for error in form.errors.values()))
    cleaned: dict[str, Any] = form.cleaned_data
    return cleaned
