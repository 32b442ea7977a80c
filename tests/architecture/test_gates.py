"""Every address declares who may come in, and is tried by the others."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from billing import ledger, purchases
from billing.models import Pack
from echoes.kernel import clock
from tests import factories

PUBLIC = "anybody"
SIGNED_IN = "whoever is signed in"
OWNER = "its owner"
LINK = "whoever holds a signed link"
STRIPE = "Stripe, by its signature"
SERVICE = "a provider's service, by its signature"
STAFF = "staff"
ALLAUTHS = ("admin:", "account_", "google_", "mfa_", "socialaccount_", "usersessions_")

GATES = {
    "landing": PUBLIC,
    "pricing": PUBLIC,
    "healthz": PUBLIC,
    "mailbox": PUBLIC,
    "font": PUBLIC,
    "fonts_css": PUBLIC,
    "accounts:language": PUBLIC,
    "media_receive": LINK,
    "media_send": LINK,
    "projects:dashboard": SIGNED_IN,
    "projects:create": SIGNED_IN,
    "projects:show": OWNER,
    "projects:films": OWNER,
    "projects:surprise": OWNER,
    "projects:rename": OWNER,
    "projects:delete": OWNER,
    "projects:restore": OWNER,
    "projects:withhold": OWNER,
    "clips:grid": OWNER,
    "clips:reading": OWNER,
    "clips:animate_all": OWNER,
    "clips:approve_all": OWNER,
    "clips:chosen": OWNER,
    "clips:order": OWNER,
    "clips:budget": OWNER,
    "clips:bring": OWNER,
    "clips:card": OWNER,
    "clips:takes": OWNER,
    "clips:choose_take": OWNER,
    "clips:animate": OWNER,
    "clips:cancel": OWNER,
    "clips:ideas": OWNER,
    "clips:withhold": OWNER,
    "clips:approve": OWNER,
    "clips:move": OWNER,
    "clips:trim": OWNER,
    "clips:remove": OWNER,
    "clips:restore": OWNER,
    "clips:photos": OWNER,
    "clips:photo_complete": OWNER,
    "compiler:finish": OWNER,
    "compiler:preview": OWNER,
    "compiler:shelf": OWNER,
    "compiler:order": OWNER,
    "compiler:cancel_order": OWNER,
    "compiler:clip_finish": OWNER,
    "compiler:film": OWNER,
    "compiler:film_fragment": OWNER,
    "compiler:cancel": OWNER,
    "compiler:retry": OWNER,
    "compiler:again": OWNER,
    "compiler:poster": OWNER,
    "compiler:delete": OWNER,
    "compiler:restore": OWNER,
    "library:uploads": SIGNED_IN,
    "library:upload_status": OWNER,
    "library:upload_complete": OWNER,
    "library:upload_parts": OWNER,
    "library:sent": SIGNED_IN,
    "library:sent_summary": SIGNED_IN,
    "library:withhold": OWNER,
    "library:usage": SIGNED_IN,
    "library:export": SIGNED_IN,
    "library:export_cancel": SIGNED_IN,
    "accounts:settings": SIGNED_IN,
    "accounts:name": SIGNED_IN,
    "accounts:end_session": OWNER,
    "accounts:end_other_sessions": SIGNED_IN,
    "accounts:leave": SIGNED_IN,
    "accounts:stay": SIGNED_IN,
    "tray": SIGNED_IN,
    "styleguide": STAFF,
    "styleguide_error": STAFF,
    "notices:all": SIGNED_IN,
    "notices:bell": SIGNED_IN,
    "notices:told": SIGNED_IN,
    "notices:seen": SIGNED_IN,
    "notices:wishes": SIGNED_IN,
    "notices:off": LINK,
    "billing:credits": SIGNED_IN,
    "billing:balance": SIGNED_IN,
    "billing:buy": SIGNED_IN,
    "billing:bought": OWNER,
    "billing:left": OWNER,
    "billing:invited": PUBLIC,
    "billing:webhook": STRIPE,
    "billing:overview": STAFF,
    "billing:grant": STAFF,
    "providers:hook": SERVICE,
    "providers:try_out": STAFF,
    "providers:trial": STAFF,
    "providers:use_as_sample": STAFF,
    "jobs:overview": STAFF,
    "jobs:all": STAFF,
    "jobs:show": STAFF,
    "jobs:retry": STAFF,
    "jobs:cancel": STAFF,
}


def names(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from names(pattern.url_patterns, space)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}"


def ours() -> set[str]:
    """The names of our own addresses; the admin and allauth keep their own doors."""
    return {
        name
        for name in names(get_resolver().url_patterns)
        if not name.startswith(ALLAUTHS) and name != "None"
    }


def gated(gate: str) -> list[str]:
    return sorted(name for name, found in GATES.items() if found == gate)


def test_every_address_declares_its_gate() -> None:
    assert ours() == set(GATES)


@pytest.mark.django_db
class TestCharlie:
    @pytest.mark.parametrize("name", gated(SIGNED_IN) + gated(OWNER) + gated(STAFF))
    def test_is_sent_to_sign_in(self, charlies: Client, name: str) -> None:
        address = _any_address(name)
        for method in (charlies.get, charlies.post):
            response = method(address)
            assert response.status_code == 302
            assert response["Location"].startswith(reverse("account_login"))

    @pytest.mark.parametrize("name", ["landing", "pricing", "healthz", "font", "fonts_css"])
    def test_sees_what_is_public(self, charlies: Client, name: str) -> None:
        address = reverse(name, args=["text"] if name == "font" else [])
        assert charlies.get(address).status_code == 200

    def test_is_not_taken_for_stripe(self, charlies: Client) -> None:
        assert charlies.get(reverse("billing:webhook")).status_code == 405
        assert charlies.post(reverse("billing:webhook"), {"id": "evt_1"}).status_code == 400

    def test_is_not_taken_for_a_service(self, charlies: Client) -> None:
        address = reverse("providers:hook", args=["replicate", str(uuid.uuid4())])
        assert charlies.get(address).status_code == 405
        assert charlies.post(address, {"id": "x"}).status_code == 400

    def test_gets_no_media_without_a_signature(self, charlies: Client) -> None:
        assert charlies.get("/media/photos/1/assets/x/working.jpg").status_code == 404
        assert charlies.post("/media/photos/", {"key": "1/incoming/x"}).status_code == 403


@pytest.mark.django_db(transaction=True)
class TestBob:
    @pytest.mark.parametrize("name", gated(STAFF))
    def test_is_kept_out_of_what_is_for_staff(self, bobs: Client, name: str) -> None:
        address = _any_address(name)
        assert {bobs.get(address).status_code, bobs.post(address).status_code} == {403}

    def test_is_told_that_nothing_of_alices_exists(
        self, alice: User, bobs: Client, tmp_path: Path, subtests: Any
    ) -> None:
        owned = _owned(alice, tmp_path)
        for name in gated(OWNER):
            with subtests.test(name):
                address = reverse(name, args=owned[name])
                answers = {bobs.get(address).status_code, bobs.post(address).status_code}
                assert answers <= {404, 405}
                assert 404 in answers


def _any_address(name: str) -> str:
    """The address with made-up ids."""
    for made_up in ([], [uuid.uuid4()], [uuid.uuid4(), uuid.uuid4()], [1]):
        try:
            return reverse(name, args=made_up)
        except Exception:  # noqa: S112  (the number of ids is not known before)
            continue
    raise AssertionError(f"{name} cannot be reversed")


def _owned(alice: User, tmp_path: Path) -> dict[str, list[Any]]:
    """For each owner's address, the ids of something that Alice really has."""
    project = factories.project(by=alice)
    film = factories.film(tmp_path, project=project)
    clip = project.clips.first()
    assert clip is not None
    ingest = clip.asset.ingests.first()
    assert ingest is not None
    pack = Pack.objects.create(title="Ten", credits=10, amount=500, currency="usd")
    account = ledger.account_of(alice)
    order = purchases.begin(order=uuid.uuid4(), account=account, pack=pack, back="", now=clock.now())
    special = {
        "clips:choose_take": [clip.pk, clip.chosen_id],
        "compiler:clip_finish": [clip.pk],
        "compiler:order": [project.pk],
        "compiler:cancel_order": [project.pk, uuid.uuid4()],
        "clips:photo_complete": [project.pk, ingest.pk],
        "accounts:end_session": [factories.sign_in(alice)],
        "library:upload_status": [ingest.pk],
        "library:withhold": [clip.asset_id],
        "library:upload_complete": [ingest.pk],
        "library:upload_parts": [ingest.pk],
    }
    ids = {
        "projects": [project.pk],
        "clips": [clip.pk],
        "compiler": [film.pk],
        "billing": [order.pk],
    }
    of_project = {"clips:grid", "clips:animate_all", "clips:approve_all", "clips:photos"}
    of_project |= {"clips:chosen", "clips:order", "clips:reading"}
    of_project |= {"clips:budget", "clips:bring", "compiler:finish", "compiler:preview", "compiler:shelf"}
    return {
        name: special.get(name) or ([project.pk] if name in of_project else ids[name.split(":")[0]])
        for name in gated(OWNER)
    }
