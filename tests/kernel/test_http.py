"""What is fetched from the world, and what is not: a real server, a real certificate, real bytes."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from echoes.kernel import http
from echoes.kernel.errors import Cancelled, EchoesError
from tests import far as far_away
from tests.far import ADDRESS, MP4, NAME, Far, reply

LIMIT = 100_000


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Far]:
    with far_away.away(tmp_path, monkeypatch) as found:
        yield found


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience is short, so that nobody waits for what is to be refused."""
    monkeypatch.setattr(http, "LOOK", 0.02)
    monkeypatch.setattr(http, "PACE_SECONDS", 0.1)


def fetched(url: str, to: Path, **changes: Any) -> http.Fetched:
    words = {"hosts": {NAME}, "max_bytes": LIMIT, "seconds": 20.0, "types": {"video/mp4"}} | changes
    return http.fetch(url, to=to / "result.mp4", **words)


def refused(url: str, to: Path, **changes: Any) -> EchoesError:
    """The error, with nothing left behind."""
    with pytest.raises(EchoesError) as caught:
        fetched(url, to, **changes)
    assert not (to / "result.mp4").exists()
    return caught.value


class TestFetch:
    def test_writes_what_is_there(self, far: Far, tmp_path: Path) -> None:
        shares: list[float] = []
        found = fetched(far.says("/a.mp4?x=1"), tmp_path, on_progress=shares.append)
        assert found == http.Fetched(len(MP4), "video/mp4")
        assert (tmp_path / "result.mp4").read_bytes() == MP4
        assert shares[-1] == 1.0
        assert far.dialled == [ADDRESS]

    def test_takes_a_body_of_unknown_length(self, far: Far, tmp_path: Path) -> None:
        url = far.says("/a.mp4", Content_Length="")
        assert fetched(url, tmp_path).size == len(MP4)

    def test_takes_a_body_in_chunks(self, far: Far, tmp_path: Path) -> None:
        body = f"{len(MP4):x}\r\n".encode() + MP4 + b"\r\n0\r\n\r\n"
        url = far.says("/a.mp4", body, Content_Length="", Transfer_Encoding="chunked")
        assert fetched(url, tmp_path).size == len(MP4)

    @pytest.mark.parametrize("said", ["", "application/octet-stream", "binary/octet-stream"])
    def test_believes_the_bytes_where_the_type_says_nothing(
        self, far: Far, tmp_path: Path, said: str
    ) -> None:
        assert fetched(far.says("/a.mp4", Content_Type=said), tmp_path).content_type == "video/mp4"

    def test_follows_a_redirect_to_a_host_of_the_list(self, far: Far, tmp_path: Path) -> None:
        far.says("/b.mp4")
        url = far.does("/a.mp4", reply("302 Found", b"", Location="/b.mp4"))
        assert fetched(url, tmp_path).size == len(MP4)

    def test_shows_its_secrets_to_the_first_host_alone(self, far: Far, tmp_path: Path) -> None:
        other = f"https://{NAME}:8443"
        far.says("/b.mp4")
        url = far.does("/a.mp4", reply("307 Temporary Redirect", b"", Location=f"{other}/b.mp4"))
        hosts = {NAME, f"{NAME}:8443"}
        fetched(url, tmp_path, hosts=hosts, headers={"Authorization": "Bearer secret"})
        assert [b"secret" in asked for asked in far.asked] == [True, False]

    def test_takes_no_proxy_and_no_password_from_the_environment(
        self, far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "netrc").write_text(f"machine {NAME} login a password b\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        fetched(far.says("/a.mp4"), tmp_path)
        assert far.dialled == [ADDRESS]
        assert b"Authorization" not in far.asked[0]


FORBIDDEN = [
    "http://results.example.org/a.mp4",
    "file:///etc/passwd",
    "ftp://results.example.org/a.mp4",
    "data:video/mp4;base64,AAAA",
    "//results.example.org/a.mp4",
    "results.example.org/a.mp4",
    "",
    "https://",
    "https:///a.mp4",
    "https://other.example.org/a.mp4",
    "https://results.example.org.evil.test/a.mp4",
    "https://evilresults.example.org/a.mp4",
    "https://results.example.org./a.mp4",
    "https://results.example.org:8443/a.mp4",
    "https://results.example.org:0/a.mp4",
    "https://results.example.org:99999/a.mp4",
    "https://results.example.org:a/a.mp4",
    "https://user@results.example.org/a.mp4",
    "https://user:word@results.example.org/a.mp4",
    "https://results.example.org@127.0.0.1/a.mp4",
    "https://results.example.org%40127.0.0.1/a.mp4",
    "https://127.0.0.1#@results.example.org/a.mp4",
    "https://127.0.0.1?@results.example.org/a.mp4",
    "https://127.0.0.1\\@results.example.org/a.mp4",
    "https://results.example.org\t/a.mp4",
    "https://results.example.org/a b.mp4",
    "https://results.example.org/\r\nHost: evil.test",
    "https://résults.example.org/a.mp4",
    "https://results。example.org/a.mp4",
    "https://results.example.org/" + "a" * 9_000,
    "https://[::1/a.mp4",
]
# Each of them is on the list of hosts, as if a provider were careless: the address decides.
INSIDE = [
    "169.254.169.254",
    "127.0.0.1",
    "localhost",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "127.1",
    "0",
    "10.0.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fd00:ec2::254]",
]


class TestWhere:
    @pytest.mark.parametrize("url", FORBIDDEN)
    def test_only_https_to_a_host_of_the_list(self, far: Far, tmp_path: Path, url: str) -> None:
        far.says("/a.mp4")
        error = refused(url, tmp_path)
        assert (error.code, error.permanent, far.dialled) == ("forbidden_address", True, [])

    @pytest.mark.parametrize("host", INSIDE)
    def test_only_to_addresses_that_are_the_worlds(self, far: Far, tmp_path: Path, host: str) -> None:
        error = refused(f"https://{host}/a.mp4", tmp_path, hosts={NAME, host.strip("[]")})
        assert (error.code, far.dialled) == ("forbidden_address", [])

    @pytest.mark.parametrize("inside", ["127.0.0.1", "::1", "::ffff:10.0.0.1", "169.254.169.254"])
    def test_one_address_inside_spoils_a_name(self, far: Far, tmp_path: Path, inside: str) -> None:
        far.addresses[NAME] = [[ADDRESS, inside]]
        assert refused(far.says("/a.mp4"), tmp_path).code == "forbidden_address"
        assert far.dialled == []

    def test_a_name_that_is_another_the_second_time_is_asked_once(self, far: Far, tmp_path: Path) -> None:
        far.addresses[NAME] = [[ADDRESS], ["127.0.0.1"]]
        fetched(far.says("/a.mp4"), tmp_path)
        assert far.dialled == [ADDRESS]

    def test_a_name_that_turns_inside_between_two_redirects_is_refused(
        self, far: Far, tmp_path: Path
    ) -> None:
        far.addresses[NAME] = [[ADDRESS], ["127.0.0.1"]]
        url = far.does("/a.mp4", reply("302 Found", b"", Location="/b.mp4"))
        assert refused(url, tmp_path).code == "forbidden_address"
        assert far.dialled == [ADDRESS]

    @pytest.mark.parametrize(
        "target",
        ["https://127.0.0.1/a.mp4", "http://results.example.org/", "file:///etc/passwd", "//evil.test/",
         "https://localhost/", "https://169.254.169.254/latest/meta-data/", ""],
    )  # fmt: skip
    def test_a_redirect_is_held_to_the_same(self, far: Far, tmp_path: Path, target: str) -> None:
        url = far.does("/a.mp4", reply("302 Found", b"", Location=target))
        assert refused(url, tmp_path).code == "forbidden_address"
        assert set(far.dialled) == {ADDRESS}

    def test_redirects_come_to_an_end(self, far: Far, tmp_path: Path) -> None:
        url = far.does("/a.mp4", reply("302 Found", b"", Location="/a.mp4"))
        assert refused(url, tmp_path).code == "forbidden_address"
        assert len(far.dialled) == 1 + http.MOST_REDIRECTS

    def test_a_certificate_of_another_name_is_none(self, far: Far, tmp_path: Path) -> None:
        far.says("/a.mp4")
        far.addresses["other.example.org"] = [[ADDRESS]]
        error = refused("https://other.example.org/a.mp4", tmp_path, hosts={"other.example.org"})
        assert (error.code, error.permanent, far.asked) == ("untrusted_server", True, [])

    def test_a_dot_before_a_name_means_all_below_it(self, far: Far, tmp_path: Path) -> None:
        assert fetched(far.says("/a.mp4"), tmp_path, hosts={".example.org"}).size == len(MP4)
        assert refused("https://example.org/", tmp_path / "..", hosts={".example.org"}).code


class TestWhat:
    def test_a_page_that_says_it_is_a_video_is_none(self, far: Far, tmp_path: Path) -> None:
        page = b"<!doctype html><title>Sign in</title>" * 10
        error = refused(far.says("/a.mp4", page), tmp_path)
        assert (error.code, error.permanent) == ("wrong_type", True)

    def test_a_video_that_says_it_is_a_page_is_none(self, far: Far, tmp_path: Path) -> None:
        assert refused(far.says("/a.mp4", Content_Type="text/html"), tmp_path).code == "wrong_type"

    def test_another_kind_than_was_asked_for_is_refused(self, far: Far, tmp_path: Path) -> None:
        assert refused(far.says("/a.mp4"), tmp_path, types={"image/png"}).code == "wrong_type"

    def test_nothing_is_no_video(self, far: Far, tmp_path: Path) -> None:
        assert refused(far.says("/a.mp4", b""), tmp_path).code == "wrong_type"

    def test_what_is_packed_is_refused(self, far: Far, tmp_path: Path) -> None:
        assert refused(far.says("/a.mp4", Content_Encoding="gzip"), tmp_path).code == "wrong_type"

    def test_ten_gigabytes_are_refused_before_they_come(self, far: Far, tmp_path: Path) -> None:
        error = refused(far.says("/a.mp4", Content_Length=str(10**10)), tmp_path)
        assert (error.code, error.permanent) == ("result_too_large", True)

    @pytest.mark.parametrize("coding", ["", "chunked"])
    def test_what_never_ends_is_cut_off(self, far: Far, tmp_path: Path, coding: str) -> None:
        start, end = (f"{len(MP4):x}\r\n".encode(), b"\r\n") if coding else (b"", b"")

        def pour(line: socket.socket) -> None:
            reply(body=b"", Content_Length="", Transfer_Encoding=coding)(line)
            while True:
                line.sendall(start + MP4 + end)

        assert refused(far.does("/a.mp4", pour), tmp_path).code == "result_too_large"

    def test_less_than_was_promised_is_broken(self, far: Far, tmp_path: Path) -> None:
        error = refused(far.says("/a.mp4", Content_Length=str(len(MP4) + 1)), tmp_path)
        assert (error.code, error.permanent) == ("fetch_broken", False)

    def test_a_line_that_is_cut_is_no_end(self, far: Far, tmp_path: Path) -> None:
        def cut(line: socket.socket) -> None:
            reply(Content_Length="")(line)
            assert isinstance(line, ssl.SSLSocket)
            line.shutdown(socket.SHUT_RDWR)

        assert refused(far.does("/a.mp4", cut), tmp_path).code == "fetch_broken"

    @pytest.mark.parametrize(
        ("status", "code", "permanent"),
        [("404 Not Found", "result_gone", True), ("403 Forbidden", "result_gone", True),
         ("500 Oops", "fetch_broken", False), ("429 Slow down", "fetch_broken", False),
         ("206 Partial Content", "fetch_broken", False)],
    )  # fmt: skip
    def test_an_error_says_whether_trying_again_helps(
        self, far: Far, tmp_path: Path, status: str, code: str, permanent: bool
    ) -> None:
        error = refused(far.does("/a.mp4", reply(status)), tmp_path)
        assert (error.code, error.permanent) == (code, permanent)

    @pytest.mark.parametrize("said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200])
    def test_what_is_no_answer_is_broken(self, far: Far, tmp_path: Path, said: bytes) -> None:
        url = far.does("/a.mp4", lambda line: line.sendall(said))
        assert refused(url, tmp_path).code == "fetch_broken"


def drip(start: bytes, go_on: threading.Event) -> far_away.Answer:
    """A beginning, and then a byte whenever the reader has had time for one."""

    def answer(line: socket.socket) -> None:
        line.sendall(start)
        while not go_on.wait(0.02):
            line.sendall(b"x")

    return answer


@pytest.mark.usefixtures("hurry")
class TestHowLong:
    START = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n" + MP4

    @pytest.mark.parametrize(
        "start", [START, b"HTTP/1.1 200 OK\r\nx: ", b""], ids=["body", "header", "first line"]
    )
    def test_a_byte_now_and_then_is_too_slow(self, far: Far, tmp_path: Path, start: bytes) -> None:
        over = threading.Event()
        error = refused(far.does("/a.mp4", drip(start, over)), tmp_path)
        over.set()
        assert (error.code, error.permanent) == ("too_slow", False)

    def test_silence_is_too_slow(self, far: Far, tmp_path: Path) -> None:
        over = threading.Event()
        error = refused(far.does("/a.mp4", lambda line: bool(over.wait())), tmp_path)  # type: ignore[arg-type,return-value]
        over.set()
        assert error.code == "too_slow"

    def test_all_of_it_has_a_time(self, far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http, "PACE_BYTES", 1)
        over = threading.Event()
        error = refused(far.does("/a.mp4", drip(self.START, over)), tmp_path, seconds=0.3)
        over.set()
        assert error.code == "too_slow"

    def test_a_cancelled_fetch_ends_while_nothing_comes(
        self, far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(http, "PACE_BYTES", 0)  # else a slow machine is too slow before it is cancelled
        over, seen = threading.Event(), threading.Event()

        def hold(line: socket.socket) -> None:
            line.sendall(self.START)
            seen.set()
            over.wait()

        error = refused(far.does("/a.mp4", hold), tmp_path, cancelled=seen.is_set)
        over.set()
        assert isinstance(error, Cancelled)
