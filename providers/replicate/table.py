"""What each model understands: the names, kinds and limits of its inputs, read in November 2026 from public
callers and, for the older ones, from the models' own schemas. A field that is not here is not sent, whoever
asks for it: what switches off a model's own care is left out on purpose.

Official models are asked for by name and have no version to choose. Of the others the version is pinned in
the model's wire name, "owner/name:<64 hex digits>", since their authors change them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.capabilities import Capability
from providers.replicate import filling

READ_FROM = "1.0.7"  # the SDK's version beside which these facts were read
LONGEST_PROMPT = 5_000  # characters; no model here says how many it takes


@dataclass(frozen=True)
class Field:
    """`kind` is text, file, flag, number or whole (a whole number)."""

    kind: str
    choices: tuple[Any, ...] = ()
    least: float | None = None
    most: float | None = None
    needed: bool = False


TEXT, FILE, FLAG, SEED = Field("text"), Field("file"), Field("flag"), Field("whole", least=0)
WORDS, NEEDED = Field("text", needed=True), Field("file", needed=True)


def one_of(*choices: Any) -> Field:
    return Field("whole" if isinstance(choices[0], int) else "text", choices)


def number(least: float | None = None, most: float | None = None) -> Field:
    return Field("number", (), least, most)


def whole(least: float | None = None, most: float | None = None) -> Field:
    return Field("whole", (), least, most)


def anything(inputs: Mapping[str, Any]) -> str:
    """The rule of models that have none: what the inputs may not be together, as a complaint."""
    return ""


@dataclass(frozen=True)
class Wire:
    """`fill` makes inputs of a request, `defaults` are inputs that we want otherwise than the model does."""

    capability: Capability
    fields: Mapping[str, Field]
    fill: Callable[[Any], dict[str, Any]]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    pinned: bool = False
    rule: Callable[[Mapping[str, Any]], str] = anything


def _ten_seconds_are_small(inputs: Mapping[str, Any]) -> str:
    wrong = inputs["duration"] == 10 and inputs.get("resolution", "768p") != "768p"
    return "ten seconds are made in 768p alone" if wrong else ""


def _picture_is_careful(inputs: Mapping[str, Any]) -> str:
    wrong = "input_image" in inputs and inputs.get("safety_tolerance", 2) > 2
    return "with a picture, safety_tolerance is 2 at most" if wrong else ""


SHAPES = one_of("1:1", "16:9", "21:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "9:21")
QUALITY, FORMAT = whole(0, 100), one_of("webp", "jpg", "png")
PNG = {"output_format": "png"}
SILENT = {"generate_audio": False}

_VEO = Wire(
    Capability.MOTION,
    {
        "prompt": WORDS,
        "image": FILE,
        "duration": one_of(4, 6, 8),
        "aspect_ratio": one_of("16:9", "9:16"),
        "resolution": one_of("720p", "1080p"),
        "generate_audio": FLAG,
        "negative_prompt": TEXT,
        "seed": SEED,
    },
    filling.motion(picture="image", aspect="aspect_ratio", seed="seed"),
    SILENT,
)

WIRES: dict[str, Wire] = {
    "wan-video/wan-2.2-i2v-fast": Wire(
        Capability.MOTION,
        {
            "prompt": WORDS,
            "image": NEEDED,
            "num_frames": whole(81, 121),
            "frames_per_second": whole(5, 30),
            "resolution": one_of("480p", "720p"),
            "interpolate_output": FLAG,
            "go_fast": FLAG,
            "sample_shift": number(1, 20),
            "seed": SEED,
        },
        filling.wan,
    ),
    "minimax/hailuo-2.3": Wire(
        Capability.MOTION,
        {
            "prompt": WORDS,
            "first_frame_image": FILE,
            "duration": one_of(6, 10),
            "resolution": one_of("768p", "1080p"),
            "prompt_optimizer": FLAG,
        },
        filling.motion(picture="first_frame_image"),
        rule=_ten_seconds_are_small,
    ),
    "bytedance/seedance-1.5-pro": Wire(
        Capability.MOTION,
        {
            "prompt": WORDS,
            "image": FILE,
            "duration": whole(1),
            "aspect_ratio": one_of("16:9", "9:16", "1:1"),
            "fps": one_of(24),
            "camera_fixed": FLAG,
            "generate_audio": FLAG,
            "seed": SEED,
        },
        filling.motion(picture="image", aspect="aspect_ratio", seed="seed"),
        SILENT,
    ),
    "kwaivgi/kling-v2.1": Wire(
        Capability.MOTION,
        {
            "prompt": WORDS,
            "start_image": NEEDED,
            "duration": one_of(5, 10),
            "mode": one_of("standard", "pro"),
            "negative_prompt": TEXT,
        },
        filling.motion(picture="start_image"),
    ),
    "kwaivgi/kling-v3-video": Wire(
        Capability.MOTION,
        {
            "prompt": WORDS,
            "start_image": FILE,
            "duration": whole(1),
            "aspect_ratio": one_of("16:9", "9:16", "1:1"),
            "mode": one_of("standard", "pro"),
            "generate_audio": FLAG,
            "negative_prompt": TEXT,
        },
        filling.motion(picture="start_image", aspect="aspect_ratio"),
        SILENT,
    ),
    "google/veo-3.1-fast": _VEO,
    "google/veo-3.1": _VEO,
    "black-forest-labs/flux-schnell": Wire(
        Capability.IMAGE,
        {
            "prompt": WORDS,
            "aspect_ratio": SHAPES,
            "seed": SEED,
            "num_inference_steps": whole(1, 4),
            "output_format": FORMAT,
            "output_quality": QUALITY,
            "megapixels": one_of("1", "0.25"),
            "go_fast": FLAG,
        },
        filling.image(),
        PNG,
    ),
    "black-forest-labs/flux-dev": Wire(
        Capability.IMAGE,
        {
            "prompt": WORDS,
            "aspect_ratio": SHAPES,
            "image": FILE,
            "prompt_strength": number(0, 1),
            "seed": SEED,
            "num_inference_steps": whole(1, 50),
            "guidance": number(0, 10),
            "output_format": FORMAT,
            "output_quality": QUALITY,
            "megapixels": one_of("1", "0.25"),
            "go_fast": FLAG,
        },
        filling.image(reference="image"),
        PNG,
    ),
    "black-forest-labs/flux-canny-pro": Wire(
        Capability.IMAGE,
        {
            "prompt": WORDS,
            "control_image": NEEDED,
            "seed": SEED,
            "steps": whole(15, 50),
            "guidance": number(1, 50),
            "prompt_upsampling": FLAG,
            "safety_tolerance": whole(1, 6),
            "output_format": one_of("jpg", "png"),
        },
        filling.edges,
        PNG,
    ),
    "black-forest-labs/flux-canny-dev": Wire(
        Capability.IMAGE,
        {
            "prompt": WORDS,
            "control_image": NEEDED,
            "seed": SEED,
            "num_inference_steps": whole(1, 50),
            "guidance": number(0, 100),
            "output_format": FORMAT,
            "output_quality": QUALITY,
            "megapixels": one_of("1", "0.25", "match_input"),
        },
        filling.edges,
        PNG,
    ),
    "black-forest-labs/flux-kontext-pro": Wire(
        Capability.IMAGE,
        {
            "prompt": WORDS,
            "input_image": FILE,
            "aspect_ratio": TEXT,
            "seed": SEED,
            "safety_tolerance": whole(0, 6),
            "prompt_upsampling": FLAG,
            "output_format": one_of("jpg", "png"),
        },
        filling.image(reference="input_image"),
        PNG,
        rule=_picture_is_careful,
    ),
    "meta/musicgen": Wire(
        Capability.MUSIC,
        {
            "prompt": WORDS,
            "duration": whole(1),
            "seed": SEED,
            "model_version": one_of("stereo-melody-large", "stereo-large", "melody-large", "large"),
            "output_format": one_of("wav", "mp3"),
            "normalization_strategy": one_of("loudness", "clip", "peak", "rms"),
            "temperature": number(),
            "classifier_free_guidance": whole(),
            "top_k": whole(),
            "top_p": number(),
        },
        filling.music,
        {"output_format": "wav"},
        pinned=True,
    ),
    "bria/remove-background": Wire(
        Capability.CUTOUT,
        {"image": NEEDED, "preserve_partial_alpha": FLAG, "content_moderation": FLAG},
        filling.cutout,
        {"preserve_partial_alpha": True},
    ),
    "851-labs/background-remover": Wire(
        Capability.CUTOUT,
        {"image": NEEDED, "threshold": number(), "background_type": TEXT, "format": TEXT, "reverse": FLAG},
        filling.cutout,
        {"background_type": "rgba", "format": "png"},
        pinned=True,
    ),
    "cjwbw/rembg": Wire(Capability.CUTOUT, {"image": NEEDED}, filling.cutout, pinned=True),
    "lucataco/remove-bg": Wire(Capability.CUTOUT, {"image": NEEDED}, filling.cutout, pinned=True),
    "openai/whisper": Wire(
        Capability.EARS,
        {
            "audio": NEEDED,
            "language": TEXT,
            "transcription": one_of("plain text", "srt", "vtt"),
            "temperature": number(0),
            "no_speech_threshold": number(),
            "condition_on_previous_text": FLAG,
        },
        filling.ears,
        {"transcription": "plain text"},
        pinned=True,
    ),
}

BEGIN_WITH = {"control_image": "control", "input_image": "reference"}


def begins_with(wire: str) -> str:
    """Which picture a model that makes pictures begins with: one whose edges it keeps ("control"), one that
    it changes ("reference"), or none."""
    known = WIRES.get(wire.partition(":")[0])
    found = (picture for name, picture in BEGIN_WITH.items() if known and name in known.fields)
    return next(found, "")
