"""How a command finds the database, the broker and the media: as configured, else the embedded servers.

Servers that run already are used; otherwise a command that needs them starts them and stops them at its end.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from echoes import env as environment
from echoes.embedded import claim, errors, seaweedfs, servers

# Nothing listens there: a command that needs no server never notices, any other says so plainly.
NOWHERE_DATABASE = "postgresql://echoes@127.0.0.1:9/echoes"
NOWHERE_REDIS = "redis://127.0.0.1:9/0"
NEED_NONE = {
    "",
    "check",
    "collectstatic",
    "doctor",
    "findstatic",
    "generate_docs",
    "help",
    "makemigrations",
    "version",
    "--help",
    "--version",
}


@contextlib.contextmanager
def for_command(arguments: Sequence[str]) -> Iterator[None]:
    """While the context lasts, DATABASE_URL and REDIS_URL lead to servers that answer, and so does
    S3_ENDPOINT where media are in the embedded bucket: a run that is up knows it, unless STORAGE says so."""
    env = environment.load()
    name = arguments[0] if arguments else ""
    configured = env.database_url and env.redis_url and not env.is_s3_embedded
    if configured or name in NEED_NONE or {"-h", "--help"} & set(arguments):
        yield
        return
    with contextlib.ExitStack() as stack:
        try:
            urls = stack.enter_context(
                servers.running(env.data_dir.resolve(), what=f"manage.py {name}", with_s3=env.is_s3_embedded)
            )
        except errors.EmbeddedError as error:
            sys.exit(str(error))
        os.environ["DATABASE_URL"] = env.database_url or urls.database
        os.environ["REDIS_URL"] = env.redis_url or urls.redis
        if urls.s3 and (env.is_s3_embedded or "storage" not in env.model_fields_set):
            os.environ.update(seaweedfs.environment(urls.s3))
        if port := urlsplit(claim.read_living(data_dir=env.data_dir.resolve()).page).port:
            os.environ["PORT"] = str(port)  # addresses that the command prints lead to the run that is up
        yield
