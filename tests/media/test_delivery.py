"""What the disk's own pages answer; where a bucket answers the same, `test_storage` asks both."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from echoes.kernel import signing
from echoes.kernel.storage import base as storages
from tests.media import browser

CONTENT = bytes(range(256)) * 4


@pytest.fixture
def link(tmp_path: Path) -> str:
    return keep("1/clip.mp4", tmp_path)


def keep(key: str, folder: Path, content: bytes = CONTENT) -> str:
    (folder / "made.bin").write_bytes(content)
    store = storages.get("films")
    store.put(key, folder / "made.bin")
    return store.signed_url(key, now=time.time())


class TestRanges:
    @pytest.mark.parametrize(
        "asked", ["bytes=0-1,5-9", "bytes=9-5", "bytes=-", "bytes=a-b", "pages=1-2", "bytes=" + "9" * 5000]
    )
    def test_all_is_the_answer_to_several_and_to_nonsense(self, link: str, asked: str) -> None:
        answer = browser.get(link, Range=asked)
        assert (answer.status, answer.body) == (200, CONTENT)
        assert "Content-Range" not in answer.headers

    @pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=-0", "bytes=2000-3000"])
    def test_beyond_the_end_the_size_is_told(self, link: str, asked: str) -> None:
        answer = browser.get(link, Range=asked)
        assert (answer.status, answer.headers["Content-Range"]) == (416, "bytes */1024")

    def test_of_an_empty_file_there_is_none(self, tmp_path: Path) -> None:
        link = keep("1/empty.mp4", tmp_path, b"")
        assert browser.get(link, Range="bytes=0-").status == 416
        assert browser.get(link).status == 200

    def test_goes_on_with_the_same_version(self, link: str) -> None:
        tag = browser.get(link).headers["ETag"]
        answer = browser.get(link, Range="bytes=1000-", **{"If-Range": tag})
        assert (answer.status, answer.body) == (206, CONTENT[1000:])

    @pytest.mark.parametrize("version", ['"another"', "Sat, 21 Nov 2026 12:00:00 GMT"])
    def test_begins_anew_with_another_version(self, link: str, version: str) -> None:
        answer = browser.get(link, Range="bytes=1000-", **{"If-Range": version})
        assert (answer.status, answer.body) == (200, CONTENT)


class TestHead:
    def test_tells_what_a_get_would_send(self, link: str) -> None:
        answer = browser.head(link, Range="bytes=0-9")
        assert (answer.status, answer.body) == (200, b"")
        assert answer.headers["Content-Length"] == "1024"
        assert answer.headers["Accept-Ranges"] == "bytes"


class TestRevalidation:
    @pytest.mark.parametrize("said", ["{}", "W/{}", '"other", {}', "*"])
    def test_sends_nothing_to_who_has_it(self, link: str, said: str) -> None:
        tag = browser.get(link).headers["ETag"]
        answer = browser.get(link, Range="bytes=0-9", **{"If-None-Match": said.format(tag)})
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", tag)

    def test_sends_all_to_who_has_another(self, link: str) -> None:
        assert browser.get(link, **{"If-None-Match": '"other"'}).status == 200

    def test_knows_another_version_by_its_tag(self, link: str, tmp_path: Path) -> None:
        tag = browser.get(link).headers["ETag"]
        keep("1/clip.mp4", tmp_path, b"x" * len(CONTENT))
        assert browser.get(link, **{"If-None-Match": tag}).body == b"x" * len(CONTENT)


class TestNames:
    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("Our film.mp4", 'attachment; filename="Our film.mp4"'),
            ("夏.mp4", "attachment; filename*=utf-8''%E5%A4%8F.mp4"),
            ("a\r\nSet-Cookie: b.mp4", 'attachment; filename="aSet-Cookie b.mp4"'),
            ("../../etc/passwd", 'attachment; filename="etcpasswd"'),
            ("film\u202e4pm.exe", 'attachment; filename="film4pm.exe"'),
            ('"; filename="x.exe', 'attachment; filename="; filename=x.exe"'),
            ("...", 'attachment; filename="file"'),
        ],
    )
    def test_of_downloads_are_harmless(self, tmp_path: Path, name: str, said: str) -> None:
        keep("1/clip.mp4", tmp_path)
        link = storages.get("films").signed_url("1/clip.mp4", now=time.time(), download_name=name)
        assert browser.get(link).headers["Content-Disposition"] == said

    @pytest.mark.parametrize("key", ["1/page.html", "1/drawing.svg", "1/nothing"])
    def test_what_browsers_would_run_is_only_saved(self, tmp_path: Path, key: str) -> None:
        headers = browser.get(keep(key, tmp_path)).headers
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Disposition"].startswith("attachment")


class TestKeys:
    def test_the_old_one_is_believed_during_a_roll(self, link: str, settings: Any) -> None:
        settings.MEDIA_KEYS = ["a new key", *settings.MEDIA_KEYS]
        assert browser.get(link).status == 200
        renewed = storages.get("films").signed_url("1/clip.mp4", now=time.time())
        assert renewed != link
        assert browser.get(renewed).status == 200

    def test_without_the_old_one_every_link_and_ticket_is_void(self, link: str, settings: Any) -> None:
        store = storages.get("films")
        ticket = store.ticket("1/new.mp4", content_type="video/mp4", max_bytes=10, now=time.time())
        part = store.part_urls(
            "1/new.mp4",
            store.create_multipart("1/new.mp4", content_type="video/mp4"),
            sizes={1: 1},
            now=time.time(),
        )[1]
        settings.MEDIA_KEYS = ["a new key"]
        assert browser.get(link).status == 404
        assert browser.post(ticket, b"x").status == 403
        assert browser.put(part, b"x").status == 403

    @pytest.mark.parametrize("signature", ["", "é", "x" * 10_000])
    def test_nonsense_is_no_signature(self, link: str, signature: str) -> None:
        with pytest.raises(signing.BadSignature):
            signing.check(signature, "read")


class TestAddress:
    def test_links_lead_to_the_address_of_media(self, link: str, settings: Any) -> None:
        settings.MEDIA_ADDRESS = "https://media.example.org"
        assert (
            storages.get("films")
            .signed_url("1/clip.mp4", now=time.time())
            .startswith("https://media.example.org/media/films/1/clip.mp4?")
        )


class TestParts:
    def test_leave_nothing_beside_the_object(self) -> None:
        store = storages.get("films")
        upload = store.create_multipart("1/a.mp4", content_type="video/mp4")
        links = store.part_urls("1/a.mp4", upload, sizes={1: 3}, now=time.time())
        store.complete_multipart("1/a.mp4", upload, [browser.put(links[1], b"abc").headers["ETag"]])
        left = [path for path in settings.MEDIA_DIR.rglob("*") if path.is_file()]
        assert left == [settings.MEDIA_DIR / "films/1/a.mp4"]

    def test_end_after_an_hour(self) -> None:
        store = storages.get("films")
        upload = store.create_multipart("1/a.mp4", content_type="video/mp4")
        then = time.time() - storages.PART_SECONDS - 1
        assert (
            browser.put(store.part_urls("1/a.mp4", upload, sizes={1: 3}, now=then)[1], b"abc").status == 403
        )
