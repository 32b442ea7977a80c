"""How the simulated Replicate sends its webhooks: signed, and as unreliably as a test wants."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.contracts import server
from tests.contracts.replicate.signing import SECRET, signed
from tests.contracts.server import Call, Reply

TERMINAL = frozenset({"succeeded", "failed", "canceled", "aborted"})


@dataclass
class Made:
    """One prediction."""

    id: str
    model: str
    version: str
    input: dict[str, Any]
    created: float
    seconds: float
    fate: dict[str, Any]
    webhook: str = ""
    events: frozenset[str] = frozenset()
    canceled: float | None = None
    output: Any = None
    error: str | None = None
    finished: bool = False
    early: bool = False
    told: bool = False
    told_of_start: bool = False

    @property
    def done(self) -> float:
        """When it is over."""
        return self.created + self.seconds if self.canceled is None else self.canceled


@dataclass
class Sent:
    """A webhook that was sent, and what was said to it."""

    id: str
    status: int
    said: dict[str, Any] = field(default_factory=dict)


class Telling(server.Fake):
    """The part of Replicate that sends messages. `post` is how, and gives the status that was answered."""

    telling: str
    predictions: dict[str, Made]

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Sent] = []
        self.whsec = SECRET
        self.post: Callable[[str, dict[str, str], bytes], int] = _post

    def told_of(self, made: Made) -> dict[str, Any]:
        """A prediction, as it is told now."""
        raise NotImplementedError

    def secret(self, call: Call) -> Reply:
        return Reply(200, {"key": self.whsec})

    def _answer(self, route: str, call: Call) -> Reply:
        reply = super()._answer(route, call)
        if route.startswith("create") and reply.status < 300 and self.telling == "before":
            assert isinstance(reply.body, dict)
            self._tell_early(self.predictions[str(reply.body["id"])])
        return reply

    def _tell_early(self, made: Made) -> None:
        """Without the lock: whoever hears it may have a question at once."""
        with self.lock:
            said = self.told_of(made)
            made.told = True
        if made.webhook:
            self.send(made, said | {"status": "succeeded"})

    def tell(self) -> int:
        """Send the webhooks that are due; gives how many predictions were told of."""
        with self.lock:
            begun = [
                (made, said)
                for made in self.predictions.values()
                if "start" in made.events
                and not made.told_of_start
                and (said := self.told_of(made))["status"] == "processing"
            ]
            for made, _ in begun:
                made.told_of_start = True
            due = [
                (made, self.told_of(made))
                for made in self.predictions.values()
                if made.webhook and not made.told and self.told_of(made)["status"] in TERMINAL
            ]
            for made, _ in due:
                made.told = True
        return sum(self._tell(made, said) for made, said in (*begun, *due))

    def _tell(self, made: Made, said: dict[str, Any]) -> int:
        match self.telling:
            case "never":
                return 0
            case "twice":
                message = self.send(made, said)
                self.send(made, said, id=message.id)
            case "stale":
                self.send(made, said, age=420)
            case "shuffled":
                self.send(made, said)
                self.send(made, said | {"status": "processing", "output": None, "completed_at": None})
            case _:
                self.send(made, said)
        return 1

    def send(self, made: Made, said: dict[str, Any], *, id: str = "", age: float = 0) -> Sent:
        """One message, signed."""
        key = id or f"msg_{uuid.uuid4().hex}"
        body = json.dumps(said).encode()
        headers = signed(body, id=key, timestamp=int(time.time() - age), secret=self.whsec)
        message = Sent(key, self.post(made.webhook, headers, body), said)
        self.messages.append(message)
        return message


def _post(url: str, headers: dict[str, str], body: bytes) -> int:
    """The status that a webhook's receiver gives; 0 where nobody answers."""
    asked = urllib.request.Request(url, body, headers)  # noqa: S310 (an address of ours)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0
