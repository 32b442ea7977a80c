"""A refusal of ours, raised anywhere under a view, reaches the person as its sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect, render
from django.utils.deprecation import MiddlewareMixin
from django.utils.http import url_has_allowed_host_and_scheme

from echoes.kernel.errors import EchoesError


class PackingMiddleware(GZipMiddleware):
    """Packs pages, to a sixth of their size on the line. What is packed with a secret in it can be guessed by
    its length where a stranger's words stand beside the secret (BREACH): the token of forms is masked anew on
    every page, and Django adds a random length. Media and downloads are packed already, and a range of them
    has to stay what it is."""

    types: ClassVar[tuple[str, ...]] = ("text/html", "text/css", "application/json")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.get("Content-Type", "").startswith(self.types):
            return response
        return super().process_response(request, response)


class DoorMiddleware(LoginRequiredMiddleware):
    """Django's own asks who somebody is before it asks whether the page wants to know. For media that costs
    two queries a request, and a database connection for as long as a film plays."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        refused: HttpResponseBase | None = super().process_view(request, view_func, view_args, view_kwargs)
        if refused is None or "HX-Request" not in request.headers:
            return refused
        return self._send_page(request, view_func)

    def _send_page(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponse:
        """A fragment cannot show the sign-in page: the whole page goes there, and then back where it was."""
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        response = HttpResponse(status=401)
        response["HX-Redirect"] = redirect_to_login(page.path or "/", self.get_login_url(view_func)).url
        return response


class RefusalMiddleware(MiddlewareMixin):
    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, EchoesError):
            return None
        if getattr(request, "htmx", False):
            return _toast(request, exception)
        if request.method in {"GET", "HEAD"}:
            return render(request, "400.html", {"message": str(exception)}, status=400)
        messages.error(request, str(exception))
        return redirect(_back(request))


def _toast(request: HttpRequest, error: EchoesError) -> HttpResponse:
    """The page stays as it is and shows the sentence."""
    response = render(request, "ui/_toast.html", {"message": str(error), "level": "error"}, status=422)
    response["HX-Retarget"] = "#toasts"
    response["HX-Reswap"] = "beforeend"
    return response


def _back(request: HttpRequest) -> str:
    referer: Any = request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(
        referer, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return referer if safe else "/"
