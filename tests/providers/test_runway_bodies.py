"""What Runway is asked, word for word, and what is refused before anything is asked."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import runwayml
from runwayml.types import image_to_video_create_params

from echoes.kernel import shapes
from jobs.remote import Refused
from providers.capabilities import ModerationRequest
from providers.runway import bodies, facts
from tests.contracts.runway import schemas
from tests.providers.motion import WORDS, order

URI = "runway://picture"
FIRST = [{"uri": URI, "position": "first"}]


def test_the_tables_were_read_from_the_sdk_that_is_installed() -> None:
    """Read the docstrings again, and the documentation, before these are changed."""
    assert runwayml.__version__ == facts.READ_FROM == schemas.VERSION


def documented() -> dict[str, dict[str, str]]:
    """What the SDK says of each field of each model, in its docstrings."""
    found: dict[str, dict[str, str]] = {}
    for part in ast.parse(inspect.getsource(image_to_video_create_params)).body:
        if isinstance(part, ast.ClassDef):
            said: dict[str, str] = {}
            for field, words in zip(part.body, part.body[1:], strict=False):
                if isinstance(field, ast.AnnAssign) and isinstance(words, ast.Expr):
                    said[ast.unparse(field.target)] = " ".join(ast.literal_eval(words.value).split())
            found[part.name] = said
    return {wire: found[model.shape.__name__] for wire, model in facts.MODELS.items()}


def test_limits_of_prompts_are_those_of_the_docstrings() -> None:
    limits = {}
    for wire, said in documented().items():
        if stated := re.search(r"up to (\d+) characters( \(measured in UTF-16)?", said["prompt_text"]):
            limits[wire] = int(stated[1]), facts.UTF16 if stated[2] else facts.CHARACTERS
    assert limits == facts.PROMPT_LIMITS


def test_lengths_are_those_of_the_docstrings_and_one_of_the_documentation() -> None:
    stated = {}
    for wire, said in documented().items():
        if found := re.search(r"(?:from|between) (\d+) (?:to|and) (\d+)", said["duration"]):
            stated[wire] = int(found[1]), int(found[2])
    assert stated | {"gen4_turbo": (2, 10)} == facts.LENGTHS


def test_a_picture_is_placed_where_it_would_be_a_reference_otherwise() -> None:
    said = {wire: each["prompt_image"] for wire, each in documented().items()}
    assert {wire for wire, words in said.items() if "omit position for reference" in words} == facts.PLACED


def test_where_the_first_frame_decides_the_ratio_is_left_to_it() -> None:
    said = {wire: each.get("ratio", "") for wire, each in documented().items()}
    must_be_auto = {wire for wire, words in said.items() if "must use `auto_480p`" in words}
    assert must_be_auto == facts.FOLLOWS_FIRST_FRAME


@pytest.mark.parametrize(
    ("wire", "asked", "body"),
    [
        (
            "gen4_turbo",
            {},
            {"promptImage": URI, "promptText": WORDS, "ratio": "1280:720", "duration": 5, "seed": 7},
        ),
        (
            "gen4_turbo",
            {"prompt": "", "aspect": "9:16", "seconds": 10},
            {"promptImage": URI, "ratio": "720:1280", "duration": 10, "seed": 7},
        ),
        (
            "gen4.5",
            {"aspect": "4:5"},
            {"promptImage": URI, "promptText": WORDS, "ratio": "832:1104", "duration": 5, "seed": 7},
        ),
        (
            "veo3.1",
            {"seconds": 8, "negativePrompt": "text"},
            {
                "promptImage": URI,
                "promptText": WORDS,
                "ratio": "1280:720",
                "duration": 8,
                "seed": 7,
                "audio": False,
                "negativePrompt": "text",
            },
        ),
        (
            "veo3.1_fast",
            {"seconds": 4, "aspect": "9:16"},
            {
                "promptImage": URI,
                "promptText": WORDS,
                "ratio": "720:1280",
                "duration": 4,
                "seed": 7,
                "audio": False,
            },
        ),
        ("kling2.5_turbo_pro", {}, {"promptImage": URI, "promptText": WORDS, "duration": 5}),
        (
            "kling3.0_pro",
            {"aspect": "1:1", "cfgScale": 0.5},
            {
                "promptImage": URI,
                "promptText": WORDS,
                "ratio": "1440:1440",
                "duration": 5,
                "audio": False,
                "cfgScale": 0.5,
            },
        ),
        (
            "seedance2",
            {"aspect": "4:5"},
            {
                "promptImage": FIRST,
                "promptText": WORDS,
                "ratio": "834:1112",
                "duration": 5,
                "seed": 7,
                "audio": False,
            },
        ),
        (
            "hailuo3",
            {"aspect": "9:16", "resolution": "768p"},
            {
                "promptImage": FIRST,
                "promptText": WORDS,
                "ratio": "9:16",
                "duration": 5,
                "resolution": "768p",
            },
        ),
        (
            "wan3",
            {},
            {
                "promptImage": FIRST,
                "promptText": WORDS,
                "ratio": "auto_720p",
                "duration": 5,
                "audio": False,
            },
        ),
        (
            "kling_4",
            {"ratio": "auto_1080p"},
            {"promptImage": URI, "promptText": WORDS, "ratio": "auto_1080p", "duration": 5},
        ),
    ],
)
def test_a_body_is_exactly_this(
    wire: str, asked: dict[str, Any], body: dict[str, Any], tmp_path: Path
) -> None:
    made = bodies.body(order(tmp_path, wire, **asked), uri=URI)

    assert made == {"model": wire, **body}


@pytest.mark.parametrize("wire", sorted(facts.MODELS))
def test_every_model_gets_what_its_schema_asks_for_in_every_shape_that_it_makes(
    wire: str, tmp_path: Path
) -> None:
    """The schema comes another way out of the SDK than the facts."""
    seconds = 6 if wire.startswith("veo") else 5
    for aspect in facts.MODELS[wire].aspects:
        asked = order(tmp_path, wire, aspect=aspect, seconds=seconds)
        bodies.check(asked)
        assert schemas.complaints(bodies.body(asked, uri=URI)) == []


@pytest.mark.parametrize("wire", sorted(facts.MODELS))
def test_a_ratio_is_never_far_from_the_shape(wire: str) -> None:
    model = facts.MODELS[wire]
    for aspect in model.aspects:
        if ratio := model.nearest(aspect):
            width, height = map(int, ratio.split(":"))
            size = shapes.size(aspect)
            off = (width / height) / (size.width / size.height)
            assert 1 / facts.FURTHEST < off < facts.FURTHEST


def test_a_model_that_makes_wide_and_tall_clips_makes_no_square_ones() -> None:
    assert facts.MODELS["veo3.1"].aspects == ("16:9", "9:16")
    assert facts.MODELS["gen4_turbo"].aspects == ("16:9", "9:16", "1:1", "4:5")
    assert facts.MODELS["kling2.5_turbo_pro"].follows_picture


@pytest.mark.parametrize(
    ("wire", "asked", "code", "detail"),
    [
        ("gen3a_turbo", {}, "model_gone", "knows no model gen3a_turbo"),
        ("veo3.1", {"seconds": 5}, "bad_input", "no clip of 5 seconds"),
        ("gen4_turbo", {"seconds": 11}, "bad_input", "no clip of 11 seconds"),
        ("gen4.5", {"seconds": 1}, "bad_input", "no clip of 1 seconds"),
        ("kling2.5_turbo_pro", {"seconds": 6}, "bad_input", "no clip of 6 seconds"),
        ("veo3.1", {"seconds": 4, "aspect": "1:1"}, "bad_input", "nothing near to 1:1"),
        ("gen4.5", {"prompt": ""}, "bad_input", "needs words"),
        ("gen4_turbo", {"prompt": "\N{SLEEPING FACE}" * 501}, "bad_input", "longer than 1000"),
        ("gen4_turbo", {"prompt": "a" * 1001}, "bad_input", "longer than 1000"),
        ("seedance2", {"prompt": "a" * 3501}, "bad_input", "longer than 3500"),
        ("gen4_turbo", {"audio": True}, "bad_input", "has no audio"),
        ("gen4_turbo", {"promptText": "mine"}, "bad_input", "promptText cannot be an option"),
        ("gen4_turbo", {"ratio": "720:1280"}, "bad_input", "not what gen4_turbo makes"),
        ("veo3.1", {"seconds": 4, "negativePrompt": 3}, "bad_input", "negative_prompt"),
        ("hailuo3", {"resolution": "8k"}, "bad_input", "resolution"),
        ("gen4_turbo", {"seed": "seven"}, "bad_input", "seed"),
    ],
)
def test_what_runway_would_refuse_is_refused_before_it_is_asked(
    wire: str, asked: dict[str, Any], code: str, detail: str, tmp_path: Path
) -> None:
    with pytest.raises(Refused) as refusal:
        bodies.check(order(tmp_path, wire, **asked))

    assert refusal.value.code == code
    assert detail in " ".join(refusal.value.__notes__)


def rows() -> list[Any]:
    """Runway's models as a new installation has them."""
    todays = importlib.import_module("providers.migrations.0002_todays_models").MODELS
    return [
        pytest.param(capability, wire, more, id=slug)
        for slug, capability, provider, wire, _, _, more in todays
        if provider == "runway"
    ]


