"""An OpenAI of ours, over real HTTP: as much of it as Echoes uses, as the SDK declares it.

    with fake.running() as openai: settings.PROVIDERS["openai"] = (fake.KEY, openai.url)

Beside the faults of `tests.contracts.server` a route can be told to do what only this service does:

    refusal, incomplete, content_filter, failed, wrong_form     of responses: how the answer ends
    strange                                                     of responses: a status of tomorrow
    quota, rate_limit, model_gone                               of any
    moderation_blocked, no_picture, no_usage                    of images and edits
    flagged, unsure                                             of moderations

Without being told, moderation flags the words of SCORES, and pictures that are asked for in such words are
blocked. Unverified against the service itself: the wording of messages, and how it counts tokens.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from functools import partial
from typing import Any, ClassVar

from tests.contracts import server
from tests.contracts.openai import answers, checks, forms, multipart, pictures, shapes
from tests.contracts.openai.checks import Refusal
from tests.contracts.server import Call, Fake, Reply

KEY = "sk-of-ours"
MODELS: dict[str, dict[str, Any]] = forms.FACTS["models"]
NO_QUOTA = "You exceeded your current quota, please check your plan and billing details."
NO_MODEL = "The model does not exist or you do not have access to it."
ERRORS: dict[str, Callable[[], Refusal]] = {
    "quota": partial(Refusal, 429, "insufficient_quota", NO_QUOTA, "insufficient_quota"),
    "rate_limit": partial(Refusal, 429, "rate_limit_exceeded", "Rate limit reached.", "requests"),
    "model_gone": partial(Refusal, 404, "model_not_found", NO_MODEL, param="model"),
    "moderation_blocked": checks.blocked,
}
OF_RESPONSES = {"refusal", "incomplete", "content_filter", "failed", "wrong_form", "strange"}
TURNS = OF_RESPONSES | {"no_picture", "no_usage", "flagged", "unsure"}


class OpenAI(Fake):
    """`seconds` is how long a picture takes, on a real clock: its caller waits. `today` decides which models
    are gone."""

    name = "openai"
    routes: ClassVar[list[tuple[str, str, str]]] = [
        ("POST", "/v1/responses", "responses"),
        ("POST", "/v1/moderations", "moderations"),
        ("POST", "/v1/images/generations", "images"),
        ("POST", "/v1/images/edits", "edits"),
        ("POST", "/v1/audio/transcriptions", "transcriptions"),
        ("GET", "/v1/models", "models"),
    ]

    def __init__(self, *, seconds: float = 0.0, today: date = date(2026, 11, 21)) -> None:
        super().__init__()
        self.seconds, self.today = seconds, today
        self.made: Counter[str] = Counter()
        self.turn: dict[str, Any] = {}

    def handle(self, call: Call) -> Reply:
        reply = super().handle(call)
        if call.path.startswith("/v1/images/") and reply.status == 200:
            time.sleep(self.seconds)
        reply.headers.setdefault("x-request-id", f"req_{uuid.uuid4().hex}")
        reply.headers.setdefault("x-ratelimit-remaining-requests", "499")
        return reply

    def state(self) -> dict[str, Any]:
        return super().state() | {"made": dict(self.made)}

    # ---- the service's own ways to fail -------------------------------------------------------

    def refusal(self, status: int, message: str = "Not now.") -> Reply:
        if status == 401:
            return Refusal(401, "invalid_api_key", message).reply()
        if status == 429:
            return ERRORS["rate_limit"]().reply()
        return Refusal(status, None, message, "server_error" if status >= 500 else "").reply()

    def admit(self, route: str, call: Call) -> Reply | None:
        if call.headers.get("authorization") != f"Bearer {KEY}":
            self.violate(f"{route}: not our key")
            return self.refusal(401, "Incorrect API key provided.")
        return None

    def check(self, route: str, reply: Reply) -> None:
        if reply.status >= 400:
            assert isinstance(reply.body, dict), reply.body
            assert set(reply.body["error"]) == {"message", "type", "param", "code"}
        elif route == "models":
            for model in reply.body["data"]:  # type: ignore[call-overload]
                shapes.answer("model", model)
        else:
            verbose = isinstance(reply.body, dict) and "segments" in reply.body
            shapes.answer("verbose" if verbose else route, reply.body)

    def _with_fault(self, fault: dict[str, Any], route: str, call: Call) -> Reply:
        kind = fault["kind"]
        if kind not in ERRORS and kind not in TURNS:
            return super()._with_fault(fault, route, call)
        self.tally.faults.add(f"{route} {kind}")
        if kind in ERRORS:
            reply = self.admit(route, call) or ERRORS[kind]().reply()
            wait = fault.get("retry_after")
            reply.headers |= {"retry-after-ms": str(int(wait * 1_000))} if wait else {}
            return reply
        with self.lock:
            self.turn = fault
            try:
                reply = self._answer(route, call)
            finally:
                self.turn = {}
        if kind == "strange" and isinstance(reply.body, dict):  # after it was checked: it breaks the contract
            reply.body["status"] = "paused"
        return reply

    # ---- routes -------------------------------------------------------------------------------

    def responses(self, call: Call) -> Reply:
        def made() -> dict[str, Any]:
            body = self._json("responses", call)
            self._model(body["model"], "text")
            seen = checks.response(body)
            return answers.response(body, seen, turn=self.turn.get("kind", ""))

        return self._reply("responses", made)

    def moderations(self, call: Call) -> Reply:
        def made() -> dict[str, Any]:
            body = self._json("moderations", call)
            self._model(body.get("model", "omni-moderation-latest"), "moderation")
            words, has_picture = checks.moderation(body)
            return answers.moderation(body, words, has_picture, turn=self.turn)

        return self._reply("moderations", made)

    def images(self, call: Call) -> Reply:
        def made() -> dict[str, Any]:
            body = self._json("images", call)
            self._model(body["model"], "image")
            checks.image(body)
            size = checks.pixels(body.get("size"))
            picture = pictures.drawn(
                body["prompt"], size, transparent=body.get("background") == "transparent"
            )
            return answers.image(body, picture, [], turn=self.turn.get("kind", ""))

        return self._reply("images", made)

    def edits(self, call: Call) -> Reply:
        def made() -> dict[str, Any]:
            fields, files = self._form("edits", call)
            body = {name: values[0] for name, values in fields.items()}
            self._model(body["model"], "image")
            checks.image(body)
            sent = checks.references([*files.get("image", []), *files.get("image[]", [])])
            picture = pictures.edited(sent[0], body["prompt"], checks.pixels(body.get("size")))
            return answers.image(body, picture, sent, turn=self.turn.get("kind", ""))

        return self._reply("edits", made)

    def transcriptions(self, call: Call) -> Reply:
        def made() -> dict[str, Any]:
            fields, files = self._form("transcriptions", call)
            self._model(fields["model"][0], "ears")
            return answers.transcription(fields, checks.recording(fields, files["file"]))

        return self._reply("transcriptions", made)

    def models(self, call: Call) -> Reply:
        there = [name for name in MODELS if not self._is_gone(name)]
        return Reply(body={"object": "list", "data": [answers.model(name, MODELS[name]) for name in there]})

    # ---- what they share ----------------------------------------------------------------------

    def _reply(self, route: str, made: Callable[[], dict[str, Any]]) -> Reply:
        """What was made, counted; or the refusal, which is a sin where the SDK's shapes were broken."""
        try:
            body = made()
        except Refusal as refusal:
            if refusal.is_sin:
                self.violate(f"{route}: {refusal}")
            return refusal.reply()
        self.made[route] += 1
        return Reply(body=body)

    def _json(self, route: str, call: Call) -> dict[str, Any]:
        if not call.headers.get("content-type", "").startswith("application/json"):
            raise Refusal(400, None, "This is not application/json.", is_sin=True)
        body = call.json()
        for problem in shapes.body_problems(route, body):
            raise Refusal(400, "invalid_value", problem, is_sin=True)
        assert isinstance(body, dict)
        return body

    def _form(self, route: str, call: Call) -> tuple[dict[str, list[str]], dict[str, list[multipart.Sent]]]:
        if not call.headers.get("content-type", "").startswith("multipart/form-data"):
            raise Refusal(400, None, "This is not multipart/form-data.", is_sin=True)
        fields, files = multipart.read(call)
        for problem in shapes.form_problems(route, {**fields, **files}):
            raise Refusal(400, "invalid_value", problem, is_sin=True)
        return fields, files

    def _model(self, name: str, kind: str) -> None:
        if name not in MODELS or self._is_gone(name):
            raise ERRORS["model_gone"]()
        if MODELS[name]["kind"] != kind:
            raise Refusal(400, "unsupported_model", f"{name} does not do this.", is_sin=True)

    def _is_gone(self, name: str) -> bool:
        ends = MODELS[name]["ends"]
        return bool(ends) and date.fromisoformat(ends) <= self.today


@contextlib.contextmanager
def running(*, port: int = 0, **behaviour: Any) -> Iterator[OpenAI]:
    """An OpenAI on a port of its own."""
    at: AbstractContextManager[OpenAI] = server.running(lambda: OpenAI(**behaviour), port=port)
    with at as openai:
        yield openai
