"""Takes that a service makes: through the real SDK, over real HTTP, to a simulated Runway, and back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import close_old_connections

from accounts.models import User
from billing import ledger, reconcile
from billing.models import Account, Cost, Price
from clips import takes
from clips.models import Clip, Take
from echoes.kernel import clock, http
from echoes.kernel.storage import base as storages
from jobs import lifecycle
from jobs.states import Phase, State
from providers import caps, consent, registry
from providers.models import Cap, Disclosure, Model
from tests import factories
from tests.billing.made import give
from tests.contracts.openai import fake as openai
from tests.contracts.runway import fake as runway
from tests.contracts.runway.fake import Runway
from tests.factories import services

pytestmark = pytest.mark.django_db(transaction=True)

MODEL = "runway-gen4-turbo"
CREDITS = 2  # for each started five seconds
Wait = Callable[[float], None]


@pytest.fixture
def service(settings: Any) -> Iterator[Runway]:
    with services.connected_runway(settings, seconds=20) as fake:
        yield fake


@pytest.fixture(autouse=True)
def _models(db: None) -> None:
    services.install()


@pytest.fixture
def account(alice: User) -> Account:
    found = ledger.account_of(alice)
    if missing := 10 - found.balance:
        give(found, missing)
    return found


@pytest.fixture
def clip(alice: User, tmp_path: Path, account: Account) -> Clip:
    """A clip of two seconds with a free take."""
    return factories.clip(tmp_path, project=factories.project(by=alice))


@pytest.fixture
def goes_on(service: Runway, wait: Wait) -> Callable[..., None]:
    return partial(services.goes_on, service, wait)


def ask(clip: Clip, **words: Any) -> Take:
    words = {"model": MODEL, **words}
    return takes.request(clip=clip, by=clip.project.owner, now=clock.now(), **words)


def seen(take: Take) -> Take:
    return Take.objects.get(pk=take.pk)


def books(account: Account) -> tuple[int, list[str]]:
    """What is left, and what became of the holds."""
    account.refresh_from_db()
    return account.balance, list(account.holds.order_by("created_at").values_list("status", flat=True))


class TestADelivery:
    def test_is_a_take_like_any_other(
        self, clip: Clip, account: Account, service: Runway, goes_on: Callable[..., None]
    ) -> None:
        take = ask(clip, prompt="the sea breathes")
        assert books(account) == (10 - CREDITS, ["open"])
        goes_on()
        made = seen(take)
        assert (made.state, made.error_message) == (State.SUCCEEDED, "")
        assert storages.get("photos").exists(made.key)
        clip.refresh_from_db()
        assert (clip.chosen_id, clip.approved) == (take.pk, False)
        assert books(account) == (10 - CREDITS, ["captured"])
        assert reconcile.differences() == []

    def test_costs_what_the_service_says(
        self, clip: Clip, service: Runway, goes_on: Callable[..., None]
    ) -> None:
        take = ask(clip)
        goes_on()
        (task,) = service.tasks
        (cost,) = Cost.objects.all()
        assert cost.usd == Decimal(task.cost) / 100
        assert (cost.reference, cost.delivered, cost.estimated) == (f"take:{take.pk}", True, False)
        assert (cost.user_id, cost.project) == (clip.project.owner_id, clip.project_id)

    def test_sends_the_photo_in_the_shape_of_the_film_and_the_words_after_ours(
        self, clip: Clip, service: Runway, goes_on: Callable[..., None]
    ) -> None:
        ask(clip, prompt="the sea breathes")
        goes_on(20)
        (task,) = service.tasks
        assert task.body["promptText"].endswith("the sea breathes")
        assert task.body["promptText"].startswith("Bring this photograph gently to life.")
        assert (task.body["ratio"], task.body["duration"]) == ("1280:720", 2)

    def test_is_written_down_before_it_goes(self, clip: Clip, service: Runway) -> None:
        take = ask(clip, prompt="the sea breathes")
        factories.drain()
        (sent,) = Disclosure.objects.all()
        assert (sent.provider, sent.model, sent.asset) == ("runway", MODEL, clip.asset_id)
        assert (sent.words, sent.simulated, sent.reference) == ("the sea breathes", True, f"take:{take.pk}")
        assert sent.size > 1_000

    def test_says_nothing_of_where_the_photo_was_taken(self, clip: Clip, service: Runway) -> None:
        ask(clip)
        factories.drain()
        ((_, call),) = [(route, call) for route, call in service.calls if route == "receive"]
        assert b"\xff\xd8\xff" in call.body
        assert b"Exif" not in call.body
        assert clip.asset.name.encode() not in call.body

    def test_is_not_made_anew_for_a_film_in_another_shape(
        self, clip: Clip, goes_on: Callable[..., None]
    ) -> None:
        take = ask(clip)
        goes_on()
        assert not takes.as_filmed(seen(take), asset=clip.asset)

    def test_outlives_links_that_end(self, clip: Clip, service: Runway, goes_on: Callable[..., None]) -> None:
        take = ask(clip)
        goes_on()
        assert seen(take).state == State.SUCCEEDED
        again = ask(clip, seed=7)
        service.fault("file", "status", status=403)
        goes_on()
        assert seen(again).state == State.SUCCEEDED
        assert len(service.tasks) == 2

    @pytest.mark.parametrize("kind", ["cut", "truncated", "status"])
    def test_that_breaks_off_is_fetched_again_and_not_made_again(
        self, clip: Clip, account: Account, service: Runway, goes_on: Callable[..., None], kind: str
    ) -> None:
        service.fault("file", kind, status=503)
        take = ask(clip)
        goes_on(90)
        assert (seen(take).state, len(service.tasks)) == (State.SUCCEEDED, 1)
        assert books(account) == (10 - CREDITS, ["captured"])


class TestAFailure:
    @pytest.mark.parametrize(
        ("fate", "code", "tasks"),
        [
            ({"status": "FAILED", "failureCode": "SAFETY.INPUT.IMAGE", "credits": 10}, "unsafe_picture", 1),
            ({"status": "FAILED", "failureCode": "SAFETY.INPUT.TEXT", "credits": 10}, "unsafe_words", 1),
            ({"status": "FAILED", "failureCode": "SAFETY.OUTPUT.VIDEO", "credits": 0}, "unsafe_result", 1),
            ({"status": "FAILED", "failureCode": "WHAT.IS.THIS", "credits": 0}, "provider_failed", 1),
            ({"status": "CANCELLED", "credits": 0}, "stopped", 1),
        ],
    )
    def test_says_why_and_gives_the_credits_back(
        self,
        clip: Clip,
        account: Account,
        service: Runway,
        goes_on: Callable[..., None],
        fate: dict[str, Any],
        code: str,
        tasks: int,
    ) -> None:
        service.fates.append(fate)
        take = ask(clip)
        goes_on()
        failed = seen(take)
        assert (failed.state, failed.error_code, len(service.tasks)) == (State.FAILED, code, tasks)
        assert "You were not charged" in failed.error_message
        assert books(account) == (10, ["released"])
        (cost,) = Cost.objects.all()
        assert (cost.usd, cost.delivered) == (Decimal(fate["credits"]) / 100, False)

    def test_that_may_go_away_is_tried_once_more_by_itself(
        self, clip: Clip, account: Account, service: Runway, goes_on: Callable[..., None]
    ) -> None:
        service.fates.append({"status": "FAILED", "failureCode": "INTERNAL.BAD_OUTPUT.CODE01", "credits": 0})
        take = ask(clip)
        goes_on(120)
        assert (seen(take).state, len(service.tasks)) == (State.SUCCEEDED, 2)
        assert books(account) == (10 - CREDITS, ["captured"])
        assert Cost.objects.filter(delivered=True).count() == 1

    def test_may_be_tried_again_by_a_person(
        self, clip: Clip, account: Account, service: Runway, goes_on: Callable[..., None]
    ) -> None:
        service.fates.append({"status": "FAILED", "failureCode": "SAFETY.OUTPUT.VIDEO", "credits": 0})
        take = ask(clip)
        goes_on()
        lifecycle.retry(seen(take), by=clip.project.owner, now=clock.now())
        goes_on()
        assert seen(take).state == State.SUCCEEDED
        assert books(account)[0] == 10 - CREDITS

    def test_of_what_was_sent_is_never_sent_again(
        self, clip: Clip, account: Account, service: Runway, goes_on: Callable[..., None]
    ) -> None:
        service.fault("create", "cut_after")
        take = ask(clip)
        goes_on(30)
        lost = seen(take)
        assert (lost.state, lost.error_code, service.asked["create"]) == (State.FAILED, "ambiguous", 1)
        assert books(account) == (10, ["released"])
        (cost,) = Cost.objects.all()  # it may have been made: what it may cost stays counted
        assert (cost.estimated, cost.usd) == (True, Decimal("0.10"))

    def test_of_a_service_that_is_away_is_no_failure_yet(
        self, clip: Clip, service: Runway, goes_on: Callable[..., None]
    ) -> None:
        service.fault("create", "status", status=503, times=2)
        take = ask(clip)
        goes_on(120)
        assert (seen(take).state, len(service.tasks)) == (State.SUCCEEDED, 1)

    def test_is_the_end_after_six_tries(
        self, clip: Clip, account: Account, service: Runway, goes_on: Callable[..., None]
    ) -> None:
        service.fault("create", "status", status=429, times=100)
        take = ask(clip)
        goes_on(1_500, step=30)
        assert (seen(take).state, seen(take).error_code) == (State.FAILED, "busy")
        assert service.asked["create"] <= 6
        assert books(account) == (10, ["released"])
        assert not Cost.objects.exists()

    def test_of_a_page_instead_of_a_film_keeps_nothing_of_it(
        self, clip: Clip, account: Account, service: Runway, goes_on: Callable[..., None]
    ) -> None:
        service.fault("file", "html")
        take = ask(clip)
        goes_on()
        assert (seen(take).state, seen(take).error_code) == (State.FAILED, "wrong_type")
        assert books(account) == (10, ["released"])

    @pytest.mark.parametrize(
        "address",
        [
            "http://169.254.169.254/latest/meta-data/clip.mp4",
            "https://169.254.169.254/clip.mp4",
            "https://[::ffff:127.0.0.1]/clip.mp4",
            "https://0x7f.1/clip.mp4",
            "https://results.cloudfront.net@127.0.0.1/clip.mp4",
            "https://127.0.0.1.cloudfront.net.evil.example/clip.mp4",
            "file:///etc/passwd",
            "ftp://results.cloudfront.net/clip.mp4",
            "http://127.0.0.1:1/clip.mp4",
            "//results.cloudfront.net/clip.mp4",
        ],
    )
    def test_of_a_result_at_a_forbidden_address_reaches_nobody(
        self,
        clip: Clip,
        account: Account,
        service: Runway,
        goes_on: Callable[..., None],
        address: str,
        monkeypatch: Any,
    ) -> None:
        dialled: list[Any] = []
        dial = http._dial
        monkeypatch.setattr(http, "_dial", lambda place, *kind: dialled.append(place) or dial(place, *kind))
        service.fates.append({"status": "SUCCEEDED", "credits": 10, "output": [address]})
        take = ask(clip)
        goes_on()
        assert (seen(take).state, seen(take).error_code) == (State.FAILED, "forbidden_address")
        assert dialled == []
        assert books(account) == (10, ["released"])

    def test_of_a_film_that_is_too_short(
        self, clip: Clip, account: Account, service: Runway, goes_on: Callable[..., None], monkeypatch: Any
    ) -> None:
        short = runway.films.clip
        monkeypatch.setattr(
            runway.films, "clip", lambda picture, *, seconds, **how: short(picture, seconds=1, **how)
        )
        take = ask(clip)
        goes_on()
        assert (seen(take).state, seen(take).error_code) == (State.FAILED, "too_short")
        assert books(account) == (10, ["released"])


class TestCancelling:
    def test_tells_the_service_and_gives_the_credits_back(
        self, clip: Clip, account: Account, service: Runway, goes_on: Callable[..., None]
    ) -> None:
        take = ask(clip)
        factories.drain()
        assert seen(take).phase == Phase.SUBMITTED
        takes.cancel_live(clip=clip, by=clip.project.owner, now=clock.now())
        goes_on(20)
        assert (seen(take).state, service.asked["delete"]) == (State.CANCELLED, 1)
        assert books(account) == (10, ["released"])
        assert Cost.objects.get().estimated


class TestConsent:
    @pytest.mark.parametrize("what", ["asset", "project"])
    def test_is_asked_before_anybody_pays(
        self, clip: Clip, account: Account, service: Runway, what: str
    ) -> None:
        subject = clip.asset_id if what == "asset" else clip.project_id
        consent.withhold(owner=clip.project.owner, what=what, subject=subject, now=clock.now())
        with pytest.raises(consent.NotSent):
            ask(clip)
        assert books(account) == (10, [])

    @pytest.mark.parametrize("what", ["asset", "project"])
    def test_is_asked_once_more_at_the_door(
        self, clip: Clip, account: Account, service: Runway, goes_on: Callable[..., None], what: str
    ) -> None:
        take = ask(clip)
        subject = clip.asset_id if what == "asset" else clip.project_id
        consent.withhold(owner=clip.project.owner, what=what, subject=subject, now=clock.now())
        goes_on(20)
        assert (seen(take).state, seen(take).error_code) == (State.FAILED, "withheld")
        assert (service.calls, Disclosure.objects.count()) == ([], 0)
        assert books(account) == (10, ["released"])

    def test_of_somebody_else_does_not_count(self, bob: User, clip: Clip, service: Runway) -> None:
        consent.withhold(owner=bob, what="asset", subject=clip.asset_id, now=clock.now())
        assert ask(clip).service == "runway"

    def test_can_be_given_again(self, clip: Clip, service: Runway) -> None:
        owner = clip.project.owner
        consent.withhold(owner=owner, what="asset", subject=clip.asset_id, now=clock.now())
        consent.allow(owner=owner, what="asset", subject=clip.asset_id)
        assert ask(clip).service == "runway"

    def test_is_not_needed_for_what_stays_here(self, clip: Clip, service: Runway) -> None:
        consent.withhold(owner=clip.project.owner, what="asset", subject=clip.asset_id, now=clock.now())
        take = ask(clip, model=takes.LOCAL, seed=5)
        factories.drain()
        assert seen(take).state == State.SUCCEEDED


class TestLimits:
    @pytest.mark.parametrize("scope", ["all", "person", "project"])
    def test_are_not_passed(
        self, clip: Clip, account: Account, service: Runway, goes_on: Callable[..., None], scope: str
    ) -> None:
        Cap.objects.create(scope=scope, usd=Decimal("0.15"))
        first, second = ask(clip), None
        goes_on()
        assert seen(first).state == State.SUCCEEDED
        second = ask(clip, seed=9)
        goes_on()
        assert (seen(second).state, seen(second).error_code) == (State.FAILED, "cap_reached")
        assert len(service.tasks) == 1
        assert books(account)[0] == 10 - CREDITS

    def test_of_a_person_are_their_own(self, clip: Clip, alice: User, bob: User) -> None:
        Cap.objects.create(scope="person", usd=Decimal(0))
        Cap.objects.create(scope="person", user=alice, usd=Decimal(5))
        caps.check(usd=Decimal(1), user=alice, project=None, now=clock.now())
        with pytest.raises(caps.CapReached):
            caps.check(usd=Decimal(1), user=bob, project=None, now=clock.now())

    def test_hold_however_many_ask_at_once(self, alice: User) -> None:
        Cap.objects.create(scope="all", usd=Decimal("1.00"))
        reached: list[Exception] = []

        def reserve(number: int) -> None:
            try:
                caps.reserve(
                    reference=f"lab:{number}",
                    charge="1",
                    model=MODEL,
                    usd=Decimal("0.10"),
                    user=alice,
                    project=None,
                    now=clock.now(),
                )
            except caps.CapReached as error:
                reached.append(error)
            finally:
                close_old_connections()

        threads = [threading.Thread(target=reserve, args=(number,)) for number in range(25)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (Cost.objects.count(), len(reached)) == (10, 15)


class TestModels:
    def test_that_are_not_connected_cannot_be_asked(self, clip: Clip, account: Account) -> None:
        with pytest.raises(registry.UnknownModel):
            ask(clip)
        assert books(account) == (10, [])

    def test_that_were_switched_off_meanwhile_are_not_used(
        self, clip: Clip, account: Account, service: Runway, goes_on: Callable[..., None]
    ) -> None:
        take = ask(clip)
        Model.objects.filter(pk=MODEL).update(is_on=False)
        goes_on(20)
        assert (seen(take).state, seen(take).error_code) == (State.FAILED, "unknown_model")
        assert (service.calls, books(account)) == ([], (10, ["released"]))

    def test_make_the_next_length_that_they_can(
        self, clip: Clip, service: Runway, goes_on: Callable[..., None]
    ) -> None:
        take = ask(clip, model="runway-veo31-fast")
        goes_on(100)
        assert [task.body["duration"] for task in service.tasks] == [4]
        assert (seen(take).state, seen(take).seconds) == (State.SUCCEEDED, 2)

    def test_that_make_only_short_clips_are_not_asked_for_long_ones(
        self, clip: Clip, account: Account, service: Runway
    ) -> None:
        Model.objects.filter(pk=MODEL).update(lengths=[1])
        with pytest.raises(registry.TooLong):
            ask(clip)
        assert books(account) == (10, [])

    def test_are_not_asked_for_a_shape_that_they_cannot_make(
        self, alice: User, account: Account, service: Runway, tmp_path: Path
    ) -> None:
        square = factories.clip(tmp_path, project=factories.project(by=alice, aspect="1:1"))
        with pytest.raises(registry.WrongShape):
            ask(square, model="runway-veo31-fast")
        assert books(account) == (10, [])

    def test_have_limits_of_their_own(
        self, clip: Clip, service: Runway, tmp_path: Path, goes_on: Callable[..., None]
    ) -> None:
        Model.objects.filter(pk=MODEL).update(at_once=1)
        other = factories.clip(tmp_path, project=clip.project, seed=2)
        third = factories.clip(tmp_path, project=clip.project, seed=3)
        first, second = ask(clip), ask(other)
        by_another = ask(third, model="runway-gen45")
        factories.drain()
        phases = [seen(take).phase for take in (first, second, by_another)]
        assert phases == [Phase.SUBMITTED, Phase.NEW, Phase.SUBMITTED]
        goes_on(120)
        assert seen(second).state == State.SUCCEEDED


class TestWords:
    def test_that_are_flagged_are_never_paid(
        self, clip: Clip, account: Account, service: Runway, settings: Any, goes_on: Callable[..., None]
    ) -> None:
        with openai.running() as judge:
            settings.PROVIDERS = {**settings.PROVIDERS, "openai": (openai.KEY, judge.url)}
            take = ask(clip, prompt="a lot of gore")
            goes_on(20)
            assert (seen(take).state, seen(take).error_code) == (State.FAILED, "unsafe_words")
            assert (service.asked["create"], books(account)) == (0, (10, ["released"]))
            assert judge.violations == []


def test_prices_are_of_the_model_that_is_asked(clip: Clip, account: Account, service: Runway) -> None:
    Price.objects.filter(model=MODEL).update(credits=3)
    ask(clip)
    assert books(account) == (7, ["open"])
