"""Documents that are drawn from the code, so that they cannot say anything else."""

from __future__ import annotations

import re
from pathlib import Path

from echoes.env import ROOT, Env
from jobs import states

README = ROOT / "README.md"
TABLE = re.compile(r"(<!-- settings -->\n).*?(<!-- /settings -->)", re.DOTALL)


def stale() -> list[Path]:
    """The documents that differ from what the code says."""
    return [path for path, text in _documents().items() if not path.exists() or path.read_text() != text]


def write() -> None:
    for path, text in _documents().items():
        path.write_text(text)


def _documents() -> dict[Path, str]:
    return {
        ROOT / ".env.example": _env_example(),
        ROOT / "docs" / "job-states.md": _job_states(),
        README: TABLE.sub(lambda found: found[1] + _settings_table() + found[2], README.read_text()),
    }


def _env_example() -> str:
    lines = ["# Copy to .env and change what you need; everything has a default.", ""]
    for name, field in Env.model_fields.items():
        lines += [f"# {field.description}", f"# {name.upper()}={_default(field.default)}", ""]
    return "\n".join(lines)


def _settings_table() -> str:
    rows = "".join(
        f"| `{name.upper()}` | {_default(field.default) or '—'} | {field.description} |\n"
        for name, field in Env.model_fields.items()
    )
    return f"| variable | default | meaning |\n|---|---|---|\n{rows}"


def _default(value: object) -> str:
    if isinstance(value, Path):
        return value.name
    return str(value).lower() if isinstance(value, bool) else str(value)


def _job_states() -> str:
    moves = "".join(f"    {old} --> {new}\n" for old in states.State for new in sorted(states.MOVES[old]))
    ends = "".join(f"    {state} --> [*]\n" for state in states.State if state in states.TERMINAL)
    phases = "".join(
        f"    {old or 'unsent'} --> {new or 'unsent'}\n"
        for old in states.Phase
        for new in sorted(states.PHASE_MOVES[old])
    )
    return (
        "# The states of a job\n\nGenerated from `jobs/states.py` by `manage.py generate_docs`.\n\n"
        f"```mermaid\nstateDiagram-v2\n    [*] --> queued\n{moves}{ends}```\n\n"
        "Beside it, the phases of a job that a provider's service does:\n\n"
        f"```mermaid\nstateDiagram-v2\n    [*] --> unsent\n{phases}    answered --> [*]\n```\n\n"
        f"```text\n{(states.__doc__ or '').split(chr(10), 2)[2].strip()}\n```\n"
    )
