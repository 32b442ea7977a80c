"""The simulated Replicate keeps its own contract: what is asked wrongly is refused and written down."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import metadata
from pathlib import Path
from threading import Thread
from typing import Any

import cv2
import httpx
import jsonschema
import numpy as np
import pytest
import replicate as sdk
from PIL import Image
from replicate.exceptions import ReplicateError
from replicate.webhook import Webhooks, WebhookSigningSecret

from echoes.kernel.ffmpeg import probe
from tests import pictures
from tests.contracts.replicate import fake, made, shapes
from tests.contracts.replicate.fake import Replicate

SCHNELL = "black-forest-labs/flux-schnell"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def replicate() -> Iterator[Replicate]:
    with fake.running(stopped=True) as running:
        yield running
        assert running.violations == []


@pytest.fixture
def line(replicate: Replicate) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {fake.KEY}"}
    with httpx.Client(base_url=replicate.url, headers=headers) as client:
        yield client


@pytest.fixture
def client(replicate: Replicate) -> Iterator[sdk.Client]:
    made = sdk.Client(api_token=fake.KEY, base_url=replicate.url)
    yield made
    made._client.close()


def create(line: httpx.Client, model: str = SCHNELL, *, prefer: str = "", **body: Any) -> httpx.Response:
    said = {"input": {"prompt": "A boat"}, **body}
    return line.post(
        f"/v1/models/{model}/predictions", json=said, headers={"Prefer": prefer} if prefer else {}
    )


def picture() -> str:
    held = io.BytesIO()
    pictures.draw(size=(320, 180)).save(held, "JPEG")
    return f"data:image/jpeg;base64,{base64.b64encode(held.getvalue()).decode()}"


def test_it_was_written_beside_this_sdk() -> None:
    assert metadata.version("replicate") == shapes.FACTS["sdk"]


class TestAPrediction:
    def test_goes_from_starting_to_processing_to_its_end(
        self, replicate: Replicate, client: sdk.Client
    ) -> None:
        found = client.models.predictions.create(model=SCHNELL, input={"prompt": "A boat"})
        seen = [found.status]
        for _ in range(3):
            replicate.clock.advance(2)
            found.reload()
            seen.append(found.status)
        assert seen == ["starting", "processing", "succeeded", "succeeded"]
        assert found.completed_at is not None

    @pytest.mark.parametrize(
        ("prefer", "status", "told"),
        [
            ("", 201, "starting"),
            ("wait=10", 201, "processing"),
            ("wait=2", 202, "starting"),
            ("wait", 201, "processing"),
        ],
    )
    def test_is_answered_as_somebody_prefers(
        self, line: httpx.Client, prefer: str, status: int, told: str
    ) -> None:
        """Done within the wait, it may be called `processing` with its output there: so it was recorded."""
        answer = create(line, prefer=prefer)
        said = answer.json()
        assert (answer.status_code, said["status"]) == (status, told)
        assert (said["output"] is not None) == (told == "processing")
        assert answer.headers.get("preference-applied") == ("wait" if prefer else None)

    def test_is_canceled_once_and_for_all(self, replicate: Replicate, line: httpx.Client) -> None:
        id = create(line).json()["id"]
        assert line.post(f"/v1/predictions/{id}/cancel").json()["status"] == "canceled"
        replicate.clock.advance(60)
        assert line.get(f"/v1/predictions/{id}").json()["status"] == "canceled"

    def test_forgets_everything_after_an_hour(self, replicate: Replicate, line: httpx.Client) -> None:
        id = create(line).json()["id"]
        replicate.clock.advance(10)
        [url] = line.get(f"/v1/predictions/{id}").json()["output"]
        assert httpx.get(url).status_code == 200
        replicate.clock.advance(3_601)
        said = line.get(f"/v1/predictions/{id}").json()
        assert (said["data_removed"], said["output"], said["input"]) == (True, None, {})
        assert httpx.get(url).status_code == 403

    def test_of_somebody_else_is_not_there(self, line: httpx.Client) -> None:
        answer = line.get("/v1/predictions/nothing")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"

    def test_that_breaks_the_schema_never_leaves(self, replicate: Replicate) -> None:
        with pytest.raises(jsonschema.ValidationError):
            shapes.held_prediction({"id": "x", "status": "dreaming"})


class TestWhatIsAskedWrongly:
    @pytest.mark.parametrize(
        ("body", "why"),
        [
            ({"input": {}}, "prompt is required"),
            ({"input": {"prompt": "A boat", "colour": "red"}}, "colour is not a field"),
            ({"input": {"prompt": "A boat", "num_outputs": 5}}, "num_outputs is out of its limits"),
            ({"input": {"prompt": "A boat", "go_fast": "yes"}}, "go_fast has to be of type boolean"),
            ({"input": {"prompt": "A boat", "aspect_ratio": "7:3"}}, "aspect_ratio has to be one of"),
            ({"input": {"prompt": "A boat"}, "stream": True}, "stream is not known"),
            ({"input": {"prompt": "A boat"}, "webhook": "http://films.example.org/"}, "https"),
            ({"input": {"prompt": "A boat"}, "webhook_events_filter": ["done"]}, "no such event"),
        ],
    )
    def test_is_refused_and_written_down(
        self, replicate: Replicate, line: httpx.Client, body: dict[str, Any], why: str
    ) -> None:
        with replicate.provoking() as seen:
            answer = line.post(f"/v1/models/{SCHNELL}/predictions", json=body)
        assert answer.status_code == 422
        assert why in json.dumps(answer.json()["invalid_fields"])
        assert why in seen[0]
        assert replicate.predictions == {}

    def test_without_the_key_is_refused(self, replicate: Replicate) -> None:
        with replicate.provoking() as seen:
            answer = httpx.get(f"{replicate.url}/v1/predictions/x")
        assert (answer.status_code, answer.json()["title"], len(seen)) == (401, "Unauthenticated", 1)

    def test_of_a_model_without_a_version_is_not_there(
        self, replicate: Replicate, line: httpx.Client
    ) -> None:
        with replicate.provoking():
            assert create(line, "cjwbw/rembg").status_code == 404
            said = {"version": "0" * 64, "input": {}}
            assert line.post("/v1/predictions", json=said).status_code == 422

    def test_with_a_picture_that_is_too_large_for_the_question(
        self, replicate: Replicate, line: httpx.Client
    ) -> None:
        uri = "data:image/jpeg;base64," + base64.b64encode(bytes(262_145)).decode()
        with replicate.provoking() as seen:
            answer = create(line, "bria/remove-background", input={"image": uri})
        assert (answer.status_code, len(seen)) == (422, 1)

    def test_a_key_that_is_shown_where_results_lie_is_written_down(
        self, replicate: Replicate, line: httpx.Client
    ) -> None:
        """What the SDK's FileOutput does."""
        id = create(line).json()["id"]
        replicate.clock.advance(10)
        [url] = line.get(f"/v1/predictions/{id}").json()["output"]
        with replicate.provoking() as seen:
            line.get(url)
        assert seen == ["a key was sent to where results lie"]


