"""Pictures that come to Runway: by ephemeral upload, as a data: address, or from the world by https.

Rules from the documentation (unverified): an upload weighs 512 B to 200 MB and is held for 24 hours; a data:
address weighs at most 5 MB; an https one has a name (no number) and at most 2,048 signs, does not lead
elsewhere, and answers HEAD with a type and a length of at most 16 MB.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

UPLOAD_BYTES = (512, 200_000_000)
UPLOAD_SECONDS = 24 * 3600
DATA_BYTES, WORLD_BYTES, LONGEST_ADDRESS = 5_000_000, 16_000_000, 2_048
TYPES = {"image/jpeg", "image/png", "image/webp"}


class Unfit(Exception):
    """Runway does not take this asset; the text says why."""


@dataclass
class Upload:
    filename: str
    until: float
    fields: dict[str, str]
    content: bytes | None = None


def from_data(address: str) -> bytes:
    found = re.fullmatch(r"data:([\w/+.-]+);base64,(.*)", address, re.DOTALL)
    if not found or found[1] not in TYPES:
        raise Unfit("the data URI is no picture")
    if len(address) > DATA_BYTES:
        raise Unfit("the data URI is too large")
    try:
        return base64.b64decode(found[2], validate=True)
    except binascii.Error as error:
        raise Unfit("the data URI is not base64") from error


def from_world(address: str, world: dict[str, str]) -> bytes:
    """`world` says where a name leads on this machine; HEAD and GET are real."""
    where = urlsplit(address)
    name = where.hostname or ""
    if where.scheme != "https" or len(address) > LONGEST_ADDRESS:
        raise Unfit("only https, and at most 2,048 signs")
    if not re.search(r"[a-z]", name.rpartition(".")[2]):
        raise Unfit("an address must have a name")
    real = (
        world.get(name, f"https://{where.netloc}") + where.path + (f"?{where.query}" if where.query else "")
    )
    with httpx.Client(follow_redirects=False, timeout=5, trust_env=False) as client:
        head = client.head(real)
        if head.status_code != 200:
            raise Unfit(f"HEAD was answered with {head.status_code}")
        if head.headers.get("content-type", "").partition(";")[0] not in TYPES:
            raise Unfit(f"it says that it is {head.headers.get('content-type')}")
        if not 0 < int(head.headers.get("content-length", 0)) <= WORLD_BYTES:
            raise Unfit("it does not say how long it is, or is too long")
        return client.get(real).content


def parts(kind: str, body: bytes) -> dict[str, tuple[str, bytes]]:
    """The parts of a form by name, each with its file name and its content."""
    found = re.search(r'boundary="?([^";]+)', kind)
    if not found:
        return {}
    pieces = body.split(b"--" + found[1].encode())[1:-1]
    return dict(_part(piece) for piece in pieces)


def _part(piece: bytes) -> tuple[str, tuple[str, bytes]]:
    head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    told = head.decode()
    name, filename = re.search(r'\bname="([^"]*)"', told), re.search(r'filename="([^"]*)"', told)
    return name[1] if name else "", (filename[1] if filename else "", content.removesuffix(b"\r\n"))
