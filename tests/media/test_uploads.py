"""Uploads in parts over both stores, by the addresses that the browser uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from echoes.kernel import clock
from echoes.kernel.storage import base as storages
from echoes.kernel.storage.base import PART_BYTES, PARTS_FROM
from echoes.kernel.storage.bucket import Bucket
from library import housekeeping, uploads
from library.models import Ingest, Kind, Ticket
from projects import projects
from tests import factories
from tests.media import browser, sender

pytestmark = pytest.mark.django_db(transaction=True)

MIB = 1024 * 1024
SIZE = PARTS_FROM + 5
PARTS = [1, 2, 3, 4, 5]


@pytest.fixture(params=["disk", "s3"], autouse=True)
def kind_of_store(request: pytest.FixtureRequest) -> str:
    if request.param == "s3":
        request.getfixturevalue("media_in_s3")
    kind: str = request.param
    return kind


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file that is sent in five parts, the last of which has five bytes."""
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        for number in range(4):
            file.write(bytes([number]) * PART_BYTES)
        file.write(b"tail!")
    return path


def read(key: str) -> bytes:
    with storages.get("photos").local_copy(key) as path:
        return path.read_bytes()


class TestALargeFile:
    def test_comes_in_parts_and_is_whole(self, alices: Client, large: Path) -> None:
        ticket = sender.begin(alices, size=SIZE)
        assert ticket["upload"] is None
        assert (ticket["parts"]["count"], ticket["parts"]["bytes"]) == (5, PART_BYTES)
        sender.send_parts(alices, ticket, large, PARTS)
        assert alices.post(ticket["complete"]).status_code == 202
        job = Ingest.objects.get(pk=ticket["id"])
        uploads.assemble(job)
        assert read(job.key) == large.read_bytes()

    def test_is_assembled_once_however_often_its_job_begins(self, alices: Client, large: Path) -> None:
        ticket = sender.begin(alices, size=SIZE)
        sender.send_parts(alices, ticket, large, PARTS)
        alices.post(ticket["complete"])
        job = Ingest.objects.get(pk=ticket["id"])
        for _ in range(2):
            uploads.assemble(job)
        assert storages.get("photos").size(job.key) == SIZE

    def test_goes_on_where_it_stopped(self, alices: Client, large: Path) -> None:
        ticket = sender.begin(alices, size=SIZE)
        sender.send_parts(alices, ticket, large, [2, 4])
        said = alices.get(ticket["status"]).json()
        assert (said["state"], said["parts"]["arrived"]) == ("uploading", [2, 4])
        sender.send_parts(alices, ticket, large, [1, 3, 5])
        assert alices.post(ticket["complete"]).status_code == 202

    def test_is_not_complete_before_all_of_it_is_there(self, alices: Client, large: Path) -> None:
        ticket = sender.begin(alices, size=SIZE)
        sender.send_parts(alices, ticket, large, [1, 2, 5])
        answer = alices.post(ticket["complete"])
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not_arrived")
        assert answer.json()["error"]["message"] == "3 of 5 parts have arrived. Please send the rest."
        sender.send_parts(alices, ticket, large, [3, 4])
        assert alices.post(ticket["complete"]).status_code == 202

    def test_is_complete_once(self, alices: Client, large: Path) -> None:
        ticket = sender.begin(alices, size=SIZE)
        sender.send_parts(alices, ticket, large, PARTS)
        jobs = {alices.post(ticket["complete"]).json()["id"] for _ in range(2)}
        assert jobs == {ticket["id"]}
        assert Ingest.objects.count() == 1

    def test_gets_no_more_links_when_it_has_arrived(self, alices: Client, large: Path) -> None:
        ticket = sender.begin(alices, size=SIZE)
        sender.send_parts(alices, ticket, large, PARTS)
        alices.post(ticket["complete"])
        answer = sender.ask(alices, ticket["parts"]["links"], numbers=[1])
        assert answer.json()["error"]["message"] == "This file has arrived already."
        refused = alices.delete(ticket["status"])
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "arrived")
        assert alices.get(ticket["status"]).json()["state"] == "queued"

    def test_may_be_held_to_its_tags(self, alices: Client, large: Path) -> None:
        ticket = sender.begin(alices, size=SIZE)
        tags = dict(enumerate(sender.send_parts(alices, ticket, large, PARTS), start=1))
        wrong = sender.ask(alices, ticket["complete"], tags={**tags, 3: tags[2]})
        assert wrong.status_code == 400
        assert wrong.json()["error"]["message"].startswith("Part 3 is not the one that has arrived.")
        assert sender.ask(alices, ticket["complete"], tags=tags).status_code == 202

    def test_is_no_larger_than_it_said(self, alices: Client) -> None:
        ticket = sender.begin(alices, size=SIZE)
        last = sender.links(alices, ticket, [5])[5]
        assert browser.put(last, b"123456").status == 403
        assert browser.put(last, b"12345").status == 200

    def test_that_is_given_up_leaves_nothing(self, alices: Client, large: Path) -> None:
        ticket = sender.begin(alices, size=SIZE)
        (link,) = sender.links(alices, ticket, [1]).values()
        sender.send_parts(alices, ticket, large, [1])
        row = Ticket.objects.get()
        assert alices.delete(ticket["status"]).status_code == 204
        assert browser.put(link, large.read_bytes()[:PART_BYTES]).status == 404
        with pytest.raises(storages.Missing):
            storages.get("photos").parts(row.key, row.multipart)
        assert alices.get(ticket["status"]).status_code == 404
        assert not Ticket.objects.exists()

    def test_that_nobody_goes_on_with_is_swept(self, alices: Client, large: Path) -> None:
        ticket = sender.begin(alices, size=SIZE)
        sender.send_parts(alices, ticket, large, [1])
        row = Ticket.objects.get()
        housekeeping.sweep(now=clock.now() + timedelta(hours=23))
        assert list(storages.get("photos").parts(row.key, row.multipart)) == [1]
        housekeeping.sweep(now=clock.now() + timedelta(hours=25))
        with pytest.raises(storages.Missing):
            storages.get("photos").parts(row.key, row.multipart)
        assert not Ticket.objects.exists()

    def test_that_storage_has_thrown_away_says_so(self, alices: Client) -> None:
        ticket = sender.begin(alices, size=SIZE)
        row = Ticket.objects.get()
        storages.get("photos").abort_multipart(row.key, row.multipart)
        for answer in (alices.get(ticket["status"]), alices.post(ticket["complete"])):
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "ended")


