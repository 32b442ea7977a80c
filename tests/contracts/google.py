"""Google's sign-in, as far as a site sees it: an authorization server with PKCE (OpenID Connect, code flow).

It is as strict as Google: the address to come back to is a registered one and the same both times, a code is
good once, the secret is right, and the verifier fits the challenge (S256). The person is `person`, and says
no if `consents` is false. `tamper` changes the claims of the next tokens, to some that must not be believed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt

CLIENT_ID = "echoes-under-test"
CLIENT_SECRET = "known to the tests' Google"
CALLBACK = "/accounts/google/login/callback/"
SECONDS = 3600

Answer = tuple[int, dict[str, str], bytes]


class Refused(Exception):
    """The question breaks the contract; the text is the `error` of the answer."""


class Google:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.registered: set[str] = set()
        self.person: dict[str, Any] = {}
        self.consents = True
        self.tamper: Callable[[dict[str, Any]], None] = lambda claims: None
        self.refused: list[str] = []
        self._asked: dict[str, dict[str, str]] = {}

    def is_asked(self, question: dict[str, str]) -> Answer:
        """/auth: the person is sent back with a code, or without."""
        self._check_question(question)
        back = question["redirect_uri"]
        if not self.consents:
            return _sent_to(back, error="access_denied", state=question["state"])
        code = secrets.token_urlsafe()
        self._asked[code] = question
        return _sent_to(back, code=code, state=question["state"])

    def gives_tokens(self, question: dict[str, str]) -> Answer:
        """/token: the site turns the code into who the person is."""
        asked = self._asked.pop(question.get("code", ""), None)
        if asked is None:
            raise Refused("invalid_grant: the code is unknown, or was used already")
        if (question.get("client_id"), question.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            raise Refused("invalid_client")
        if question.get("grant_type") != "authorization_code":
            raise Refused("unsupported_grant_type")
        if question.get("redirect_uri") != asked["redirect_uri"]:
            raise Refused("invalid_grant: another redirect_uri")
        if challenge(question.get("code_verifier", "")) != asked["code_challenge"]:
            raise Refused("invalid_grant: the verifier does not fit")
        return _json(200, {"access_token": secrets.token_urlsafe(), "expires_in": SECONDS} | self._id_token())

    def _check_question(self, question: dict[str, str]) -> None:
        if question.get("client_id") != CLIENT_ID:
            raise Refused("invalid_client")
        if question.get("redirect_uri") not in self.registered:
            raise Refused("redirect_uri_mismatch")
        if question.get("response_type") != "code" or "openid" not in question.get("scope", "").split():
            raise Refused("invalid_request")
        if question.get("code_challenge_method") != "S256" or not question.get("code_challenge"):
            raise Refused("invalid_request: PKCE is wanted")

    def _id_token(self) -> dict[str, str]:
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + SECONDS, **self.person}
        self.tamper(claims)
        key = "nobody checks it, for it comes straight from Google"
        return {"token_type": "Bearer", "id_token": jwt.encode(claims, key, algorithm="HS256")}


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@contextmanager
def running() -> Iterator[Google]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.google = google = Google(server.server_port)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield google
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self._answer(address.path, "/auth", self._google.is_asked, address.query)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._answer(self.path, "/token", self._google.gives_tokens, body)

    @property
    def _google(self) -> Google:
        found: Google = self.server.google  # type: ignore[attr-defined]
        return found

    def _answer(self, path: str, known: str, act: Callable[[dict[str, str]], Answer], words: str) -> None:
        try:
            if path != known:
                raise Refused(f"not_found: {path}")
            status, headers, body = act({name: values[0] for name, values in parse_qs(words).items()})
        except Refused as error:
            self._google.refused.append(str(error))
            status, headers, body = _json(400, {"error": str(error)})
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: Any) -> None:
        pass


def _sent_to(address: str, **words: str) -> Answer:
    return 302, {"Location": f"{address}?{urlencode(words)}"}, b""


def _json(status: int, words: dict[str, Any]) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(words).encode()
