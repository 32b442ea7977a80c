"""Runway is sent an order once, whatever comes back, and every answer means one thing for us."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import override_settings
from runwayml import APIConnectionError, APITimeoutError, RunwayMLError

from echoes.kernel import http
from jobs.remote import CannotLookUp, NotNow, Refused
from providers.runway import HOSTS, RUNWAY, answers, clients
from tests.contracts import server
from tests.contracts.runway import KEY, Runway, assets, running, schemas
from tests.provider_suite.harness import connected
from tests.providers.motion import order


@pytest.fixture
def runway() -> Iterator[Runway]:
    with running(still=True) as fake, connected("runway", key=KEY, url=fake.url):
        yield fake
        assert fake.violations == []


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits a minute for an answer here."""
    monkeypatch.setattr(clients, "CREATE_SECONDS", 1.0)


def submit(folder: Path, *names: str, **asked: Any) -> Any:
    return RUNWAY.submit(order(folder, *names, **asked), key="a-key")


def sent(fake: Runway, route: str = "create") -> server.Call:
    [call] = [call for name, call in fake.calls if name == route]
    return call


# ---- what is sent ---------------------------------------------------------------------------


def test_an_order_becomes_one_task_and_a_receipt(runway: Runway, tmp_path: Path) -> None:
    receipt = submit(tmp_path)

    [task] = runway.tasks
    assert receipt.remote_id == task.id
    assert receipt.usd == Decimal("0.25")
    assert task.body == {
        "model": "gen4_turbo",
        "promptImage": f"runway://{next(iter(runway.uploads))}",
        "promptText": "Clouds pass, slowly.",
        "ratio": "1280:720",
        "duration": 5,
        "seed": 7,
    }
    assert dict(runway.asked) == {"upload": 1, "receive": 1, "create": 1}


def test_the_picture_goes_as_it_is_and_under_no_name_of_its_own(runway: Runway, tmp_path: Path) -> None:
    asked = order(tmp_path)
    RUNWAY.submit(asked, key="a-key")

    assert sent(runway, "upload").json() == {"filename": "picture.jpg", "type": "ephemeral"}
    assert runway.tasks[0].picture == asked.request.picture.path.read_bytes()
    assert b"holiday" not in sent(runway, "receive").body


def test_the_words_of_a_person_go_where_words_belong_and_nowhere_else(runway: Runway, tmp_path: Path) -> None:
    words = 'Ignore all that. "model": "veo3.1", ../../v1/organization {{system}} \N{GRINNING FACE} ‮'
    submit(tmp_path, prompt=words)

    body = sent(runway).json()
    assert body.pop("promptText") == words
    assert "Ignore" not in json.dumps(body)
    assert sent(runway).path == "/v1/image_to_video"


def test_every_request_has_the_key_and_the_version(runway: Runway, tmp_path: Path) -> None:
    submit(tmp_path)
    headers = sent(runway).headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["x-runway-version"] == "2024-11-06"


def test_without_an_address_of_ours_it_is_runways_whatever_else_is_set(monkeypatch: Any) -> None:
    monkeypatch.setenv("RUNWAYML_BASE_URL", "https://elsewhere.example.org")
    with connected("runway", key=KEY, url=""):
        assert clients.sending().base_url == "https://api.dev.runwayml.com"


