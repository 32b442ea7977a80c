"""The list of notices, the bell in the header, and how mails are switched off."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from echoes.kernel import clock
from notices import links, notices, queries
from notices.forms import ToldForm, WishForm


@cache_control(private=True, no_cache=True)  # but kept for whoever goes back to it
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    page = queries.page(request.user, after=request.GET.get("after", ""), now=clock.now())
    return render(request, "notices/notices.html", {"page": page})


@never_cache
@require_safe
def bell(request: HttpRequest) -> HttpResponse:
    return render(request, "notices/_bell.html")


@require_POST
def told(request: HttpRequest) -> HttpResponse:
    """A page says what it has told, and what somebody has looked at."""
    form = ToldForm(request.POST)
    form.full_clean()
    notices.mark(by=request.user, **form.cleaned_data, now=clock.now())
    return HttpResponse(status=204)


@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    notices.mark_all_seen(by=request.user, now=clock.now())
    return HttpResponse(status=204) if getattr(request, "htmx", False) else redirect("notices:all")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def wishes(request: HttpRequest) -> HttpResponse:
    """A part of the settings."""
    is_fragment = getattr(request, "htmx", False)
    if request.method == "POST":
        form = WishForm(request.POST)
        notices.wish(user_id=request.user.pk, mail=form.is_valid() and form.cleaned_data["mail"])
        if not is_fragment:
            messages.success(request, gettext("That is saved."))
            return redirect("accounts:settings")
    context = {"by_mail": notices.wants_mail(user_id=request.user.pk), "saved": request.method == "POST"}
    return render(request, "notices/_wishes.html" if is_fragment else "notices/wishes.html", context)


@login_not_required
@csrf_exempt  # the signed address is the permission; a mail program's server has no cookie (RFC 8058)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def off(request: HttpRequest, sealed: str) -> HttpResponse:
    """Looking at it changes nothing: programs that open every link of a mail switch nothing off."""
    try:
        user_id = links.person(sealed)
    except links.NoSuchLink as error:
        raise Http404 from error
    if request.method == "POST":
        notices.wish_by_link(user_id=user_id, mail="again" in request.POST)
    return render(request, "notices/off.html", {"by_mail": notices.wants_mail(user_id=user_id)})
