"""What staff do with models, limits and instructions in the admin."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import User
from billing import costs
from billing.models import Price
from echoes.kernel import clock
from providers import access, instructions, registry
from providers.capabilities import Capability
from providers.models import Cap, Disclosure, Instruction, Judgement, Model, Withheld
from tests.factories import services
from tests.jobs.made import HOSTILE, said, text
from tests.providers.conftest import browser, staff_with

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_models")]

LIST = "admin:providers_model_changelist"
CHANGE = "admin:providers_model_change"
ADD = "admin:providers_model_add"


def form(row_slug: str, **changed: Any) -> dict[str, Any]:
    """What the page of a model would send, with changes."""
    row = Model.objects.get(pk=row_slug)
    price = Price.objects.filter(model=row_slug).first()
    same = (
        *("title", "note", "capability", "provider", "wire", "prompt_limit", "prompt_unit"),
        *("expected_seconds", "unit", "usd", "position"),
    )
    fields: dict[str, Any] = {name: getattr(row, name) for name in same}
    fields |= {
        **dict.fromkeys(("lengths", "aspects", "languages"), "[]"),
        "options": "{}",
        "token_prices": "{}",
        "is_on": "on",
        "credits": price.credits if price else "",
    }
    return {name: value for name, value in (fields | changed).items() if value is not None}


def act(client: Client, action: str, *slugs: str) -> Any:
    chosen = {"action": action, "_selected_action": slugs}
    return client.post(reverse(LIST), chosen, follow=True)


def errors(page: Any) -> dict[str, list[str]]:
    return dict(page.context["adminform"].form.errors)


class TestTheListOfModels:
    def test_shows_price_time_and_whether_the_service_is_connected(
        self, robins: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        services.install("runway-gen4-turbo", "wan-22-fast", "gpt-writer", "local")
        services.connect(monkeypatch, "runway")
        seen = said(robins.get(reverse(LIST)))
        assert "Runway Gen-4 Turbo" in seen
        assert "Runway connected" in seen
        assert "Replicate not connected" in seen
        assert "0.05 a second made" in seen
        assert "0.001 a run, by tokens" in seen
        assert "45 s" in seen
        assert "free" in seen

    def test_says_that_a_service_is_simulated(self, robins: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        services.install("runway-gen4-turbo")
        services.connect(monkeypatch, "runway", url="http://127.0.0.1:9")
        assert "Runway simulated here" in said(robins.get(reverse(LIST)))

    @pytest.mark.parametrize(("days", "warns"), [(59, True), (60, True), (61, False), (-1, True)])
    def test_warns_of_a_model_that_is_about_to_go(self, robins: Client, days: int, warns: bool) -> None:
        services.install("local", retires_on=clock.now().date() + timedelta(days=days))
        assert ('<span class="staff-near">' in text(robins.get(reverse(LIST)))) is warns

    def test_warns_of_one_that_is_on_and_has_no_price(self, robins: Client) -> None:
        services.install("runway-gen4-turbo")
        assert "staff-near" not in text(robins.get(reverse(LIST)))
        Price.objects.all().delete()
        assert '<span class="staff-near">no price</span>' in text(robins.get(reverse(LIST)))

    def test_asks_as_often_for_many_models_as_for_one(
        self, robins: Client, django_assert_max_num_queries: Any
    ) -> None:
        services.install()
        with django_assert_max_num_queries(12):
            assert robins.get(reverse(LIST)).status_code == 200

    def test_puts_models_in_an_order(self, robins: Client) -> None:
        services.install("runway-gen4-turbo")
        page = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-slug": "runway-gen4-turbo"}
        robins.post(reverse(LIST), {**page, "form-0-position": 3, "_save": "Save"})
        assert Model.objects.get().position == 3
        assert LogEntry.objects.filter(object_id="runway-gen4-turbo").count() == 1


class TestTheDoor:
    @pytest.mark.parametrize("name", [LIST, ADD])
    def test_is_shut_to_customers_and_to_staff_of_other_things(self, alice: User, name: str) -> None:
        for user in (alice, staff_with("jobs.view_jobevent")):
            assert browser(user).get(reverse(name)).status_code == 403

    def test_lets_those_who_may_look_change_nothing(self) -> None:
        services.install("runway-gen4-turbo")
        client = browser(staff_with(access.VIEW))
        assert client.get(reverse(LIST)).status_code == 200
        address = reverse(CHANGE, args=["runway-gen4-turbo"])
        assert client.get(address).status_code == 200
        assert client.post(address, form("runway-gen4-turbo", title="Mine")).status_code == 403
        act(client, "switch_off", "runway-gen4-turbo")
        assert Model.objects.get().is_on
        assert Model.objects.get().title == "Runway Gen-4 Turbo"

    def test_leaves_prices_alone_of_those_who_may_only_change_models(self) -> None:
        services.install("runway-gen4-turbo")
        client = browser(staff_with(access.VIEW, access.CHANGE))
        address = reverse(CHANGE, args=["runway-gen4-turbo"])
        sent = form("runway-gen4-turbo", title="Turbo", credits=99)
        assert client.post(address, sent).status_code == 302
        assert (Model.objects.get().title, Price.objects.get().credits) == ("Turbo", 2)

    def test_nobody_deletes_a_model(self, robins: Client) -> None:
        services.install("runway-gen4-turbo")
        address = reverse("admin:providers_model_delete", args=["runway-gen4-turbo"])
        assert robins.post(address, {"post": "yes"}).status_code == 403


class TestTheFormOfAModel:
    def test_changes_a_model_and_its_price_and_logs_both(self, robins: Client) -> None:
        services.install("runway-gen4-turbo")
        sent = form("runway-gen4-turbo", title="Turbo", credits=3, lengths="[10, 5]", aspects='["16:9"]')
        answer = robins.post(reverse(CHANGE, args=["runway-gen4-turbo"]), sent)
        assert answer.status_code == 302
        row = Model.objects.get()
        assert (row.title, row.lengths, row.aspects) == ("Turbo", [5, 10], ["16:9"])
        assert Price.objects.get().credits == 3
        notes = [entry.get_change_message() for entry in LogEntry.objects.all()]
        assert "Price in credits: 2 → 3." in notes
        assert any("Title" in note for note in notes)

    def test_takes_a_model_off_the_shelf_that_has_no_price(self, robins: Client) -> None:
        services.install("runway-gen4-turbo")
        robins.post(reverse(CHANGE, args=["runway-gen4-turbo"]), form("runway-gen4-turbo", credits=""))
        assert not Price.objects.exists()

    def test_adds_a_model(self, robins: Client) -> None:
        services.install("runway-gen4-turbo")
        sent = form("runway-gen4-turbo", slug="runway-gen5", wire="gen5", credits=4)
        assert robins.post(reverse(ADD), sent).status_code == 302
        assert Model.objects.get(pk="runway-gen5").wire == "gen5"
        assert Price.objects.get(model="runway-gen5").credits == 4

    def test_never_changes_the_name_of_one(self, robins: Client) -> None:
        services.install("runway-gen4-turbo")
        robins.post(reverse(CHANGE, args=["runway-gen4-turbo"]), form("runway-gen4-turbo", slug="other"))
        assert list(Model.objects.values_list("pk", flat=True)) == ["runway-gen4-turbo"]

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("lengths", "[0]", "whole seconds"),
            ("lengths", "[5.5]", "whole seconds"),
            ("lengths", '["5"]', "whole seconds"),
            ("lengths", "[true]", "whole seconds"),
            ("lengths", '{"a": 1}', "list in square brackets"),
            ("lengths", "5, 10", "valid JSON"),
            ("aspects", '["16:10"]', "no film has that shape"),
            ("aspects", '[["16:9"]]', "no film has that shape"),
            ("languages", '["English"]', "two small letters"),
            ("options", "[1]", "object in braces"),
            ("token_prices", '{"inputs": 1}', "no such price"),
            ("token_prices", '{"input": -1}', "0 or more"),
            ("token_prices", '{"input": "NaN"}', "0 or more"),
            ("wire", "   ", "required"),
            ("usd", "-1", "greater than or equal to 0"),
            ("credits", "0", "greater than or equal to 1"),
        ],
    )
    def test_says_what_is_wrong(self, robins: Client, field: str, value: str, words: str) -> None:
        services.install("runway-gen4-turbo")
        page = robins.post(
            reverse(CHANGE, args=["runway-gen4-turbo"]), form("runway-gen4-turbo", **{field: value})
        )
        assert page.status_code == 200
        assert words in " ".join(errors(page)[field])

    def test_does_not_switch_the_default_off(self, robins: Client) -> None:
        services.install("runway-gen4-turbo", is_default=True)
        page = robins.post(reverse(CHANGE, args=["runway-gen4-turbo"]), form("runway-gen4-turbo", is_on=None))
        assert "Make another one the default first" in " ".join(errors(page)["is_on"])
        assert Model.objects.get().is_on

    def test_sells_nothing_that_people_do_not_pay(self, robins: Client) -> None:
        services.install("gpt-writer", "local")
        for slug in ("gpt-writer", "local"):
            page = robins.post(reverse(CHANGE, args=[slug]), form(slug, credits=2))
            assert "are sold" in " ".join(errors(page)["credits"])

    def test_shows_what_staff_wrote_as_words(self, robins: Client) -> None:
        services.install("runway-gen4-turbo", title=HOSTILE[:60], note=HOSTILE)
        for page in (robins.get(reverse(LIST)), robins.get(reverse(CHANGE, args=["runway-gen4-turbo"]))):
            assert "<script>alert" not in text(page)


class TestActions:
    def test_switch_models_off_and_on(self, robins: Client) -> None:
        services.install("runway-gen4-turbo", "wan-22-fast")
        page = act(robins, "switch_off", "runway-gen4-turbo", "wan-22-fast")
        assert "Switched off: 2." in said(page)
        assert not Model.objects.filter(is_on=True).exists()
        act(robins, "switch_on", "wan-22-fast")
        assert [row.pk for row in Model.objects.filter(is_on=True)] == ["wan-22-fast"]
        notes = list(LogEntry.objects.order_by("pk").values_list("object_id", "change_message"))
        assert ("wan-22-fast", "Switched on.") in notes
        assert len(notes) == 3

    def test_do_not_switch_the_default_off(self, robins: Client) -> None:
        services.install("runway-gen4-turbo", is_default=True)
        services.install("wan-22-fast")
        page = act(robins, "switch_off", "runway-gen4-turbo", "wan-22-fast")
        assert "Runway Gen-4 Turbo: This model is used where nobody chooses." in said(page)
        assert [row.pk for row in Model.objects.filter(is_on=True)] == ["runway-gen4-turbo"]
        assert Model.objects.get(is_default=True).pk == "runway-gen4-turbo"

    def test_make_one_the_default_instead_of_another(self, robins: Client) -> None:
        services.install("runway-gen4-turbo", is_default=True)
        services.install("wan-22-fast", "gpt-writer")
        act(robins, "make_default", "wan-22-fast", "gpt-writer")
        assert set(Model.objects.filter(is_default=True).values_list("pk", flat=True)) == {
            "wan-22-fast",
            "gpt-writer",
        }
        assert LogEntry.objects.get(object_id="runway-gen4-turbo").change_message == (
            "No longer the default: Wan 2.2 Fast is."
        )

    def test_make_one_alone_the_default(self, robins: Client) -> None:
        services.install("runway-gen4-turbo", "wan-22-fast")
        page = act(robins, "make_default", "runway-gen4-turbo", "wan-22-fast")
        assert "it can have one default" in said(page)
        assert not Model.objects.filter(is_default=True).exists()

    def test_do_not_make_one_the_default_that_is_off(self, robins: Client) -> None:
        services.install("runway-gen4-turbo", is_on=False)
        assert "switch it on before" in said(act(robins, "make_default", "runway-gen4-turbo"))
        assert not Model.objects.get().is_default

    def test_drop_a_default(self, robins: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        services.install("runway-gen4-turbo", is_default=True)
        services.install("wan-22-fast")
        services.connect(monkeypatch, "runway", "replicate")
        act(robins, "drop_default", "runway-gen4-turbo")
        assert registry.usable(Capability.MOTION)[0].pk == "wan-22-fast"


class TestInstructions:
    LIST = "admin:providers_instruction_changelist"

    @pytest.fixture(autouse=True)
    def _complete(self, db: Any) -> None:
        instructions.complete()

    def change(self, client: Client, key: str, words: str) -> Any:
        return client.post(reverse("admin:providers_instruction_change", args=[key]), {"text": words})

    def test_are_listed_with_what_is_told(self, robins: Client) -> None:
        seen = said(robins.get(reverse(self.LIST)))
        for key, known in instructions.KEYS.items():
            assert key in seen
            assert known.purpose.replace("'", "&#x27;") in seen

    def test_are_only_read_by_whoever_looks_at_them(self, robins: Client) -> None:
        Instruction.objects.all().delete()
        assert robins.get(reverse(self.LIST)).status_code == 200
        assert not Instruction.objects.exists()

    def test_are_told_as_staff_wrote_them(self, robins: Client) -> None:
        assert self.change(robins, "motion", "Move  slowly.").status_code == 302
        assert instructions.text("motion") == "Move  slowly."
        assert "Text" in LogEntry.objects.get(object_id="motion").get_change_message()

    def test_go_back_to_the_default(self, robins: Client) -> None:
        self.change(robins, "motion", "Move slowly.")
        robins.post(reverse(self.LIST), {"action": "reset", "_selected_action": ["motion"]})
        assert instructions.text("motion") == instructions.KEYS["motion"].default
        assert LogEntry.objects.filter(change_message="Reset to the default.").count() == 1

    def test_stay_the_default_when_it_is_saved_as_it_is(self, robins: Client) -> None:
        page = robins.get(reverse("admin:providers_instruction_change", args=["motion"]))
        shown = page.context["adminform"].form.initial["text"]
        assert shown == instructions.KEYS["motion"].default
        self.change(robins, "motion", shown)
        assert Instruction.objects.get(pk="motion").text == ""

    def test_can_be_neither_added_nor_removed(self, robins: Client) -> None:
        assert robins.get(reverse("admin:providers_instruction_add")).status_code == 403


class TestLimits:
    def test_stand_beside_what_is_spent(self, robins: Client, alice: User, bob: User) -> None:
        now = clock.now()
        for user, usd in ((alice, "30"), (bob, "12.5")):
            costs.expect(
                reference=f"take:{uuid4()}",
                charge="1",
                model="m",
                usd=Decimal(usd),
                user=user,
                project=uuid4(),
                now=now,
            )
        Cap.objects.create(scope="all", usd=100)
        Cap.objects.create(scope="person", usd=20)
        Cap.objects.create(scope="person", usd=31, user=alice)
        Cap.objects.create(scope="project", usd=200)
        page = robins.get(reverse("admin:providers_cap_changelist"))
        seen = said(page)
        assert "42.50 (everybody together)" in seen
        assert "12.50 (bob@example.org)" in seen
        assert "30.00 (alice@example.org)" in seen
        assert text(page).count("staff-near") == 1

    def test_of_one_person_are_of_a_person(self, robins: Client, alice: User) -> None:
        sent = {"scope": "all", "user": alice.pk, "usd": "5"}
        page = robins.post(reverse("admin:providers_cap_add"), sent)
        assert "Only the limit of each person" in said(page)
        assert not Cap.objects.exists()
        robins.post(reverse("admin:providers_cap_add"), {**sent, "scope": "person"})
        assert Cap.objects.get().user == alice


class TestWhatWentWhere:
    def test_is_read_and_never_changed(self, robins: Client, alice: User) -> None:
        sent = Disclosure.objects.create(
            owner=alice, provider="runway", model="m", asset=uuid4(), reference="take:1", words=HOSTILE
        )
        kept = Withheld.objects.create(owner=alice, what="asset", subject=uuid4())
        judged = Judgement.objects.create(digest="d", model="m", flagged=True, unsure=False)
        for name, row in (("disclosure", sent), ("withheld", kept), ("judgement", judged)):
            listed = robins.get(reverse(f"admin:providers_{name}_changelist"))
            assert listed.status_code == 200
            address = reverse(f"admin:providers_{name}_change", args=[row.pk])
            page = robins.get(address)
            assert page.status_code == 200
            assert "<script>alert" not in text(page)
            assert "/media/" not in text(page)
            assert robins.post(address, {}).status_code == 403
            assert robins.get(reverse(f"admin:providers_{name}_add")).status_code == 403
