from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from tests import cast
from tests.accounts.conftest import prove

LOGIN, LOGOUT = "admin/login/", "admin/logout/"


def admin_routes() -> list[str]:
    """Every route below /admin/, with something put in for its parameters."""
    return [route for route in _routes(get_resolver().url_patterns) if route.startswith("admin/")]


def inner_routes() -> list[str]:
    """All but the way out, which is open to whoever is in."""
    return [route for route in admin_routes() if route != LOGOUT]


def _routes(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield _filled(route)


def _filled(route: str) -> str:
    from django.contrib.admin import site

    apps = "|".join({model._meta.app_label for model in site._registry})
    known = {"(?P<url>.*)$": "no/such/page/", f"^(?P<app_label>{apps})/$": apps.split("|")[0] + "/"}
    for pattern, words in known.items():
        route = route.replace(pattern, words)
    if "(?P<app_label>" in route:
        route = route.split("^")[0] + "accounts/"
    for kind in ("<path:object_id>", "<path:content_type_id>", "<id>", "<int:pk>"):
        route = route.replace(kind, "1")
    uuid = "6a1f6a6e-6f6b-4f0e-9d7e-6d2f6b6a0c11"
    return route.replace("<slug:kind>", "film").replace("<slug:slug>", "local").replace("<uuid:pk>", uuid)


def code_of(user: User) -> str:
    """What the app on this person's telephone shows now."""
    secret = Authenticator.objects.get(user=user, type="totp").wrap().instance.data["secret"]
    from allauth.mfa.adapter import get_adapter

    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(get_adapter().decrypt(secret), counter))


def staff(*permissions: str) -> User:
    made = User.objects.create_user("staff@example.org", cast.PASSWORD, is_staff=True)
    made.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return made


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def forget_that_it_was_shown(client: Client) -> None:
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": 0}]
    session.save()


def both(client: Client, route: str) -> list[int]:
    return [client.get(f"/{route}").status_code, client.post(f"/{route}").status_code]


class TestRoutes:
    def test_are_all_walked(self) -> None:
        found = admin_routes()
        assert {"admin/", LOGIN, LOGOUT, "admin/jobs/", "admin/accounts/user/1/change/"} <= set(found)
        assert not [route for route in found if set(route) & set("<>(?^$")]
        assert len(found) > 40


@pytest.mark.django_db
class TestEveryAdminAddress:
    def test_sends_charlie_to_the_common_door(self, charlies: Client, subtests: Any) -> None:
        for route in admin_routes():
            with subtests.test(route):
                for answer in (charlies.get(f"/{route}"), charlies.post(f"/{route}")):
                    assert answer.status_code == 302
                    assert answer["Location"].startswith(reverse("account_login") + "?next=/admin/")

    def test_is_forbidden_to_customers(self, bobs: Client, subtests: Any) -> None:
        for route in admin_routes():
            with subtests.test(route):
                assert both(bobs, route) == [403, 403]

    def test_is_forbidden_to_staff_without_any_permission(self, db: Any, subtests: Any) -> None:
        client = browser(staff())
        for route in admin_routes():
            with subtests.test(route):
                assert both(client, route) == [403, 403]

    def test_shows_staff_nothing_before_they_have_a_second_factor(
        self, robins: Client, subtests: Any
    ) -> None:
        Authenticator.objects.all().delete()
        for route in inner_routes():
            with subtests.test(route):
                for answer in (robins.get(f"/{route}"), robins.post(f"/{route}")):
                    assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index"))

    def test_shows_nothing_to_a_session_that_has_not_shown_it(self, robins: Client, subtests: Any) -> None:
        forget_that_it_was_shown(robins)
        for route in inner_routes():
            with subtests.test(route):
                for answer in (robins.get(f"/{route}"), robins.post(f"/{route}")):
                    assert answer.status_code == 302
                    assert answer["Location"].startswith(reverse("mfa_reauthenticate"))

    def test_of_other_models_is_closed_to_staff_with_one_permission(self, subtests: Any) -> None:
        client = browser(staff("view_jobevent"))
        open_to_all = {"admin/", "admin/jsi18n/", LOGIN, LOGOUT}
        for route in admin_routes():
            if route in open_to_all or route.startswith("admin/jobs/") or "password" in route:
                continue
            for method in (client.get, client.post):
                with subtests.test(f"{method.__name__} {route}"):
                    answer = method(f"/{route}", follow=True)
                    assert answer.status_code in {403, 404, 405} or _is_said_not_to_exist(answer)


def _is_said_not_to_exist(answer: Any) -> bool:
    """The admin's way for objects that there are none of, whoever asks."""
    return answer.redirect_chain[-1][0] == reverse("admin:index") and "doesn’t exist" in answer.text


