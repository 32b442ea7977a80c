"""A provider of ours as bad as real ones. It takes work, makes it, and counts what it is asked.

Its shape is that of the services that Echoes will use (`POST` makes a task, `GET` asks, `cancel` stops, the
result is a link that expires). It knows two things that not every real one knows, and both can be switched
off: `lookup`, finding a task by the tag of who sent it, and `idempotent`, the same task for the same tag.

    POST /v1/tasks                 {"tag": "...", "input": {...}}     201 {"id", "status", ...}
    GET  /v1/tasks?tag=...         {"results": [...]}                 501 where `lookup` is off
    GET  /v1/tasks/<id>            {"id", "tag", "status", "progress", "output", "error"}
    POST /v1/tasks/<id>/cancel     200
    GET  /made/<id>                the bytes, or 410 when the link has expired
    GET  /_control                 what was asked so far; POST changes settings and adds faults

`input` may say how this one task goes: `seconds`, `status` (succeeded, failed), `bytes`, `drip` (seconds that
the download takes), `expires` (seconds after its end), `code`, `refuse`. A fault is `{"route": create|ask|
find|cancel|made, "kind": status|hang|cut|cut_after|html, "status": 503, "retry_after": 2, "times": 1}`: `cut`
drops the line before anything is done, `cut_after` when it is done and before it is said.

    python -m tests.lab.provider --port 9000
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "lab-key"
PIECES = 8


class Cut(Exception):
    """The line is dropped."""


@dataclass
class Answer:
    status: int
    body: bytes
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0


@dataclass
class Task:
    tag: str
    wish: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    began: float = field(default_factory=time.monotonic)
    cancelled: bool = False
    asked_at: list[float] = field(default_factory=list)
    fetched: int = 0

    @property
    def ends(self) -> float:
        return self.began + float(self.wish.get("seconds", 0.3))

    @property
    def status(self) -> str:
        if self.cancelled:
            return "canceled"
        if time.monotonic() < self.ends:
            return "processing"
        return str(self.wish.get("status", "succeeded"))

    @property
    def content(self) -> bytes:
        """Always the same bytes for the same task."""
        size = int(self.wish.get("bytes", 4096))
        return (hashlib.sha256(self.id.encode()).digest() * (size // 32 + 1))[:size]


@dataclass
class Provider:
    """What it knows and how it behaves; `url` is where it answers."""

    url: str = ""
    limit: int = 0
    pause: float = 0.0
    open: int = 0
    lookup: bool = True
    idempotent: bool = False
    tasks: dict[str, Task] = field(default_factory=dict)
    submits: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    faults: list[dict[str, Any]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    by_tag: dict[str, list[str]] = field(default_factory=dict)

    @property
    def duplicates(self) -> dict[str, int]:
        """Tags under which more than one task was made."""
        return {tag: len(made) for tag, made in self.by_tag.items() if len(made) > 1}

    def made_for(self, job: str) -> int:
        """How many tasks were made for one job of ours, whose id is in its wish."""
        return sum(task.wish.get("job") == job for task in list(self.tasks.values()))

    @property
    def live(self) -> int:
        return sum(task.status == "processing" for task in self.tasks.values())

    def shortest_gap(self) -> float:
        """The least time between two questions about one task, in seconds."""
        gaps = [
            later - earlier
            for task in self.tasks.values()
            for earlier, later in zip(task.asked_at, task.asked_at[1:], strict=False)
        ]
        return min(gaps, default=float("inf"))

    def told(self) -> dict[str, Any]:
        return {
            "tasks": len(self.tasks),
            "live": self.live,
            "submits": dict(self.submits),
            "duplicates": self.duplicates,
            "asked": dict(self.asked),
            "shortest_gap": min(self.shortest_gap(), 1e9),
            "violations": self.violations,
        }

    # ---- what it does -----------------------------------------------------------------------

    def create(self, request: dict[str, Any]) -> Answer:
        tag = request.get("tag")
        if not isinstance(tag, str) or not isinstance(request.get("input"), dict):
            self.violations.append("a task without tag or input")
            return _json(422, {"detail": "tag and input are needed"})
        self.submits[tag] += 1
        wish = request["input"]
        if code := wish.get("refuse"):
            return _json(400, {"code": code, "detail": "This cannot be made."})
        if self.idempotent and tag in self.by_tag:
            return _json(200, self._shown(self.tasks[self.by_tag[tag][0]]))
        if self.limit and self.live >= self.limit:
            return _json(429, {"detail": "Too many at once."}, {"Retry-After": "1"})
        task = Task(tag=tag, wish=wish)
        self.tasks[task.id] = task
        self.by_tag.setdefault(tag, []).append(task.id)
        return _json(201, self._shown(task))

    def find(self, tag: str) -> Answer:
        if not self.lookup:
            return _json(501, {"detail": "Tasks cannot be listed."})
        return _json(200, {"results": [self._shown(self.tasks[id]) for id in self.by_tag.get(tag, [])]})

    def ask(self, task: Task) -> Answer:
        task.asked_at.append(time.monotonic())
        return _json(200, self._shown(task))

    def cancel(self, task: Task) -> Answer:
        task.cancelled = task.cancelled or task.status == "processing"
        return _json(200, self._shown(task))

    def made(self, task: Task) -> Answer:
        if task.status != "succeeded":
            return _json(404, {"detail": "There is nothing yet."})
        if time.monotonic() > task.ends + float(task.wish.get("expires", 1e9)):
            return _json(410, {"detail": "This link has expired."})
        task.fetched += 1
        drip = float(task.wish.get("drip", 0))
        return Answer(200, task.content, "application/octet-stream", drip=drip)

    def control(self, request: dict[str, Any]) -> Answer:
        self.faults += request.pop("faults", [])
        for name, value in request.items():
            setattr(self, name, value)
        return _json(200, self.told())

    def _shown(self, task: Task) -> dict[str, Any]:
        status, share = task.status, (time.monotonic() - task.began) / max(1e-9, task.ends - task.began)
        shown: dict[str, Any] = {
            "id": task.id,
            "tag": task.tag,
            "status": status,
            "progress": min(1.0, share),
        }
        if status == "succeeded":
            shown["output"] = f"{self.url}/made/{task.id}"
        if status == "failed":
            shown["error"] = {
                "code": task.wish.get("code", "INTERNAL"),
                "message": "It did not come out well.",
            }
        return shown

    # ---- what is asked ----------------------------------------------------------------------

    def route(self, method: str, target: str) -> tuple[str, str]:
        """The name of what is asked for, and what it is about."""
        parts = urlsplit(target)
        words = parts.path.strip("/").split("/")
        match [method, *words]:
            case [_, "_control"]:
                return "control", ""
            case ["POST", "v1", "tasks"]:
                return "create", ""
            case ["GET", "v1", "tasks"]:
                return "find", parse_qs(parts.query).get("tag", [""])[0]
            case ["GET", "v1", "tasks", id]:
                return "ask", id
            case ["POST", "v1", "tasks", id, "cancel"]:
                return "cancel", id
            case ["GET", "made", id]:
                return "made", id
        return "nowhere", ""

    def answer(self, route: str, about: str, body: bytes) -> Answer:
        self.asked[route] += 1
        match route:
            case "control":
                return self.control(json.loads(body)) if body else _json(200, self.told())
            case "create":
                return self.create(json.loads(body))
            case "find":
                return self.find(about)
            case "ask" | "cancel" | "made" if about in self.tasks:
                return getattr(self, route)(self.tasks[about])  # type: ignore[no-any-return]
        return _json(404, {"detail": "There is no such thing."})

    def fault(self, route: str) -> dict[str, Any] | None:
        """The next fault of this route, if one is left."""
        for fault in self.faults:
            if fault["route"] == route and fault.get("times", 1) > 0:
                fault["times"] = fault.get("times", 1) - 1
                return fault
        return None


def _json(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(body).encode(), headers=headers or {})


# ---- the line -------------------------------------------------------------------------------


async def serve(provider: Provider, *, port: int = 0) -> asyncio.Server:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await _one(provider, reader, writer):
                pass
        writer.transport.abort()

    server = await asyncio.start_server(talk, "127.0.0.1", port)
    provider.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    return server


async def _one(provider: Provider, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """One request and its answer; False when the line is to be dropped."""
    first = (await reader.readline()).decode().split()
    if len(first) != 3:
        return False
    headers = await _headers(reader)
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    method, target, _ = first
    route, about = provider.route(method, target)
    if route not in ("control", "made") and headers.get("authorization") != f"Bearer {KEY}":
        provider.violations.append(f"{route} without the key")
        await _write(writer, _json(401, {"detail": "Who are you?"}))
        return True
    try:
        await _write(writer, await _answer(provider, route, about, body))
    except Cut:
        return False
    return True


async def _answer(provider: Provider, route: str, about: str, body: bytes) -> Answer:
    fault = provider.fault(route) or {}
    if route == "create" and provider.pause:
        await _think(provider)
    match fault.get("kind"):
        case "cut":
            raise Cut
        case "cut_after":
            provider.answer(route, about, body)
            raise Cut
        case "hang":
            provider.asked[route] += 1
            await asyncio.sleep(fault.get("seconds", 3600))
            raise Cut
        case "html":
            return Answer(502, b"<html><h1>Bad Gateway</h1></html>", "text/html")
        case "status":
            provider.asked[route] += 1
            wait = {"Retry-After": str(fault["retry_after"])} if "retry_after" in fault else {}
            return _json(fault["status"], {"detail": "Not now."}, wait)
    return provider.answer(route, about, body)


async def _think(provider: Provider) -> None:
    """Take `pause` seconds over a request; `open` counts those that are being thought about."""
    provider.open += 1
    try:
        await asyncio.sleep(provider.pause)
    finally:
        provider.open -= 1


async def _headers(reader: asyncio.StreamReader) -> dict[str, str]:
    found = {}
    while line := (await reader.readline()).decode().strip():
        name, _, value = line.partition(":")
        found[name.lower()] = value.strip()
    return found


async def _write(writer: asyncio.StreamWriter, answer: Answer) -> None:
    lines = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Content-Type: {answer.kind}",
        f"Content-Length: {len(answer.body)}",
        *(f"{name}: {value}" for name, value in answer.headers.items()),
    ]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    size = len(answer.body) if not answer.drip else -(-len(answer.body) // PIECES)
    for start in range(0, len(answer.body), max(1, size)):
        writer.write(answer.body[start : start + size])
        await writer.drain()
        if answer.drip:
            await asyncio.sleep(answer.drip / PIECES)


@contextlib.contextmanager
def serving(*, port: int = 0, **behaviour: Any) -> Iterator[Provider]:
    """The provider on a thread of this process, for as long as the context lasts."""
    provider = Provider(**behaviour)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(serve(provider, port=port))
    thread = threading.Thread(target=loop.run_forever, name="lab provider", daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _stop(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _forever(port: int) -> None:
    server = await serve(Provider(), port=port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The lab's provider.")
    parser.add_argument("--port", type=int, default=0)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_forever(parser.parse_args().port))
