"""A job that fetches a result from an address that a stranger has written: it fails with a sentence, and
nothing inside is ever reached."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from echoes.kernel import clock, http, workplace
from echoes.kernel.storage import base as storages
from jobs import execution
from jobs.outcomes import Done
from jobs.states import State
from library import usage
from library.models import Space
from tests import factories
from tests import far as far_away
from tests.far import MP4, NAME, Far, reply
from tests.kernel.test_http import FORBIDDEN, INSIDE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Far]:
    with far_away.away(tmp_path, monkeypatch) as found:
        yield found


def fetching(monkeypatch: pytest.MonkeyPatch, url: str, *, hosts: set[str]) -> None:
    """Have the next job fetch this, as a provider's handler does: into its workplace, and from there into
    the store."""

    def handler(job: Any, work: execution.Work) -> Done:
        with workplace.directory("result") as place:
            http.fetch(
                url,
                to=place / "result.mp4",
                hosts=hosts,
                max_bytes=100_000,
                seconds=20,
                types={"video/mp4"},
                cancelled=work.cancelled,
                on_progress=work.progress,
            )
            storages.get("photos").put(f"{job.owner_id}/takes/result.mp4", place / "result.mp4")
        return Done()

    monkeypatch.setattr(usage, "count", handler)


def done(by: User) -> Space:
    usage.ask(by=by, now=clock.now())
    factories.drain()
    return Space.objects.latest("created_at")


def test_what_is_there_comes_into_the_store(far: Far, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    fetching(monkeypatch, far.says("/a.mp4"), hosts={NAME})
    assert done(alice).state == State.SUCCEEDED
    assert storages.get("photos").size(f"{alice.pk}/takes/result.mp4") == len(MP4)


def test_hostile_addresses_end_the_job_and_reach_nobody(
    far: Far, alice: User, monkeypatch: pytest.MonkeyPatch, subtests: Any
) -> None:
    hosts = {NAME, *(host.strip("[]") for host in INSIDE)}
    urls = [*FORBIDDEN, *(f"https://{host}/a.mp4" for host in INSIDE)]
    assert len(urls) > 50
    for url in urls:
        with subtests.test(url[:80]):
            fetching(monkeypatch, url, hosts=hosts)
            job = done(alice)
            assert (job.state, job.error_code) == (State.FAILED, "forbidden_address")
            assert job.error_message
    assert far.dialled == []
    assert list(storages.get("photos").listing("")) == []


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b"<html>" * 100, {}, "wrong_type"),
        (MP4, {"Content_Length": str(10**10)}, "result_too_large"),
        (b"", {"status": "404 Gone"}, "result_gone"),
    ],
    ids=["HTML as MP4", "10 GB", "gone"],
)
def test_what_is_no_result_ends_the_job(
    far: Far, alice: User, monkeypatch: pytest.MonkeyPatch, body: bytes, headers: dict[str, str], code: str
) -> None:
    url = far.does("/a.mp4", reply(body=body, **headers))
    fetching(monkeypatch, url, hosts={NAME})
    job = done(alice)
    assert (job.state, job.error_code) == (State.FAILED, code)
