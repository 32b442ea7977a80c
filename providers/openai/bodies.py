"""What every request's body has to keep to before anything is sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from typing import Any

from providers.capabilities import Order, Picture
from providers.errors import Failed


def bad(detail: str) -> Failed:
    """It does not keep to the contract: nothing is sent."""
    return Failed("bad_input", detail=detail)


def options(order: Order, *, known: Collection[str]) -> dict[str, Any]:
    """The model's constant fields. One that this capability does not know is a slip of staff's."""
    if strange := sorted(set(order.spec.options) - set(known)):
        raise bad(f"unknown options of {order.spec.slug}: {', '.join(strange)}")
    return dict(order.spec.options)


def data_uri(picture: Picture) -> str:
    """A picture in the request itself: nobody has to fetch it from us."""
    return f"data:{picture.content_type};base64,{base64.b64encode(picture.path.read_bytes()).decode()}"


def quoted(label: str, said: Mapping[str, Any]) -> str:
    """A stranger's words as one JSON object under a label: whatever is in them, they cannot end it."""
    text = json.dumps(dict(said), ensure_ascii=False, sort_keys=True)
    return f"{label}: {text.encode('utf-8', 'replace').decode()}"