@pytest.mark.parametrize(("capability", "wire", "row"), rows())
def test_what_a_new_installation_offers_is_what_the_sdk_says(
    capability: str, wire: str, row: dict[str, Any], tmp_path: Path
) -> None:
    model = facts.MODELS[wire]
    limit, unit = facts.PROMPT_LIMITS.get(wire, (math.inf, facts.CHARACTERS))
    assert capability == "motion"
    assert row.get("prompt_limit", 1_000) <= limit
    assert row.get("prompt_unit", facts.CHARACTERS) == unit
    assert row.get("prompt_needed", False) == ("promptText" in model.required)
    for seconds, aspect in itertools.product(row["lengths"], row.get("aspects") or shapes.SIZES):
        bodies.check(order(tmp_path, wire, seconds=seconds, aspect=aspect, **row.get("options", {})))


def test_a_prompt_may_be_as_long_as_it_may(tmp_path: Path) -> None:
    bodies.check(order(tmp_path, prompt="\N{SLEEPING FACE}" * 500))
    bodies.check(order(tmp_path, "seedance2", prompt="\N{SLEEPING FACE}" * 3500))


def test_a_picture_of_a_few_bytes_is_refused(tmp_path: Path) -> None:
    asked = order(tmp_path)
    asked.request.picture.path.write_bytes(b"\xff\xd8\xff")
    with pytest.raises(Refused):
        bodies.check(asked)


def test_anything_but_motion_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        bodies.check(replace(order(tmp_path), request=ModerationRequest("words")))
