"""The settings page, and allauth's pages in our look."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.core.mail import EmailMessage, get_connection
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import get_resolver, reverse

from accounts import people
from accounts.models import User
from echoes.demo import visitor
from tests.accounts.conftest import prove
from tests.accounts.test_sessions import is_in, signed_in
from tests.architecture.test_gates import names

pytestmark = pytest.mark.django_db

OURS = 'class="brand"'


class TestSettings:
    def test_shows_what_there_is_of_a_person(self, alices: Client) -> None:
        page = alices.get(reverse("accounts:settings")).text
        for words in (
            "alice@example.org",
            "Password",
            "Passkeys",
            "Where you are signed in",
            "Delete my account",
        ):
            assert words in page

    def test_takes_a_name(self, alice: User, alices: Client) -> None:
        alices.post(reverse("accounts:name"), {"name": "  Alice in Wonderland "})
        alice.refresh_from_db()
        assert alice.name == "Alice in Wonderland"

    def test_says_what_is_wrong_with_a_name_and_keeps_it(self, alice: User, alices: Client) -> None:
        answer = alices.post(reverse("accounts:name"), {"name": "A" * 121})
        assert answer.status_code == 422
        assert "A" * 121 in answer.text
        assert "at most 120" in answer.text

    def test_loads_the_fragments_of_other_apps_and_leaves_out_what_is_not_there(
        self, alices: Client, settings: Any
    ) -> None:
        settings.SETTINGS_SECTIONS = ["projects:dashboard", "nowhere:at_all"]
        page = alices.get(reverse("accounts:settings"))
        assert page.context["sections"] == [reverse("projects:dashboard")]
        assert f'hx-get="{reverse("projects:dashboard")}"' in page.text

    def test_takes_as_many_queries_however_much_there_is(
        self, alice: User, alices: Client, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(3):
            signed_in(alice)
        with django_assert_max_num_queries(10):
            alices.get(reverse("accounts:settings"))


class TestEveryPageOfAllauth:
    def test_has_our_look(self, alice: User, alices: Client, charlies: Client, subtests: Any) -> None:
        prove(alices)
        seen = 0
        for name in sorted(names(get_resolver().url_patterns)):
            if not name.startswith(("account_", "mfa_", "socialaccount_", "google_")):
                continue
            for client in (alices, charlies):
                with subtests.test(name):
                    answer = client.get(_address(name), follow=True)
                    assert answer.status_code in {200, 401, 404}
                    assert OURS in answer.text
                    seen += 1
        assert seen > 50

    def test_that_needs_no_address_is_the_settings(self, alices: Client) -> None:
        assert alices.get("/accounts/sessions/").status_code == 302

    def test_has_no_template_that_nobody_reaches(self) -> None:
        """A template of ours in allauth's folders replaces one: a slip in its name replaces nothing."""
        import allauth

        theirs = Path(allauth.__file__).parent / "templates"
        ours = django_settings.ROOT / "templates"
        known = {"leave.html", "settings.html", "password_reset_help_text.html"}
        for folder in ("account", "mfa", "socialaccount"):
            for path in (ours / folder).rglob("*.*"):
                own = path.name.startswith(("_", "leaving_")) or path.name in known
                assert own or (theirs / path.relative_to(ours)).exists(), path


class TestMail:
    def test_of_each_kind_is_in_our_words_as_text_and_html(self, alice: User, subtests: Any) -> None:
        from accounts import mail as mails

        home = django_settings.ROOT / "templates"
        for path in sorted(home.rglob("email/*_message.txt")):
            prefix = str(path.relative_to(home)).removesuffix("_message.txt")
            with subtests.test(prefix):
                words = {"code": "ABCD-EFGH"} if "confirmation" in prefix else {}
                sent = mails.message(prefix, to=alice.email, context=words)
                assert sent.subject
                assert "Hello from" not in sent.body
                assert sent.body.endswith(f"Echoes\n{django_settings.PUBLIC_URL}\n")
                assert "<html" in str(sent.alternatives[0].content)

    def test_never_runs_what_a_browser_called_itself(self, alice: User, alices: Client) -> None:
        prove(alices)
        words = {
            "oldpassword": "correct horse battery",
            "password1": "another horse",
            "password2": "another horse",
        }
        agent = {"User-Agent": "<img src=x onerror=alert(1)>"}
        alices.post(reverse("account_change_password"), words, headers=agent)
        sent: Any = mail.outbox[-1]
        assert "<img src=x" in sent.body
        assert "<img src=x" not in sent.alternatives[0].content


class TestMailbox:
    @pytest.fixture
    def box(self, tmp_path: Path, settings: Any) -> Any:
        settings.EMAIL_FILE_PATH = tmp_path
        return get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=tmp_path)

    def test_shows_the_last_mails_first_those_of_one_file_too(self, box: Any) -> None:
        for number in range(3):
            box.send_messages([EmailMessage(f"Mail {number}", "words", to=["to@example.org"])])
        page = Client(headers={"host": "localhost"}).get(reverse("mailbox")).text
        assert page.index("Mail 2") < page.index("Mail 1") < page.index("Mail 0")

    @pytest.mark.parametrize(
        "sender",
        [
            {"REMOTE_ADDR": "203.0.113.9"},
            {"headers": {"host": "films.example.org"}},
            {"headers": {"host": "localhost", "X-Forwarded-For": "127.0.0.1"}},
        ],
    )
    def test_is_closed_to_others(self, box: Any, sender: dict[str, Any], settings: Any) -> None:
        settings.ALLOWED_HOSTS = ["*"]
        assert Client().get(reverse("mailbox"), **sender).status_code == 404


class TestMakeStaff:
    def test_makes_staff_of_somebody_who_signed_up(self, alice: User, capsys: Any) -> None:
        call_command("make_staff", "Alice@Example.org")
        alice.refresh_from_db()
        assert (alice.is_staff, alice.is_superuser) == (True, True)
        assert "/admin/" in capsys.readouterr().out

    def test_takes_it_back(self, robin: User) -> None:
        call_command("make_staff", robin.email, "--undo")
        robin.refresh_from_db()
        assert (robin.is_staff, robin.is_superuser) == (False, False)

    def test_says_when_nobody_has_this_address(self, db: Any) -> None:
        with pytest.raises(CommandError, match="Nobody has signed up as"):
            call_command("make_staff", "nobody@example.org")


class TestVouching:
    def test_needs_no_code_at_the_sign_in(self, db: Any) -> None:
        person = User.objects.create_user("known@example.org", "correct horse battery")
        people.vouch(user=person)
        people.vouch(user=person)
        assert is_in(signed_in(person))

    def test_opens_the_demo(self, tmp_path: Path) -> None:
        shown = visitor.welcome(data_dir=tmp_path)
        words = {"login": shown.user.email, "password": shown.password}
        client = Client()
        client.post(reverse("account_login"), words)
        assert is_in(client)
        assert stat.S_IMODE((tmp_path / visitor.KEY_FILE).stat().st_mode) == 0o600


class TestForms:
    def test_may_lead_on_to_google_and_nowhere_else(self, charlies: Client) -> None:
        policy = charlies.get(reverse("account_login")).headers["Content-Security-Policy"]
        allowed = next(part for part in policy.split(";") if "form-action" in part)
        assert allowed.split() == ["form-action", "'self'", "https://accounts.google.com"]


def _address(name: str) -> str:
    for words in ([], [1], ["abc", "set-password"]):
        try:
            return reverse(name, args=words)
        except Exception:  # noqa: S112  (what an address takes is not known before)
            continue
    raise AssertionError(f"{name} cannot be reversed")
