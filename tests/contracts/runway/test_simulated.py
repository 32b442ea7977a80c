"""The simulated Runway does what the contract says of the real one: most of all what could cost money."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from runwayml import APIStatusError, BadRequestError, RateLimitError, RunwayML

from echoes.kernel.ffmpeg import probe
from tests import pictures
from tests.contracts.runway import KEY, Runway, assets, films, running, schemas
from tests.contracts.server import Call, Fake, Reply
from tests.contracts.server import running as serving

WANTED: dict[str, Any] = {"model": "gen4_turbo", "ratio": "1280:720", "duration": 5}


@pytest.fixture
def runway() -> Iterator[Runway]:
    with running(waits=1, seconds=10, still=True) as fake:
        yield fake


@pytest.fixture
def client(runway: Runway) -> Iterator[RunwayML]:
    """The SDK, strict."""
    with RunwayML(
        api_key=KEY, base_url=runway.url, max_retries=0, timeout=20, _strict_response_validation=True
    ) as client:
        yield client


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return pictures.jpeg(tmp_path / "photo.jpg", size=(320, 180))


@pytest.fixture
def data(photo: Path) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(photo.read_bytes()).decode()


def create(client: RunwayML, image: str, **wanted: Any) -> Any:
    make: Any = client.image_to_video.create
    return make(prompt_image=image, **{**WANTED, **wanted})


def post(runway: Runway, body: Any, **headers: str) -> httpx.Response:
    told = {"authorization": f"Bearer {KEY}", "x-runway-version": "2024-11-06"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(f"{runway.url}/v1/image_to_video", json=body, headers=told)


# ---- what is asked --------------------------------------------------------------------------


def test_it_knows_the_models_of_the_sdk() -> None:
    assert len(schemas.REQUESTS) == 25
    assert "gen4_turbo" in schemas.REQUESTS
    assert "gen3a_turbo" not in schemas.REQUESTS
    assert schemas.REQUESTS["gen4.5"]["required"] == [
        "duration",
        "model",
        "promptImage",
        "promptText",
        "ratio",
    ]


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"ratio": "16:9"}, ["ratio"]),
        ({"ratio": None}, ["ratio"]),
        ({"model": "gen3a_turbo"}, ["model"]),
        ({"duration": "5"}, ["duration"]),
        ({"duration": 11}, ["duration"]),
        ({"promptText": ""}, ["promptText"]),
        ({"promptText": "\N{SLEEPING FACE}" * 501}, ["promptText"]),
        ({"prompt_text": "the SDK's name"}, []),
        ({"audio": False}, []),
        ({"promptImage": [{"uri": "x", "position": "last"}]}, ["promptImage"]),
        ({"promptImage": "runway://of-nobody"}, ["promptImage"]),
        ({"promptImage": "data:image/gif;base64,AAAA"}, ["promptImage"]),
        ({"promptImage": "data:image/png;base64," + "A" * 5_000_000}, ["promptImage"]),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_body_that_breaks_the_contract_is_refused_and_written_down(
    runway: Runway, data: str, changed: dict[str, Any], path: list[str]
) -> None:
    with runway.provoking() as seen:
        answer = post(runway, {"promptImage": data, **WANTED, **changed})
    assert answer.status_code == 400
    assert answer.json()["issues"][0]["path"] == path
    assert len(seen) == 1
    assert runway.tasks == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": "Bearer key_other"}, 401),
        ({"x_runway_version": "2024-09-13"}, 400),
        ({"content_type": "text/plain"}, 400),
    ],
)
def test_a_request_without_its_headers_is_refused(
    runway: Runway, data: str, headers: dict[str, str], status: int
) -> None:
    with runway.provoking() as seen:
        assert post(runway, {"promptImage": data, **WANTED}, **headers).status_code == status
    assert len(seen) == 1


def test_it_answers_nothing_that_the_sdk_does_not_describe() -> None:
    with pytest.raises(ValidationError):
        schemas.check_answer("create", {"id": "a"})
    with pytest.raises(AssertionError):
        schemas.check_answer("create", {"id": "a", "estimatedCost": {"credits": 1}, "status": "PENDING"})
    with pytest.raises(KeyError):
        schemas.check_answer("task", {"id": "a", "status": "PROCESSING"})
    with pytest.raises(ValidationError):
        schemas.check_answer("task", {"id": "a", "status": "FAILED", "createdAt": "2026-11-21T12:00:00Z"})


# ---- pictures -------------------------------------------------------------------------------


def test_an_upload_is_held_for_a_day(runway: Runway, client: RunwayML, photo: Path) -> None:
    uri = client.uploads.create_ephemeral(file=photo).uri
    runway.clock.advance(24 * 3600 - 60)
    assert create(client, uri).estimated_cost.credits == 25
    runway.clock.advance(120)
    with runway.provoking(), pytest.raises(BadRequestError):
        create(client, uri)


def test_an_upload_that_is_too_small_or_too_large_is_refused(
    runway: Runway, client: RunwayML, monkeypatch: pytest.MonkeyPatch
) -> None:
    with runway.provoking() as seen, pytest.raises(APIStatusError):
        client.uploads.create_ephemeral(file=("a.jpg", b"x" * 511))
    monkeypatch.setattr(assets, "UPLOAD_BYTES", (512, 1_000))
    with runway.provoking() as more, pytest.raises(APIStatusError):
        client.uploads.create_ephemeral(file=("a.jpg", b"x" * 1_001))
    assert len(seen + more) == 2


def test_storage_wants_its_fields_and_no_key(runway: Runway, client: RunwayML, photo: Path) -> None:
    client.uploads.create_ephemeral(file=photo)
    [id] = runway.uploads
    files = {"file": ("a.jpg", photo.read_bytes())}
    with runway.provoking() as seen:
        keyless = httpx.post(f"{runway.url}/uploaded/{id}", data={"key": "other"}, files=files)
        shown = httpx.post(f"{runway.url}/uploaded/{id}", files=files, headers={"authorization": KEY})
    assert (keyless.status_code, shown.status_code) == (403, 400)
    assert len(seen) == 2


class World(Fake):
    """Where pictures lie; `tells` is how it answers HEAD."""

    name = "world"
    routes = [("HEAD", "/.*", "head"), ("GET", "/.*", "get")]  # noqa: RUF012
    tells = Reply(200, b"", "image/jpeg", {"Content-Length": "5000"})
    content = b""

    def head(self, call: Call) -> Reply:
        return self.tells

    def get(self, call: Call) -> Reply:
        return Reply(200, self.content, "image/jpeg")


@pytest.fixture
def world(runway: Runway, photo: Path) -> Iterator[World]:
    with serving(World) as far:
        far.content = photo.read_bytes()
        runway.world["photos.example.org"] = far.url
        yield far


def test_a_picture_in_the_world_is_asked_for_by_head_and_get(
    runway: Runway, client: RunwayML, world: World
) -> None:
    create(client, "https://photos.example.org/a.jpg?signed=yes")
    assert [(route, call.query) for route, call in world.calls] == [
        ("head", {"signed": "yes"}),
        ("get", {"signed": "yes"}),
    ]
    assert runway.tasks[0].picture == world.content


@pytest.mark.parametrize(
    ("address", "tells"),
    [
        ("https://photos.example.org/signed-for-get", Reply(403, b"", "application/xml")),
        ("https://photos.example.org/moved", Reply(302, b"", "", {"Location": "/a.jpg"})),
        ("https://photos.example.org/unknown", Reply(200, b"", "application/octet-stream")),
        (
            "https://photos.example.org/huge",
            Reply(200, b"", "image/jpeg", {"Content-Length": "16000001"}),
        ),
        ("https://photos.example.org/empty", Reply(200, b"", "image/jpeg")),
        ("https://photos.example.org/" + "a" * 2_048, World.tells),
        ("http://photos.example.org/plain", World.tells),
        ("https://93.184.215.14/number", World.tells),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_picture_that_does_not_answer_head_as_it_should_is_refused(
    runway: Runway, client: RunwayML, world: World, address: str, tells: Reply
) -> None:
    world.tells = tells
    with runway.provoking(), pytest.raises(BadRequestError) as refused:
        create(client, address)
    assert refused.value.body["issues"][0]["path"] == ["promptImage"]  # type: ignore[index]


# ---- tasks ----------------------------------------------------------------------------------


def states(client: RunwayML, ids: list[str]) -> list[str]:
    return [client.tasks.retrieve(id).status for id in ids]


def test_more_than_a_model_may_have_at_once_wait_their_turn(
    runway: Runway, client: RunwayML, data: str
) -> None:
    runway.desk.at_once = 2
    ids = [create(client, data).id for _ in range(4)]
    other = create(client, data, model="gen4.5", prompt_text="words").id
    assert states(client, ids) == ["PENDING"] * 4
    runway.clock.advance(2)
    assert states(client, ids) == ["RUNNING", "RUNNING", "THROTTLED", "THROTTLED"]
    assert states(client, [other]) == ["RUNNING"]
    runway.clock.advance(10)
    assert states(client, ids) == ["SUCCEEDED", "SUCCEEDED", "RUNNING", "RUNNING"]
    runway.clock.advance(10)
    assert states(client, ids) == ["SUCCEEDED"] * 4


def test_what_was_not_looked_at_happened_all_the_same(runway: Runway, client: RunwayML, data: str) -> None:
    runway.desk.at_once = 1
    ids = [create(client, data).id for _ in range(3)]
    runway.clock.advance(1 + 25)
    assert states(client, ids) == ["SUCCEEDED", "SUCCEEDED", "RUNNING"]


def test_a_cancelled_task_makes_room_and_costs_what_it_had_begun(
    runway: Runway, client: RunwayML, data: str
) -> None:
    runway.desk.at_once = 1
    ids = [create(client, data).id for _ in range(3)]
    runway.clock.advance(3)
    assert states(client, ids) == ["RUNNING", "THROTTLED", "THROTTLED"]
    client.tasks.delete(ids[1])
    client.tasks.delete(ids[0])
    assert states(client, ids) == ["CANCELLED", "CANCELLED", "RUNNING"]
    assert [client.tasks.retrieve(id).cost.credits for id in ids[:2]] == [25, 0]  # type: ignore[union-attr]


def test_a_delete_that_comes_too_late_deletes_what_is_paid(
    runway: Runway, client: RunwayML, data: str
) -> None:
    id = create(client, data).id
    runway.clock.advance(5)
    assert states(client, [id]) == ["RUNNING"]
    runway.clock.advance(10)
    url = client.tasks.retrieve(id).output[0]  # type: ignore[union-attr]
    client.tasks.delete(id)
    with pytest.raises(APIStatusError) as gone:
        client.tasks.retrieve(id)
    assert gone.value.status_code == 404
    assert httpx.get(url).status_code == 404
    assert runway.desk.charged == 25


def test_a_failure_costs_what_its_fate_says(runway: Runway, client: RunwayML, data: str) -> None:
    runway.fates += [
        {"status": "FAILED", "failureCode": None, "credits": 25},
        {"status": "FAILED", "credits": 0},
    ]
    ids = [create(client, data).id for _ in range(2)]
    runway.clock.advance(12)
    found: list[Any] = [client.tasks.retrieve(id) for id in ids]
    assert [task.status for task in found] == ["FAILED", "FAILED"]
    assert [task.failure_code for task in found] == [None, None]
    assert [task.cost.credits for task in found] == [25, 0]
    assert client.organization.retrieve().credit_balance == 100_000 - 25


def test_what_is_no_picture_fails(runway: Runway, client: RunwayML) -> None:
    id = create(client, client.uploads.create_ephemeral(file=("a.jpg", b"no picture" * 60)).uri).id
    runway.clock.advance(12)
    assert client.tasks.retrieve(id).failure_code == "ASSET.INVALID"  # type: ignore[union-attr]


def test_a_model_has_so_many_tasks_in_a_day(runway: Runway, client: RunwayML, data: str) -> None:
    runway.daily = 2
    create(client, data)
    runway.clock.advance(12 * 3600)
    create(client, data)
    with pytest.raises(RateLimitError):
        create(client, data)
    runway.clock.advance(12 * 3600)
    create(client, data)
    assert client.organization.retrieve().usage.models["gen4_turbo"].daily_generations == 2


def test_the_sdk_by_itself_would_pay_twice_for_a_lost_answer(runway: Runway, data: str) -> None:
    """Why the adapter has it retry nothing."""
    runway.fault("create", "cut_after")
    with RunwayML(api_key=KEY, base_url=runway.url) as eager:
        create(eager, data)
    assert len(runway.tasks) == 2


def test_it_sees_who_asks_too_often(runway: Runway, client: RunwayML, data: str) -> None:
    id = create(client, data).id
    for pause in (0, 6, 3):
        runway.clock.advance(pause)
        client.tasks.retrieve(id)
    assert runway.shortest_gap == 3


# ---- what is made ---------------------------------------------------------------------------


def finished(runway: Runway, client: RunwayML, image: str, **wanted: Any) -> tuple[str, str]:
    id = create(client, image, **wanted).id
    runway.clock.advance(12)
    return id, client.tasks.retrieve(id).output[0]  # type: ignore[union-attr]


def test_a_link_ends_after_two_days_and_a_fresh_one_can_be_had(
    runway: Runway, client: RunwayML, data: str
) -> None:
    id, url = finished(runway, client, data, duration=2)
    assert httpx.get(url).content[4:8] == b"ftyp"
    assert httpx.head(url).headers["content-type"] == "video/mp4"
    runway.clock.advance(48 * 3600 + 1)
    assert httpx.get(url).status_code == 403
    fresh = client.tasks.retrieve(id).output[0]  # type: ignore[union-attr]
    assert fresh != url
    assert httpx.get(fresh, headers={"range": "bytes=4-7"}).content == b"ftyp"


@pytest.mark.parametrize(
    ("wanted", "size", "sound"),
    [
        ({"ratio": "832:1104", "duration": 3}, (832, 1104), False),
        ({"model": "veo3.1_fast", "duration": 4}, (1280, 720), True),
        ({"model": "veo3.1_fast", "duration": 4, "audio": False}, (1280, 720), False),
    ],
)
def test_a_film_has_the_size_the_length_and_the_sound_that_were_asked_for(
    runway: Runway,
    client: RunwayML,
    data: str,
    tmp_path: Path,
    wanted: dict[str, Any],
    size: tuple[int, int],
    sound: bool,
) -> None:
    _, url = finished(runway, client, data, **wanted)
    path = tmp_path / "film.mp4"
    path.write_bytes(httpx.get(url, timeout=60).content)
    found = probe.probe(path)
    assert found.video is not None
    assert (found.video.width, found.video.height) == size
    assert found.video.frames == wanted["duration"] * films.FPS
    assert (found.audio is not None) == sound


def test_without_a_ratio_a_film_has_the_shape_of_its_picture() -> None:
    tall = films.decoded(base64.b64decode(_png(90, 160)))
    assert tall is not None
    assert films.size("", tall) == (720, 1280)
    assert films.size("auto_720p", tall) == (720, 1280)
    assert films.size("1104:832", tall) == (1104, 832)
    assert films.size("16:9", tall) == (1280, 720)


def _png(width: int, height: int) -> bytes:
    import io

    file = io.BytesIO()
    pictures.draw(size=(width, height)).save(file, "PNG")
    return base64.b64encode(file.getvalue())


# ---- alone ----------------------------------------------------------------------------------


def test_it_runs_alone_and_is_told_how_things_go(photo: Path) -> None:
    command = [sys.executable, "-m", "tests.contracts.runway", "--seconds", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = dict(process.stdout.readline().strip().split("=", 1) for _ in range(2))
        url = told["RUNWAYML_BASE_URL"]
        try:
            fate = {"status": "FAILED", "failureCode": "INTERNAL", "credits": 0}
            httpx.post(f"{url}/_control", json={"fates": [fate]})
            with RunwayML(api_key=told["RUNWAYML_API_SECRET"], base_url=url) as client:
                id = create(client, client.uploads.create_ephemeral(file=photo).uri).id
                state = httpx.post(f"{url}/_control", json={"advance": 60}).json()
                assert client.tasks.retrieve(id).status == "FAILED"
        finally:
            process.terminate()
    assert (state["tasks"], state["violations"]) == (1, [])
