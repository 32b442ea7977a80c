"""Who may bring a photo to life: what the sheet offers, what a failure offers, and what is never sent."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from billing import ledger
from clips import budget, ideas, offers, queries, remedies, takes
from clips.models import Clip, Take
from echoes.kernel import clock
from jobs.states import State
from projects.models import Project
from providers import consent, errors, registry
from providers.connections import Provider
from providers.local import prompts
from providers.models import Disclosure
from tests import factories
from tests.billing.made import give
from tests.clips.test_budget import bare
from tests.factories import services

pytestmark = pytest.mark.django_db(transaction=True)
FRAGMENT = {"HX-Request": "true"}
TURBO, WAN = "runway-gen4-turbo", "wan-22-fast"


@pytest.fixture
def project(alice: User) -> Project:
    return factories.project(by=alice, seconds=5)


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """Runway and Replicate, with the models of November 2026."""
    services.install()
    services.connect(monkeypatch, "runway", "replicate")


def made(clip: Clip, *, model: str = TURBO, state: str = State.SUCCEEDED, **fields: Any) -> Take:
    """A take as it stands after its job has ended; nobody will ever read its file."""
    failed = {"error_code": "internal", "error_message": "The service had trouble."}
    take = Take.objects.create(
        owner=clip.project.owner,
        clip=clip,
        project=clip.project,
        number=clip.takes.count() + 1,
        digest=uuid.uuid4().hex,
        model=model,
        seed=1,
        aspect=clip.project.aspect,
        fps=24,
        seconds=clip.project.seconds,
        state=state,
        finished_at=clock.now() if state in (State.SUCCEEDED, State.FAILED) else None,
        key="x" if state == State.SUCCEEDED else "",
        **({**failed, **fields} if state == State.FAILED else fields),
    )
    if state == State.SUCCEEDED:
        Clip.objects.filter(pk=clip.pk).update(chosen=take)
    return take


def card(clip: Clip) -> Any:
    return queries.card(Clip.objects.get(pk=clip.pk), now=clock.now())


def shown(client: Client, clip: Clip) -> str:
    answer = client.get(reverse("clips:card", args=[clip.pk]), headers=FRAGMENT)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


class TestOptions:
    def test_are_the_camera_move_alone_where_no_service_is_connected(
        self, project: Project, alices: Client
    ) -> None:
        clip = bare(project, 1)
        assert [option.slug for option in card(clip).options] == ["local"]
        page = shown(alices, clip)
        assert "Free, made on this machine." in page
        assert "Never send" not in page
        assert 'type="radio"' not in page

    def test_begin_with_the_free_camera_move_and_name_price_and_time(
        self, project: Project, connected: None, alices: Client
    ) -> None:
        found = {option.slug: option for option in card(bare(project, 1)).options}
        assert next(iter(found)) == "local"
        assert (found["local"].price, found["local"].checked) == ("free", True)
        turbo = found[TURBO]
        assert (turbo.price, turbo.usual, turbo.maker) == ("2 credits", "about 45 s", "Runway")
        assert found[WAN].price == "1 credit"
        page = shown(alices, Clip.objects.get())
        assert "Runway Gen-4 Turbo" in page
        assert "about 45 s" in page

    def test_leave_out_models_that_cannot_make_the_shape_or_the_length(
        self, alice: User, connected: None
    ) -> None:
        square = factories.project(by=alice, aspect="1:1", seconds=5)
        long = factories.project(by=alice, seconds=9)
        in_square = {option.slug for option in card(bare(square, 1)).options}
        in_long = {option.slug for option in card(bare(long, 2)).options}
        assert "runway-veo31" not in in_square
        assert TURBO in in_square
        assert WAN not in in_long
        assert "hailuo-23" in in_long

    def test_that_cannot_make_the_shape_are_refused_when_asked_for_all_the_same(
        self, alice: User, connected: None
    ) -> None:
        square = factories.project(by=alice, aspect="1:1", seconds=5)
        with pytest.raises(registry.WrongShape):
            takes.request(clip=bare(square, 1), by=alice, now=clock.now(), model="runway-veo31")

    def test_remember_the_model_of_the_take_that_is_shown(self, project: Project, connected: None) -> None:
        clip = bare(project, 1)
        made(clip)
        assert card(clip).chosen.slug == TURBO

    def test_fall_back_to_the_camera_move_when_that_model_is_offered_no_more(
        self, project: Project, connected: None
    ) -> None:
        clip = bare(project, 1)
        made(clip, model="runway-kling25")
        assert card(clip).chosen.slug == "local"

    def test_say_that_one_redo_is_free_exactly_while_it_is(
        self, alice: User, project: Project, connected: None, alices: Client
    ) -> None:
        clip = bare(project, 1)
        give(ledger.account_of(alice), 10)
        first = takes.request(clip=clip, by=alice, now=clock.now(), model=TURBO)
        Take.objects.filter(pk=first.pk).update(state=State.SUCCEEDED, finished_at=clock.now(), key="x")
        Take.objects.get(pk=first.pk).settle()
        assert card(clip).chosen.price == "free, your one redo"
        assert "free, your one redo" in shown(alices, clip)
        redo = takes.request(clip=clip, by=alice, now=clock.now(), model=TURBO)
        assert redo.hold is not None
        assert redo.hold.amount == 0
        Take.objects.filter(pk=redo.pk).update(state=State.SUCCEEDED, finished_at=clock.now(), key="y")
        assert {option.slug: option.price for option in card(clip).options}[TURBO] == "2 credits"

    def test_say_to_whom_the_photo_goes_and_more_the_first_time(
        self, alice: User, project: Project, connected: None, alices: Client
    ) -> None:
        clip = bare(project, 1)
        page = shown(alices, clip)
        first = (
            "With this model the photo leaves us:</b> a copy without its date, place and name goes to Runway."
        )
        assert first in page
        assert reverse("library:sent") in page
        Disclosure.objects.create(owner=alice, provider="runway", model=TURBO, reference="take:x")
        page = shown(alices, clip)
        assert first not in page
        assert "A copy of the photo goes to Runway." in page
        assert "goes to Replicate." in page

    def test_can_be_asked_for_by_a_plain_form(
        self, alice: User, project: Project, connected: None, alices: Client
    ) -> None:
        clip = bare(project, 1)
        give(ledger.account_of(alice), 2)
        answer = alices.post(reverse("clips:animate", args=[clip.pk]), {"model": TURBO, "prompt": "waves"})
        assert answer.status_code == 302
        take = Take.objects.get()
        assert (take.model, take.service, take.prompt) == (TURBO, "runway", "waves")

    def test_take_no_more_queries_for_many_clips(
        self, project: Project, connected: None, alices: Client
    ) -> None:
        counts = []
        for numbers in (range(1), range(1, 30)):
            for number in numbers:
                made(bare(project, number))
            with CaptureQueriesContext(connection) as captured:
                assert alices.get(reverse("projects:show", args=[project.pk])).status_code == 200
            counts.append(len(captured))
        assert counts[0] == counts[1]

    def test_show_a_sample_where_staff_have_one(
        self, project: Project, connected: None, alices: Client
    ) -> None:
        services.install(TURBO, sample="1/trials/turbo.mp4")
        page = shown(alices, bare(project, 1))
        assert len(re.findall(r"<video src=\"[^\"]*turbo\.mp4", page)) == 1


class TestInTheMaking:
    def test_says_who_is_at_work_and_how_long(
        self, project: Project, connected: None, alices: Client
    ) -> None:
        clip = bare(project, 1)
        take = made(clip, state=State.QUEUED, service="runway", lane=TURBO, expected_seconds=45)
        assert "Waiting for Runway Gen-4 Turbo" in shown(alices, clip)
        Take.objects.filter(pk=take.pk).update(
            state=State.WAITING, phase="submitted", remote_id="1", submitted_at=clock.now(), run_after=None
        )
        page = shown(alices, clip)
        assert "Runway Gen-4 Turbo is at work" in page
        assert "about 45 s left" in page

    def test_is_as_far_as_it_usually_is_by_now(
        self, project: Project, connected: None, alices: Client
    ) -> None:
        clip = bare(project, 1)
        take = made(clip, state=State.QUEUED, service="runway", lane=TURBO, expected_seconds=40)
        assert 'aria-valuenow="0"' in shown(alices, clip)
        for passed, percent in ((10, 24), (20, 48), (400, 95)):
            sent = clock.now() - timedelta(seconds=passed)
            Take.objects.filter(pk=take.pk).update(
                state=State.WAITING, phase="submitted", remote_id="1", submitted_at=sent, run_after=None
            )
            page = shown(alices, clip)
            assert f'aria-valuenow="{percent}"' in page
            assert f'data-seconds="40" data-passed="{passed}"' in page
        Take.objects.filter(pk=take.pk).update(progress=97)
        assert 'aria-valuenow="97"' in shown(alices, clip)

    def test_ends_with_a_note_that_a_model_made_it(
        self, project: Project, connected: None, alices: Client
    ) -> None:
        clip = bare(project, 1)
        made(clip)
        page = shown(alices, clip)
        assert "Made by Runway Gen-4 Turbo" in page
        assert "Made by an AI model" in page.split("clip__tools")[0]
        made(clip, model="local")
        page = shown(alices, clip).split("clip__tools")[0]
        assert "Made by" not in page
        assert "Made on this machine" not in page
        assert "Made by an AI model" not in page


class TestAFailure:
    def test_offers_the_same_again_and_the_camera_move_with_their_prices(
        self, project: Project, connected: None, alices: Client
    ) -> None:
        clip = bare(project, 1)
        made(clip, state=State.FAILED)
        page = shown(alices, clip)
        assert "The service had trouble." in page
        assert re.search(r'value="runway-gen4-turbo">\s*<button[^>]*>Try again <span[^>]*>2 credits', page)
        assert re.search(r'value="local">\s*<button[^>]*>Camera move <span[^>]*>free', page)
        assert "Another model" in page

    def test_of_words_that_are_not_allowed_offers_other_words(
        self, project: Project, connected: None, alices: Client
    ) -> None:
        clip = bare(project, 1)
        made(clip, state=State.FAILED, error_code="unsafe_words", error_message="Not with these words.")
        page = shown(alices, clip)
        assert "Other words" in page
        assert "Try again" not in page
        assert card(clip).chosen.slug == TURBO

    def test_of_a_redo_is_told_while_the_earlier_take_stays(
        self, project: Project, connected: None, alices: Client
    ) -> None:
        clip = bare(project, 1)
        made(clip, model="local")
        made(clip, state=State.FAILED)
        page = shown(alices, clip)
        assert 'data-state="ready"' in page
        assert "The new take did not work. The service had trouble." in page
        assert "What now?" in page
        assert card(clip).chosen.slug == TURBO

    def test_of_a_model_that_is_offered_no_more_leaves_the_camera_move(
        self, project: Project, connected: None, alices: Client
    ) -> None:
        clip = bare(project, 1)
        made(clip, model="runway-kling25", state=State.FAILED)
        page = shown(alices, clip)
        assert "Try again" not in page
        assert "Camera move" in page

    @pytest.mark.parametrize(
        "code", [*errors.FAILURES, "busy", "ambiguous", "timed_out", "cap_reached", "withheld", "too_short"]
    )
    def test_is_never_left_without_a_way_on(self, code: str) -> None:
        local, turbo = (
            offers.option(model, credits=0, sample="")
            for model in (registry.MOTION["local"], registry.MOTION["video"])
        )
        failed = Take(state=State.FAILED, model=TURBO, error_code=code, error_message="No.")
        found = offers.trouble(Clip(), failed, [local, turbo])
        assert found is not None
        assert found.camera is local
        assert remedies.of(code).again == (code in AGAIN)


AGAIN = {
    "bad_result",
    "busy",
    "ambiguous",
    "internal",
    "provider_failed",
    "result_gone",
    "stopped",
    "timed_out",
    "too_short",
    "unsafe_result",
}


class TestNeverSent:
    def test_is_a_switch_in_the_sheet_and_a_shield_on_the_card(
        self, alice: User, project: Project, connected: None, alices: Client
    ) -> None:
        clip = bare(project, 1)
        assert 'title="Never sent to AI" hidden' in shown(alices, clip)
        address = reverse("clips:withhold", args=[clip.pk])
        answer = " ".join(alices.post(address, {"never": "1"}, headers=FRAGMENT).text.split())
        assert "AI models are not offered, since this photo is never sent." in answer
        assert consent.withheld(owner=alice, subjects=[clip.asset_id]) == {clip.asset_id}
        assert 'title="Never sent to AI" hidden' not in shown(alices, clip)
        assert [option.slug for option in card(clip).options] == ["local"]
        alices.post(address, {}, headers=FRAGMENT)
        assert consent.withheld(owner=alice, subjects=[clip.asset_id]) == set()
        assert TURBO in shown(alices, clip)

    def test_without_script_leads_back_to_the_project(
        self, project: Project, connected: None, alices: Client
    ) -> None:
        clip = bare(project, 1)
        answer = alices.post(reverse("clips:withhold", args=[clip.pk]), {"never": "1"})
        assert answer["Location"] == reverse("projects:show", args=[project.pk])

    def test_cannot_be_switched_by_somebody_else(
        self, alice: User, project: Project, connected: None, bobs: Client
    ) -> None:
        clip = bare(project, 1)
        for address in ("clips:withhold", "clips:ideas"):
            assert bobs.post(reverse(address, args=[clip.pk]), {"never": "1"}).status_code == 404
        answer = bobs.post(reverse("projects:withhold", args=[project.pk]), {"never": "1"})
        assert answer.status_code == 404
        assert consent.withheld(owner=alice, subjects=[clip.asset_id, project.pk]) == set()

    def test_is_refused_when_asked_for_all_the_same(
        self, alice: User, project: Project, connected: None, alices: Client
    ) -> None:
        clip = bare(project, 1)
        give(ledger.account_of(alice), 2)
        consent.withhold(owner=alice, what=consent.ASSET, subject=clip.asset_id, now=clock.now())
        answer = alices.post(reverse("clips:animate", args=[clip.pk]), {"model": TURBO}, headers=FRAGMENT)
        assert "never sent" in answer.text
        assert not Take.objects.exists()

    def test_holds_for_a_whole_project(
        self, alice: User, project: Project, connected: None, alices: Client
    ) -> None:
        clip = bare(project, 1)
        page = alices.get(reverse("projects:show", args=[project.pk])).text
        assert "Never send anything of this project to AI" in page
        alices.post(reverse("projects:withhold", args=[project.pk]), {"never": "1"})
        assert [option.slug for option in card(clip).options] == ["local"]
        page = shown(alices, clip)
        assert "AI models are not offered, since nothing of this project is ever sent." in page
        alices.post(reverse("projects:withhold", args=[project.pk]), {})
        assert len(card(clip).options) > 1

    def test_is_left_out_of_the_budget(self, alice: User, project: Project, connected: None) -> None:
        give(ledger.account_of(alice), 10)
        hidden, other = bare(project, 1), bare(project, 2)
        model = registry.motion(TURBO)
        consent.withhold(owner=alice, what=consent.ASSET, subject=hidden.asset_id, now=clock.now())
        found = budget.propose(project=project, model=model, credits=10)
        assert [clip.pk for clip in found.clips] == [other.pk]
        consent.withhold(owner=alice, what=consent.PROJECT, subject=project.pk, now=clock.now())
        assert budget.propose(project=project, model=model, credits=10).clips == ()


class TestIdeas:
    @pytest.mark.parametrize(
        ("look", "size", "first"),
        [
            ({"faces": 1}, (1000, 800), "Zoom in slowly on the face"),
            ({"faces": 3}, (1000, 800), "Pan right slowly across the faces"),
            ({}, (3000, 1000), "Pan right slowly along the panorama"),
            ({}, (800, 1200), "Tilt up slowly"),
            ({}, (1000, 800), "Zoom in slowly"),
            ({}, (0, 0), "Zoom in slowly"),
        ],
    )
    def test_fit_what_was_measured(self, look: dict[str, Any], size: tuple[int, int], first: str) -> None:
        found = ideas.of(look=look, width=size[0], height=size[1])
        assert found[0] == first
        assert len(found) == len(set(found)) == 5

    def test_are_all_carried_out_by_this_machine(self) -> None:
        for faces in (0, 1, 2):
            for width in (800, 1200, 3000):
                for idea in ideas.of(look={"faces": faces}, width=width, height=1000):
                    assert prompts.read(prompt=idea).moves, idea

    def test_of_somebody_who_looked_closer_come_first_and_are_short(self) -> None:
        found = ideas.of(look={}, width=10, height=10, better=["Waves\n roll in", "", "x" * 500])
        assert found[:2] == ("Waves roll in", "x" * ideas.LONGEST)
        assert len(found) == 5


def test_a_model_of_a_service_is_named_with_its_service(connected: None) -> None:
    assert registry.motion(TURBO).maker == Provider.RUNWAY.label
    assert registry.motion("local").maker == ""
