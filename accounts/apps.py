from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = gettext_lazy("Accounts")

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_added

        from accounts import doors

        authenticator_added.connect(doors.remember_what_was_added, dispatch_uid="accounts.doors")
