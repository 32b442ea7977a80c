"""An embedded S3 server, for a machine on which media are to live in a bucket and there is none.

SeaweedFS is four servers in one program, which talk to each other on ports of their own. Those ask for
tokens or answer nothing, since any page in a browser may call a port of this machine; the S3 port asks for
signatures. Ports are kept: with the same ones it finds its data at once, with others after some seconds.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from echoes.embedded import binaries, ports, server
from echoes.embedded.server import Server, Setup
from echoes.kernel.storage.bucket import Bucket

NAME = "SeaweedFS"
FOLDER = "seaweedfs"
BUCKET = "echoes"
ACCESS_KEY = "echoes"
REGION = "us-east-1"
VOLUME_MB = 256
ANSWER_SECONDS = 1.0
# Asked too early it waits for five seconds, and does not notice that it could answer by now.
LOOK_SECONDS = 0.5
PARTS = ("master", "volume", "filer", "s3")
TOKENS = ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")
FLAGS = (
    # Else any page in a browser could have the bucket deleted.
    "-disableHttp",
    "-filer.disableHttp",
    # Relative to the folder: the path of a socket may not be long.
    "-filer.localSocket=filer.sock",
    "-s3.localSocket=s3.sock",
    "-s3.config=identities.json",
    "-s3.iam=false",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    # Alone it need not wait for others who would lead.
    "-master.electionTimeout=1s",
    "-master.telemetry=false",
    f"-master.volumeSizeLimitMB={VOLUME_MB}",
    "-volume.max=0",
)


def start(setup: Setup) -> Server:
    """Start the server on its kept data, and on its kept ports if they are free; returns when its bucket can
    be written to."""
    folder = setup.where.private_folder(FOLDER)
    program = binaries.seaweedfs_at(setup.where)
    return server.retrying(lambda: _start(setup, folder, program))


def environment(url: str) -> dict[str, str]:
    """What tells Echoes' processes of the server at this address, as `Server.url` has it."""
    parts = urlsplit(url)
    return {
        "STORAGE": "s3",
        "S3_BUCKET": parts.path.strip("/"),
        "S3_ENDPOINT": f"{parts.scheme}://{parts.hostname}:{parts.port}",
        "S3_REGION": REGION,
        "S3_ADDRESSING": "path",
        "S3_ACCESS_KEY": unquote(parts.username or ""),
        "S3_SECRET_KEY": unquote(parts.password or ""),
    }


def bucket(url: str) -> Bucket:
    """The bucket at such an address."""
    told = environment(url)
    return Bucket(
        name=told["S3_BUCKET"],
        region=REGION,
        endpoint=told["S3_ENDPOINT"],
        addressing="path",
        access_key=told["S3_ACCESS_KEY"],
        secret_key=told["S3_SECRET_KEY"],
    )


def _start(setup: Setup, folder: Path, program: Path) -> Server:
    listens = _ports(setup, folder)
    _configure(setup, folder)
    launched = server.launch(
        setup,
        name=NAME,
        command=_command(program, listens),
        folder=folder,
        # Its way to end in order takes most of a minute, and what it has answered is with the kernel.
        polite=signal.SIGKILL,
    )
    url = f"http://{ACCESS_KEY}:{quote(setup.password, safe='')}@{ports.HOST}:{listens['s3']}/{BUCKET}"
    server.wait_until(lambda: _listens(listens["s3"]), launched=launched)
    server.wait_until(_taker(bucket(url)), launched=launched)
    return Server(launched=launched, url=url, port=listens["s3"])


def _command(program: Path, listens: dict[str, int]) -> list[str | Path]:
    named = [f"-{name}.port={listens[name]}" for name in PARTS]
    named += [f"-{name}.port.grpc={listens[f'{name}.grpc']}" for name in PARTS]
    where = ["-dir=data", f"-ip={ports.HOST}", f"-ip.bind={ports.HOST}", "-filer", "-s3"]
    return [program, "-logtostderr=true", "server", *where, *named, *FLAGS]


def _listens(port: int) -> bool:
    try:
        socket.create_connection((ports.HOST, port), timeout=ANSWER_SECONDS).close()
    except OSError:
        return False
    return True


def _taker(it: Bucket) -> Callable[[], bool]:
    """Asks whether the bucket is there and can be written to; while the parts look for each other it
    cannot."""
    # Half a second, for this alone.
    from botocore.exceptions import BotoCoreError, ClientError

    from echoes.kernel.storage import connection

    client = connection.impatient(it, seconds=LOOK_SECONDS)

    def takes() -> bool:
        try:
            connection.prepare(client, it, origins=["*"])
            client.put_object(Bucket=it.name, Key="ready", Body=b"yes")
            client.delete_object(Bucket=it.name, Key="ready")
        except (BotoCoreError, ClientError):
            return False
        return True

    return takes


def _ports(setup: Setup, folder: Path) -> dict[str, int]:
    """Those of the last time if all are free, else new ones."""
    path = folder / "ports.json"
    kept: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    if kept and all(ports.is_free(port=port) for port in kept.values()):
        return kept
    names = [*PARTS, *(f"{name}.grpc" for name in PARTS)]
    fresh = dict(zip(names, ports.several_free(len(names)), strict=True))
    _write(setup, path, json.dumps(fresh))
    return fresh


def _configure(setup: Setup, folder: Path) -> None:
    """Files rather than arguments, which show in `ps`."""
    setup.where.private_folder(f"{FOLDER}/data")
    who = {
        "name": ACCESS_KEY,
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": setup.password}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    _write(setup, folder / "identities.json", json.dumps({"identities": [who]}))
    lines = [f'[{name}]\nkey = "{secrets.token_hex(16)}"\n' for name in TOKENS]
    _write(setup, folder / "security.toml", "".join(lines))


def _write(setup: Setup, path: Path, text: str) -> None:
    """For the server's account alone."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    setup.where.give(path)
