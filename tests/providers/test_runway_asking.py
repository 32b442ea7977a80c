"""How a task at Runway goes, and how it is given up."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from runwayml import APIResponseValidationError, APIStatusError, APITimeoutError, RunwayMLError
from runwayml.types.image_to_video_create_response import EstimatedCost
from runwayml.types.task_retrieve_response import Running

from jobs.remote import Answered, NotNow, Pending
from providers.errors import FAILURES
from providers.runway import RUNWAY, answers, clients
from tests.contracts.runway import KEY, Runway, running
from tests.provider_suite.harness import connected
from tests.providers.motion import order


@pytest.fixture
def runway() -> Iterator[Runway]:
    """A task waits for a second, and runs for ten."""
    with running(waits=1, seconds=10, still=True) as fake, connected("runway", key=KEY, url=fake.url):
        yield fake
        assert fake.violations == []


@pytest.fixture
def task(runway: Runway, tmp_path: Path) -> str:
    return RUNWAY.submit(order(tmp_path), key="a-key").remote_id


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for what hangs."""
    monkeypatch.setattr(clients, "ASK_SECONDS", 1.0)


async def after(runway: Runway, seconds: float, task: str) -> Any:
    runway.clock.advance(seconds)
    return await RUNWAY.ask(task)


async def ended(runway: Runway, tmp_path: Path, **fate: Any) -> Answered:
    """The end of a task that goes as told."""
    runway.fates.append(fate)
    task = RUNWAY.submit(order(tmp_path), key="a-key").remote_id
    answer = await after(runway, 12, task)
    assert isinstance(answer, Answered)
    return answer


async def test_a_task_waits_runs_and_has_a_film(runway: Runway, task: str) -> None:
    assert await RUNWAY.ask(task) == Pending(None)
    running = await after(runway, 6, task)
    assert running == Pending(0.5)
    done = await after(runway, 5, task)
    assert done.status == "succeeded"
    assert done.data["usd"] == "0.25"
    assert done.data["said"] == {}
    [url] = done.data["urls"]
    assert url.startswith(f"{runway.url}/files/")


async def test_a_task_that_is_held_back_is_pending(runway: Runway, tmp_path: Path) -> None:
    runway.desk.at_once = 1
    tasks = [RUNWAY.submit(order(tmp_path), key="a-key").remote_id for _ in range(2)]
    runway.clock.advance(2)
    assert runway.desk.status(runway.tasks[1], runway.clock()) == "THROTTLED"
    assert await RUNWAY.ask(tasks[1]) == Pending(None)
    assert (await after(runway, 10, tasks[0])).status == "succeeded"
    assert isinstance(await RUNWAY.ask(tasks[1]), Pending)
    assert (await after(runway, 10, tasks[1])).status == "succeeded"


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        ("SAFETY.INPUT.TEXT", "unsafe_words"),
        ("SAFETY.INPUT.IMAGE", "unsafe_picture"),
        ("SAFETY.INPUT.VIDEO", "unsafe_picture"),
        ("SAFETY.INPUT.AUDIO", "unsafe_input"),
        ("SAFETY.INPUT", "unsafe_input"),
        ("SAFETY.OUTPUT.VIDEO", "unsafe_result"),
        ("INPUT_PREPROCESSING.SAFETY.TEXT", "unsafe_words"),
        ("INPUT_PREPROCESSING.SAFETY.THIRD_PARTY", "unsafe_input"),
        ("INPUT_PREPROCESSING.INTERNAL", "internal"),
        ("INTERNAL.BAD_OUTPUT.CODE01", "bad_result"),
        ("INTERNAL", "internal"),
        ("INTERNAL.SOMETHING_NEW", "internal"),
        ("THIRD_PARTY.UNAVAILABLE", "internal"),
        ("THIRD_PARTY.INPUT_VALIDATION", "bad_input"),
        ("ASSET.INVALID", "bad_input"),
        ("INTERNALISED", "provider_failed"),
        ("WEATHER.RAIN", "provider_failed"),
    ],
)
async def test_a_code_of_a_failure_is_one_of_ours_and_kept(
    runway: Runway, tmp_path: Path, code: str, ours: str
) -> None:
    said = {"status": "FAILED", "failureCode": code, "failure": "For staff.", "credits": 5}
    answer = await ended(runway, tmp_path, **said)
    assert answer == Answered(
        "failed",
        {
            "code": ours,
            "message": FAILURES[ours].message,
            "again": FAILURES[ours].again,
            "detail": f"{code}: For staff.",
            "usd": "0.05",
        },
    )