class TestWhereTheBytesGo:
    def test_is_the_bucket_alone(self, alices: Client, bucket: Bucket, kind_of_store: str) -> None:
        whole = sender.begin(alices, size=PARTS_FROM - 1, name="a.mp4")
        parts = sender.begin(alices, size=PARTS_FROM)
        addresses = [whole["upload"]["url"], *sender.links(alices, parts, [1, 4]).values()]
        origins = {f"{url.scheme}://{url.netloc}" for url in map(urlsplit, addresses)}
        assert origins == ({bucket.origin} if kind_of_store == "s3" else {"://"})


class TestASmallFile:
    def test_is_the_size_it_said(self, alices: Client) -> None:
        ticket = sender.begin(alices, size=10)
        assert sender.send_whole(ticket, b"x" * 11) == 400
        assert sender.send_whole(ticket, b"x" * 4) == 204
        answer = alices.post(ticket["complete"])
        assert answer.json()["error"]["message"] == "4 of 10 bytes have arrived. Please send the file again."
        assert sender.send_whole(ticket, b"x" * 10) == 204
        assert alices.post(ticket["complete"]).status_code == 202

    def test_that_is_given_up_counts_until_it_can_no_longer_come(self, alices: Client, alice: User) -> None:
        ticket = sender.begin(alices, size=10)
        assert alices.delete(ticket["status"]).status_code == 204
        assert sender.send_whole(ticket, b"x" * 10) == 204  # the form still works
        assert alices.post(ticket["complete"]).status_code == 404
        housekeeping.sweep(now=clock.now() + timedelta(hours=2))
        assert list(storages.get("photos").listing(f"{alice.pk}/incoming/")) == []
        assert not Ticket.objects.exists()

    def test_that_comes_again_after_it_was_read_is_swept(self, alices: Client, alice: User) -> None:
        ticket = sender.begin(alices, size=10)
        sender.send_whole(ticket, b"x" * 10)
        alices.post(ticket["complete"])
        job = Ingest.objects.get()
        housekeeping.sweep(now=clock.now() + timedelta(days=2))
        assert storages.get("photos").exists(job.key)  # it was not read yet
        job.discard_arrived()
        sender.send_whole(ticket, b"y" * 10)
        housekeeping.sweep(now=clock.now() + timedelta(days=2))
        assert list(storages.get("photos").listing(f"{alice.pk}/incoming/")) == []


class TestMemory:
    def test_stays_flat_while_much_comes(self, alices: Client, tmp_path: Path) -> None:
        """Of this process, which sends as well: 256 MB, and what a worker does first with them."""
        sender.send_parts(alices, sender.begin(alices, size=SIZE), sparse(tmp_path, SIZE), [1])
        path = sparse(tmp_path, 256 * MIB)
        with grown() as peak:
            ticket = sender.begin(alices, size=256 * MIB)
            sender.send_parts(alices, ticket, path, range(1, 33))
            assert alices.post(ticket["complete"]).status_code == 202
            job = Ingest.objects.get()
            uploads.assemble(job)
            with storages.get("photos").local_copy(job.key) as copy:
                assert copy.stat().st_size == 256 * MIB
        assert peak() < 64 * MIB


def sparse(folder: Path, size: int) -> Path:
    path = folder / "sparse.mp4"
    with path.open("wb") as file:
        file.truncate(size)
    return path


@contextmanager
def grown() -> Iterator[Callable[[], int]]:
    """How many bytes more than at the beginning this process had in memory at its highest."""

    def told(name: str) -> int:
        found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
        assert found
        return int(found[1]) * 1024

    Path("/proc/self/clear_refs").write_text("5")  # the highest begins anew
    before = told("VmRSS")
    highest: list[int] = []
    yield lambda: highest[0]
    highest.append(told("VmHWM") - before)


class TestAProject:
    def test_that_is_gone_takes_no_more(self, alice: User, alices: Client) -> None:
        project = factories.project(by=alice)
        told: Any = sender.ask(
            alices, reverse("clips:photos", args=[project.pk]), name="a.jpg", size=10, kind=Kind.PHOTO
        ).json()
        sender.send_whole(told, b"x" * 10)
        projects.remove(project=project, now=clock.now())
        answer = alices.post(told["complete"])
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
        assert alices.delete(told["status"]).status_code == 204
