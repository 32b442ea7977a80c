"""What only a bucket has: its one client, the cache before it, lines that break, and all of Echoes on it."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from clips import clips
from compiler import films
from echoes import checkup
from echoes.env import Env
from echoes.kernel import clock
from echoes.kernel.storage import base as storages
from echoes.kernel.storage import connection, fetch
from echoes.kernel.storage.base import Missing
from echoes.kernel.storage.bucket import Bucket
from echoes.kernel.storage.s3 import S3Storage
from jobs.states import State
from library import delivery
from tests import factories, pictures
from tests.media import browser

MIB = 1024 * 1024


def keep(store: S3Storage, key: str, folder: Path, content: bytes) -> None:
    path = folder / "made.bin"
    path.write_bytes(content)
    store.put(key, path)


def asked(store: S3Storage, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bytes that each read of an object brings from now on."""
    sizes: list[int] = []
    pour = fetch._pour

    def noted(body: Any, file: Any) -> None:
        before = file.tell()
        pour(body, file)
        sizes.append(file.tell() - before)

    monkeypatch.setattr(fetch, "_pour", noted)
    return sizes


class TestLocalCopy:
    def test_brings_an_object_once(
        self, s3_store: S3Storage, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keep(s3_store, key, tmp_path, b"film")
        sizes = asked(s3_store, monkeypatch)
        for _ in range(3):
            with s3_store.local_copy(key) as path:
                assert path.read_bytes() == b"film"
        assert sizes == [4]

    def test_brings_what_has_just_arrived_each_time(
        self, s3_store: S3Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keep(s3_store, "1/incoming/a", tmp_path, b"photo")
        sizes = asked(s3_store, monkeypatch)
        for _ in range(2):
            with s3_store.local_copy("1/incoming/a") as path:
                assert path.read_bytes() == b"photo"
        assert sizes == [5, 5]
        assert list(s3_store.cache.folder.glob("entries/*/*")) == []

    def test_does_not_give_what_another_machine_has_deleted(
        self, s3_store: S3Storage, key: str, tmp_path: Path
    ) -> None:
        keep(s3_store, key, tmp_path, b"film")
        with s3_store.local_copy(key):
            pass
        s3_store.client.delete_object(Bucket=s3_store.where.name, Key=f"films/{key}")
        with pytest.raises(Missing), s3_store.local_copy(key):
            pass
        assert list(s3_store.cache.folder.glob("entries/*/*")) == []

    def test_is_whole_for_each_of_many_threads(self, s3_store: S3Storage, key: str, tmp_path: Path) -> None:
        content = bytes(range(256)) * 4096
        keep(s3_store, key, tmp_path, content)

        def read(_: int) -> bool:
            with s3_store.local_copy(key) as path:
                return path.read_bytes() == content

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(read, range(24)))

    def test_holds_no_large_object_in_memory(self, s3_store: S3Storage, key: str, tmp_path: Path) -> None:
        path = tmp_path / "large.mp4"
        with path.open("wb") as file:
            file.truncate(96 * MIB)
        tracemalloc.start()
        s3_store.put(key, path)
        with s3_store.local_copy(key) as copy:
            assert copy.stat().st_size == 96 * MIB
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 64 * MIB


class Broken:
    """A line that ends after some bytes."""

    def __init__(self, body: Any, after: int) -> None:
        self.body = body
        self.left = after

    def read(self, count: int) -> bytes:
        if not self.left:
            raise ReadTimeoutError(endpoint_url="http://127.0.0.1")
        piece: bytes = self.body.read(min(count, self.left))
        self.left -= len(piece)
        return piece

    def close(self) -> None:
        self.body.close()


class Line:
    """A client whose answers break off; `between` is called before each next question."""

    def __init__(self, client: Any, *, after: int, times: int, between: Callable[[], None] = bool) -> None:
        self.client = client
        self.after = after
        self.times = times
        self.between = between
        self.questions: list[dict[str, Any]] = []

    def get_object(self, **words: Any) -> Any:
        if self.questions:
            self.between()
        self.questions.append(words)
        answer = self.client.get_object(**words)
        if len(self.questions) <= self.times:
            answer["Body"] = Broken(answer["Body"], self.after)
        return answer


class TestFetch:
    CONTENT = bytes(range(250)) * 4

    def fetch(self, store: S3Storage, key: str, line: Any, to: Path) -> str:
        return fetch.fetch(line, bucket=store.where.name, key=f"films/{key}", to=to)

    def test_goes_on_where_the_line_broke(self, s3_store: S3Storage, key: str, tmp_path: Path) -> None:
        keep(s3_store, key, tmp_path, self.CONTENT)
        line = Line(s3_store.client, after=300, times=3)
        self.fetch(s3_store, key, line, tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == self.CONTENT
        assert [words.get("Range") for words in line.questions] == [
            None,
            "bytes=300-",
            "bytes=600-",
            "bytes=900-",
        ]

    def test_never_joins_two_versions(self, s3_store: S3Storage, key: str, tmp_path: Path) -> None:
        keep(s3_store, key, tmp_path, self.CONTENT)
        new = b"n" * 700

        def replace() -> None:
            keep(s3_store, key, tmp_path, new)

        line = Line(s3_store.client, after=300, times=1, between=replace)
        self.fetch(s3_store, key, line, tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == new

    def test_says_missing_when_it_goes_meanwhile(self, s3_store: S3Storage, key: str, tmp_path: Path) -> None:
        keep(s3_store, key, tmp_path, self.CONTENT)
        line = Line(s3_store.client, after=300, times=1, between=lambda: s3_store.delete(key))
        with pytest.raises(Missing):
            self.fetch(s3_store, key, line, tmp_path / "copy")

    def test_gives_up_in_the_end(self, s3_store: S3Storage, key: str, tmp_path: Path) -> None:
        keep(s3_store, key, tmp_path, self.CONTENT)
        line = Line(s3_store.client, after=0, times=99)
        with pytest.raises(ReadTimeoutError):
            self.fetch(s3_store, key, line, tmp_path / "copy")
        assert len(line.questions) == fetch.TRIES


class TestKeys:
    @pytest.mark.parametrize("key", ["", "/a", "a//b", "../photos/a", "a/../b", "./a", "a/"])
    def test_that_stores_read_differently_are_refused(self, s3_store: S3Storage, key: str) -> None:
        with pytest.raises(SuspiciousFileOperation):
            s3_store.signed_url(key, now=time.time())

    def test_never_leave_their_storage(self, s3_store: S3Storage, key: str, tmp_path: Path) -> None:
        keep(s3_store, key, tmp_path, b"film")
        assert not storages.get("photos").exists(key)
        assert list(storages.get("photos").listing("")) == []


class TestStorage:
    def test_is_one_of_django_too(self, s3_store: S3Storage) -> None:
        name = s3_store.save("1/a.mp4", ContentFile(b"one"))
        again = s3_store.save("1/a.mp4", ContentFile(b"two"))
        assert name != again
        with s3_store.open(name) as file:
            assert file.read() == b"one"

    def test_says_what_is_wrong_with_the_keys(self, bucket: Bucket) -> None:
        wrong = Bucket(**{**bucket.__dict__, "secret_key": "wrong"})
        with pytest.raises(ClientError):
            S3Storage(name="films", bucket=wrong).exists("1/a.mp4")

    def test_shares_one_client_with_other_storages_and_threads(self, s3_store: S3Storage) -> None:
        with ThreadPoolExecutor(2) as pool:
            found = set(pool.map(lambda _: id(s3_store.connection), range(2)))
        assert found == {id(storages.get("photos").connection)}  # type: ignore[attr-defined]


class TestParts:
    def test_are_told_over_several_pages(
        self, s3_store: S3Storage, key: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("echoes.kernel.storage.s3.PARTS_AT_ONCE", 2)
        upload = s3_store.create_multipart(key, content_type="video/mp4")
        links = s3_store.part_urls(key, upload, sizes=dict.fromkeys(range(1, 6), 3), now=time.time())
        for link in links.values():
            browser.put(link, b"abc")
        assert list(s3_store.parts(key, upload)) == [1, 2, 3, 4, 5]


class TestCors:
    def test_lets_pages_upload_and_read_the_tags_of_parts(self, s3_store: S3Storage, key: str) -> None:
        upload = s3_store.create_multipart(key, content_type="video/mp4")
        link = s3_store.part_urls(key, upload, sizes={1: 3}, now=time.time())[1]
        origin = {"Origin": "http://127.0.0.1:8000"}
        before = httpx.options(link, headers={**origin, "Access-Control-Request-Method": "PUT"})
        assert before.status_code == 200
        assert "PUT" in before.headers["Access-Control-Allow-Methods"]
        after = httpx.put(link, content=b"abc", headers=origin)
        assert "ETag" in after.headers["Access-Control-Expose-Headers"]


class TestPrepare:
    def test_may_be_done_again(self, bucket: Bucket) -> None:
        connection.prepare(connection.client(bucket), bucket, origins=["https://films.example.org"])
        rules = connection.client(bucket).get_bucket_cors(Bucket=bucket.name)["CORSRules"]
        assert [rule["AllowedOrigins"] for rule in rules] == [["https://films.example.org"]]
        connection.prepare(connection.client(bucket), bucket, origins=["*"])


@pytest.mark.usefixtures("media_in_s3")
@pytest.mark.django_db(transaction=True)
class TestEchoes:
    def test_takes_a_photo_from_the_browser_and_makes_a_film_of_it(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        project = factories.project(by=alice)
        content = pictures.jpeg(tmp_path / "a.jpg").read_bytes()
        answer = alices.post(
            reverse("clips:photos", args=[project.pk]),
            json.dumps({"name": "Ñandú.jpg", "size": len(content), "type": "image/jpeg"}),
            content_type="application/json",
        ).json()
        assert browser.post(storages.Ticket(**answer["upload"]), content).status == 204
        alices.post(answer["complete"])
        factories.drain()
        clips.approve_all(project=project, now=clock.now())
        (film,) = films.make(project=project, by=alice, now=clock.now())
        factories.drain()
        film.refresh_from_db()
        assert (film.state, film.error_message) == (State.SUCCEEDED, "")
        link = delivery.url_for("films", film.key, now=clock.now(), download_name="Été.mp4")
        sent = browser.get(link)
        assert sent.headers["Content-Type"] == "video/mp4"
        assert sent.body[4:8] == b"ftyp"
        assert not storages.get("photos").exists(f"{alice.pk}/incoming/{answer['id']}")

    def test_says_that_it_answers(self, bucket: Bucket, tmp_path: Path) -> None:
        said = Env(
            storage="s3",
            s3_bucket=bucket.name,
            s3_endpoint=bucket.endpoint,
            s3_addressing="path",
            s3_access_key=bucket.access_key,
            s3_secret_key=bucket.secret_key,
            data_dir=tmp_path,
        )
        found = next(found for found in checkup.examine(said) if found.name == "media")
        assert found.found == f"in the bucket echoes at {bucket.endpoint}, S3_BUCKET; it answers"