@pytest.mark.parametrize("fate", [{}, {"failureCode": None}], ids=["left out", "null"])
async def test_a_failure_without_a_code_may_be_tried_again(
    runway: Runway, tmp_path: Path, fate: dict[str, Any]
) -> None:
    answer = await ended(runway, tmp_path, status="FAILED", credits=0, **fate)
    assert (answer.data["code"], answer.data["again"], answer.data["usd"]) == ("internal", True, "0")


async def test_runway_may_stop_a_task_itself(runway: Runway, tmp_path: Path) -> None:
    answer = await ended(runway, tmp_path, status="CANCELLED", credits=25)
    assert (answer.data["code"], answer.data["usd"]) == ("stopped", "0.25")


async def test_a_success_without_a_film_is_none(runway: Runway, tmp_path: Path) -> None:
    answer = await ended(runway, tmp_path, output=[])
    assert (answer.status, answer.data["code"], answer.data["usd"]) == ("failed", "bad_result", "0.25")


async def test_in_use_a_state_of_tomorrow_is_waited_out_and_said_once(
    runway: Runway, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answers._wonder.cache_clear()
    runway.fates.append({"meanwhile": "DREAMING"})
    task = RUNWAY.submit(order(tmp_path), key="a-key").remote_id
    with override_settings(PROVIDERS_STRICT=False):
        assert await after(runway, 5, task) == Pending(None)
        assert await after(runway, 5, task) == Pending(None)
        assert (await after(runway, 5, task)).status == "succeeded"
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == ["Runway has a state that nobody knows: DREAMING"]


async def test_in_tests_a_state_of_tomorrow_is_an_error(runway: Runway, tmp_path: Path) -> None:
    runway.fates.append({"meanwhile": "DREAMING"})
    task = RUNWAY.submit(order(tmp_path), key="a-key").remote_id
    with pytest.raises(APIResponseValidationError):
        await after(runway, 5, task)


async def test_fields_that_nobody_knows_yet_are_no_trouble(runway: Runway, task: str) -> None:
    runway.fault("task", "extra", times=2)
    assert await RUNWAY.ask(task) == Pending(None)
    assert (await after(runway, 12, task)).status == "succeeded"


@pytest.mark.parametrize(
    ("credits", "usd"),
    [
        (25, "0.25"),
        (12.5, "0.125"),
        (0, "0"),
        (None, None),
        (-1, None),
        (float("nan"), None),
        (float("inf"), None),
        ("many", None),
    ],
)
def test_a_price_that_makes_no_sense_is_none_and_no_trouble(credits: Any, usd: str | None) -> None:
    cost = EstimatedCost.construct(credits=credits)
    assert answers.usd(cost) == (None if usd is None else Decimal(usd))


@pytest.mark.parametrize("progress", [float("nan"), -1, 2, "half", None])
def test_progress_that_makes_no_sense_is_none(progress: Any) -> None:
    assert answers.read(Running.construct(status="RUNNING", progress=progress)) == Pending(None)


@pytest.mark.parametrize(
    ("told", "waits"), [("inf", 3600), ("nan", 0), ("-3", 0), ("Sat, 21 Nov 2026", None)]
)
async def test_no_header_stops_everything(runway: Runway, task: str, told: str, waits: Any) -> None:
    runway.fault("task", "status", status=503, retry_after=told)
    with pytest.raises(NotNow) as later:
        await RUNWAY.ask(task)
    assert later.value.retry_after == waits


# ---- trouble --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_when_runway_sheds_load_it_is_asked_later(runway: Runway, task: str, status: int) -> None:
    runway.fault("task", "status", status=status, retry_after=9)
    with pytest.raises(NotNow) as later:
        await RUNWAY.ask(task)
    assert later.value.retry_after == 9
    assert runway.asked["task"] == 1


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ({"kind": "status", "status": 400}, APIStatusError),
        ({"kind": "status", "status": 401}, APIStatusError),
        ({"kind": "status", "status": 500}, APIStatusError),
        ({"kind": "cut"}, RunwayMLError),
        ({"kind": "cut_after"}, RunwayMLError),
        ({"kind": "hang", "seconds": 5}, APITimeoutError),
        ({"kind": "truncated"}, Exception),
        ({"kind": "html", "status": 200}, Exception),
    ],
    ids=lambda value: str(value),
)
@pytest.mark.parametrize("strict", [True, False])
async def test_trouble_is_no_answer_and_asked_about_once(
    runway: Runway,
    task: str,
    fault: dict[str, Any],
    raised: Any,
    strict: bool,
    request: pytest.FixtureRequest,
) -> None:
    runway.fault("task", **fault)
    if fault["kind"] == "hang":
        request.getfixturevalue("hurried")
    with override_settings(PROVIDERS_STRICT=strict), pytest.raises(raised) as trouble:
        await RUNWAY.ask(task)
    assert not isinstance(trouble.value, NotNow)
    assert runway.asked["task"] == 1
    assert await RUNWAY.ask(task) == Pending(None)


