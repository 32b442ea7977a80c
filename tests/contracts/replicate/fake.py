"""A Replicate of ours, over real HTTP: predictions, files and webhooks, as Echoes uses them.

    with fake.running(seconds=2) as replicate:
        settings.PROVIDERS = {..., "replicate": (fake.KEY, replicate.url)}

A prediction goes starting -> processing -> succeeded in `seconds` of the fake's own clock. `fates` says how
the next ones go otherwise: {"status": "failed", "error": "..."}, {"status": "aborted"}, {"version": None}.
What was made lies behind links for an hour, and then the prediction forgets it as well. `telling` is how
webhooks are sent:

    once      when it is done and somebody calls `tell()` (on its own, the fake calls it all the time)
    twice     the same message again
    never     not at all
    before    while the answer to the create is still on its way, as if it was done already
    stale     with a time of seven minutes ago
    shuffled  first that it is done, then that it is being made
"""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, ClassVar
from urllib.parse import urlsplit

from tests.contracts import server
from tests.contracts.replicate import models, shapes
from tests.contracts.replicate.telling import Made, Telling
from tests.contracts.replicate.uploads import Uploads, moment
from tests.contracts.server import Call, Reply

KEY = "r8_simulated"
HOUR, DAY = 3_600.0, 86_400.0
ENDLESS = "dreaming"  # a status of no service, and no end
AT_ONCE, AT_THE_END = ("version", "id", "extra"), ("output", "metrics", "completed_at")
TERMINAL = frozenset({"succeeded", "failed", "canceled", "aborted"})
HERE = ("127.0.0.1", "localhost", "::1")
TITLES = {401: "Unauthenticated", 402: "Insufficient credit", 422: "Input validation failed"}
DETAILS = {
    401: "You did not pass a valid authentication token",
    402: "You have insufficient credit to run this model.",
    404: "The requested resource could not be found.",
    429: "Request was throttled. Your rate limit resets in ~30s.",
}


class Stopped(server.Clock):
    """Seconds that pass only when somebody says so, however slow a machine is."""

    def __call__(self) -> float:
        return self._ahead


