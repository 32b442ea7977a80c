"""What the simulated service says: whole answers, with every field that the SDK's classes ask for."""

from __future__ import annotations

import json
import time
import uuid
from datetime import date
from typing import Any

from openai.types.moderation import Categories

from tests.contracts.openai import checks, forms, pictures
from tests.contracts.openai.pictures import Sight

JUDGED_IN_PICTURES = frozenset(forms.FACTS["judged_in_pictures"])
CATEGORIES = [field.alias or name for name, field in Categories.model_fields.items()]
REFUSAL = "I'm sorry, but I can't help with that."
QUIET = 0.0004
TILE = 32  # pixels of a side that is a token


# ---- responses ------------------------------------------------------------------------------


def response(body: dict[str, Any], seen: list[Sight], *, turn: str) -> dict[str, Any]:
    """The whole answer, or as much of it as the turn lets through."""
    text = _text(body, seen) if turn != "wrong_form" else json.dumps({"of": "another form"})
    most = body.get("max_output_tokens") or 100_000
    reason = {"incomplete": "max_output_tokens", "content_filter": "content_filter"}.get(turn)
    if reason is None and checks.tokens(text) > most:
        reason, text = "max_output_tokens", text[: most * 4]
    elif reason:
        text = text[: len(text) // 2]
    status = "failed" if turn == "failed" else "incomplete" if reason else "completed"
    part = _text_part(text) if turn != "refusal" else {"type": "refusal", "refusal": REFUSAL}
    error = {"code": "server_error", "message": "The server had an error."} if turn == "failed" else None
    return _envelope(body) | {
        "status": status,
        "error": error,
        "incomplete_details": {"reason": reason} if reason else None,
        "output": [] if turn == "failed" else [_message(part, status)],
        "usage": _usage(body, seen, "" if turn == "failed" else text),
    }


def _envelope(body: dict[str, Any]) -> dict[str, Any]:
    echoed = ("instructions", "max_output_tokens", "model", "temperature", "top_p", "text")
    return {name: body.get(name) for name in echoed} | {
        "id": f"resp_{uuid.uuid4().hex}",
        "object": "response",
        "created_at": int(time.time()),
        "metadata": {},
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": (body.get("reasoning") or {}).get("effort", "medium"), "summary": None},
        "store": body.get("store", True),
        "tool_choice": "auto",
        "tools": [],
        "truncation": "disabled",
    }


def _message(part: dict[str, Any], status: str) -> dict[str, Any]:
    return {
        "type": "message",
        "id": f"msg_{uuid.uuid4().hex}",
        "status": status,
        "role": "assistant",
        "content": [part],
    }


def _text_part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _usage(body: dict[str, Any], seen: list[Sight], text: str) -> dict[str, Any]:
    shown = sum(-(-each.width // TILE) * -(-each.height // TILE) for each in seen)
    inside, outside = checks.tokens(checks.text_of(body)) + shown, checks.tokens(text)
    thought = 0 if (body.get("reasoning") or {}).get("effort") == "none" else 64
    return {
        "input_tokens": inside,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": outside + thought,
        "output_tokens_details": {"reasoning_tokens": thought},
        "total_tokens": inside + outside + thought,
    }


def _text(body: dict[str, Any], seen: list[Sight]) -> str:
    form = body.get("text", {}).get("format", {"type": "text"})
    if form["type"] != "json_schema":
        return "A simulated answer."
    known = _of_picture(seen[0]) if seen else _of_words(forms.sent_words(body))
    return json.dumps(forms.instance(form["schema"], known), ensure_ascii=False)


def _of_picture(seen: Sight) -> dict[str, Any]:
    words = f"A {seen.light}, {seen.shape} picture, mostly {seen.colour}"
    return {
        "description": f"{words}, {seen.width} by {seen.height} pixels (simulated).",
        "ideas": ["Slow push in", f"Drift across the {seen.colour}", "Light changes softly"],
        "tags": [seen.colour, seen.shape, "simulated"],
    }


def _of_words(words: dict[str, Any]) -> dict[str, Any]:
    """It rewrites, and obeys nothing that it reads."""
    said, name = str(words.get("prompt", "")).strip(), str(words.get("project", "")).strip() or "The film"
    better = f"Slow, steady camera. {said or 'Natural, subtle movement'}, gently and smoothly (simulated)."
    room = str(words.get("characters", "800"))
    return {
        "prompt": better[: int(room) if room.isdigit() else 800],
        "titles": [name[:40], f"Days of {name}"[:40], f"{name}, again"[:40]],
    }


# ---- the others -----------------------------------------------------------------------------


def moderation(
    body: dict[str, Any], words: str, has_picture: bool, *, turn: dict[str, Any]
) -> dict[str, Any]:
    scores = dict.fromkeys(CATEGORIES, QUIET) | checks.scored(words)
    if turn:
        category = turn.get("category", "violence")
        scores[category] = {"flagged": 0.97, "unsure": 0.41}[turn["kind"]]
    flags = {name: score > checks.FLAGS for name, score in scores.items()}
    applied = {
        name: [*(["text"] if words else []), *(["image"] if has_picture and _is_judged(name) else [])]
        for name in CATEGORIES
    }
    return {
        "id": f"modr-{uuid.uuid4().hex}",
        "model": body.get("model", "omni-moderation-latest"),
        "results": [
            {
                "flagged": any(flags.values()),
                "categories": flags,
                "category_scores": scores,
                "category_applied_input_types": applied,
            }
        ],
    }


def _is_judged(category: str) -> bool:
    return category in JUDGED_IN_PICTURES


def image(body: dict[str, Any], picture: Any, sent: list[Any], *, turn: str) -> dict[str, Any]:
    kind = body.get("output_format", "png")
    words = checks.tokens(body["prompt"])
    shown = sum(-(-each.width // TILE) * -(-each.height // TILE) for each in sent)
    drawn = picture.width * picture.height // TILE**2
    usage = {
        "input_tokens": words + shown,
        "input_tokens_details": {"text_tokens": words, "image_tokens": shown},
        "output_tokens": drawn,
        "output_tokens_details": {"text_tokens": 0, "image_tokens": drawn},
        "total_tokens": words + shown + drawn,
    }
    asked = body.get("background", "auto")
    return {
        "created": int(time.time()),
        "background": asked if asked != "auto" else "opaque",
        "data": [] if turn == "no_picture" else [{"b64_json": pictures.encoded(picture, kind)}],
        "output_format": kind,
        "quality": body.get("quality", "high") if body.get("quality") != "auto" else "high",
        "size": f"{picture.width}x{picture.height}",
        "usage": None if turn == "no_usage" else usage,
    }


def transcription(fields: dict[str, list[str]], seconds: float) -> dict[str, Any]:
    text = f"This is a simulated transcript of {round(seconds)} seconds."
    usage = {"type": "duration", "seconds": seconds}
    if fields.get("response_format", ["json"])[0] != "verbose_json":
        codes = fields.get("languages[]") or ["en"]
        return {"text": text, "languages": [{"code": codes[0]}], "usage": usage}
    return {
        "text": text,
        "language": "english",
        "duration": seconds,
        "segments": [_segment(text, seconds)],
        "usage": usage,
    }


def _segment(text: str, seconds: float) -> dict[str, Any]:
    told = {"id": 0, "seek": 0, "start": 0.0, "end": seconds, "text": text, "tokens": [1, 2, 3]}
    return told | {
        "temperature": 0.0,
        "avg_logprob": -0.3,
        "compression_ratio": 1.0,
        "no_speech_prob": 0.01,
    }


def model(name: str, facts: dict[str, Any]) -> dict[str, Any]:
    created = int(time.mktime(date(2026, 1, 1).timetuple()))
    told = {"id": name, "object": "model", "created": created, "owned_by": "openai"}
    return told | ({"shutdown_date": facts["ends"]} if facts["ends"] else {})
