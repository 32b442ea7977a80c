"""Fetching what a provider has made, from an address that a stranger has written.

Only by https, only from hosts that the caller names, only from addresses that are the whole world's. The
address that was checked is the one that is connected to: nothing looks the name up again in between. Nothing
is taken from the environment: no proxy, no cookie, no .netrc. What comes is held to a size, a time, a pace
and a kind while it comes, whatever it said of itself before.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import SplitResult, urljoin, urlsplit

from echoes.kernel import addresses
from echoes.kernel.errors import Cancelled, EchoesError, Sentence, gettext_noop

CHUNK = 256 * 1024
HEAD_BYTES = 16
LONGEST_URL = 8 * 1024
MOST_REDIRECTS = 3
CONNECT_SECONDS = 10.0
LOOK = 0.5  # seconds between looks whether the work was cancelled
# So many bytes have to come in every so many seconds, or it will never end.
PACE_BYTES, PACE_SECONDS = 64 * 1024, 15.0
REDIRECTS = {301, 302, 303, 307, 308}
GONE = {401, 403, 404, 410}
# What stores say of a file that they know nothing of: then the bytes alone decide.
ANYTHING = {"", "application/octet-stream", "binary/octet-stream"}

FIRST_BYTES: Mapping[str, Callable[[bytes], bool]] = {
    "video/mp4": lambda head: head[4:8] == b"ftyp" and head[8:12] != b"qt  ",
    "video/quicktime": lambda head: head[4:12] == b"ftypqt  ",
    "video/webm": lambda head: head[:4] == b"\x1aE\xdf\xa3",
    "image/jpeg": lambda head: head[:3] == b"\xff\xd8\xff",
    "image/png": lambda head: head[:8] == b"\x89PNG\r\n\x1a\n",
    "image/webp": lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
    "audio/mpeg": lambda head: head[:3] == b"ID3" or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"),
    "audio/wav": lambda head: head[:4] == b"RIFF" and head[8:12] == b"WAVE",
    "audio/flac": lambda head: head[:4] == b"fLaC",
}


ANSWERED = gettext_noop("The server that has the result answered with {status}.")


class Forbidden(EchoesError):
    """The result lies at an address from which Echoes fetches nothing."""

    code = "forbidden_address"


class Untrusted(EchoesError):
    """The server that should have the result could not show that it is the one it says it is."""

    code = "untrusted_server"


class TooLarge(EchoesError):
    """The result is larger than it may be."""

    code = "result_too_large"


class WrongType(EchoesError):
    """What came is not the kind of file that was asked for."""

    code = "wrong_type"


class Gone(EchoesError):
    """The result is not there any more."""

    code = "result_gone"


class TooSlow(EchoesError):
    """The result came too slowly."""

    code = "too_slow"
    permanent = False


class Broken(EchoesError):
    """The result could not be fetched as a whole."""

    code = "fetch_broken"
    permanent = False


@dataclass(frozen=True)
class Fetched:
    """How many bytes came, and the type that they are by their first bytes."""

    size: int
    content_type: str


def _never() -> bool:
    return False


def _to_nobody(share: float) -> None:
    """Progress that nobody wants to hear of."""


def fetch(
    url: str,
    *,
    to: Path,
    hosts: Collection[str],
    max_bytes: int,
    seconds: float,
    types: Collection[str],
    headers: Mapping[str, str] | None = None,
    plain: Collection[str] = (),
    cancelled: Callable[[], bool] = _never,
    on_progress: Callable[[float], None] = _to_nobody,
) -> Fetched:
    """Write what the address holds to a new file.

    `hosts` are names, "videos.example.org" or ".example.org" for all below it, with ":port" unless that is
    443; `types` are keys of FIRST_BYTES; `headers` go to the first host alone. A redirect is one more
    address, and held to the same. `plain` are origins of services that somebody simulates on this machine,
    "http://127.0.0.1:9000": from those it may come as it is. On any error there is no file. Raises
    Forbidden, Untrusted, TooLarge, WrongType, Gone for what trying again cannot change, and TooSlow, Broken,
    Cancelled.
    """
    watch = _Watch(seconds=seconds, cancelled=cancelled)
    sent = headers or {}
    first = _origin(_checked(url, hosts, plain))
    for _ in range(1 + MOST_REDIRECTS):
        where = _checked(url, hosts, plain)
        with _answer(where, headers=sent if _origin(where) == first else {}, watch=watch) as answer:
            if answer.status not in REDIRECTS:
                return _keep(answer, to=to, types=types, max_bytes=max_bytes, on_progress=on_progress)
            url = urljoin(url, answer.getheader("Location") or "")
    raise Forbidden


# ---- where ----------------------------------------------------------------------------------


def _checked(url: str, hosts: Collection[str], plain: Collection[str]) -> SplitResult:
    """The address in its parts, if it is https to one of the hosts, or of a plain origin; else Forbidden."""
    if len(url) > LONGEST_URL or "\\" in url or not all("!" <= sign <= "~" for sign in url):
        raise Forbidden
    try:
        where = urlsplit(url)
        named = where.hostname or "", where.port
    except ValueError:
        raise Forbidden from None
    if f"{where.scheme}://{where.netloc}" in plain:
        return where
    if where.scheme != "https" or "@" in where.netloc or not _is_listed(*named, hosts):
        raise Forbidden
    return where


def _is_listed(host: str, port: int | None, hosts: Collection[str]) -> bool:
    place = host if port in (None, 443) else f"{host}:{port}"
    return any(place == name or (name.startswith(".") and place.endswith(name)) for name in hosts)


def _origin(where: SplitResult) -> tuple[str | None, int]:
    return where.hostname, where.port or (443 if where.scheme == "https" else 80)


def _resolve(host: str, port: int) -> list[Any]:
    """What the name stands for now, as `socket.getaddrinfo` gives it."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _reachable(host: str, port: int) -> list[Any]:
    """Every address of the name. One that is not the world's spoils them all: such a name is a trick.
    Raises Forbidden, Broken."""
    try:
        found = _resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise Broken from error
    if not all(addresses.is_public(place[4][0]) for place in found):
        raise Forbidden
    return found


