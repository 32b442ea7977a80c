"""The Procfile: `name: command`, one a line, run without a shell.

`$PORT` and `${PORT}` are replaced from the environment. Without a shell in between, the process that gets a
signal is the one that understands it; `env NAME=value program …` sets variables.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from string import Template

from echoes.embedded import errors

LINE = re.compile(r"(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)")


def read(*, path: Path, environment: Mapping[str, str]) -> dict[str, list[str]]:
    """The commands by name, as lists of arguments, in the order of the file."""
    lines = (line.strip() for line in path.read_text().splitlines())
    return dict(_parse(line, environment) for line in lines if line and not line.startswith("#"))


def _parse(line: str, environment: Mapping[str, str]) -> tuple[str, list[str]]:
    match = LINE.fullmatch(line)
    if not match:
        raise errors.ProcfileInvalid(f"The Procfile's line {line!r} is not of the form 'name: command'.")
    try:
        words = [Template(word).substitute(environment) for word in shlex.split(match["command"])]
    except KeyError as error:
        said = f"The Procfile's line {line!r} wants ${error.args[0]}, which is not set."
        raise errors.ProcfileInvalid(said) from error
    except ValueError as error:
        raise errors.ProcfileInvalid(f"The Procfile's line {line!r} cannot be read: {error}.") from error
    return match["name"], words
