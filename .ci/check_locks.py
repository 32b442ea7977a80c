"""Whether the lock files hold what pyproject.toml pins: text against text, without the network."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    run = project["project"]["dependencies"]
    wanted = {"requirements.lock": run, "requirements-dev.lock": run + project["dependency-groups"]["dev"]}
    problems = [problem for name, pins in wanted.items() for problem in check(ROOT / name, pins)]
    sys.stdout.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


def check(lock: Path, pins: list[str]) -> list[str]:
    """What is wrong with one lock file, a sentence each."""
    text = lock.read_text()
    entries = {pin for line in text.splitlines() if (pin := parse(line))}
    problems = [
        f"{lock.name}: {pin} is not pinned in pyproject.toml as name==version" for pin in unpinned(pins)
    ]
    problems += [
        f"{lock.name} has no {name}=={version}. Run: make lock"
        for name, version in filter(None, map(parse, pins))
        if (name, version) not in entries
    ]
    pinned = {pin for pin in map(parse, pins) if pin}
    problems += [
        f"{lock.name} still has {name}. Run: make lock" for name in asked_for(text) - {n for n, _ in pinned}
    ]
    problems += [f"{lock.name}: {name} has no hash" for name in without_hash(text)]
    if "://" in text:
        problems.append(f"{lock.name} names a host")
    return problems


def parse(line: str) -> tuple[str, str] | None:
    """The normalised name and version of a pin."""
    match = PIN.match(line)
    return (re.sub(r"[-_.]+", "-", match["name"]).lower(), match["version"]) if match else None


def unpinned(pins: list[str]) -> list[str]:
    return [pin for pin in pins if not parse(pin)]


def asked_for(text: str) -> set[str]:
    """The names that a lock file says pyproject.toml asks for."""
    return {pin[0] for entry in split(text) if "(pyproject.toml" in entry and (pin := parse(entry))}


def without_hash(text: str) -> list[str]:
    return [pin[0] for entry in split(text) if "--hash=" not in entry and (pin := parse(entry))]


def split(text: str) -> list[str]:
    """A lock file's entries, each with its hashes and reasons."""
    return re.split(r"\n(?=[A-Za-z0-9])", text)


if __name__ == "__main__":
    sys.exit(main())
