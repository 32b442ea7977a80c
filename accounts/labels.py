"""What staff's pages call the rows and columns of people."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User

ROWS = {
    User: (gettext_lazy("user"), gettext_lazy("users")),
    Authenticator: (gettext_lazy("authenticator"), gettext_lazy("authenticators")),
}
COLUMNS = {
    "email": pgettext_lazy("column", "email"),
    "name": pgettext_lazy("column", "name"),
    "language": pgettext_lazy("column", "language"),
    "leaving_at": pgettext_lazy("column", "leaving at"),
    "user": pgettext_lazy("column", "user"),
    "type": pgettext_lazy("column", "type"),
    "data": pgettext_lazy("column", "data"),
    "created_at": pgettext_lazy("column", "created at"),
    "last_used_at": pgettext_lazy("column", "last used at"),
}
