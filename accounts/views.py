"""The settings page, and what a person does there. Passwords, factors and addresses are allauth's pages."""

from __future__ import annotations

from datetime import timedelta

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language

from accounts import languages, leaving, people, queries, sessions
from accounts.forms import NameForm
from echoes.kernel import clock
from echoes.kernel.errors import EchoesError

LATELY = timedelta(minutes=5)


class NotLately(EchoesError):
    """You have neither a password nor a second factor here that we could ask for. Sign out, sign in with
    Google again, and come back within five minutes."""

    code = "not_lately"


@never_cache
@require_safe
def settings(request: HttpRequest) -> HttpResponse:
    return _page(request, NameForm(initial={"name": _name(request)}))


@require_POST
def name(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    people.rename(user=request.user, name=form.cleaned_data["name"])
    messages.success(request, gettext("Your name is saved."))
    return redirect("accounts:settings")


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Kept by the browser, and by the account of whoever is signed in. One that is not ours is ignored."""
    code = request.POST.get("language", "")
    response = set_language(request)
    if not languages.known(code):
        languages.take_back(response)
    elif request.user.is_authenticated:
        languages.choose(user=request.user, code=code)
    return response


@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    if not sessions.end(user=request.user, id=pk):
        raise Http404
    messages.success(request, gettext("That device is signed out."))
    return redirect("accounts:settings")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    sessions.end_others(user=request.user, here=request.session.session_key or "")
    messages.success(request, gettext("You are signed out everywhere else."))
    return redirect("accounts:settings")


@never_cache
@require_http_methods(["GET", "POST"])
@reauthentication_required(app="accounts")  # type: ignore[untyped-decorator]
def leave(request: HttpRequest) -> HttpResponse:
    _must_be_still_them(request)
    if request.method == "POST":
        leaving.ask(user=request.user, now=clock.now())
        return redirect("accounts:settings")
    return render(request, "account/leave.html", {"day": clock.now() + leaving.GRACE})


@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    leaving.stay(user=request.user, now=clock.now())
    messages.success(request, gettext("How good that you stay. Everything is as it was."))
    return redirect("accounts:settings")


def _page(request: HttpRequest, form: NameForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "security": queries.security(request, now=clock.now()),
        "sections": queries.sections(),
    }
    return render(request, "account/settings.html", context, status=status)


def _name(request: HttpRequest) -> str:
    return getattr(request.user, "name", "")


def _must_be_still_them(request: HttpRequest) -> None:
    """Allauth asks nobody who comes by Google alone. Raises NotLately."""
    if get_reauthentication_flows(request.user):  # type: ignore[arg-type]
        return
    records = get_authentication_records(request, request.user)  # type: ignore[arg-type]
    if not records or clock.now().timestamp() - records[-1]["at"] > LATELY.total_seconds():
        raise NotLately
