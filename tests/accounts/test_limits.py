"""How often somebody may try: the numbers of `ACCOUNT_RATE_LIMITS`, counted by who really asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from accounts.adapters import AccountAdapter
from accounts.models import User
from tests import cast
from tests.accounts.conftest import mailed_code

pytestmark = pytest.mark.django_db

Try = Callable[..., Any]


def _sign_in(number: int, **sender: Any) -> Any:
    words = {"login": f"somebody-{number}@example.org", "password": "wrong"}
    return Client().post(reverse("account_login"), words, **sender)


def _sign_in_as_one(number: int, **sender: Any) -> Any:
    words = {"login": "somebody@example.org", "password": "wrong"}
    return Client().post(reverse("account_login"), words, **sender)


def _sign_in_to_the_admin(number: int, **sender: Any) -> Any:
    client = Client()
    door = client.get(reverse("admin:login"))["Location"]
    return client.post(door, {"login": f"somebody-{number}@example.org", "password": "wrong"}, **sender)


def _sign_up(number: int, **sender: Any) -> Any:
    words = {"email": f"new-{number}@example.org", "password1": "12345"}
    return Client().post(reverse("account_signup"), words, **sender)


def _ask_for_a_password(number: int, **sender: Any) -> Any:
    words = {"email": f"somebody-{number}@example.org"}
    return Client().post(reverse("account_reset_password"), words, **sender)


def _ask_for_ones_password(number: int, **sender: Any) -> Any:
    words = {"email": "somebody@example.org"}
    return Client().post(reverse("account_reset_password"), words, **sender)


LIMITS = {
    "signing in, from one address": (_sign_in, 10),
    "signing in, to one account": (_sign_in_as_one, 5),
    "the admin": (_sign_in_to_the_admin, 10),
    "signing up": (_sign_up, 20),
    "a new password, from one address": (_ask_for_a_password, 20),
    "a new password, for one account": (_ask_for_ones_password, 5),
}
FORGED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP")


class TestLimit:
    @pytest.mark.parametrize("what", LIMITS)
    def test_is_the_number_that_is_written(self, what: str) -> None:
        act, number = LIMITS[what]
        assert [act(each).status_code for each in range(number)].count(429) == 0
        refused = act(number)
        assert refused.status_code == 429
        assert "A little too fast" in refused.text

    @pytest.mark.parametrize("what", LIMITS)
    def test_is_not_moved_by_a_forged_header(self, what: str) -> None:
        act, number = LIMITS[what]
        answers = [act(each, headers=_forged(each)).status_code for each in range(number + 5)]
        assert answers.count(429) == 5

    def test_of_one_address_leaves_others_alone(self) -> None:
        for each in range(11):
            _sign_in(each, REMOTE_ADDR="203.0.113.1")
        assert _sign_in(11, REMOTE_ADDR="203.0.113.1").status_code == 429
        assert _sign_in(12, REMOTE_ADDR="203.0.113.2").status_code == 200

    def test_counts_a_household_by_its_network(self) -> None:
        """Somebody with IPv6 has 2 to the 64 addresses."""
        answers = [_sign_in(each, REMOTE_ADDR=f"2001:db8:1:2::{each:x}").status_code for each in range(11)]
        assert answers[-1] == 429

    def test_of_a_member_of_staff_is_no_other(self, robin: User) -> None:
        for _ in range(5):
            Client().post(reverse("account_login"), {"login": robin.email, "password": "wrong"})
        right = {"login": robin.email, "password": cast.PASSWORD}
        assert Client().post(reverse("account_login"), right).status_code == 429

    def test_is_kept_in_redis(self) -> None:
        assert settings.CACHES["default"]["BACKEND"].endswith("RedisCache")

    def test_of_codes_ends_guessing(self, charlies: Client) -> None:
        words = {"email": "new@example.org", "password1": cast.PASSWORD}
        charlies.post(reverse("account_signup"), words)
        right = mailed_code()
        tried = [
            charlies.post(reverse("account_email_verification_sent"), {"code": "AAAA-AAAA"}).status_code
            for _ in range(3)
        ]
        assert tried == [200, 200, 302]
        charlies.post(reverse("account_email_verification_sent"), {"code": right})
        assert charlies.get(reverse("projects:dashboard")).status_code == 302


class TestAddressThatIsCounted:
    @pytest.mark.parametrize(
        ("proxies", "header", "counted"),
        [
            (0, "198.51.100.7", "203.0.113.9"),
            (1, "198.51.100.7", "198.51.100.7"),
            (1, "6.6.6.6, 198.51.100.7", "198.51.100.7"),
            (2, "6.6.6.6, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
            (2, "198.51.100.7", "203.0.113.9"),
            (1, "", "203.0.113.9"),
        ],
    )
    def test_is_the_one_that_our_own_proxies_saw(
        self, settings: Any, proxies: int, header: str, counted: str
    ) -> None:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
        request = HttpRequest()
        request.META = {"REMOTE_ADDR": "203.0.113.9"} | ({"HTTP_X_FORWARDED_FOR": header} if header else {})
        assert AccountAdapter(request).get_client_ip(request) == counted

    def test_gains_nothing_from_what_is_sent_before_it(self, settings: Any) -> None:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        answers = [
            _sign_in(each, headers={"X-Forwarded-For": f"10.9.8.{each}, 198.51.100.7"}).status_code
            for each in range(15)
        ]
        assert answers.count(429) == 5


def _forged(number: int) -> dict[str, str]:
    return dict.fromkeys(FORGED, f"198.51.100.{number}")