@pytest.mark.django_db
class TestDoor:
    def test_leads_to_setting_up_and_says_why(self, robins: Client) -> None:
        Authenticator.objects.all().delete()
        page = robins.get(reverse("admin:index"), follow=True).text
        assert "need a second factor" in page

    @pytest.mark.django_db(transaction=True)
    def test_opens_once_it_is_set_up(self, robin: User) -> None:
        robins = Client()
        robins.post(reverse("account_login"), {"login": robin.email, "password": cast.PASSWORD})
        assert robins.get(reverse("admin:index"))["Location"] == reverse("mfa_index")
        prove(robins)
        form = robins.get(reverse("mfa_activate_totp")).context["form"]
        counter = next(iter(yield_hotp_counters_from_time()))
        code = format_hotp_value(hotp_value(form.secret, counter))
        robins.post(reverse("mfa_activate_totp"), {"code": code})
        assert robins.get(reverse("admin:index")).status_code == 200

    def test_asks_at_every_sign_in(self, robin: User) -> None:
        browser(robin)  # has a second factor from here on
        client = Client()
        client.post(reverse("account_login"), {"login": robin.email, "password": cast.PASSWORD})
        assert client.get(reverse("admin:index"))["Location"].startswith(reverse("account_login"))
        client.post(reverse("mfa_authenticate"), {"code": code_of(robin)})
        assert client.get(reverse("admin:index")).status_code == 200

    def test_asks_in_a_session_that_began_before_there_was_one(self, robin: User, robins: Client) -> None:
        forget_that_it_was_shown(robins)
        asked = robins.get(reverse("admin:index"))["Location"]
        robins.post(asked, {"code": code_of(robin)})
        assert robins.get(reverse("admin:index")).status_code == 200

    def test_closes_when_the_second_factor_is_gone(self, robins: Client) -> None:
        Authenticator.objects.all().delete()
        assert robins.get(reverse("admin:index")).status_code == 302

    def test_takes_no_recovery_codes_for_a_second_factor(self, robin: User, robins: Client) -> None:
        Authenticator.objects.filter(user=robin).update(type="recovery_codes")
        assert robins.get(reverse("admin:index"))["Location"] == reverse("mfa_index")

    def test_leads_back_to_where_somebody_wanted_to_go(self, charlies: Client) -> None:
        wanted = reverse("admin:accounts_user_changelist")
        door = charlies.get(wanted, follow=True).redirect_chain[-1][0]
        assert door == f"{reverse('account_login')}?next={wanted}"

    def test_of_the_admins_password_is_ours(self, robins: Client) -> None:
        answer = robins.get(reverse("admin:password_change"))
        assert answer["Location"] == reverse("account_change_password")


@pytest.mark.django_db
class TestStaffAmongThemselves:
    def test_cannot_make_themselves_more(self) -> None:
        member = staff("view_user", "change_user")
        words = {"email": member.email, "name": "", "is_active": "on", "is_superuser": "on", "is_staff": "on"}
        browser(member).post(reverse("admin:accounts_user_change", args=[member.pk]), words)
        member.refresh_from_db()
        assert not member.is_superuser

    def test_cannot_set_each_others_passwords(self, robin: User) -> None:
        client = browser(staff("view_user", "change_user"))
        path = reverse("admin:auth_user_password_change", args=[robin.pk])
        words = {"password1": "another horse", "password2": "another horse", "usable_password": "true"}
        assert client.post(path, words).status_code == 403
        robin.refresh_from_db()
        assert robin.check_password(cast.PASSWORD)

    def test_see_no_secret_of_a_second_factor(self, robin: User, robins: Client) -> None:
        factor = Authenticator.objects.get(user=robin)
        pages = [
            robins.get(reverse("admin:mfa_authenticator_changelist")).text,
            robins.get(reverse("admin:mfa_authenticator_change", args=[factor.pk])).text,
        ]
        assert factor.data["secret"] not in "".join(pages)

    def test_take_a_lost_second_factor_away(self, alice: User, robins: Client) -> None:
        factor = Authenticator.objects.create(user=alice, type="totp", data={"secret": "x"})
        robins.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})
        assert not Authenticator.objects.filter(user=alice).exists()

    def test_have_no_list_of_the_keys_of_sessions(self, robins: Client) -> None:
        assert robins.get("/admin/usersessions/usersession/").status_code == 404


@pytest.mark.django_db
class TestSecrets:
    def test_of_apps_lie_encrypted(self, robin: User, robins: Client) -> None:
        from allauth.mfa.adapter import get_adapter

        kept = Authenticator.objects.get(user=robin).data["secret"]
        plain = get_adapter().decrypt(kept)
        assert len(plain) == 32
        assert plain not in kept

    def test_survive_a_new_key_while_the_old_one_is_named(
        self, robin: User, robins: Client, settings: Any
    ) -> None:
        before = code_of(robin)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another one"
        assert code_of(robin) == before

    def test_of_a_forgotten_key_fit_no_code(self, robin: User, robins: Client, settings: Any) -> None:
        right = code_of(robin)
        settings.SECRET_KEY = "another one"
        assert not Authenticator.objects.get(user=robin).wrap().validate_code(right)
