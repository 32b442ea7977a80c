"""What an order may cost us, by the table of models, where the service does not say so itself."""

from __future__ import annotations

from decimal import Decimal

from providers.capabilities import EarsRequest, MotionRequest, MusicRequest, Request
from providers.models import Model, Unit

NOTHING = Decimal(0)


def usd(model: Model, request: Request) -> Decimal:
    """US dollars, at the most."""
    return model.usd * _units(model, request)


def _units(model: Model, request: Request) -> Decimal:
    match request:
        case MotionRequest(seconds=seconds) | MusicRequest(seconds=seconds) if model.unit == Unit.SECOND:
            return Decimal(seconds)
        case EarsRequest(seconds=heard) if model.unit == Unit.MINUTE:
            return Decimal(heard) / 60
    return Decimal(1)
