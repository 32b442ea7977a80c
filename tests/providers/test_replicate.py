"""The adapter for Replicate, over real HTTP to a simulated one: what is asked, lost and heard."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Callable, Iterator
from decimal import Decimal
from importlib import metadata
from pathlib import Path
from typing import Any

import httpx
import pytest
import replicate as sdk
from pydantic import v1 as sdk_types
from replicate.prediction import _create_prediction_timeout

from jobs.remote import Answered, CannotLookUp, NotNow, Pending, Refused
from providers import connections
from providers.capabilities import (
    Capability,
    CutoutRequest,
    EarsRequest,
    ImageRequest,
    MotionRequest,
    MusicRequest,
    Order,
    Picture,
    Request,
    Spec,
)
from providers.replicate import HOSTS, REPLICATE, body, line, table
from tests import pictures
from tests.contracts.replicate import fake, shapes
from tests.contracts.replicate.fake import Replicate

WAN = "wan-video/wan-2.2-i2v-fast"
SCHNELL = "black-forest-labs/flux-schnell"
KEY = "5f0c1d9e-1111-4222-8333-444455556666"
HOOK = "https://films.example.org/hooks/replicate/sealed/"


@pytest.fixture
def service(settings: Any) -> Iterator[Replicate]:
    with fake.running() as replicate:
        settings.PROVIDERS = {**settings.PROVIDERS, "replicate": (fake.KEY, replicate.url)}
        yield replicate
        assert replicate.violations == []


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    path = pictures.jpeg(tmp_path / "picture.jpg", size=(320, 180))
    return Picture(path, "image/jpeg", 320, 180)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "said.mp3"
    path.write_bytes(b"ID3 these are no sounds")
    return path


def spec(model: str, **options: Any) -> Spec:
    version = shapes.MODELS.get(model, {}).get("version")
    capability = table.WIRES[model].capability if model in table.WIRES else Capability.MOTION
    return Spec("slug", capability, f"{model}:{version}" if version else model, options)


def motion(
    picture: Picture, *, model: str = WAN, prompt: str = "Waves roll.", seconds: int = 5, **options: Any
) -> Order:
    aspect = options.pop("aspect", "16:9")
    return Order(spec(model, **options), MotionRequest(picture, prompt, seconds, aspect, seed=11))


def drawing(*, model: str = SCHNELL, **request: Any) -> Order:
    return Order(spec(model), ImageRequest("A boat", "16:9", seed=7, **request))


def uri(path: Path, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def created(service: Replicate) -> list[dict[str, Any]]:
    return [call.json() for route, call in service.calls if route.startswith("create")]


def ask(remote_id: str) -> Pending | Answered:
    return asyncio.run(REPLICATE.ask(remote_id))


def ended(service: Replicate, order: Order) -> Answered:
    """How an order comes out, once it is over."""
    receipt = REPLICATE.submit(order, key=KEY)
    service.clock.advance(service.seconds + 1)
    said = ask(receipt.remote_id)
    assert isinstance(said, Answered)
    return said


# ---- what is asked --------------------------------------------------------------------------

Case = tuple[str, dict[str, Any], Callable[[Picture, Path], Request], dict[str, Any]]


def moved(seconds: int, aspect: str = "16:9") -> Callable[[Picture, Path], Request]:
    return lambda picture, sound: MotionRequest(picture, "Waves roll.", seconds, aspect, seed=11)


def drawn(**more: str) -> Callable[[Picture, Path], Request]:
    def request(picture: Picture, sound: Path) -> Request:
        given: dict[str, Any] = {"control": picture, "references": (picture,)}
        return ImageRequest("A boat", "4:5", seed=7, **{name: given[name] for name in more.values()})

    return request


CASES: list[Case] = [
    (
        WAN,
        {"resolution": "720p"},
        moved(6),
        {
            "prompt": "Waves roll.",
            "image": "PICTURE",
            "num_frames": 97,
            "frames_per_second": 16,
            "seed": 11,
            "resolution": "720p",
        },
    ),
    (
        "minimax/hailuo-2.3",
        {},
        moved(10),
        {"prompt": "Waves roll.", "first_frame_image": "PICTURE", "duration": 10},
    ),
    (
        "bytedance/seedance-1.5-pro",
        {"camera_fixed": True},
        moved(5, "9:16"),
        {
            "prompt": "Waves roll.",
            "image": "PICTURE",
            "duration": 5,
            "aspect_ratio": "9:16",
            "seed": 11,
            "generate_audio": False,
            "camera_fixed": True,
        },
    ),
    (
        "kwaivgi/kling-v2.1",
        {"mode": "pro"},
        moved(5),
        {"prompt": "Waves roll.", "start_image": "PICTURE", "duration": 5, "mode": "pro"},
    ),
    (
        "kwaivgi/kling-v3-video",
        {"negative_prompt": "blur"},
        moved(5, "1:1"),
        {
            "prompt": "Waves roll.",
            "start_image": "PICTURE",
            "duration": 5,
            "aspect_ratio": "1:1",
            "generate_audio": False,
            "negative_prompt": "blur",
        },
    ),
    *[
        (
            model,
            {"resolution": "720p"},
            moved(8),
            {
                "prompt": "Waves roll.",
                "image": "PICTURE",
                "duration": 8,
                "aspect_ratio": "16:9",
                "seed": 11,
                "resolution": "720p",
                "generate_audio": False,
            },
        )
        for model in ("google/veo-3.1-fast", "google/veo-3.1")
    ],
    (
        SCHNELL,
        {},
        drawn(),
        {"prompt": "A boat", "aspect_ratio": "4:5", "seed": 7, "output_format": "png"},
    ),
    (
        "black-forest-labs/flux-dev",
        {"prompt_strength": 0.6, "output_format": "webp"},
        drawn(a="references"),
        {
            "prompt": "A boat",
            "aspect_ratio": "4:5",
            "seed": 7,
            "image": "PICTURE",
            "prompt_strength": 0.6,
            "output_format": "webp",
        },
    ),
    *[
        (
            f"black-forest-labs/flux-canny-{kind}",
            {"guidance": 20},
            drawn(a="control"),
            {
                "prompt": "A boat",
                "seed": 7,
                "control_image": "PICTURE",
                "guidance": 20,
                "output_format": "png",
            },
        )
        for kind in ("pro", "dev")
    ],
    (
        "black-forest-labs/flux-kontext-pro",
        {"safety_tolerance": 2},
        drawn(a="references"),
        {
            "prompt": "A boat",
            "aspect_ratio": "4:5",
            "seed": 7,
            "input_image": "PICTURE",
            "safety_tolerance": 2,
            "output_format": "png",
        },
    ),
    (
        "meta/musicgen",
        {"model_version": "stereo-large"},
        lambda picture, sound: MusicRequest("calm", 12, seed=3),
        {
            "prompt": "calm instrumental music",
            "duration": 12,
            "seed": 3,
            "model_version": "stereo-large",
            "output_format": "wav",
        },
    ),
    (
        "bria/remove-background",
        {},
        lambda picture, sound: CutoutRequest(picture),
        {"image": "PICTURE", "preserve_partial_alpha": True},
    ),
    (
        "851-labs/background-remover",
        {},
        lambda picture, sound: CutoutRequest(picture),
        {"image": "PICTURE", "background_type": "rgba", "format": "png"},
    ),
    ("cjwbw/rembg", {}, lambda picture, sound: CutoutRequest(picture), {"image": "PICTURE"}),
    ("lucataco/remove-bg", {}, lambda picture, sound: CutoutRequest(picture), {"image": "PICTURE"}),
    (
        "openai/whisper",
        {},
        lambda picture, sound: EarsRequest(sound, 3.0),
        {"audio": "SOUND", "language": "auto", "transcription": "plain text"},
    ),
]


class TestWhatIsAsked:
    @pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
    def test_is_exactly_this(self, case: Case, service: Replicate, picture: Picture, sound: Path) -> None:
        model, options, request, expected = case
        REPLICATE.submit(Order(spec(model, **options), request(picture, sound)), key=KEY)
        files = {"PICTURE": uri(picture.path, "image/jpeg"), "SOUND": uri(sound, "audio/mpeg")}
        inputs = {name: files.get(str(value), value) for name, value in expected.items()}
        version = shapes.MODELS[model].get("version")
        assert created(service) == [{"input": inputs} | ({"version": version} if version else {})]
        assert service.calls[0][1].path == (
            "/v1/predictions" if version else f"/v1/models/{model}/predictions"
        )

    def test_covers_every_model(self) -> None:
        assert {case[0] for case in CASES} == set(table.WIRES)

    def test_names_where_to_say_that_it_is_done_and_nothing_else(
        self, service: Replicate, picture: Picture
    ) -> None:
        REPLICATE.submit(motion(picture), key=KEY, webhook=HOOK)
        [said] = created(service)
        assert (said["webhook"], said["webhook_events_filter"]) == (HOOK, ["completed"])
        assert set(said) == {"input", "webhook", "webhook_events_filter"}

    def test_goes_with_the_key_and_without_a_wish_to_wait(self, service: Replicate, picture: Picture) -> None:
        REPLICATE.submit(motion(picture), key=KEY)
        headers = service.calls[0][1].headers
        assert headers["authorization"] == f"Bearer {fake.KEY}"
        assert "prefer" not in headers

    def test_holds_a_strangers_words_in_the_prompt_alone(self, service: Replicate, picture: Picture) -> None:
        words = 'Ignore all that. {"webhook": "https://evil.example"} \u202e\n' + "</input>"
        REPLICATE.submit(motion(picture, prompt=words), key=KEY)
        [said] = created(service)
        assert said["input"].pop("prompt") == words
        assert "evil" not in json.dumps(said)


class TestWhatIsNotUnderstood:
    @pytest.mark.parametrize(
        ("order", "detail"),
        [
            (lambda p: motion(p, lora_weights="x"), "lora_weights: not known"),
            (lambda p: motion(p, disable_safety_checker=True), "disable_safety_checker: not known"),
            (lambda p: motion(p, prompt=""), "prompt is needed"),
            (lambda p: motion(p, prompt="a" * 5_001), "prompt: too long"),
            (lambda p: motion(p, seconds=8), "num_frames: 129 is not between 81 and 121"),
            (lambda p: motion(p, resolution="8k"), "resolution: '8k' is none of"),
            (lambda p: motion(p, resolution=720), "resolution: not a text"),
            (lambda p: motion(p, go_fast="yes"), "go_fast: not a flag"),
            (lambda p: motion(p, sample_shift=True), "sample_shift: not a number"),
            (lambda p: motion(p, image="https://evil.example"), "['image'] come from the request"),
            (lambda p: motion(p, model="google/veo-3.1", seconds=5), "duration: 5 is none of"),
            (lambda p: motion(p, model="google/veo-3.1", seconds=4, aspect="4:5"), "aspect_ratio: '4:5'"),
            (
                lambda p: motion(p, model="minimax/hailuo-2.3", seconds=10, resolution="1080p"),
                "ten seconds are made in 768p alone",
            ),
            (lambda p: motion(p, model="somebody/else"), "somebody/else is not in our table"),
            (lambda p: drawing(references=(p,)), "references that it does not know"),
            (lambda p: drawing(control=p), "control, transparency or references"),
            (lambda p: drawing(transparent=True), "control, transparency or references"),
            (lambda p: drawing(model="black-forest-labs/flux-canny-pro"), "it needs a control picture"),
            (
                lambda p: Order(
                    spec("black-forest-labs/flux-kontext-pro", safety_tolerance=5),
                    ImageRequest("A boat", "1:1", 1, references=(p,)),
                ),
                "safety_tolerance is 2 at most",
            ),
            (
                lambda p: Order(Spec("rembg", Capability.CUTOUT, "cjwbw/rembg"), CutoutRequest(p)),
                "its version has to be named",
            ),
            (
                lambda p: Order(Spec("rembg", Capability.CUTOUT, "cjwbw/rembg:latest"), CutoutRequest(p)),
                "latest is no version",
            ),
            (
                lambda p: Order(Spec("x", Capability.IMAGE, WAN), ImageRequest("A boat", "1:1", 1)),
                "is not in our table",
            ),
        ],
    )
    def test_is_refused_before_anything_is_sent(
        self, service: Replicate, picture: Picture, order: Callable[[Picture], Order], detail: str
    ) -> None:
        with pytest.raises(Refused) as refusal:
            REPLICATE.submit(order(picture), key=KEY)
        assert refusal.value.code == "bad_input"
        assert detail in refusal.value.__notes__[0]
        assert service.asked == {}

    def test_a_recording_that_is_too_large_is_not_read(self, service: Replicate, tmp_path: Path) -> None:
        large = tmp_path / "large.wav"
        with large.open("wb") as file:
            file.truncate(25 * 1024 * 1024 + 1)
        with pytest.raises(Refused):
            REPLICATE.submit(Order(spec("openai/whisper"), EarsRequest(large, 900)), key=KEY)
        assert service.asked == {}


class TestTheTable:
    def test_was_read_beside_this_sdk(self) -> None:
        """An SDK that is newer has to be read again, with the traps that it sets."""
        assert metadata.version("replicate") == table.READ_FROM == shapes.FACTS["sdk"]

    @pytest.mark.parametrize("model", list(table.WIRES))
    def test_agrees_with_what_the_simulation_holds_us_to(self, model: str) -> None:
        wire, facts = table.WIRES[model], shapes.MODELS[model]
        kinds = {"string": "text", "uri": "file", "boolean": "flag", "integer": "whole", "number": "number"}
        for name, field in wire.fields.items():
            fact = facts["input"][name]
            assert field.kind == kinds[fact["type"]], name
            assert set(field.choices) <= set(fact.get("enum", field.choices)), name
            assert field.least is None or field.least >= fact.get("min", 0), name
            assert field.most is None or field.most <= fact.get("max", field.most), name
        assert wire.pinned is not facts["official"]
        needed = {name for name, fact in facts["input"].items() if fact.get("required")}
        assert needed <= {name for name, field in wire.fields.items() if field.needed}

    def test_never_switches_a_models_own_care_off(self) -> None:
        fields = {name for wire in table.WIRES.values() for name in wire.fields}
        assert not {"disable_safety_checker", "lora_weights_transformer"} & fields


# ---- files ----------------------------------------------------------------------------------


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


# ---- sending --------------------------------------------------------------------------------


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

    @pytest.mark.parametrize(("status", "wait"), [(429, 12), (500, None), (502, None), (503, 3)])
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


# ---- asking ---------------------------------------------------------------------------------


class TestAsking:
    def test_follows_it_to_its_end(self, service: Replicate, picture: Picture) -> None:
        receipt = REPLICATE.submit(motion(picture), key=KEY)
        assert ask(receipt.remote_id) == Pending()
        service.clock.advance(service.seconds / 2)
        said = ask(receipt.remote_id)
        assert isinstance(said, Pending)
        assert said.progress == pytest.approx(0.5, abs=0.1)
        service.clock.advance(service.seconds)
        said = ask(receipt.remote_id)
        assert isinstance(said, Answered)
        [url] = said.data["urls"]
        assert said.status == "succeeded"
        assert httpx.get(url).headers["content-type"] == "video/mp4"

    @pytest.mark.parametrize("model", [SCHNELL, "black-forest-labs/flux-kontext-pro"])
    def test_finds_the_one_address_in_a_list_and_out_of_it(self, service: Replicate, model: str) -> None:
        assert len(ended(service, drawing(model=model)).data["urls"]) == 1

    def test_keeps_what_it_took(self, service: Replicate) -> None:
        said = ended(service, drawing())
        assert said.data["metrics"] == {"predict_time": 3.0, "total_time": 4.0, "image_count": 1.0}
        assert said.data["usd"] is None

    def test_reads_what_was_heard(self, service: Replicate, sound: Path) -> None:
        service.fates.append(
            {
                "output": {
                    "transcription": " Guten Tag. ",
                    "detected_language": "german",
                    "segments": [{"start": 0, "end": 1.5, "text": " Guten"}, {"text": "?"}, None],
                }
            }
        )
        said = ended(service, Order(spec("openai/whisper"), EarsRequest(sound, 2.0)))
        assert said.data["said"] == {
            "text": "Guten Tag.",
            "language": "de",
            "segments": [{"start": 0.0, "end": 1.5, "text": "Guten"}],
        }

    @pytest.mark.parametrize(
        ("error", "code"),
        [
            ("NSFW content detected. Try running it again, or try a different prompt.", "unsafe_result"),
            ("The input or output was flagged as sensitive. Please try again. (E005)", "unsafe_result"),
            ("Your prompt was flagged by our moderation.", "unsafe_words"),
            ("The input image contains content that is NSFW", "unsafe_picture"),
            ("Image rejected: faces of minors are prohibited", "unsafe_picture"),
            ("CUDA out of memory. Tried to allocate 2 GiB", "internal"),
            ("Service is temporarily unavailable due to high demand (E004)", "internal"),
            ("Prediction interrupted; please retry (code: PA)", "internal"),
            ("cannot identify image file <_io.BytesIO object>", "bad_input"),
            ("Something that nobody has heard of: X17", "provider_failed"),
            ("", "provider_failed"),
            (None, "provider_failed"),
        ],
    )
    def test_reads_failures_loosely(self, service: Replicate, error: str | None, code: str) -> None:
        service.fates.append({"status": "failed", "error": error})
        said = ended(service, drawing())
        assert (said.status, said.data["code"], said.data["detail"]) == ("failed", code, error or "")

    def test_hears_that_it_was_aborted(self, service: Replicate) -> None:
        service.fates.append({"status": "aborted"})
        said = ended(service, drawing())
        assert (said.data["code"], said.data["detail"]) == ("stopped", "aborted")

    def test_needs_no_version(self, service: Replicate) -> None:
        service.fates.append({"version": None})
        assert ended(service, drawing()).status == "succeeded"

    @pytest.mark.parametrize("output", [None, [], "", {}, ["/etc/passwd"], "file:///etc/passwd", 7, [None]])
    def test_finds_no_result_in_what_is_no_address(self, service: Replicate, output: Any) -> None:
        service.fates.append({"output": output})
        assert ended(service, drawing()).data["code"] == "bad_result"

    def test_finds_no_words_in_what_is_no_transcript(self, service: Replicate, sound: Path) -> None:
        service.fates.append({"output": "https://replicate.delivery/x/out.srt"})
        order = Order(spec("openai/whisper"), EarsRequest(sound, 2.0))
        assert ended(service, order).data["code"] == "bad_result"

    def test_comes_too_late_after_an_hour(self, service: Replicate) -> None:
        receipt = REPLICATE.submit(drawing(), key=KEY)
        service.clock.advance(3_700)
        said = ask(receipt.remote_id)
        assert isinstance(said, Answered)
        assert said.data["code"] == "result_gone"

    def test_waits_for_a_word_that_is_new(self, service: Replicate, settings: Any) -> None:
        settings.PROVIDERS_STRICT = False
        service.fates.append({"status": "dreaming"})
        receipt = REPLICATE.submit(drawing(), key=KEY)
        service.clock.advance(9)
        assert ask(receipt.remote_id) == Pending()

    def test_ends_with_a_new_word_that_is_an_end(self, service: Replicate, settings: Any) -> None:
        settings.PROVIDERS_STRICT = False
        service.fates.append({"status": "expired", "error": "It took too long."})
        said = ended(service, drawing())
        assert (said.data["code"], said.data["detail"]) == (
            "provider_failed",
            "the status expired; It took too long.",
        )

    def test_a_new_word_is_an_error_where_contracts_are_held(self, service: Replicate) -> None:
        service.fates.append({"status": "dreaming"})
        receipt = REPLICATE.submit(drawing(), key=KEY)
        service.clock.advance(9)
        with pytest.raises(line.Strange, match="dreaming"):
            ask(receipt.remote_id)

    @pytest.mark.parametrize("status", [429, 500, 503, 504])
    def test_is_done_once_and_put_off(self, service: Replicate, status: int) -> None:
        receipt = REPLICATE.submit(drawing(), key=KEY)
        service.fault("ask", "status", status=status, retry_after=9_999, times=3)
        with pytest.raises(NotNow) as later:
            ask(receipt.remote_id)
        assert service.asked["ask"] == 1
        assert later.value.retry_after == 3_600

    @pytest.mark.parametrize(("kind", "how"), [("cut", {}), ("truncated", {}), ("html", {"status": 200})])
    def test_that_is_not_answered_is_trouble_and_no_end(
        self, service: Replicate, kind: str, how: dict[str, Any]
    ) -> None:
        receipt = REPLICATE.submit(drawing(), key=KEY)
        service.fault("ask", kind, **how)
        with pytest.raises((httpx.TransportError, line.Strange)):
            ask(receipt.remote_id)
        service.clock.advance(9)
        said = ask(receipt.remote_id)
        assert isinstance(said, Answered)

    def test_of_a_service_that_hangs_ends(self, service: Replicate, monkeypatch: pytest.MonkeyPatch) -> None:
        receipt = REPLICATE.submit(drawing(), key=KEY)
        monkeypatch.setitem(line.ASK, "read", 0.2)
        service.fault("ask", "hang", seconds=5)
        with pytest.raises(httpx.ReadTimeout):
            ask(receipt.remote_id)

    def test_of_many_at_once_is_not_one_after_the_other(self, service: Replicate) -> None:
        service.seconds = 4_000
        ids = [REPLICATE.submit(drawing(), key=KEY).remote_id for _ in range(12)]

        async def all_of_them() -> list[Any]:
            return list(await asyncio.gather(*(REPLICATE.ask(each) for each in ids)))

        assert asyncio.run(all_of_them()) == [Pending()] * 12

    def test_leaves_nothing_open_when_its_loop_ends(self, service: Replicate) -> None:
        receipt = REPLICATE.submit(drawing(), key=KEY)
        for _ in range(2):
            ask(receipt.remote_id)
        assert line._kept == {}


class TestAbandoning:
    def test_stops_it(self, service: Replicate) -> None:
        receipt = REPLICATE.submit(drawing(), key=KEY)
        asyncio.run(REPLICATE.abandon(receipt.remote_id))
        said = ask(receipt.remote_id)
        assert isinstance(said, Answered)
        assert (said.data["code"], said.data["detail"]) == ("stopped", "canceled")

    def test_does_not_undo_what_is_done(self, service: Replicate) -> None:
        receipt = REPLICATE.submit(drawing(), key=KEY)
        service.clock.advance(9)
        asyncio.run(REPLICATE.abandon(receipt.remote_id))
        said = ask(receipt.remote_id)
        assert isinstance(said, Answered)
        assert said.status == "succeeded"


class TestFinding:
    def test_waits_two_minutes_for_a_webhook_that_may_come(self, service: Replicate) -> None:
        """A simulated service on this machine reaches us without https."""
        assert REPLICATE.find(key=KEY, sent_seconds_ago=119) is None
        with pytest.raises(CannotLookUp):
            REPLICATE.find(key=KEY, sent_seconds_ago=121)

    def test_is_given_up_at_once_where_no_webhook_can_come(self, settings: Any) -> None:
        settings.PROVIDERS = {**settings.PROVIDERS, "replicate": ("r8_real", "")}
        with pytest.raises(CannotLookUp):
            REPLICATE.find(key=KEY, sent_seconds_ago=1)

    def test_never_says_that_nothing_was_made(self) -> None:
        """`jobs.remote` sends again what a service does not find for as long as it may take to settle."""
        assert REPLICATE.settles > 120


def test_results_lie_where_replicate_keeps_them() -> None:
    assert set(HOSTS) == {"replicate.delivery", ".replicate.delivery"}
    assert Decimal(str(REPLICATE.min_poll)) >= Decimal("0.5")
