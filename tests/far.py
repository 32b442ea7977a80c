"""A server far away, for what fetches from the world: real TLS on this machine, by a name and at an address
that are the world's.

The product is not asked to let loopback in: it checks names and addresses as always. Only the last step, the
line to the address that it has checked, is led here.
"""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from echoes.kernel import http

NAME = "results.example.org"
ADDRESS = "93.184.215.14"
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(4_000)

Answer = Callable[[socket.socket], None]


@dataclass
class Far:
    """`answers` is what each path gets; `addresses` is what a name stands for, a list for each look-up."""

    port: int
    answers: dict[str, Answer] = field(default_factory=dict)
    addresses: dict[str, list[list[str]]] = field(default_factory=dict)
    dialled: list[str] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)

    def says(self, path: str, body: bytes = MP4, **headers: str) -> str:
        """Have a path answer with a body; gives its address."""
        return self.does(path, reply(body=body, **headers))

    def does(self, path: str, answer: Answer) -> str:
        self.answers[path] = answer
        return f"https://{NAME}{path}"


def reply(status: str = "200 OK", body: bytes = MP4, **headers: str) -> Answer:
    """A whole answer; `Content_Type="video/mp4"` is a header, and an empty one is left out."""
    told = {"Content-Type": "video/mp4", "Content-Length": str(len(body))}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value)

    def answer(line: socket.socket) -> None:
        line.sendall(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body)

    return answer


@contextlib.contextmanager
def away(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Far]:
    """The server while the context lasts; NAME leads to it."""
    authority, certificate = _certify(home, NAME)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        far = Far(port=listening.getsockname()[1], addresses={NAME: [[ADDRESS]]})
        _lead_here(far, authority, monkeypatch)
        serving = threading.Thread(target=_serve, args=(listening, context, far))
        serving.start()
        try:
            yield far
        finally:
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            serving.join()


def _lead_here(far: Far, authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trust = http._trust

    def trusting() -> ssl.SSLContext:
        context = trust()
        context.load_verify_locations(authority)
        return context

    def resolve(host: str, port: int) -> list[Any]:
        if host not in far.addresses:
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        turns = far.addresses[host]
        found = turns.pop(0) if len(turns) > 1 else turns[0]
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 0, "", (each, port))
            for each in found
        ]

    def dial(place: Any) -> socket.socket:
        far.dialled.append(place[4][0])
        return socket.create_connection(("127.0.0.1", far.port), timeout=http.CONNECT_SECONDS)

    monkeypatch.setattr(http, "_trust", trusting)
    monkeypatch.setattr(http, "_resolve", resolve)
    monkeypatch.setattr(http, "_dial", dial)


def _serve(listening: socket.socket, context: ssl.SSLContext, far: Far) -> None:
    threads = []
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:
            break
        threads.append(threading.Thread(target=_speak, args=(plain, context, far)))
        threads[-1].start()
    for thread in threads:
        thread.join()


def _speak(plain: socket.socket, context: ssl.SSLContext, far: Far) -> None:
    with (
        contextlib.suppress(OSError, ValueError),
        plain,
        context.wrap_socket(plain, server_side=True) as line,
    ):
        said = b""
        while b"\r\n\r\n" not in said:
            if not (piece := line.recv(4096)):
                return
            said += piece
        far.asked.append(said)
        path = said.split(b" ")[1].decode()
        far.answers.get(path, reply("404 Not Found", b"", Content_Type="text/plain"))(line)
        line.unwrap()


def _certify(home: Path, name: str) -> tuple[Path, Path]:
    """A certificate of our own for the name, and the same as the authority that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority, certificate = home / "authority.pem", home / "certificate.pem"
    public = made.public_bytes(serialization.Encoding.PEM)
    authority.write_bytes(public)
    certificate.write_bytes(
        public
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return authority, certificate