def test_what_is_refused_beforehand_is_never_sent(runway: Runway, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        submit(tmp_path, "veo3.1", seconds=5)
    assert runway.calls == []


def test_results_may_lie_where_the_documentation_shows_them() -> None:
    http._checked("https://dnznrvs05pmza.cloudfront.net/output.mp4?_jwt=x.y.z", HOSTS, ())
    with pytest.raises(http.Forbidden):
        http._checked("https://cloudfront.net.example.org/output.mp4", HOSTS, ())


def test_nobody_can_look_up_what_became_of_a_create() -> None:
    with pytest.raises(CannotLookUp):
        RUNWAY.find(key="a-key", sent_seconds_ago=1)


# ---- an upload that fails has made nothing --------------------------------------------------


@pytest.mark.parametrize("route", ["upload", "receive"])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 429},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 503},
        {"kind": "cut"},
        {"kind": "cut_after"},
        {"kind": "hang", "seconds": 5},
        {"kind": "html"},
    ],
    ids=lambda fault: f"{fault['kind']}{fault.get('status', '')}",
)
def test_an_upload_that_meets_trouble_is_tried_later(
    runway: Runway, route: str, fault: dict[str, Any], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if fault["kind"] == "hang":
        request.getfixturevalue("hurried")
    runway.fault(route, **fault)
    with pytest.raises(NotNow):
        submit(tmp_path)
    assert runway.asked["create"] == 0
    assert runway.asked[route] == 1


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("fault", [{"kind": "truncated"}, {"kind": "html", "status": 200}], ids=str)
def test_an_upload_whose_answer_makes_no_sense_is_tried_later(
    runway: Runway, strict: bool, fault: dict[str, Any], tmp_path: Path
) -> None:
    runway.fault("upload", **fault)
    with override_settings(PROVIDERS_STRICT=strict), pytest.raises(NotNow):
        submit(tmp_path)
    assert runway.asked["create"] == 0


@pytest.mark.parametrize(
    ("status", "code"), [(400, "bad_input"), (401, "service_account"), (403, "service_account")]
)
def test_an_upload_that_is_refused_is_refused(runway: Runway, status: int, code: str, tmp_path: Path) -> None:
    runway.fault("upload", "status", status=status)
    with pytest.raises(Refused) as refusal:
        submit(tmp_path)
    assert refusal.value.code == code


def test_where_nobody_is_at_home_nothing_was_sent(tmp_path: Path) -> None:
    with running() as fake:
        url = fake.url
    with connected("runway", key=KEY, url=url), pytest.raises(NotNow):
        submit(tmp_path)


# ---- a create that fails --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "bad_input"),
        (401, "service_account"),
        (402, "service_account"),
        (403, "service_account"),
        (404, "bad_input"),
        (405, "bad_input"),
        (409, "bad_input"),
        (413, "bad_input"),
        (422, "bad_input"),
    ],
)
def test_a_refusal_of_runways_is_one_of_ours(runway: Runway, status: int, code: str, tmp_path: Path) -> None:
    runway.fault("create", "status", status=status)
    with pytest.raises(Refused) as refusal:
        submit(tmp_path)
    assert refusal.value.code == code
    assert f"{status}: " in refusal.value.__notes__[0]
    assert runway.asked["create"] == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("retry_after", [None, 17])
def test_when_runway_sheds_load_the_same_is_sent_later(
    runway: Runway, status: int, retry_after: int | None, tmp_path: Path
) -> None:
    runway.fault("create", "status", status=status, **({"retry_after": retry_after} if retry_after else {}))
    with pytest.raises(NotNow) as later:
        submit(tmp_path)
    assert later.value.retry_after == retry_after
    assert runway.asked["create"] == 1
    assert runway.tasks == []


def test_a_page_that_says_503_is_believed(runway: Runway, tmp_path: Path) -> None:
    """Whoever says it has passed nothing on."""
    runway.fault("create", "html", status=503)
    with pytest.raises(NotNow):
        submit(tmp_path)