class TestMoney:
    def test_low_credit_allows_one_a_second_and_six_a_minute(
        self, replicate: Replicate, line: httpx.Client
    ) -> None:
        replicate.low_credit = True
        assert [create(line).status_code for _ in range(2)] == [201, 429]
        seen = []
        for _ in range(7):
            replicate.clock.advance(2)
            seen.append(create(line))
        assert [answer.status_code for answer in seen] == [201] * 5 + [429] * 2
        assert seen[-1].headers["ratelimit-reset"] == "30"
        assert "Your rate limit resets in ~30s" in seen[-1].json()["detail"]

    def test_no_credit_is_402(self, replicate: Replicate, client: sdk.Client) -> None:
        replicate.fault("create", "status", status=402)
        with pytest.raises(ReplicateError) as refusal:
            client.models.predictions.create(model=SCHNELL, input={"prompt": "A boat"})
        assert refusal.value.status == 402


class TestFiles:
    def test_are_kept_for_a_day_and_read_by_models(self, replicate: Replicate, client: sdk.Client) -> None:
        held = io.BytesIO()
        pictures.draw(size=(320, 180)).save(held, "PNG")
        file = client.files.create(held, filename="x.png", content_type="image/png")
        assert (file.size, file.content_type) == (len(held.getvalue()), "image/png")
        found = client.models.predictions.create(
            model="bria/remove-background", input={"image": file.urls["get"]}
        )
        replicate.clock.advance(10)
        found.reload()
        assert found.status == "succeeded"
        assert client.files.delete(file.id)

    def test_that_have_expired_cannot_be_used(
        self, replicate: Replicate, client: sdk.Client, line: httpx.Client
    ) -> None:
        file = client.files.create(io.BytesIO(b"x"), filename="x.png", content_type="image/png")
        replicate.clock.advance(86_401)
        with replicate.provoking():
            answer = create(line, "bria/remove-background", input={"image": file.urls["get"]})
        assert answer.status_code == 422


