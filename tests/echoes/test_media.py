from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.test import AsyncClient

from echoes.kernel import signing
from echoes.kernel.storage import base as storages

CONTENT = bytes(range(256)) * 4


@pytest.fixture
def link(tmp_path: Path) -> str:
    (tmp_path / "clip.mp4").write_bytes(CONTENT)
    store = storages.get("films")
    store.put("1/films/a b/c.mp4", tmp_path / "clip.mp4")
    return store.signed_url("1/films/a b/c.mp4", now=time.time())


async def fetch(link: str, **headers: str) -> tuple[int, bytes, Any]:
    response = await AsyncClient().get(link, headers=headers)
    body = b"".join([piece async for piece in response]) if response.streaming else response.content
    return response.status_code, body, response.headers


class TestSend:
    async def test_serves_the_whole_file(self, link: str) -> None:
        status, body, headers = await fetch(link)
        assert (status, body) == (200, CONTENT)
        assert headers["Content-Type"] == "video/mp4"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"].startswith("private")

    @pytest.mark.parametrize(
        ("asked", "start", "end"),
        [("bytes=0-9", 0, 10), ("bytes=1000-", 1000, 1024), ("bytes=-24", 1000, 1024), ("bytes=5-5", 5, 6),
         ("bytes=1000-99999", 1000, 1024)],
    )  # fmt: skip
    async def test_serves_ranges(self, link: str, asked: str, start: int, end: int) -> None:
        status, body, headers = await fetch(link, Range=asked)
        assert (status, body) == (206, CONTENT[start:end])
        assert headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(CONTENT)}"
        assert headers["Content-Length"] == str(end - start)

    async def test_refuses_a_range_beyond_the_end(self, link: str) -> None:
        assert (await fetch(link, Range="bytes=2000-"))[0] == 416

    async def test_answers_that_nothing_changed(self, link: str) -> None:
        tag = (await fetch(link))[2]["ETag"]
        assert (await fetch(link, **{"If-None-Match": tag}))[0] == 304

    async def test_answers_head_without_a_body(self, link: str) -> None:
        response = await AsyncClient().head(link)
        assert (response.status_code, response.headers["Content-Length"]) == (200, "1024")

    @pytest.mark.parametrize("change", ["s=x", "e=99999999999", "d=evil.exe"])
    async def test_refuses_a_changed_link(self, link: str, change: str) -> None:
        name, _, value = change.partition("=")
        base, _, query = link.partition("?")
        parts = [part for part in query.split("&") if not part.startswith(f"{name}=")]
        assert (await fetch(f"{base}?{'&'.join([*parts, f'{name}={value}'])}"))[0] == 404

    async def test_refuses_another_path_with_the_same_signature(self, link: str) -> None:
        assert (await fetch(link.replace("a%20b", "../films/a%20b")))[0] == 404

    async def test_refuses_a_link_that_is_over(self, link: str, monkeypatch: Any) -> None:
        monkeypatch.setattr("echoes.media.time.time", lambda: time.monotonic() + 9e9)
        assert (await fetch(link))[0] == 404


class TestSignedUrl:
    def test_is_the_same_inside_its_window_and_outlives_it(self) -> None:
        store = storages.get("films")
        start = 1_800_000 * 1000 // signing.WINDOW_SECONDS * signing.WINDOW_SECONDS
        first = store.signed_url("k", now=start)
        assert store.signed_url("k", now=start + signing.WINDOW_SECONDS - 1) == first
        assert store.signed_url("k", now=start + signing.WINDOW_SECONDS) != first
        assert signing.window_expiry(now=start + signing.WINDOW_SECONDS - 1) - start > signing.WINDOW_SECONDS

    def test_names_a_download(self) -> None:
        assert "d=Our%20film.mp4" in storages.get("films").signed_url(
            "k", now=0, download_name="Our film.mp4"
        )
