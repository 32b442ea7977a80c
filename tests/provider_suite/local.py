"""The makers of this machine: one for each capability of the local studio, all without a service."""

from __future__ import annotations

from providers.capabilities import Capability, Spec
from providers.local.studio import STUDIO
from tests.provider_suite import harness

WIRES = {
    Capability.MOTION: "camera",
    Capability.MUSIC: "composer",
    Capability.WRITER: "rules",
    Capability.EYES: "measure",
    Capability.CUTOUT: "grabcut",
    Capability.MODERATION: "open-nsfw",
}

MAKERS = [
    harness.direct(
        name=f"local {capability}", spec=Spec(f"local-{capability}", capability, wire), adapter=STUDIO
    )
    for capability, wire in WIRES.items()
]
