"""Pictures: from words alone, or after other pictures. The answer holds the picture itself.

It knows no seed, and does not keep the edges of a control picture: such an order is not sent.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Any

from openai.types import ImagesResponse

from providers.capabilities import Answer, ImageRequest, Order, Picture
from providers.errors import Failed
from providers.openai import bodies, troubles, usage
from providers.openai.client import client, within

SECONDS = 240.0
LONGEST_PROMPT = 32_000
MOST_REFERENCES = 16
OPTIONS = frozenset({"quality", "moderation", "complexity", "output_compression", "input_fidelity"})
EDITS_ONLY = frozenset({"input_fidelity"})
ANY_SIZE = frozenset(
    {
        "gpt-image-2",
        "gpt-image-2-2026-04-21",
        "gpt-image-2.5-flare",
        "gpt-image-2.5-flare-2026-09-08",
        "gpt-image-2.5-sunburst",
        "gpt-image-2.5-sunburst-2026-09-08",
    }
)
"""Models of which the SDK's types say that any sides are right which 16 divides."""
SIZES = {"16:9": "1536x864", "9:16": "864x1536", "1:1": "1024x1024", "4:5": "1024x1280"}
NEAREST = {"16:9": "1536x1024", "9:16": "1024x1536", "1:1": "1024x1024", "4:5": "1024x1536"}
"""Where a model makes three sizes only, the nearest; our shape is cut out of it."""
SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png"}
FIRST_BYTES = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}


def draw(order: Order, folder: Path) -> Answer:
    """One picture, as a file in the folder."""
    assert isinstance(order.request, ImageRequest)  # noqa: S101
    fields, references = image_fields(order), order.request.references
    with troubles.told(with_picture=bool(references)):
        made = _made(fields, references)
    cost = usage.usd(made.usage, order.spec.prices)
    kind = str(fields["output_format"])
    path = folder / ("picture.png" if kind == "png" else "picture.jpg")
    path.write_bytes(_content(made, kind, cost))
    return Answer(files=(path,), usd=cost)


def image_fields(order: Order) -> dict[str, Any]:
    """Everything but the pictures."""
    request = order.request
    assert isinstance(request, ImageRequest)  # noqa: S101
    _insist(request)
    known = OPTIONS if request.references else OPTIONS - EDITS_ONLY
    sizes = SIZES if order.spec.wire in ANY_SIZE else NEAREST
    return {
        "model": order.spec.wire,
        "prompt": request.prompt,
        "n": 1,
        "size": sizes[request.aspect],
        "background": "transparent" if request.transparent else "opaque",
        "output_format": "png" if request.transparent else "jpeg",
        **bodies.options(order, known=known),
    }


def _made(fields: dict[str, Any], references: tuple[Picture, ...]) -> ImagesResponse:
    images: Any = client().images
    if references:
        answer = images.edit(**fields, image=image_files(references), timeout=within(SECONDS))
    else:
        answer = images.generate(**fields, timeout=within(SECONDS))
    made: ImagesResponse = troubles.whole(answer)
    return made


def image_files(references: tuple[Picture, ...]) -> list[tuple[str, bytes, str]]:
    return [
        (f"{number}{SUFFIXES[each.content_type]}", each.path.read_bytes(), each.content_type)
        for number, each in enumerate(references)
    ]


def _insist(request: ImageRequest) -> None:
    if request.control:
        raise bodies.bad("it does not keep the edges of a picture")
    if not request.prompt.strip() or len(request.prompt) > LONGEST_PROMPT:
        raise bodies.bad(f"a prompt of {len(request.prompt)} characters")
    if request.aspect not in SIZES:
        raise bodies.bad(f"no size for {request.aspect}")
    if len(request.references) > MOST_REFERENCES:
        raise bodies.bad(f"{len(request.references)} pictures to follow")


def _content(made: ImagesResponse, kind: str, cost: Any) -> bytes:
    """The picture's bytes, if they are such a picture's. Opening it is for a walled process."""
    try:
        content = base64.b64decode((made.data or [])[0].b64_json or "", validate=True)
    except (IndexError, binascii.Error) as error:
        raise Failed("bad_result", detail=f"no picture in the answer: {error}", usd=cost) from error
    if not content.startswith(FIRST_BYTES[kind]):
        raise Failed("bad_result", detail=f"{content[:8]!r} begins no {kind}", usd=cost)
    return content
