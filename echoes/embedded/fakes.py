"""Simulated AI services beside the servers, for `make run FAKES=1`: all of them or none.

They are the services that the tests are held to (tests/contracts), each a process of its own on this machine.
Keys and addresses in the environment lead there, so that no key of somebody's own is used in such a run.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from echoes.embedded import errors, ports


@dataclass(frozen=True)
class Service:
    """`key` is what the simulated service lets in, `seconds` how long it works on something."""

    name: str
    title: str
    key_name: str
    address_name: str
    key: str
    seconds: int


SERVICES = (
    Service("runway", "Runway", "RUNWAYML_API_SECRET", "RUNWAYML_BASE_URL", "key_" + "0" * 128, 15),
    Service("replicate", "Replicate", "REPLICATE_API_TOKEN", "REPLICATE_BASE_URL", "r8_simulated", 12),
    Service("openai", "OpenAI", "OPENAI_API_KEY", "OPENAI_BASE_URL", "sk-of-ours", 3),
)


@dataclass(frozen=True)
class Fakes:
    """What to start, and what to tell everybody."""

    commands: Mapping[str, list[str]]
    environment: Mapping[str, str]

    @property
    def said(self) -> str:
        names = [service.title for service in SERVICES]
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        return f"Simulated here: {listed}. They cost nothing, and nothing is sent from this machine."


def plan(root: Path) -> Fakes:
    """On free ports; raises FakesMissing where the repository's tests are not there."""
    lacking = [service.name for service in SERVICES if not _module(root, service).exists()]
    if lacking:
        raise errors.FakesMissing(
            f"FAKES=1 needs the simulated services of the repository: tests/contracts has no "
            f"{', '.join(lacking)}."
        )
    commands, environment = {}, {}
    for service, port in zip(SERVICES, ports.several_free(len(SERVICES)), strict=True):
        module = f"tests.contracts.{service.name}"
        said = ["--port", str(port), "--seconds", str(service.seconds)]
        commands[service.name] = [sys.executable, "-m", module, *said]
        environment[service.key_name] = service.key
        environment[service.address_name] = f"http://{ports.HOST}:{port}"
    return Fakes(commands, environment)


def _module(root: Path, service: Service) -> Path:
    return root / "tests" / "contracts" / service.name / "__main__.py"
