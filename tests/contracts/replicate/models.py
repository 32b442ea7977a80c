"""What each simulated model makes of its inputs, in the form in which the real one answers."""

from __future__ import annotations

from typing import Any, Protocol

from tests.contracts.replicate import made, shapes

HOUR = 3_600.0
LINES = {"480p": 480, "720p": 720, "768p": 768, "1080p": 1080}
PICTURES = ("image", "first_frame_image", "start_image")
WORDS = ("This is a simulated", "transcript of what", "somebody has said.")


class Store(Protocol):
    """What a model needs of its service: the files that were sent, and a place for what it makes."""

    def content(self, uri: str) -> bytes: ...
    def keep(self, content: bytes, kind: str, *, seconds: float, name: str) -> str: ...


def output(store: Store, model: str, inputs: dict[str, Any], *, lines: int | None) -> Any:
    """One address, a list of one, or an object. Raises as a model fails."""
    if model == "openai/whisper":
        return _transcript(store, inputs)
    content, kind, name = _file(store, model, inputs, lines=lines)
    url = store.keep(content, kind, seconds=HOUR, name=name)
    return [url] if shapes.MODELS[model]["gives"] == "list" else url


def _file(store: Store, model: str, inputs: dict[str, Any], *, lines: int | None) -> tuple[bytes, str, str]:
    owner = model.partition("/")[0]
    if model == "meta/musicgen":
        kind = inputs.get("output_format", "wav")
        seconds, seed = inputs.get("duration", 8), inputs.get("seed", 0)
        return (
            made.sound(inputs["prompt"], seconds=seconds, seed=seed, kind=kind),
            made.KINDS[kind],
            f"out.{kind}",
        )
    if owner == "black-forest-labs":
        default = "webp" if shapes.MODELS[model]["gives"] == "list" else "png"
        kind = inputs.get("output_format", default)
        return _picture(store, inputs, kind), made.KINDS[kind], f"out-0.{kind}"
    if model.endswith(("remove-background", "background-remover", "rembg", "remove-bg")):
        return made.cut_out(store.content(inputs["image"])), "image/png", "output.png"
    return _film(store, model, inputs, lines=lines), "video/mp4", "output.mp4"


def _picture(store: Store, inputs: dict[str, Any], kind: str) -> bytes:
    words, seed = inputs["prompt"], inputs.get("seed", 0)
    if "control_image" in inputs:
        return made.along_edges(words, seed=seed, control=store.content(inputs["control_image"]), kind=kind)
    under = inputs.get("image") or inputs.get("input_image")
    size = made.SIZES.get(inputs.get("aspect_ratio", "1:1"), (1024, 1024))
    return made.drawn(words, seed=seed, size=size, kind=kind, under=store.content(under) if under else b"")


def _film(store: Store, model: str, inputs: dict[str, Any], *, lines: int | None) -> bytes:
    [name] = [name for name in PICTURES if inputs.get(name)]
    fps = inputs.get("frames_per_second", 16) if model.startswith("wan-video/") else 24
    frames = (
        inputs.get("num_frames", 81) if model.startswith("wan-video/") else inputs.get("duration", 5) * fps
    )
    default = "480p" if model.startswith("wan-video/") else "1080p" if model.startswith("google/") else "720p"
    asked = LINES[inputs.get("resolution", default)]
    return made.clip(store.content(inputs[name]), frames=frames, fps=fps, lines=min(asked, lines or asked))


def _transcript(store: Store, inputs: dict[str, Any]) -> dict[str, Any]:
    seconds = made.spoken(store.content(inputs["audio"]))
    step = seconds / len(WORDS)
    segments = [
        {
            "id": number,
            "seek": 0,
            "start": round(number * step, 2),
            "end": round((number + 1) * step, 2),
            "text": f" {text}",
            "tokens": [50_365 + number],
            "temperature": 0,
            "avg_logprob": -0.1,
        }
        for number, text in enumerate(WORDS)
    ]
    return {
        "transcription": " " + " ".join(WORDS),
        "segments": segments,
        "translation": None,
        "detected_language": "english",
    }