# ---- what is made ---------------------------------------------------------------------------


def output(replicate: Replicate, line: httpx.Client, model: str, tmp_path: Path, **inputs: Any) -> Path:
    """What a model makes of its inputs, on disk."""
    version = shapes.MODELS[model].get("version")
    if version:
        answer = line.post("/v1/predictions", json={"version": version, "input": inputs})
    else:
        answer = create(line, model, input=inputs)
    replicate.clock.advance(10)
    said = line.get(f"/v1/predictions/{answer.json()['id']}").json()
    assert said["status"] == "succeeded", said["error"]
    [url] = [said["output"]] if isinstance(said["output"], str) else said["output"]
    path = tmp_path / url.rpartition("/")[2]
    path.write_bytes(httpx.get(url).content)
    return path


class TestWhatIsMade:
    @pytest.mark.parametrize(
        ("model", "inputs", "seconds", "lines"),
        [
            ("wan-video/wan-2.2-i2v-fast", {"image": "", "num_frames": 97}, 97 / 16, 480),
            ("kwaivgi/kling-v2.1", {"start_image": "", "duration": 5}, 5, 720),
            ("google/veo-3.1-fast", {"image": "", "duration": 4, "resolution": "720p"}, 4, 720),
        ],
    )
    def test_a_film_is_of_the_picture_that_was_sent(
        self,
        replicate: Replicate,
        line: httpx.Client,
        tmp_path: Path,
        model: str,
        inputs: dict[str, Any],
        seconds: float,
        lines: int,
    ) -> None:
        uri = picture()
        inputs = {name: value or uri for name, value in inputs.items()} | {"prompt": "Waves roll."}
        path = output(replicate, line, model, tmp_path, **inputs)
        film = probe.probe(path)
        assert film.video is not None
        assert float(film.duration) == pytest.approx(seconds, abs=0.1)
        assert min(film.video.width, film.video.height) == lines
        there, first = cv2.VideoCapture(str(path)).read()
        assert there
        sent = made.pixels(replicate.content(uri))
        small = [cv2.resize(each, (64, 36)).astype(float).ravel() for each in (first, sent)]
        assert np.corrcoef(small[0], small[1])[0, 1] > 0.9

    @pytest.mark.parametrize("kind", ["png", "webp", "jpg"])
    def test_a_picture_has_the_asked_format_and_says_that_it_is_simulated(
        self, replicate: Replicate, line: httpx.Client, tmp_path: Path, kind: str
    ) -> None:
        path = output(
            replicate, line, SCHNELL, tmp_path, prompt="A boat", output_format=kind, aspect_ratio="4:5"
        )
        with Image.open(path) as found:
            assert (found.format, found.size) == (made.FORMATS[kind], made.SIZES["4:5"])

    def test_other_words_are_another_picture_and_the_same_are_the_same(self) -> None:
        drawn: Callable[..., bytes] = lambda words: made.drawn(words, seed=1, size=(320, 180), kind="png")  # noqa: E731
        assert drawn("A boat") == drawn("A boat") != drawn("A house")

    @pytest.mark.parametrize("kind", ["wav", "mp3"])
    def test_music_is_as_long_as_was_asked(
        self, replicate: Replicate, line: httpx.Client, tmp_path: Path, kind: str
    ) -> None:
        asked = {"prompt": "calm", "duration": 6, "output_format": kind}
        path = output(replicate, line, "meta/musicgen", tmp_path, **asked)
        assert made.spoken(path.read_bytes()) == pytest.approx(6, abs=0.2)

    def test_what_no_model_can_read_fails_with_some_text(
        self, replicate: Replicate, line: httpx.Client
    ) -> None:
        uri = "data:image/jpeg;base64," + base64.b64encode(b"no picture").decode()
        id = create(line, "bria/remove-background", input={"image": uri}).json()["id"]
        replicate.clock.advance(10)
        said = line.get(f"/v1/predictions/{id}").json()
        assert (said["status"], said["error"]) == ("failed", "ValueError: cannot identify image file")


