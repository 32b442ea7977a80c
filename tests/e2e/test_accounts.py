"""Ways in and out, in a real browser: the code, Google, an app, a passkey, sessions, leaving."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.contracts import google as googles
from tests.contracts.google import Google
from tests.e2e import mail
from tests.e2e.product import ROOT, Product
from tests.e2e.test_first_film import sign_up, violations

pytestmark = pytest.mark.e2e

PASSWORD = "correct horse battery"
FILMS = re.compile("/projects/$")


@pytest.fixture
def by_name(product: Product, google: Google) -> str:
    """The product's address with a name in it: passkeys know no numbers."""
    address = product.url.replace("127.0.0.1", "localhost")
    google.registered |= {address + googles.CALLBACK}
    return address


@pytest.fixture
def context(chromium: Browser, by_name: str) -> Iterator[BrowserContext]:
    made = chromium.new_context(base_url=by_name, viewport={"width": 1280, "height": 900})
    yield made
    made.close()


@pytest.fixture
def other(chromium: Browser, by_name: str) -> Iterator[Page]:
    """Another browser of the same person."""
    made = chromium.new_context(base_url=by_name)
    yield made.new_page()
    made.close()


def sign_in(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url(re.compile("/$"))


def prove(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on", exact=True).click()


def set_up_app(page: Page) -> str:
    """Gives the secret that the app has now."""
    page.goto("/accounts/2fa/totp/activate/")
    prove(page)
    page.get_by_text("The app cannot see it?").click()
    secret = page.locator(".secret").inner_text()
    page.get_by_label("The code that the app shows").fill(code_for(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    return secret


def code_for(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def plug_in_key(page: Page) -> None:
    """A device that answers at once, as with a finger on it."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})


class TestGoogle:
    def test_lets_a_newcomer_in_with_two_clicks(self, page: Page, google: Google) -> None:
        google.person = {
            "sub": "1",
            "email": "grace@gmail.example",
            "email_verified": True,
            "given_name": "Grace",
        }
        page.goto("/")
        page.get_by_role("link", name=re.compile("first film")).first.click()
        page.get_by_role("button", name="Go on with Google").click()
        page.wait_for_url(FILMS)
        page.goto("/settings/")
        expect(page.get_by_label("What shall we call you?")).to_have_value("Grace")
        expect(page.get_by_text("grace@gmail.example").last).to_be_visible()
        assert google.refused == []

    def test_is_connected_and_disconnected_in_the_settings(self, page: Page, google: Google) -> None:
        google.person = {"sub": "2", "email": "other@gmail.example", "email_verified": True}
        sign_up(page, "connects@example.org")
        page.goto("/accounts/3rdparty/")
        page.get_by_role("button", name="Connect Google").click()
        prove(page)
        page.wait_for_url(re.compile("/settings/$"))
        page.get_by_role("link", name="See it").click()
        page.get_by_role("button", name="Disconnect").click()
        expect(page.get_by_text("No account with Google is connected.")).to_be_visible()


class TestSecondFactor:
    def test_of_an_app_is_asked_for_at_the_next_sign_in(self, page: Page) -> None:
        sign_up(page, "app@example.org")
        set_up_app(page)
        spare = page.locator(".codes li").first.inner_text()
        sign_out(page)
        sign_in(page, "app@example.org")
        page.get_by_label("Code").fill("000000")
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_text("not the right code")).to_be_visible()
        page.get_by_label("Code").fill(spare)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(FILMS)

    def test_of_a_passkey_opens_the_account_alone(self, page: Page) -> None:
        plug_in_key(page)
        sign_up(page, "passkey@example.org")
        page.goto("/accounts/2fa/webauthn/add/")
        prove(page)
        page.get_by_label("What shall it be called?").fill("The blue key")
        page.get_by_role("button", name="Add the passkey").click()
        expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
        page.goto("/accounts/2fa/webauthn/")
        expect(page.get_by_text("The blue key").first).to_be_visible()
        sign_out(page)
        page.goto("/accounts/login/")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url(FILMS)

    def test_of_a_passkey_proves_who_somebody_is(self, page: Page) -> None:
        plug_in_key(page)
        sign_up(page, "proves@example.org")
        page.goto("/accounts/2fa/webauthn/add/")
        prove(page)
        page.get_by_role("button", name="Add the passkey").click()
        expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
        sign_out(page)
        sign_in(page, "proves@example.org")
        page.get_by_role("button", name="Use a passkey").click()
        page.wait_for_url(FILMS)
        page.goto("/settings/leave/")
        page.get_by_role("link", name="By a passkey").click()
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.get_by_role("heading", name="Leave Echoes?")).to_be_visible()

    def test_that_is_not_there_is_told_and_the_page_stays(self, page: Page) -> None:
        page.add_init_script(
            "navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
        )
        page.goto("/accounts/login/")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_text("did not work, or took too long")).to_be_visible()
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_enabled()

    def test_passkeys_are_not_offered_at_an_address_without_a_name(
        self, chromium: Browser, product: Product
    ) -> None:
        context = chromium.new_context(base_url=product.url)
        page = context.new_page()
        page.goto("/accounts/login/")
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)
        context.close()


class TestStaff:
    def test_come_in_by_the_common_door_and_set_up_a_second_factor_first(
        self, page: Page, product: Product, complaints: list[str]
    ) -> None:
        sign_up(page, "staff@example.org")
        page.goto("/admin/")
        expect(page.get_by_role("heading", name="This is not for you to see")).to_be_visible()
        complaints.clear()  # the browser's, of a page that was forbidden
        command = [sys.executable, "manage.py", "make_staff", "staff@example.org"]
        subprocess.run(command, cwd=ROOT, env=dict(product.environment), check=True, capture_output=True)
        page.goto("/admin/")
        expect(page.get_by_text("need a second factor")).to_be_visible()
        set_up_app(page)
        page.get_by_role("link", name="I have written them down").click()
        expect(page.locator("#site-name")).to_be_visible()
        complaints.clear()  # the browser's again: the admin does not join in the way our pages change


class TestSessions:
    def test_of_another_browser_end_and_its_open_page_notices(self, page: Page, other: Page) -> None:
        sign_up(page, "two@example.org")
        sign_in(other, "two@example.org")
        expect(other.locator("live-status")).to_have_attribute("data-state", "live", timeout=15_000)
        page.goto("/settings/")
        page.get_by_role("button", name="Sign out everywhere else").click()
        expect(page.get_by_text("signed out everywhere else")).to_be_visible()
        other.wait_for_url("**/accounts/login/**")


class TestForgottenPassword:
    def test_is_replaced_by_way_of_a_mail(self, page: Page) -> None:
        sign_up(page, "forgot@example.org")
        sign_out(page)
        page.goto("/accounts/login/")
        page.get_by_role("link", name="Forgot your password?").click()
        page.get_by_label("Email").fill("forgot@example.org")
        page.get_by_role("button", name="Send the link").click()
        page.goto(mail.link(page, "forgot@example.org"))
        page.get_by_label("A new password").fill("another horse battery")
        page.get_by_label("Once more").fill("another horse battery")
        page.get_by_role("button", name="Save the new password").click()
        expect(page.get_by_role("heading", name="Your new password is set")).to_be_visible()


class TestLeaving:
    def test_can_be_taken_back_for_a_week(self, page: Page) -> None:
        sign_up(page, "leaves@example.org")
        page.goto("/settings/")
        page.get_by_role("link", name="Delete my account").click()
        prove(page)
        page.get_by_role("button", name="Leave in a week").click()
        bar = page.get_by_role("region", name="You are leaving")
        expect(bar).to_be_visible()
        sign_out(page)
        sign_in(page, "leaves@example.org")
        page.wait_for_url(FILMS)
        bar.get_by_role("button", name="Stay").click()
        expect(page.get_by_text("How good that you stay")).to_be_visible()
        expect(bar).to_have_count(0)
        subjects = " ".join(mail.texts(page, "leaves@example.org"))
        assert "You are leaving Echoes" in subjects
        assert "You stay" in subjects


class TestKeyboard:
    def test_alone_signs_somebody_up(self, page: Page) -> None:
        page.goto("/accounts/signup/")
        page.get_by_label("Email").focus()
        page.keyboard.type("keyboard@example.org")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_label("Code").focus()
        page.keyboard.type(mail.code(page, "keyboard@example.org").replace("-", "").lower())
        page.keyboard.press("Enter")
        page.wait_for_url(FILMS)


class TestTooFast:
    def test_is_said_on_a_page_whatever_a_client_claims_to_be(
        self, chromium: Browser, product: Product
    ) -> None:
        """Through the web server that people reach: it must not believe the header either."""
        context = chromium.new_context(base_url=product.url)
        answers = [_wrong_password(context, product, number) for number in range(15)]
        assert answers == [200] * 10 + [429] * 5
        context.close()


class TestAccessibility:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_of_every_page_around_an_account(self, chromium: Browser, by_name: str, scheme: str) -> None:
        context = chromium.new_context(
            base_url=by_name, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
        )
        page = context.new_page()
        for address in ("login", "signup", "password/reset", "inactive", "3rdparty/login/cancelled"):
            _is_fine(page, f"/accounts/{address}/")
        sign_up(page, f"axe-account-{scheme}@example.org")
        page.goto("/settings/leave/")
        assert violations(page) == [], "reauthenticate"
        prove(page)
        assert violations(page) == [], "leave"
        pages = (
            "2fa",
            "2fa/totp/activate",
            "2fa/webauthn/add",
            "2fa/webauthn",
            "email",
            "password/change",
            "3rdparty",
        )
        for address in ("/settings/", "/mail/", *(f"/accounts/{each}/" for each in pages)):
            _is_fine(page, address)
        context.close()


def test_a_window_that_grows_while_a_page_changes_is_no_trouble(page: Page) -> None:
    """The browser cuts the change of view short, and complains of it to whoever does not listen."""
    page.goto("/accounts/login/")
    for width in (360, 768, 1440, 400, 900, 500):
        address = "/accounts/signup/" if "login" in page.url else "/accounts/login/"
        page.locator(f"a[href^='{address}']").first.click()
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_url(f"**{address}*")
    page.evaluate("() => document.activeViewTransition?.finished.catch(() => {})")


def _is_fine(page: Page, address: str) -> None:
    """For axe, and as wide as a telephone."""
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(address)
    assert violations(page) == [], address
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360, address


def _wrong_password(context: BrowserContext, product: Product, number: int) -> int:
    page = context.request.get("/accounts/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text())
    assert token
    words = {"login": f"nobody-{number}@example.org", "password": "wrong", "csrfmiddlewaretoken": token[1]}
    headers = {"X-Forwarded-For": f"198.51.100.{number}", "Referer": product.url}
    return context.request.post("/accounts/login/", form=words, headers=headers).status