async def test_a_task_that_runway_does_not_know_has_ended(runway: Runway) -> None:
    answer = await RUNWAY.ask("5c0beb1a-0000-4000-8000-000000000000")
    assert isinstance(answer, Answered)
    assert (answer.status, answer.data["code"]) == ("failed", "stopped")


async def test_an_id_is_never_more_than_an_id(runway: Runway) -> None:
    with runway.provoking():
        await RUNWAY.ask("../organization?")
    [(_, call)] = runway.calls
    assert call.path == "/v1/tasks/..%2Forganization%3F"


async def test_a_question_that_hangs_holds_no_other(runway: Runway, task: str) -> None:
    runway.fault("task", "hang", seconds=30)
    hanging = asyncio.create_task(RUNWAY.ask(task))
    while not runway.asked["task"]:
        await asyncio.sleep(0)
    assert await RUNWAY.ask(task) == Pending(None)
    assert not hanging.done()
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging


def test_one_loop_may_end_and_another_begin_and_nothing_is_left(runway: Runway, task: str) -> None:
    gc.collect()
    before = len(clients._of_loops)
    assert asyncio.run(RUNWAY.ask(task)) == Pending(None)
    assert asyncio.run(RUNWAY.ask(task)) == Pending(None)
    asyncio.run(RUNWAY.abandon(task))
    gc.collect()
    assert len(clients._of_loops) == before


# ---- giving up ------------------------------------------------------------------------------


async def test_what_has_not_started_is_given_up_for_nothing(runway: Runway, task: str) -> None:
    await RUNWAY.abandon(task)
    answer = await RUNWAY.ask(task)
    assert isinstance(answer, Answered)
    assert (answer.data["code"], answer.data["usd"]) == ("stopped", "0")
    assert runway.desk.charged == 0


async def test_what_runs_is_given_up_and_paid(runway: Runway, task: str) -> None:
    assert isinstance(await after(runway, 5, task), Pending)
    await RUNWAY.abandon(task)
    answer = await RUNWAY.ask(task)
    assert isinstance(answer, Answered)
    assert (answer.data["code"], answer.data["usd"]) == ("stopped", "0.25")


async def test_what_was_ready_in_the_meantime_is_deleted_and_paid(runway: Runway, task: str) -> None:
    assert isinstance(await after(runway, 5, task), Pending)
    runway.clock.advance(10)
    await RUNWAY.abandon(task)
    answer = await RUNWAY.ask(task)
    assert isinstance(answer, Answered)
    assert (answer.data["code"], answer.data["usd"]) == ("stopped", None)
    assert runway.desk.charged == 25


async def test_what_is_gone_need_not_be_given_up(runway: Runway, task: str) -> None:
    runway.clock.advance(20)
    await RUNWAY.abandon(task)
    await RUNWAY.abandon(task)
    assert runway.asked["delete"] == 2


async def test_when_runway_sheds_load_it_is_given_up_later(runway: Runway, task: str) -> None:
    runway.fault("delete", "status", status=503, retry_after=3)
    with pytest.raises(NotNow):
        await RUNWAY.abandon(task)
    runway.fault("delete", "status", status=401)
    with pytest.raises(APIStatusError):
        await RUNWAY.abandon(task)
