"""A question is put to a service through the door, counted, and answered by this machine where that fails."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from billing.models import Cost
from echoes.kernel import clock
from jobs import admission
from jobs.models import ServiceState
from providers import asking, consent, door, instructions
from providers.capabilities import Answer, Capability, EyesRequest, Request, Seen
from providers.models import Cap, Disclosure, Model
from tests import pictures
from tests.contracts.openai import fake
from tests.contracts.openai.fake import OpenAI
from tests.factories import services

pytestmark = pytest.mark.django_db(transaction=True)
ROUTE = "responses"


@pytest.fixture
def openai(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[OpenAI]:
    """A simulated OpenAI, and the eyes of this machine beside it."""
    services.install("gpt-eyes", "local-eyes")
    with fake.running() as running:
        services.connect(monkeypatch, "openai", url=running.url, key=fake.KEY)
        yield running


def ask(
    alice: User, tmp_path: Path, *, asset: uuid.UUID | None = None, project: uuid.UUID | None = None
) -> tuple[Answer, Model]:
    photo = pictures.jpeg(tmp_path / "photo.jpg", seed=1)

    def build(model: Model, errand: door.Errand, folder: Path) -> Request:
        picture = door.picture(errand, photo=photo, folder=folder, longest=512)
        return EyesRequest(picture, instructions.text("eyes"))

    return asking.ask(
        Capability.EYES,
        build,
        owner=alice,
        reference=f"glance:{uuid.uuid4()}",
        asset=asset,
        project=project,
        now=clock.now(),
    )


def costs() -> list[tuple[bool, bool]]:
    """Of each: whether it was delivered, and whether it is a guess."""
    return list(Cost.objects.order_by("created_at").values_list("delivered", "estimated"))


class TestAsking:
    def test_gives_what_the_service_says_and_who_said_it(
        self, alice: User, openai: OpenAI, tmp_path: Path
    ) -> None:
        asset, project = uuid.uuid4(), uuid.uuid4()
        answer, model = ask(alice, tmp_path, asset=asset, project=project)
        assert model.slug == "gpt-eyes"
        assert Seen.model_validate(answer.said).ideas
        sent = Disclosure.objects.get()
        assert (sent.provider, sent.asset, sent.project, sent.simulated) == ("openai", asset, project, True)
        cost = Cost.objects.get()
        assert (cost.usd, cost.delivered, cost.estimated) == (answer.usd, True, False)
        assert (cost.user, cost.project) == (alice, project)

    @pytest.mark.parametrize("what", ["asset", "project"])
    def test_sends_nothing_that_is_never_sent_and_this_machine_answers(
        self, alice: User, openai: OpenAI, tmp_path: Path, what: str
    ) -> None:
        subject = uuid.uuid4()
        consent.withhold(owner=alice, what=what, subject=subject, now=clock.now())
        answer, model = ask(alice, tmp_path, **{what: subject})
        assert (model.slug, bool(Seen.model_validate(answer.said).ideas)) == ("local-eyes", True)
        assert (len(openai.calls), Disclosure.objects.count(), costs()) == (0, 0, [])

    @pytest.mark.parametrize("turn", ["rate_limit", "quota"])
    def test_is_answered_by_this_machine_where_the_service_will_not(
        self, alice: User, openai: OpenAI, tmp_path: Path, turn: str
    ) -> None:
        openai.fault(ROUTE, turn)
        _, model = ask(alice, tmp_path)
        assert model.slug == "local-eyes"
        assert sum(cost.usd for cost in Cost.objects.all()) == 0

    def test_pays_what_the_service_asks_for_a_refusal(
        self, alice: User, openai: OpenAI, tmp_path: Path
    ) -> None:
        openai.fault(ROUTE, "refusal")
        _, model = ask(alice, tmp_path)
        assert (model.slug, costs()) == ("local-eyes", [(False, False)])

    def test_does_not_ask_again_what_may_have_arrived(
        self, alice: User, openai: OpenAI, tmp_path: Path
    ) -> None:
        openai.fault(ROUTE, "cut")
        _, model = ask(alice, tmp_path)
        assert (model.slug, costs()) == ("local-eyes", [(False, True)])
        assert ServiceState.objects.get(name="openai").failures == 1

    def test_leaves_a_service_alone_that_rests_or_is_switched_off(
        self, alice: User, openai: OpenAI, tmp_path: Path
    ) -> None:
        admission.failed("openai", now=clock.now(), note="", retry_after=60, refused=True)
        assert ask(alice, tmp_path)[1].slug == "local-eyes"
        ServiceState.objects.update(resting_until=None, switched_off=True)
        assert ask(alice, tmp_path)[1].slug == "local-eyes"
        assert len(openai.calls) == 0

    def test_spends_no_more_than_is_allowed(self, alice: User, openai: OpenAI, tmp_path: Path) -> None:
        Cap.objects.create(scope=Cap.Scope.ALL, usd=Decimal(0))
        assert ask(alice, tmp_path)[1].slug == "local-eyes"
        assert len(openai.calls) == 0

    def test_says_so_where_nobody_can_answer(self, alice: User, db: Any, tmp_path: Path) -> None:
        services.install("gpt-eyes")
        with pytest.raises(asking.NobodyAnswers):
            ask(alice, tmp_path)