# ---- how ------------------------------------------------------------------------------------


class _Watch:
    """How long it may still take, how fast it has to go, and whether anybody still wants it."""

    def __init__(self, *, seconds: float, cancelled: Callable[[], bool]) -> None:
        self._ends = time.monotonic() + seconds
        self._cancelled = cancelled
        self._lap_began = time.monotonic()
        self._lap_bytes = 0

    def look(self) -> float:
        """How many seconds may be waited before the next look. Raises Cancelled, TooSlow."""
        now = time.monotonic()
        if self._cancelled():
            raise Cancelled
        if now >= self._ends:
            raise TooSlow
        if now - self._lap_began >= PACE_SECONDS:
            if self._lap_bytes < PACE_BYTES:
                raise TooSlow
            self._lap_began, self._lap_bytes = now, 0
        return max(0.01, min(LOOK, self._ends - now))

    def read(self, line: socket.socket, receive: Callable[[], int]) -> int:
        """What comes in, however often it has to be waited for."""
        while True:
            line.settimeout(self.look())
            with contextlib.suppress(TimeoutError):
                number = receive()
                self._lap_bytes += number
                return number


class _Line(ssl.SSLSocket):
    """A line that waits no longer than its watch allows: a byte now and then cannot hold it."""

    watch: _Watch

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        return self.watch.read(self, lambda: super(_Line, self).recv_into(buffer, nbytes, flags))


class _PlainLine(socket.socket):
    """The same to this very machine."""

    watch: _Watch

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        return self.watch.read(self, lambda: super(_PlainLine, self).recv_into(buffer, nbytes, flags))


class _Connection(http.client.HTTPSConnection):
    """Speaks with the address that was checked, and has it show a certificate of the name."""

    def __init__(self, where: SplitResult, *, watch: _Watch) -> None:
        host, port = _origin(where)
        self._trust = _trust()
        super().__init__(host or "", port, context=self._trust)
        self._watch = watch

    def connect(self) -> None:
        failed: OSError | None = None
        for place in _reachable(self.host, self.port):
            try:
                self.sock = self._reach(place)
                return
            except ssl.SSLCertVerificationError as error:
                raise Untrusted from error
            except OSError as error:
                failed = error
        raise Broken from failed

    def _reach(self, place: Any) -> _Line:
        self._watch.look()
        plain = _dial(place)
        try:
            # An end that nobody has announced is no end: somebody has cut the line.
            line = self._trust.wrap_socket(plain, server_hostname=self.host, suppress_ragged_eofs=False)
        except BaseException:
            plain.close()
            raise
        line.watch = self._watch  # type: ignore[attr-defined]
        return cast(_Line, line)


