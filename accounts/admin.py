from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# These register themselves when they are imported, and some are taken back below.
import allauth.account.admin
import allauth.mfa.admin
import allauth.socialaccount.admin
import allauth.usersessions.admin  # noqa: F401
from allauth.account.models import EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from accounts import leaving
from accounts.models import User
from echoes.kernel import clock

# What others may hold of a session or a second factor is a key to somebody's account: not for staff to read.
for model in (Authenticator, EmailConfirmation, SocialApp, SocialToken, UserSession):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff", "date_joined", "leaving_at")
    search_fields = ("email", "name")
    readonly_fields = ("last_login", "date_joined", "leaving_at")
    fieldsets = (
        (None, {"fields": ("email", "password", "name")}),
        (gettext_lazy("Rights"), {"fields": ("is_active", *RIGHTS)}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined", "leaving_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Nobody gives rights that they could give themselves."""
        fields = super().get_readonly_fields(request, obj)
        rights = () if request.user.is_superuser else RIGHTS
        return (*fields, *rights)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return _may_touch(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return _may_touch(request, obj) and super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """All that is theirs goes, and each app sees to its part: nothing is listed, nothing protects it."""
        return [str(person) for person in objs], {"people": len(objs)}, set(), []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        self._close(request, [obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._close(request, queryset)

    def _close(self, request: HttpRequest, people: Iterable[User]) -> None:
        """Removing what somebody has can take long: the clock does that."""
        for person in people:
            leaving.close(user=person, now=clock.now())
            words = gettext(
                "{person} is signed out and shut out; what is theirs is removed within ten minutes."
            )
            self.message_user(request, words.format(person=person), messages.WARNING)


@admin.register(Authenticator)
class SecondFactorAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """For somebody who has lost their telephone: staff take the factor away, and see no secret of it."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    fields = readonly_fields = ("user", "type", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_touch(request, obj and obj.user) and super().has_delete_permission(request, obj)


def _may_touch(request: HttpRequest, person: User | None) -> bool:
    """Only a superuser touches staff: whoever sets a password could sign in with it."""
    return person is None or not person.is_staff or request.user.is_superuser
