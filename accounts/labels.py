"""What staff's pages call the rows and columns of people."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy

from accounts.models import User

ROWS = {
    User: (gettext_lazy("user"), gettext_lazy("users")),
    Authenticator: (gettext_lazy("authenticator"), gettext_lazy("authenticators")),
}
COLUMNS = {
    "email": gettext_lazy("email"),
    "name": gettext_lazy("name"),
    "language": gettext_lazy("language"),
    "leaving_at": gettext_lazy("leaving at"),
    "user": gettext_lazy("user"),
    "type": gettext_lazy("type"),
    "data": gettext_lazy("data"),
    "created_at": gettext_lazy("created at"),
    "last_used_at": gettext_lazy("last used at"),
}