class _PlainConnection(http.client.HTTPConnection):
    """Speaks with a service that is simulated here."""

    def __init__(self, where: SplitResult, *, watch: _Watch) -> None:
        host, port = _origin(where)
        super().__init__(host or "", port)
        self._watch = watch

    def connect(self) -> None:
        (place, *_) = _resolve(self.host, self.port)
        line = cast(_PlainLine, _dial(place, _PlainLine))
        line.watch = self._watch
        self.sock = line


def _dial(place: Any, kind: type[socket.socket] = socket.socket) -> socket.socket:
    """A line to exactly this address, as `socket.getaddrinfo` gave it."""
    family, sort, protocol, _, address = place
    line = kind(family, sort, protocol)
    try:
        line.settimeout(CONNECT_SECONDS)
        line.connect(address)
    except BaseException:
        line.close()
        raise
    return line


def _trust() -> ssl.SSLContext:
    """What the system trusts."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _Line
    return context


@contextlib.contextmanager
def _answer(
    where: SplitResult, *, headers: Mapping[str, str], watch: _Watch
) -> Iterator[http.client.HTTPResponse]:
    """Ask for it; whatever goes wrong on the way is one of our errors."""
    path = where.path or "/"
    connection = (_Connection if where.scheme == "https" else _PlainConnection)(where, watch=watch)
    try:
        connection.request(
            "GET",
            f"{path}?{where.query}" if where.query else path,
            headers={"Accept-Encoding": "identity", "User-Agent": "Echoes", **headers},
        )
        with connection.getresponse() as answer:
            yield answer
    except (http.client.HTTPException, OSError) as error:
        raise Broken from error
    finally:
        connection.close()


# ---- what -----------------------------------------------------------------------------------


def _keep(
    answer: http.client.HTTPResponse,
    *,
    to: Path,
    types: Collection[str],
    max_bytes: int,
    on_progress: Callable[[float], None],
) -> Fetched:
    _refuse_by_headers(answer, types=types, max_bytes=max_bytes)
    with to.open("xb") as file:
        try:
            return _pour(answer, file, types=types, max_bytes=max_bytes, on_progress=on_progress)
        except BaseException:
            to.unlink(missing_ok=True)
            raise


def _refuse_by_headers(answer: http.client.HTTPResponse, *, types: Collection[str], max_bytes: int) -> None:
    if answer.status in GONE:
        raise Gone
    if answer.status != 200:
        raise Broken(Sentence(ANSWERED, {"status": answer.status}))
    said = (answer.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    if said not in ANYTHING and said not in types:
        raise WrongType
    if (answer.getheader("Content-Encoding") or "identity").lower() != "identity":
        raise WrongType
    if answer.length is not None and answer.length > max_bytes:
        raise TooLarge


def _pour(
    answer: http.client.HTTPResponse,
    file: IO[bytes],
    *,
    types: Collection[str],
    max_bytes: int,
    on_progress: Callable[[float], None],
) -> Fetched:
    promised = answer.length
    head, size, found = b"", 0, ""
    while piece := answer.read1(CHUNK):
        size += len(piece)
        if size > max_bytes:
            raise TooLarge
        if not found:
            head += piece[:HEAD_BYTES]
            if len(head) >= HEAD_BYTES:
                found = _type(head, types)
        file.write(piece)
        if promised:
            on_progress(size / promised)
    if promised is not None and size != promised:
        raise Broken
    return Fetched(size, found or _type(head, types))


def _type(head: bytes, types: Collection[str]) -> str:
    """Which of the types begins like this; raises WrongType."""
    for name in types:
        if FIRST_BYTES[name](head):
            return name
    raise WrongType