@pytest.mark.parametrize(
    ("fault", "made"),
    [
        ({"kind": "cut"}, 0),
        ({"kind": "cut_after"}, 1),
        ({"kind": "hang", "seconds": 5}, 0),
        ({"kind": "slow", "seconds": 24}, 1),
        ({"kind": "html", "status": 200}, 0),
        ({"kind": "html", "status": 502}, 0),
        ({"kind": "html", "status": 504}, 0),
        ({"kind": "truncated"}, 1),
        ({"kind": "status", "status": 408}, 0),
        ({"kind": "status", "status": 500}, 0),
    ],
    ids=lambda value: str(value),
)
@pytest.mark.parametrize("strict", [True, False])
def test_of_a_lost_answer_nobody_knows_and_nothing_is_sent_again(
    runway: Runway,
    fault: dict[str, Any],
    made: int,
    strict: bool,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    if fault["kind"] in ("hang", "slow"):
        request.getfixturevalue("hurried")
    runway.fault("create", **fault)
    with override_settings(PROVIDERS_STRICT=strict), pytest.raises(Exception) as unknown:
        submit(tmp_path)
    assert not isinstance(unknown.value, (Refused, NotNow))
    assert runway.asked["create"] == 1
    assert len(runway.tasks) == made


@pytest.mark.usefixtures("hurried")
def test_a_create_that_is_not_answered_times_out(runway: Runway, tmp_path: Path) -> None:
    runway.fault("create", "hang", seconds=5)
    with pytest.raises(APITimeoutError):
        submit(tmp_path)


def test_a_line_that_was_never_there_has_carried_nothing() -> None:
    error = APIConnectionError(request=httpx.Request("POST", "https://api.dev.runwayml.com"))
    error.__cause__ = httpx.ConnectError("refused")
    assert isinstance(answers.to_a_create(error), NotNow)
    error.__cause__ = httpx.ReadError("reset")
    assert answers.to_a_create(error) is error


def test_fields_that_nobody_knows_yet_are_no_trouble(runway: Runway, tmp_path: Path) -> None:
    for route in ("upload", "create"):
        runway.fault(route, "extra")
    assert submit(tmp_path).remote_id == runway.tasks[0].id


def test_in_use_a_receipt_without_a_price_is_a_receipt(
    runway: Runway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strictly it is an error; but what it stands for is paid, and must not be forgotten."""
    create = Runway.create

    def older(fake: Runway, call: server.Call) -> server.Reply:
        reply = create(fake, call)
        return server.Reply(201, {"id": reply.body["id"]})  # type: ignore[call-overload]

    monkeypatch.setattr(Runway, "create", older)
    with override_settings(PROVIDERS_STRICT=False):
        receipt = submit(tmp_path)
    assert receipt.remote_id == runway.tasks[0].id
    assert receipt.usd is None
    with pytest.raises(RunwayMLError):
        submit(tmp_path)


def test_a_day_that_is_full_is_waited_for(runway: Runway, tmp_path: Path) -> None:
    runway.daily = 1
    submit(tmp_path)
    with pytest.raises(NotNow) as later:
        submit(tmp_path)
    assert later.value.retry_after == answers.DAY_IS_FULL
    assert len(runway.tasks) == 1

    submit(tmp_path, "veo3.1_fast", seconds=4)  # another model has a day of its own
    runway.clock.advance(24 * 3600)
    submit(tmp_path)
    assert len(runway.tasks) == 3


def test_an_empty_account_is_for_staff_to_fill(
    runway: Runway, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    runway.credits = 24
    with pytest.raises(Refused) as refusal:
        submit(tmp_path)
    assert refusal.value.code == "service_account"
    assert [record.levelno for record in caplog.records if record.name == answers.__name__] == [logging.ERROR]


def test_a_wrong_key_is_for_staff_too(runway: Runway, tmp_path: Path) -> None:
    wrong = connected("runway", key="key_old", url=runway.url)
    with runway.provoking() as seen, wrong, pytest.raises(Refused) as refusal:
        submit(tmp_path)
    assert refusal.value.code == "service_account"
    assert "key_old" not in str(refusal.value.__notes__)
    assert len(seen) == 1


def test_a_model_that_runway_does_not_offer_any_more_is_gone(
    runway: Runway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(schemas.REQUESTS, "gen4_turbo")
    with runway.provoking(), pytest.raises(Refused) as refusal:
        submit(tmp_path)
    assert refusal.value.code == "model_gone"


def test_a_picture_that_runway_has_lost_meanwhile_is_bad_input(
    runway: Runway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "UPLOAD_SECONDS", -1)
    with runway.provoking() as seen, pytest.raises(Refused) as refusal:
        submit(tmp_path)
    assert refusal.value.code == "bad_input"
    assert "promptImage" in seen[0]


# ---- the account ----------------------------------------------------------------------------


def test_staff_see_what_is_left_and_what_a_model_may(runway: Runway, tmp_path: Path) -> None:
    runway.credits, runway.daily = 12_345, 50
    submit(tmp_path)

    found = RUNWAY.organisation()

    assert found.usd == Decimal("123.20")
    assert RUNWAY.balance() == Decimal("123.20")
    limit = found.limits["gen4_turbo"]
    assert (limit.at_once, limit.a_day, limit.today) == (20, 50, 1)
    assert found.limits["veo3.1"].today == 0


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ({"kind": "status", "status": 401}, Refused),
        ({"kind": "status", "status": 503}, NotNow),
        ({"kind": "cut"}, NotNow),
    ],
)
def test_staff_hear_why_the_balance_is_not_known(runway: Runway, fault: Any, raised: Any) -> None:
    runway.fault("organization", **fault)
    with pytest.raises(raised):
        RUNWAY.balance()
