from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from echoes import checkup
from echoes.env import Env, load
from providers.capabilities import Capability
from providers.local import studio, weights
from providers.models import Model
from tests.factories import services
from tests.providers import tiny_network


def finding(name: str, env: Env) -> checkup.Finding:
    return next(found for found in checkup.examine(env) if found.name == name)


class TestExamine:
    def test_finds_everything_essential_with_the_servers_of_the_tests(self) -> None:
        findings = checkup.examine(load())
        assert [found.name for found in findings if found.stops] == []
        assert "with pgvector" in next(found.found for found in findings if "Postgres" in found.name)

    def test_says_that_the_embedded_servers_are_not_running(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("DATABASE_URL")
        monkeypatch.delenv("REDIS_URL")
        monkeypatch.setenv("DATA_DIR", str(tmp_path))
        for name in ("Postgres with pgvector", "Redis"):
            assert finding(name, load()).found.endswith("embedded; not running now")

    def test_reports_a_database_that_does_not_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
        found = finding("Postgres with pgvector", load())
        assert found.stops
        assert found.without == "Echoes does not start."

    def test_says_which_walls_stand_around_readers(self) -> None:
        found = finding("walls for strangers' files", load())
        assert "each reader has" in found.found or "a reader can still do this" in found.found
        assert found.present == ("each reader has" in found.found)

    def test_reports_walls_that_do_not_hold(self, monkeypatch: pytest.MonkeyPatch) -> None:
        told = {"walls": ["no sockets"], "escapes": ["read", "write"]}
        monkeypatch.setattr(checkup.sandbox, "call", lambda *_, **__: told)
        found = finding("walls for strangers' files", load())
        assert found.found == "no sockets; a reader can still do this: read, write"
        assert not found.stops

    def test_says_what_the_local_studio_has(self) -> None:
        found = {each.name: each for each in checkup.examine(load()) if each.name.startswith("local ")}
        assert set(found) == {f"local {capability}" for capability in studio.MAKERS}
        assert all(each.present and not each.stops for each in found.values())
        assert "on this machine" in found["local cutout"].found

    def test_says_what_the_local_studio_lacks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        lacking = weights.Packaged("some-weights", "some_weights", "some.onnx", "")
        maker = replace(studio.MAKERS[Capability.MODERATION], weights=lacking)
        monkeypatch.setitem(studio.MAKERS, Capability.MODERATION, maker)
        found = finding("local moderation", load())
        assert (found.present, found.stops) == (False, False)
        assert found.found == "The weights of some-weights are not installed"
        assert "Photos are not looked at" in found.without
        assert finding("local writer", load()).present

    def test_says_whether_a_deployment_has_its_own_weights_for_cutting_out(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert finding("trained cut-out", load()).found == "MATTING_MODEL is not set"
        path = tmp_path / "model.onnx"
        monkeypatch.setenv("MATTING_MODEL", str(path))
        assert finding("trained cut-out", load()).found == f"There is no file {path}."
        tiny_network.write(path)
        assert finding("trained cut-out", load()).found == f"weights at {path}"

    def test_goes_on_when_a_look_breaks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(checkup.faces, "available", lambda: 1 / 0)
        found = finding("face detector", load())
        assert not found.present
        assert not found.stops
        assert found.found == "division by zero"


class TestServices:
    def test_says_who_is_not_connected(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("RUNWAYML_API_SECRET", raising=False)
        found = finding("Runway", Env(_env_file=None))
        assert (found.present, found.stops) == (False, False)
        assert found.found == "RUNWAYML_API_SECRET is not set"

    def test_says_who_is_connected_without_the_key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
        found = finding("OpenAI", load())
        assert found.present
        assert "secret" not in found.found

    def test_says_who_is_simulated(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_x")
        monkeypatch.setenv("REPLICATE_BASE_URL", "http://127.0.0.1:9")
        assert finding("Replicate", load()).found == "simulated, at http://127.0.0.1:9"

    @pytest.mark.django_db(transaction=True)
    def test_says_who_makes_what(self, monkeypatch: pytest.MonkeyPatch) -> None:
        Model.objects.all().delete()
        services.install("local", "local-music", "runway-gen4-turbo", "gpt-writer")
        Model.objects.filter(pk="runway-gen4-turbo").update(is_default=True)
        where = settings.DATABASES["default"]
        url = f"postgresql://{where['USER']}:{where['PASSWORD']}@{where['HOST']}:{where['PORT']}"
        monkeypatch.setenv("DATABASE_URL", f"{url}/{connection.settings_dict['NAME']}")
        assert finding("who makes what", load()).found == "motion by Camera move, music by House composer"
        monkeypatch.setenv("RUNWAYML_API_SECRET", "key")
        assert "motion by Runway Gen-4 Turbo" in finding("who makes what", load()).found


class TestDoctor:
    def test_ends_well_when_nothing_essential_is_missing(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("doctor")
        assert "Everything essential is here." in capsys.readouterr().out

    def test_ends_with_an_error_when_something_essential_is_missing(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
        with pytest.raises(SystemExit, match="Something essential is missing"):
            call_command("doctor")
        assert "→ No job is carried out" in capsys.readouterr().out
