"""What simulated services have in common: real HTTP on this machine, faults on demand, and a list of sins.

A subclass of `Fake` follows one service's contract. Each request is checked when it arrives, and each answer
before it leaves: what breaks the contract gets the service's own kind of refusal and is written to
`violations`, and a run of the tests that ends with any has failed. Where a test provokes them on purpose it
says so (`provoking`). Time is the fake's own (`clock`), and a test moves it.

A fault is asked for by the name of a route, with `fault(...)` or by POST /_control:

    {"route": "create", "kind": "status", "status": 503, "retry_after": 2, "times": 1}

    status     that status, with the service's own kind of body, before anything is done
    cut        the line is dropped before anything is done
    cut_after  it is done, and the line is dropped before it is said
    hang       nothing is said for `seconds` (3,600), then the line is dropped
    slow       the answer takes `seconds`, byte by byte
    html       a page, with that status (502)
    truncated  the first half of the answer
    extra      the answer, with a field that nobody knows
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

PIECES = 8


class Cut(Exception):
    """The line is dropped."""


@dataclass
class Call:
    """One request. `found` are the named parts of its route's pattern."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in small letters
    body: bytes
    found: dict[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The body; None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass
class Reply:
    status: int = 200
    body: bytes | dict[str, Any] | list[Any] = b""
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    slow: float = 0.0

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class File:
    """Something made, behind a link that ends."""

    content: bytes
    kind: str
    until: float


class Clock:
    """Seconds, as the fake counts them; `advance` lets them pass at once."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds


class Tally:
    """What a whole run of the tests has asked of one service."""

    def __init__(self) -> None:
        self.requests = 0
        self.violations: list[str] = []
        self.faults: set[str] = set()


TALLIES: dict[str, Tally] = {}


class Fake:
    """One simulated service. Every method may be called from any thread; a request holds `lock` while it is
    answered."""

    name: ClassVar[str]
    routes: ClassVar[list[tuple[str, str, str]]]
    """Method, pattern of the path, name of the method that answers: `def create(self, call) -> Reply`."""

    def __init__(self) -> None:
        self.url = ""
        self.clock = Clock()
        self.lock = threading.RLock()
        self.calls: list[tuple[str, Call]] = []
        self.asked: Counter[str] = Counter()
        self.faults: list[dict[str, Any]] = []
        self.violations: list[str] = []
        self.files: dict[str, File] = {}
        self._provoked = 0
        self.tally = TALLIES.setdefault(self.name, Tally())

    # ---- for tests --------------------------------------------------------------------------

    def fault(self, route: str, kind: str, **how: Any) -> None:
        """The next answers of that route go wrong."""
        self.faults.append({"route": route, "kind": kind, **how})

    @contextlib.contextmanager
    def provoking(self) -> Iterator[list[str]]:
        """What breaks the contract in here is meant to; gives what did."""
        before = len(self.violations)
        self._provoked += 1
        seen: list[str] = []
        try:
            yield seen
        finally:
            self._provoked -= 1
            seen += self.violations[before:]
            del self.violations[before:]

    def violate(self, what: str) -> None:
        """Somebody broke the contract."""
        self.violations.append(what)
        if not self._provoked:
            self.tally.violations.append(what)

    # ---- for subclasses ---------------------------------------------------------------------

    def refusal(self, status: int, message: str = "Not now.") -> Reply:
        """An error as this service words it."""
        raise NotImplementedError

    def admit(self, route: str, call: Call) -> Reply | None:
        """What every request must have (a key, a version); gives the refusal of one that has not."""
        return None

    def check(self, route: str, reply: Reply) -> None:
        """Raise if an answer breaks the contract: then the fake is wrong."""

    def keep(self, content: bytes, kind: str, *, seconds: float, name: str) -> str:
        """Put something behind a link that ends after so many seconds of the fake's clock."""
        key = uuid.uuid4().hex
        self.files[key] = File(content, kind, self.clock() + seconds)
        return f"{self.url}/files/{key}/{name}"

    def state(self) -> dict[str, Any]:
        """What /_control tells."""
        return {"asked": dict(self.asked), "violations": self.violations}

    # ---- the line ---------------------------------------------------------------------------

    def handle(self, call: Call) -> Reply:
        if call.path == "/_control":
            return self._control(call)
        if call.path.startswith("/files/"):
            return self._file(call)
        route, call.found = self._route(call)
        with self.lock:
            self.calls.append((route, call))
            self.asked[route] += 1
            self.tally.requests += 1
            fault = self._next_fault(route)
        return self._with_fault(fault, route, call) if fault else self._answer(route, call)

    def _answer(self, route: str, call: Call) -> Reply:
        with self.lock:
            if refused := self.admit(route, call):
                return refused
            if not route:
                self.violate(f"{call.method} {call.path} is not of {self.name}")
                return self.refusal(404, "There is no such thing.")
            reply: Reply = getattr(self, route)(call)
            self.check(route, reply)
            return reply

    def _with_fault(self, fault: dict[str, Any], route: str, call: Call) -> Reply:
        self.tally.faults.add(f"{route} {fault['kind']} {fault.get('status', '')}".strip())
        wait = {"Retry-After": str(fault["retry_after"])} if "retry_after" in fault else {}
        match fault["kind"]:
            case "status":
                reply = self.refusal(fault["status"])
                reply.headers |= wait
                return reply
            case "cut":
                raise Cut
            case "cut_after":
                self._answer(route, call)
                raise Cut
            case "hang":
                threading.Event().wait(fault.get("seconds", 3600))
                raise Cut
            case "html":
                page = b"<html><body><h1>Bad Gateway</h1></body></html>"
                return Reply(fault.get("status", 502), page, "text/html", wait)
        reply = self._answer(route, call)
        match fault["kind"]:
            case "slow":
                reply.slow = fault["seconds"]
            case "truncated":
                reply.body = reply.content[: len(reply.content) // 2]
            case "extra" if isinstance(reply.body, dict):
                reply.body = {**reply.body, "somethingNew": {"of": "tomorrow"}}
        return reply

    def _next_fault(self, route: str) -> dict[str, Any] | None:
        for fault in self.faults:
            if fault["route"] == route and fault.setdefault("times", 1) > 0:
                fault["times"] -= 1
                return fault
        return None

    def _route(self, call: Call) -> tuple[str, dict[str, str]]:
        for method, pattern, name in self.routes:
            if method == call.method and (found := re.fullmatch(pattern, call.path)):
                return name, found.groupdict()
        return "", {}

    def _control(self, call: Call) -> Reply:
        with self.lock:
            said = call.json() if call.body else {}
            self.faults += said.get("faults", [])
            self.clock.advance(float(said.get("advance", 0)))
            return Reply(body=self.state())

    def _file(self, call: Call) -> Reply:
        """Whole or a range, to GET and HEAD, as long as the link lasts. Whoever shows a key here has given it
        to a stranger."""
        fault = self._next_fault("file")
        if "authorization" in call.headers:
            self.violate("a key was sent to where results lie")
        file = self.files.get(call.path.split("/")[2])
        if file is None:
            return Reply(404, b"", "text/plain")
        if self.clock() > file.until:
            return Reply(403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml")
        reply = _ranged(file, call.headers.get("range", ""))
        if fault:
            self.tally.faults.add(f"file {fault['kind']} {fault.get('status', '')}".strip())
            return _spoilt(reply, fault)
        return reply


def _ranged(file: File, asked: str) -> Reply:
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", asked)
    headers = {"Accept-Ranges": "bytes"}
    if not found:
        return Reply(200, file.content, file.kind, headers)
    start, size = int(found[1]), len(file.content)
    end = min(int(found[2] or size - 1), size - 1)
    headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return Reply(206, file.content[start : end + 1], file.kind, headers)


def _spoilt(reply: Reply, fault: dict[str, Any]) -> Reply:
    match fault["kind"]:
        case "status":
            return Reply(fault["status"], b"", "text/plain")
        case "cut" | "hang" | "cut_after":
            raise Cut
        case "html":
            return Reply(200, b"<html><body>Please sign in</body></html>", "text/html")
        case "truncated":  # it says that it is longer than what comes
            half = reply.content[: len(reply.content) // 2]
            return Reply(200, half, reply.kind, {"Content-Length": str(len(reply.content))})
        case "slow":
            reply.slow = fault["seconds"]
    return reply


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: Fake

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_GET

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)
        try:
            self._send(self.fake.handle(call))
        except (Cut, ConnectionError):
            self.close_connection = True
        except Exception as error:  # the fake broke its own contract: that is loud
            self.fake.violate(f"{call.method} {call.path}: {type(error).__name__}: {error}")
            self._send(Reply(500, {"fake": repr(error)}))

    def _send(self, reply: Reply) -> None:
        content = reply.content
        self.send_response(reply.status)
        headers = {"Content-Type": reply.kind, "Content-Length": str(len(content)), **reply.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        step = len(content) if not reply.slow else max(1, -(-len(content) // PIECES))
        for start in range(0, len(content), max(1, step)):
            self.wfile.write(content[start : start + step])
            if reply.slow:
                threading.Event().wait(reply.slow / PIECES)
        if headers["Content-Length"] != str(len(content)):
            self.close_connection = True

    def log_message(self, *words: Any) -> None:
        pass


@contextlib.contextmanager
def running(make: Callable[[], Fake], *, port: int = 0) -> Iterator[Any]:
    """The fake on a thread of this process, for as long as the context lasts."""
    fake = make()
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    server.block_on_close = False
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
