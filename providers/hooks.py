"""The services' messages arrive here."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from echoes.kernel import clock
from providers import callbacks


@csrf_exempt
@login_not_required
@require_POST
def hear(request: HttpRequest, provider: str, key: str) -> HttpResponse:
    """400 for what is no service's. What is true and about nothing of ours is fine as well: nobody is to send
    it again. 503 asks the service to do just that."""
    if len(request.body) > callbacks.MOST_BYTES:
        return _said("This is too long.", status=413)
    try:
        callbacks.receive(
            provider=provider, sealed=key, headers=request.headers, body=request.body, now=clock.now()
        )
    except callbacks.Forged as error:
        return _said(str(error), status=400)
    except callbacks.NotYet as error:
        return _said(str(error), status=503)
    return HttpResponse(status=200)


def _said(sentence: str, *, status: int) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain")
