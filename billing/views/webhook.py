"""Stripe's messages arrive here."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing.stripe import gateway, inbox
from echoes.kernel import clock


@csrf_exempt
@login_not_required
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """400 for what is not Stripe's; otherwise the message is kept, and that is all Stripe needs to know."""
    signature = request.headers.get("Stripe-Signature", "")
    try:
        event = inbox.receive(body=request.body, signature=signature, now=clock.now())
    except gateway.Forged as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    inbox.handle(event, now=clock.now())
    return HttpResponse(status=200)
