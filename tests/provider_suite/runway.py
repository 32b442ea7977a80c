"""Runway's makers: one of each kind of body that its models ask for."""

from __future__ import annotations

from decimal import Decimal

from providers.capabilities import Capability, Spec
from providers.connections import Provider
from providers.runway import RUNWAY
from tests.contracts.runway import KEY, running
from tests.provider_suite import harness

MOST = {"gen4_turbo": "0.25", "gen4.5": "0.60", "veo3.1_fast": "0.90", "seedance2_mini": "0.80"}
"""Dollars for the five or six seconds that the suite asks for; other models are tried by hand."""
MODELS = (
    "gen4_turbo",
    "gen4.5",
    "veo3.1_fast",
    "kling2.5_turbo_pro",
    "kling3.0_standard",
    "seedance2_mini",
    "hailuo3",
    "wan3",
)


def _maker(wire: str) -> harness.Maker:
    slug = "runway-" + wire.replace(".", "").replace("_", "-")
    return harness.maker(
        name=f"runway {wire}",
        spec=Spec(slug, Capability.MOTION, wire),
        provider=Provider.RUNWAY,
        adapter=RUNWAY,
        running=running,
        key=KEY,
        most=Decimal(MOST.get(wire, "3")),
    )


MAKERS = [_maker(wire) for wire in MODELS]
