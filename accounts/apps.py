from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_added

        from accounts import doors

        authenticator_added.connect(doors.remember_what_was_added, dispatch_uid="accounts.doors")
