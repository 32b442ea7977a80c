"""The staff's pages about credits, in the admin's look."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import staff_with
from billing import access, margin, reconcile, staff
from billing.forms import GrantForm
from echoes.kernel import clock
from echoes.kernel.errors import EchoesError


@staff_with(access.VIEW)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """What was earned, what it cost, and whether the books agree."""
    return _page(
        request,
        "overview",
        title=gettext("Credits"),
        margin=margin.by_month(now=clock.now()),
        totals=margin.totals(),
        differences=reconcile.differences(),
    )


@staff_with(access.GRANT)
@require_http_methods(["GET", "HEAD", "POST"])
def grant(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give credits to somebody, or take some, with a reason."""
    account = access.get_account_or_404(pk)
    form = GrantForm(request.POST or None, initial={"token": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        try:
            staff.adjust(account=account, by=request.user, now=clock.now(), **form.cleaned_data)
        except EchoesError as refusal:
            form.add_error("amount", str(refusal))
        else:
            text = gettext("Done. It stands in the ledger with your name and your reason.")
            messages.success(request, text)
            return redirect("admin:billing_account_change", account.pk)
    title = gettext("Credits of {account}").format(account=account)
    return _page(request, "grant", title=title, account=account, form=form)


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    return render(request, f"admin/billing/{name}.html", {**admin.site.each_context(request), **context})
