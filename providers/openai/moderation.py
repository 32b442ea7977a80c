"""Moderation: words, a picture, or both, held to thirteen categories. It costs nothing.

Of a picture six are judged (self-harm, violence and their kinds, and sexual); `sexual/minors`, `hate` and
the others are judged of words only, so another eye than this must look for them in pictures.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from openai.types import Moderation

from providers.capabilities import Answer, ModerationRequest, Order, Verdict
from providers.errors import Failed
from providers.openai import bodies, troubles
from providers.openai.client import client, within

SECONDS = 20.0
FREE = Decimal(0)
UNSURE = 0.35
"""From this score on a person looks at what the service let pass. Our own judgement, as are these:"""
UNSURE_OF = {"sexual/minors": 0.05, "self-harm/instructions": 0.2, "self-harm/intent": 0.2}


def judge(order: Order, folder: Path) -> Answer:
    """A `Verdict`."""
    request = order.request
    assert isinstance(request, ModerationRequest)  # noqa: S101
    body = moderation_body(order)
    with troubles.told(with_picture=request.picture is not None):
        found = troubles.whole(client().moderations.create(**body, timeout=within(SECONDS)))
    if len(found.results) != 1:
        raise Failed("bad_result", detail=f"{found.id}: {len(found.results)} verdicts")
    return Answer(said=verdict(found.results[0]).model_dump(mode="json"), usd=FREE)


def moderation_body(order: Order) -> dict[str, Any]:
    """At most one picture, in one request with the words that it belongs to."""
    request = order.request
    assert isinstance(request, ModerationRequest)  # noqa: S101
    parts: list[dict[str, Any]] = []
    if request.words.strip():
        parts.append({"type": "text", "text": request.words})
    if request.picture:
        parts.append({"type": "image_url", "image_url": {"url": bodies.data_uri(request.picture)}})
    if not parts:
        raise bodies.bad("nothing to judge")
    bodies.options(order, known=())
    return {"model": order.spec.wire, "input": parts}


def verdict(found: Moderation) -> Verdict:
    """What the service flags is flagged; what comes near it is for a person to look at."""
    scores = {
        name: float(score)
        for name, score in found.category_scores.model_dump(by_alias=True).items()
        if isinstance(score, int | float)
    }
    near = any(score >= UNSURE_OF.get(name, UNSURE) for name, score in scores.items())
    return Verdict(flagged=found.flagged, unsure=near and not found.flagged, scores=scores)
