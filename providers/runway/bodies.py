"""From an order to what Runway is asked, and what Runway would not take before anything is sent.

A person's words go into `promptText` and nowhere else.
"""

from __future__ import annotations

from typing import Any

from providers.capabilities import MotionRequest, Order
from providers.errors import refused
from providers.runway import facts
from providers.runway.facts import Facts

UPLOAD_BYTES = (512, 200_000_000)
"""What an ephemeral upload may weigh [documentation]."""
OURS = frozenset({"model", "promptImage", "promptText", "duration", "seed"})
"""What comes from the order, and is no option."""


def body(order: Order, *, uri: str) -> dict[str, Any]:
    """The whole body of a create. Raises jobs.remote.Refused."""
    request, model = motion(order), known(order)
    made: dict[str, Any] = {
        "model": model.wire,
        "promptImage": [{"uri": uri, "position": "first"}] if model.wire in facts.PLACED else uri,
        "duration": request.seconds,
    }
    if request.prompt:
        made["promptText"] = request.prompt
    if ratio := _ratio(order, model, request.aspect):
        made["ratio"] = ratio
    if "seed" in model.fields:
        made["seed"] = request.seed
    if "audio" in model.fields:  # clips are silent, and sound may cost
        made["audio"] = False
    return made | dict(order.spec.options)


def check(order: Order) -> None:
    """Raises jobs.remote.Refused for what Runway would refuse, as far as its types tell."""
    request, model = motion(order), known(order)
    if complaint := _complaint(order, model, request):
        raise refused("bad_input", detail=complaint)
    if complaint := model.complaint(body(order, uri="runway://before-it-is-sent")):
        raise refused("bad_input", detail=complaint)


def motion(order: Order) -> MotionRequest:
    if not isinstance(order.request, MotionRequest):
        raise refused("bad_input", detail=f"Runway makes motion alone, and no {order.spec.capability}")
    return order.request


def known(order: Order) -> Facts:
    try:
        return facts.MODELS[order.spec.wire]
    except KeyError:
        detail = f"the SDK ({facts.READ_FROM}) knows no model {order.spec.wire}"
        raise refused("model_gone", detail=detail) from None


def _complaint(order: Order, model: Facts, request: MotionRequest) -> str:
    size = request.picture.path.stat().st_size
    if not UPLOAD_BYTES[0] <= size <= UPLOAD_BYTES[1]:
        return f"a picture of {size} bytes"
    if taken := sorted(OURS & order.spec.options.keys()):
        return f"{', '.join(taken)} cannot be an option"
    if not request.prompt and "promptText" in model.required:
        return f"{model.wire} needs words"
    if model.too_long(request.prompt):
        return f"the words are longer than {facts.PROMPT_LIMITS[model.wire][0]}"
    if not model.takes(request.seconds):
        return f"{model.wire} makes no clip of {request.seconds} seconds"
    return ""


def _ratio(order: Order, model: Facts, aspect: str) -> str:
    """The ratio to ask for, empty where there is none to choose. An option stands if it is the shape's."""
    option = str(order.spec.options.get("ratio", ""))
    if aspect not in model.aspects:
        raise refused("bad_input", detail=f"{model.wire} makes nothing near to {aspect}")
    if option:
        if ":" in option and option != model.nearest(aspect):
            raise refused("bad_input", detail=f"{option} is not what {model.wire} makes of {aspect}")
        return option
    if model.follows_picture:
        return facts.AUTO if model.automatic else ""
    return model.nearest(aspect)
