"""Runway, as far as Echoes uses it: image_to_video, its tasks, ephemeral uploads, the organisation.

Bodies and answers are held to the SDK's own types (`schemas`); the rest follows the documentation as of
November 2026. Unverified, since nobody publishes them: words of errors, `issues`, prices, that a task that
was cancelled can still be read and a deleted one cannot, and how an upload's storage answers.

Behaviour: `seconds` a task runs, `waits` before it may, `at_once` of a model (more are THROTTLED), `daily` of
a model in 24 hours (more get 429), `credits` on the account; with `early`, films are drawn while their tasks
run and not when they are fetched, which takes a second or two; with `still`, no time passes but by
`clock.advance`. `fates` is how the next tasks go (see
`tasks.Task`). `world` leads names of https addresses to servers of this machine, which are really asked.

    POST /_control {"fates": [{"status": "FAILED", "failureCode": "SAFETY.INPUT.TEXT", "credits": 25}]}
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from tests.contracts.runway import assets, films, schemas
from tests.contracts.runway.assets import Unfit, Upload
from tests.contracts.runway.tasks import Desk, Task
from tests.contracts.server import Call, Clock, Fake, File, Reply
from tests.contracts.server import running as _running

KEY = "key_" + "0" * 128
VERSION = "2024-11-06"
LINK_SECONDS = 48 * 3600
DAY = 24 * 3600
PROMPT_LIMITS = {"gen4_turbo": 1000, "gen4.5": 1000, "veo3.1": 1000, "veo3.1_fast": 1000}
WHOLE_SECONDS = {"gen4_turbo": (2, 10), "gen4.5": (2, 10)}


class Still(Clock):
    """A busy machine makes no task older."""

    def __call__(self) -> float:
        return self._ahead


class Film(File):
    """A clip that is made when somebody fetches it."""

    def __init__(self, task: Task, until: float) -> None:
        self.task = task
        super().__init__(b"", "video/mp4", until)

    @property
    def content(self) -> bytes:
        body = self.task.body
        return films.clip(
            self.task.picture,
            ratio=body.get("ratio", ""),
            seconds=5 if body.get("duration") in (None, "auto") else body["duration"],
            sound="audio" in schemas.REQUESTS[self.task.model]["properties"] and body.get("audio", True),
        )

    @content.setter
    def content(self, content: bytes) -> None:
        """Nothing is kept."""


class Runway(Fake):
    name: ClassVar[str] = "runway"
    routes: ClassVar[list[tuple[str, str, str]]] = [
        ("POST", "/v1/image_to_video", "create"),
        ("GET", "/v1/tasks/(?P<id>[^/]+)", "task"),
        ("DELETE", "/v1/tasks/(?P<id>[^/]+)", "delete"),
        ("POST", "/v1/uploads", "upload"),
        ("POST", "/uploaded/(?P<id>[^/]+)", "receive"),
        ("GET", "/v1/organization", "organization"),
    ]

    def __init__(
        self,
        *,
        seconds: float = 2.0,
        waits: float = 0.5,
        at_once: int = 20,
        daily: int | None = None,
        credits: int = 100_000,
        early: bool = False,
        still: bool = False,
    ) -> None:
        super().__init__()
        if still:
            self.clock = Still()
        self._studio = ThreadPoolExecutor(1) if early else None
        self.seconds, self.daily, self.credits = seconds, daily, credits
        self.desk = Desk(waits=waits, at_once=at_once)
        self.fates: list[dict[str, Any]] = []
        self.uploads: dict[str, Upload] = {}
        self.world: dict[str, str] = {}

    @property
    def tasks(self) -> list[Task]:
        return list(self.desk.tasks.values())

    @property
    def shortest_gap(self) -> float:
        """The least time between two questions about one task; Runway asks for five seconds."""
        gaps = [b - a for task in self.tasks for a, b in zip(task.asked_at, task.asked_at[1:], strict=False)]
        return min(gaps, default=float("inf"))

    # ---- as every service does --------------------------------------------------------------

    def refusal(self, status: int, message: str = "Not now.") -> Reply:
        return Reply(status, {"error": message})

    def admit(self, route: str, call: Call) -> Reply | None:
        if route == "receive":
            return self._wrong(400, "a key was sent to storage") if "authorization" in call.headers else None
        if call.headers.get("authorization") != f"Bearer {KEY}":
            return self._wrong(401, "The API key is not valid.")
        if call.headers.get("x-runway-version") != VERSION:
            return self._wrong(400, f"X-Runway-Version must be {VERSION}.")
        if call.method == "POST" and call.headers.get("content-type") != "application/json":
            return self._wrong(400, "The body must be JSON.")
        return None

    def check(self, route: str, reply: Reply) -> None:
        if reply.status == 200 and not _is_strange(reply.body):
            schemas.check_answer(route, reply.body)

    def state(self) -> dict[str, Any]:
        return super().state() | {
            "tasks": len(self.tasks),
            "charged": self.desk.charged,
            "shortest_gap": min(self.shortest_gap, 1e9),
        }

    def _control(self, call: Call) -> Reply:
        with self.lock:
            self.fates += (call.json() or {}).get("fates", [])
        return super()._control(call)

    # ---- tasks ------------------------------------------------------------------------------

    def create(self, call: Call) -> Reply:
        body = call.json()
        if not isinstance(body, dict):
            return self._wrong(400, "The body is no JSON object.")
        if wrong := schemas.complaints(body) or list(_complaints(body)):
            return self._wrong(400, "Validation of body failed", wrong)
        try:
            picture = self._picture(body["promptImage"])
        except Unfit as error:
            return self._wrong(400, "Validation of body failed", [(["promptImage"], str(error))])
        task = Task(body, picture, self.clock(), self.seconds)
        if refused := self._too_much(task):
            return refused
        task.fate = self.fates.pop(0) if self.fates else _fate(picture)
        self.desk.take(task)
        if self._studio:
            self._studio.submit(lambda: Film(task, 0).content)
        return Reply(body={"id": task.id, "estimatedCost": {"credits": task.estimate}})

    def task(self, call: Call) -> Reply:
        now = self.clock()
        self.desk.settle(now)
        task = self._task(call)
        if task is None:
            return self.refusal(404, "The task was not found.")
        task.asked_at.append(now)
        return Reply(body=self.desk.shown(task, now, self._outputs))

    def delete(self, call: Call) -> Reply:
        now = self.clock()
        self.desk.settle(now)
        task = self._task(call)
        if task is None:
            return self.refusal(404, "The task was not found.")
        self.desk.delete(task, now)
        if task.id in self.desk.deleted:
            self.files = {key: file for key, file in self.files.items() if not _shows(file, task)}
        return Reply(204)

    def _task(self, call: Call) -> Task | None:
        id = call.found["id"]
        return None if id in self.desk.deleted else self.desk.tasks.get(id)

    def _too_much(self, task: Task) -> Reply | None:
        today = [old for old in self.tasks if old.model == task.model and old.sent_at > self.clock() - DAY]
        if self.daily is not None and len(today) >= self.daily:
            return self.refusal(429, "You have reached the daily task limit for this model.")
        if self.credits - self.desk.charged < task.estimate:
            return self.refusal(400, "You do not have enough credits to run this task.")
        return None

    def _outputs(self, task: Task) -> list[str]:
        """A fresh link each time."""
        key = uuid.uuid4().hex
        self.files[key] = Film(task, self.clock() + LINK_SECONDS)
        return [f"{self.url}/files/{key}/output.mp4?_jwt=simulated"]

    # ---- pictures ---------------------------------------------------------------------------

    def upload(self, call: Call) -> Reply:
        body = call.json()
        if not isinstance(body, dict) or body.keys() != {"filename", "type"} or body["type"] != "ephemeral":
            return self._wrong(400, "Validation of body failed", [([], str(body))])
        id = str(uuid.uuid4())
        fields = {"key": f"ephemeral/{id}", "policy": uuid.uuid4().hex}
        self.uploads[id] = Upload(body["filename"], self.clock() + assets.UPLOAD_SECONDS, fields)
        return Reply(
            body={"uploadUrl": f"{self.url}/uploaded/{id}", "fields": fields, "runwayUri": f"runway://{id}"}
        )

    def receive(self, call: Call) -> Reply:
        """Where the SDK brings the file: a form with the fields that were given, and the file last."""
        upload = self.uploads.get(call.found["id"])
        form = assets.parts(call.headers.get("content-type", ""), call.body)
        if (
            upload is None
            or {name: form.get(name, ("", b""))[1].decode() for name in upload.fields} != upload.fields
        ):
            return self._wrong(403, "AccessDenied")
        content = form.get("file", ("", b""))[1]
        if not assets.UPLOAD_BYTES[0] <= len(content) <= assets.UPLOAD_BYTES[1]:
            return self._wrong(400, f"EntityTooSmall or EntityTooLarge: {len(content)} bytes")
        upload.content = content
        return Reply(204)

    def _picture(self, asked: str | list[dict[str, str]]) -> bytes:
        """What the first frame shows. Raises Unfit."""
        uri = asked if isinstance(asked, str) else asked[0]["uri"]
        if uri.startswith("data:"):
            return assets.from_data(uri)
        if not uri.startswith("runway://"):
            return assets.from_world(uri, self.world)
        upload = self.uploads.get(uri.removeprefix("runway://"))
        if upload is None or upload.content is None or self.clock() > upload.until:
            raise Unfit(f"nothing (any more) at {uri}")
        return upload.content

    # ---- the account ------------------------------------------------------------------------

    def organization(self, call: Call) -> Reply:
        self.desk.settle(self.clock())
        since = self.clock() - DAY
        today = {
            model: sum(task.model == model and task.sent_at > since for task in self.tasks)
            for model in schemas.REQUESTS
        }
        limits = {"maxConcurrentGenerations": self.desk.at_once, "maxDailyGenerations": self.daily}
        return Reply(
            body={
                "creditBalance": self.credits - self.desk.charged,
                "tier": {"maxMonthlyCreditSpend": 10_000, "models": dict.fromkeys(schemas.REQUESTS, limits)},
                "usage": {"models": {model: {"dailyGenerations": number} for model, number in today.items()}},
            }
        )

    def _wrong(self, status: int, message: str, issues: list[tuple[list[str], str]] | None = None) -> Reply:
        """The answer to what breaks the contract."""
        self.violate(f"{status} {message} {issues or ''}".strip())
        found = [{"path": path, "message": words} for path, words in issues or []]
        return Reply(status, {"error": message} | ({"issues": found} if found else {}))


def _complaints(body: dict[str, Any]) -> Iterator[tuple[list[str], str]]:
    """What the types cannot say."""
    words, length, model = body.get("promptText"), body.get("duration"), body["model"]
    if words is not None and not 0 < len(words.encode("utf-16-le")) // 2 <= PROMPT_LIMITS.get(model, 15_000):
        yield ["promptText"], "too long or empty"
    shortest, longest = WHOLE_SECONDS.get(model, (1, 30))
    if isinstance(length, int) and not shortest <= length <= longest:
        yield ["duration"], f"from {shortest} to {longest}"


def _shows(file: File, task: Task) -> bool:
    return isinstance(file, Film) and file.task is task


def _fate(picture: bytes) -> dict[str, Any]:
    """Of a task that nobody has told how to go: only what is no picture goes wrong."""
    if films.decoded(picture) is not None:
        return {}
    return {"status": "FAILED", "failureCode": "ASSET.INVALID", "failure": "No picture.", "credits": 0}


def _is_strange(body: Any) -> bool:
    """A state that no type knows: a fate asked for it."""
    return isinstance(body, dict) and body.get("status", "PENDING") not in schemas.STATES


def running(*, port: int = 0, **behaviour: Any) -> AbstractContextManager[Runway]:
    """A Runway of its own for as long as the context lasts."""
    found: contextlib.AbstractContextManager[Runway] = _running(lambda: Runway(**behaviour), port=port)
    return found
