from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from echoes.embedded import claim, errors, fakes


class TestThePlanOfSimulatedServices:
    @pytest.mark.parametrize("service", fakes.SERVICES, ids=lambda service: service.name)
    def test_tells_everybody_the_key_that_lets_them_in(self, service: fakes.Service) -> None:
        fake = importlib.import_module(f"tests.contracts.{service.name}.fake")
        assert service.key == fake.KEY

    def test_has_all_of_the_repository_each_at_an_address_of_its_own(self) -> None:
        planned = fakes.plan(claim.ROOT)
        assert set(planned.commands) == {"runway", "replicate", "openai"}
        assert len(set(planned.environment.values())) == 6

    def test_leads_every_key_and_every_address_away_from_the_real_services(self) -> None:
        from echoes.env import Env

        known = {name.upper() for name in Env.model_fields}
        planned = fakes.plan(claim.ROOT).environment
        assert set(planned) <= known
        assert {name for name in known if name.endswith("_BASE_URL")} <= set(planned)

    def test_is_all_or_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(errors.FakesMissing, match="runway, replicate, openai"):
            fakes.plan(tmp_path)