# ---- webhooks -------------------------------------------------------------------------------


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """Somebody who hears messages, by real HTTP."""
    heard: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook/", heard
    server.shutdown()
    thread.join()
    server.server_close()


class TestWebhooks:
    @pytest.mark.parametrize(
        ("telling", "states"),
        [
            ("once", ["succeeded"]),
            ("twice", ["succeeded", "succeeded"]),
            ("never", []),
            ("stale", ["succeeded"]),
            ("shuffled", ["succeeded", "processing"]),
        ],
    )
    def test_are_signed_as_the_sdk_expects(
        self, replicate: Replicate, line: httpx.Client, receiver: Any, telling: str, states: list[str]
    ) -> None:
        url, heard = receiver
        replicate.telling = telling
        create(line, webhook=url, webhook_events_filter=["completed"])
        assert replicate.tell() == 0
        replicate.clock.advance(10)
        replicate.tell()
        replicate.tell()
        secret = WebhookSigningSecret(**line.get("/v1/webhooks/default/secret").json())
        assert [json.loads(body)["status"] for _, body in heard] == states
        for headers, body in heard:
            Webhooks.validate(headers=headers, body=body.decode(), secret=secret, tolerance=None)
        ids = {headers["webhook-id"] for headers, _ in heard}
        assert len(ids) == (1 if telling == "twice" else len(states))

    def test_may_come_before_the_answer(
        self, replicate: Replicate, line: httpx.Client, receiver: Any
    ) -> None:
        url, heard = receiver
        replicate.telling = "before"
        replicate.fault("create", "cut_after")
        with pytest.raises(httpx.RemoteProtocolError):
            create(line, webhook=url)
        assert [json.loads(body)["id"] for _, body in heard] == list(replicate.predictions)

    def test_to_nobody_harm_nobody(self, replicate: Replicate, line: httpx.Client) -> None:
        create(line, webhook="http://127.0.0.1:9/")
        replicate.clock.advance(10)
        assert (replicate.tell(), [sent.status for sent in replicate.messages]) == (1, [0])


def test_what_takes_long_to_make_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """On its own it makes things in the background, and says meanwhile that it is at work."""
    told, output = threading.Event(), fake.models.output
    monkeypatch.setattr(fake.models, "output", lambda *args, **how: told.wait(60) and output(*args, **how))
    with (
        fake.running(background=True, seconds=0) as replicate,
        httpx.Client(base_url=replicate.url, headers={"Authorization": f"Bearer {fake.KEY}"}) as line,
    ):
        said = create(line, "kwaivgi/kling-v2.1", input={"prompt": "Waves.", "start_image": picture()}).json()
        assert (said["status"], said["output"]) == ("processing", None)
        told.set()
        while said["status"] == "processing":
            said = line.get(f"/v1/predictions/{said['id']}").json()
        assert said["status"] == "succeeded"
        assert httpx.get(said["output"]).headers["content-type"] == "video/mp4"


def test_it_runs_on_its_own() -> None:
    arguments = [sys.executable, "-m", "tests.contracts.replicate", "--seconds", "1"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            url = said.split(" at ")[1].split(",")[0]
            assert httpx.get(f"{url}/_control").json()["violations"] == []
        finally:
            process.kill()
