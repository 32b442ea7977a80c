from __future__ import annotations

import json
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from echoes.embedded import attach, binaries, claim, errors, place, ports, seaweedfs, servers
from echoes.kernel.storage import connection


@contextmanager
def running(data_dir: Path) -> Iterator[servers.Servers]:
    """The S3 server alone."""
    place.choose(data_dir=data_dir)
    claimed = claim.take(data_dir=data_dir, what="a test of the S3 server")
    started = servers.start(claimed, with_postgres=False, with_redis=False, with_s3=True)
    try:
        yield started
    finally:
        started.stop()
        claimed.release()


def write(url: str, key: str) -> None:
    bucket = seaweedfs.bucket(url)
    connection.client(bucket).put_object(Bucket=bucket.name, Key=key, Body=key.encode() * 1000)


def read(url: str, key: str) -> bytes:
    bucket = seaweedfs.bucket(url)
    body: bytes = connection.client(bucket).get_object(Bucket=bucket.name, Key=key)["Body"].read()
    return body


class TestServer:
    def test_keeps_its_objects_and_its_address(self, data_dir: Path) -> None:
        with running(data_dir) as first:
            address = first.urls.s3
            write(address, "kept")
            assert first.s3
            first.s3.launched.process.kill()
            first.s3.launched.process.wait()
            assert first.revive() == [seaweedfs.NAME]
            assert first.urls.s3 == address
            write(address, "kept too")
        with running(data_dir) as again:
            assert again.urls.s3 == address
            assert read(address, "kept") == b"kept" * 1000
            assert read(address, "kept too") == b"kept too" * 1000

    def test_lets_nobody_in_by_another_door(self, data_dir: Path) -> None:
        with running(data_dir) as started:
            write(started.urls.s3, "kept")
            where = place.choose(data_dir=data_dir).folder / seaweedfs.FOLDER / "ports.json"
            for port in json.loads(where.read_text()).values():
                for door in (
                    "/dir/assign",
                    "/col/delete?collection=echoes",
                    "/buckets/echoes/kept",
                    "/echoes/kept",
                ):
                    with pytest.raises((urllib.error.URLError, OSError)):
                        urllib.request.urlopen(f"http://{ports.HOST}:{port}{door}", timeout=5)
            assert read(started.urls.s3, "kept") == b"kept" * 1000

    def test_finds_other_ports_when_its_own_are_taken(self, data_dir: Path) -> None:
        with running(data_dir) as first:
            address = first.urls.s3
            write(address, "kept")
            port = first.s3.port if first.s3 else 0
        with socket.socket() as taker:
            taker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taker.bind((ports.HOST, port))
            taker.listen()
            with running(data_dir) as again:
                assert again.urls.s3 != address
                assert read(again.urls.s3, "kept") == b"kept" * 1000


class TestForCommand:
    @pytest.fixture(autouse=True)
    def _environment(self, monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> None:
        """Put back afterwards, whatever a command changes."""
        monkeypatch.setenv("DATA_DIR", str(data_dir))
        for name in ("DATABASE_URL", "REDIS_URL", "STORAGE", *seaweedfs.environment("http://a:b@c:1/d")):
            monkeypatch.setenv(name, "")

    def test_finds_the_bucket_of_a_run_that_is_up(self, data_dir: Path) -> None:
        with (
            servers.running(data_dir, with_s3=True, durable=False) as urls,
            attach.for_command(["make_film"]),
        ):
            assert os.environ["STORAGE"] == "s3"
            assert os.environ["S3_ENDPOINT"] == seaweedfs.environment(urls.s3)["S3_ENDPOINT"]

    def test_keeps_to_the_disk_if_that_is_said(self, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STORAGE", "disk")
        with servers.running(data_dir, with_s3=True, durable=False), attach.for_command(["make_film"]):
            assert (os.environ["STORAGE"], os.environ["S3_ENDPOINT"]) == ("disk", "")

    def test_says_that_a_run_has_no_bucket(self, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STORAGE", "s3")
        with (
            servers.running(data_dir, durable=False),
            pytest.raises(SystemExit, match="without its S3 server"),
            attach.for_command(["make_film"]),
        ):
            pass


class TestProgram:
    def test_that_is_missing_is_named_with_a_way_out(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        def nowhere(_: str) -> Any:
            return str(tmp_path)

        monkeypatch.setattr("echoes.embedded.binaries.sysconfig.get_path", nowhere)
        with pytest.raises(errors.ProgramMissing, match="make run STORAGE=s3"):
            binaries.seaweedfs()
