"""Between a job's row and an adapter: what is done before anything is sent, and whose trouble it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from billing.models import Cost
from echoes.kernel import clock
from jobs import admission
from jobs.models import ServiceState
from jobs.states import Phase, State
from providers import door, trials
from providers.connections import Provider
from providers.models import Cap, Disclosure, Judgement, Trial
from tests import factories, pictures
from tests.contracts.openai import fake as openai
from tests.contracts.openai.fake import OpenAI
from tests.contracts.runway.fake import Runway
from tests.factories import services

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_models")]

MODEL = "runway-gen4-turbo"
Wait = Callable[[float], None]


@pytest.fixture
def service(settings: Any) -> Iterator[Runway]:
    services.install(MODEL, "openai-moderation")
    with services.connected_runway(settings, seconds=10) as fake:
        yield fake


@pytest.fixture
def judge(service: Runway, settings: Any) -> Iterator[OpenAI]:
    with openai.running() as fake:
        settings.PROVIDERS = {**settings.PROVIDERS, "openai": (openai.KEY, fake.url)}
        yield fake
        assert fake.violations == []


def ask(by: User, words: str = "the boat turns") -> Trial:
    return trials.start(model=MODEL, words=words, by=by, now=clock.now())


def seen(trial: Trial) -> Trial:
    return Trial.objects.get(pk=trial.pk)


def sent() -> list[tuple[str, str]]:
    """To whom something went, and with which words."""
    return sorted(Disclosure.objects.values_list("provider", "words"))


def failures(name: str) -> int:
    return sum(ServiceState.objects.filter(name=name).values_list("failures", flat=True))


class TestWhatWasSent:
    def test_is_written_down_with_what_it_may_cost(self, robin: User, service: Runway) -> None:
        trial = ask(robin)
        factories.drain()
        assert (seen(trial).phase, sent()) == (Phase.SUBMITTED, [("runway", "the boat turns")])
        assert Cost.objects.get().estimated

    def test_is_nothing_where_a_limit_holds_it_back(self, robin: User, service: Runway) -> None:
        Cap.objects.create(scope=Cap.Scope.ALL, usd=Decimal("0.01"))
        trial = ask(robin)
        factories.drain()
        assert (seen(trial).error_code, sent()) == ("cap_reached", [])
        assert (service.calls, Cost.objects.count()) == ([], 0)

    def test_is_the_words_alone_where_they_are_what_holds_it_back(
        self, robin: User, service: Runway, judge: OpenAI
    ) -> None:
        trial = ask(robin, "a lot of gore")
        factories.drain()
        assert (seen(trial).error_code, sent()) == ("unsafe_words", [("openai", "a lot of gore")])
        assert service.calls == []

    def test_names_the_service_that_judges_the_words(
        self, robin: User, service: Runway, judge: OpenAI
    ) -> None:
        trial = ask(robin)
        factories.drain()
        assert sent() == [("openai", "the boat turns"), ("runway", "the boat turns")]
        assert set(Disclosure.objects.values_list("reference", flat=True)) == {f"trial:{trial.pk}"}

    def test_does_not_name_it_again_for_words_that_were_judged_before(
        self, robin: User, service: Runway, judge: OpenAI
    ) -> None:
        for _ in range(2):
            ask(robin)
            factories.drain()
        assert [provider for provider, _ in sent()] == ["openai", "runway", "runway"]

    def test_passes_no_door_without_a_parcel(self, robin: User, tmp_path: Path) -> None:
        """What nobody would write down does not leave."""
        photo = pictures.jpeg(tmp_path / "photo.jpg", seed=1)
        errand = door.Errand(robin, Provider.RUNWAY, MODEL, "trial:1")
        with pytest.raises(LookupError):
            door.picture(errand, photo=photo, folder=tmp_path)


class TestTroubleOnOurSide:
    def test_keeps_nobody_else_from_the_service(
        self, robin: User, service: Runway, settings: Any, wait: Wait
    ) -> None:
        """A photo that cannot be read, or a store that is away."""
        settings.ORDERS = {"trial": "tests.providers.test_sending.broken"}
        trial = ask(robin)
        services.goes_on(service, wait, 200)
        assert (seen(trial).state, seen(trial).error_code) == (State.FAILED, "not_ready")
        assert (failures("runway"), admission.closed(now=clock.now())) == (0, set())
        assert (service.calls, Cost.objects.count(), sent()) == ([], 0, [])

    def test_after_it_was_judged_is_not_taken_for_something_sent(
        self, robin: User, service: Runway, monkeypatch: pytest.MonkeyPatch, wait: Wait
    ) -> None:
        """The limits could not be asked: nothing went, so nothing is ambiguous, and nothing stays counted."""
        trial = ask(robin)
        with monkeypatch.context() as patched:
            patched.setattr("providers.door.Parcel.goes", broken)
            factories.drain()
        assert (seen(trial).state, seen(trial).phase) == (State.QUEUED, Phase.NEW)
        assert (service.calls, Cost.objects.count()) == ([], 0)
        services.goes_on(service, wait, 30)
        assert seen(trial).phase != Phase.NEW


class TestTroubleOfAJudge:
    @pytest.mark.parametrize(
        "fault",
        [
            {"kind": "status", "status": 503},
            {"kind": "status", "status": 500},
            {"kind": "cut"},
            {"kind": "html"},
            {"kind": "html", "status": 200},
            {"kind": "quota"},
        ],
    )
    def test_is_none_of_whoever_makes_it(
        self, robin: User, service: Runway, judge: OpenAI, fault: dict[str, Any]
    ) -> None:
        judge.fault("moderations", **fault)
        trial = ask(robin)
        factories.drain()
        assert (seen(trial).phase, failures("runway")) == (Phase.SUBMITTED, 0)
        assert not Judgement.objects.exists()

    def test_is_written_down_as_its_own(self, robin: User, service: Runway, judge: OpenAI) -> None:
        judge.fault("moderations", "cut")
        ask(robin)
        factories.drain()
        assert failures("openai") == 1

    def test_is_not_looked_for_while_it_rests(self, robin: User, service: Runway, judge: OpenAI) -> None:
        admission.failed("openai", now=clock.now(), note="", retry_after=60, refused=True)
        trial = ask(robin)
        factories.drain()
        assert (seen(trial).phase, judge.calls) == (Phase.SUBMITTED, [])


def broken(*args: Any, **how: Any) -> None:
    raise OSError("broken")
