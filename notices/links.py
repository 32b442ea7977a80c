"""Where a notice leads, and the link that ends mails without signing in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from echoes.kernel.errors import EchoesError
from notices.models import Notice, Topic

SALT = "notices.links"
ACTS = {
    Topic.FILM: gettext_lazy("Watch"),
    Topic.CLIPS: gettext_lazy("See them"),
    Topic.EXPORT: gettext_lazy("Download"),
}


class NoSuchLink(EchoesError):
    """This link is not one of ours, or not all of it arrived."""

    code = "no_such_link"


def path(notice: Notice) -> str:
    if notice.topic == Topic.FILM and notice.film_id:
        return reverse("compiler:film", args=[notice.film_id])
    if notice.project_id:
        return reverse("projects:show", args=[notice.project_id])
    return reverse("library:export")


def act(notice: Notice) -> str:
    """What one does there, as a button says it."""
    return gettext("Have a look") if notice.failed else str(ACTS[Topic(notice.topic)])


def off_url(user_id: Any) -> str:
    """Never runs out: a mail may be years old when somebody has enough of them."""
    sealed = signing.Signer(salt=SALT).sign(str(user_id))
    return settings.PUBLIC_URL + reverse("notices:off", args=[sealed])


def person(sealed: str) -> int:
    """Whose link it is; raises NoSuchLink."""
    try:
        return int(signing.Signer(salt=SALT).unsign(sealed))
    except (signing.BadSignature, ValueError):
        raise NoSuchLink from None
