"""One object of a bucket into a file, in small pieces, going on where a broken line left off."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError

from echoes.kernel.storage.base import Missing

CHUNK = 1024 * 1024
TRIES = 5
BROKEN = (HTTPClientError, IncompleteReadError)
GONE = {"404", "NoSuchKey", "NotFound"}
UNCHANGED = {"304", "NotModified"}
# The object was replaced between two pieces of it.
REPLACED = {"412", "PreconditionFailed", "InvalidRange"}


def fetch(client: Any, *, bucket: str, key: str, to: Path, unless: str = "") -> str:
    """Write the object to a new file and return its tag; with the tag `unless` leave everything alone, and
    return nothing. Raises Missing."""
    words = {"Bucket": bucket, "Key": key}
    try:
        answer = client.get_object(**words, **({"IfNoneMatch": unless} if unless else {}))
    except ClientError as error:
        if code(error) in UNCHANGED:
            return ""
        raise_missing(error)
        raise
    to.unlink(missing_ok=True)  # it may be a link to what others read
    with to.open("xb") as file:
        return _write(client, words, answer, file)


def code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def raise_missing(error: ClientError) -> None:
    """Raise Missing if that is what the error says."""
    if code(error) in GONE:
        raise Missing from error


def _write(client: Any, words: dict[str, str], answer: Any, file: IO[bytes]) -> str:
    for left in reversed(range(TRIES)):
        try:
            _pour(answer["Body"], file)
            break
        except BROKEN:
            if not left:
                raise
            answer = _go_on(client, words, answer["ETag"], file)
    return str(answer["ETag"])


def _go_on(client: Any, words: dict[str, str], tag: str, file: IO[bytes]) -> Any:
    """The rest of the same version; if there is another by now, all of that."""
    try:
        return client.get_object(**words, Range=f"bytes={file.tell()}-", IfMatch=tag)
    except ClientError as error:
        raise_missing(error)
        if code(error) not in REPLACED:
            raise
    file.seek(0)
    file.truncate()
    return client.get_object(**words)


def _pour(body: Any, file: IO[bytes]) -> None:
    try:
        while piece := body.read(CHUNK):
            file.write(piece)
    finally:
        body.close()
