"""Forms with files, as they come over the line."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from tests.contracts.server import Call


@dataclass(frozen=True)
class Sent:
    """A file in a form."""

    name: str
    kind: str
    content: bytes


def read(call: Call) -> tuple[dict[str, list[str]], dict[str, list[Sent]]]:
    """The fields and the files; both empty where the body is no form."""
    fields: dict[str, list[str]] = defaultdict(list)
    files: dict[str, list[Sent]] = defaultdict(list)
    boundary = re.search(r'boundary="?([^";]+)', call.headers.get("content-type", ""))
    parts = call.body.split(b"--" + boundary[1].encode())[1:-1] if boundary else []
    for part in parts:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        content = content.removesuffix(b"\r\n")
        told = head.decode()
        name = _found(r'name="([^"]*)"', told)
        if "filename=" in told:
            kind = _found(r"(?im)^content-type: *(\S+)", told)
            files[name].append(Sent(_found(r'filename="([^"]*)"', told), kind, content))
        else:
            fields[name].append(content.decode())
    return dict(fields), dict(files)


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match[1] if match else ""
