from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import dramatiq
import pytest

from accounts.models import User
from echoes.kernel import clock
from jobs import doorbell, sweep
from tests import factories, pictures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: Any) -> Iterator[None]:
    monkeypatch.setattr(doorbell, "_silent_until", 0.0)
    dramatiq.get_broker().flush_all()
    yield
    dramatiq.get_broker().flush_all()


def unheard(queue: str) -> int:
    broker: Any = dramatiq.get_broker()
    return int(broker.client.llen(f"{broker.namespace}:{queue}"))


class TestRing:
    def test_sounds_once_the_job_is_there(self, alice: User, tmp_path: Path) -> None:
        factories.arrived(pictures.jpeg(tmp_path / "a.jpg"), by=alice)
        assert unheard("media") == 1

    def test_that_cannot_sound_loses_no_job(self, alice: User, tmp_path: Path, monkeypatch: Any) -> None:
        def broken(*args: Any, **kwargs: Any) -> None:
            raise ConnectionError("Redis is away")

        monkeypatch.setattr(dramatiq.Actor, "send", broken)
        job = factories.arrived(pictures.jpeg(tmp_path / "a.jpg"), by=alice)
        job.refresh_from_db()
        assert job.state == "queued"

    def test_that_fails_is_not_tried_again_at_once(self, monkeypatch: Any) -> None:
        """A Redis that hangs takes seconds for each: nobody pays that for every job."""
        tries = []

        def hang(*args: Any, **kwargs: Any) -> None:
            tries.append(args)
            raise TimeoutError("Redis hangs")

        monkeypatch.setattr(dramatiq.Actor, "send", hang)
        for _ in range(20):
            doorbell.ring_queue("media")
        assert len(tries) == 1


class TestRemind:
    def test_rings_for_a_job_whose_message_was_lost(self, alice: User, tmp_path: Path) -> None:
        factories.arrived(pictures.jpeg(tmp_path / "a.jpg"), by=alice)
        dramatiq.get_broker().flush_all()
        sweep.tick(now=clock.now())
        assert unheard("media") == 0
        sweep.tick(now=clock.now() + timedelta(seconds=5))
        assert unheard("media") == 1

    def test_does_not_pile_up(self) -> None:
        for _ in range(5):
            doorbell.ring_queue("media", enough=1)
        assert unheard("media") == 1
        for _ in range(2 * doorbell.ENOUGH):
            doorbell.ring_queue("media")
        assert unheard("media") == doorbell.ENOUGH