class Replicate(Telling, Uploads, server.Fake):
    name = "replicate"
    routes: ClassVar[list[tuple[str, str, str]]] = [
        ("POST", "/v1/models/(?P<owner>[^/]+)/(?P<name>[^/]+)/predictions", "create"),
        ("POST", "/v1/predictions", "create_version"),
        ("GET", "/v1/predictions/(?P<id>[^/]+)", "ask"),
        ("POST", "/v1/predictions/(?P<id>[^/]+)/cancel", "cancel"),
        ("POST", "/v1/files", "upload"),
        ("GET", "/v1/files/(?P<id>[^/]+)", "file_of"),
        ("DELETE", "/v1/files/(?P<id>[^/]+)", "forget"),
        ("GET", "/v1/webhooks/default/secret", "secret"),
    ]

    def __init__(
        self,
        *,
        seconds: float = 4.0,
        telling: str = "once",
        low_credit: bool = False,
        lines: int | None = None,
        background: bool = False,
        stopped: bool = False,
    ) -> None:
        """`lines`: the most that a film has, whatever was asked for; None: what was asked for. In the
        `background` it is made while others are answered, and is done when it is. With a `stopped` clock
        no time passes but what a test lets pass."""
        super().__init__()
        self.seconds, self.telling, self.low_credit = seconds, telling, low_credit
        self.lines, self.background = lines, background
        self.clock = Stopped() if stopped else self.clock
        self.predictions: dict[str, Made] = {}
        self.fates: list[dict[str, Any]] = []
        self._creates: list[float] = []
        self._chance = random.Random(7)

    # ---- the contract -----------------------------------------------------------------------

    def refusal(self, status: int, message: str = "", fields: list[tuple[str, str]] | None = None) -> Reply:
        detail = message or DETAILS.get(status, "Not now.")
        body: dict[str, Any] = {"detail": detail, "status": status}
        body |= {"title": TITLES[status]} if status in TITLES else {}
        if fields:
            body["invalid_fields"] = [
                {"type": "invalid", "field": f"input.{name}", "description": why} for name, why in fields
            ]
        shapes.held(shapes.PROBLEM, body)
        limits = {"ratelimit-remaining": "0", "ratelimit-reset": "30"} if status == 429 else {}
        return Reply(status, body, "application/problem+json", limits)

    def admit(self, route: str, call: Call) -> Reply | None:
        if call.headers.get("authorization") != f"Bearer {KEY}":
            self.violate(f"{route} without the key")
            return self.refusal(401)
        return None

    def check(self, route: str, reply: Reply) -> None:
        if reply.status >= 300 or not isinstance(reply.body, dict):
            return
        if route in ("create", "create_version", "ask", "cancel"):
            made = self.predictions[reply.body["id"]] if "id" in reply.body else None
            if made and not _is_strange(made.fate):
                shapes.held_prediction(reply.body)
        elif route in ("upload", "file_of"):
            shapes.held(shapes.FILE, reply.body)

    def state(self) -> dict[str, Any]:
        return super().state() | {"predictions": len(self.predictions), "messages": len(self.messages)}

    # ---- predictions ------------------------------------------------------------------------

    def create(self, call: Call) -> Reply:
        model = f"{call.found['owner']}/{call.found['name']}"
        if model not in shapes.MODELS or not shapes.MODELS[model]["official"]:
            self.violate(f"{model} is no official model")
            return self.refusal(404)
        return self._begin(call, model, "hidden", allowed={"input"})

    def create_version(self, call: Call) -> Reply:
        version = str((call.json() or {}).get("version"))
        for model, facts in shapes.MODELS.items():
            if facts.get("version") == version:
                return self._begin(call, model, version, allowed={"input", "version"})
        self.violate(f"no model has the version {version}")
        return self.refusal(422, "- version: Invalid version or not permitted")

    def _begin(self, call: Call, model: str, version: str, *, allowed: set[str]) -> Reply:
        body = call.json()
        if wrong := self._wrong(call, body, model, allowed):
            self.violate(f"{model}: {wrong}")
            return self.refusal(422, "\n".join(f"- input: {why}" for _, why in wrong), wrong)
        if self._is_too_fast():
            return self.refusal(429)
        fate = self.fates.pop(0) if self.fates else {}
        if fate:
            self.tally.faults.add(f"fate {sorted(fate)} {fate.get('status', '')}".strip())
        made = Made(
            id="".join(self._chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=26)),
            model=model,
            version=version,
            input=body["input"],
            created=self.clock(),
            seconds=float(fate.get("seconds", self.seconds)),
            fate=fate,
            webhook=body.get("webhook", ""),
            events=frozenset(body.get("webhook_events_filter", ["output", "completed"])),
        )
        self.predictions[made.id] = made
        if self.background:
            threading.Thread(target=self._finish, args=(made,), daemon=True).start()
        return self._preferred(made, call.headers.get("prefer", ""))

    def _preferred(self, made: Made, prefer: str) -> Reply:
        """As recorded: what is done within the wait may still be called `processing`, with its output."""
        if not prefer:
            return Reply(201, self.told_of(made))
        wait = float(prefer.partition("=")[2] or 60)
        within = made.seconds <= wait
        if within:
            made.created -= made.seconds
            made.early = True
        reply = Reply(201 if within else 202, self.told_of(made), headers={"Preference-Applied": "wait"})
        made.early = False
        return reply

    def ask(self, call: Call) -> Reply:
        made = self.predictions.get(call.found["id"])
        return Reply(200, self.told_of(made)) if made else self.refusal(404)

    def cancel(self, call: Call) -> Reply:
        made = self.predictions.get(call.found["id"])
        if made is None:
            return self.refusal(404)
        if self._status(made) not in TERMINAL:
            made.canceled = self.clock()
        return Reply(200, self.told_of(made))

    def told_of(self, made: Made) -> dict[str, Any]:
        """A prediction, as it is told now."""
        status = self._status(made)
        if status == "succeeded" and not made.finished:
            self._finish(made)
            status = self._status(made)
        gone = status in TERMINAL and self.clock() > made.done + HOUR
        said = {
            "id": made.id,
            "model": made.model,
            "version": made.version,
            "input": {} if gone else made.input,
            "output": None if gone or status != "succeeded" else made.output,
            "logs": "" if gone else self._logs(made, status),
            "error": made.error or (made.fate.get("error") if self._is_over(made) else None),
            "status": "processing" if made.early and status == "succeeded" else status,
            "created_at": moment(made.created),
            "started_at": None if status == "starting" else moment(made.created + made.seconds / 4),
            "completed_at": moment(made.done) if self._is_over(made) else None,
            "metrics": self._metrics(made) if status in TERMINAL else {},
            "data_removed": gone,
            "source": "api",
            "urls": {
                "get": f"{self.url}/v1/predictions/{made.id}",
                "cancel": f"{self.url}/v1/predictions/{made.id}/cancel",
                "web": f"{self.url}/p/{made.id}",
            },
        }
        return self._fated(made, said)

    def _fated(self, made: Made, said: dict[str, Any]) -> dict[str, Any]:
        """What a test wants otherwise: at once, or at the end where it is about the end."""
        for name, value in made.fate.items():
            at_the_end = name in AT_THE_END and self._is_over(made)
            if name in AT_ONCE or at_the_end:
                said |= {name: value}
        for name in made.fate.get("without", ()):
            said.pop(name, None)
        return said

    def _status(self, made: Made) -> str:
        since = self.clock() - made.created
        if made.canceled is not None:
            return "canceled"
        if since < made.seconds:
            return "starting" if since < made.seconds / 4 else "processing"
        if self.background and not made.finished:
            return "processing"
        return "failed" if made.error else str(made.fate.get("status", "succeeded"))

    def _is_over(self, made: Made) -> bool:
        """Whether it has ended, even in a way that nobody has a word for: all but ENDLESS."""
        status = self._status(made)
        return status in TERMINAL or status not in ("starting", "processing", ENDLESS)

    def _finish(self, made: Made) -> None:
        """What cannot be made of what was sent fails as models fail: with some text."""
        try:
            if "output" in made.fate:
                return
            made.output = models.output(self, made.model, made.input, lines=self.lines)
        except Exception as error:  # a model's own trouble, whatever it is
            made.error = f"{type(error).__name__}: {error}"
        finally:
            made.finished = True

    def _logs(self, made: Made, status: str) -> str:
        share = min(1.0, (self.clock() - made.created) / made.seconds) if made.seconds else 1.0
        return "" if status == "starting" else f"Using seed: 1\n{int(share * 100):3d}%|####      | 3/9"

    def _metrics(self, made: Made) -> dict[str, float]:
        images = {"image_count": 1.0} if made.model.startswith("black-forest-labs/") else {}
        return {"predict_time": made.seconds * 0.75, "total_time": made.seconds} | images

    def _wrong(self, call: Call, body: Any, model: str, allowed: set[str]) -> list[tuple[str, str]]:
        if not isinstance(body, dict) or "application/json" not in call.headers.get("content-type", ""):
            return [("body", "the body is no JSON object")]
        strange = set(body) - allowed - {"webhook", "webhook_events_filter"}
        wrong = [(name, f"{name} is not known") for name in sorted(strange)]
        if "webhook" in body and not _may_be_told(body["webhook"]):
            wrong.append(("webhook", "webhook has to be an https address"))
        if not set(body.get("webhook_events_filter", [])) <= shapes.EVENTS:
            wrong.append(("webhook_events_filter", "no such event"))
        if found := shapes.wrong_inputs(model, body.get("input")):
            return wrong + found
        uris = [name for name, fact in shapes.MODELS[model]["input"].items() if fact["type"] == "uri"]
        return wrong + [
            (name, why)
            for name in uris
            if name in body["input"] and (why := self._unread(body["input"][name]))
        ]

    def _unread(self, uri: str) -> str:
        try:
            content = self.content(uri)
        except (LookupError, ValueError) as error:
            return f"cannot read {uri[:60]}: {error!r}"
        return "a data URI of more than 256 kB" if uri.startswith("data:") and len(content) > 262_144 else ""

    def _is_too_fast(self) -> bool:
        """An account low on credit may create one a second and six a minute."""
        now = self.clock()
        self._creates = [each for each in self._creates if each > now - 60]
        recent = sum(each > now - 1 for each in self._creates)
        if self.low_credit and (recent or len(self._creates) >= 6):
            return True
        self._creates.append(now)
        return False


def _is_strange(fate: dict[str, Any]) -> bool:
    """What breaks the schema on purpose."""
    return (
        bool({"version", "id", "extra", "without", "metrics", "completed_at"} & set(fate))
        or fate.get("status", "failed") not in TERMINAL
    )


def _may_be_told(url: Any) -> bool:
    parts = urlsplit(str(url))
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE)


def running(*, port: int = 0, **behaviour: Any) -> AbstractContextManager[Replicate]:
    """The fake on a thread of this process."""
    return server.running(lambda: Replicate(**behaviour), port=port)


@contextlib.contextmanager
def talkative(fake: Replicate, *, every: float = 0.3) -> Iterator[None]:
    """Webhooks are sent as soon as they are due, while the context lasts."""
    over = threading.Event()

    def talk() -> None:
        while not over.wait(every):
            fake.tell()

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
