"""How Echoes speaks with the lab's provider, as an adapter of a real one would."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jobs import remote
from jobs.remote import Answered, Pending
from tests.lab.provider import KEY

TIMEOUT = 10.0
PIECE = 1024

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Trouble(Exception):
    """The provider did not answer as it should."""


class Lab:
    """A jobs.remote.Service. Its address is LAB_PROVIDER_URL, asked for at each call."""

    in_flight = 1000
    min_poll = 0.2
    patience = 600.0
    settles = 2.0
    resubmits_safely = False

    def __init__(self) -> None:
        self._idle: dict[int, list[Line]] = defaultdict(list)

    def submit(self, job: Any) -> str:
        try:
            line = self._line()
        except OSError as error:  # nothing was sent, so nothing was made
            raise remote.NotNow(str(error)) from error
        with contextlib.closing(line):
            body = {"tag": str(job.submit_key), "input": job.wish}
            status, headers, said = _exchange(line, "POST", "/v1/tasks", body)
        match status:
            case 200 | 201:
                return str(said["id"])
            case 400 | 402 | 422:
                raise remote.Refused(said["detail"], code=said.get("code") or "refused")
            case 429 | 503:
                raise remote.NotNow(said["detail"], retry_after=_seconds(headers.get("Retry-After")))
        raise Trouble(f"{status} to a submit")

    def lane_limit(self, lane: str) -> int | None:
        return int(lane.removeprefix("most-")) if lane.startswith("most-") else None

    def find(self, job: Any) -> str | None:
        with contextlib.closing(self._line()) as line:
            status, _, said = _exchange(line, "GET", f"/v1/tasks?tag={job.submit_key}")
        if status == 501:
            raise remote.CannotLookUp
        if status != 200:
            raise Trouble(f"{status} to a search")
        return str(said["results"][0]["id"]) if said["results"] else None

    async def ask(self, remote_id: str) -> Pending | Answered:
        status, headers, said = await self._ask("GET", f"/v1/tasks/{remote_id}")
        if status in (429, 503):
            raise remote.NotNow(said["detail"], retry_after=_seconds(headers.get("retry-after")))
        if status != 200:
            raise Trouble(f"{status} to a question")
        match said["status"]:
            case "succeeded":
                return Answered("succeeded", {"url": said["output"]})
            case "failed":
                return Answered("failed", said["error"])
            case "canceled":
                return Answered("failed", {"code": "canceled", "message": "The service has cancelled this."})
        return Pending(said["progress"])

    async def abandon(self, remote_id: str) -> None:
        await self._ask("POST", f"/v1/tasks/{remote_id}/cancel")

    def download(self, url: str, out: Path) -> Path:
        """The whole file, or an error: a length that is not what was promised is none."""
        parts = urlsplit(url)
        line = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=TIMEOUT)
        with contextlib.closing(line), out.open("wb") as file:
            line.request("GET", parts.path)
            response = line.getresponse()
            if response.status != 200:
                raise Trouble(f"{response.status} to a download")
            while piece := response.read(PIECE):
                file.write(piece)
                part_arrived(out)
            if response.length:
                raise Trouble("the download broke off")
        arrived(out)
        return out

    def _line(self) -> http.client.HTTPConnection:
        parts = urlsplit(_url())
        line = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=TIMEOUT)
        line.connect()
        return line

    async def _ask(self, method: str, path: str) -> tuple[int, dict[str, str], dict[str, Any]]:
        """Over a line that is kept for the next question, since the clock asks hundreds a second."""
        idle = self._idle[id(asyncio.get_running_loop())]
        line = idle.pop() if idle else await _connect()
        try:
            answer = await _talk(line, method, path)
        except (ConnectionError, asyncio.IncompleteReadError, ValueError) as error:
            line[1].close()
            raise Trouble(f"the line broke: {error}") from error
        except BaseException:
            line[1].close()
            raise
        idle.append(line)
        return answer


def part_arrived(out: Path) -> None:
    """A piece of a download is on disk."""


def arrived(out: Path) -> None:
    """A download is whole."""


def _url() -> str:
    return os.environ["LAB_PROVIDER_URL"]


def _seconds(told: str | None) -> float | None:
    return float(told) if told else None


def _exchange(
    line: http.client.HTTPConnection, method: str, path: str, body: dict[str, Any] | None = None
) -> tuple[int, dict[str, str], dict[str, Any]]:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    line.request(method, path, body=json.dumps(body) if body else None, headers=headers)
    response = line.getresponse()
    content = response.read()
    if response.headers.get_content_type() != "application/json":
        raise Trouble(f"{response.status} with a page")
    return response.status, dict(response.headers), json.loads(content)


async def _connect() -> Line:
    parts = urlsplit(_url())
    return await asyncio.open_connection(parts.hostname, parts.port)


async def _talk(line: Line, method: str, path: str) -> tuple[int, dict[str, str], dict[str, Any]]:
    reader, writer = line
    host = urlsplit(_url()).netloc
    writer.write(
        f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {KEY}\r\n"
        f"Content-Length: 0\r\n\r\n".encode()
    )
    first = (await reader.readline()).split()
    if len(first) < 2:
        raise ConnectionError("nobody answers")
    headers = {}
    while head := (await reader.readline()).decode().strip():
        name, _, value = head.partition(":")
        headers[name.lower()] = value.strip()
    content = await reader.readexactly(int(headers["content-length"]))
    return int(first[1]), headers, json.loads(content) if "json" in headers["content-type"] else {}


LAB = Lab()
