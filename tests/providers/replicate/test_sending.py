"""Sending to Replicate, over real HTTP to a simulated one: files first, once, and what is lost on the way."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import replicate as sdk
from pydantic import v1 as sdk_types
from replicate.prediction import _create_prediction_timeout

from jobs.remote import NotNow, Refused
from providers import connections
from providers.capabilities import (
    Picture,
)
from providers.replicate import REPLICATE, body, line
from tests import pictures
from tests.contracts.replicate import fake
from tests.contracts.replicate.fake import Replicate
from tests.providers.replicate.orders import (
    KEY,
    SCHNELL,
    created,
    drawing,
    motion,
)


@pytest.fixture
def large(tmp_path: Path) -> Picture:
    """A picture of more than 256 kB."""
    path = tmp_path / "a private name.png"
    pictures.draw(seed=2, size=(1600, 900)).effect_spread(40).save(path)
    assert path.stat().st_size > body.LARGEST_URI
    return Picture(path, "image/png", 1600, 900)


class TestLargeFiles:
    def test_are_uploaded_before_under_a_name_that_says_nothing(
        self, service: Replicate, large: Picture
    ) -> None:
        REPLICATE.submit(motion(large), key=KEY)
        [(id, upload)] = service.uploads.items()
        assert [route for route, _ in service.calls] == ["upload", "create"]
        assert (upload.name, upload.kind, upload.content) == (
            "input.png",
            "image/png",
            large.path.read_bytes(),
        )
        assert created(service)[0]["input"]["image"] == f"{service.url}/v1/files/{id}"

    @pytest.mark.parametrize("fault", ["cut", "cut_after", "truncated"])
    def test_that_do_not_arrive_leave_nothing_made(
        self, service: Replicate, large: Picture, fault: str
    ) -> None:
        service.fault("upload", fault)
        with pytest.raises(NotNow):
            REPLICATE.submit(motion(large), key=KEY)
        assert created(service) == []

    def test_that_are_not_there_leave_nothing_made(self, service: Replicate, tmp_path: Path) -> None:
        gone = Picture(tmp_path / "gone.png", "image/png", 10, 10)
        with pytest.raises(NotNow):
            REPLICATE.submit(motion(gone), key=KEY)
        assert service.asked == {}

    @pytest.mark.parametrize(
        ("status", "raised"), [(429, NotNow), (503, NotNow), (504, NotNow), (413, Refused)]
    )
    def test_that_are_not_taken_leave_nothing_made(
        self, service: Replicate, large: Picture, status: int, raised: type[Exception]
    ) -> None:
        service.fault("upload", "status", status=status)
        with pytest.raises(raised):
            REPLICATE.submit(motion(large), key=KEY)
        assert created(service) == []


class TestSending:
    def test_gives_the_services_id(self, service: Replicate) -> None:
        receipt = REPLICATE.submit(drawing(), key=KEY)
        assert (receipt.remote_id in service.predictions, receipt.usd) == (True, None)

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (400, "bad_input"),
            (422, "bad_input"),
            (404, "model_gone"),
            (401, "service_account"),
            (402, "service_account"),
            (403, "service_account"),
            (418, "provider_failed"),
        ],
    )
    def test_that_is_refused_is_over(
        self, service: Replicate, caplog: pytest.LogCaptureFixture, status: int, code: str
    ) -> None:
        service.fault("create", "status", status=status)
        with caplog.at_level(logging.ERROR), pytest.raises(Refused) as refusal:
            REPLICATE.submit(drawing(), key=KEY)
        assert refusal.value.code == code
        assert str(status) in refusal.value.__notes__[0]
        assert bool(caplog.records) == (code == "service_account")
        assert fake.KEY not in caplog.text

    def test_that_is_refused_says_which_fields_were_wrong(self, service: Replicate) -> None:
        """The SDK forgets them."""
        with service.provoking(), pytest.raises(Refused) as refusal:
            client = line.client(connections.connection("replicate"))
            with line.told(), pytest.raises(line.Declined) as declined:
                client.models.predictions.create(model=SCHNELL, input={"prompt": "", "strange": 1})
            raise Refused from declined.value
        assert "input.strange" in str(refusal.value.__cause__)

    @pytest.mark.parametrize(("status", "wait"), [(429, 12), (503, None), (503, 3)])
    def test_that_is_put_off_made_nothing(self, service: Replicate, status: int, wait: float | None) -> None:
        told = {} if wait is None else {"retry_after": wait}
        service.fault("create", "status", status=status, **told)
        with pytest.raises(NotNow) as later:
            REPLICATE.submit(drawing(), key=KEY)
        assert later.value.retry_after == wait
        assert (service.asked["create"], service.predictions) == (1, {})

    def test_with_little_credit_is_put_off_for_as_long_as_the_service_says(self, service: Replicate) -> None:
        service.low_credit = True
        REPLICATE.submit(drawing(), key=KEY)
        with pytest.raises(NotNow) as later:
            REPLICATE.submit(drawing(), key=KEY)
        assert (later.value.retry_after, len(service.predictions)) == (30, 1)

    def test_to_where_nobody_listens_made_nothing(self, settings: Any) -> None:
        settings.PROVIDERS = {**settings.PROVIDERS, "replicate": (fake.KEY, "http://127.0.0.1:9")}
        with pytest.raises(NotNow):
            REPLICATE.submit(drawing(), key=KEY)

    @pytest.mark.parametrize(
        ("kind", "how", "made"),
        [
            ("cut", {}, 0),
            ("cut_after", {}, 1),
            ("truncated", {}, 1),
            ("html", {"status": 200}, 0),
            ("html", {"status": 504}, 0),
            ("html", {"status": 502}, 0),
            ("status", {"status": 500}, 0),
            ("status", {"status": 502}, 0),
            ("status", {"status": 504}, 0),
        ],
    )
    def test_whose_answer_is_lost_is_nobodys_guess_and_is_not_repeated(
        self, service: Replicate, kind: str, how: dict[str, Any], made: int
    ) -> None:
        service.fault("create", kind, **how)
        with pytest.raises(Exception) as lost:
            REPLICATE.submit(drawing(), key=KEY)
        assert not isinstance(lost.value, Refused | NotNow)
        assert (service.asked["create"], len(service.predictions)) == (1, made)

    def test_to_a_service_that_hangs_ends(self, service: Replicate, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(line.CREATE, "read", 0.2)
        service.fault("create", "hang", seconds=5)
        with pytest.raises(httpx.ReadTimeout):
            REPLICATE.submit(drawing(), key=KEY)
        assert service.asked["create"] == 1

    def test_to_a_service_that_drips_ends(self, service: Replicate, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(line, "CREATE_WHOLE", 0.2)
        service.fault("create", "slow", seconds=2.0)
        with pytest.raises(httpx.ReadTimeout):
            REPLICATE.submit(drawing(), key=KEY)
        assert len(service.predictions) == 1

    @pytest.mark.parametrize(
        "fate", [{"version": None}, {"without": ["version"]}, {"status": "aborted", "seconds": 0}]
    )
    def test_keeps_the_id_of_what_the_sdk_cannot_read(self, service: Replicate, fate: dict[str, Any]) -> None:
        service.fates.append(fate)
        receipt = REPLICATE.submit(drawing(), key=KEY)
        assert [receipt.remote_id] == list(service.predictions)

    def test_is_not_disturbed_by_news(self, service: Replicate) -> None:
        service.fault("create", "extra")
        assert REPLICATE.submit(drawing(), key=KEY).remote_id in service.predictions

    def test_without_an_id_in_the_answer_is_nobodys_guess(self, service: Replicate) -> None:
        service.fates.append({"without": ["id"]})
        with pytest.raises(line.Strange):
            REPLICATE.submit(drawing(), key=KEY)


class TestTheSdkAlone:
    """The twins: what it would do, if `line` did not stand before it."""

    @pytest.fixture
    def alone(self, service: Replicate) -> Iterator[sdk.Client]:
        client = sdk.Client(api_token=fake.KEY, base_url=service.url)
        yield client
        client._client.close()

    def test_sets_no_limit_to_a_create(self) -> None:
        assert _create_prediction_timeout() is None

    def test_loses_the_id_of_what_it_cannot_read(self, service: Replicate, alone: sdk.Client) -> None:
        service.fates.append({"version": None})
        with pytest.raises(sdk_types.ValidationError):
            alone.models.predictions.create(model=SCHNELL, input={"prompt": "A boat"})
        assert len(service.predictions) == 1

    def test_asks_again_by_itself(self, service: Replicate, alone: sdk.Client) -> None:
        made = alone.models.predictions.create(model=SCHNELL, input={"prompt": "A boat"})
        service.fault("ask", "status", status=503, times=2)
        alone.predictions.get(made.id)
        assert service.asked["ask"] == 3
